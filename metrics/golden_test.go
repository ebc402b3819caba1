package metrics_test

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/metrics"
)

//go:generate python3 testdata/generate.py

// golden holds the values that scikit-learn gives; null stands for NaN.
type golden struct {
	Labels []struct {
		Name                           string
		Truth, Predicted               []int
		Weights                        metrics.Weights
		Scores                         map[string]*float64
		Confusion                      [][]float64
		OfTrue                         [][]float64 `json:"of_true"`
		OfPredicted                    [][]float64 `json:"of_predicted"`
		OfAll                          [][]float64 `json:"of_all"`
		Precision, Recall, F1, Support []float64
	}
	Scores []struct {
		Name              string
		Truth             []int
		Score             []float64
		Weights           metrics.Weights
		FPR, TPR          []float64
		ROCThresholds     []float64 `json:"roc_thresholds"`
		Precision, Recall []float64
		PRThresholds      []float64 `json:"pr_thresholds"`
		AUC               float64
		AveragePrecision  float64 `json:"average_precision"`
	}
	Probabilities []struct {
		Name    string
		Truth   []int
		Proba   [][]float64
		Weights metrics.Weights
		Scores  map[string]*float64

		Calibration *struct{ Observed, Predicted []float64 }
	}
	Regression []struct {
		Name             string
		Truth, Predicted []float64
		Weights          metrics.Weights
		Scores           map[string]*float64
	}
	Clustering []struct {
		Name             string
		Truth, Predicted []int
		Scores           map[string]*float64
	}
	Geometry []struct {
		Name              string
		X                 [][]float64
		Labels            []int
		Silhouette        float64
		SilhouetteSamples []float64 `json:"silhouette_samples"`
		CalinskiHarabasz  float64   `json:"calinski_harabasz"`
		DaviesBouldin     float64   `json:"davies_bouldin"`
	}
}

