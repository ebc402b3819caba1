package linear

import (
	"context"
	"math"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// refine improves a solution by iterative refinement of the augmented system
//
//	r + X·b + b₀ = y,  XᵀWr − ridge·b = 0,  1ᵀWr = 0
//
// in the unknowns r and b (Björck 1967, Iterative refinement of linear least
// squares solutions I), whose residuals are computed as if in twice the
// precision (Ogita, Rump and Oishi 2005, Accurate sum and dot product). What the
// data given allow is reached whatever the residual's size, as long as the
// factor gives one right digit. It reports false if steps shrink too slowly.
func (s *leastSquares) refine(ctx context.Context, t *table, factor corrector) (settled bool, err error) {
	n, p := t.x.Rows, t.x.Cols
	s.residual = make([]float64, n)
	if err := parallel.ForContext(ctx, n, rowChunk(n, p), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			s.residual[i] = t.residual(i, s.coef, s.intercept, 0)
		}
	}); err != nil {
		return false, err
	}
	before := math.Inf(1)
	for s.steps < maxRefinement {
		f, gradient, gradient0, err := t.augmentedResiduals(ctx, s)
		if err != nil {
			return false, err
		}
		delta, delta0, err := factor.correct(ctx, t, f, gradient, gradient0)
		if err != nil {
			return false, err
		}
		size, done := 0.0, true
		for j, d := range delta {
			d = math.Abs(d)
			done = done && d <= unit*math.Abs(s.coef[j])
			if d > 0 {
				size = max(size, d/math.Abs(s.coef[j]))
			}
		}
		// Coefficients that are zero but for rounding never settle relatively:
		// once steps no longer shrink, there is nothing left to gain.
		if size > before/4 {
			return size <= 1e-8 || math.IsInf(size, 1), nil
		}
		s.steps++
		add(s.coef, delta)
		s.intercept += delta0
		if err := parallel.ForContext(ctx, n, rowChunk(n, p), func(lo, hi int) {
			buffer := make([]float64, p)
			for i := lo; i < hi; i++ {
				s.residual[i] += f[i] - dot(delta, t.scaledRow(i, buffer)) - delta0
			}
		}); err != nil {
			return false, err
		}
		if done {
			return true, nil
		}
		before = size
	}
	return true, nil
}

// residual returns yᵢ − r − b₀ − xᵢ·b, correctly rounded but for the last bit.
func (t *table) residual(i int, coef []float64, intercept, r float64) float64 {
	var s twofold
	s.add(t.target(i))
	s.add(-r)
	s.add(-intercept)
	for j, v := range t.row(i) {
		s.addProduct(-(v * t.scaleOf(j)), coef[j])
	}
	return s.value()
}

// augmentedResiduals returns the residuals of the augmented system: per sample
// f = y − r − Xb − b₀, and the gradient XᵀWr − ridge·b with 1ᵀWr.
func (t *table) augmentedResiduals(ctx context.Context, s *leastSquares) (f, gradient []float64, gradient0 float64, err error) {
	n, p := t.x.Rows, t.x.Cols
	f = make([]float64, n)
	sums, err := parallel.Reduce(ctx, n, rowChunk(n, p), func(lo, hi int) []twofold {
		sums := make([]twofold, p+1)
		for i := lo; i < hi; i++ {
			r := s.residual[i]
			f[i] = t.residual(i, s.coef, s.intercept, r)
			high, low := twoProduct(t.weight(i), r)
			for j, v := range t.row(i) {
				v *= t.scaleOf(j)
				sums[j].addProduct(v, high)
				sums[j].low += v * low
			}
			sums[p].add(high)
			sums[p].low += low
		}
		return sums
	}, func(into, from []twofold) []twofold {
		for j := range into {
			into[j].add(from[j].high)
			into[j].low += from[j].low
		}
		return into
	})
	if err != nil {
		return nil, nil, 0, err
	}
	gradient = make([]float64, p)
	for j := range gradient {
		if t.ridge > 0 {
			sums[j].addProduct(-t.penalty(j), s.coef[j])
		}
		gradient[j] = sums[j].value()
	}
	if t.intercept {
		gradient0 = sums[p].value()
	}
	return f, gradient, gradient0, nil
}

// twofold is an unevaluated sum of two numbers, the second of which collects
// rounding errors of the first.
type twofold struct{ high, low float64 }

func (s *twofold) add(v float64) {
	sum := s.high + v
	part := sum - s.high
	s.low += (s.high - (sum - part)) + (v - part)
	s.high = sum
}

func (s *twofold) addProduct(a, b float64) {
	high, low := twoProduct(a, b)
	s.add(high)
	s.low += low
}

func (s *twofold) value() float64 { return s.high + s.low }

// twoProduct returns a·b as the sum of its rounded value and the error of that.
func twoProduct(a, b float64) (high, low float64) {
	high = float64(a * b)
	return high, math.FMA(a, b, -high)
}
