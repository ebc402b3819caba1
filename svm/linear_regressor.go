package svm

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// A RegressionLoss is what an error e costs beyond ε.
type RegressionLoss int

const (
	EpsilonInsensitive        RegressionLoss = iota // max(0, |e| − ε)
	SquaredEpsilonInsensitive                       // max(0, |e| − ε)²
)

// LinearRegressor learns linear support vector regression: it minimises
//
//	½‖w‖² + ½b² + C Σ cᵢ loss(max(0, |w·xᵢ + b − yᵢ| − ε)),
//
// cᵢ being sample weights; with the L1 penalty, ‖w‖₁ + |b| in place of the squares.
// As in LIBLINEAR, and so in scikit-learn's LinearSVR, the intercept b is penalised:
// it is the coefficient of a feature that is one, so y should be centred, or features
// be of its scale. The zero value has C = 1, ε = 0, the loss that is not squared, the L2 penalty and
// an intercept.
//
// It is minimised as [LinearClassifier] minimises the squared hinge and the hinge, at
// the same costs; for coordinates of the dual see Ho and Lin 2012, Large-scale linear
// support vector regression.
type LinearRegressor struct {
	C           float64        // weight of errors against the penalty; 0 means 1
	Epsilon     float64        // the error that costs nothing, in units of y; may be 0
	Loss        RegressionLoss // EpsilonInsensitive if not set
	Penalty     Penalty        // L2 if not set; L1 wants the squared loss
	NoIntercept bool
	// Tol is where to stop, as that of LinearClassifier, but without the part that
	// depends on the classes, and violations in units of y. 0 means 1e-4.
	Tol     float64
	MaxIter int    // steps, or passes over the samples; 0 means 1000
	Seed    uint64 // of the order in which coordinates are descended
}

// LinearRegressorModel is a fitted [LinearRegressor].
type LinearRegressorModel struct {
	Coef      []float64
	Intercept float64 // zero without intercept
	model.Convergence
	dataset.Schema
}

var (
	_ model.Fitter[float64, *LinearRegressorModel] = LinearRegressor{}
	_ model.Predictor[float64]                     = (*LinearRegressorModel)(nil)
)

func init() {
	model.Register("svm.LinearRegressor", 1, (*LinearRegressorModel).restore)
}

// Fit learns from ds. Errors are those of [dataset.Dataset.Validate] and
// [*model.ParamError]; features so large that their squares overflow are
// [dataset.ErrNotFinite].
func (l LinearRegressor) Fit(ctx context.Context, ds *dataset.Regression) (*LinearRegressorModel, error) {
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	options, err := newLinearOptions(l.Loss == SquaredEpsilonInsensitive, l.Penalty, l.NoIntercept, l.Tol, l.MaxIter, l.Seed)
	if err != nil {
		return nil, err
	}
	c, err := positive("C", l.C, 1)
	if err != nil {
		return nil, err
	}
	epsilon, err := positive("Epsilon", l.Epsilon, 0)
	if err != nil {
		return nil, err
	}
	if l.Loss != EpsilonInsensitive && l.Loss != SquaredEpsilonInsensitive {
		return nil, &model.ParamError{Field: "Loss", Value: l.Loss, Want: "EpsilonInsensitive or SquaredEpsilonInsensitive"}
	}
	f := newLinearProblem(ds.X.RawMatrix(), c, ds.Weights, epsilon, options)
	f.y = ds.Y
	theta, convergence, err := f.solve(ctx)
	if err != nil {
		return nil, err
	}
	model.Report(ctx, model.Progress{Task: "linear support vector regression", Done: 1, Total: 1})
	m := &LinearRegressorModel{Coef: theta[:f.x.Cols:f.x.Cols], Convergence: convergence, Schema: ds.Schema}
	if options.intercept {
		m.Intercept = theta[f.x.Cols]
	}
	return m, nil
}

// Predict returns Intercept + x·Coef for each row of x.
func (m *LinearRegressorModel) Predict(x mat.Matrix) ([]float64, error) {
	p := len(m.Coef)
	rows, err := dataset.CheckRows(x, p)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	y := make([]float64, n)
	parallel.For(n, max(16, 1<<17/(p+1)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			y[i] = m.at(rows.RawRowView(i))
		}
	})
	return y, nil
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *LinearRegressorModel) PredictRow(row []float64) (float64, error) {
	if err := dataset.CheckRow(row, len(m.Coef)); err != nil {
		return 0, err
	}
	return m.at(row), nil
}

func (m *LinearRegressorModel) at(row []float64) float64 {
	return m.Intercept + simd.Dot(m.Coef, row)
}

// restore checks a loaded model.
func (m *LinearRegressorModel) restore() error {
	if len(m.Coef) == 0 {
		return wrongShape("no coefficients")
	}
	return dataset.CheckSchema(m.Schema, len(m.Coef))
}
