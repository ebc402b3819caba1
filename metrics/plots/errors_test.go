package plots_test

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
)

// failing is a model whose predictions are what they should not be.
type failing struct {
	labels []int
	err    error
}

func (f failing) Predict(mat.Matrix) ([]int, error) { return f.labels, f.err }

type negative struct{}

func (negative) Predict(x mat.Matrix) ([]int, error) {
	n, _ := x.Dims()
	labels := make([]int, n)
	labels[n-1] = -1
	return labels, nil
}

// few predicts class 3 with probabilities for two classes.
type few struct{}

func (few) Predict(x mat.Matrix) ([]int, error) {
	n, _ := x.Dims()
	labels := make([]int, n)
	labels[0] = 3
	return labels, nil
}

func (few) PredictProba(x mat.Matrix) (*mat.Dense, error) {
	n, _ := x.Dims()
	return mat.NewDense(n, 2, nil), nil
}

// slope decides by times the sum of the features.
type slope struct {
	times   float64
	columns int
	err     error
}

func (s slope) Decision(x mat.Matrix) (*mat.Dense, error) {
	if s.err != nil {
		return nil, s.err
	}
	n, _ := x.Dims()
	d := mat.NewDense(n, s.columns, nil)
	for i := range n {
		d.Set(i, 0, s.times*mat.Sum(mat.NewVecDense(2, mat.Row(nil, i, x)[:2])))
	}
	return d, nil
}

// none has no probabilities after all.
type none struct{ few }

func (none) PredictProba(mat.Matrix) (*mat.Dense, error) { return nil, nil }

