package linear

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// gramDescent minimises
//
//	½ Σ w̄ r² + Σ λⱼ|θⱼ| + ½ Σ μⱼ θⱼ²,  r = y − Xθ,
//
// knowing of the data, centred where there is an intercept, nothing but the
// products of features, target and residual. (The weights w̄ sum to one.)
type gramDescent struct {
	gram     []float64 // m × m: Σ w̄ xᵢ xⱼ
	stride   int       // of the rows of gram
	diagonal []float64 // of gram
	cross    []float64 // Σ w̄ x y
	lambda   []float64
	ridge    []float64 // μ
	positive bool      // θ ≥ 0

	theta    []float64
	gradient []float64 // Σ w̄ x r
	alive    []int     // features that may be in the solution
	sweeps   int

	// The squares Σ w̄ r² and products Σ w̄ r y are known where θ was base.
	base, baseGradient []float64
	squares, along     float64
	last               residualSums // of the last certificate
	parts              []float64    // of its second gap, by alive feature
	chosen             []int        // of these features
	gathered           [4][]float64 // see ofAlive
	steps, sums        []float64    // θ less base, and the sum of the gradients at both
	rounding           float64      // a duality gap that may be nothing but rounding
}

// begin takes the present θ, whose Σ w̄ r² and Σ w̄ r y are given, as the base,
// and all features as alive.
func (d *gramDescent) begin(squares, along float64) {
	d.squares, d.along = squares, along
	d.base = append(d.base[:0], d.theta...)
	d.baseGradient = append(d.baseGradient[:0], d.gradient...)
	d.alive = d.alive[:0]
	for j := range d.theta {
		d.alive = append(d.alive, j)
	}
}

// move changes θⱼ by step.
func (d *gramDescent) move(j int, step float64) {
	d.theta[j] += step
	axpy(-step, d.row(j), d.gradient)
}

// solve runs until the duality gap is at most what target says for the
// objective, within the given number of sweeps in all, or until nothing moves, and
// returns the certificate of where it ended. A duality gap lost in rounding leaves
// half the digits of the solution open: who asks for one gets an exact step. A
// round is a sweep of coordinate descent over all features and some over
// those that are not zero, followed, if coordinate descent alone would take
// long, by an exact step among these; features that cannot be in the
// solution are left out from then on (gap-safe screening, Ndiaye, Fercoq, Gramfort
// and Salmon 2017, Gap safe screening rules, §3).
func (d *gramDescent) solve(ctx context.Context, target func(objective float64) float64, limit int) (certificate, error) {
	if c, ok := d.touchUp(target); ok || d.sweeps >= limit {
		return c, nil
	}
	before, polished := math.Inf(1), false
	for {
		if err := ctx.Err(); err != nil {
			return certificate{}, err
		}
		moved := d.sweep(d.alive)
		c := d.certify()
		goal := target(c.objective)
		if d.sweeps >= limit || moved == 0 || c.excess <= goal && (polished || goal > d.rounding) {
			return c, nil
		}
		if c.excess <= goal {
			d.minimizeFully(ctx, d.support())
			polished = true
			continue
		}
		d.screen(c)
		support := d.support()
		if d.exactPays(len(support), before, c.excess, goal) {
			d.minimizeFully(ctx, support)
			before = math.Inf(1)
			continue
		}
		for range sweepsPerRound - 1 {
			if d.sweep(support) <= 0.01*moved {
				break
			}
		}
		before = c.excess
	}
}

// touchUp sweeps over the features that make most of the second duality gap, where
// that is finite, and reports whether the target is reached. Along a path these are
// few: the others are not further from the solution than the target allows.
func (d *gramDescent) touchUp(target func(objective float64) float64) (certificate, bool) {
	c := d.certify()
	goal := target(c.objective)
	if goal <= d.rounding || math.IsInf(d.last.excess, 1) {
		return c, false
	}
	if c.excess <= goal {
		return c, true
	}
	// At most half the target is left to features that are not moved, of which each
	// may take some times its share of what those before it have not taken.
	const times = 4
	allowance := 0.5 * goal
	d.chosen = d.chosen[:0]
	for k, part := range d.parts {
		if part*max(float64(len(d.parts)-k), times) <= times*allowance {
			allowance -= part
		} else {
			d.chosen = append(d.chosen, d.alive[k])
		}
	}
	d.sweep(d.chosen)
	c = d.certify()
	return c, c.excess <= target(c.objective)
}

