package linear

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// objective is a smooth convex function that [minimizeNewton] and
// [minimizeLBFGS] minimise: the averaged loss of a linear model plus a penalty.
// It remembers the predictors of two points, base and trial, so that a line
// search between them needs no pass over the data.
type objective interface {
	// evaluate makes theta the trial point and returns the function there; it
	// writes the gradient.
	evaluate(ctx context.Context, theta, gradient []float64) (float64, error)
	// along returns the function at base + t·(trial − base).
	along(ctx context.Context, t float64) (float64, error)
	// accept makes the trial point the base.
	accept()
	// hessian writes the Hessian at the base.
	hessian(ctx context.Context, to *mat.SymDense) error
	// stationary is the largest gradient component, per unit of standardised coefficients.
	stationary(gradient []float64) float64
}

// stopping says when a minimiser stops: when the gradient of the averaged
// objective is at most tolerance in each standardised coefficient, its
// estimated excess over the minimum is at most tolerance/1000 of its size, and
// a bound of that excess, if there is one, at most tolerance of it.
type stopping struct {
	tolerance float64
	magnitude float64 // size of the objective; 0 means its value
	// gap bounds the excess at the point where a minimiser stands; may be nil.
	gap      func(theta, gradient []float64, value float64) float64
	goal     float64                  // what the estimate is to come down to before another look at gap; 0 at first
	limit    int                      // of iterations
	hopeless func(value float64) bool // reports that no minimum exists; may be nil
	progress func(done int)           // may be nil
}

// met reports whether to stop at theta, where the smooth part of the objective has the
// gradient and the whole the value.
func (s *stopping) met(theta, gradient []float64, stationary, excess, value float64) bool {
	if !(stationary <= s.tolerance && excess <= s.excess(value)) {
		return false
	}
	if s.gap == nil {
		return true
	}
	far := s.gap(theta, gradient, value) / (s.tolerance * s.size(value))
	// Near the minimum the gap falls as the estimate does, or as its root.
	least := 1e-12 * s.rounding(value)
	if far <= 1 || excess <= least {
		return true
	}
	s.goal = max(excess/min(2*far, 100), least)
	return false
}

// exhausted reports whether what keeps a minimiser from a step that it can tell from
// rounding is that it is at the minimum.
func (s *stopping) exhausted(stationary, excess, value float64) bool {
	return s.gap != nil && stationary <= s.tolerance && excess <= s.rounding(value)
}

// excess is what the objective may be above the minimum, by an estimate.
func (s *stopping) excess(value float64) float64 {
	if s.goal > 0 {
		return s.goal
	}
	return 1e-3*s.tolerance*s.size(value) + math.SmallestNonzeroFloat64
}

func (s *stopping) size(value float64) float64 {
	if s.magnitude == 0 {
		return math.Abs(value)
	}
	return s.magnitude
}

// rounding is the change of the objective that may be due to rounding.
func (s *stopping) rounding(value float64) float64 {
	return 16 * unit * max(math.Abs(value), s.magnitude)
}

// Sufficient decrease and number of halvings of the line search.
const (
	sufficientDecrease = 1.0 / (1 << 11)
	maxHalvings        = 30
)

// minimizeNewton minimises f from theta, which it overwrites with the solution,
// by Newton's method with Cholesky factors of the Hessian and an Armijo line
// search (Nocedal and Wright, Numerical Optimization, 2nd ed., §3.3). Once the
// change of f is lost in rounding it judges a step by the gradient instead.
//
// The factor it also returns is that of the Hessian at the solution.
func minimizeNewton(ctx context.Context, f objective, theta []float64, stop stopping) (model.Convergence, *scaledCholesky, error) {
	q := len(theta)
	s := newSearch(f, theta, stop)
	hessian := new(mat.SymDense)
	hessian.SetRawSymmetric(newUpper(q))
	if err := s.start(ctx); err != nil {
		return model.Convergence{}, nil, err
	}
	factor := new(scaledCholesky)
	for iteration := 0; ; iteration++ {
		if err := f.hessian(ctx, hessian); err != nil {
			return model.Convergence{}, nil, err
		}
		for j, g := range s.gradient {
			s.step[j] = -g
		}
		if !factor.factorizeAny(ctx, hessian) {
			if err := ctx.Err(); err != nil {
				return model.Convergence{}, nil, err
			}
			return model.Convergence{Iterations: iteration, Objective: s.value}, factor, nil
		}
		factor.solve(s.step)
		stationary, excess := f.stationary(s.gradient), -dot(s.step, s.gradient)/2
		done := stop.met(theta, s.gradient, stationary, excess, s.value)
		if done || iteration == stop.limit || stop.hopeless != nil && stop.hopeless(s.value) {
			return model.Convergence{Iterations: iteration, Converged: done, Objective: s.value}, factor, nil
		}
		moved, err := s.advance(ctx)
		if err != nil {
			return model.Convergence{}, nil, err
		}
		if !moved {
			return model.Convergence{Iterations: iteration, Converged: stop.exhausted(stationary, excess, s.value), Objective: s.value}, factor, nil
		}
		if stop.progress != nil {
			stop.progress(iteration + 1)
		}
	}
}

// search is a point of a descent, with what is known there.
type search struct {
	f           objective
	rounding    func(value float64) float64
	theta       []float64
	value       float64
	gradient    []float64
	step        []float64 // the next step to try
	trial       []float64
	newGradient []float64
}

func newSearch(f objective, theta []float64, stop stopping) *search {
	q := len(theta)
	return &search{f: f, rounding: stop.rounding, theta: theta, gradient: make([]float64, q), step: make([]float64, q), trial: make([]float64, q), newGradient: make([]float64, q)}
}

func (s *search) start(ctx context.Context) (err error) {
	s.value, err = s.f.evaluate(ctx, s.theta, s.gradient)
	s.f.accept()
	return err
}

// advance takes the step, or as much of it as decreases the function. It
// reports false if nothing does, which happens at the limit of the precision.
func (s *search) advance(ctx context.Context) (moved bool, err error) {
	slope := dot(s.step, s.gradient)
	if !(slope < 0) {
		return false, nil
	}
	t := 1.0
	for halvings := 0; halvings <= maxHalvings; halvings++ {
		if t < 1 {
			ahead, err := s.f.along(ctx, t)
			if err != nil {
				return false, err
			}
			if !(ahead <= s.value+sufficientDecrease*t*slope) {
				t /= 2
				continue
			}
		}
		for j, d := range s.step {
			s.trial[j] = s.theta[j] + t*d
		}
		value, err := s.f.evaluate(ctx, s.trial, s.newGradient)
		if err != nil {
			return false, err
		}
		lost := math.Abs(value-s.value) <= s.rounding(s.value)
		if value <= s.value+sufficientDecrease*t*slope && !lost || lost && simd.AbsSum(s.newGradient) < simd.AbsSum(s.gradient) {
			s.f.accept()
			s.value = value
			copy(s.theta, s.trial)
			s.gradient, s.newGradient = s.newGradient, s.gradient
			return true, nil
		}
		if lost || t < 1 {
			return false, nil
		}
		t /= 2
	}
	return false, nil
}
