package model_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
	"github.com/sapwood-ml/sapwood/tree"
)

// Scorers say what one gets by fitting and scoring fold after fold.
func TestScorers(t *testing.T) {
	ctx := context.Background()
	cancer := dataset.BreastCancer()
	piped := model.Pipe(preprocess.StandardScaler{}, linear.Logistic{})
	folds := model.KFold{N: 3, Seed: 2}
	v, err := model.Validate(ctx, piped, cancer, folds,
		model.LabelScorer(metrics.Accuracy),
		model.ProbabilityScorer(metrics.LogLoss),
		model.ProbabilityScorer(metrics.Brier).Negated(),
		model.DecisionScorer(metrics.ROCAUC),
		model.LabelScorer(metrics.Accuracy).Negated(),
		model.ModelScorer(func(m model.Predictor[int], ds *dataset.Classification) (float64, error) {
			return float64(ds.Len()), nil
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	for i, fold := range v.Folds {
		train, err := cancer.Subset(fold.Train)
		if err != nil {
			t.Fatal(err)
		}
		m, err := piped.Fit(ctx, train)
		if err != nil {
			t.Fatal(err)
		}
		for part, got := range map[*[]int][][]float64{&fold.Test: v.Scores, &fold.Train: v.TrainScores} {
			ds, err := cancer.Subset(*part)
			if err != nil {
				t.Fatal(err)
			}
			labels, err1 := m.Predict(ds.X)
			proba, err2 := m.PredictProba(ds.X)
			decision, err3 := m.Decision(ds.X)
			if err := errors.Join(err1, err2, err3); err != nil {
				t.Fatal(err)
			}
			loss, err1 := metrics.LogLoss(ds.Y, proba)
			brier, err2 := metrics.Brier(ds.Y, proba)
			area, err3 := metrics.ROCAUC(ds.Y, mat.Col(nil, 0, decision))
			if err := errors.Join(err1, err2, err3); err != nil {
				t.Fatal(err)
			}
			accuracy := metrics.Accuracy(ds.Y, labels)
			for s, want := range []float64{accuracy, loss, -brier, area, -accuracy, float64(ds.Len())} {
				if got[s][i] != want {
					t.Errorf("fold %d, %d samples, score %d is %v, want %v", i, ds.Len(), s, got[s][i], want)
				}
			}
		}
	}
	single, err := model.CrossValidate(ctx, piped, cancer, folds, model.ProbabilityScorer(metrics.LogLoss))
	if err != nil || !slices.Equal(single, v.Scores[1]) {
		t.Errorf("CrossValidate says %v, %v, Validate %v", single, err, v.Scores[1])
	}
	// A forest has no decision values: its probabilities order the samples.
	if areas, err := model.CrossValidate(ctx, tree.ForestClassifier{Trees: 20}, cancer, folds, model.DecisionScorer(metrics.ROCAUC)); err != nil || slices.Min(areas) < 0.95 {
		t.Errorf("ROC AUC of a forest: %v, %v", areas, err)
	}
}

// Everything that takes a score takes a scorer.
func TestScorersEverywhere(t *testing.T) {
	ctx := context.Background()
	iris := dataset.Iris()
	loss := model.ProbabilityScorer(metrics.LogLoss).Negated()
	candidates := model.Grid([]float64{1e-4, 1, 100}, func(c float64) linear.Logistic { return linear.Logistic{C: c} })
	found, err := model.Search(ctx, candidates, iris, nil, loss)
	if err != nil || found.BestIndex == 0 || found.Mean[0] > -0.5 {
		t.Errorf("Search: %+v, %v", found, err)
	}
	halved, err := model.SearchHalving(ctx, candidates, iris, nil, loss, model.Halving{})
	if err != nil || halved.BestIndex == 0 {
		t.Errorf("SearchHalving: %+v, %v", halved, err)
	}
	curve, err := model.ValidationCurve(ctx, candidates, iris, nil, loss)
	if err != nil || !slices.Equal(curve[1].Test, found.Scores[1]) {
		t.Errorf("ValidationCurve: %+v, %v", curve, err)
	}
	if _, err := model.LearningCurve(ctx, linear.Logistic{}, iris, nil, nil, 1, loss); err != nil {
		t.Errorf("LearningCurve: %v", err)
	}
	m, err := linear.Logistic{}.Fit(ctx, iris)
	if err != nil {
		t.Fatal(err)
	}
	importances, err := model.PermutationImportance(ctx, m, iris, 3, 1, loss)
	if err != nil || importances.Mean[2] < importances.Mean[1] || importances.Mean[2] < 0.5 {
		t.Errorf("PermutationImportance: %+v, %v", importances, err)
	}
}

func TestScorersRefuse(t *testing.T) {
	ctx := context.Background()
	iris := dataset.Iris()
	validate := func(s model.Scorer[int]) error {
		_, err := model.CrossValidate(ctx, svm.LinearClassifier{}, iris, nil, s)
		return err
	}
	if err := validate(model.ProbabilityScorer(metrics.LogLoss)); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("probabilities of a machine that has none: %v", err)
	}
	if err := validate(model.DecisionScorer(metrics.ROCAUC)); !errors.Is(err, dataset.ErrClasses) {
		t.Errorf("one decision value of three classes: %v", err)
	}
	if _, err := model.CrossValidate(ctx, majority{}, classes(t, 9, 9), nil, model.DecisionScorer(metrics.ROCAUC)); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("decision values of a majority: %v", err)
	}
	broken := errors.New("broken")
	if err := validate(model.ModelScorer(func(model.Predictor[int], *dataset.Classification) (float64, error) { return 0, broken })); !errors.Is(err, broken) {
		t.Errorf("a score that fails: %v", err)
	}
	var param *model.ParamError
	for _, s := range []model.Scorer[int]{{}, model.Scorer[int]{}.Negated(), model.LabelScorer[int](nil), model.ProbabilityScorer(nil), model.DecisionScorer(nil), model.ModelScorer[int](nil)} {
		if err := validate(s); !errors.As(err, &param) || param.Field != "score" {
			t.Errorf("no score: %v", err)
		}
	}
	var none func(true, predicted []int) float64
	if _, err := model.Search(ctx, []svm.LinearClassifier{{}}, iris, nil, none); !errors.As(err, &param) {
		t.Errorf("no function: %v", err)
	}
}