func TestUnusableInputIsAnError(t *testing.T) {
	iris := dataset.Iris()
	broken := errors.New("broken")
	for _, c := range []struct {
		name string
		err  error
		is   error
	}{
		{"scatter of nothing", second(plots.Scatter(nil, 0, 1)), dataset.ErrEmpty},
		{"scatter of an empty set", second(plots.Scatter(&dataset.Classification{}, 0, 1)), dataset.ErrEmpty},
		{"scatter of feature 4 of 4", second(plots.Scatter(iris, 0, 4)), dataset.ErrShape},
		{"scatter of feature -1", second(plots.Scatter(iris, -1, 1)), dataset.ErrShape},
		{"scatter of an infinite value", second(plots.Scatter(&dataset.Classification{
			X: mat.NewDense(1, 2, []float64{math.Inf(1), 0}), Y: []int{0}}, 0, 1)), dataset.ErrNotFinite},
		{"regions of no model", second(plots.DecisionRegions(nil, iris, 0, 1)), dataset.ErrEmpty},
		{"regions over one feature", second(plots.DecisionRegions(centroids(iris), iris, 1, 1)), dataset.ErrShape},
		{"regions of missing values", second(plots.DecisionRegions(centroids(iris), &dataset.Classification{
			X: mat.NewDense(1, 2, []float64{math.NaN(), 0}), Y: []int{0}}, 0, 1)), dataset.ErrEmpty},
		{"regions of a model that fails", second(plots.DecisionRegions(failing{nil, broken}, iris, 0, 1)), broken},
		{"regions of too few predictions", second(plots.DecisionRegions(failing{[]int{1}, nil}, iris, 0, 1)), dataset.ErrShape},
		{"regions of a negative class", second(plots.DecisionRegions(negative{}, iris, 0, 1)), dataset.ErrClasses},
		{"regions of a class without probability", second(plots.DecisionRegions(few{}, iris, 0, 1)), dataset.ErrClasses},
		{"regions of a model without probabilities", second(plots.DecisionRegions(none{}, iris, 0, 1)), dataset.ErrEmpty},
		{"a mark on sample 150 of 150", plots.Mark(plot.New(), "", iris, 0, 1, 150), dataset.ErrShape},
		{"a mark in no plot", plots.Mark(nil, "", iris, 0, 1, 0), dataset.ErrEmpty},
		{"a mark by feature 4 of 4", plots.Mark(plot.New(), "", iris, 0, 4, 0), dataset.ErrShape},
		{"contours of no model", second(plots.DecisionContours(nil, iris, 0, 1)), dataset.ErrEmpty},
		{"contours over one feature", second(plots.DecisionContours(slope{}, iris, 1, 1)), dataset.ErrShape},
		{"contours of a model that fails", second(plots.DecisionContours(slope{err: broken}, iris, 0, 1)), broken},
		{"contours of two columns", second(plots.DecisionContours(slope{columns: 2}, iris, 0, 1)), dataset.ErrShape},
		{"contours of missing values", second(plots.DecisionContours(slope{columns: 1, times: math.NaN()}, iris, 0, 1)), dataset.ErrNotFinite},
		{"no panels", second(plots.Panels(2)), dataset.ErrEmpty},
		{"panels in no columns", second(plots.Panels(0, plot.New())), dataset.ErrEmpty},
		{"no confusion matrix", second(plots.Confusion(nil)), dataset.ErrEmpty},
		{"an empty confusion matrix", second(plots.Confusion(&metrics.ConfusionMatrix{})), dataset.ErrEmpty},
		{"a confusion matrix that is not square", second(plots.Confusion(&metrics.ConfusionMatrix{Counts: mat.NewDense(1, 2, nil)})), dataset.ErrShape},
		{"a confusion matrix with NaN", second(plots.Confusion(&metrics.ConfusionMatrix{Counts: mat.NewDense(1, 1, []float64{math.NaN()})})), dataset.ErrNotFinite},
		{"no tree", second(plots.Tree(nil, 0)), dataset.ErrEmpty},
		{"a tree with a loop", second(plots.Tree(diagram{{left: 1, right: 2}, {left: 0, right: 2}, {left: -1, right: -1}}, 0)), dataset.ErrShape},
		{"a tree with one child", second(plots.Tree(diagram{{left: -1, right: 1}, {left: -1, right: -1}}, 0)), dataset.ErrShape},
		{"no ROC curves", second(plots.ROC(nil)), dataset.ErrEmpty},
		{"a ROC curve that is nil", second(plots.ROC(nil, nil)), dataset.ErrEmpty},
		{"an empty ROC curve", second(plots.ROC(nil, &metrics.ROC{})), dataset.ErrEmpty},
		{"two names for one curve", second(plots.ROC([]string{"a", "b"}, &metrics.ROC{FPR: []float64{0, 1}, TPR: []float64{0, 1}})), dataset.ErrShape},
		{"half a precision-recall curve", second(plots.PrecisionRecall(nil, &metrics.PR{Recall: []float64{0, 1}, Precision: []float64{1}})), dataset.ErrShape},
		{"a precision-recall curve that is nil", second(plots.PrecisionRecall(nil, nil)), dataset.ErrEmpty},
		{"a calibration curve that is nil", second(plots.Calibration(nil, nil)), dataset.ErrEmpty},
		{"a calibration curve with NaN", second(plots.Calibration(nil, &metrics.Calibration{Predicted: []float64{0}, Observed: []float64{math.NaN()}})), dataset.ErrNotFinite},
		{"predictions of no samples", second(plots.PredictedActual(nil, nil)), dataset.ErrEmpty},
		{"predictions of lengths that differ", second(plots.PredictedActual([]float64{1}, []float64{1, 2})), dataset.ErrShape},
		{"residuals with NaN", second(plots.Residuals([]float64{1}, []float64{math.NaN()})), dataset.ErrNotFinite},
		{"residuals that overflow", second(plots.Residuals([]float64{math.MaxFloat64}, []float64{-math.MaxFloat64})), dataset.ErrNotFinite},
		{"no importances", second(plots.Importances(nil, nil, 0)), dataset.ErrEmpty},
		{"too few feature names", second(plots.Importances([]string{"a"}, []float64{1, 2}, 0)), dataset.ErrShape},
		{"no components", second(plots.Scree(nil)), dataset.ErrEmpty},
		{"too many columns", second(plots.Panels(math.MaxInt, nil)), dataset.ErrShape},
		{"huge components", second(plots.Scree([]float64{1e308, -1e308})), dataset.ErrNotFinite},
		{"no models", second(plots.ScoreBoxes(nil)), dataset.ErrEmpty},
		{"a model without scores", second(plots.ScoreBoxes(nil, []float64{1}, nil)), dataset.ErrEmpty},
		{"silhouette widths without labels", second(plots.SilhouetteBars([]float64{1}, nil)), dataset.ErrShape},
		{"an elbow of nothing", second(plots.Elbow(nil, nil, "")), dataset.ErrEmpty},
		{"a learning curve of nothing", second(plots.LearningCurve(nil, nil, nil)), dataset.ErrEmpty},
		{"a learning curve without validation", second(plots.LearningCurve([]int{1}, [][]float64{{1}}, nil)), dataset.ErrShape},
		{"a validation curve with an empty fold", second(plots.ValidationCurve("C", []float64{1}, [][]float64{{1}}, [][]float64{{}})), dataset.ErrEmpty},
		{"paths of no matrix", second(plots.CoefficientPaths([]float64{1}, nil, nil)), dataset.ErrEmpty},
		{"paths at alpha 0", second(plots.CoefficientPaths([]float64{0}, mat.NewDense(1, 1, nil), nil)), nil},
		{"paths with too few rows", second(plots.CoefficientPaths([]float64{1, 2}, mat.NewDense(1, 1, nil), nil)), dataset.ErrShape},
		{"one component", second(plots.Components(mat.NewDense(2, 1, nil), nil, nil, nil)), dataset.ErrShape},
		{"components of a typed nil", second(plots.Components((*mat.Dense)(nil), nil, nil, nil)), dataset.ErrEmpty},
		{"components with too few labels", second(plots.Components(mat.NewDense(2, 2, nil), nil, []int{0}, nil)), dataset.ErrShape},
		{"a biplot of one loading vector", second(plots.Biplot(mat.NewDense(2, 2, nil), mat.NewDense(1, 2, nil), nil, nil, nil, nil)), dataset.ErrShape},
		{"a picture of nothing", second(plots.Image(nil, 640, 480)), nil},
		{"a picture without width", second(plots.Image(plot.New(), 0, 480)), nil},
		{"a picture of too many pixels", second(plots.Image(plot.New(), math.MaxInt32, 480)), nil},
		{"an axis that gonum panics on", second(plots.Image(impossible(), 640, 480)), nil},
		{"a file in a directory that does not exist", plots.Save(plot.New(), 64, 48, filepath.Join(t.TempDir(), "a", "b.png")), nil},
	} {
		if c.err == nil || c.is != nil && !errors.Is(c.err, c.is) {
			t.Errorf("%s: error %v, want %v", c.name, c.err, c.is)
		}
	}
}