const sweepsPerRound = 5

// exactPays reports whether an exact step among k features costs less than the
// sweeps that are still to be expected at the rate at which the last round made
// the gap smaller.
func (d *gramDescent) exactPays(k int, before, gap, goal float64) bool {
	if math.IsInf(before, 1) {
		return false
	}
	rounds := math.Inf(1)
	if gap < before {
		rounds = math.Log(gap/goal) / math.Log(before/gap)
	}
	// k³/3 multiplications against k times a row of the Gram matrix; the former run
	// from the cache, some ten times as fast.
	return float64(sweepsPerRound)*rounds*30*float64(len(d.gradient)) > float64(k)*float64(k)
}

// sweep minimises over each of the given coordinates in turn and returns the
// largest change, in units of the prediction. The gradient is moved for four changes
// at once; until then they are taken into account where it is needed.
func (d *gramDescent) sweep(features []int) float64 {
	d.sweeps++
	largest := 0.0
	var rows [4][]float64
	var changes [4]float64
	late := 0
	for _, j := range features {
		diagonal := d.diagonal[j]
		curvature := diagonal + d.ridge[j]
		if curvature == 0 {
			continue
		}
		g := d.gradient[j]
		for k, row := range rows[:late] {
			g = math.FMA(changes[k], row[j], g)
		}
		old := d.theta[j]
		z := g + float64(diagonal*old)
		updated := 0.0
		switch {
		case z > d.lambda[j]:
			updated = (z - d.lambda[j]) / curvature
		case z < -d.lambda[j] && !d.positive:
			updated = (z + d.lambda[j]) / curvature
		}
		if step := updated - old; step != 0 {
			d.theta[j] = updated
			rows[late], changes[late] = d.row(j), -step
			if late++; late == len(rows) {
				simd.Axpy4(&changes, &rows, d.gradient)
				late = 0
			}
			largest = max(largest, step*step*curvature)
		}
	}
	for k, row := range rows[:late] {
		axpy(changes[k], row, d.gradient)
	}
	return math.Sqrt(largest)
}

func (d *gramDescent) row(j int) []float64 {
	m := len(d.gradient)
	return d.gram[j*d.stride : j*d.stride+m]
}

// certify returns the certificate of θ.
func (d *gramDescent) certify() certificate {
	s := residualSums{squares: d.squares, along: d.along}
	m := len(d.theta)
	d.steps, d.sums = slices.Grow(d.steps[:0], m)[:m], slices.Grow(d.sums[:0], m)[:m]
	simd.Sub(d.steps, d.theta, d.base)
	simd.Add(d.sums, d.gradient, d.baseGradient)
	s.squares = max(s.squares-dot(d.steps, d.sums), 0)
	s.along -= dot(d.steps, d.cross)
	d.parts = slices.Grow(d.parts[:0], len(d.alive))[:len(d.alive)]
	theta, gradient, lambda, ridge := d.theta, d.gradient, d.lambda, d.ridge
	if len(d.alive) < m {
		theta, gradient, lambda, ridge = d.ofAlive(0, theta), d.ofAlive(1, gradient), d.ofAlive(2, lambda), d.ofAlive(3, ridge)
	}
	s.sum(d.parts, theta, gradient, lambda, ridge, d.positive)
	d.last = s
	return s.certificate()
}

// ofAlive gathers the elements of the alive features in scratch memory.
func (d *gramDescent) ofAlive(scratch int, from []float64) []float64 {
	d.gathered[scratch] = pick(d.gathered[scratch], from, d.alive)
	return d.gathered[scratch]
}

// pick returns the elements with the given indices, in the memory of to if they fit.
func pick(to, from []float64, indices []int) []float64 {
	to = to[:0]
	for _, j := range indices {
		to = append(to, from[j])
	}
	return to
}

