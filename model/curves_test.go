package model_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/tree"
)

func TestValidate(t *testing.T) {
	wine := dataset.Wine()
	errorRate := func(truth, predicted []int) float64 { return 1 - metrics.Accuracy(truth, predicted) }
	v, err := model.Validate(context.Background(), tree.Classifier{}, wine, model.KFold{Seed: 2}, metrics.Accuracy, errorRate)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Scores) != 2 || len(v.Scores[0]) != 5 || len(v.FitTimes) != 5 || slices.Contains(v.Tested, false) {
		t.Fatalf("%+v", v)
	}
	for i, f := range v.Folds {
		hits := 0
		for _, row := range f.Test {
			if v.Predicted[row] == wine.Y[row] {
				hits++
			}
		}
		if got := float64(hits) / float64(len(f.Test)); math.Abs(got-v.Scores[0][i]) > 1e-12 || math.Abs(v.Scores[0][i]+v.Scores[1][i]-1) > 1e-12 {
			t.Errorf("fold %d: accuracy %v by the predictions, %v by the score", i, got, v.Scores[0][i])
		}
		if v.TrainScores[0][i] != 1 {
			t.Errorf("a full tree scores %v on its training samples", v.TrainScores[0][i])
		}
		if v.FitTimes[i] <= 0 {
			t.Errorf("fold %d took %v", i, v.FitTimes[i])
		}
	}
}

func TestLearningCurve(t *testing.T) {
	ctx := context.Background()
	points, err := model.LearningCurve(ctx, tree.Classifier{}, dataset.Digits(), model.KFold{N: 4}, nil, 1, metrics.Accuracy)
	if err != nil {
		t.Fatal(err)
	}
	if len(points) != 5 || points[4].Samples != 1348 || points[0].Samples < 130 || points[0].Samples > 140 {
		t.Fatalf("%+v", points)
	}
	for i := 1; i < 5; i++ {
		if stat.Mean(points[i].Test, nil) < stat.Mean(points[i-1].Test, nil)-0.02 {
			t.Errorf("more samples are worse: %+v", points)
		}
	}
	var param *model.ParamError
	if _, err := model.LearningCurve(ctx, tree.Classifier{}, dataset.Iris(), nil, []float64{0}, 1, metrics.Accuracy); !errors.As(err, &param) {
		t.Errorf("no samples: %v", err)
	}
}

func TestValidationCurve(t *testing.T) {
	candidates := model.Grid([]int{1, 3, 12}, func(depth int) tree.Classifier { return tree.Classifier{MaxDepth: depth} })
	points, err := model.ValidationCurve(context.Background(), candidates, dataset.Digits(), model.KFold{N: 3}, metrics.Accuracy)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < 3; i++ {
		if stat.Mean(points[i].Train, nil) <= stat.Mean(points[i-1].Train, nil) {
			t.Errorf("a deeper tree fits its training samples worse: %+v", points)
		}
	}
	if points[0].Samples != 1198 {
		t.Errorf("%d samples", points[0].Samples)
	}
}

func TestPermutationImportance(t *testing.T) {
	ctx := context.Background()
	ds, coef, err := dataset.MakeRegression(dataset.RegressionProblem{Samples: 400, Features: 8, Informative: 3, Noise: 1, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	train, test := ds.Split(0.5, 1)
	m, err := linear.Regression{}.Fit(ctx, train)
	if err != nil {
		t.Fatal(err)
	}
	found, err := model.PermutationImportance(ctx, m, test, 20, 3, metrics.R2)
	if err != nil {
		t.Fatal(err)
	}
	// Shuffling feature j adds 2·coef² to the mean squared error.
	variance := stat.Variance(test.Y, nil)
	for j, c := range coef {
		want := 2 * c * c / variance
		if math.Abs(found.Mean[j]-want) > 0.15*want+0.01 {
			t.Errorf("importance of feature %d is %v ± %v, want about %v", j, found.Mean[j], found.StdDev[j], want)
		}
	}
	again, err := model.PermutationImportance(ctx, m, test, 20, 3, metrics.R2)
	if err != nil || !slices.Equal(found.Mean, again.Mean) {
		t.Error("the importances change")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := model.PermutationImportance(cancelled, m, test, 0, 3, metrics.R2); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}
