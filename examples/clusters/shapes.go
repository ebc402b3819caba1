package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
)

// whichShape compares clusters with the groups that the points were made in.
func whichShape(ctx context.Context, w io.Writer, blobs, moons *dataset.Classification) ([]show.Picture, error) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nagreement with the truth (adjusted Rand)\tblobs\tmoons\t")
	fmt.Fprint(table, "k-means")
	var pictures []show.Picture
	for _, points := range []struct {
		name, title string
		*dataset.Classification
	}{
		{"blobs", "k-means finds round clusters", blobs},
		{"moons", "k-means cuts the crescents", moons},
	} {
		k := len(dataset.ClassCounts(points.Classification))
		fit, err := cluster.KMeans{K: k, Restarts: 5}.Fit(ctx, points.Unlabeled())
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(table, "\t%.2f", metrics.AdjustedRand(points.Y, fit.Labels))
		p, err := plots.DecisionRegions(fit, clustered(points.Classification, fit.Labels), 0, 1)
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, show.Picture{File: points.name + ".png", Title: points.title, Plot: p})
	}
	fmt.Fprintln(table, "\t")
	return pictures, table.Flush()
}

// clustered returns ds with its clusters as classes.
func clustered(ds *dataset.Classification, labels []int) *dataset.Classification {
	schema := dataset.Schema{Features: ds.Features, Target: "cluster"}
	for k := range len(ds.Classes) {
		schema.Classes = append(schema.Classes, fmt.Sprintf("cluster %d", k+1))
	}
	return &dataset.Classification{X: ds.X, Y: labels, Schema: schema}
}
