package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
	"github.com/sapwood-ml/sapwood/tree"
)

// draw writes the pictures: a decision tree of the data, the data over the two
// features that matter most to it, what the best classifier makes of those two,
// and its confusion matrix.
func draw(ctx context.Context, w io.Writer, folder string, ds *dataset.Classification, best contender, confusion *metrics.ConfusionMatrix) error {
	grown, err := tree.Classifier{MaxDepth: 3}.Fit(ctx, ds)
	if err != nil {
		return err
	}
	pair := mostImportant(ds, grown.FeatureImportances())
	fit, err := best.fit(ctx, pair)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	last := 1
	if _, p := pair.Dims(); p == 1 {
		last = 0 // a lone feature is drawn against itself
	}
	pictures := []struct {
		file, title string
		plot        func() (*plot.Plot, error)
	}{
		{"scatter.png", "The two most telling features", func() (*plot.Plot, error) { return plots.Scatter(pair, 0, last) }},
		{"regions.png", "Decision regions of the " + best.name, func() (*plot.Plot, error) { return plots.DecisionRegions(fit, pair, 0, last) }},
		{"confusion.png", "Confusion matrix of the " + best.name, func() (*plot.Plot, error) { return plots.Confusion(confusion) }},
		{"tree.png", "A decision tree of depth 3", func() (*plot.Plot, error) { return plots.Tree(grown, 0) }},
	}
	fmt.Fprintln(w, "\nPictures:")
	for _, picture := range pictures {
		if picture.file == "regions.png" && last == 0 {
			continue
		}
		p, err := picture.plot()
		if err != nil {
			return err
		}
		p.Title.Text = picture.title
		file := filepath.Join(folder, picture.file)
		if err := plots.Save(p, 640, 480, file); err != nil {
			return err
		}
		fmt.Fprintln(w, " ", file)
	}
	return nil
}

// mostImportant returns the data set of the two features with the largest
// importance, the larger first.
func mostImportant(ds *dataset.Classification, importance []float64) *dataset.Classification {
	order := make([]int, len(importance))
	for j := range order {
		order[j] = j
	}
	sort.SliceStable(order, func(a, b int) bool { return importance[order[a]] > importance[order[b]] })
	order = order[:min(2, len(order))]
	pair := &dataset.Classification{X: mat.NewDense(ds.Len(), len(order), nil), Y: ds.Y, Weights: ds.Weights, Schema: ds.Schema}
	pair.Features, pair.Levels = nil, nil
	for to, from := range order {
		pair.X.SetCol(to, mat.Col(nil, from, ds.X))
		pair.Features = append(pair.Features, ds.Features[from])
	}
	return pair
}
