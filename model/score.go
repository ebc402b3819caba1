package model

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Score is what the quality of a model is measured by: a function of true and
// predicted targets, as most of package metrics are, or a [Scorer] where the score
// needs more than that. Where scores choose, larger is better.
type Score[T dataset.Target] interface {
	func(true, predicted []T) float64 | Scorer[T]
}

// Scorer scores a fitted model on a data set. [LabelScorer], [ProbabilityScorer],
// [DecisionScorer] and [ModelScorer] return one:
//
//	scores, err := model.CrossValidate(ctx, f, ds, folds, model.ProbabilityScorer(metrics.LogLoss))
//	found, err := model.Search(ctx, candidates, ds, folds, model.ProbabilityScorer(metrics.Brier).Negated())
//
// All but ModelScorer count each sample once, whatever its weight. The zero value
// scores nothing and is an error.
type Scorer[T dataset.Target] struct {
	labels func(true, predicted []T) float64
	model  func(m Predictor[T], ds *dataset.Dataset[T]) (float64, error)
}

// LabelScorer scores what a model predicts, as in LabelScorer(metrics.Accuracy).
func LabelScorer[T dataset.Target](score func(true, predicted []T) float64) Scorer[T] {
	return Scorer[T]{labels: score}
}

// ProbabilityScorer scores the probabilities of the classes, n × classes, as in
// ProbabilityScorer(metrics.LogLoss). For a classifier without any the error is
// [errors.ErrUnsupported].
func ProbabilityScorer(score func(true []int, proba mat.Matrix) (float64, error)) Scorer[int] {
	if score == nil {
		return Scorer[int]{}
	}
	return ModelScorer(func(m Predictor[int], ds *dataset.Classification) (float64, error) {
		p, ok := m.(ProbabilityPredictor)
		if !ok {
			return 0, noProbabilities(m)
		}
		proba, err := p.PredictProba(ds.X)
		if err != nil {
			return 0, err
		}
		return score(ds.Y, proba)
	})
}

// DecisionScorer scores the decision values of a classifier of two classes, or
// where it has none the probabilities of class 1, as in
// DecisionScorer(metrics.ROCAUC). For a classifier with neither the error is
// [errors.ErrUnsupported], for more than two classes [dataset.ErrClasses]; there
// take a [ProbabilityScorer] of metrics.ROCAUCOneVsRest.
func DecisionScorer(score func(true []int, decision []float64) (float64, error)) Scorer[int] {
	if score == nil {
		return Scorer[int]{}
	}
	return ModelScorer(func(m Predictor[int], ds *dataset.Classification) (float64, error) {
		scores, err := decisionScores(m, ds.X)
		if err != nil {
			return 0, err
		}
		if _, width := scores.Dims(); width != 1 {
			return 0, fmt.Errorf("%w: %d of them, want two for a score of one decision value", dataset.ErrClasses, width)
		}
		return score(ds.Y, mat.Col(nil, 0, scores))
	})
}

// ModelScorer scores with the fitted model and the samples themselves at hand,
// their weights included.
func ModelScorer[T dataset.Target](score func(m Predictor[T], ds *dataset.Dataset[T]) (float64, error)) Scorer[T] {
	return Scorer[T]{model: score}
}

// Negated returns the scorer that is minus s: for what is to be small, such as a
// log loss or a squared error.
func (s Scorer[T]) Negated() Scorer[T] {
	switch {
	case s.labels != nil:
		return LabelScorer(func(true, predicted []T) float64 { return -s.labels(true, predicted) })
	case s.model != nil:
		return ModelScorer(func(m Predictor[T], ds *dataset.Dataset[T]) (float64, error) {
			score, err := s.model(m, ds)
			return -score, err
		})
	}
	return s
}

// scorerOf returns the score as a Scorer.
func scorerOf[T dataset.Target, S Score[T]](score S) Scorer[T] {
	switch s := any(score).(type) {
	case func(true, predicted []T) float64:
		return LabelScorer(s)
	case Scorer[T]:
		return s
	}
	panic("unreachable: Score has no other types")
}

// checkScorers reports a scorer that scores nothing.
func checkScorers[T dataset.Target](scorers ...Scorer[T]) error {
	for _, s := range scorers {
		if s.labels == nil && s.model == nil {
			return &ParamError{Field: "score", Value: "nil", Want: "a function or a Scorer"}
		}
	}
	return nil
}

// performance is a model on a data set, with what it predicts once that is asked
// for.
type performance[T dataset.Target] struct {
	model     Predictor[T]
	ds        *dataset.Dataset[T]
	predicted []T
}

// labels returns what the model predicts.
func (p *performance[T]) labels() ([]T, error) {
	if p.predicted == nil {
		predicted, err := p.model.Predict(p.ds.X)
		if err != nil {
			return nil, err
		}
		p.predicted = predicted
	}
	return p.predicted, nil
}

// scores returns the scores of the performance.
func (p *performance[T]) scores(scorers []Scorer[T]) ([]float64, error) {
	scores := make([]float64, len(scorers))
	for i, s := range scorers {
		if s.model != nil {
			var err error
			if scores[i], err = s.model(p.model, p.ds); err != nil {
				return nil, fmt.Errorf("score %d: %w", i, err)
			}
			continue
		}
		predicted, err := p.labels()
		if err != nil {
			return nil, err
		}
		scores[i] = s.labels(p.ds.Y, predicted)
	}
	return scores, nil
}

// decisionScores returns decision values, or probabilities where m has none: n × 1
// for two classes, else n × classes.
func decisionScores(m any, x mat.Matrix) (*mat.Dense, error) {
	if d, ok := m.(DecisionFunction); ok {
		scores, err := d.Decision(x)
		if !errors.Is(err, errors.ErrUnsupported) {
			return scores, err
		}
	}
	p, ok := m.(ProbabilityPredictor)
	if !ok {
		return nil, fmt.Errorf("%w: a %T has neither decision values nor probabilities", errors.ErrUnsupported, m)
	}
	proba, err := p.PredictProba(x)
	if err != nil {
		return nil, err
	}
	if n, classes := proba.Dims(); classes == 2 {
		return mat.DenseCopyOf(proba.Slice(0, n, 1, 2)), nil
	}
	return proba, nil
}

// appendScores appends the decisionScores of one row to dst.
func appendScores(m any, dst, row []float64) ([]float64, error) {
	if isA[DecisionFunction](innermost(m)) {
		scores, err := decisionRow(m, dst, row)
		if !errors.Is(err, errors.ErrUnsupported) {
			return scores, err
		}
	}
	start := len(dst)
	scores, err := probaRow(m, dst, row)
	if err == nil && len(scores)-start == 2 {
		scores[start] = scores[start+1]
		scores = scores[:start+1]
	}
	return scores, err
}
