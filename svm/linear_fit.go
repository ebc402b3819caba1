package svm

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/sapwood-ml/sapwood/dataset"
	_ "github.com/sapwood-ml/sapwood/internal/blas" // fast kernels behind blas64
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// linearFit is what the linear machines of one fit share. Solutions theta are the
// coefficients and then the intercept, where there is one.
type linearFit struct {
	LinearClassifier
	x       blas64.General
	class   []int
	bounds  []float64 // C·weight per row; rows without weight stay out
	size    int       // of theta
	hessian []float64 // at zero, where all samples are inside the margin: the same for all
}

func newLinearFit(ds *dataset.Classification, weights []float64, l LinearClassifier) *linearFit {
	f := &linearFit{LinearClassifier: l, x: ds.X.RawMatrix(), class: ds.Y, bounds: make([]float64, len(weights))}
	for i, w := range weights {
		f.bounds[i] = l.C * w
	}
	f.size = f.x.Cols
	if !l.NoIntercept {
		f.size++
	}
	return f
}

// maxNewton is the largest number of features for which a Hessian is formed.
const maxNewton = 4000

func (f *linearFit) solve(ctx context.Context, positive int) ([]float64, model.Convergence, error) {
	y := make([]float64, len(f.class))
	for i, k := range f.class {
		y[i] = -1
		if k == positive {
			y[i] = 1
		}
	}
	if f.Loss == SquaredHinge && f.size <= min(len(y), maxNewton) {
		return f.newton(ctx, y)
	}
	return f.descend(ctx, y)
}

// rowChunk returns how many rows make a chunk of work: whole tiles, at most 64
// chunks in all.
func (f *linearFit) rowChunk() int {
	rows := max(1<<16/f.size, f.x.Rows/64, 1)
	return (rows + hessianRows - 1) / hessianRows * hessianRows
}

// hessianRows is the number of rows that are gathered before they go into a
// product.
const hessianRows = 256

// margins computes z = Xw + b.
func (f *linearFit) margins(ctx context.Context, z, theta []float64) error {
	p := f.x.Cols
	return parallel.ForContext(ctx, f.x.Rows, f.rowChunk(), func(lo, hi int) {
		simd.DotRows(z[lo:hi], f.x.Data[lo*f.x.Stride:], f.x.Stride, theta[:p])
		if f.size > p {
			for i := lo; i < hi; i++ {
				z[i] += theta[p]
			}
		}
	})
}

// value returns ½‖θ‖² + Σ bounds·loss.
func (f *linearFit) value(y, z, theta []float64) float64 {
	sum := simd.Dot(theta, theta) / 2
	for i, v := range z {
		if m := 1 - y[i]*v; m > 0 {
			if f.Loss == SquaredHinge {
				m *= m
			}
			sum += f.bounds[i] * m
		}
	}
	return sum
}

// gradient computes θ − 2 Σ bounds·max(0, 1−yz)·y·x.
func (f *linearFit) gradient(ctx context.Context, y, z, theta []float64) ([]float64, error) {
	p := f.x.Cols
	g, err := parallel.Reduce(ctx, f.x.Rows, f.rowChunk(), func(lo, hi int) []float64 {
		part, slope := make([]float64, f.size), make([]float64, hi-lo)
		for i := lo; i < hi; i++ {
			if m := 1 - y[i]*z[i]; m > 0 {
				slope[i-lo] = -2 * f.bounds[i] * m * y[i]
			}
		}
		simd.AxpyRows(slope, f.x.Data[lo*f.x.Stride:], f.x.Stride, part[:p])
		if f.size > p {
			part[p] = simd.Sum(slope)
		}
		return part
	}, func(into, from []float64) []float64 { simd.Add(into, into, from); return into })
	if err == nil {
		simd.Add(g, g, theta)
	}
	return g, err
}

