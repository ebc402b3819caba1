package svm

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/dataset"
	_ "github.com/sapwood-ml/sapwood/internal/blas" // fast kernels behind blas64
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// A Penalty is what the size of the coefficients costs.
type Penalty int

const (
	L2 Penalty = iota // ½‖w‖²
	L1                // ‖w‖₁, which leaves many coefficients at exactly zero
)

// A linearProblem is one linear machine to be fitted:
//
//	minimise over θ  ½‖θ‖² or ‖θ‖₁ + Σ bounds·|e| or Σ bounds·e²,
//
// θ being the coefficients and then the intercept, where there is one, and e the
// excess of z = x·θ: how far it is beyond what costs nothing. Classification and
// regression differ in that alone.
type linearProblem struct {
	linearOptions
	x      blas64.General
	y      []float64 // ±1, or what to predict
	bounds []float64 // C·weight per row; rows without weight stay out
	size   int       // of θ
	// slack is the error of regression that costs nothing; negative for
	// classification, where all on the right side of the margin is free.
	slack float64
	// start is the Hessian where all samples have an excess, which machines share.
	start []float64
}

// linearOptions say how a machine is fitted, every default filled in.
type linearOptions struct {
	squared   bool // the loss: e² or |e|
	penalty   Penalty
	intercept bool
	tol       float64
	maxIter   int
	seed      uint64
}

func newLinearOptions(squared bool, penalty Penalty, noIntercept bool, tol float64, maxIter int, seed uint64) (linearOptions, error) {
	o := linearOptions{squared: squared, penalty: penalty, intercept: !noIntercept, maxIter: maxIter, seed: seed}
	var err error
	if o.tol, err = positive("Tol", tol, 1e-4); err != nil {
		return o, err
	}
	switch {
	case maxIter == 0:
		o.maxIter = 1000
	case maxIter < 0:
		return o, &model.ParamError{Field: "MaxIter", Value: maxIter, Want: "at least 1"}
	}
	if penalty != L2 && penalty != L1 {
		return o, &model.ParamError{Field: "Penalty", Value: penalty, Want: "L2 or L1"}
	}
	if penalty == L1 && !o.squared {
		return o, &model.ParamError{Field: "Penalty", Value: penalty, Want: "L2 where the loss is not squared"}
	}
	return o, nil
}

// newLinearProblem returns a problem without targets.
func newLinearProblem(x blas64.General, c float64, weights []float64, slack float64, o linearOptions) *linearProblem {
	f := &linearProblem{linearOptions: o, x: x, bounds: make([]float64, x.Rows), size: x.Cols, slack: slack}
	for i := range f.bounds {
		f.bounds[i] = c
		if weights != nil {
			f.bounds[i] *= weights[i]
		}
	}
	if o.intercept {
		f.size++
	}
	return f
}

// The largest numbers of coefficients for which a Hessian is formed: a few times by
// Newton's method, some thirty times by the interior-point method.
const (
	maxNewton   = 4000
	maxInterior = 1000
)

// errSquares is what features beyond 1e150, or smaller ones and a huge C, end in.
var errSquares = fmt.Errorf("%w: squares of the features, times C, overflow", dataset.ErrNotFinite)

// solve chooses the algorithm by the shape.
func (f *linearProblem) solve(ctx context.Context) ([]float64, model.Convergence, error) {
	switch {
	case f.byHessian() && f.squared:
		return f.newton(ctx)
	case f.byHessian():
		return f.interiorPoint(ctx)
	case f.penalty == L1:
		return f.growWorkingSet(ctx)
	default:
		return f.descendDual(ctx)
	}
}

// byHessian tells whether an algorithm is chosen that forms a Hessian, for which it
// uses all processors.
func (f *linearProblem) byHessian() bool {
	most := maxInterior
	if f.squared {
		most = maxNewton
	}
	return f.size <= min(f.x.Rows, most)
}

// excess returns how far z, computed for target y, is beyond what costs nothing.
func (f *linearProblem) excess(y, z float64) float64 {
	e := z - y
	if f.slack < 0 {
		if y*z < 1 {
			return e
		}
		return 0
	}
	switch {
	case e > f.slack:
		return e - f.slack
	case e < -f.slack:
		return e + f.slack
	}
	return 0
}