// screen drops the features that are zero in every solution: those whose dual
// constraint is slack all over the ball around the dual point that holds the dual
// solution, whose radius is √(2·gap).
func (d *gramDescent) screen(c certificate) {
	radius := math.Sqrt(2 * c.gap)
	kept := d.alive[:0]
	for _, j := range d.alive {
		slack := d.lambda[j]*(1-1e-12) - c.scale*d.correlation(j)
		if slack <= radius*math.Sqrt(d.diagonal[j]+d.ridge[j]) {
			kept = append(kept, j)
		} else if d.theta[j] != 0 {
			d.move(j, -d.theta[j])
		}
	}
	d.alive = kept
}

// correlation is the left side of the dual constraint of feature j, which is at most λ.
func (d *gramDescent) correlation(j int) float64 {
	c := d.gradient[j] - float64(d.ridge[j]*d.theta[j])
	if d.positive {
		return c
	}
	return math.Abs(c)
}

// support returns the features that are not zero or not penalised.
func (d *gramDescent) support() []int {
	var support []int
	for _, j := range d.alive {
		if d.theta[j] != 0 || d.lambda[j] == 0 {
			support = append(support, j)
		}
	}
	return support
}

// minimizeFully takes exact steps among the given features. Small sets are taken to
// the end: coordinate descent may bring back what a single step made zero.
func (d *gramDescent) minimizeFully(ctx context.Context, support []int) {
	for steps := 0; steps <= 1000/(len(support)+1) && d.minimizeOn(ctx, support); steps++ {
		support = d.support()
	}
}

// maxExact bounds the number of features that are minimised over exactly.
const maxExact = 3000

// minimizeOn takes the step to the minimum over the given features, none of which is
// zero, under the signs they have, where the objective is quadratic; those that
// would change sign become zero instead. Of features that are collinear one
// becomes zero. It reports whether something did, and there is more to do.
func (d *gramDescent) minimizeOn(ctx context.Context, support []int) (more bool) {
	k := len(support)
	if k == 0 || k > maxExact {
		return false
	}
	a := mat.NewSymDense(k, nil)
	step := make([]float64, k)
	for i, j := range support {
		row, raw := d.row(j), a.RawSymmetric().Data[i*k:(i+1)*k]
		for l := i; l < k; l++ {
			raw[l] = row[support[l]]
		}
		raw[i] += d.ridge[j]
		step[i] = d.gradient[j] - d.ridge[j]*d.theta[j] - math.Copysign(d.lambda[j], d.theta[j])
	}
	var factor scaledCholesky
	if ok := factor.factorize(ctx, a, nil); ctx.Err() != nil {
		return false
	} else if !ok || factor.spread()*unit > 1e-6 {
		return d.separate(support, a)
	}
	slope := append([]float64(nil), step...)
	factor.solve(step)
	// One way is to go as far as no sign changes, which makes at least one feature
	// zero if that is not to the end, the other to go on where others have
	// stopped at zero, and then only as far as the objective falls.
	first, blocking := 1.0, -1
	stopped := make([]float64, k)
	for i, j := range support {
		stopped[i] = step[i]
		if t := d.theta[j]; (t+step[i])*t <= 0 && d.lambda[j] > 0 {
			stopped[i] = -t
			if l := -t / step[i]; l < first {
				first, blocking = l, i
			}
		}
	}
	gain := first * (1 - first/2) * dot(step, slope)
	length := first
	if blocking >= 0 {
		descent, curvature := dot(stopped, slope), 0.0
		raw := a.RawSymmetric().Data
		for i, v := range stopped {
			curvature += v * (raw[i*k+i]*v + 2*dot(raw[i*k+i+1:(i+1)*k], stopped[i+1:]))
		}
		if l := min(1, descent/curvature); l > 0 && l*(descent-l*curvature/2) > 2*gain {
			length, step, blocking = l, stopped, -1
		}
	}
	for i, j := range support {
		change := length * step[i]
		if i == blocking {
			change = -d.theta[j]
		}
		if change != 0 {
			d.move(j, change)
			more = more || d.theta[j] == 0
		}
	}
	return more
}

