package svm

import (
	"context"
	"math"
	"sort"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// leastSubgradient returns the least absolute value among the subgradients of
// g·v + |v| in v.
func leastSubgradient(g, v float64) float64 {
	switch {
	case v > 0:
		return math.Abs(g + 1)
	case v < 0:
		return math.Abs(g - 1)
	}
	return max(math.Abs(g)-1, 0)
}

// descendModel minimises g·d + ½ dᵀHd + ‖θ+d‖₁ by descending coordinates in turn,
// until the least subgradients add up to limit (Yuan, Ho and Lin 2012, An improved
// GLMNET for L1-regularized logistic regression).
func (h *linearHessian) descendModel(ctx context.Context, g, theta []float64, limit float64) ([]float64, error) {
	q := h.size
	copy(h.factor, h.values)
	largest := 0.0
	for j := range q {
		for k := j + 1; k < q; k++ {
			h.factor[k*q+j] = h.factor[j*q+k]
		}
		largest = max(largest, h.values[j*q+j])
	}
	// A feature that is zero wherever there is an excess has no curvature.
	tiny := 1e-12*largest + math.SmallestNonzeroFloat64
	d, slope := make([]float64, q), append([]float64(nil), g...) // slope = g + Hd
	const maxSweeps = 1000
	for sweep := 1; sweep <= maxSweeps; sweep++ {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		residual := 0.0
		for j, v := range theta {
			u := v + d[j]
			r := leastSubgradient(slope[j], u)
			if r == 0 {
				continue
			}
			residual += r
			curvature := max(h.values[j*q+j], tiny)
			next := soft(u-slope[j]/curvature, 1/curvature)
			step := next - u
			d[j] += step
			if next == 0 {
				d[j] = -v // exactly, so that the coefficient will be zero
			}
			simd.Axpy(step, h.factor[j*q:(j+1)*q], slope)
		}
		if residual <= limit {
			break
		}
		if sweep >= 32 && sweep&(sweep-1) == 0 {
			// For about as much work as the sweeps have been.
			for left := 1 + 64*sweep/q; left > 0 && ctx.Err() == nil; left-- {
				if !h.descendFace(d, slope, theta, tiny) {
					break
				}
			}
		}
	}
	return d, nil
}

// descendFace goes on from d to the minimum of the model among those with the same
// zeros and signs of θ+d or, if some coefficient becomes zero on the way, to where the
// first does, which it reports. Where the Hessian is all but singular, descending
// coordinates in turn would take for ever to get there.
func (h *linearHessian) descendFace(d, slope, theta []float64, tiny float64) bool {
	var face []int
	for j, v := range theta {
		if v+d[j] != 0 {
			face = append(face, j)
		}
	}
	m := len(face)
	if m == 0 {
		return false
	}
	a, step := make([]float64, m*m), make([]float64, m)
	for r, j := range face {
		for c, k := range face[r:] {
			a[r*m+r+c] = h.values[j*h.size+k]
		}
		a[r*m+r] += tiny
		step[r] = -slope[j] - math.Copysign(1, theta[j]+d[j])
	}
	chol, ok := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: m, Stride: m, Data: a})
	if !ok {
		return false
	}
	lapack64.Potrs(chol, blas64.General{Rows: m, Cols: 1, Stride: 1, Data: step})
	t, first := 1.0, -1
	for r, j := range face {
		if u := theta[j] + d[j]; -u/step[r] > 0 && -u/step[r] < t {
			t, first = -u/step[r], r
		}
	}
	for r, j := range face {
		d[j] += t * step[r]
		if r == first {
			d[j] = -theta[j]
		}
		simd.Axpy(t*step[r], h.factor[j*h.size:(j+1)*h.size], slope)
	}
	return first >= 0
}

// soft returns v drawn towards zero by t, and no further.
func soft(v, t float64) float64 {
	switch {
	case v > t:
		return v - t
	case v < -t:
		return v + t
	}
	return 0
}

// growWorkingSet minimises a squared loss with the L1 penalty where there are many
// features: it solves for some of them, adds those whose coefficients should not be
// zero, and repeats (Fan et al. 2008, LIBLINEAR, shrinks; this grows instead, as
// Johnson and Guestrin 2015, Blitz, do).
func (f *linearProblem) growWorkingSet(ctx context.Context) ([]float64, model.Convergence, error) {
	n, p := f.x.Rows, f.x.Cols
	theta, z := make([]float64, f.size), make([]float64, n)
	total := model.Convergence{Objective: f.value(z, theta)}
	var set []int
	in := make([]bool, p)
	limit, first := 0.0, true
	for {
		g, err := f.gradient(ctx, z, theta)
		if err != nil {
			return nil, total, err
		}
		norm := f.residual(g, theta)
		if math.IsNaN(norm) || math.IsInf(norm, 0) || math.IsInf(total.Objective, 0) {
			return nil, total, errSquares
		}
		if first {
			limit, first = f.tol*f.share()*norm, false
		}
		if norm <= limit {
			total.Converged = true
			return theta, total, nil
		}
		var wrong []int
		for j := range p {
			if !in[j] && leastSubgradient(g[j], 0) > 0 {
				wrong = append(wrong, j)
			}
		}
		if total.Iterations >= f.maxIter || len(wrong) == 0 && total.Iterations > 0 {
			// The features outside are as they should be; those inside as far as
			// they would go.
			total.Converged = len(wrong) == 0 && total.Converged
			return theta, total, nil
		}
		sort.SliceStable(wrong, func(a, b int) bool { return math.Abs(g[wrong[a]]) > math.Abs(g[wrong[b]]) })
		for _, j := range wrong[:min(len(wrong), max(64, len(set)))] {
			in[j] = true
			set = append(set, j)
		}
		sort.Ints(set)
		part, c, err := f.onColumns(set).newton(ctx)
		total.Iterations += c.Iterations
		total.Objective, total.Converged = c.Objective, c.Converged
		if err != nil {
			return nil, total, err
		}
		for k, j := range set {
			theta[j] = part[k]
		}
		if f.intercept {
			theta[p] = part[len(set)]
		}
		if err := f.margins(ctx, z, theta); err != nil {
			return nil, total, err
		}
	}
}

// onColumns returns the problem in which all coefficients but those of some columns
// are zero.
func (f *linearProblem) onColumns(set []int) *linearProblem {
	part := *f
	part.start = nil
	part.x.Cols, part.x.Stride = len(set), len(set)
	part.x.Data = make([]float64, f.x.Rows*len(set))
	for i := range f.x.Rows {
		from, to := rowOf(f.x, i), rowOf(part.x, i)
		for k, j := range set {
			to[k] = from[j]
		}
	}
	part.size = len(set)
	if f.intercept {
		part.size++
	}
	return &part
}
