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

// An interior is a point inside the bounds of the dual of a loss that is not
// squared:
//
//	½‖θ‖² + Σ cost·a,  θ = Σ sign·a·x,  0 ≤ a ≤ bound,
//
// with one variable a per sample of classification, whose sign is y and cost −1, and
// two of regression, of signs ±1 and costs ε ∓ y. The multipliers of a ≥ 0 and of
// a ≤ bound are low and high.
type interior struct {
	*linearProblem
	halves           []half
	rows             []int // those with weight
	theta, z         []float64
	a, room          []float64 // room is bound − a, which rounding must not bring to zero
	low, high        []float64
	da, dlow, dhigh  []float64
	dtheta, dz       []float64
	hessian          []float64
	weights, targets []float64 // of rows in the system of a step
}

// A half is what holds for one variable.
type half struct {
	row               int
	sign, cost, bound float64
}

// interiorPoint minimises a loss that is not squared by Mehrotra's
// predictor-corrector method, whose linear systems come down to I + XᵀDX, of the order
// of the coefficients (Ferris and Munson 2002, Interior-point methods for massive
// support vector machines; Gertz and Wright 2003, Object-oriented software for
// quadratic programming). It stops on the duality gap.
func (f *linearProblem) interiorPoint(ctx context.Context) ([]float64, model.Convergence, error) {
	s := f.newInterior()
	best := append([]float64(nil), s.theta...)
	c := model.Convergence{Objective: f.value(s.z, s.theta)}
	if c.Objective == 0 { // nothing costs anything
		c.Converged = true
		return best, c, nil
	}
	rounding := f.rounding()
	bound := math.Inf(-1)          // the best value of the dual
	least, since := math.Inf(1), 0 // the gap when it last got notably smaller, and steps since then
	for {
		if err := f.margins(ctx, s.z, s.theta); err != nil {
			return nil, c, err
		}
		spanned, err := s.span(ctx)
		if err != nil {
			return nil, c, err
		}
		objective, dual := s.values(spanned)
		if math.IsNaN(objective) || math.IsInf(objective, 0) {
			return nil, c, errSquares
		}
		if objective < c.Objective {
			c.Objective = objective
			copy(best, s.theta)
		}
		bound = max(bound, dual)
		// A gap leaves θ off by the square root of it, so it has to be small.
		gap := c.Objective - bound
		if since++; gap < 0.99*least {
			least, since = gap, 0
		}
		if gap <= max(1e-4*f.tol, 1e-13)*c.Objective+rounding {
			c.Converged = true
			return best, c, nil
		}
		if c.Iterations >= f.maxIter {
			return best, c, nil
		}
		c.Iterations++
		step, err := s.advance(ctx, spanned)
		if err != nil {
			return nil, c, err
		}
		if step < 1e-10 || since > 10 { // as far as rounding allows
			c.Converged = gap <= 1e-8*c.Objective+100*rounding
			return best, c, nil
		}
	}
}

func (f *linearProblem) newInterior() *interior {
	s := &interior{linearProblem: f}
	for i, b := range f.bounds {
		if b == 0 {
			continue
		}
		s.rows = append(s.rows, i)
		if f.slack < 0 {
			s.halves = append(s.halves, half{i, f.y[i], -1, b})
		} else {
			s.halves = append(s.halves, half{i, 1, f.slack - f.y[i], b}, half{i, -1, f.slack + f.y[i], b})
		}
	}
	n, m, q := f.x.Rows, len(s.halves), f.size
	s.theta, s.dtheta, s.z, s.dz = make([]float64, q), make([]float64, q), make([]float64, n), make([]float64, n)
	s.a, s.room, s.low, s.high = make([]float64, m), make([]float64, m), make([]float64, m), make([]float64, m)
	s.da, s.dlow, s.dhigh = make([]float64, m), make([]float64, m), make([]float64, m)
	s.hessian = make([]float64, q*q)
	s.weights, s.targets = make([]float64, n), make([]float64, n)
	scale := 0.0
	for _, h := range s.halves {
		scale += math.Abs(h.cost) / float64(m)
	}
	if scale == 0 {
		scale = 1
	}
	for t, h := range s.halves {
		s.a[t], s.room[t] = h.bound/2, h.bound/2
		s.low[t], s.high[t] = max(h.cost, 0)+scale, max(-h.cost, 0)+scale
	}
	return s
}

// span returns Σ sign·a·x, which is θ at the solution.
func (s *interior) span(ctx context.Context) ([]float64, error) {
	clear(s.targets)
	for t, h := range s.halves {
		s.targets[h.row] += h.sign * s.a[t]
	}
	return s.combine(ctx, func(i int) float64 { return s.targets[i] })
}