// separate moves along a direction that changes no prediction, the features being
// collinear, and does not increase the penalty, until a coefficient is zero. a is
// their Gram matrix.
func (d *gramDescent) separate(support []int, a *mat.SymDense) (done bool) {
	k := len(support)
	r := mat.NewDense(k, k, nil) // upper triangular, RᵀR = a as far as it goes
	for c := range k {
		left := a.At(c, c)
		for i := range c {
			v := a.At(i, c)
			for l := range i {
				v -= r.At(l, i) * r.At(l, c)
			}
			v /= r.At(i, i)
			r.Set(i, c, v)
			left -= v * v
		}
		if left > 1e-9*a.At(c, c) {
			r.Set(c, c, math.Sqrt(left))
			continue
		}
		// Column c is a combination of those before it.
		direction := make([]float64, c+1)
		direction[c] = 1
		for i := c - 1; i >= 0; i-- {
			v := -r.At(i, c)
			for l := i + 1; l < c; l++ {
				v -= r.At(i, l) * direction[l]
			}
			direction[i] = v / r.At(i, i)
		}
		growth := 0.0
		for i, v := range direction {
			growth += v * math.Copysign(d.lambda[support[i]], d.theta[support[i]])
		}
		length, first := math.Inf(1), -1
		for i, v := range direction {
			if growth > 0 {
				v = -v
			}
			direction[i] = v
			if l := -d.theta[support[i]] / v; l > 0 && l < length && d.lambda[support[i]] > 0 {
				length, first = l, i
			}
		}
		if first < 0 {
			return false
		}
		for i, v := range direction {
			step := length * v
			if i == first {
				step = -d.theta[support[i]]
			}
			d.move(support[i], step)
		}
		return true
	}
	return false
}

// certificate bounds how far a point is from the minimum.
type certificate struct {
	objective float64
	excess    float64 // a duality gap: objective is at most that much above its minimum
	gap       float64 // the duality gap at a multiple of the residual, not less
	scale     float64 // that multiple, a feasible dual point
}

// residualSums are what a certificate is computed from. There are two of them. For
// one the elastic net counts as a lasso on X with the rows √μ·I below it, whose dual
// has constraints, and the residual is made feasible by scaling it. For the other
// the penalty is taken as it is: any residual is feasible, and the duality gap
// (Rockafellar 1970, Convex analysis, §31) is a sum over the features of how far
// they are from optimal, squared, over 2μ: near the solution far less than
// the first, which falls only as fast as the distance, but nothing for μ = 0.
type residualSums struct {
	squares float64 // Σ w̄ r²
	along   float64 // Σ w̄ r y
	penalty float64 // Σ λ|θ|
	ridge   float64 // Σ μ θ²
	reach   float64 // largest |x·r − μθ|/λ; without the bars where θ ≥ 0
	excess  float64 // the second gap
}

// sum sets what depends on the features, and writes the terms of the second gap to parts.
func (s *residualSums) sum(parts, theta, gradient, lambda, ridge []float64, positive bool) {
	s.reach, s.penalty, s.ridge, s.excess = simd.GapTerms(parts, theta, gradient, lambda, ridge, positive)
	if math.IsNaN(s.excess) { // 0/0: there is a μ = 0
		s.excess = math.Inf(1)
	}
}

// certificate compares the objective with the dual one: the first, νᵀy − ½‖ν‖², at
// the best multiple ν of the residual that is feasible.
func (s *residualSums) certificate() certificate {
	c := certificate{objective: s.squares/2 + s.penalty + s.ridge/2}
	if augmented := s.squares + s.ridge; augmented > 0 {
		c.scale = max(s.along/augmented, 0)
		if c.scale*s.reach > 1 {
			c.scale = 1 / s.reach
		}
		c.gap = c.objective - (c.scale*s.along - c.scale*c.scale*augmented/2)
	} else {
		c.gap = c.objective
	}
	c.gap = max(c.gap, 0)
	c.excess = min(c.gap, s.excess)
	return c
}
