package linear

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// hardFit fits an estimator to ds, whose features are s times what they were, with a
// penalty that makes that no difference, and returns its predictions for ds.
type hardFit func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error)

var hardFits = map[string]hardFit{
	"Regression": func(ctx context.Context, ds *dataset.Regression, _ float64) ([]float64, model.Convergence, error) {
		return hardPredictions(ctx, Regression{}, ds)
	},
	"Regression, non-negative": func(ctx context.Context, ds *dataset.Regression, _ float64) ([]float64, model.Convergence, error) {
		return hardPredictions(ctx, Regression{NonNegative: true}, ds)
	},
	"Ridge": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardPredictions(ctx, Ridge{Alpha: 0.5 * s * s}, ds)
	},
	"RidgeCV": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardPredictions(ctx, RidgeCV{Alphas: []float64{0.5 * s * s}}, ds)
	},
	"Lasso": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardPredictions(ctx, Lasso{Alpha: 0.1 * s, Tol: 1e-13}, ds)
	},
	"ElasticNet": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		alpha, ratio := scaledElasticNet(0.2, 0.5, s)
		return hardPredictions(ctx, ElasticNet{Alpha: alpha, L1Ratio: ratio, Tol: 1e-13}, ds)
	},
	"LassoCV": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardPredictions(ctx, LassoCV{Alphas: []float64{0.1 * s}, Tol: 1e-13}, ds)
	},
	"ElasticNetCV": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		alpha, ratio := scaledElasticNet(0.2, 0.5, s)
		return hardPredictions(ctx, ElasticNetCV{Alphas: []float64{alpha}, L1Ratios: []float64{ratio}, Tol: 1e-13}, ds)
	},
	"Poisson": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardPredictions(ctx, Poisson{Alpha: 0.1 * s * s, Tol: 1e-10}, exponentials(ds))
	},
	"Gamma": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardPredictions(ctx, Gamma{Alpha: 0.1 * s * s, Tol: 1e-10}, exponentials(ds))
	},
	"Tweedie": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardPredictions(ctx, Tweedie{Alpha: 0.1 * s * s, Tol: 1e-10}, exponentials(ds))
	},
	"Logistic": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardProbabilities(ctx, Logistic{C: 1 / s / s, Tol: 1e-10}, ds, 2)
	},
	"Logistic, three classes": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardProbabilities(ctx, Logistic{C: 1 / s / s, Tol: 1e-10}, ds, 3)
	},
	"Logistic, L-BFGS": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardProbabilities(ctx, Logistic{C: 1 / s / s, Tol: 1e-10, Solver: SolverLBFGS}, ds, 2)
	},
	"Logistic, L1": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardProbabilities(ctx, Logistic{C: 1 / s, L1Ratio: 1, Tol: 1e-10}, ds, 2)
	},
	"Logistic, L1, three classes": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardProbabilities(ctx, Logistic{C: 1 / s, L1Ratio: 1, Tol: 1e-10}, ds, 3)
	},
	"LogisticCV": func(ctx context.Context, ds *dataset.Regression, s float64) ([]float64, model.Convergence, error) {
		return hardProbabilities(ctx, LogisticCV{Cs: []float64{1 / s / s}, Tol: 1e-10}, ds, 2)
	},
}

// scaledElasticNet returns α and ρ for features s times as large.
func scaledElasticNet(alpha, ratio, s float64) (float64, float64) {
	absolute, square := alpha*ratio*s, alpha*(1-ratio)*s*s
	return absolute + square, absolute / (absolute + square)
}

// exponentials returns ds with targets that are positive.
func exponentials(ds *dataset.Regression) *dataset.Regression {
	moved := *ds
	moved.Y = make([]float64, len(ds.Y))
	for i, y := range ds.Y {
		moved.Y[i] = math.Exp(y / 4)
	}
	return &moved
}