// values returns the objective at θ and that of the dual at a, which is never above
// the least of the other.
func (s *interior) values(spanned []float64) (objective, dual float64) {
	objective = simd.Dot(s.theta, s.theta) / 2
	dual = -simd.Dot(spanned, spanned) / 2
	for t, h := range s.halves {
		objective += h.bound * max(0, -h.sign*s.z[h.row]-h.cost)
		dual -= h.cost * s.a[t]
	}
	return objective, dual
}

// advance makes a step and returns its length.
func (s *interior) advance(ctx context.Context, spanned []float64) (float64, error) {
	q := s.size
	clear(s.weights)
	for t, h := range s.halves {
		s.weights[h.row] += s.stiffness(t)
	}
	mu := s.productAfter(0)
	clear(s.hessian)
	for j := range q {
		s.hessian[j*q+j] = 1
	}
	if err := s.addGram(ctx, s.hessian, s.rows, func(i int) float64 { return s.weights[i] }, 1); err != nil {
		return 0, err
	}
	chol, ok := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: q, Stride: q, Data: s.hessian})
	if !ok {
		return 0, nil
	}
	// Where would the step go that has all products be zero? That says how much of
	// their mean to aim at, and what the products of the changes will add.
	if err := s.solve(ctx, chol, spanned, 0, false); err != nil {
		return 0, err
	}
	aim := s.productAfter(min(1, s.longest()))
	if err := s.solve(ctx, chol, spanned, mu*math.Pow(aim/mu, 3), true); err != nil {
		return 0, err
	}
	t := min(1, 0.995*s.longest())
	if s.productAfter(t) > 0.8*mu {
		// What the changes add is not always right, and can lead round in circles:
		// aim at the centre instead.
		if err := s.solve(ctx, chol, spanned, 0.3*mu, false); err != nil {
			return 0, err
		}
		t = min(1, 0.9*s.longest())
	}
	simd.Axpy(t, s.dtheta, s.theta)
	simd.Axpy(t, s.da, s.a)
	simd.Axpy(-t, s.da, s.room)
	simd.Axpy(t, s.dlow, s.low)
	simd.Axpy(t, s.dhigh, s.high)
	return t, nil
}

// productAfter returns the mean of the products low·a and high·(bound−a) after a step.
func (s *interior) productAfter(t float64) float64 {
	sum := 0.0
	for k, da := range s.da {
		sum += (s.low[k]+t*s.dlow[k])*(s.a[k]+t*da) + (s.high[k]+t*s.dhigh[k])*(s.room[k]-t*da)
	}
	return sum / float64(2*len(s.halves))
}

// stiffness returns 1/(low/a + high/(bound−a)): how far a variable gives way to a
// change of its slope.
func (s *interior) stiffness(t int) float64 {
	a, room := s.a[t], s.room[t]
	return a * room / (s.low[t]*room + s.high[t]*a)
}

// solve computes the changes that linearise the conditions
//
//	sign·z + cost = low − high,  θ = Σ sign·a·x,  low·a = high·(bound−a) = mu,
//
// if corrected with the products of the changes that were there before.
func (s *interior) solve(ctx context.Context, chol blas64.Triangular, spanned []float64, mu float64, corrected bool) error {
	clear(s.targets)
	for t, h := range s.halves {
		a, room := s.a[t], s.room[t]
		toLow, toHigh := mu-s.low[t]*a, mu-s.high[t]*room
		if corrected {
			toLow -= s.da[t] * s.dlow[t]
			toHigh += s.da[t] * s.dhigh[t]
		}
		s.dlow[t], s.dhigh[t] = toLow, toHigh
		s.da[t] = -(h.sign*s.z[h.row] + h.cost - s.low[t] + s.high[t]) + toLow/a - toHigh/room
		s.targets[h.row] += h.sign * s.stiffness(t) * s.da[t]
	}
	right, err := s.combine(ctx, func(i int) float64 { return s.targets[i] })
	if err != nil {
		return err
	}
	for j := range right {
		s.dtheta[j] = right[j] + spanned[j] - s.theta[j]
	}
	lapack64.Potrs(chol, blas64.General{Rows: s.size, Cols: 1, Stride: 1, Data: s.dtheta})
	if err := s.margins(ctx, s.dz, s.dtheta); err != nil {
		return err
	}
	for t, h := range s.halves {
		da := s.stiffness(t) * (s.da[t] - h.sign*s.dz[h.row])
		s.da[t] = da
		s.dlow[t] = (s.dlow[t] - s.low[t]*da) / s.a[t]
		s.dhigh[t] = (s.dhigh[t] + s.high[t]*da) / s.room[t]
	}
	return nil
}

// longest returns the longest step, at most 2, that stays inside.
func (s *interior) longest() float64 {
	t := 2.0
	least := func(v, d float64) {
		if d < 0 && -d*t > v {
			t = -v / d
		}
	}
	for k, da := range s.da {
		least(s.a[k], da)
		least(s.room[k], -da)
		least(s.low[k], s.dlow[k])
		least(s.high[k], s.dhigh[k])
	}
	return t
}
