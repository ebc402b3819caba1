package main

import (
	"context"
	"io"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/metrics/plots"
)

// draw writes the pictures: where, in the plane of two features, the machine takes
// tumours to be usual, and how well it ranks them by two features and by all.
func draw(ctx context.Context, w io.Writer, folder string, usual, rest *dataset.Classification) error {
	const nu = 0.1
	plain := plane(usual, "worst texture", "mean concave points")
	others := plane(rest, "worst texture", "mean concave points")
	fit, err := learn(ctx, plain.Unlabeled(), nu, 0.2)
	if err != nil {
		return err
	}
	contours, err := plots.DecisionContours(fit, together(plain, others), 0, 1)
	if err != nil {
		return err
	}
	if err := plots.Mark(contours, "support vector", plain, 0, 1, fit.Model.Support...); err != nil {
		return err
	}

	byTwo, err := rank(fit, others)
	if err != nil {
		return err
	}
	full, err := learn(ctx, usual.Unlabeled(), nu, 0.005)
	if err != nil {
		return err
	}
	byAll, err := rank(full, rest)
	if err != nil {
		return err
	}
	curves, err := plots.ROC([]string{"all features", "two of them"}, byAll, byTwo)
	if err != nil {
		return err
	}
	return show.Save(w, folder,
		show.Picture{File: "contours.png", Title: "What is usual, learnt from benign tumours only", Plot: contours},
		show.Picture{File: "roc.png", Title: "Malignant tumours found against false alarms", Plot: curves})
}

// plane returns the data set with only the features of these names.
func plane(ds *dataset.Classification, names ...string) *dataset.Classification {
	cut := &dataset.Classification{X: mat.NewDense(ds.Len(), len(names), nil), Y: ds.Y, Schema: dataset.Schema{Features: names, Classes: ds.Classes}}
	for to, name := range names {
		cut.X.SetCol(to, mat.Col(nil, slices.Index(ds.Features, name), ds.X))
	}
	return cut
}

// together returns the tumours learnt from, which come first, and the others, the
// benign ones of which are a class of their own.
func together(usual, rest *dataset.Classification) *dataset.Classification {
	all := &dataset.Classification{X: new(mat.Dense), Schema: usual.Schema}
	all.X.Stack(usual.X, rest.X)
	all.Y = slices.Concat(usual.Y, rest.Y)
	for i := usual.Len(); i < len(all.Y); i++ {
		if all.Y[i] == benign {
			all.Y[i] = 2
		}
	}
	all.Classes = []string{"malignant", "benign, learnt from", "benign, other"}
	return all
}