// impossible is a plot with a logarithmic axis from 0 to 1.
func impossible() *plot.Plot {
	p := plot.New()
	p.X.Min, p.X.Max, p.X.Scale = 0, 1, plot.LogScale{}
	return p
}

func second[A any](_ A, err error) error { return err }

// A plot of one point, of equal points, or of a single leaf still draws.
func TestSmallestInputDraws(t *testing.T) {
	one, err := dataset.New(mat.NewDense(2, 2, []float64{1, 2, 1, 2}), []int{0, 0})
	if err != nil {
		t.Fatal(err)
	}
	for name, draw := range map[string]func() (*plot.Plot, error){
		"scatter": func() (*plot.Plot, error) { return plots.Scatter(one, 0, 1) },
		"regions": func() (*plot.Plot, error) {
			return plots.DecisionRegions(centroidModel{mat.NewDense(1, 2, []float64{1, 2})}, one, 0, 1)
		},
		"flat contours": func() (*plot.Plot, error) { return plots.DecisionContours(slope{columns: 1}, one, 0, 1) },
		"panels":        func() (*plot.Plot, error) { return plots.Panels(2, plot.New(), nil, plot.New()) },
		"confusion": func() (*plot.Plot, error) {
			return plots.Confusion(&metrics.ConfusionMatrix{Counts: mat.NewDense(1, 1, []float64{1e30})})
		},
		"ROC": func() (*plot.Plot, error) { return plots.ROC(nil, &metrics.ROC{FPR: []float64{0}, TPR: []float64{0}}) },
		"calibration": func() (*plot.Plot, error) {
			return plots.Calibration(nil, &metrics.Calibration{Predicted: []float64{0.5}, Observed: []float64{1}})
		},
		"one residual":     func() (*plot.Plot, error) { return plots.Residuals([]float64{1}, []float64{1}) },
		"one prediction":   func() (*plot.Plot, error) { return plots.PredictedActual([]float64{0}, []float64{0}) },
		"zero importances": func() (*plot.Plot, error) { return plots.Importances(nil, make([]float64, 60), 0) },
		"one component":    func() (*plot.Plot, error) { return plots.Scree([]float64{1}) },
		"one score":        func() (*plot.Plot, error) { return plots.ScoreBoxes(nil, []float64{0.5}) },
		"one width":        func() (*plot.Plot, error) { return plots.SilhouetteBars([]float64{0}, []int{-3}) },
		"one cluster":      func() (*plot.Plot, error) { return plots.Elbow([]int{1}, []float64{3}, "inertia") },
		"one size":         func() (*plot.Plot, error) { return plots.LearningCurve([]int{9}, [][]float64{{1}}, [][]float64{{1}}) },
		"one alpha":        func() (*plot.Plot, error) { return plots.CoefficientPaths([]float64{1}, mat.NewDense(1, 1, nil), nil) },
		"no loadings": func() (*plot.Plot, error) {
			return plots.Biplot(mat.NewDense(1, 2, nil), mat.NewDense(2, 3, nil), nil, nil, nil, nil)
		},
		"no classes":   func() (*plot.Plot, error) { return plots.Components(mat.NewDense(1, 2, nil), nil, nil, nil) },
		"tree":         func() (*plot.Plot, error) { return plots.Tree(diagram{{left: -1, right: -1, class: -1}}, 0) },
		"pruned tree":  func() (*plot.Plot, error) { return plots.Tree(irisTree, 1) },
		"missing cell": func() (*plot.Plot, error) { return plots.Scatter(withMissing(t), 0, 1) },
	} {
		p, err := draw()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, size := range []int{1, 40, 300} {
			if _, err := plots.Image(p, size, size); err != nil {
				t.Errorf("%s at %d pixels: %v", name, size, err)
			}
		}
	}
}

func withMissing(t *testing.T) *dataset.Classification {
	t.Helper()
	ds, err := dataset.New(mat.NewDense(2, 2, []float64{1, math.NaN(), 1, 2}), []int{1, 0})
	if err != nil {
		t.Fatal(err)
	}
	return ds
}
