package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
)

// A method divides ds into groups; k is how many there are. A label is −1 for noise.
type method struct {
	name  string
	group func(ctx context.Context, ds *dataset.Unlabeled, k int) (labels []int, err error)
}

var methods = []method{
	{"k-means", func(ctx context.Context, ds *dataset.Unlabeled, k int) ([]int, error) {
		fit, err := cluster.KMeans{K: k, Restarts: 5}.Fit(ctx, ds)
		if err != nil {
			return nil, err
		}
		return fit.Labels, nil
	}},
	{"mixture", func(ctx context.Context, ds *dataset.Unlabeled, k int) ([]int, error) {
		fit, err := cluster.GaussianMixture{K: k, Restarts: 5}.Fit(ctx, ds)
		if err != nil {
			return nil, err
		}
		return fit.Predict(ds.X)
	}},
	{"DBSCAN", func(ctx context.Context, ds *dataset.Unlabeled, _ int) ([]int, error) {
		fit, err := cluster.DBSCAN{Eps: 0.2, MinSamples: 10}.Fit(ctx, ds) // it finds how many by itself
		if err != nil {
			return nil, err
		}
		return fit.Labels, nil
	}},
}

// whichShape compares what the methods find in points of several shapes with the
// groups that the points were made in.
func whichShape(ctx context.Context, w io.Writer) (show.Picture, error) {
	shapes, err := makeShapes(ctx)
	if err != nil {
		return show.Picture{}, err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "\nagreement with the truth (adjusted Rand)\t")
	for _, s := range shapes {
		fmt.Fprintf(table, "%s\t", s.Target)
	}
	var panels []*plot.Plot
	for row, m := range methods {
		fmt.Fprintf(table, "\n%s\t", m.name)
		for column, s := range shapes {
			labels, err := m.group(ctx, s.Unlabeled(), len(dataset.ClassCounts(s)))
			if err != nil {
				return show.Picture{}, fmt.Errorf("%s of %s: %w", m.name, s.Target, err)
			}
			fmt.Fprintf(table, "%.2f\t", metrics.AdjustedRand(s.Y, labels))
			p, err := panel(s.X, labels)
			if err != nil {
				return show.Picture{}, err
			}
			if row == 0 {
				p.Title.Text = s.Target
			}
			if column == 0 {
				p.Y.Label.Text = m.name
			}
			panels = append(panels, p)
		}
	}
	fmt.Fprintln(table)
	grid, err := plots.Panels(len(shapes), panels...)
	if err != nil {
		return show.Picture{}, err
	}
	return show.Picture{File: "shapes.png", Title: "Each method finds clusters of its own kind", Plot: grid}, table.Flush()
}

// makeShapes returns points in groups that are known, standardised, so that one
// distance suits all; their names are those of the targets.
func makeShapes(ctx context.Context) ([]*dataset.Classification, error) {
	round, err := dataset.MakeBlobs(dataset.Blobs{Samples: 900, Seed: 37})
	if err != nil {
		return nil, err
	}
	long := *round
	long.X = new(mat.Dense)
	long.X.Mul(round.X, mat.NewDense(2, 2, []float64{0.6, -0.6, -0.4, 0.8}))
	moons, err := dataset.MakeMoons(dataset.Moons{Samples: 900, Noise: 0.06, Seed: 1})
	if err != nil {
		return nil, err
	}
	circles, err := dataset.MakeCircles(dataset.Circles{Samples: 900, Factor: 0.5, Noise: 0.05, Seed: 1})
	if err != nil {
		return nil, err
	}
	shapes := []*dataset.Classification{round, &long, moons, circles}
	for i, name := range []string{"blobs", "drawn out", "moons", "circles"} {
		scaler, err := preprocess.StandardScaler{}.Fit(ctx, shapes[i].Unlabeled())
		if err != nil {
			return nil, err
		}
		scaled, err := scaler.Transform(shapes[i].X)
		if err != nil {
			return nil, err
		}
		shapes[i] = &dataset.Classification{X: scaled, Y: shapes[i].Y, Schema: dataset.Schema{Target: name}}
	}
	return shapes, nil
}

// panel draws points with a colour per cluster, noise in black.
func panel(x *mat.Dense, labels []int) (*plot.Plot, error) {
	const black = 6 // in plots.Palette
	shown := make([]int, len(labels))
	for i, l := range labels {
		shown[i] = l % black
		if l < 0 {
			shown[i] = black
		}
	}
	p, err := plots.Scatter(&dataset.Classification{X: x, Y: shown}, 0, 1)
	if err != nil {
		return nil, err
	}
	p.Legend = plot.NewLegend()
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.Text, axis.Tick.Marker = "", plot.ConstantTicks(nil)
	}
	return p, nil
}
