package linear

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Lasso learns linear regression with an L1 penalty, which makes coefficients
// exactly zero: it minimises
//
//	1/(2W) Σ wᵢ (yᵢ − xᵢ·b − b₀)² + α ‖b‖₁,  W = Σ wᵢ.
//
// The zero value fits with α = 1 and an intercept, which is not penalised.
type Lasso struct {
	Alpha       float64 // α; 0 means 1
	NoIntercept bool    // leaves out the intercept b₀
	Positive    bool    // restricts the coefficients to be at least zero
	// Tol is the duality gap to stop at: at most Tol times the weighted variance of
	// y. Within the features that are worked on it is also at most Tol/100 of the
	// objective. 0 means 1e-4.
	Tol float64
	// MaxIter bounds the sweeps over the coefficients; 0 means 10,000.
	MaxIter int
}

// ElasticNet learns linear regression with a mixture of L1 and L2 penalty: it
// minimises
//
//	1/(2W) Σ wᵢ (yᵢ − xᵢ·b − b₀)² + αρ ‖b‖₁ + ½α(1−ρ) ‖b‖²,  W = Σ wᵢ.
//
// The zero value fits with α = 1, ρ = ½ and an intercept, which is not penalised.
type ElasticNet struct {
	Alpha       float64 // α; 0 means 1
	L1Ratio     float64 // ρ, at most 1; 0 means ½, as for ρ = 0 there is [Ridge]
	NoIntercept bool    // leaves out the intercept b₀
	Positive    bool    // restricts the coefficients to be at least zero
	Tol         float64 // as of [Lasso]
	MaxIter     int     // as of [Lasso]
}

var (
	_ model.Fitter[float64, *RegressionModel] = Lasso{}
	_ model.Fitter[float64, *RegressionModel] = ElasticNet{}
)

// Fit learns from ds; see [ElasticNet.Fit].
func (l Lasso) Fit(ctx context.Context, ds *dataset.Regression) (*RegressionModel, error) {
	return ElasticNet{l.Alpha, 1, l.NoIntercept, l.Positive, l.Tol, l.MaxIter}.Fit(ctx, ds)
}

// Fit learns from ds. Errors are those of [dataset.Dataset.Validate] and
// [*model.ParamError].
//
// The method is coordinate descent on the products of the features (Friedman,
// Hastie and Tibshirani 2010, Regularization paths for generalized linear models
// via coordinate descent, §2), with exact steps among the features whose sign
// is settled and gap-safe screening. It stops when the duality
// gap, which DualGap of the model holds, certifies the accuracy asked for. Up to
// 600 features all products are computed, in O(n·p²); beyond, only those of a working
// set of features that the dual point makes likely to be in the solution: a
// handful of passes over the data. Iterations of the model counts sweeps.
func (e ElasticNet) Fit(ctx context.Context, ds *dataset.Regression) (*RegressionModel, error) {
	if e.Alpha == 0 {
		e.Alpha = 1
	}
	if !(e.Alpha > 0) || math.IsInf(e.Alpha, 1) {
		return nil, &model.ParamError{Field: "Alpha", Value: e.Alpha, Want: "a finite number > 0"}
	}
	path := Path{Alphas: []float64{e.Alpha}, L1Ratio: e.L1Ratio, NoIntercept: e.NoIntercept, Positive: e.Positive, Tol: e.Tol, MaxIter: e.MaxIter}
	if e.L1Ratio == 0 {
		path.L1Ratio = 0.5
	}
	fit, err := path.Fit(ctx, ds)
	if err != nil {
		return nil, err
	}
	return fit.At(0), nil
}

// Path learns the models of [ElasticNet] for a sequence of α, each from the one
// before, at little more than the cost of the last. The zero value is the path of
// the lasso: 100 values of α from the least for which all coefficients are zero to
// a thousandth of it, equally spaced on a logarithmic scale.
type Path struct {
	// Alphas are the values of α, best in descending order; nil means Count of them.
	Alphas []float64
	// Count is the number of α if Alphas is nil; 0 means 100.
	Count int
	// Eps is the ratio of the least to the largest α if Alphas is nil; 0 means 1e-3.
	Eps         float64
	L1Ratio     float64 // ρ, at most 1; 0 means 1, the lasso
	NoIntercept bool    // leaves out the intercepts
	Positive    bool    // restricts the coefficients to be at least zero
	Tol         float64 // as of [Lasso]
	MaxIter     int     // per α, as of [Lasso]
}

// PathModel holds a model per α.
type PathModel struct {
	Alphas      []float64           // from the largest to the least, unless given
	Coef        *mat.Dense          // alphas × p
	Intercept   []float64           // per α, like the following; zero without intercept
	DualGap     []float64           // as of [RegressionModel]
	Convergence []model.Convergence // Iterations counts sweeps over the coefficients
	dataset.Schema
}

var _ model.Fitter[float64, *PathModel] = Path{}