// value returns the objective at θ, whose products with the samples are z.
func (f *linearProblem) value(z, theta []float64) float64 {
	sum := simd.Dot(theta, theta) / 2
	if f.penalty == L1 {
		sum = simd.AbsSum(theta)
	}
	for i, v := range z {
		e := f.excess(f.y[i], v)
		if f.squared {
			sum += f.bounds[i] * e * e
		} else {
			sum += f.bounds[i] * math.Abs(e)
		}
	}
	return sum
}

// rounding returns how far the objective is left open by the rounding of predictions
// and targets, of which it takes the differences.
func (f *linearProblem) rounding() float64 {
	sum := 0.0
	for i, b := range f.bounds {
		sum += 1e-15 * b * (math.Abs(f.y[i]) + max(f.slack, 0))
	}
	return sum
}

// rowChunk returns how many rows make a chunk of work: whole tiles, at most 64
// chunks in all.
func (f *linearProblem) rowChunk() int {
	rows := max(1<<16/f.size, f.x.Rows/64, 1)
	return (rows + hessianRows - 1) / hessianRows * hessianRows
}

// margins computes z = Xw + b.
func (f *linearProblem) margins(ctx context.Context, z, theta []float64) error {
	p := f.x.Cols
	return parallel.ForContext(ctx, f.x.Rows, f.rowChunk(), func(lo, hi int) {
		simd.DotRows(z[lo:hi], f.x.Data[lo*f.x.Stride:], f.x.Stride, theta[:p])
		if f.intercept {
			for i := lo; i < hi; i++ {
				z[i] += theta[p]
			}
		}
	})
}

// gradient computes that of the squared loss, 2 Σ bounds·e·x, and of the penalty
// where it has one.
func (f *linearProblem) gradient(ctx context.Context, z, theta []float64) ([]float64, error) {
	g, err := f.combine(ctx, func(i int) float64 { return 2 * f.bounds[i] * f.excess(f.y[i], z[i]) })
	if err == nil && f.penalty == L2 {
		simd.Add(g, g, theta)
	}
	return g, err
}

// combine returns Σ w(i)·x_i.
func (f *linearProblem) combine(ctx context.Context, w func(i int) float64) ([]float64, error) {
	p := f.x.Cols
	return parallel.Reduce(ctx, f.x.Rows, f.rowChunk(), func(lo, hi int) []float64 {
		part, weights := make([]float64, f.size), make([]float64, hi-lo)
		for i := lo; i < hi; i++ {
			weights[i-lo] = w(i)
		}
		simd.AxpyRows(weights, f.x.Data[lo*f.x.Stride:], f.x.Stride, part[:p])
		if f.intercept {
			part[p] = simd.Sum(weights)
		}
		return part
	}, func(into, from []float64) []float64 { simd.Add(into, into, from); return into })
}

// hessianRows is the number of rows that are gathered before they go into a
// product.
const hessianRows = 256

// addGram adds Σ weights(i)·x_i·x_iᵀ over some rows, times sign, to the upper
// triangle of h.
func (f *linearProblem) addGram(ctx context.Context, h []float64, rows []int, weights func(i int) float64, sign float64) error {
	q, p := f.size, f.x.Cols
	chunk := max(hessianRows, (2*q+hessianRows-1)/hessianRows*hessianRows, (len(rows)/16+hessianRows-1)/hessianRows*hessianRows)
	sum, err := parallel.Reduce(ctx, len(rows), chunk, func(lo, hi int) []float64 {
		part, tile := make([]float64, q*q), make([]float64, hessianRows*q)
		for ; lo < hi && ctx.Err() == nil; lo += hessianRows {
			m := min(hessianRows, hi-lo)
			for r, i := range rows[lo : lo+m] {
				to := tile[r*q : (r+1)*q]
				copy(to, rowOf(f.x, i))
				if f.intercept {
					to[p] = 1
				}
				simd.Scal(math.Sqrt(weights(i)), to)
			}
			blas64.Syrk(blas.Trans, 1, blas64.General{Rows: m, Cols: q, Stride: q, Data: tile}, 1,
				blas64.Symmetric{Uplo: blas.Upper, N: q, Stride: q, Data: part})
		}
		return part
	}, func(into, from []float64) []float64 { simd.Add(into, into, from); return into })
	if err == nil && sum != nil {
		simd.Axpy(sign, sum, h)
	}
	return err
}
