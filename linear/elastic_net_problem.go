package linear

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// elasticNetProblem minimises, for one α after the other, each from the solution
// of the one before,
//
//	1/(2W) Σ w (y − x·b − b₀)² + αρ‖b‖₁ + ½α(1−ρ)‖b‖².
//
// Where there are few features all their products are computed in advance, and
// all features are worked on; otherwise those of a working set only, which grows
// until the duality gap of the whole problem is small (Massias, Gramfort and Salmon
// 2018, Celer: a fast solver for the lasso with dual extrapolation).
type elasticNetProblem struct {
	*table
	ratio     float64 // ρ
	tolerance float64
	limit     int // of sweeps per α

	mean   []float64 // p+1, in scaled units, as all that follows
	norms  []float64 // Σ w̄ (x−μ)² per feature
	cross  []float64 // Σ w̄ (x−μ)(y−ȳ)
	square float64   // Σ w̄ (y−ȳ)²

	curvature     float64   // mean of norms of features that are not constant, in the caller's units
	lambda, ridge []float64 // for the present α
	positive      bool

	theta    []float64
	gradient []float64 // Σ w̄ (x−μ) r at theta, for all features
	squares  float64   // Σ w̄ r²
	along    float64   // Σ w̄ r y

	columns *columnStore // where products come from that are not known yet; nil if all are
	loaded  []int        // the working set; all features if all products are known
	slot    []int        // per feature, where it is in loaded, or −1
	local   gramDescent  // over loaded; it works on theta and gradient themselves if these are all features

	past [2]solution // the last two, for a guess at the next
}

// solution is where a problem stood at the end of a solve.
type solution struct {
	alpha           float64
	theta, gradient []float64
}

// maxFullGram is the number of features up to which all their products are
// computed in advance.
const maxFullGram = 600

func newElasticNetProblem(ctx context.Context, t *table, ratio float64, positive bool, tolerance float64, limit int) (*elasticNetProblem, error) {
	e := &elasticNetProblem{table: t, ratio: ratio, positive: positive, tolerance: tolerance, limit: limit}
	if t.x.Cols > maxFullGram {
		return e, e.useColumns(ctx)
	}
	m, err := newMoments(ctx, t)
	if err != nil {
		return nil, err
	}
	e.useMoments(m)
	return e, nil
}

// begin starts at zero.
func (e *elasticNetProblem) begin() {
	p := e.x.Cols
	e.lambda, e.ridge, e.theta = make([]float64, p), make([]float64, p), make([]float64, p)
	e.gradient = slices.Clone(e.cross)
	e.squares, e.along = e.square, e.square
	e.local.positive = e.positive
	e.slot = make([]int, p)
	varying := 0
	for j, norm := range e.norms {
		e.slot[j] = -1
		if norm > 0 {
			e.curvature += norm / (e.scaleOf(j) * e.scaleOf(j))
			varying++
		}
	}
	e.curvature /= float64(max(varying, 1))
}

// largestAlpha is the least α with which all coefficients are zero.
func (e *elasticNetProblem) largestAlpha() float64 {
	largest := 0.0
	for j, c := range e.cross {
		if e.norms[j] == 0 {
			continue
		}
		if !e.positive {
			c = math.Abs(c)
		}
		largest = max(largest, c*e.scaleOf(j))
	}
	return largest / e.ratio / e.scaleOf(e.x.Cols)
}

// solve moves theta to the solution for alpha and returns how far it came.
func (e *elasticNetProblem) solve(ctx context.Context, alpha float64) (model.Convergence, float64, error) {
	yScale := e.scaleOf(e.x.Cols)
	for j := range e.lambda {
		s := e.scaleOf(j)
		e.lambda[j] = alpha * e.ratio * s * yScale
		e.ridge[j] = alpha * (1 - e.ratio) * s * s
	}
	e.local.sweeps, e.local.rounding = 0, e.precision(0)
	solve := e.solveOnAll
	if e.columns != nil {
		solve = e.solveOnWorkingSets
	}
	c, err := solve(ctx, alpha)
	oldest := e.past[0]
	e.past[0], e.past[1] = e.past[1], solution{alpha, append(oldest.theta[:0], e.theta...), append(oldest.gradient[:0], e.gradient...)}
	unscale := 1 / (yScale * yScale)
	return model.Convergence{Iterations: e.local.sweeps, Converged: e.reached(c), Objective: c.objective * unscale}, c.excess * unscale, err
}

// solveOnAll solves for all features, their products being known.
func (e *elasticNetProblem) solveOnAll(ctx context.Context, alpha float64) (certificate, error) {
	d := &e.local
	d.begin(e.squares, e.along)
	e.extrapolate(alpha)
	c, err := d.solve(ctx, e.precision, e.limit)
	e.squares, e.along = d.last.squares, d.last.along
	return c, err
}

