package linear

import (
	"context"
	"math"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Ridge learns linear regression with an L2 penalty: it minimises
//
//	Σ wᵢ (yᵢ − xᵢ·b − b₀)² + α ‖b‖².
//
// The zero value fits with α = 1 and an intercept, which is not penalised.
type Ridge struct {
	// Alpha is α, in units of the squared features times a weight; 0 means 1. For
	// no penalty there is [Regression].
	Alpha float64
	// NoIntercept leaves out the intercept b₀.
	NoIntercept bool
}

var _ model.Fitter[float64, *RegressionModel] = Ridge{}

// Fit learns from ds. Errors are those of [dataset.Dataset.Validate] and
// [*model.ParamError].
//
// The method is that of [Regression.Fit] with α added to the diagonal; no more
// samples than features are solved in the dual form, with the matrix XXᵀ + αI,
// in O(n²·p). Objective of the model is the minimum of the sum above.
func (r Ridge) Fit(ctx context.Context, ds *dataset.Regression) (*RegressionModel, error) {
	alpha, err := ridgeAlpha("Alpha", r.Alpha)
	if err != nil {
		return nil, err
	}
	t, err := newTable(ds, !r.NoIntercept)
	if err != nil {
		return nil, err
	}
	t.ridge = alpha
	s, err := solveLeastSquares(ctx, t)
	if err != nil {
		return nil, err
	}
	return t.ridgeModel(ctx, s, ds.Schema)
}

func ridgeAlpha(field string, alpha float64) (float64, error) {
	if alpha == 0 {
		return 1, nil
	}
	if !(alpha > 0) || math.IsInf(alpha, 1) {
		return 0, &model.ParamError{Field: field, Value: alpha, Want: "a finite number > 0"}
	}
	return alpha, nil
}

// ridgeModel is model without the rank and condition, which are not those of
// the features but of the penalised problem.
func (t *table) ridgeModel(ctx context.Context, s *leastSquares, schema dataset.Schema) (*RegressionModel, error) {
	m, err := t.model(ctx, s, schema)
	if err != nil {
		return nil, err
	}
	m.Rank, m.Condition = 0, 0
	return m, nil
}
