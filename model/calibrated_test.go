package model_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/model/modeltest"
	"github.com/sapwood-ml/sapwood/tree"
)

func TestCalibratedConformance(t *testing.T) {
	folds := modeltest.ExpectFailure("permuted training rows", "folds are drawn by row number")
	weights := modeltest.ExpectFailure("integer weights", "folds are drawn by row number")
	t.Run("decision values", func(t *testing.T) {
		modeltest.TestClassifier(t, model.Calibrate(linear.Logistic{}), folds, weights)
	})
	t.Run("probabilities of a pipeline", func(t *testing.T) {
		forest := model.Calibrate(model.Pipe(preprocess.StandardScaler{}, tree.ForestClassifier{Trees: 5}))
		forest.Isotonic = true
		modeltest.TestClassifier(t, forest, folds, weights, modeltest.AllowsMissing())
	})
}

// logLoss is the mean of −log(probability of the true class).
func logLoss(t *testing.T, m model.ProbabilityPredictor, ds *dataset.Classification) float64 {
	t.Helper()
	proba, err := m.PredictProba(ds.X)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, k := range ds.Y {
		sum -= math.Log(max(proba.At(i, k), 1e-15))
	}
	return sum / float64(ds.Len())
}

// A full tree is sure of everything, and wrong at times.
func TestCalibratedImprovesProbabilities(t *testing.T) {
	ctx := context.Background()
	train, test := dataset.Digits().Split(0.6, 1)
	raw, err := tree.Classifier{}.Fit(ctx, train)
	if err != nil {
		t.Fatal(err)
	}
	for _, isotonic := range []bool{false, true} {
		c := model.Calibrate(tree.Classifier{})
		c.Isotonic = isotonic
		calibrated, err := c.Fit(ctx, train)
		if err != nil {
			t.Fatal(err)
		}
		if before, after := logLoss(t, raw, test), logLoss(t, calibrated, test); after > before/3 {
			t.Errorf("isotonic %v: log loss %v before, %v after", isotonic, before, after)
		}
	}
	var param *model.ParamError
	if _, err := model.Calibrate(majority{}).Fit(ctx, train); !errors.As(err, &param) || param.Field != "Classifier" {
		t.Errorf("a classifier without scores: %v", err)
	}
}
