package svm

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// newton minimises a squared loss by Newton's method. The Hessian is that of the
// samples with an excess, and kept up to date by those that get or lose it.
func (f *linearProblem) newton(ctx context.Context) ([]float64, model.Convergence, error) {
	n, q := f.x.Rows, f.size
	theta, z, dz := make([]float64, q), make([]float64, n), make([]float64, n)
	candidate, moved := make([]float64, q), make([]float64, n)
	h, err := f.newHessian(ctx)
	if err != nil {
		return nil, model.Convergence{}, err
	}
	c := model.Convergence{Objective: f.value(z, theta)}
	limit, rounding := 0.0, f.rounding()
	for {
		g, err := f.gradient(ctx, z, theta)
		if err != nil {
			return nil, c, err
		}
		norm := f.residual(g, theta)
		if math.IsNaN(norm) || math.IsInf(norm, 0) || math.IsInf(c.Objective, 0) {
			return nil, c, errSquares
		}
		if c.Iterations == 0 {
			limit = f.tol * f.share() * norm
		}
		// The L2 penalty makes the objective strongly convex: it is at most ½‖g‖²
		// above the least. The norm alone, relative to what it was with all samples
		// wrong, says little where C is large.
		if norm <= limit && (f.penalty == L1 || norm*norm/2 <= f.tol*c.Objective+rounding) {
			c.Converged = true
			return theta, c, nil
		}
		if c.Iterations >= f.maxIter {
			return theta, c, nil
		}
		c.Iterations++
		if err := h.follow(ctx, z); err != nil {
			return nil, c, err
		}
		direction, slope, err := f.direction(ctx, h, g, theta, norm, limit)
		if err != nil {
			return nil, c, err
		}
		if slope >= 0 { // as low as rounding allows
			c.Converged = true
			return theta, c, nil
		}
		if err := f.margins(ctx, dz, direction); err != nil {
			return nil, c, err
		}
		// A full step is nearly always right; the objective being convex and the
		// Hessian that of a piece of it, halving ends.
		for t := 1.0; ; t /= 2 {
			copy(candidate, theta)
			simd.Axpy(t, direction, candidate)
			copy(moved, z)
			simd.Axpy(t, dz, moved)
			v := f.value(moved, candidate)
			if v < c.Objective && v <= c.Objective+1e-4*t*slope {
				c.Objective = v
				copy(theta, candidate)
				copy(z, moved)
				break
			}
			if t < 1e-10 { // as low as rounding allows
				c.Converged = math.Abs(slope) <= 1e-10*c.Objective+rounding
				return theta, c, nil
			}
		}
	}
}

// share returns the part of the samples that is in the smaller class, to which the
// stopping rule of LIBLINEAR is relative; 1 for regression.
func (f *linearProblem) share() float64 {
	if f.slack >= 0 {
		return 1
	}
	counts, n := [2]float64{}, 0.0
	for i, y := range f.y {
		if f.bounds[i] > 0 {
			counts[int(y+1)/2]++
			n++
		}
	}
	return max(min(counts[0], counts[1]), 1) / n
}

// residual returns how far θ is from optimal: the norm of the gradient, or the sum
// of the least subgradients in absolute value where the penalty has none.
func (f *linearProblem) residual(g, theta []float64) float64 {
	if f.penalty == L2 {
		return math.Sqrt(simd.Dot(g, g))
	}
	sum := 0.0
	for j, v := range theta {
		sum += leastSubgradient(g[j], v)
	}
	return sum
}

// direction returns the step to the minimum of the quadratic model, and by how much
// the objective falls along it at first.
func (f *linearProblem) direction(ctx context.Context, h *linearHessian, g, theta []float64, norm, limit float64) ([]float64, float64, error) {
	if f.penalty == L1 {
		d, err := h.descendModel(ctx, g, theta, max(limit, norm*min(0.1, norm*f.tol/limit))/2)
		if err != nil {
			return nil, 0, err
		}
		slope := simd.Dot(g, d)
		for j, v := range theta {
			slope += math.Abs(v+d[j]) - math.Abs(v)
		}
		return d, slope, nil
	}
	d, err := h.solve(ctx, g)
	if err != nil {
		return nil, 0, err
	}
	return d, simd.Dot(g, d), nil
}

// A linearHessian is the upper triangle of the Hessian over the samples inside, those
// with an excess.
type linearHessian struct {
	*linearProblem
	values, factor []float64
	inside         []bool
}

// newHessian returns that of all samples.
func (f *linearProblem) newHessian(ctx context.Context) (*linearHessian, error) {
	h := &linearHessian{linearProblem: f, inside: make([]bool, f.x.Rows), factor: make([]float64, f.size*f.size)}
	for i, b := range f.bounds {
		h.inside[i] = b > 0
	}
	if f.start == nil {
		var err error
		if f.start, err = f.hessianOf(ctx, h.rows()); err != nil {
			return nil, err
		}
	}
	h.values = append([]float64(nil), f.start...)
	return h, nil
}

// hessianOf returns the upper triangle of I (of the L2 penalty) + 2 Σ bounds·x·xᵀ
// over some rows.
func (f *linearProblem) hessianOf(ctx context.Context, rows []int) ([]float64, error) {
	h := make([]float64, f.size*f.size)
	if f.penalty == L2 {
		for j := range f.size {
			h[j*f.size+j] = 1
		}
	}
	return h, f.addGram(ctx, h, rows, f.curvature, 1)
}

func (f *linearProblem) curvature(i int) float64 { return 2 * f.bounds[i] }

func (h *linearHessian) rows() []int {
	var rows []int
	for i, in := range h.inside {
		if in {
			rows = append(rows, i)
		}
	}
	return rows
}

// follow brings the Hessian up to date with the samples that have an excess.
func (h *linearHessian) follow(ctx context.Context, z []float64) error {
	var in, out []int
	for i, was := range h.inside {
		is := h.bounds[i] > 0 && h.excess(h.y[i], z[i]) != 0
		switch {
		case is && !was:
			in = append(in, i)
		case was && !is:
			out = append(out, i)
		}
		h.inside[i] = is
	}
	if err := h.addGram(ctx, h.values, in, h.curvature, 1); err != nil {
		return err
	}
	return h.addGram(ctx, h.values, out, h.curvature, -1)
}

// solve returns −H⁻¹g.
func (h *linearHessian) solve(ctx context.Context, g []float64) ([]float64, error) {
	q := h.size
	for again := false; ; again = true {
		copy(h.factor, h.values)
		chol, ok := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: q, Stride: q, Data: h.factor})
		if ok {
			d := append([]float64(nil), g...)
			lapack64.Potrs(chol, blas64.General{Rows: q, Cols: 1, Stride: 1, Data: d})
			simd.Scal(-1, d)
			return d, nil
		}
		if again {
			return nil, errSquares
		}
		// What is left after large terms went may be rounding.
		var err error
		if h.values, err = h.hessianOf(ctx, h.rows()); err != nil {
			return nil, err
		}
	}
}