func readGolden(t *testing.T) golden {
	t.Helper()
	file, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(file, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// same reports whether two numbers agree to 12 digits, or to 1e-12 where they are
// below one; NaN agrees with NaN.
func same(got, want float64) bool {
	if math.IsNaN(want) {
		return math.IsNaN(got)
	}
	return got == want || math.Abs(got-want) <= 1e-12*max(1, math.Abs(want))
}

// sameDigits is same to 12 digits however small the numbers.
func sameDigits(got, want float64) bool {
	return same(got, want) && (math.IsNaN(want) || math.Abs(got-want) <= 1e-12*math.Abs(want))
}

func number(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

func sameSlice(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s has %d values, want %d: %v, want %v", what, len(got), len(want), got, want)
		return
	}
	for i := range got {
		if !same(got[i], want[i]) {
			t.Errorf("%s[%d] = %v, want %v", what, i, got[i], want[i])
		}
	}
}

func sameMatrix(t *testing.T, what string, got *mat.Dense, want [][]float64) {
	t.Helper()
	if r, _ := got.Dims(); r != len(want) {
		t.Errorf("%s has %d rows, want %d", what, r, len(want))
		return
	}
	for i, row := range want {
		sameSlice(t, what+" row "+strconv.Itoa(i), got.RawRowView(i), row)
	}
}

var averages = map[string]metrics.Average{
	"macro": metrics.Macro, "weighted": metrics.Weighted, "micro": metrics.Micro, "binary": metrics.Binary,
}

// labelScore finds the score by its name in the golden file.
func labelScore(t *testing.T, w metrics.Weights, name string) func(truth, predicted []int) float64 {
	t.Helper()
	switch name {
	case "Accuracy":
		return w.Accuracy
	case "BalancedAccuracy":
		return w.BalancedAccuracy
	case "F1":
		return w.F1
	case "Matthews":
		return w.Matthews
	case "CohenKappa":
		return w.CohenKappa
	case "LinearKappa":
		return w.LinearKappa
	case "QuadraticKappa":
		return w.QuadraticKappa
	}
	kind, average, found := strings.Cut(name, " ")
	a, known := averages[average]
	if !found || !known {
		t.Fatalf("unknown score %q", name)
	}
	switch kind {
	case "Precision":
		return w.Precision(a)
	case "Recall":
		return w.Recall(a)
	}
	beta, err := strconv.ParseFloat(strings.TrimPrefix(kind, "F"), 64)
	if err != nil {
		t.Fatalf("unknown score %q", name)
	}
	return w.FBeta(beta, a)
}

func TestLabelScoresMatchScikitLearn(t *testing.T) {
	for _, c := range readGolden(t).Labels {
		t.Run(c.Name, func(t *testing.T) {
			for name, want := range c.Scores {
				if got := labelScore(t, c.Weights, name)(c.Truth, c.Predicted); !same(got, number(want)) {
					t.Errorf("%s = %v, want %v", name, got, number(want))
				}
			}
			m, err := c.Weights.Confusion(c.Truth, c.Predicted)
			if err != nil {
				t.Fatal(err)
			}
			sameMatrix(t, "confusion", m.Counts, c.Confusion)
			sameMatrix(t, "of true", m.Normalized(metrics.OfTrue), c.OfTrue)
			sameMatrix(t, "of predicted", m.Normalized(metrics.OfPredicted), c.OfPredicted)
			sameMatrix(t, "of all", m.Normalized(metrics.OfAll), c.OfAll)

			r, err := c.Weights.ClassificationReport(c.Truth, c.Predicted)
			if err != nil {
				t.Fatal(err)
			}
			var precision, recall, f1, support []float64
			for _, s := range r.Classes {
				precision, recall = append(precision, s.Precision), append(recall, s.Recall)
				f1, support = append(f1, s.F1), append(support, s.Support)
			}
			sameSlice(t, "precision", precision, c.Precision)
			sameSlice(t, "recall", recall, c.Recall)
			sameSlice(t, "F1", f1, c.F1)
			sameSlice(t, "support", support, c.Support)
			sameSlice(t, "averages",
				[]float64{r.Accuracy, r.Macro.Precision, r.Macro.Recall, r.Macro.F1, r.Weighted.Precision, r.Weighted.Recall, r.Weighted.F1},
				[]float64{number(c.Scores["Accuracy"]),
					number(c.Scores["Precision macro"]), number(c.Scores["Recall macro"]), number(c.Scores["F1 macro"]),
					number(c.Scores["Precision weighted"]), number(c.Scores["Recall weighted"]), number(c.Scores["F1 weighted"])})
		})
	}
}

func TestCurvesMatchScikitLearn(t *testing.T) {
	for _, c := range readGolden(t).Scores {
		t.Run(c.Name, func(t *testing.T) {
			roc, err := c.Weights.ROCCurve(c.Truth, c.Score)
			if err != nil {
				t.Fatal(err)
			}
			sameSlice(t, "FPR", roc.FPR, c.FPR)
			sameSlice(t, "TPR", roc.TPR, c.TPR)
			sameSlice(t, "ROC thresholds", roc.Thresholds, append([]float64{math.Inf(1)}, c.ROCThresholds...))
			pr, err := c.Weights.PrecisionRecallCurve(c.Truth, c.Score)
			if err != nil {
				t.Fatal(err)
			}
			sameSlice(t, "precision", pr.Precision, c.Precision)
			sameSlice(t, "recall", pr.Recall, c.Recall)
			sameSlice(t, "PR thresholds", pr.Thresholds, c.PRThresholds)
			area, err := c.Weights.ROCAUC(c.Truth, c.Score)
			if err != nil || !same(area, c.AUC) {
				t.Errorf("AUC = %v, %v; want %v", area, err, c.AUC)
			}
			precision, err := c.Weights.AveragePrecision(c.Truth, c.Score)
			if err != nil || !same(precision, c.AveragePrecision) {
				t.Errorf("average precision = %v, %v; want %v", precision, err, c.AveragePrecision)
			}
		})
	}
}

func TestProbabilityScoresMatchScikitLearn(t *testing.T) {
	for _, c := range readGolden(t).Probabilities {
		t.Run(c.Name, func(t *testing.T) {
			proba := denseOf(c.Proba)
			for name, want := range c.Scores {
				var got float64
				var err error
				kind, average, _ := strings.Cut(name, " ")
				a := averages[average]
				switch kind {
				case "LogLoss":
					got, err = c.Weights.LogLoss(c.Truth, proba)
				case "Brier":
					got, err = c.Weights.Brier(c.Truth, proba)
				case "OneVsRest":
					got, err = c.Weights.ROCAUCOneVsRest(c.Truth, proba, a)
				case "OneVsOne":
					got, err = c.Weights.ROCAUCOneVsOne(c.Truth, proba, a)
				case "AveragePrecision":
					got, err = c.Weights.AveragePrecisionOneVsRest(c.Truth, proba, a)
				default:
					k, atoi := strconv.Atoi(strings.TrimPrefix(kind, "Top"))
					if atoi != nil {
						t.Fatalf("unknown score %q", name)
					}
					got, err = c.Weights.TopK(k, c.Truth, proba)
				}
				if err != nil || !same(got, number(want)) {
					t.Errorf("%s = %v, %v; want %v", name, got, err, number(want))
				}
			}
			if c.Calibration != nil {
				got, err := c.Weights.CalibrationCurve(c.Truth, mat.Col(nil, 1, proba), 7)
				if err != nil {
					t.Fatal(err)
				}
				sameSlice(t, "observed", got.Observed, c.Calibration.Observed)
				sameSlice(t, "predicted", got.Predicted, c.Calibration.Predicted)
			}
		})
	}
}

func denseOf(rows [][]float64) *mat.Dense {
	d := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, row := range rows {
		d.SetRow(i, row)
	}
	return d
}

func TestRegressionScoresMatchScikitLearn(t *testing.T) {
	for _, c := range readGolden(t).Regression {
		t.Run(c.Name, func(t *testing.T) {
			scores := map[string]func(truth, predicted []float64) float64{
				"R2": c.Weights.R2, "ExplainedVariance": c.Weights.ExplainedVariance, "MSE": c.Weights.MSE,
				"RMSE": c.Weights.RMSE, "MAE": c.Weights.MAE, "MedianAE": c.Weights.MedianAE,
				"MAPE": c.Weights.MAPE, "MaxError": metrics.MaxError,
			}
			for name, want := range c.Scores {
				if got := scores[name](c.Truth, c.Predicted); !sameDigits(got, number(want)) {
					t.Errorf("%s = %v, want %v", name, got, number(want))
				}
			}
		})
	}
}

var clusterScores = map[string]func(truth, predicted []int) float64{
	"AdjustedRand": metrics.AdjustedRand, "MutualInfo": metrics.MutualInfo,
	"NormalizedMutualInfo": metrics.NormalizedMutualInfo, "AdjustedMutualInfo": metrics.AdjustedMutualInfo,
	"Homogeneity": metrics.Homogeneity, "Completeness": metrics.Completeness, "VMeasure": metrics.VMeasure,
}

func TestClusterAgreementMatchesScikitLearn(t *testing.T) {
	for _, c := range readGolden(t).Clustering {
		t.Run(c.Name, func(t *testing.T) {
			for name, want := range c.Scores {
				if got := clusterScores[name](c.Truth, c.Predicted); !same(got, number(want)) {
					t.Errorf("%s = %v, want %v", name, got, number(want))
				}
			}
		})
	}
}

func TestClusterGeometryMatchesScikitLearn(t *testing.T) {
	for _, c := range readGolden(t).Geometry {
		t.Run(c.Name, func(t *testing.T) {
			x := denseOf(c.X)
			widths, err := metrics.SilhouetteSamples(t.Context(), x, c.Labels)
			if err != nil {
				t.Fatal(err)
			}
			sameSlice(t, "silhouette", widths, c.SilhouetteSamples)
			for name, score := range map[string]struct {
				of   func() (float64, error)
				want float64
			}{
				"silhouette":        {func() (float64, error) { return metrics.Silhouette(t.Context(), x, c.Labels) }, c.Silhouette},
				"Calinski-Harabasz": {func() (float64, error) { return metrics.CalinskiHarabasz(x, c.Labels) }, c.CalinskiHarabasz},
				"Davies-Bouldin":    {func() (float64, error) { return metrics.DaviesBouldin(x, c.Labels) }, c.DaviesBouldin},
			} {
				if got, err := score.of(); err != nil || !sameDigits(got, score.want) {
					t.Errorf("%s = %v, %v; want %v", name, got, err, score.want)
				}
			}
		})
	}
}
