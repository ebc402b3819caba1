package svm_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/model/modeltest"
	"github.com/sapwood-ml/sapwood/svm"
)

// single is a golden case of a machine with one row of coefficients. LIBSVM keeps
// kernels in single precision: the objective is flat enough for six digits, but
// predictions carry three to six.
type single struct {
	Data       string
	Step       int
	Params     params
	Gamma      float64
	Objectives []float64
	Intercept  []float64
	Support    []int
	Predict    []float64
}

func diabetes(t *testing.T, step int) *dataset.Regression {
	ds := dataset.Diabetes()
	ds.X = standardized(ds.X)
	for i := range ds.Y {
		ds.Y[i] /= 100
	}
	return every(t, ds, step)
}

func checkRegressor(t *testing.T, c single, m *svm.RegressorModel, ds *dataset.Regression) {
	t.Helper()
	if !m.Converged {
		t.Error("not converged")
	}
	wantClose(t, "objective", []float64{m.Objective}, c.Objectives, 1e-6)
	wantClose(t, "intercept", []float64{m.Intercept}, c.Intercept, 1e-4)
	predicted, err := m.Predict(ds.X)
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "prediction", predicted, c.Predict, 1e-3)
	if n := len(c.Support); math.Abs(float64(len(m.Support)-n)) > 0.01*float64(n) {
		t.Errorf("%d support vectors, want about %d", len(m.Support), n)
	}
}

func TestRegressorGolden(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	for _, c := range golden[single](t, "regressor") {
		t.Run(label(c.Data, c.Params), func(t *testing.T) {
			ds := diabetes(t, c.Step)
			if c.Params.Weighted {
				weigh(ds)
			}
			m, err := svm.Regressor{C: c.Params.C, Epsilon: c.Params.Epsilon, Kernel: c.Params.kernel(), Tol: 1e-8}.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			checkRegressor(t, c, m, ds)
		})
	}
}

func TestNuRegressorGolden(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	for _, c := range golden[single](t, "nu_regressor") {
		t.Run(label(c.Data, c.Params), func(t *testing.T) {
			ds := diabetes(t, c.Step)
			m, err := svm.NuRegressor{C: c.Params.C, Nu: c.Params.Nu, Kernel: c.Params.kernel(), Tol: 1e-8}.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			checkRegressor(t, c, m, ds)
		})
	}
}

func TestOneClassGolden(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	for _, c := range golden[single](t, "one_class") {
		t.Run(label(c.Data, c.Params), func(t *testing.T) {
			ds := bundled(t, c.Data, c.Step).Unlabeled()
			m, err := svm.OneClass{Nu: c.Params.Nu, Kernel: c.Params.kernel(), Tol: 1e-9}.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			wantClose(t, "objective", []float64{m.Objective}, c.Objectives, 1e-6)
			wantClose(t, "intercept", []float64{m.Intercept}, c.Intercept, 1e-5)
			decision, err := m.Decision(ds.X)
			if err != nil {
				t.Fatal(err)
			}
			wantClose(t, "decision", decision.RawMatrix().Data, c.Predict, 1e-5)
		})
	}
}

func TestNuClassifierGolden(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	type test struct {
		Data       string
		Step       int
		Params     params
		Objectives []float64
		Predict    []int
		Rows       []int
		Pairs      [][]float64
	}
	for _, c := range golden[test](t, "nu_classifier") {
		t.Run(label(c.Data, c.Params), func(t *testing.T) {
			ds := bundled(t, c.Data, c.Step)
			m, err := svm.NuClassifier{Nu: c.Params.Nu, Kernel: c.Params.kernel(), Tol: 1e-9}.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			var objectives []float64
			for _, p := range m.Pairs {
				objectives = append(objectives, p.Objective)
			}
			wantClose(t, "objective", objectives, c.Objectives, 1e-5)
			labels, err := m.Predict(ds.X)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(labels, c.Predict) {
				t.Error("predictions differ")
			}
			pairs, err := m.DecisionPairs(pick(t, ds.X, c.Rows))
			if err != nil {
				t.Fatal(err)
			}
			wantClose(t, "pairs", pairs.RawMatrix().Data, flatten(c.Pairs), 1e-5)
		})
	}
}

func TestRegressorConformance(t *testing.T) {
	for name, r := range map[string]svm.Regressor{
		"RBF":     {C: 30},
		"linear":  {Kernel: svm.Kernel{Kind: svm.Linear}},
		"no tube": {C: 3, ZeroEpsilon: true, CacheMB: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r.Tol, r.MaxIter = 1e-7, 50_000
			modeltest.TestRegressor(t, r)
		})
	}
}

func TestNuRegressorConformance(t *testing.T) {
	modeltest.TestRegressor(t, svm.NuRegressor{C: 10, Tol: 1e-7, MaxIter: 100_000})
}

func TestNuClassifierConformance(t *testing.T) {
	modeltest.TestClassifier(t, svm.NuClassifier{Nu: 0.2, Tol: 1e-9, MaxIter: 50_000})
}

func TestOneClassConformance(t *testing.T) {
	const onBoundary = "samples whose multiplier is free lie on the boundary, where rounding decides"
	modeltest.TestClusterer(t, svm.OneClass{Nu: 0.2, Tol: 1e-9, MaxIter: 50_000},
		modeltest.ExpectFailure("permuted training rows", onBoundary), modeltest.ExpectFailure("integer weights", onBoundary))
}

func TestFamilyParameters(t *testing.T) {
	modeltest.TestParamError(t, "C", svm.Regressor{C: math.NaN()})
	modeltest.TestParamError(t, "Epsilon", svm.Regressor{Epsilon: -1})
	modeltest.TestParamError(t, "ZeroEpsilon", svm.Regressor{Epsilon: 1, ZeroEpsilon: true})
	modeltest.TestParamError(t, "Nu", svm.NuRegressor{Nu: 1.5})
	modeltest.TestParamError(t, "C", svm.NuRegressor{C: -1})
	modeltest.TestParamError(t, "Nu", svm.OneClass{Nu: -1})
	modeltest.TestParamError(t, "Nu", svm.NuClassifier{Nu: 2})
	modeltest.TestParamError(t, "Tol", svm.OneClass{Tol: -1})
}

// A ν that one of the classes is too small for is an error, not a solution of
// another problem.
func TestNuTooLarge(t *testing.T) {
	ds := bundled(t, "breast_cancer", 4)
	modeltest.TestParamError(t, "Nu", svm.NuClassifier{Nu: 1.01})
	if _, err := (svm.NuClassifier{Nu: 0.95}).Fit(context.Background(), ds); err == nil {
		t.Error("no error")
	}
}
