package linear

import (
	"context"
	"errors"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/model"
)

func TestLogisticCVGolden(t *testing.T) {
	type cvCase struct {
		X, Errors [][]float64
		Y         []int
		Cs        []float64
		C         float64
	}
	c := golden[cvCase](t, "logistic_cv")[0]
	ds := newData(t, c.X, c.Y, nil)
	fit, err := LogisticCV{Cs: c.Cs, Folds: model.KFold{N: 3, NoShuffle: true}, Tol: 1e-10}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "Errors", elements(fit.Errors), flatten(c.Errors), 1e-9)
	direct, err := Logistic{C: c.C, Tol: 1e-10}.Fit(context.Background(), ds)
	if err != nil || fit.C != c.C || !mat.Equal(fit.Coef, direct.Coef) {
		t.Errorf("C = %v, want %v with the coefficients of Logistic; %v", fit.C, c.C, err)
	}
	named, err := LogisticCV{Cs: c.Cs, Folds: model.KFold{N: 3, NoShuffle: true}, Solver: SolverLBFGS, Tol: 1e-10}.Fit(context.Background(), ds)
	if err != nil || mat.Equal(named.Coef, fit.Coef) {
		t.Errorf("with another solver the coefficients are the same to the bit; %v", err)
	} else {
		wantClose(t, "Coef with L-BFGS", elements(named.Coef), elements(fit.Coef), 1e-8)
	}
	var param *model.ParamError
	if _, err := (LogisticCV{Solver: SolverProximalNewton}).Fit(context.Background(), ds); !errors.As(err, &param) || param.Field != "Solver" {
		t.Errorf("a solver for L1 penalties: %v", err)
	}
	if _, err := (LogisticCV{Cs: []float64{1, -1}}).Fit(context.Background(), ds); !errors.As(err, &param) || param.Field != "Cs[1]" {
		t.Errorf("negative C: %v", err)
	}
}

// Of a search for the best penalty one learns how many fits, or folds, are done.
func TestCrossValidationProgress(t *testing.T) {
	classes := noisyClasses(60, 3, 2, 1)
	lengths, _ := linearTargets(60, 3, 0.5, 1)
	for want, fit := range map[int]func(ctx context.Context) error{
		6: func(ctx context.Context) error {
			_, err := LogisticCV{Cs: []float64{0.1, 1}, Folds: model.KFold{N: 3}}.Fit(ctx, classes)
			return err
		},
		4: func(ctx context.Context) error {
			_, err := ElasticNetCV{Count: 5, Folds: model.KFold{N: 4}}.Fit(ctx, lengths)
			return err
		},
	} {
		calls := 0
		ctx := model.WithProgress(context.Background(), func(p model.Progress) {
			if p.Task == "cross-validation" {
				if calls++; p.Total != want || p.Done < 1 || p.Done > want {
					t.Errorf("%+v, want a total of %d", p, want)
				}
			}
		})
		if err := fit(ctx); err != nil || calls != want {
			t.Errorf("%d reports, want %d; %v", calls, want, err)
		}
	}
}
