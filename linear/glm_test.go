package linear

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/sapwood-ml/sapwood/model/modeltest"
)

type glmCase struct {
	Name                              string
	Power, Alpha, Constant, Explained float64
	X                                 [][]float64
	Y, Weights, Coef                  []float64
	Intercept                         bool
}

func TestGLMGolden(t *testing.T) {
	for _, c := range golden[glmCase](t, "glm") {
		t.Run(c.Name, func(t *testing.T) {
			ds := newData(t, c.X, c.Y, c.Weights)
			fit, err := Tweedie{Power: c.Power, Alpha: c.Alpha, NoPenalty: c.Alpha == 0, NoIntercept: !c.Intercept, Tol: 1e-12}.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			if !fit.Converged {
				t.Errorf("not converged after %d iterations", fit.Iterations)
			}
			wantClose(t, "Coef and Intercept", append(fit.Coef, fit.Intercept), append(c.Coef, c.Constant), 1e-9)
			if c.Intercept || c.Weights != nil {
				wantClose(t, "DevianceExplained", []float64{fit.DevianceExplained}, []float64{c.Explained}, 1e-9)
			}
		})
	}
}

func TestGLMConformance(t *testing.T) {
	ctx := context.Background()
	modeltest.TestParamError(t, "Power", Tweedie{Power: 5})
	modeltest.TestParamError(t, "Alpha", Poisson{Alpha: -1})
	modeltest.TestParamError(t, "Tol", Gamma{Tol: -1})
	modeltest.TestParamError(t, "MaxIter", Gamma{MaxIter: -1})
	x := [][]float64{{1}, {2}, {3}}
	for name, fit := range map[string]func() error{
		"negative":           func() error { _, err := Poisson{}.Fit(ctx, newData(t, x, []float64{1, -1, 2}, nil)); return err },
		"zero for the gamma": func() error { _, err := Gamma{}.Fit(ctx, newData(t, x, []float64{1, 0, 2}, nil)); return err },
		"all zero":           func() error { _, err := Poisson{}.Fit(ctx, newData(t, x, []float64{0, 0, 0}, nil)); return err },
	} {
		if err := fit(); !errors.Is(err, ErrTarget) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Counting in other units changes the intercept only.
func TestGLMUnits(t *testing.T) {
	ctx := context.Background()
	ds, _ := linearTargets(80, 3, 0.3, 9)
	for i, y := range ds.Y {
		ds.Y[i] = math.Exp(y / 4)
	}
	for _, power := range []float64{1, 1.5, 2, 3} {
		plain, err := Tweedie{Power: power, NoPenalty: true, Tol: 1e-12}.Fit(ctx, ds)
		if err != nil || !plain.Converged {
			t.Fatal(plain, err)
		}
		for _, factor := range []float64{1e90, 1e-90} {
			scaled := *ds
			scaled.Y = make([]float64, len(ds.Y))
			for i, y := range ds.Y {
				scaled.Y[i] = factor * y
			}
			fit, err := Tweedie{Power: power, NoPenalty: true, Tol: 1e-12}.Fit(ctx, &scaled)
			if err != nil || !fit.Converged {
				t.Fatal(fit, err)
			}
			wantClose(t, "Coef", fit.Coef, plain.Coef, 1e-9)
			wantClose(t, "Intercept", []float64{fit.Intercept}, []float64{plain.Intercept + math.Log(factor)}, 1e-9)
		}
		predicted, err := plain.Predict(ds.X)
		if err != nil {
			t.Fatal(err)
		}
		row, err := plain.PredictRow(ds.X.RawRowView(7))
		if err != nil || row != predicted[7] {
			t.Errorf("row %v, %v; in the batch %v", row, err, predicted[7])
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = plain.PredictRow(ds.X.RawRowView(0)) }); n != 0 {
			t.Errorf("PredictRow: %v allocations", n)
		}
	}
}
