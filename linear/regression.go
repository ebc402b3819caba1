package linear

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Regression learns linear regression by ordinary least squares: it minimises
//
//	Σ wᵢ (yᵢ − xᵢ·b − b₀)²
//
// and among several minimisers takes the one of least ‖b‖. The zero value fits
// with an intercept.
type Regression struct {
	// NoIntercept leaves out the intercept b₀.
	NoIntercept bool
	// NonNegative restricts the coefficients, though not the intercept, to be at
	// least zero.
	NonNegative bool
}

var _ model.Fitter[float64, *RegressionModel] = Regression{}

// Fit learns from ds. Errors are those of [dataset.Dataset.Validate].
//
// The normal equations of centred and scaled features are formed in one pass
// over the data, in O(n·p²), and solved by Cholesky where an estimate of their condition
// number allows it; otherwise a QR factorization on a tree of row blocks decides
// about the rank. Unless the data are large and well-conditioned, the solution is then
// refined until it is what the features and targets given determine, almost
// to the last digit (Björck 1967). No more samples than features are solved by
// singular value decomposition. With NonNegative the method is that of
// Lawson and Hanson (1974, Solving Least Squares Problems, ch. 23).
//
// Iterations of the model counts steps of refinement, or of exchange for
// NonNegative, Objective is the residual sum of squares.
func (r Regression) Fit(ctx context.Context, ds *dataset.Regression) (*RegressionModel, error) {
	m, _, _, err := r.fit(ctx, ds)
	return m, err
}

// fit returns the model, and the solution in the units of a table.
func (r Regression) fit(ctx context.Context, ds *dataset.Regression) (*RegressionModel, *leastSquares, *table, error) {
	t, err := newTable(ds, !r.NoIntercept)
	if err != nil {
		return nil, nil, nil, err
	}
	solve := solveLeastSquares
	if r.NonNegative {
		solve = solveNonNegative
	}
	s, err := solve(ctx, t)
	if err != nil {
		return nil, nil, nil, err
	}
	m, err := t.model(ctx, s, ds.Schema)
	return m, s, t, err
}

// model returns a solution in the caller's units.
func (t *table) model(ctx context.Context, s *leastSquares, schema dataset.Schema) (*RegressionModel, error) {
	p := t.x.Cols
	m := &RegressionModel{Coef: make([]float64, p), Rank: s.rank, Condition: s.condition, Schema: schema}
	m.Iterations, m.Converged = s.steps, true
	unscale := 1 / t.scaleOf(p)
	for j, b := range s.coef {
		m.Coef[j] = b * t.scaleOf(j) * unscale
	}
	m.Intercept = s.intercept * unscale
	if j := slices.IndexFunc(m.Coef, func(b float64) bool { return math.IsInf(b, 0) || b != b }); j >= 0 {
		return nil, fmt.Errorf("%w: the coefficient of column %d overflows; scale the data", dataset.ErrNotFinite, j)
	}
	if math.IsInf(m.Intercept, 0) || m.Intercept != m.Intercept {
		return nil, fmt.Errorf("%w: the intercept overflows; scale the data", dataset.ErrNotFinite)
	}
	if s.objective == 0 {
		var err error
		if s.objective, err = t.objective(ctx, s); err != nil {
			return nil, err
		}
	}
	m.Objective = s.objective * unscale * unscale
	return m, nil
}