// addHessian adds 2 Σ bounds·x·xᵀ over some rows, times sign, to the upper triangle
// of h.
func (f *linearFit) addHessian(ctx context.Context, h []float64, rows []int, sign float64) error {
	q, p := f.size, f.x.Cols
	chunk := max(hessianRows, (2*q+hessianRows-1)/hessianRows*hessianRows, (len(rows)/16+hessianRows-1)/hessianRows*hessianRows)
	sum, err := parallel.Reduce(ctx, len(rows), chunk, func(lo, hi int) []float64 {
		part, tile := make([]float64, q*q), make([]float64, hessianRows*q)
		for ; lo < hi && ctx.Err() == nil; lo += hessianRows {
			m := min(hessianRows, hi-lo)
			for r, i := range rows[lo : lo+m] {
				to := tile[r*q : (r+1)*q]
				scale := math.Sqrt(2 * f.bounds[i])
				copy(to, rowOf(f.x, i))
				if q > p {
					to[p] = 1
				}
				simd.Scal(scale, to)
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

// newton minimises the squared hinge. Its Hessian I + 2 Σ bounds·x·xᵀ, over the
// samples inside the margin, is kept up to date by the samples that go in or out.
func (f *linearFit) newton(ctx context.Context, y []float64) ([]float64, model.Convergence, error) {
	n, q := f.x.Rows, f.size
	theta, z, dz := make([]float64, q), make([]float64, n), make([]float64, n)
	inside := make([]bool, n)
	var all []int
	counts := [2]float64{}
	for i, b := range f.bounds {
		if b > 0 {
			all = append(all, i)
			inside[i] = true
			counts[int(y[i]+1)/2]++
		}
	}
	if f.hessian == nil {
		f.hessian = make([]float64, q*q)
		for j := range q {
			f.hessian[j*q+j] = 1
		}
		if err := f.addHessian(ctx, f.hessian, all, 1); err != nil {
			return nil, model.Convergence{}, err
		}
	}
	h := append([]float64(nil), f.hessian...)
	factor := make([]float64, q*q)
	candidate, moved := make([]float64, q), make([]float64, n)
	c := model.Convergence{Objective: f.value(y, z, theta)}
	limit := 0.0
	for {
		g, err := f.gradient(ctx, y, z, theta)
		if err != nil {
			return nil, c, err
		}
		norm := math.Sqrt(simd.Dot(g, g))
		if math.IsNaN(norm) || math.IsInf(norm, 0) || math.IsInf(c.Objective, 0) {
			return nil, c, errSquares
		}
		if c.Iterations == 0 {
			limit = f.Tol * max(min(counts[0], counts[1]), 1) / float64(len(all)) * norm
		}
		if norm <= limit {
			c.Converged = true
			return theta, c, nil
		}
		if c.Iterations >= f.MaxIter {
			return theta, c, nil
		}
		c.Iterations++
		if err := f.follow(ctx, h, inside, y, z); err != nil {
			return nil, c, err
		}
		copy(factor, h)
		chol, ok := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: q, Stride: q, Data: factor})
		if !ok {
			return nil, c, errSquares
		}
		direction := append([]float64(nil), g...)
		lapack64.Potrs(chol, blas64.General{Rows: q, Cols: 1, Stride: 1, Data: direction})
		simd.Scal(-1, direction)
		if err := f.margins(ctx, dz, direction); err != nil {
			return nil, c, err
		}
		// A full step is nearly always right; the objective being convex and the
		// Hessian that of a piece of it, halving ends.
		slope := simd.Dot(g, direction)
		for t := 1.0; ; t /= 2 {
			copy(candidate, theta)
			simd.Axpy(t, direction, candidate)
			copy(moved, z)
			simd.Axpy(t, dz, moved)
			v := f.value(y, moved, candidate)
			if v <= c.Objective+1e-4*t*slope {
				c.Objective = v
				copy(theta, candidate)
				copy(z, moved)
				break
			}
			if t < 1e-10 { // as low as rounding allows
				c.Converged = math.Abs(slope) <= 1e-10*c.Objective
				return theta, c, nil
			}
		}
	}
}

// errSquares is what features beyond 1e150 end in.
var errSquares = fmt.Errorf("%w: squares of the features overflow", dataset.ErrNotFinite)

// follow brings the Hessian up to date with the samples inside the margin.
func (f *linearFit) follow(ctx context.Context, h []float64, inside []bool, y, z []float64) error {
	var in, out []int
	for i, was := range inside {
		is := f.bounds[i] > 0 && y[i]*z[i] < 1
		switch {
		case is && !was:
			in = append(in, i)
		case was && !is:
			out = append(out, i)
		}
		inside[i] = is
	}
	if err := f.addHessian(ctx, h, in, 1); err != nil {
		return err
	}
	return f.addHessian(ctx, h, out, -1)
}

// descend minimises the dual ½ αᵀ(Q + D)α − Σα over 0 ≤ α ≤ U, coordinate by
// coordinate in an order drawn anew for each pass, leaving out samples at their
// bounds that seem to stay there: D = 0, U = bounds for the hinge; D = 1/(2·bounds),
// U = ∞ for its square.
func (f *linearFit) descend(ctx context.Context, y []float64) ([]float64, model.Convergence, error) {
	p := f.x.Cols
	theta, alpha := make([]float64, f.size), make([]float64, len(y))
	curvature := make([]float64, len(y))
	var active []int
	for i, b := range f.bounds {
		if b == 0 {
			continue
		}
		row := rowOf(f.x, i)
		curvature[i] = simd.Dot(row, row)
		if f.size > p {
			curvature[i]++
		}
		if f.Loss == SquaredHinge {
			curvature[i] += 1 / (2 * b)
		}
		if math.IsInf(curvature[i], 0) {
			return nil, model.Convergence{}, errSquares
		}
		active = append(active, i)
	}
	all := append([]int(nil), active...)
	rng := rand.New(rand.NewPCG(f.Seed, 0))
	var c model.Convergence
	highest, lowest := math.Inf(1), math.Inf(-1) // of the last pass's projected gradients
	for c.Iterations < f.MaxIter {
		c.Iterations++
		rng.Shuffle(len(active), func(i, j int) { active[i], active[j] = active[j], active[i] })
		most, least := math.Inf(-1), math.Inf(1)
		kept := active[:0]
		for step, i := range active {
			if step%4096 == 0 && ctx.Err() != nil {
				return nil, c, ctx.Err()
			}
			upper, damping := f.bounds[i], 0.0
			if f.Loss == SquaredHinge {
				upper, damping = math.Inf(1), 1/(2*f.bounds[i])
			}
			row := rowOf(f.x, i)
			z := simd.Dot(row, theta[:p])
			if f.size > p {
				z += theta[p]
			}
			g := y[i]*z - 1 + damping*alpha[i]
			projected := g
			switch alpha[i] {
			case 0:
				if g > highest {
					continue
				}
				projected = min(g, 0)
			case upper:
				if g < lowest {
					continue
				}
				projected = max(g, 0)
			}
			kept = append(kept, i)
			most, least = max(most, projected), min(least, projected)
			if math.Abs(projected) > 1e-12 && curvature[i] > 0 {
				next := min(max(alpha[i]-g/curvature[i], 0), upper)
				d := (next - alpha[i]) * y[i]
				alpha[i] = next
				simd.Axpy(d, row, theta[:p])
				if f.size > p {
					theta[p] += d
				}
			}
		}
		whole := len(active) == len(all)
		active = kept
		if most-least <= f.Tol && math.Abs(most) <= f.Tol && math.Abs(least) <= f.Tol || len(active) == 0 {
			if whole {
				c.Converged = true
				break
			}
			// Nothing left to do among the active: look at all again.
			active = append(active[:0], all...)
			highest, lowest = math.Inf(1), math.Inf(-1)
			continue
		}
		highest, lowest = most, least
		if highest <= 0 {
			highest = math.Inf(1)
		}
		if lowest >= 0 {
			lowest = math.Inf(-1)
		}
	}
	z := make([]float64, len(y))
	if err := f.margins(ctx, z, theta); err != nil {
		return nil, c, err
	}
	c.Objective = f.value(y, z, theta)
	if math.IsNaN(c.Objective) || math.IsInf(c.Objective, 0) {
		return nil, c, errSquares
	}
	return theta, c, nil
}