func hardPredictions[M model.Predictor[float64]](ctx context.Context, f model.Fitter[float64, M], ds *dataset.Regression) ([]float64, model.Convergence, error) {
	fit, err := f.Fit(ctx, ds)
	if err != nil {
		return nil, model.Convergence{}, err
	}
	predicted, err := fit.Predict(ds.X)
	return predicted, convergenceOf(fit), err
}

// hardProbabilities fits to classes that are made of the targets.
func hardProbabilities[M model.ProbabilityPredictor](ctx context.Context, f model.Fitter[int, M], ds *dataset.Regression, classes int) ([]float64, model.Convergence, error) {
	y := make([]int, len(ds.Y))
	for i, v := range ds.Y {
		y[i] = min(max(int(math.Floor((v-3)/2))+1, 0), classes-1)
	}
	fit, err := f.Fit(ctx, &dataset.Classification{X: ds.X, Y: y, Weights: ds.Weights})
	if err != nil {
		return nil, model.Convergence{}, err
	}
	proba, err := fit.PredictProba(ds.X)
	if err != nil {
		return nil, model.Convergence{}, err
	}
	return elements(proba), convergenceOf(fit), nil
}

func convergenceOf(fit any) model.Convergence {
	switch m := fit.(type) {
	case *RegressionModel:
		return m.Convergence
	case *RidgeCVModel:
		return m.Convergence
	case *ElasticNetCVModel:
		return m.Convergence
	case *LogLinearModel:
		return m.Convergence
	case *LogisticModel:
		return m.Convergence
	case *LogisticCVModel:
		return m.Convergence
	}
	return model.Convergence{}
}

// What makes data hard but no difference to the predictions, for every estimator.
func TestHardData(t *testing.T) {
	ctx := context.Background()
	base, _ := linearTargets(60, 3, 3, 11)
	n, p := base.Dims()
	same := func(v float64) []float64 {
		s := make([]float64, p)
		for j := range s {
			s[j] = v
		}
		return s
	}
	// with returns base with columns after its own.
	with := func(columns ...func(i int) float64) *dataset.Regression {
		x := mat.NewDense(n, p+len(columns), nil)
		for i := range n {
			copy(x.RawRowView(i), base.X.RawRowView(i))
			for k, column := range columns {
				x.Set(i, p+k, column(i))
			}
		}
		return &dataset.Regression{X: x, Y: base.Y}
	}
	doubled := mat.NewDense(2*n, p, nil)
	doubled.Slice(0, n, 0, p).(*mat.Dense).Copy(base.X)
	doubled.Slice(n, 2*n, 0, p).(*mat.Dense).Copy(base.X)
	twice := *base
	twice.Weights = make([]float64, n)
	for i := range twice.Weights {
		twice.Weights[i] = 2
	}
	for name, fit := range hardFits {
		t.Run(name, func(t *testing.T) {
			check := func(what string, ds, reference *dataset.Regression, s, tolerance float64) {
				t.Helper()
				want, _, err := fit(ctx, reference, 1)
				if err != nil {
					t.Fatalf("%s: reference: %v", what, err)
				}
				got, c, err := fit(ctx, ds, s)
				if err != nil {
					t.Errorf("%s: %v", what, err)
					return
				}
				if !c.Converged {
					t.Errorf("%s: not converged: %+v", what, c)
				}
				wantClose(t, what, got[:min(len(got), len(want))], want[:min(len(got), len(want))], tolerance)
			}
			check("large scale", transformed(base, same(1e150), same(0)), base, 1e150, 1e-8)
			small := 1e-150
			if name == "ElasticNet" || name == "ElasticNetCV" {
				small = 1e-4 // 1 − ρ is a part of the penalty that is lost in rounding far below
			}
			check("small scale", transformed(base, same(small), same(0)), base, small, 1e-8)
			check("offset 1e8", transformed(base, same(1), same(1e8)), base, 1, 1e-6)
			check("constant column", with(func(int) float64 { return 5 }), base, 1, 1e-9)
			check("column of zeros", with(func(int) float64 { return 0 }), base, 1, 1e-9)
			// Four times the same column are, to a penalty on squares, one twice as large.
			first := func(i int) float64 { return base.X.At(i, 0) }
			lone := transformed(base, []float64{2, 1, 1}, same(0))
			switch name {
			case "Regression", "Regression, non-negative", "Lasso", "LassoCV", "Logistic, L1", "Logistic, L1, three classes":
				lone = base
			case "ElasticNet", "ElasticNetCV":
				lone = nil
			}
			if lone == nil {
				if got, c, err := fit(ctx, with(first, first, first), 1); err != nil || !c.Converged || got == nil {
					t.Errorf("collinear columns: %+v, %v", c, err)
				}
			} else {
				check("collinear columns", with(first, first, first), lone, 1, 1e-7)
			}
			if name == "LassoCV" || name == "ElasticNetCV" || name == "LogisticCV" || name == "RidgeCV" {
				return // folds of repeated rows are not those of weights, and one row has none
			}
			check("repeated rows", &dataset.Regression{X: doubled, Y: append(append([]float64(nil), base.Y...), base.Y...)}, &twice, 1, 1e-9)
		})
	}
}

