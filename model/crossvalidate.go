package model

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// CrossValidate fits f on the training part of each fold and returns its score on
// the test part, per fold; nil folds mean KFold{}. The score is a function of the
// predictions or a [Scorer]. The folds are fitted in parallel; a fit or prediction
// that fails is returned as an error that names its fold. Progress is reported as
// "cross-validation".
func CrossValidate[T dataset.Target, M Predictor[T], S Score[T]](ctx context.Context, f Fitter[T, M], ds *dataset.Dataset[T], folds Splitter, score S) ([]float64, error) {
	v, err := validate(ctx, f, ds, folds, false, scorerOf[T](score))
	if err != nil {
		return nil, err
	}
	return v.Scores[0], nil
}

// Validation is what a cross-validation tells beyond a score.
type Validation[T dataset.Target] struct {
	Scores      [][]float64     // per score and fold, on the test part
	TrainScores [][]float64     // per score and fold, on the training part
	FitTimes    []time.Duration // per fold; folds are fitted in parallel
	Folds       []Fold
	Predicted   []T    // per sample, from the last fold that tests it
	Tested      []bool // per sample, whether a fold tests it
}

// Validate is [CrossValidate] with any number of scores, and with the times, the
// scores on the training parts and the out-of-fold predictions. The scores are all
// functions of the predictions or all [Scorer]:
//
//	v, err := model.Validate(ctx, f, ds, folds, metrics.Accuracy, metrics.F1)
//	v, err := model.Validate(ctx, f, ds, folds, model.LabelScorer(metrics.Accuracy), model.ProbabilityScorer(metrics.LogLoss))
func Validate[T dataset.Target, M Predictor[T], S Score[T]](ctx context.Context, f Fitter[T, M], ds *dataset.Dataset[T], folds Splitter, scores ...S) (*Validation[T], error) {
	scorers := make([]Scorer[T], len(scores))
	for i, s := range scores {
		scorers[i] = scorerOf[T](s)
	}
	return validate(ctx, f, ds, folds, true, scorers...)
}

func validate[T dataset.Target, M Predictor[T]](ctx context.Context, f Fitter[T, M], ds *dataset.Dataset[T], folds Splitter, full bool, scores ...Scorer[T]) (*Validation[T], error) {
	if err := checkScorers(scores...); err != nil {
		return nil, err
	}
	divisions, err := divide(ds, folds)
	if err != nil {
		return nil, err
	}
	results := make([]foldResult[T], len(divisions))
	if err := each(ctx, "cross-validation", len(divisions), func(ctx context.Context, i int) error {
		var err error
		if results[i], err = validateFold(ctx, f, ds, divisions[i], full, scores); err != nil {
			return fmt.Errorf("fold %d: %w", i, err)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	v := &Validation[T]{
		Scores: make([][]float64, len(scores)), TrainScores: make([][]float64, len(scores)),
		Folds: divisions, Predicted: make([]T, ds.Len()), Tested: make([]bool, ds.Len()),
	}
	for i, r := range results {
		for s := range scores {
			v.Scores[s] = append(v.Scores[s], r.test[s])
			if full {
				v.TrainScores[s] = append(v.TrainScores[s], r.train[s])
			}
		}
		v.FitTimes = append(v.FitTimes, r.fitTime)
		for k, row := range divisions[i].Test {
			if full {
				v.Predicted[row] = r.predicted[k]
			}
			v.Tested[row] = true
		}
	}
	return v, nil
}

// divide checks ds and returns its folds.
func divide[T dataset.Target](ds *dataset.Dataset[T], folds Splitter) ([]Fold, error) {
	if err := ds.ValidateMissing(); err != nil {
		return nil, err
	}
	if folds == nil {
		folds = KFold{}
	}
	classes, _ := any(ds.Y).([]int)
	return folds.Folds(ds.Len(), classes)
}

// judging returns what it takes to judge by one score: the scorer and the folds.
func judging[T dataset.Target, S Score[T]](ds *dataset.Dataset[T], folds Splitter, score S) ([]Scorer[T], []Fold, error) {
	scorer := scorerOf[T](score)
	if err := checkScorers(scorer); err != nil {
		return nil, nil, err
	}
	divisions, err := divide(ds, folds)
	return []Scorer[T]{scorer}, divisions, err
}

// each does n pieces of work in parallel and reports progress under the name of
// the task. The first that fails, in order, gives the error and stops the others:
// nobody will see what they compute.
func each(ctx context.Context, task string, n int, do func(ctx context.Context, i int) error) error {
	workCtx, stop := context.WithCancel(ctx)
	defer stop()
	failed := make([]error, n)
	var done atomic.Int64
	_ = parallel.ForContext(workCtx, n, 1, func(i, _ int) {
		if failed[i] = do(workCtx, i); failed[i] != nil {
			stop()
			return
		}
		Report(ctx, Progress{Task: task, Done: int(done.Add(1)), Total: n})
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, err := range failed {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return errors.Join(failed...)
}

type foldResult[T dataset.Target] struct {
	test, train []float64 // per score
	fitTime     time.Duration
	predicted   []T
}

// validateFold fits f on the training part of a fold and scores it on the test
// part; for a full result on the training part too, and with its predictions.
func validateFold[T dataset.Target, M Predictor[T]](ctx context.Context, f Fitter[T, M], ds *dataset.Dataset[T], fold Fold, full bool, scores []Scorer[T]) (r foldResult[T], err error) {
	train, err := ds.Subset(fold.Train)
	if err != nil {
		return r, err
	}
	test, err := ds.Subset(fold.Test)
	if err != nil {
		return r, err
	}
	start := time.Now()
	m, err := f.Fit(ctx, train)
	if err != nil {
		return r, err
	}
	r.fitTime = time.Since(start)
	tested := performance[T]{model: m, ds: test}
	if r.test, err = tested.scores(scores); err != nil || !full {
		return r, err
	}
	if r.predicted, err = tested.labels(); err != nil {
		return r, err
	}
	r.train, err = (&performance[T]{model: m, ds: train}).scores(scores)
	return r, err
}
