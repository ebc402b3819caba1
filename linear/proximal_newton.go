package linear

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/model"
)

// minimizeProximalNewton minimises f(θ) + Σ λⱼ|θⱼ| from theta, which it overwrites
// with the solution: coordinate descent on the quadratic model of f at a point
// gives the direction, an Armijo line search the step (Yuan, Ho and Lin 2012, An
// improved GLMNET for L1-regularized logistic regression, §3, whose rule also says
// how well each model is to be minimised).
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
		minimal, err := quadratic.minimizeModel(ctx, hessian, theta, gradient, 0.01*min(1, math.Sqrt(stationary)))
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
		result.Converged = stop.met(stationary, -slope/2, value) && (minimal || -slope/2 <= stop.rounding(value))
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

// minimizeModel minimises gradient·d + ½dᵀHd + Σ λ|theta+d|, to a part of the
// violation of its optimality conditions at d = 0, and leaves theta+d in d.theta. It
// reports whether it got there.
func (d *gramDescent) minimizeModel(ctx context.Context, hessian *mat.SymDense, theta, gradient []float64, part float64) (minimal bool, err error) {
	q := len(theta)
	raw := hessian.RawSymmetric()
	for i := range q {
		for j := i; j < q; j++ {
			d.gram[i*q+j] = raw.Data[i*raw.Stride+j]
			d.gram[j*q+i] = raw.Data[i*raw.Stride+j]
		}
		// Keeps the model strictly convex where the data leave a direction free.
		d.gram[i*q+i] *= 1 + 1e-8
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
	violation, negative := make([]float64, q), make([]float64, q)
	largest := func() float64 {
		for j, g := range d.gradient {
			negative[j] = -g
		}
		subgradient(violation, d.theta, negative, d.lambda)
		s := 0.0
		for _, v := range violation {
			s = max(s, math.Abs(v))
		}
		return s
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
		if largest() <= goal {
			return true, nil
		}
		d.minimizeOn(ctx, support)
	}
	return false, nil
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
