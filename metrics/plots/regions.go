package plots

import (
	"errors"
	"fmt"
	"image"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Classifier is what DecisionRegions needs of a fitted model. If the model also has
// PredictProba, as model.ProbabilityPredictor, its probabilities shade the regions.
type Classifier interface {
	Predict(x mat.Matrix) ([]int, error)
}

type probabilityPredictor interface {
	PredictProba(x mat.Matrix) (*mat.Dense, error)
}

// DecisionRegions draws what the model predicts over the plane of features i and j, a
// tint per class, under the samples of ds as [Scatter] draws them. With PredictProba the
// tint is the stronger the higher the probability of the predicted class. [Mark] rings
// the support vectors.
//
// The model was fitted on data with the features of ds. If there are more than two, the
// others are held at their means over ds, so samples may lie in a region of another
// class without being misclassified.
//
// Cost: 57,600 predictions.
func DecisionRegions(model Classifier, ds *dataset.Classification, i, j int) (*plot.Plot, error) {
	if model == nil {
		return nil, fmt.Errorf("plots: no model: %w", dataset.ErrEmpty)
	}
	g, err := newGrid(ds, i, j)
	if err != nil {
		return nil, err
	}
	tints, err := regionTints(model, g.rows(ds))
	if err != nil {
		return nil, fmt.Errorf("plots: decision regions: %w", err)
	}
	p := g.newPlot(ds, tints)
	addSamples(p, ds, i, j)
	return p, nil
}

// regionTints predicts each cell and returns its colour.
func regionTints(model Classifier, cells *mat.Dense) (image.Image, error) {
	labels, err := model.Predict(cells)
	if err != nil {
		return nil, err
	}
	n, _ := cells.Dims()
	if len(labels) != n {
		return nil, fmt.Errorf("%d predictions for %d rows: %w", len(labels), n, dataset.ErrShape)
	}
	var proba *mat.Dense
	if m, ok := model.(probabilityPredictor); ok {
		proba, err = m.PredictProba(cells)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			proba = nil // models of the type can have probabilities, this one has none
		case err != nil:
			return nil, err
		case proba == nil:
			return nil, fmt.Errorf("no probabilities: %w", dataset.ErrEmpty)
		default:
			if r, _ := proba.Dims(); r != n {
				return nil, fmt.Errorf("%d rows of probabilities for %d rows: %w", r, n, dataset.ErrShape)
			}
		}
	}
	img := image.NewNRGBA(image.Rect(0, 0, gridCells, gridCells))
	for cell, k := range labels {
		if k < 0 {
			return nil, fmt.Errorf("class index %d was predicted: %w", k, dataset.ErrClasses)
		}
		strength := 0.35
		if proba != nil {
			_, classes := proba.Dims()
			if k >= classes {
				return nil, fmt.Errorf("class index %d was predicted, with probabilities of %d: %w", k, classes, dataset.ErrClasses)
			}
			// From hardly tinted where all classes are equally likely to a clear tint
			// where one is certain.
			certainty := (proba.At(cell, k)*float64(classes) - 1) / max(float64(classes)-1, 1)
			strength = 0.08 + 0.42*max(0, certainty)
		}
		img.SetNRGBA(cell%gridCells, cell/gridCells, mix(colorOf(k), strength))
	}
	return img, nil
}
