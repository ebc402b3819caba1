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

// CrossValidate fits f on the training part of each fold and returns the score
// of its predictions on the test part, per fold; nil folds mean KFold{}. The folds are fitted in
// parallel; a fit or prediction that fails is returned as an error that names
// its fold. Progress is reported as "cross-validation".
func CrossValidate[T dataset.Target, M Predictor[T]](ctx context.Context, f Fitter[T, M], ds *dataset.Dataset[T], folds Splitter, score func(true, predicted []T) float64) ([]float64, error) {
	v, err := validate(ctx, f, ds, folds, false, score)
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
// scores on the training parts and the out-of-fold predictions.
func Validate[T dataset.Target, M Predictor[T]](ctx context.Context, f Fitter[T, M], ds *dataset.Dataset[T], folds Splitter, scores ...func(true, predicted []T) float64) (*Validation[T], error) {
	return validate(ctx, f, ds, folds, true, scores...)
}

func validate[T dataset.Target, M Predictor[T]](ctx context.Context, f Fitter[T, M], ds *dataset.Dataset[T], folds Splitter, onTrain bool, scores ...func(true, predicted []T) float64) (*Validation[T], error) {
	divisions, err := divide(ds, folds)
	if err != nil {
		return nil, err
	}
	results := make([]foldResult[T], len(divisions))
	if err := each(ctx, "cross-validation", len(divisions), func(ctx context.Context, i int) error {
		var err error
		if results[i], err = validateFold(ctx, f, ds, divisions[i], onTrain, scores); err != nil {
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
			if onTrain {
				v.TrainScores[s] = append(v.TrainScores[s], r.train[s])
			}
		}
		v.FitTimes = append(v.FitTimes, r.fitTime)
		for k, row := range divisions[i].Test {
			v.Predicted[row], v.Tested[row] = r.predicted[k], true
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

func validateFold[T dataset.Target, M Predictor[T]](ctx context.Context, f Fitter[T, M], ds *dataset.Dataset[T], fold Fold, onTrain bool, scores []func(true, predicted []T) float64) (r foldResult[T], err error) {
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
	if r.predicted, err = m.Predict(test.X); err != nil {
		return r, err
	}
	for _, score := range scores {
		r.test = append(r.test, score(test.Y, r.predicted))
	}
	if !onTrain {
		return r, nil
	}
	predicted, err := m.Predict(train.X)
	if err != nil {
		return r, err
	}
	for _, score := range scores {
		r.train = append(r.train, score(train.Y, predicted))
	}
	return r, nil
}
