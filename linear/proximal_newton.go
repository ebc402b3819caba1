package linear

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/model"
)

// minimizeProximalNewton minimises f(θ) + Σ λⱼ|θⱼ| from theta, which it overwrites
// with the solution: coordinate descent and exact steps on the quadratic model of f
// at a point give the direction, an Armijo line search the step (Yuan, Ho and Lin 2012,
// An improved GLMNET for L1-regularized logistic regression, §3, whose rule also says
// how well each model is to be minimised).
// The model has a ridge in proportion to what violates the optimality conditions (Yue,
// Zhou and So 2019, A family of inexact SQA methods for non-smooth convex minimization).
func minimizeProximalNewton(ctx context.Context, f objective, theta, lambda []float64, stop stopping) (model.Convergence, error) {
	q := len(theta)
	hessian := mat.NewSymDense(q, nil)
	quadratic := gramDescent{gram: make([]float64, q*q), stride: q, lambda: lambda, diagonal: make([]float64, q), ridge: make([]float64, q)}
	gradient, newGradient := make([]float64, q), make([]float64, q)
	trial, violation := make([]float64, q), make([]float64, q)
	smooth, err := f.evaluate(ctx, theta, gradient)
	if err != nil {
		return model.Convergence{}, err
	}
	f.accept()
	for iteration := 0; ; iteration++ {
		value := smooth + absolutePenalty(theta, lambda)
		subgradient(violation, theta, gradient, lambda)
		stationary := f.stationary(violation)
		result := model.Convergence{Iterations: iteration, Objective: value}
		if err := f.hessian(ctx, hessian); err != nil {
			return result, err
		}
		// Where the data leave directions free, or nearly, the model is convex by the ridge
		// alone; the more of it, the fewer coefficients pass through zero to its minimum.
		ridge := max(1e-8, min(1e-3, 0.01*stationary))
		minimal, err := quadratic.minimizeModel(ctx, hessian, theta, gradient, ridge, 0.01*min(1, math.Sqrt(stationary)))
		if err != nil {
			return result, err
		}
		slope, before := 0.0, 0.0
		for j, v := range quadratic.theta {
			slope += gradient[j] * (v - theta[j])
			before += lambda[j] * (math.Abs(v) - math.Abs(theta[j]))
		}
		slope += before
		// A model that is not minimal underestimates the decrease, unless nothing but rounding is left of it.
		result.Converged = (minimal || -slope/2 <= stop.rounding(value)) && stop.met(theta, gradient, stationary, -slope/2, value)
		if result.Converged || iteration == stop.limit || !(slope < 0) {
			return result, nil
		}
		moved := false
		for t := 1.0; t >= 0x1p-30; t /= 2 {
			for j, v := range quadratic.theta {
				trial[j] = theta[j] + t*(v-theta[j])
				if t == 1 {
					trial[j] = v // zeros stay exact
				}
			}
			if t < 1 {
				ahead, err := f.along(ctx, t)
				if err != nil {
					return result, err
				}
				if !(ahead+absolutePenalty(trial, lambda) <= value+sufficientDecrease*t*slope) {
					continue
				}
			}
			ahead, err := f.evaluate(ctx, trial, newGradient)
			if err != nil {
				return result, err
			}
			after := ahead + absolutePenalty(trial, lambda)
			if lost := math.Abs(after-value) <= stop.rounding(value); !lost && !(after <= value+sufficientDecrease*t*slope) {
				if t < 1 {
					break
				}
				continue
			} else if lost {
				// Once the change of the objective is lost in rounding, a step is judged by
				// how nearly the optimality conditions hold.
				subgradient(violation, trial, newGradient, lambda)
				if f.stationary(violation) >= stationary {
					break
				}
			}
			f.accept()
			copy(theta, trial)
			smooth = ahead
			gradient, newGradient = newGradient, gradient
			moved = true
			break
		}
		if !moved {
			result.Converged = stationary <= stop.tolerance
			return result, nil
		}
		if stop.progress != nil {
			stop.progress(iteration + 1)
		}
	}
}