// Shapes that leave little to learn from: right, or an error.
func TestHardShapes(t *testing.T) {
	ctx := context.Background()
	for name, fit := range hardFits {
		t.Run(name, func(t *testing.T) {
			for _, shape := range [][2]int{{1, 1}, {1, 5}, {2, 1}, {2, 7}, {10, 40}, {40, 1}} {
				ds, _ := linearTargets(shape[0], shape[1], 1, 3)
				if shape[0] == 40 {
					for i := range ds.X.RawMatrix().Data {
						ds.X.RawMatrix().Data[i] += 1e8
					}
				}
				predicted, c, err := fit(ctx, ds, 1)
				if err != nil {
					if shape[0] > 2 {
						t.Errorf("%v: %v", shape, err)
					}
					continue // fewer samples than folds or classes
				}
				if !c.Converged {
					t.Errorf("%v: not converged: %+v", shape, c)
				}
				for _, v := range predicted {
					if math.IsNaN(v) || math.IsInf(v, 0) {
						t.Errorf("%v: predicts %v", shape, v)
						break
					}
				}
			}
		})
	}
}

// What overflows is an error that says so: coefficients of columns of the smallest
// numbers, and errors among which there would be nothing to choose.
func TestOverflow(t *testing.T) {
	ctx := context.Background()
	scaled := func(x, y float64) *dataset.Regression {
		ds, _ := linearTargets(40, 3, 1, 3)
		ds.X.Scale(x, ds.X)
		for i := range ds.Y {
			ds.Y[i] *= y
		}
		return ds
	}
	fails := func(name string, err error) {
		t.Helper()
		if !errors.Is(err, dataset.ErrNotFinite) {
			t.Errorf("%s: %v, want ErrNotFinite", name, err)
		}
	}
	_, err := Regression{}.Fit(ctx, scaled(1e-320, 1))
	fails("Regression", err)
	_, err = Regression{NonNegative: true}.Fit(ctx, scaled(1e-320, 1))
	fails("Regression, non-negative", err)
	_, err = ElasticNet{}.Fit(ctx, scaled(1e-200, 1))
	fails("ElasticNet", err)
	_, err = Poisson{}.Fit(ctx, exponentials(scaled(1e-200, 1)))
	fails("Poisson", err)
	classes := &dataset.Classification{X: scaled(1e-200, 1).X, Y: make([]int, 40)}
	for i := range classes.Y {
		classes.Y[i] = i % 2
	}
	_, err = Logistic{}.Fit(ctx, classes)
	fails("Logistic", err)
	_, err = RidgeCV{}.Fit(ctx, scaled(1, 1e300))
	fails("RidgeCV", err)
	_, err = LassoCV{}.Fit(ctx, scaled(1, 1e300))
	fails("LassoCV", err)
}