// solveOnWorkingSets solves for a set of features, computes what that means for the
// others, and chooses again, until the certificate for all of them is good enough.
func (e *elasticNetProblem) solveOnWorkingSets(ctx context.Context, alpha float64) (certificate, error) {
	d := &e.local
	for first := true; ; first = false {
		c := e.certify()
		if e.reached(c) && (!first || c.excess <= e.precision(c.objective)) || d.sweeps >= e.limit {
			return c, nil
		}
		if err := e.load(ctx, e.choose(c)); err != nil {
			return c, err
		}
		d.begin(e.squares, e.along)
		if first {
			e.extrapolate(alpha)
		}
		if _, err := d.solve(ctx, func(objective float64) float64 { return 0.5 * e.precision(objective) }, e.limit); err != nil {
			return c, err
		}
		var changed []int
		var steps []float64
		for k, j := range e.loaded {
			if step := d.theta[k] - e.theta[j]; step != 0 {
				changed, steps = append(changed, j), append(steps, step)
			}
		}
		if len(changed) == 0 { // the limit of the precision
			return c, nil
		}
		if err := e.columns.move(ctx, e, changed, steps); err != nil {
			return c, err
		}
	}
}

// extrapolate moves the working set's coefficients to where the last two solutions
// point, or to zero if they would change sign. For features with the second moment
// s that are not correlated they are linear functions of 1/(s+α(1−ρ)) between the
// values of α where some become zero or cease to be, or of α itself for the lasso;
// for others they are so nearly, with a mean s. The gradient is extrapolated with them.
func (e *elasticNetProblem) extrapolate(alpha float64) {
	before, now := &e.past[0], &e.past[1]
	if before.theta == nil || before.alpha == now.alpha {
		return
	}
	ratio := (alpha - now.alpha) / (now.alpha - before.alpha) *
		(e.curvature + before.alpha*(1-e.ratio)) / (e.curvature + alpha*(1-e.ratio))
	if !(ratio > 0 && ratio < 2) {
		return
	}
	d := &e.local
	if e.columns != nil {
		for j, b := range before.theta {
			if b != 0 && e.slot[j] < 0 {
				return
			}
		}
	}
	extend := func(x, now, before []float64) {
		d.steps = slices.Grow(d.steps[:0], len(x))[:len(x)]
		simd.Sub(d.steps, now, before)
		axpy(ratio, d.steps, x)
	}
	theta := e.ofLoaded(before.theta)
	extend(d.gradient, e.ofLoaded(now.gradient), e.ofLoaded(before.gradient))
	extend(d.theta, e.ofLoaded(now.theta), theta)
	for k, t := range d.theta {
		if t*theta[k] < 0 {
			d.move(k, -t)
		}
	}
}

// ofLoaded returns the elements of the working set.
func (e *elasticNetProblem) ofLoaded(x []float64) []float64 {
	if e.columns == nil {
		return x
	}
	return pick(nil, x, e.loaded)
}

// load makes the working set contain the given features, and not many more.
func (e *elasticNetProblem) load(ctx context.Context, features []int) error {
	d := &e.local
	var added []int
	for _, j := range features {
		if e.slot[j] < 0 {
			added = append(added, j)
		}
	}
	if len(e.loaded)+len(added) > len(features)+len(features)/4 {
		for _, j := range e.loaded {
			e.slot[j] = -1
		}
		e.loaded = e.loaded[:0]
		added = features
	}
	known := len(e.loaded)
	for _, j := range added {
		e.slot[j] = len(e.loaded)
		e.loaded = append(e.loaded, j)
	}
	if m := len(e.loaded); m > d.stride {
		old, stride := d.gram, d.stride
		d.stride = min(2*m, max(m, e.x.Cols))
		d.gram = make([]float64, d.stride*d.stride)
		for k := range known {
			copy(d.gram[k*d.stride:k*d.stride+known], old[k*stride:])
		}
	}
	if len(added) > 0 {
		if err := e.columns.between(ctx, e.loaded, known, d.gram, d.stride); err != nil {
			return err
		}
	}
	d.theta = pick(d.theta, e.theta, e.loaded)
	d.gradient = pick(d.gradient, e.gradient, e.loaded)
	d.cross = pick(d.cross, e.cross, e.loaded)
	d.diagonal = pick(d.diagonal, e.norms, e.loaded)
	d.lambda = pick(d.lambda, e.lambda, e.loaded)
	d.ridge = pick(d.ridge, e.ridge, e.loaded)
	return nil
}

// certify returns the certificate of theta for all features.
func (e *elasticNetProblem) certify() certificate {
	s := residualSums{squares: e.squares, along: e.along}
	s.sum(make([]float64, len(e.theta)), e.theta, e.gradient, e.lambda, e.ridge, e.positive)
	return s.certificate()
}

