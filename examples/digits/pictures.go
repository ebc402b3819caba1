package main

import (
	"context"
	"fmt"
	"io"

	"gonum.org/v1/gonum/floats"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/decomposition"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
)

// pictures draws the confusion matrix, all images by their first two principal
// components, and how much of the variance the components explain.
func pictures(ctx context.Context, w io.Writer, folder string, ds *dataset.Classification, confusion *metrics.ConfusionMatrix, best string) error {
	pca, err := decomposition.PCA{}.Fit(ctx, ds.Unlabeled())
	if err != nil {
		return err
	}
	projected, err := pca.Transform(ds.X)
	if err != nil {
		return err
	}
	explained := pca.ExplainedVarianceRatio
	fmt.Fprintf(w, "\nOf the variance, 2 of the 64 principal components explain %.0f %%, 20 of them %.0f %%.\n",
		100*floats.Sum(explained[:2]), 100*floats.Sum(explained[:20]))

	matrix, err := plots.Confusion(confusion)
	if err != nil {
		return err
	}
	components, err := plots.Components(projected, explained, ds.Y, ds.Classes)
	if err != nil {
		return err
	}
	scree, err := plots.Scree(explained[:20])
	if err != nil {
		return err
	}
	return show.Save(w, folder,
		show.Picture{File: "confusion.png", Title: "Digits read by the " + best, Plot: matrix},
		show.Picture{File: "components.png", Title: "Ten digits in two dimensions of 64", Plot: components},
		show.Picture{File: "scree.png", Title: "Variance explained by 20 of 64 components", Plot: scree})
}
