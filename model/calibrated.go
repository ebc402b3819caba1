package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Calibrated is a classifier whose probabilities are made to agree with
// frequencies: of the samples that are given 80 %, 80 % are to be of the class.
// [Calibrate] returns one.
//
// The classifier is fitted in each fold, and the scores of the test parts
// (decision values where it has them, else probabilities) teach a map from score
// to probability; then it is fitted on all samples. Of more than two classes each
// has a map of its own, and the probabilities are divided by their sum.
type Calibrated[M Predictor[int]] struct {
	Classifier Fitter[int, M]
	// Isotonic fits an isotonic regression: any map that never falls. It needs some
	// thousand samples. Otherwise the map is 1/(1 + exp(A·score + B)). Sources:
	// B. Zadrozny and C. Elkan, "Transforming classifier scores into accurate
	// multiclass probability estimates", KDD 2002; J. Platt, "Probabilistic outputs
	// for support vector machines", 1999, in the form of H.-T. Lin, C.-J. Lin and
	// R. Weng, "A note on Platt's probabilistic outputs", Machine Learning 68 (2007).
	Isotonic bool
	Folds    Splitter // nil means KFold{}
}

// Calibrate returns f with calibrated probabilities.
func Calibrate[M Predictor[int]](f Fitter[int, M]) Calibrated[M] {
	return Calibrated[M]{Classifier: f}
}

// CalibratedModel is a fitted [Calibrated].
type CalibratedModel[M Predictor[int]] struct {
	Model M
	Maps  []CalibrationMap // one for two classes, else one per class
	dataset.Schema
	scratch scratch
}

// CalibrationMap maps scores to probabilities.
type CalibrationMap struct {
	A, B                  float64   // of 1/(1 + exp(A·score + B)), if there are no Scores
	Scores, Probabilities []float64 // ascending; linear in between
}

var (
	_ Fitter[int, *CalibratedModel[Predictor[int]]] = Calibrated[Predictor[int]]{}
	_ Predictor[int]                                = (*CalibratedModel[Predictor[int]])(nil)
	_ ProbabilityPredictor                          = (*CalibratedModel[Predictor[int]])(nil)
	_ RowProbabilityPredictor                       = (*CalibratedModel[Predictor[int]])(nil)
)

// Fit fits the classifier once per fold and once more. The error is a
// [*ParamError] if it has neither decision values nor probabilities.
func (c Calibrated[M]) Fit(ctx context.Context, ds *dataset.Classification) (*CalibratedModel[M], error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	divisions, err := divide(ds, c.Folds)
	if err != nil {
		return nil, err
	}
	classes, err := dataset.CheckClasses(ds)
	if err != nil {
		return nil, err
	}
	m := &CalibratedModel[M]{Schema: ds.Schema}
	scores := make([]*mat.Dense, len(divisions))
	if err := each(ctx, "calibration", len(divisions)+1, func(ctx context.Context, i int) (err error) {
		if i == len(divisions) {
			m.Model, err = c.Classifier.Fit(ctx, ds)
			return err
		}
		scores[i], err = foldScores(ctx, c.Classifier, ds, divisions[i], classes)
		return err
	}); err != nil {
		return nil, err
	}
	_, width := scores[0].Dims()
	var values, weights []float64
	var labels []int
	m.Maps = make([]CalibrationMap, width)
	for k := range m.Maps {
		values, weights, labels = values[:0], weights[:0], labels[:0]
		class := k
		if width == 1 {
			class = 1
		}
		for i, d := range divisions {
			for r, row := range d.Test {
				if w := ds.Weight(row); w > 0 {
					values = append(values, scores[i].At(r, k))
					weights = append(weights, w)
					label := 0
					if ds.Y[row] == class {
						label = 1
					}
					labels = append(labels, label)
				}
			}
		}
		if c.Isotonic {
			m.Maps[k].Scores, m.Maps[k].Probabilities = isotonic(values, labels, weights)
		} else {
			m.Maps[k].A, m.Maps[k].B = platt(values, labels, weights)
		}
	}
	return m, nil
}

// foldScores returns the scores of a fold's test part.
func foldScores[M Predictor[int]](ctx context.Context, f Fitter[int, M], ds *dataset.Classification, fold Fold, classes int) (*mat.Dense, error) {
	train, err := ds.Subset(fold.Train)
	if err != nil {
		return nil, err
	}
	test, err := ds.Subset(fold.Test)
	if err != nil {
		return nil, err
	}
	m, err := f.Fit(ctx, train)
	if err != nil {
		return nil, err
	}
	scores, err := decisionScores(m, test.X)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, &ParamError{Field: "Classifier", Value: fmt.Sprintf("a %T", m), Want: "a classifier with decision values or probabilities"}
	}
	if err != nil {
		return nil, err
	}
	if _, width := scores.Dims(); width != classes && !(classes == 2 && width == 1) {
		return nil, fmt.Errorf("%w: %d scores for %d classes", dataset.ErrShape, width, classes)
	}
	return scores, nil
}

