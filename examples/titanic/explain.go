package main

import (
	"context"
	"fmt"
	"io"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/examples/internal/show"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
	"github.com/sapwood-ml/sapwood/model"
)

// A survivor is a model with labels and probabilities.
type survivor interface {
	model.Predictor[int]
	model.ProbabilityPredictor
}

// explain tells and draws, for passengers that the pipeline has not seen, which
// features it goes by and whether its probabilities can be trusted.
func explain[M survivor](ctx context.Context, w io.Writer, pipeline model.Fitter[int, M], passengers *dataset.Classification, folder string) error {
	train, test := passengers.Split(0.6, 1)
	fit, err := pipeline.Fit(ctx, train)
	if err != nil {
		return err
	}
	importance, err := model.PermutationImportance(ctx, fit, test, 20, 1, metrics.Accuracy)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "accuracy lost where the values of a feature are shuffled:")
	for j, name := range test.Features {
		fmt.Fprintf(w, "  %-8s %.3f\n", name, importance.Mean[j])
	}
	bars, err := plots.Importances(test.Features, importance.Mean, 0)
	if err != nil {
		return err
	}
	proba, err := fit.PredictProba(test.X)
	if err != nil {
		return err
	}
	reliable, err := metrics.CalibrationCurve(test.Y, mat.Col(nil, 1, proba), 8)
	if err != nil {
		return err
	}
	curve, err := plots.Calibration([]string{"logistic regression"}, reliable)
	if err != nil {
		return err
	}
	return show.Save(w, folder,
		show.Picture{File: "importances.png", Title: "What decided who survived", Plot: bars},
		show.Picture{File: "calibration.png", Title: "Of those promised 80 %, do 80 % survive?", Plot: curve})
}