func init() { model.Register("linear.Path", 1, (*PathModel).restore) }

// At returns the model for Alphas[i].
func (m *PathModel) At(i int) *RegressionModel {
	return &RegressionModel{Coef: m.Coef.RawRowView(i), Intercept: m.Intercept[i], DualGap: m.DualGap[i], Convergence: m.Convergence[i], Schema: m.Schema}
}

// restore checks a loaded path.
func (m *PathModel) restore() error {
	if m.Coef == nil || m.Coef.IsEmpty() {
		return errors.New("it has no coefficients")
	}
	n, features := m.Coef.Dims()
	if len(m.Alphas) != n || len(m.Intercept) != n || len(m.DualGap) != n || len(m.Convergence) != n {
		return fmt.Errorf("%w: coefficients of %d models, %d of α, %d intercepts", dataset.ErrShape, n, len(m.Alphas), len(m.Intercept))
	}
	return dataset.CheckSchema(m.Schema, features)
}

// Fit learns from ds; see [ElasticNet.Fit].
func (p Path) Fit(ctx context.Context, ds *dataset.Regression) (*PathModel, error) {
	p, err := p.withDefaults()
	if err != nil {
		return nil, err
	}
	problem, err := p.problem(ctx, ds)
	if err != nil {
		return nil, err
	}
	p.Alphas = slices.Clone(p.Alphas) // the model's own
	if p.Alphas == nil {
		p.Alphas = p.grid(problem.largestAlpha())
	}
	_, features := ds.Dims()
	m := &PathModel{Alphas: p.Alphas, Coef: mat.NewDense(len(p.Alphas), features, nil), Schema: ds.Schema}
	for i, alpha := range p.Alphas {
		c, gap, err := problem.solve(ctx, alpha)
		if err == nil {
			err = checkNumbers(c.Objective, gap)
		}
		if err != nil {
			return nil, err
		}
		intercept := problem.coefficients(m.Coef.RawRowView(i))
		m.Intercept = append(m.Intercept, intercept)
		m.DualGap = append(m.DualGap, gap)
		m.Convergence = append(m.Convergence, c)
		if len(p.Alphas) > 1 {
			model.Report(ctx, model.Progress{Task: "regularisation path", Done: i + 1, Total: len(p.Alphas)})
		}
	}
	return m, nil
}

// maxCount bounds the number of penalties that are tried by their number alone.
const maxCount = 1_000_000

func (p Path) withDefaults() (Path, error) {
	if p.Count == 0 {
		p.Count = 100
	}
	if p.Eps == 0 {
		p.Eps = 1e-3
	}
	if p.L1Ratio == 0 {
		p.L1Ratio = 1
	}
	if p.Tol == 0 {
		p.Tol = 1e-4
	}
	if p.MaxIter == 0 {
		p.MaxIter = 10000
	}
	switch {
	case p.Count < 0 || p.Count > maxCount:
		return p, &model.ParamError{Field: "Count", Value: p.Count, Want: fmt.Sprintf("from 1 to %d", maxCount)}
	case !(p.Eps > 0 && p.Eps < 1):
		return p, &model.ParamError{Field: "Eps", Value: p.Eps, Want: "a number between 0 and 1"}
	case !(p.L1Ratio > 0 && p.L1Ratio <= 1):
		return p, &model.ParamError{Field: "L1Ratio", Value: p.L1Ratio, Want: "a number > 0 and at most 1"}
	case !(p.Tol > 0) || math.IsInf(p.Tol, 1):
		return p, &model.ParamError{Field: "Tol", Value: p.Tol, Want: "a finite number > 0"}
	case p.MaxIter < 0:
		return p, &model.ParamError{Field: "MaxIter", Value: p.MaxIter, Want: "at least 1"}
	case p.Alphas != nil && len(p.Alphas) == 0:
		return p, &model.ParamError{Field: "Alphas", Value: p.Alphas, Want: "at least one, or nil"}
	}
	for i, a := range p.Alphas {
		if !(a > 0) || math.IsInf(a, 1) {
			return p, &model.ParamError{Field: fmt.Sprintf("Alphas[%d]", i), Value: a, Want: "a finite number > 0"}
		}
	}
	return p, nil
}

func (p Path) problem(ctx context.Context, ds *dataset.Regression) (*elasticNetProblem, error) {
	t, err := newTable(ds, !p.NoIntercept)
	if err != nil {
		return nil, err
	}
	return newElasticNetProblem(ctx, t, p.L1Ratio, p.Positive, p.Tol, p.MaxIter)
}

// grid returns Count values from largest down to Eps of it.
func (p Path) grid(largest float64) []float64 {
	if largest <= 0 {
		largest = 1 // a constant target: all coefficients are zero whatever α
	}
	alphas := make([]float64, p.Count)
	for i := range alphas {
		alphas[i] = largest
		if i > 0 {
			alphas[i] *= math.Pow(p.Eps, float64(i)/float64(p.Count-1))
		}
	}
	return alphas
}
