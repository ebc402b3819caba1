package linear

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
)

// lazyHessian is the preconditioner that turns L-BFGS into Newton's method with a
// Hessian that is computed anew only now and then (Doikov, Chayti and Jaggi 2023,
// Second-order optimization with lazy Hessians).
type lazyHessian struct {
	f     objective
	first preconditioner // what stands for the Hessian at first; nil for that at the start
	cost  float64        // of a Hessian and its factor, in iterations

	pace
	hessian *mat.SymDense
	factor  *scaledCholesky // of the last Hessian; nil at first
}

// newLazyHessian makes one for a number of coefficients.
func newLazyHessian(f objective, coefficients int, cost float64, first preconditioner) *lazyHessian {
	h := &lazyHessian{f: f, first: first, cost: cost, hessian: new(mat.SymDense)}
	h.hessian.SetRawSymmetric(newUpper(coefficients))
	return h
}

func (h *lazyHessian) start(ctx context.Context) error {
	if h.first != nil {
		return h.first.start(ctx)
	}
	return h.compute(ctx)
}

func (h *lazyHessian) renew(ctx context.Context, decrement, goal float64) (bool, error) {
	if !h.slow(decrement, goal, h.cost) {
		return false, nil
	}
	h.pace = pace{}
	return true, h.compute(ctx)
}

// compute takes the Hessian at the present point.
func (h *lazyHessian) compute(ctx context.Context) error {
	if err := h.f.hessian(ctx, h.hessian); err != nil {
		return err
	}
	if h.factor == nil {
		h.factor = new(scaledCholesky)
	}
	if !h.factor.factorizeAny(ctx, h.hessian) {
		h.factor = nil
	}
	return ctx.Err()
}

func (h *lazyHessian) margin() float64 {
	if h.factor == nil && h.first != nil {
		return h.first.margin()
	}
	return 4
}

func (h *lazyHessian) solve(v []float64) {
	if h.factor != nil {
		h.factor.solve(v)
	} else if h.first != nil {
		h.first.solve(v)
	}
}

// pace judges an approximation of the Hessian by the iterations since it was made.
type pace struct {
	iterations          int
	first, before, last float64 // decrements: at first, two iterations ago, and one
}

// slow is told the decrement at each iteration, the goal that it is to come down to,
// and the cost of a new approximation in iterations. It reports whether the last two
// iterations gained less, in digits of the decrement, than they all did on average,
// the new approximation counted as iterations, and the goal is too far away to be
// reached for what that costs.
func (p *pace) slow(decrement, goal, cost float64) bool {
	if p.first == 0 {
		p.first, p.before, p.last = decrement, decrement, decrement
		return false
	}
	p.iterations++
	gain := math.Log(p.before/decrement) / float64(min(p.iterations, 2))
	p.before, p.last = p.last, decrement
	if !(gain > 0) {
		return true
	}
	average := math.Log(p.first/decrement) / (float64(p.iterations) + cost)
	return gain < average && math.Log(decrement/goal) > cost*gain
}