// PredictProba returns the calibrated probabilities, n × classes.
func (m *CalibratedModel[M]) PredictProba(x mat.Matrix) (*mat.Dense, error) {
	scores, err := decisionScores(m.Model, x)
	if err != nil {
		return nil, err
	}
	n, width := scores.Dims()
	if width != len(m.Maps) {
		return nil, fmt.Errorf("%w: %d scores, %d calibration maps", dataset.ErrShape, width, len(m.Maps))
	}
	proba := mat.NewDense(n, max(2, width), nil)
	for i := range n {
		m.probabilities(proba.RawRowView(i), scores.RawRowView(i))
	}
	return proba, nil
}

// PredictProbaRow appends the calibrated probabilities of one row to dst. It
// allocates nothing where the classifier's scores of a row do not.
func (m *CalibratedModel[M]) PredictProbaRow(dst, row []float64) ([]float64, error) {
	scores := m.scratch.take()
	defer m.scratch.give(scores)
	if err := m.scores(scores, row); err != nil {
		return nil, err
	}
	start, classes := len(dst), max(2, len(m.Maps))
	dst = slices.Grow(dst, classes)[:start+classes]
	m.probabilities(dst[start:], scores.values)
	return dst, nil
}

// scores makes b the scores of a row.
func (m *CalibratedModel[M]) scores(b *buffer, row []float64) error {
	scores, err := appendScores(m.Model, b.values[:0], row)
	if err != nil {
		return err
	}
	b.values = scores
	if len(scores) != len(m.Maps) {
		return fmt.Errorf("%w: %d scores, %d calibration maps", dataset.ErrShape, len(scores), len(m.Maps))
	}
	return nil
}

// probabilities writes the probabilities that the scores of a row stand for.
func (m *CalibratedModel[M]) probabilities(p, scores []float64) {
	if len(scores) == 1 {
		p[1] = m.Maps[0].apply(scores[0])
		p[0] = 1 - p[1]
		return
	}
	sum := 0.0
	for k, score := range scores {
		p[k] = m.Maps[k].apply(score)
		sum += p[k]
	}
	for k := range p {
		if sum == 0 {
			p[k] = 1 / float64(len(p))
		} else {
			p[k] /= sum
		}
	}
}

// Predict returns the most probable class of each sample, of equally probable
// ones the first.
func (m *CalibratedModel[M]) Predict(x mat.Matrix) ([]int, error) {
	proba, err := m.PredictProba(x)
	if err != nil {
		return nil, err
	}
	n, _ := proba.Dims()
	labels := make([]int, n)
	for i := range labels {
		labels[i] = floats.MaxIdx(proba.RawRowView(i))
	}
	return labels, nil
}

// PredictRow is Predict of one row. It allocates nothing where the classifier's
// scores of a row do not.
func (m *CalibratedModel[M]) PredictRow(row []float64) (int, error) {
	proba := m.scratch.take()
	defer m.scratch.give(proba)
	p, err := m.PredictProbaRow(proba.values[:0], row)
	if err != nil {
		return 0, err
	}
	proba.values = p
	return floats.MaxIdx(p), nil
}

// apply maps a score.
func (c *CalibrationMap) apply(score float64) float64 {
	if c.Scores == nil {
		return sigmoid(-(c.A*score + c.B))
	}
	return interpolate(c.Scores, c.Probabilities, score)
}

// calibratedState is what is saved of a CalibratedModel.
type calibratedState[M any] struct {
	Model Nested[M]
	Maps  []CalibrationMap
	dataset.Schema
}

func (m *CalibratedModel[M]) codec() *codec {
	return &codec{
		kind:    "model.Calibrated",
		version: 1,
		state:   func(any) any { return calibratedState[M]{Nested[M]{m.Model}, m.Maps, m.Schema} },
		decode: func(read func(state any) error) (any, error) {
			var s calibratedState[M]
			if err := read(&s); err != nil {
				return nil, err
			}
			m.Model, m.Maps, m.Schema = s.Model.Model, s.Maps, s.Schema
			for _, c := range m.Maps {
				if len(c.Scores) != len(c.Probabilities) || c.Scores != nil && len(c.Scores) == 0 || math.IsNaN(c.A) || math.IsNaN(c.B) {
					return nil, fmt.Errorf("%w: a calibration map of %d scores and %d probabilities", dataset.ErrShape, len(c.Scores), len(c.Probabilities))
				}
			}
			return m, checkParts(m.Model)
		},
	}
}

func init() {
	registerGeneric(func() generic { return new(CalibratedModel[Predictor[int]]) })
}
