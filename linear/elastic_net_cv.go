package linear

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/model"
)

// LassoCV learns like [Lasso] with the best α of a path by cross-validation. The
// zero value tries 100 values of α in 5 folds.
type LassoCV struct {
	Alphas      []float64      // as of [Path]
	Count       int            // as of [Path]
	Eps         float64        // as of [Path]
	Folds       model.Splitter // nil means model.KFold{}
	NoIntercept bool           // leaves out the intercept
	Positive    bool           // restricts the coefficients to be at least zero
	Tol         float64        // as of [Lasso]
	MaxIter     int            // per α, as of [Lasso]
}

// ElasticNetCV learns like [ElasticNet] with the best α and ρ by
// cross-validation. The zero value tries 100 values of α for ρ = ½ in 5 folds.
type ElasticNetCV struct {
	L1Ratios    []float64      // values of ρ, > 0 and at most 1; nil means ½
	Alphas      []float64      // as of [Path]; the same for all ρ
	Count       int            // as of [Path], per ρ
	Eps         float64        // as of [Path]
	Folds       model.Splitter // nil means model.KFold{}
	NoIntercept bool           // leaves out the intercept
	Positive    bool           // restricts the coefficients to be at least zero
	Tol         float64        // as of [Lasso]
	MaxIter     int            // per α, as of [Lasso]
}

// ElasticNetCVModel is the model of the best penalty.
type ElasticNetCVModel struct {
	RegressionModel
	Alpha, L1Ratio float64    // the best; of equally good ones the first tried
	Alphas         []float64  // α of each penalty tried
	L1Ratios       []float64  // ρ of each penalty tried
	Errors         *mat.Dense // penalties × folds: weighted mean squared error in the test part of each fold
}

var (
	_ model.Fitter[float64, *ElasticNetCVModel] = LassoCV{}
	_ model.Fitter[float64, *ElasticNetCVModel] = ElasticNetCV{}
)

func init() { model.Register("linear.ElasticNetCV", 1, (*ElasticNetCVModel).restore) }

// restore checks a loaded model.
func (m *ElasticNetCVModel) restore() error { return m.RegressionModel.restore() }

// Fit learns from ds; see [ElasticNetCV.Fit].
func (l LassoCV) Fit(ctx context.Context, ds *dataset.Regression) (*ElasticNetCVModel, error) {
	return ElasticNetCV{[]float64{1}, l.Alphas, l.Count, l.Eps, l.Folds, l.NoIntercept, l.Positive, l.Tol, l.MaxIter}.Fit(ctx, ds)
}

// Fit learns from ds. Errors are those of [ElasticNet.Fit] and of the folds.
//
// For each ρ the paths of all folds are computed in parallel, for values of α
// chosen on the whole data; the penalty with the least mean over the folds of
// Errors is fitted to the whole data. "cross-validation" reports how many folds are done.
func (e ElasticNetCV) Fit(ctx context.Context, ds *dataset.Regression) (*ElasticNetCVModel, error) {
	if e.L1Ratios == nil {
		e.L1Ratios = []float64{0.5}
	}
	if len(e.L1Ratios) == 0 {
		return nil, &model.ParamError{Field: "L1Ratios", Value: e.L1Ratios, Want: "at least one, or nil"}
	}
	if e.Folds == nil {
		e.Folds = model.KFold{}
	}
	m := &ElasticNetCVModel{}
	paths := make([]Path, len(e.L1Ratios))
	for i, ratio := range e.L1Ratios {
		if ratio == 0 {
			return nil, &model.ParamError{Field: "L1Ratios", Value: e.L1Ratios, Want: "numbers > 0 and at most 1"}
		}
		path, err := Path{e.Alphas, e.Count, e.Eps, ratio, e.NoIntercept, e.Positive, e.Tol, e.MaxIter}.withDefaults()
		if err != nil {
			return nil, err
		}
		if path.Alphas == nil {
			problem, err := path.problem(ctx, ds)
			if err != nil {
				return nil, err
			}
			path.Alphas = path.grid(problem.largestAlpha())
		}
		for _, alpha := range path.Alphas {
			m.Alphas, m.L1Ratios = append(m.Alphas, alpha), append(m.L1Ratios, ratio)
		}
		paths[i] = path
	}
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	var err error
	if m.Errors, err = e.crossValidate(ctx, ds, paths, len(m.Alphas)); err != nil {
		return nil, err
	}
	best, err := leastError(len(m.Alphas), func(i int) float64 { return mat.Sum(m.Errors.RowView(i)) })
	if err != nil {
		return nil, err
	}
	m.Alpha, m.L1Ratio = m.Alphas[best], m.L1Ratios[best]
	fit, err := ElasticNet{m.Alpha, m.L1Ratio, e.NoIntercept, e.Positive, e.Tol, e.MaxIter}.Fit(ctx, ds)
	if err != nil {
		return nil, err
	}
	m.RegressionModel = *fit
	return m, nil
}

// leastError returns which of n penalties has the least error, of equals the first.
func leastError(n int, of func(i int) float64) (best int, err error) {
	best, least := -1, math.Inf(1)
	for i := range n {
		if e := of(i); e < least {
			best, least = i, e
		}
	}
	if best < 0 {
		return 0, fmt.Errorf("%w: the errors of all penalties overflow; scale the data", dataset.ErrNotFinite)
	}
	return best, nil
}

// crossValidate returns the mean squared error per penalty and fold.
func (e ElasticNetCV) crossValidate(ctx context.Context, ds *dataset.Regression, paths []Path, penalties int) (*mat.Dense, error) {
	folds, err := e.Folds.Folds(ds.Len(), nil)
	if err != nil {
		return nil, err
	}
	if len(folds) == 0 {
		return nil, &model.ParamError{Field: "Folds", Value: e.Folds, Want: "a Splitter that gives folds"}
	}
	scores := mat.NewDense(penalties, len(folds), nil)
	failed := make([]error, len(folds))
	var done atomic.Int64
	err = parallel.ForContext(ctx, len(folds), 1, func(f, _ int) {
		failed[f] = scoreFold(ctx, ds, folds[f], paths, func(penalty int, score float64) { scores.Set(penalty, f, score) })
		model.Report(ctx, model.Progress{Task: "cross-validation", Done: int(done.Add(1)), Total: len(folds)})
	})
	for f, ferr := range failed {
		if ferr != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("fold %d: %w", f, ferr)
		}
	}
	return scores, err
}

func scoreFold(ctx context.Context, ds *dataset.Regression, fold model.Fold, paths []Path, report func(penalty int, score float64)) error {
	train, err := ds.Subset(fold.Train)
	if err != nil {
		return err
	}
	test, err := ds.Subset(fold.Test)
	if err != nil {
		return err
	}
	if test.Len() == 0 {
		return fmt.Errorf("%w: no samples to test with", dataset.ErrEmpty)
	}
	penalty := 0
	for _, path := range paths {
		fit, err := path.Fit(ctx, train)
		if err != nil {
			return err
		}
		for i := range path.Alphas {
			squares, total := 0.0, 0.0
			coef := fit.Coef.RawRowView(i)
			for s, y := range test.Y {
				r := y - fit.Intercept[i] - dot(coef, test.X.RawRowView(s))
				squares += test.Weight(s) * r * r
				total += test.Weight(s)
			}
			if total > 0 {
				squares /= total
			}
			report(penalty, squares)
			penalty++
		}
	}
	return nil
}
