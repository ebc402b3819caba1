package linear

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// solveNonNegative minimises Σ w (y − x·b − b₀)² over b ≥ 0.
func solveNonNegative(ctx context.Context, t *table) (*leastSquares, error) {
	p := t.x.Cols
	m, err := newMoments(ctx, t)
	if err != nil {
		return nil, err
	}
	r, d, scale, condition, err := t.centredTriangle(ctx, m)
	if err != nil {
		return nil, err
	}
	coef, positive, steps, err := lawsonHanson(ctx, r, d)
	if err != nil {
		return nil, err
	}
	s := &leastSquares{coef: coef, rank: len(positive), condition: condition}
	for j := range coef {
		coef[j] *= scale[j]
	}
	if t.intercept {
		s.intercept = m.mean[p] - dot(m.mean[:p], coef)
	}
	if t.x.Rows*p <= refineAlways && len(positive) > 0 {
		if err := s.polish(ctx, t, positive); err != nil {
			return nil, err
		}
	}
	s.steps = steps
	return s, nil
}

// polish replaces the positive coefficients by those of least squares without
// constraint on their columns, to the precision of that, if these are positive.
func (s *leastSquares) polish(ctx context.Context, t *table, positive []int) error {
	sub := *t
	n, k := t.x.Rows, len(positive)
	sub.x = blas64.General{Rows: n, Cols: k, Stride: k, Data: make([]float64, n*k)}
	pick := func(from []float64) (to []float64) {
		if from == nil {
			return nil
		}
		for _, j := range positive {
			to = append(to, from[j])
		}
		return append(to, from[t.x.Cols:]...)
	}
	for i := range n {
		copy(sub.row(i), pick(t.row(i)))
	}
	sub.scale, sub.shift = pick(t.scale), pick(t.shift)
	better, err := solveLeastSquares(ctx, &sub)
	if err != nil {
		return err
	}
	for _, b := range better.coef {
		if b < 0 {
			return nil
		}
	}
	for i, j := range positive {
		s.coef[j] = better.coef[i]
	}
	s.intercept, s.residual = better.intercept, better.residual
	return nil
}

// centredTriangle returns an upper triangle R and a vector d such that
// ‖R·z − d‖² differs from the sum of squares by a constant, for b = scale·z.
func (t *table) centredTriangle(ctx context.Context, m *moments) (r *mat.Dense, d, scale []float64, condition float64, err error) {
	p := t.x.Cols
	r = mat.NewDense(p, p, nil)
	if f, ok := newGramFactor(ctx, t, m); ok && t.x.Rows > p {
		u := f.factor.factor
		solved := make([]float64, p)
		for j := range p {
			if f.constant[j] {
				continue
			}
			for i := 0; i <= j; i++ {
				r.Set(i, j, u.Data[i*u.Stride+j])
			}
			solved[j] = m.cross[j] * f.factor.scale[j]
		}
		blas64.Trsv(blas.Trans, u, blas64.Vector{N: p, Inc: 1, Data: solved})
		return r, solved, f.factor.scale, math.Sqrt(f.condition), nil
	}
	f, err := newQRFactor(ctx, t, m)
	if err != nil {
		return nil, nil, nil, 0, err
	}
	tri, c, err := f.reduce(ctx, t, t.targets())
	if err != nil {
		return nil, nil, nil, 0, err
	}
	for i := range p {
		for j := i; j < p; j++ {
			r.Set(i, j, tri.At(i+f.ones, j+f.ones))
		}
	}
	return r, c[f.ones:], f.scale, f.condition(), nil
}

// lawsonHanson minimises ‖Rx − d‖ over x ≥ 0 by the active-set method of Lawson
// and Hanson (1974, Solving Least Squares Problems, ch. 23). positive
// holds the indices where x is not at its bound, ascending.
func lawsonHanson(ctx context.Context, r *mat.Dense, d []float64) (x []float64, positive []int, steps int, err error) {
	_, p := r.Dims()
	x = make([]float64, p)
	free := make([]bool, p)
	norms := make([]float64, p)
	for j := range norms {
		norms[j] = mat.Norm(r.ColView(j), 2)
	}
	tolerance := 10 * unit * float64(p) * norm2(d)
	refused := make([]bool, p) // since the last step: rounding alone makes them look useful
	for ; steps < 10*p; steps++ {
		if err := ctx.Err(); err != nil {
			return nil, nil, 0, err
		}
		residual := mat.NewVecDense(p, append([]float64(nil), d...))
		product := mat.NewVecDense(p, nil)
		product.MulVec(r, mat.NewVecDense(p, x))
		residual.SubVec(residual, product)
		product.MulVec(r.T(), residual)
		best, gain := -1, tolerance
		for j := range x {
			if free[j] || refused[j] || norms[j] == 0 {
				continue
			}
			if g := product.AtVec(j) / norms[j]; g > gain {
				best, gain = j, g
			}
		}
		if best < 0 {
			break
		}
		free[best] = true
		if z := subproblem(r, d, free); z[best] <= 0 {
			free[best], refused[best] = false, true
			continue
		}
		clear(refused)
		for {
			z := subproblem(r, d, free)
			step, blocking := 1.0, -1
			for j := range x {
				if free[j] && z[j] <= 0 {
					if s := x[j] / (x[j] - z[j]); s < step || blocking < 0 {
						step, blocking = s, j
					}
				}
			}
			for j := range x {
				x[j] += step * (z[j] - x[j])
			}
			if blocking < 0 {
				break
			}
			for j := range x {
				if free[j] && (j == blocking || x[j] <= 0) {
					x[j], free[j] = 0, false
				}
			}
		}
	}
	for j, f := range free {
		if f {
			positive = append(positive, j)
		}
	}
	return x, positive, steps, nil
}

// subproblem minimises ‖Rz − d‖ over the free elements of z, zero elsewhere.
func subproblem(r *mat.Dense, d []float64, free []bool) []float64 {
	p := len(free)
	var columns []int
	for j, f := range free {
		if f {
			columns = append(columns, j)
		}
	}
	z := make([]float64, p)
	if len(columns) == 0 {
		return z
	}
	a := mat.NewDense(p, len(columns), nil)
	for k, j := range columns {
		for i := range p {
			a.Set(i, k, r.At(i, j))
		}
	}
	var qr mat.QR
	qr.Factorize(a)
	solution := mat.NewVecDense(len(columns), nil)
	_ = qr.SolveVecTo(solution, false, mat.NewVecDense(p, d)) // ill-conditioned sets give what they give: bounds hold all the same
	for k, j := range columns {
		if v := solution.AtVec(k); v-v == 0 {
			z[j] = v
		}
	}
	return z
}
