package linear

import (
	"context"

	"github.com/sapwood-ml/sapwood/model"
)

// lbfgsMemory is the number of past steps that L-BFGS draws on.
const lbfgsMemory = 10

// minimizeLBFGS minimises f from theta, which it overwrites with the solution,
// by the limited-memory BFGS method (Liu and Nocedal 1989) with the initial
// Hessian that precondition approximates.
// The line search is that of [minimizeNewton]; a step whose curvature is not
// positive beyond rounding is left out of the memory.
func minimizeLBFGS(ctx context.Context, f objective, theta []float64, precondition preconditioner, stop stopping) (model.Convergence, error) {
	s := newSearch(f, theta, stop)
	if err := s.start(ctx); err != nil {
		return model.Convergence{}, err
	}
	if err := precondition.start(ctx); err != nil {
		return model.Convergence{}, err
	}
	var memory quasiNewton
	before := make([]float64, len(theta))
	gradient := make([]float64, len(theta))
	for iteration := 0; ; {
		copy(s.step, s.gradient)
		memory.apply(s.step, precondition)
		for j := range s.step {
			s.step[j] = -s.step[j]
		}
		decrement := -dot(s.step, s.gradient) / 2
		margin := precondition.margin()
		stationary := f.stationary(s.gradient)
		done := stop.met(theta, s.gradient, stationary, margin*decrement, s.value)
		if done || iteration == stop.limit || stop.hopeless != nil && stop.hopeless(s.value) {
			return model.Convergence{Iterations: iteration, Converged: done, Objective: s.value}, nil
		}
		renewed, err := precondition.renew(ctx, decrement, stop.excess(s.value)/margin)
		if err != nil {
			return model.Convergence{}, err
		}
		if renewed {
			memory = quasiNewton{}
			continue
		}
		copy(before, theta)
		copy(gradient, s.gradient)
		moved, err := s.advance(ctx)
		if err != nil {
			return model.Convergence{}, err
		}
		if !moved {
			if len(memory.steps) == 0 {
				return model.Convergence{Iterations: iteration, Converged: stop.exhausted(stationary, margin*decrement, s.value), Objective: s.value}, nil
			}
			memory = quasiNewton{} // its directions are worn out by rounding: start afresh
			continue
		}
		for j := range before {
			before[j] = theta[j] - before[j]
			gradient[j] = s.gradient[j] - gradient[j]
		}
		memory.remember(before, gradient)
		if iteration++; stop.progress != nil {
			stop.progress(iteration)
		}
	}
}

// quasiNewton is the inverse Hessian approximation of L-BFGS.
type quasiNewton struct {
	steps, changes [][]float64 // the last steps and changes of gradient, oldest first
	inverse        []float64   // 1/(step·change)
}

func (q *quasiNewton) remember(step, change []float64) {
	curvature := dot(step, change)
	if !(curvature > 1e-14*norm2(step)*norm2(change)) {
		return
	}
	var oldStep, oldChange []float64 // memory to use again
	if len(q.steps) == lbfgsMemory {
		oldStep, oldChange = q.steps[0], q.changes[0]
		q.steps, q.changes, q.inverse = q.steps[1:], q.changes[1:], q.inverse[1:]
	}
	q.steps = append(q.steps, append(oldStep[:0], step...))
	q.changes = append(q.changes, append(oldChange[:0], change...))
	q.inverse = append(q.inverse, 1/curvature)
}

// apply overwrites v with the product of the approximation and v by the two-loop recursion.
func (q *quasiNewton) apply(v []float64, precondition preconditioner) {
	alpha := make([]float64, len(q.steps))
	for i := len(q.steps) - 1; i >= 0; i-- {
		alpha[i] = q.inverse[i] * dot(q.steps[i], v)
		axpy(-alpha[i], q.changes[i], v)
	}
	precondition.solve(v)
	for i, s := range q.steps {
		axpy(alpha[i]-q.inverse[i]*dot(q.changes[i], v), s, v)
	}
}