// minimizeModel minimises gradient·d + ½dᵀHd + Σ λ|theta+d|, where the diagonal of H
// is raised by the given part of it, until the optimality conditions are violated by
// only a part of what they are at d = 0, and leaves theta+d in d.theta. It reports
// whether it got there.
func (d *gramDescent) minimizeModel(ctx context.Context, hessian *mat.SymDense, theta, gradient []float64, ridge, part float64) (minimal bool, err error) {
	q := len(theta)
	raw := hessian.RawSymmetric()
	for i := range q {
		for j := i; j < q; j++ {
			d.gram[i*q+j] = raw.Data[i*raw.Stride+j]
			d.gram[j*q+i] = raw.Data[i*raw.Stride+j]
		}
		d.gram[i*q+i] *= 1 + ridge
		d.diagonal[i] = d.gram[i*q+i]
	}
	d.theta = append(d.theta[:0], theta...)
	d.gradient = d.gradient[:0]
	for _, g := range gradient {
		d.gradient = append(d.gradient, -g)
	}
	if d.alive == nil {
		d.begin(0, 0)
	}
	violation := make([]float64, q)
	largest := func() float64 { // in units of the prediction, whatever those of the features
		d.violations(violation)
		s := 0.0
		for j, v := range violation {
			if v != 0 {
				s = max(s, v*v/d.diagonal[j])
			}
		}
		return math.Sqrt(s)
	}
	goal := part * largest()
	for range 200 {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		d.sweep(d.alive)
		support := d.support()
		for range sweepsPerRound - 1 {
			d.sweep(support)
		}
		for steps := 0; ; steps++ {
			if largest() <= goal {
				return true, nil
			}
			if steps > 1000/(len(support)+1) || !d.stepOver(ctx, violation) {
				break
			}
		}
	}
	return false, nil
}

// violations writes the subgradient of the model.
func (d *gramDescent) violations(to []float64) {
	for j, g := range d.gradient {
		to[j] = -g
	}
	subgradient(to, d.theta, to, d.lambda)
}

// stepOver takes a step in the direction of the minimum over the coefficients that
// are not zero, or are to leave it, under the signs they have, as far along that line
// as the model falls, which may be beyond zero for some. Where that is at zero for a
// coefficient, it becomes exactly so. It reports whether anything moved.
func (d *gramDescent) stepOver(ctx context.Context, violation []float64) bool {
	var free []int
	for j := range d.theta {
		if (d.theta[j] != 0 || violation[j] != 0) && d.diagonal[j] > 0 {
			free = append(free, j)
		}
	}
	step, slope := d.towardsMinimum(ctx, free, violation)
	// A coefficient that would leave zero for the wrong side stays.
	for round := 0; step != nil; round++ {
		var kept []int
		for i, j := range free {
			if d.theta[j] != 0 || d.lambda[j] == 0 || step[i]*violation[j] < 0 && round < 2 {
				kept = append(kept, j)
			}
		}
		if len(kept) == len(free) {
			break
		}
		free = kept
		step, slope = d.towardsMinimum(ctx, free, violation)
	}
	if step == nil {
		return false
	}
	// Along the line the slope grows with the curvature and jumps where a sign changes.
	type kink struct{ at, jump float64 }
	var kinks []kink
	for i, j := range free {
		if t := -d.theta[j] / step[i]; t > 0 && !math.IsInf(t, 1) && d.lambda[j] > 0 {
			kinks = append(kinks, kink{t, 2 * d.lambda[j] * math.Abs(step[i])})
		}
	}
	slices.SortFunc(kinks, func(a, b kink) int { return cmp.Compare(a.at, b.at) })
	curvature := dot(step, slope) // the step being to the minimum
	if !(curvature > 0) {
		return false
	}
	descent, length := curvature, 1.0
	for _, k := range kinks {
		if length <= k.at {
			break
		}
		descent -= k.jump
		if length = max(descent/curvature, k.at); length == k.at {
			break
		}
	}
	for i, j := range free {
		change := length * step[i]
		if d.lambda[j] > 0 && -d.theta[j]/step[i] == length {
			change = -d.theta[j]
		}
		d.move(j, change)
	}
	return true
}

// towardsMinimum returns the step to the minimum over the free coefficients under their
// signs, or those with which they would leave zero, and how fast the model falls along
// each; nil if there is none.
func (d *gramDescent) towardsMinimum(ctx context.Context, free []int, violation []float64) (step, slope []float64) {
	k := len(free)
	if k == 0 || k > maxExact {
		return nil, nil
	}
	a := mat.NewSymDense(k, nil)
	slope = make([]float64, k)
	for i, j := range free {
		row, raw := d.row(j), a.RawSymmetric().Data[i*k:(i+1)*k]
		for l := i; l < k; l++ {
			raw[l] = row[free[l]]
		}
		slope[i] = -violation[j]
	}
	var factor scaledCholesky
	if !factor.factorizeAny(ctx, a) {
		return nil, nil
	}
	step = slices.Clone(slope)
	factor.solve(step)
	return step, slope
}

// subgradient writes, per coefficient, how far zero is from the subdifferential
// of f(θ) + Σ λ|θ|, with sign.
func subgradient(to, theta, gradient, lambda []float64) {
	for j, g := range gradient {
		switch l := lambda[j]; {
		case theta[j] > 0:
			to[j] = g + l
		case theta[j] < 0:
			to[j] = g - l
		default:
			to[j] = max(g-l, 0) + min(g+l, 0)
		}
	}
}

func absolutePenalty(theta, lambda []float64) float64 {
	s := 0.0
	for j, t := range theta {
		s += lambda[j] * math.Abs(t)
	}
	return s
}
