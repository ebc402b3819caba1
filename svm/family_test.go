package svm_test

import (
	"cmp"
	"context"
	"math"
	"slices"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/model/modeltest"
	"github.com/sapwood-ml/sapwood/svm"
)

// single is a golden case of a machine with one row of coefficients.
type single struct {
	Data       string
	Step       int
	Params     params
	Gamma      float64
	Objectives []float64
	Intercept  []float64
	Support    []int
	Rows       []int
	Predict    []float64 // decision values or predictions of Rows
	Epsilon    float64
}

// eachGolden runs test on each case of a file.
func eachGolden(t *testing.T, name string, test func(t *testing.T, c single)) {
	t.Helper()
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	for _, c := range golden[single](t, name) {
		t.Run(label(c.Data, c.Params), func(t *testing.T) { test(t, c) })
	}
}

// check compares what a model has learned, and its values for all rows.
func (c single) check(t *testing.T, end model.Convergence, k svm.Kernel, intercept float64, support []int, values []float64) {
	t.Helper()
	if !end.Converged {
		t.Error("not converged")
	}
	wantClose(t, "γ", []float64{k.Gamma}, []float64{c.Gamma}, 1e-12)
	wantClose(t, "objective", []float64{end.Objective}, c.Objectives, 1e-9)
	wantClose(t, "intercept", []float64{intercept}, c.Intercept, 1e-8)
	if c.Support != nil && !slices.Equal(support, c.Support) {
		t.Errorf("support is %d %v, want %d %v", len(support), support, len(c.Support), c.Support)
	}
	var shown []float64
	for _, i := range c.Rows {
		shown = append(shown, values[i])
	}
	wantClose(t, "values", shown, c.Predict, 1e-8)
}

func checkRegressor(t *testing.T, c single, m *svm.RegressorModel, ds *dataset.Regression) {
	t.Helper()
	predicted, err := m.Predict(ds.X)
	if err != nil {
		t.Fatal(err)
	}
	c.check(t, m.Convergence, m.Kernel, m.Intercept, m.Support, predicted)
}

func TestRegressorGolden(t *testing.T) {
	eachGolden(t, "regressor", func(t *testing.T, c single) {
		ds := targets(t, c.Data, c.Step)
		if c.Params.Weighted {
			weigh(ds)
		}
		m, err := svm.Regressor{C: c.Params.C, Epsilon: c.Params.Epsilon, Kernel: c.Params.kernel(), Tol: 1e-10}.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		checkRegressor(t, c, m, ds)
	})
}

func TestNuRegressorGolden(t *testing.T) {
	eachGolden(t, "nu_regressor", func(t *testing.T, c single) {
		ds := targets(t, c.Data, c.Step)
		m, err := svm.NuRegressor{C: c.Params.C, Nu: c.Params.Nu, Kernel: c.Params.kernel(), Tol: 1e-10}.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		checkRegressor(t, c, m, ds)
		wantClose(t, "ε", []float64{m.Epsilon}, []float64{c.Epsilon}, 1e-6)
	})
}

func TestOneClassGolden(t *testing.T) {
	eachGolden(t, "one_class", func(t *testing.T, c single) {
		ds := bundled(t, c.Data, c.Step).Unlabeled()
		m, err := svm.OneClass{Nu: c.Params.Nu, Kernel: c.Params.kernel(), Tol: 1e-10}.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		decision, err := m.Decision(ds.X)
		if err != nil {
			t.Fatal(err)
		}
		c.check(t, m.Convergence, m.Kernel, m.Intercept, m.Support, decision.RawMatrix().Data)
	})
}

func TestRegressorConformance(t *testing.T) {
	for name, r := range map[string]svm.Regressor{
		"RBF":     {C: 30},
		"linear":  {Kernel: svm.Kernel{Kind: svm.Linear}},
		"no tube": {C: 3, ZeroEpsilon: true, CacheMB: 1, MaxIter: fewerSteps(50_000)},
	} {
		t.Run(name, func(t *testing.T) {
			r.Tol, r.MaxIter = 1e-7, cmp.Or(r.MaxIter, 50_000)
			modeltest.TestRegressor(t, r)
		})
	}
}

func TestNuRegressorConformance(t *testing.T) {
	modeltest.TestRegressor(t, svm.NuRegressor{C: 10, Tol: 1e-7, MaxIter: fewerSteps(250_000)})
}

func TestNuClassifierConformance(t *testing.T) {
	modeltest.TestClassifier(t, svm.NuClassifier{Nu: 0.2, Tol: 1e-9, MaxIter: fewerSteps(50_000)})
}

func TestOneClassConformance(t *testing.T) {
	const onBoundary = "samples whose multiplier is free lie on the boundary, where rounding decides"
	modeltest.TestClusterer(t, svm.OneClass{Nu: 0.2, Tol: 1e-9, MaxIter: fewerSteps(50_000)},
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
