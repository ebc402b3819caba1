package main

import (
	"context"
	"io"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/tree"
)

// draw writes the pictures: a decision tree of the data, the data over the two
// features that matter most to it, what the best classifier and a support vector
// machine make of those two, and the confusion matrix of the best.
func draw(ctx context.Context, w io.Writer, folder string, ds *dataset.Classification, best contender, confusion *metrics.ConfusionMatrix) error {
	matrix, err := plots.Confusion(confusion)
	if err != nil {
		return err
	}
	grown, err := tree.Classifier{MaxDepth: 3}.Fit(ctx, ds)
	if err != nil {
		return err
	}
	diagram, err := plots.Tree(grown, 0)
	if err != nil {
		return err
	}
	pictures := []show.Picture{
		{File: "confusion.png", Title: "Confusion matrix of the " + best.name, Plot: matrix},
		{File: "tree.png", Title: "A decision tree of depth 3", Plot: diagram},
	}
	if _, p := ds.Dims(); p > 1 {
		planes, err := drawPlane(ctx, mostImportant(ds, grown.FeatureImportances()), best)
		if err != nil {
			return err
		}
		pictures = append(pictures, planes...)
	}
	return show.Save(w, folder, pictures...)
}

// drawPlane draws samples of two features.
func drawPlane(ctx context.Context, pair *dataset.Classification, best contender) ([]show.Picture, error) {
	scatter, err := plots.Scatter(pair, 0, 1)
	if err != nil {
		return nil, err
	}
	fit, err := best.fit(ctx, pair)
	if err != nil {
		return nil, err
	}
	regions, err := plots.DecisionRegions(fit, pair, 0, 1)
	if err != nil {
		return nil, err
	}
	sure := machine
	sure.Probability = true
	held, err := model.Pipe(scaled, sure).Fit(ctx, pair)
	if err != nil {
		return nil, err
	}
	support, err := plots.DecisionRegions(held, pair, 0, 1)
	if err != nil {
		return nil, err
	}
	return []show.Picture{
		{File: "scatter.png", Title: "The two most telling features", Plot: scatter},
		{File: "regions.png", Title: "Decision regions of the " + best.name, Plot: regions},
		{File: "support.png", Title: "What holds a support vector machine", Plot: support},
	}, plots.Mark(support, "support vector", pair, 0, 1, held.Model.Support...)
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
