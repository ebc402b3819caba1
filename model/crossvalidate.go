package model

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// CrossValidate fits f on the training part of each fold and returns the score
// of its predictions on the test part, per fold; nil folds mean KFold{}. The folds are fitted in
// parallel; a fit or prediction that fails is returned as an error that names
// its fold. Progress is reported as "cross-validation".
func CrossValidate[T dataset.Target, M Predictor[T]](ctx context.Context, f Fitter[T, M], ds *dataset.Dataset[T], folds Splitter, score func(true, predicted []T) float64) ([]float64, error) {
	if err := ds.ValidateMissing(); err != nil {
		return nil, err
	}
	classes, _ := any(ds.Y).([]int)
	if folds == nil {
		folds = KFold{}
	}
	divisions, err := folds.Folds(ds.Len(), classes)
	if err != nil {
		return nil, err
	}
	// A fold that fails stops the others: nobody will see their scores.
	foldCtx, stop := context.WithCancel(ctx)
	defer stop()
	scores := make([]float64, len(divisions))
	failed := make([]error, len(divisions))
	var done atomic.Int64
	err = parallel.ForContext(foldCtx, len(divisions), 1, func(i, _ int) {
		scores[i], failed[i] = validateFold(foldCtx, f, ds, divisions[i], score)
		if failed[i] != nil {
			stop()
			return
		}
		Report(ctx, Progress{Task: "cross-validation", Done: int(done.Add(1)), Total: len(divisions)})
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	for i, ferr := range failed {
		if ferr != nil && !errors.Is(ferr, context.Canceled) {
			return nil, fmt.Errorf("fold %d: %w", i, ferr)
		}
	}
	return scores, err
}

func validateFold[T dataset.Target, M Predictor[T]](ctx context.Context, f Fitter[T, M], ds *dataset.Dataset[T], fold Fold, score func(true, predicted []T) float64) (float64, error) {
	train, err := ds.Subset(fold.Train)
	if err != nil {
		return 0, err
	}
	test, err := ds.Subset(fold.Test)
	if err != nil {
		return 0, err
	}
	m, err := f.Fit(ctx, train)
	if err != nil {
		return 0, err
	}
	predicted, err := m.Predict(test.X)
	if err != nil {
		return 0, err
	}
	return score(test.Y, predicted), nil
}
