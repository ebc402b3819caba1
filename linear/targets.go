package linear

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/model"
)

// TargetsModel predicts several targets, each Intercept[k] + x·Coef[k].
type TargetsModel struct {
	Coef        *mat.Dense          // targets × p
	Intercept   []float64           // zero without intercept
	Rank        int                 // as of [RegressionModel]; 0 from [Ridge]
	Condition   float64             // as of [RegressionModel]; 0 from [Ridge]
	Convergence []model.Convergence // per target, as of [Regression.Fit]
	dataset.Schema
}

func init() { model.Register("linear.Targets", 1, (*TargetsModel).restore) }

// At returns the model of target k.
func (m *TargetsModel) At(k int) *RegressionModel {
	return &RegressionModel{Coef: m.Coef.RawRowView(k), Intercept: m.Intercept[k], Rank: m.Rank, Condition: m.Condition, Convergence: m.Convergence[k], Schema: m.Schema}
}

// Predict returns the predictions for each row of x, n × targets. One beyond the
// largest float64 is an error.
func (m *TargetsModel) Predict(x mat.Matrix) (*mat.Dense, error) {
	targets, p := m.Coef.Dims()
	rows, err := dataset.CheckRows(x, p)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	predicted := mat.NewDense(n, targets, nil)
	err = rowsInParallel(n, p*targets, func(i int) bool {
		ok, to := true, predicted.RawRowView(i)
		for k := range to {
			to[k] = m.Intercept[k] + dot(m.Coef.RawRowView(k), rows.RawRowView(i))
			ok = ok && finite(to[k])
		}
		return ok
	})
	if err != nil {
		return nil, err
	}
	return predicted, nil
}

// restore checks a loaded model.
func (m *TargetsModel) restore() error {
	if m.Coef == nil || m.Coef.IsEmpty() {
		return dataset.ErrEmpty
	}
	targets, p := m.Coef.Dims()
	if len(m.Intercept) != targets || len(m.Convergence) != targets {
		return fmt.Errorf("%w: coefficients of %d targets, %d intercepts, %d states", dataset.ErrShape, targets, len(m.Intercept), len(m.Convergence))
	}
	return dataset.CheckSchema(m.Schema, p)
}

// FitTargets is Fit for each column of y, which has a row per sample of ds. What is
// costly, the factorization of the features, is done once; each target adds
// O(n·p), and in the worst case, collinear features, another pass of the
// factorization. Errors are those of Fit, and those of [dataset.CheckRows] for y.
func (r Regression) FitTargets(ctx context.Context, ds *dataset.Unlabeled, y *mat.Dense) (*TargetsModel, error) {
	return fitTargets(ctx, ds, y, !r.NoIntercept, 0, r.NonNegative)
}

// FitTargets is Fit for each column of y; see [Regression.FitTargets].
func (r Ridge) FitTargets(ctx context.Context, ds *dataset.Unlabeled, y *mat.Dense) (*TargetsModel, error) {
	alpha, err := ridgeAlpha("Alpha", r.Alpha)
	if err != nil {
		return nil, err
	}
	m, err := fitTargets(ctx, ds, y, !r.NoIntercept, alpha, false)
	if err != nil {
		return nil, err
	}
	m.Rank, m.Condition = 0, 0
	return m, nil
}

func fitTargets(ctx context.Context, ds *dataset.Unlabeled, y *mat.Dense, intercept bool, ridge float64, nonNegative bool) (*TargetsModel, error) {
	n, p := ds.Dims()
	if n == 0 || p == 0 || y == nil || y.IsEmpty() {
		return nil, dataset.ErrEmpty
	}
	rows, targets := y.Dims()
	if rows != n {
		return nil, fmt.Errorf("%w: targets of %d samples, features of %d", dataset.ErrShape, rows, n)
	}
	if _, err := dataset.CheckRows(y, targets); err != nil {
		return nil, fmt.Errorf("targets: %w", err)
	}
	t, err := newTable(&dataset.Regression{X: ds.X, Y: make([]float64, n), Weights: ds.Weights, Schema: ds.Schema}, intercept)
	if err != nil {
		return nil, err
	}
	t.ridge = ridge
	solve, units, err := targetSolver(ctx, t, y, nonNegative)
	if err != nil {
		return nil, err
	}
	m := &TargetsModel{Coef: mat.NewDense(targets, p, nil), Schema: ds.Schema}
	for k, unit := range units {
		target, s, err := solve(k)
		if err != nil {
			return nil, err
		}
		fit, err := target.model(ctx, s, ds.Schema)
		if err != nil {
			return nil, err
		}
		for j, b := range fit.Coef {
			m.Coef.Set(k, j, b*unit)
		}
		fit.Objective *= unit * unit
		m.Intercept = append(m.Intercept, fit.Intercept*unit)
		m.Rank, m.Condition = fit.Rank, fit.Condition
		m.Convergence = append(m.Convergence, fit.Convergence)
	}
	return m, nil
}

