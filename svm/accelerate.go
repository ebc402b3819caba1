package svm

import (
	"context"
	"math"
)

// A cycle is a number of outer steps, after which the solver goes on in the
// direction in which they and the cycle before have led, as far as is best: where
// many variables are free, steps in some of them at a time bring the others out of
// balance again and again, and what they have in common is slow to show. It is
// what conjugate directions do for sequential minimal optimisation in
// Torres-Barrán, Alaíz and Dorronsoro 2021, Faster SVM training via conjugate SMO,
// for outer steps and over the subspace of two directions (Narkiss and Zibulevsky
// 2005, Sequential subspace optimization method for large-scale unconstrained
// problems). As the products of the directions with the kernel are differences of
// what is known, it costs next to nothing.
type cycle struct {
	outer         int       // steps so far
	beta, product []float64 // at its beginning
	step, image   []float64 // of the cycle before, and its product with the kernel
	d, kd         []float64 // the step to make
	variables     []int     // that a bound stops
	terms         []float64
}

// cycleSteps is the number of outer steps in a cycle.
const cycleSteps = 8

// accelerate ends a cycle if it is time to.
func (s *solver) accelerate(ctx context.Context) error {
	c := &s.cycle
	if s.size == len(s.beta) {
		return nil // every step is in all variables
	}
	c.outer++
	if c.outer%cycleSteps != 0 {
		return nil
	}
	if c.beta == nil {
		nv := len(s.beta)
		c.beta, c.step, c.d = make([]float64, nv), make([]float64, nv), make([]float64, nv)
		c.product, c.image, c.kd = make([]float64, s.n), make([]float64, s.n), make([]float64, s.n)
		copy(c.beta, s.beta)
		copy(c.product, s.product)
		return nil
	}
	if s.combine() {
		if err := s.stop(ctx); err != nil {
			return err
		}
	}
	for t, b := range s.beta {
		c.step[t], c.beta[t] = b-c.beta[t], b
	}
	for i, v := range s.product {
		c.image[i], c.product[i] = v-c.product[i], v
	}
	return nil
}

// combine sets d to the best combination of the steps of this cycle and the one
// before, and kd to its product. It reports whether there is one.
func (s *solver) combine() bool {
	c := &s.cycle
	var g00, g01, g11, r0, r1 float64
	for t, b := range s.beta {
		i := s.sampleOf(t)
		f, step := s.product[i]+s.shift[t], b-c.beta[t]
		g00 += step * (s.product[i] - c.product[i])
		g01 += step * c.image[i]
		g11 += c.step[t] * c.image[i]
		r0 += step * f
		r1 += c.step[t] * f
	}
	if !(g00 > 0) {
		return false
	}
	w0, w1 := -r0/g00, 0.0
	if det := g00*g11 - g01*g01; det > 1e-8*g00*g11 {
		w0, w1 = (g01*r1-g11*r0)/det, (g01*r0-g00*r1)/det
	}
	for t, b := range s.beta {
		c.d[t] = w0*(b-c.beta[t]) + w1*c.step[t]
	}
	for i, v := range s.product {
		c.kd[i] = w0*(v-c.product[i]) + w1*c.image[i]
	}
	return true
}

// stop keeps the step d within the bounds, makes up for what that changes in the
// sum of each group, and takes it as far as is best. It gives up where more
// variables are stopped than a working set holds.
func (s *solver) stop(ctx context.Context) error {
	c := &s.cycle
	c.variables, c.terms = c.variables[:0], c.terms[:0]
	excess := make([]float64, s.groups)
	for t, d := range c.d {
		v := s.beta[t] + d
		limit := min(max(v, s.lower[t]), s.upper[t])
		if limit == v {
			continue
		}
		if len(c.variables) == s.size {
			return nil
		}
		c.d[t] = limit - s.beta[t]
		c.variables, c.terms = append(c.variables, t), append(c.terms, limit-v)
		excess[s.groupOf(t)] += limit - v
	}
	stopped := c.variables
	for g, e := range excess {
		if e == 0 {
			continue
		}
		t := s.roomiest(g, e)
		if t < 0 {
			return nil
		}
		c.d[t] -= e
		c.variables, c.terms = append(c.variables, t), append(c.terms, -e)
	}
	if err := s.addRows(ctx, c.variables, c.terms, c.kd); err != nil {
		return err
	}
	slope, curvature := 0.0, 0.0
	for t, d := range c.d {
		i := s.sampleOf(t)
		slope += d * (s.product[i] + s.shift[t])
		curvature += d * c.kd[i]
	}
	if !(slope < 0) {
		return nil
	}
	far := 1.0
	if curvature > -slope {
		far = -slope / curvature
	}
	for t, d := range c.d {
		s.beta[t] = min(max(s.beta[t]+far*d, s.lower[t]), s.upper[t])
	}
	if far == 1 {
		for _, t := range stopped { // exactly
			if c.d[t] > 0 {
				s.beta[t] = s.upper[t]
			} else {
				s.beta[t] = s.lower[t]
			}
		}
	}
	for i, v := range c.kd {
		s.product[i] += far * v
	}
	return nil
}

// roomiest returns the variable of a group that has most room left, after the step
// d, to go down by e, or up if e is negative; −1 if none has enough.
func (s *solver) roomiest(group int, e float64) int {
	best, room := -1, math.Abs(e)
	for t, d := range s.cycle.d {
		if s.groupOf(t) != group {
			continue
		}
		r := s.beta[t] + d - s.lower[t]
		if e < 0 {
			r = s.upper[t] - s.beta[t] - d
		}
		if r > room {
			best, room = t, r
		}
	}
	return best
}
