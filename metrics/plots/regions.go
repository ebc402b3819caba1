package plots

import (
	"errors"
	"fmt"
	"image"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

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

// regionCells is how many predictions a picture of regions takes per axis.
const regionCells = 240

// DecisionRegions draws what the model predicts over the plane of features i and j, a
// tint per class, under the samples of ds as [Scatter] draws them. With PredictProba the
// tint is the stronger the higher the probability of the predicted class. The marked
// samples, given by their rows in ds, such as support vectors, get a ring.
//
// The model was fitted on data with the features of ds. If there are more than two, the
// others are held at their means over ds, so samples may lie in a region of another
// class without being misclassified.
//
// Cost: 57,600 predictions.
func DecisionRegions(model Classifier, ds *dataset.Classification, i, j int, marked ...int) (*plot.Plot, error) {
	if model == nil {
		return nil, fmt.Errorf("plots: no model: %w", dataset.ErrEmpty)
	}
	if err := checkPlane(ds, i, j); err != nil {
		return nil, err
	}
	if i == j {
		return nil, fmt.Errorf("plots: decision regions over feature %d and itself: %w", i, dataset.ErrShape)
	}
	xMin, xMax, err := paddedRange(ds, i)
	if err != nil {
		return nil, err
	}
	yMin, yMax, err := paddedRange(ds, j)
	if err != nil {
		return nil, err
	}
	tints, err := regionTints(model, plane(ds, i, j, xMin, xMax, yMin, yMax))
	if err != nil {
		return nil, fmt.Errorf("plots: decision regions: %w", err)
	}
	p := newPlot("", featureName(ds.Schema, i), featureName(ds.Schema, j))
	p.X.Padding, p.Y.Padding = 0, 0
	p.Add(plotter.NewImage(tints, xMin, yMin, xMax, yMax))
	addSamples(p, ds, i, j)
	return p, addMarked(p, ds, i, j, marked)
}

// paddedRange returns the range of feature j with a margin of 8 % on either side.
func paddedRange(ds *dataset.Classification, j int) (low, high float64, err error) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range mat.Col(nil, j, ds.X) {
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		return 0, 0, fmt.Errorf("plots: feature %d has no values: %w", j, dataset.ErrEmpty)
	}
	margin := 0.08 * (high - low)
	if margin == 0 {
		margin = max(1e-3*math.Abs(low), 1e-3)
	}
	return low - margin, high + margin, nil
}

// plane returns a row of features per cell of the picture, line by line from the top.
func plane(ds *dataset.Classification, i, j int, xMin, xMax, yMin, yMax float64) *mat.Dense {
	_, features := ds.X.Dims()
	cells := mat.NewDense(regionCells*regionCells, features, nil)
	centre := make([]float64, features)
	for f := range centre {
		total, n := 0.0, 0.0
		for _, v := range mat.Col(nil, f, ds.X) {
			if !math.IsNaN(v) {
				total += v
				n++
			}
		}
		centre[f] = total / max(n, 1)
	}
	for y := range regionCells {
		for x := range regionCells {
			row := cells.RawRowView(y*regionCells + x)
			copy(row, centre)
			row[i] = xMin + (xMax-xMin)*(float64(x)+0.5)/regionCells
			row[j] = yMax - (yMax-yMin)*(float64(y)+0.5)/regionCells
		}
	}
	return cells
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
	img := image.NewNRGBA(image.Rect(0, 0, regionCells, regionCells))
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
		img.SetNRGBA(cell%regionCells, cell/regionCells, mix(colorOf(k), strength))
	}
	return img, nil
}

// addMarked rings samples.
func addMarked(p *plot.Plot, ds *dataset.Classification, i, j int, marked []int) error {
	var points plotter.XYs
	for _, sample := range marked {
		if sample < 0 || sample >= ds.Len() {
			return fmt.Errorf("plots: marked sample %d of %d: %w", sample, ds.Len(), dataset.ErrShape)
		}
		row := ds.X.RawRowView(sample)
		if at := (plotter.XY{X: row[i], Y: row[j]}); !math.IsNaN(at.X) && !math.IsNaN(at.Y) {
			points = append(points, at)
		}
	}
	if len(points) == 0 {
		return nil
	}
	s := &plotter.Scatter{
		XYs:        points,
		GlyphStyle: draw.GlyphStyle{Color: ink, Radius: pointRadius(ds.Len()) + vg.Points(2), Shape: ring{}},
	}
	p.Add(s)
	p.Legend.Add("marked", s)
	return nil
}
