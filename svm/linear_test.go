package svm_test

import (
	"context"
	"testing"

	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/model/modeltest"
	"github.com/sapwood-ml/sapwood/svm"
)

func TestLinearClassifierGolden(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	type test struct {
		Data        string
		Step        int
		C           float64
		Weighted    bool
		NoIntercept bool `json:"no_intercept"`
		Coef        []float64
		Hinge       float64
	}
	for _, c := range golden[test](t, "linear") {
		t.Run(c.Data, func(t *testing.T) {
			ds := bundled(t, c.Data, c.Step)
			if c.Weighted {
				weigh(ds)
			}
			l := svm.LinearClassifier{C: c.C, NoIntercept: c.NoIntercept, Tol: 1e-9}
			m, err := l.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			if !m.Converged || m.Iterations > 100 {
				t.Errorf("%+v", m.Convergence)
			}
			var theta []float64
			for k, b := range m.Intercept {
				theta = append(theta, m.Coef.RawRowView(k)...)
				if !c.NoIntercept {
					theta = append(theta, b)
				}
			}
			wantClose(t, "coefficients", theta, c.Coef, 1e-9)

			if c.Data == "digits" && !c.Weighted {
				return // descent takes very many passes: a large C for what can be separated
			}
			l.Loss, l.Tol, l.MaxIter = svm.Hinge, 1e-7, 100_000
			if m, err = l.Fit(context.Background(), ds); err != nil {
				t.Fatal(err)
			}
			if !m.Converged {
				t.Errorf("hinge: %+v", m.Convergence)
			}
			wantClose(t, "objective of the hinge", []float64{m.Objective}, []float64{c.Hinge}, 1e-6)
		})
	}
}

// Both ways to minimise the squared hinge end in the same place: descent is taken
// where there are fewer samples than features.
func TestLinearClassifierWide(t *testing.T) {
	ds := every(t, bundled(t, "digits", 1), 36)
	ds.Classes = nil
	for i, k := range ds.Y {
		ds.Y[i] = k % 2
	}
	wide, err := svm.LinearClassifier{Tol: 1e-8, MaxIter: 100_000}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if n, p := ds.Dims(); n > p {
		t.Fatalf("%d samples of %d features are not wide", n, p)
	}
	twice := ds
	rows := make([]int, 2*ds.Len())
	for i := range rows {
		rows[i] = i % ds.Len()
	}
	if twice, err = ds.Subset(rows); err != nil {
		t.Fatal(err)
	}
	newton, err := svm.LinearClassifier{C: 0.5, Tol: 1e-9}.Fit(context.Background(), twice)
	if err != nil {
		t.Fatal(err)
	}
	if !wide.Converged || !newton.Converged {
		t.Errorf("%+v, %+v", wide.Convergence, newton.Convergence)
	}
	wantClose(t, "coefficients", wide.Coef.RawRowView(0), newton.Coef.RawRowView(0), 1e-6)
}

func TestLinearClassifierConformance(t *testing.T) {
	modeltest.TestClassifier(t, svm.LinearClassifier{Tol: 1e-9})
	t.Run("hinge", func(t *testing.T) {
		modeltest.TestClassifier(t, svm.LinearClassifier{Loss: svm.Hinge, Tol: 1e-10, MaxIter: 3000},
			modeltest.Tolerance(1e-4))
	})
}

func TestLinearClassifierParameters(t *testing.T) {
	modeltest.TestParamError(t, "C", svm.LinearClassifier{C: -1})
	modeltest.TestParamError(t, "Tol", svm.LinearClassifier{Tol: -1})
	modeltest.TestParamError(t, "MaxIter", svm.LinearClassifier{MaxIter: -1})
	modeltest.TestParamError(t, "Loss", svm.LinearClassifier{Loss: 7})
	modeltest.TestParamError(t, "ClassWeights", svm.LinearClassifier{ClassWeights: []float64{1}})
}
