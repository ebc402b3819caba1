package linear

import (
	"context"
	"math"

	"github.com/sapwood-ml/sapwood/model"
)

// minimizeProximalGradient minimises f(θ) + Σ λⱼ|θⱼ| from theta like
// [minimizeProximalNewton], without a Hessian, for problems too large for one: the
// accelerated proximal gradient method (Beck and Teboulle 2009, A fast iterative
// shrinkage-thresholding algorithm, §4), with a step per coefficient in proportion
// to 1/scale², whose common factor is found by backtracking, restarted when
// the objective rises (O'Donoghue and Candès 2015).
func minimizeProximalGradient(ctx context.Context, f objective, theta, lambda, scale []float64, stop stopping) (model.Convergence, error) {
	q := len(theta)
	gradient, violation := make([]float64, q), make([]float64, q)
	ahead, next := append([]float64(nil), theta...), make([]float64, q)
	curvature, momentum := 1e-3, 1.0
	last := math.Inf(1)
	for iteration := 0; ; iteration++ {
		smooth, err := f.evaluate(ctx, ahead, gradient)
		if err != nil {
			return model.Convergence{}, err
		}
		f.accept()
		value := smooth + absolutePenalty(ahead, lambda)
		subgradient(violation, ahead, gradient, lambda)
		stationary := f.stationary(violation)
		excess := 0.0
		for j, v := range violation {
			excess += v * v / (2 * smallCurvature * scale[j] * scale[j])
		}
		if done := stop.met(ahead, gradient, stationary, excess, value); done || iteration >= stop.limit {
			copy(theta, ahead)
			return model.Convergence{Iterations: iteration, Converged: done, Objective: value}, nil
		}
		var after float64
		for {
			bound := smooth
			for j, a := range ahead {
				l := curvature * scale[j] * scale[j]
				z := a - gradient[j]/l
				next[j] = math.Copysign(max(math.Abs(z)-lambda[j]/l, 0), z)
				bound += gradient[j]*(next[j]-a) + l/2*(next[j]-a)*(next[j]-a)
			}
			if after, err = f.evaluate(ctx, next, violation); err != nil {
				return model.Convergence{}, err
			}
			if after <= bound+stop.rounding(smooth) || curvature > 1e12 {
				break
			}
			curvature *= 2
		}
		after += absolutePenalty(next, lambda)
		if after > last {
			momentum = 1
		}
		last = after
		grown := (1 + math.Sqrt(1+4*momentum*momentum)) / 2
		factor := (momentum - 1) / grown
		momentum = grown
		for j, v := range next {
			ahead[j] = v + factor*(v-theta[j])
			theta[j] = v
		}
		curvature *= 0.95
		if stop.progress != nil {
			stop.progress(iteration + 1)
		}
	}
}
