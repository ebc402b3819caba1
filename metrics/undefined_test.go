package metrics_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics"
)

var labelScores = map[string]func(w metrics.Weights) func(truth, predicted []int) float64{
	"Accuracy":         func(w metrics.Weights) func(truth, predicted []int) float64 { return w.Accuracy },
	"BalancedAccuracy": func(w metrics.Weights) func(truth, predicted []int) float64 { return w.BalancedAccuracy },
	"F1":               func(w metrics.Weights) func(truth, predicted []int) float64 { return w.F1 },
	"Precision":        func(w metrics.Weights) func(truth, predicted []int) float64 { return w.Precision(metrics.Weighted) },
	"Recall":           func(w metrics.Weights) func(truth, predicted []int) float64 { return w.Recall(metrics.Micro) },
	"F2 binary":        func(w metrics.Weights) func(truth, predicted []int) float64 { return w.FBeta(2, metrics.Binary) },
	"Matthews":         func(w metrics.Weights) func(truth, predicted []int) float64 { return w.Matthews },
	"CohenKappa":       func(w metrics.Weights) func(truth, predicted []int) float64 { return w.CohenKappa },
	"LinearKappa":      func(w metrics.Weights) func(truth, predicted []int) float64 { return w.LinearKappa },
	"QuadraticKappa":   func(w metrics.Weights) func(truth, predicted []int) float64 { return w.QuadraticKappa },
}

var regressionScores = map[string]func(w metrics.Weights) func(truth, predicted []float64) float64{
	"R2":                func(w metrics.Weights) func(truth, predicted []float64) float64 { return w.R2 },
	"ExplainedVariance": func(w metrics.Weights) func(truth, predicted []float64) float64 { return w.ExplainedVariance },
	"MSE":               func(w metrics.Weights) func(truth, predicted []float64) float64 { return w.MSE },
	"RMSE":              func(w metrics.Weights) func(truth, predicted []float64) float64 { return w.RMSE },
	"MAE":               func(w metrics.Weights) func(truth, predicted []float64) float64 { return w.MAE },
	"MedianAE":          func(w metrics.Weights) func(truth, predicted []float64) float64 { return w.MedianAE },
	"MAPE":              func(w metrics.Weights) func(truth, predicted []float64) float64 { return w.MAPE },
}