// reached is the stopping rule for all features, precision the duality gap to
// stop at within a working set: there it costs little to be strict. Nothing is
// asked for below the rounding of the sums that the gap is computed from.
func (e *elasticNetProblem) reached(c certificate) bool {
	return c.excess <= max(e.tolerance*e.square, e.precision(0))
}

func (e *elasticNetProblem) precision(objective float64) float64 {
	return max(min(e.tolerance*e.square, 0.01*e.tolerance*objective), 128*unit*e.square)
}

// minWorking is the least size of a working set that is cut short.
const minWorking = 100

// minViolation is the part of the largest violation of a dual constraint below which
// a violation is left for later: most of these come from the features that are
// missing and end with them, and to gather a column costs more than to ask again.
const minViolation = 0.05

// choose returns the features that are not zero, and of the others those whose
// dual constraint is violated at the residual: the most violated ones if they are
// very many, and after the first time only those that are not violated far less.
func (e *elasticNetProblem) choose(c certificate) []int {
	type candidate struct {
		feature int
		slack   float64
	}
	radius := math.Sqrt(2 * c.gap)
	var chosen []int
	var others []candidate
	for j, norm := range e.norms {
		if norm == 0 {
			continue
		}
		if e.theta[j] != 0 {
			chosen = append(chosen, j)
			continue
		}
		g := e.gradient[j]
		if !e.positive {
			g = math.Abs(g)
		}
		size := math.Sqrt(norm + e.ridge[j])
		if g >= e.lambda[j] && e.lambda[j]-c.scale*g <= radius*size {
			others = append(others, candidate{j, (e.lambda[j] - g) / size})
		}
	}
	if len(chosen) > 0 {
		worst := 0.0
		for _, o := range others {
			worst = min(worst, o.slack)
		}
		others = slices.DeleteFunc(others, func(o candidate) bool { return o.slack > minViolation*worst })
	}
	if most := max(minWorking, len(chosen)); len(others) > most {
		slices.SortFunc(others, func(a, b candidate) int {
			if c := cmp.Compare(a.slack, b.slack); c != 0 {
				return c
			}
			return a.feature - b.feature
		})
		others = others[:most]
	}
	for _, o := range others {
		chosen = append(chosen, o.feature)
	}
	slices.Sort(chosen)
	return chosen
}

// coefficients writes theta in the caller's units and returns the intercept.
func (e *elasticNetProblem) coefficients(coef []float64) (intercept float64) {
	p := e.x.Cols
	unscale := 1 / e.scaleOf(p)
	if e.intercept {
		intercept = e.mean[p] - dot(e.theta, e.mean[:p])
	}
	for j, t := range e.theta {
		coef[j] = t * e.scaleOf(j) * unscale
	}
	return intercept * unscale
}

// useMoments sets the problem up with all products known.
func (e *elasticNetProblem) useMoments(m *moments) {
	p, total := e.x.Cols, e.total()
	e.mean, e.cross, e.square = m.mean, m.cross, m.square/total
	simd.Scal(1/total, e.cross)
	gram := m.gram.RawSymmetric()
	e.norms = make([]float64, p)
	for i := range p {
		row := gram.Data[i*gram.Stride+i : i*gram.Stride+p]
		simd.Scal(1/total, row)
		e.norms[i] = row[0]
	}
	mirror(gram)
	e.begin()
	for j := range e.slot {
		e.slot[j] = j
	}
	e.loaded = slices.Clone(e.slot)
	e.local = gramDescent{
		gram: gram.Data, stride: gram.Stride, diagonal: e.norms, cross: e.cross, positive: e.positive,
		lambda: e.lambda, ridge: e.ridge, theta: e.theta, gradient: e.gradient,
	}
}

// mirror copies the upper triangle of a to the lower one, in blocks that fit the
// first-level cache.
func mirror(a blas64.Symmetric) {
	const block = 32
	n, data, stride := a.N, a.Data, a.Stride
	for i := 0; i < n; i += block {
		rows := min(block, n-i)
		for j := i + rows; j < n; j += block {
			simd.Transpose(rows, min(block, n-j), data[i*stride+j:], stride, data[j*stride+i:], stride)
		}
		for k := i; k < i+rows; k++ {
			for l := k + 1; l < i+rows; l++ {
				data[l*stride+k] = data[k*stride+l]
			}
		}
	}
}

// useColumns sets the problem up to compute the products of few features.
func (e *elasticNetProblem) useColumns(ctx context.Context) (err error) {
	if err := e.columnMoments(ctx); err != nil {
		return err
	}
	e.begin()
	e.columns, err = newColumnStore(ctx, e)
	return err
}