// targetSolver returns a function that solves for column k of y, in its unit, a
// power of two; t is the table of the features with a target of zeros.
func targetSolver(ctx context.Context, t *table, y *mat.Dense, nonNegative bool) (solve func(k int) (*table, *leastSquares, error), units []float64, err error) {
	var m *moments
	var wide *wideFactor
	switch {
	case nonNegative: // no factor to share
		err = t.checked()
	case t.x.Rows <= t.x.Cols:
		wide, err = newWideFactor(ctx, t)
	default:
		m, err = newMoments(ctx, t) // may rescale t
	}
	if err != nil {
		return nil, nil, err
	}
	tables, units := t.withTargets(y)
	if m == nil {
		return func(k int) (*table, *leastSquares, error) {
			if nonNegative {
				s, err := solveNonNegative(ctx, tables[k])
				return tables[k], s, err
			}
			s, err := wide.solveTarget(ctx, tables[k])
			return tables[k], s, err
		}, units, nil
	}
	each, err := m.withTargets(ctx, t, tables)
	if err != nil {
		return nil, nil, err
	}
	factor := newTallFactor(ctx, t, m)
	return func(k int) (*table, *leastSquares, error) {
		s, err := factor.solve(ctx, tables[k], each[k])
		return tables[k], s, err
	}, units, nil
}

// withTargets returns a table per column of y, divided by a power of two near its
// largest element.
func (t *table) withTargets(y *mat.Dense) (tables []*table, units []float64) {
	n, targets := y.Dims()
	p := t.x.Cols
	for k := range targets {
		column := mat.Col(nil, k, y)
		largest := 0.0
		for _, v := range column {
			largest = max(largest, math.Abs(v))
		}
		_, exponent := math.Frexp(largest)
		unit := math.Ldexp(1, min(max(exponent, -1000), 1000))
		mean := 0.0
		for i := range column {
			column[i] /= unit
			mean += column[i] / float64(n)
		}
		with := *t
		with.y = column
		with.shift = slices.Clone(t.shift)
		if t.intercept {
			with.shift[p] = mean * t.scaleOf(p)
		}
		tables, units = append(tables, &with), append(units, unit)
	}
	return tables, units
}

// withTargets returns the moments with each target in place of that of t, which is
// zero, in one pass over the data.
func (m *moments) withTargets(ctx context.Context, t *table, tables []*table) ([]*moments, error) {
	n, p, targets := t.x.Rows, t.x.Cols, len(tables)
	type part struct {
		products blas64.General // (p+1) × targets: with the features, and with ones
		squares  []float64
	}
	total, err := parallel.Reduce(ctx, n, rowChunk(n, p+targets), func(lo, hi int) part {
		s := part{newGeneral(p+1, targets), make([]float64, targets)}
		features, ys := newTile(tileRows, p+1), newTile(tileRows, targets)
		for ; lo < hi && ctx.Err() == nil; lo += tileRows {
			rows := min(tileRows, hi-lo)
			for i := range rows {
				x, to := features.row(i), ys.row(i)
				root := t.fill(lo+i, x)
				x[p] = root
				for k, with := range tables {
					to[k] = root * (with.target(lo+i) - with.shift[p])
					s.squares[k] += to[k] * to[k]
				}
			}
			features.rows.Rows, ys.rows.Rows = rows, rows
			blas64.Gemm(blas.Trans, blas.NoTrans, 1, features.rows, ys.rows, 1, s.products)
		}
		return s
	}, func(into, from part) part {
		add(into.products.Data, from.products.Data)
		add(into.squares, from.squares)
		return into
	})
	if err != nil {
		return nil, err
	}
	weight := t.total()
	each := make([]*moments, targets)
	for k, with := range tables {
		product := func(j int) float64 { return total.products.Data[j*total.products.Stride+k] }
		off := 0.0 // of the mean from the shift
		if t.intercept {
			off = product(p) / weight
		}
		one := *m
		one.mean = slices.Clone(m.mean)
		one.mean[p] = with.shift[p] + off
		one.cross = make([]float64, p)
		for j := range one.cross {
			if !m.constant[j] {
				one.cross[j] = product(j) - weight*off*(m.mean[j]-t.shift[j])
			}
		}
		one.square = max(total.squares[k]-weight*off*off, 0)
		each[k] = &one
	}
	return each, nil
}