func TestScoresOfUnusableInputAreNaN(t *testing.T) {
	wrong := []struct {
		name    string
		n, m    int
		weights metrics.Weights
	}{
		{"no samples", 0, 0, nil},
		{"fewer predictions", 3, 2, nil},
		{"more predictions", 2, 3, nil},
		{"too few weights", 3, 3, metrics.Weights{1, 1}},
		{"empty weights", 3, 3, metrics.Weights{}},
		{"a negative weight", 3, 3, metrics.Weights{1, -1, 1}},
		{"a weight that is NaN", 3, 3, metrics.Weights{1, math.NaN(), 1}},
		{"an infinite weight", 3, 3, metrics.Weights{1, math.Inf(1), 1}},
		{"zero weights", 3, 3, metrics.Weights{0, 0, 0}},
		{"weights whose sum overflows", 3, 3, metrics.Weights{math.MaxFloat64, math.MaxFloat64, 1}},
	}
	for _, c := range wrong {
		for name, score := range labelScores {
			if got := score(c.weights)(make([]int, c.n), make([]int, c.m)); !math.IsNaN(got) {
				t.Errorf("%s of %s = %v, want NaN", name, c.name, got)
			}
		}
		for name, score := range regressionScores {
			if got := score(c.weights)(make([]float64, c.n), make([]float64, c.m)); !math.IsNaN(got) {
				t.Errorf("%s of %s = %v, want NaN", name, c.name, got)
			}
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for name, score := range regressionScores {
			for _, got := range []float64{
				score(nil)([]float64{1, bad, 2}, []float64{1, 2, 3}),
				score(nil)([]float64{1, 2, 3}, []float64{1, bad, 2}),
			} {
				if !math.IsNaN(got) {
					t.Errorf("%s with a value %v = %v, want NaN", name, bad, got)
				}
			}
		}
		if got := metrics.MaxError([]float64{1, bad}, []float64{1, 5}); !math.IsNaN(got) {
			t.Errorf("MaxError with a value %v = %v, want NaN", bad, got)
		}
	}
}

func TestUndefinedScores(t *testing.T) {
	one, two := []int{1, 1, 1}, []int{0, 1, 1}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"kappa of one label", metrics.CohenKappa(one, one), math.NaN()},
		{"linear kappa of one label", metrics.LinearKappa(one, one), math.NaN()},
		{"quadratic kappa of one label", metrics.QuadraticKappa(one, one), math.NaN()},
		{"Matthews of one true class", metrics.Matthews(one, two), 0},
		{"Matthews of one predicted class", metrics.Matthews(two, one), 0},
		{"binary precision, never predicted", metrics.Precision(metrics.Binary)(two, []int{0, 0, 0}), 0},
		{"binary recall, never true", metrics.Recall(metrics.Binary)([]int{0, 0, 0}, two), 0},
		{"binary F1, neither", metrics.FBeta(1, metrics.Binary)([]int{0, 0}, []int{0, 0}), 0},
		{"binary of three classes", metrics.FBeta(1, metrics.Binary)([]int{0, 1, 2}, []int{0, 1, 1}), math.NaN()},
		{"negative beta", metrics.FBeta(-1, metrics.Macro)(two, two), math.NaN()},
		{"beta NaN", metrics.FBeta(math.NaN(), metrics.Macro)(two, two), math.NaN()},
		{"unknown average", metrics.FBeta(1, metrics.Average(9))(two, two), math.NaN()},
		{"huge beta is recall", metrics.FBeta(1e200, metrics.Binary)(two, []int{1, 1, 0}), metrics.Recall(metrics.Binary)(two, []int{1, 1, 0})},
		{"R2 of one sample", metrics.R2([]float64{1}, []float64{1}), math.NaN()},
		{"R2 of one weighted sample", metrics.Weights{1, 0}.R2([]float64{1, 2}, []float64{1, 2}), math.NaN()},
		{"explained variance of one sample", metrics.ExplainedVariance([]float64{1}, []float64{1}), math.NaN()},
		// The mean of 0.1, 0.1, 0.1 is not 0.1 when rounded: the variance must still be zero.
		{"R2 of a constant", metrics.R2([]float64{0.1, 0.1, 0.1}, []float64{0.2, 0.1, 0.1}), 0},
		{"R2 of a constant, perfect", metrics.R2([]float64{0.1, 0.1, 0.1}, []float64{0.1, 0.1, 0.1}), 1},
		{"explained variance of a constant, shifted", metrics.ExplainedVariance([]float64{0.1, 0.1, 0.1}, []float64{0.3, 0.3, 0.3}), 1},
		{"explained variance of a constant, varied", metrics.ExplainedVariance([]float64{0.1, 0.1, 0.1}, []float64{0.3, 0.2, 0.3}), 0},
	} {
		if !same(c.got, c.want) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestUnusableInputIsAnError(t *testing.T) {
	half := mat.NewDense(2, 2, []float64{0.5, 0.5, 0.5, 0.5})
	three := mat.NewDense(2, 3, []float64{0.5, 0.25, 0.25, 0.2, 0.2, 0.6})
	nan := mat.NewDense(2, 2, []float64{0.5, 0.5, math.NaN(), 0.5})
	var typedNil *mat.Dense
	value := func(_ float64, err error) error { return err }
	for _, c := range []struct {
		name string
		err  error
		is   error // nil: any error
	}{
		{"nil matrix", value(metrics.LogLoss([]int{0}, nil)), dataset.ErrEmpty},
		{"typed nil matrix", value(metrics.LogLoss([]int{0}, typedNil)), dataset.ErrEmpty},
		{"empty matrix", value(metrics.Brier(nil, &mat.Dense{})), dataset.ErrEmpty},
		{"rows do not match", value(metrics.LogLoss([]int{0}, half)), dataset.ErrShape},
		{"one column", value(metrics.LogLoss([]int{0, 0}, mat.NewDense(2, 1, []float64{1, 1}))), dataset.ErrShape},
		{"a value that is NaN", value(metrics.LogLoss([]int{0, 1}, nan)), dataset.ErrNotFinite},
		{"a class without a column", value(metrics.LogLoss([]int{0, 2}, half)), dataset.ErrClasses},
		{"a negative class", value(metrics.Brier([]int{0, -1}, half)), dataset.ErrClasses},
		{"a negative probability", value(metrics.LogLoss([]int{0}, mat.NewDense(1, 2, []float64{-0.5, 1.5}))), nil},
		{"a sum that is not one", value(metrics.LogLoss([]int{0}, mat.NewDense(1, 2, []float64{0.5, 0.4}))), nil},
		{"too few weights", value(metrics.Weights{1}.LogLoss([]int{0, 1}, half)), dataset.ErrShape},
		{"zero weights", value(metrics.Weights{0, 0}.Brier([]int{0, 1}, half)), dataset.ErrWeights},
		{"top 0", value(metrics.TopK(0, []int{0, 1}, half)), nil},
		{"ROC of one class", value(metrics.ROCAUC([]int{1, 1}, []float64{1, 2})), dataset.ErrClasses},
		{"ROC of the other class", value(metrics.ROCAUC([]int{0, 0}, []float64{1, 2})), dataset.ErrClasses},
		{"ROC of a class of weight zero", value(metrics.Weights{1, 0}.ROCAUC([]int{0, 1}, []float64{1, 2})), dataset.ErrClasses},
		{"ROC of no samples", value(metrics.ROCAUC(nil, nil)), dataset.ErrEmpty},
		{"ROC of lengths that differ", value(metrics.ROCAUC([]int{0, 1}, []float64{1})), dataset.ErrShape},
		{"ROC of a third class", value(metrics.ROCAUC([]int{0, 1, 2}, []float64{1, 2, 3})), dataset.ErrClasses},
		{"ROC of a NaN", value(metrics.ROCAUC([]int{0, 1}, []float64{1, math.NaN()})), dataset.ErrNotFinite},
		{"no positives to be found", value(metrics.AveragePrecision([]int{0, 0}, []float64{1, 2})), dataset.ErrClasses},
		{"one-vs-rest without a class", value(metrics.ROCAUCOneVsRest([]int{0, 1}, three, metrics.Macro)), dataset.ErrClasses},
		{"one-vs-rest by an unknown average", value(metrics.ROCAUCOneVsRest([]int{0, 1}, half, metrics.Average(-1))), nil},
		{"one-vs-one without a class", value(metrics.ROCAUCOneVsOne([]int{0, 1}, three, metrics.Macro)), dataset.ErrClasses},
		{"one-vs-one by micro", value(metrics.ROCAUCOneVsOne([]int{0, 1}, half, metrics.Micro)), nil},
		{"calibration of no samples", second(metrics.CalibrationCurve(nil, nil, 5)), dataset.ErrEmpty},
		{"calibration without bins", second(metrics.CalibrationCurve([]int{0, 1}, []float64{0.1, 0.2}, 0)), nil},
		{"calibration of a third class", second(metrics.CalibrationCurve([]int{0, 2}, []float64{0.1, 0.2}, 5)), dataset.ErrClasses},
		{"calibration of no probability", second(metrics.CalibrationCurve([]int{0, 1}, []float64{0.1, 1.2}, 5)), nil},
		{"calibration of a NaN", second(metrics.CalibrationCurve([]int{0, 1}, []float64{0.1, math.NaN()}, 5)), dataset.ErrNotFinite},
		{"confusion of no samples", second(metrics.Confusion(nil, nil)), dataset.ErrEmpty},
		{"confusion of lengths that differ", second(metrics.Confusion([]int{0}, nil)), dataset.ErrShape},
		{"confusion of a negative class", second(metrics.Confusion([]int{0}, []int{-1})), dataset.ErrClasses},
		{"confusion of a class without a name", second(metrics.Confusion([]int{0}, []int{2}, "a", "b")), dataset.ErrClasses},
		{"confusion of too many classes", second(metrics.Confusion([]int{0}, []int{1 << 30})), dataset.ErrClasses},
		{"confusion of the largest int", second(metrics.Confusion([]int{0}, []int{math.MaxInt})), dataset.ErrClasses},
		{"report of a negative class", second(metrics.ClassificationReport([]int{0}, []int{-1})), dataset.ErrClasses},
		{"report of no samples", second(metrics.ClassificationReport(nil, nil)), dataset.ErrEmpty},
	} {
		if c.err == nil || c.is != nil && !errors.Is(c.err, c.is) {
			t.Errorf("%s: error %v, want %v", c.name, c.err, c.is)
		}
	}
}

func second[A any](_ A, err error) error { return err }

func TestZeroValuesDoNotPanic(t *testing.T) {
	var m *metrics.ConfusionMatrix
	_ = m.String()
	_ = (&metrics.ConfusionMatrix{}).String()
	_ = (&metrics.ConfusionMatrix{Counts: mat.NewDense(1, 2, nil)}).Normalized(metrics.OfAll)
	var r *metrics.Report
	_ = r.String()
	_ = (&metrics.Report{}).String()
	if v := (&metrics.ROC{}).AUC(); !math.IsNaN(v) {
		t.Errorf("AUC of no curve = %v, want NaN", v)
	}
	if v := (&metrics.PR{Recall: []float64{1}}).AveragePrecision(); !math.IsNaN(v) {
		t.Errorf("average precision of half a curve = %v, want NaN", v)
	}
}

// Views and other matrix types give what a dense copy gives.
func TestAnyMatrixWillDo(t *testing.T) {
	proba := mat.NewDense(3, 4, []float64{0.5, 0.3, 0.2, 9, 0.1, 0.8, 0.1, 9, 0.2, 0.2, 0.6, 9})
	view := proba.Slice(0, 3, 0, 3)
	truth := []int{0, 1, 1}
	want, err := metrics.LogLoss(truth, mat.DenseCopyOf(view))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []mat.Matrix{view, mat.DenseCopyOf(view.T()).T()} {
		if got, err := metrics.LogLoss(truth, x); err != nil || got != want {
			t.Errorf("log loss of a %T = %v, %v; want %v", x, got, err, want)
		}
	}
}

// A probability on the edge of two bins is in the lower one.
func TestCalibrationEdges(t *testing.T) {
	c, err := metrics.CalibrationCurve([]int{0, 1, 1, 1, 0, 1}, []float64{0, 0.1, 0.3, 0.7, 0.70001, 1}, 10)
	if err != nil {
		t.Fatal(err)
	}
	sameSlice(t, "predicted", c.Predicted, []float64{0.05, 0.3, 0.7, 0.70001, 1})
	sameSlice(t, "observed", c.Observed, []float64{0.5, 1, 1, 0, 1})
	sameSlice(t, "weight", c.Weight, []float64{2, 1, 1, 1, 1})
}

// A label beyond all bounds is an error wherever it stands among the others.
func TestConfusionOfHugeLabels(t *testing.T) {
	for _, pair := range [][2][]int{
		{{math.MaxInt}, {3}},
		{{3}, {math.MaxInt}},
		{{math.MaxInt, 0}, {0, 1}},
		{{math.MaxInt - 1}, {0}},
	} {
		if _, err := metrics.Confusion(pair[0], pair[1]); !errors.Is(err, dataset.ErrClasses) {
			t.Errorf("labels %v and %v: error %v", pair[0], pair[1], err)
		}
	}
}
