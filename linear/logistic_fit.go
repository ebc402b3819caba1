package linear

import (
	"context"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// logisticFit is the state of one Fit of [Logistic]. Solutions theta are in the
// coordinates of the design.
type logisticFit struct {
	*design
	y         []int
	classes   int
	strength  float64   // 1/(C·W)
	lambda    []float64 // factors of |θ|; nil without an L1 penalty
	solver    Solver
	penalty   []float64 // per element of theta, or of its part for one class
	stop      stopping
	separated bool
	gap       float64 // the duality gap of the solution
}

// Above these numbers of coefficients the Hessian costs more than it gains.
const (
	maxNewtonBinary      = 1000
	maxNewtonMultinomial = 500
	maxNewtonAbsolute    = 2000
)

// With an L1 penalty all features are worked on at once up to this number.
const minFeatures = 300

// logisticObjective is the smooth part of the objective.
type logisticObjective interface {
	objective
	// curvatures returns wᵢ pᵢ(1−pᵢ) at the base, per class or for the only row of coefficients.
	curvatures() [][]float64
	// predictors returns the linear predictors at the base, per sample and class.
	predictors() []float64
}

// objective returns the smooth part for the features of d, given the penalties of one class.
func (f *logisticFit) objective(d *design, penalty []float64) logisticObjective {
	if f.classes == 2 {
		return newPointObjective(d, newBinaryLoss(f.y, f.weights), penalty)
	}
	o := newSoftmaxObjective(d, f.y, f.classes, penalty)
	o.absolute = f.lambda != nil
	return o
}

// solve returns the solution: coefficients, then the intercept, class by class
// if there are more than two.
func (f *logisticFit) solve(ctx context.Context) ([]float64, model.Convergence, error) {
	theta := f.start()
	o := f.objective(f.design, f.penalty)
	stop := f.stopUnless(func() bool { return f.separatedBy(o.predictors()) })
	dual := &duality{f.design, o, f.penalty, f.lambda}
	if f.strength > 0 {
		stop.gap = func(theta, gradient []float64, value float64) float64 {
			f.gap = dual.gap(ctx, theta, gradient, value)
			return f.gap
		}
	}
	var c model.Convergence
	var err error
	switch f.solverFor(len(theta)) {
	case SolverProximalNewton:
		if f.x.Cols > minFeatures {
			c, err = f.solveOnWorkingSets(ctx, o, theta, stop)
		} else {
			c, err = f.solveAbsolute(ctx, f.design, o, theta, f.lambda, stop)
		}
	case SolverNewtonCholesky:
		c, _, err = minimizeNewton(ctx, o, theta, stop)
	case SolverLBFGS:
		rows := len(theta) / f.size()
		equal := 0.25 // p(1−p) at p = ½
		if rows > 1 {
			equal = 1 / float64(rows)
		}
		c, err = minimizeLBFGS(ctx, o, theta, newHessianBlocks(f.design, f.penalty, rows, equal, o.curvatures), stop)
	default:
		c, err = f.solveLazily(ctx, o, theta, stop)
	}
	if err == nil && stop.gap != nil && !(c.Converged && f.gap <= stop.tolerance*c.Objective) {
		gradient := make([]float64, len(theta))
		if _, err = o.evaluate(ctx, theta, gradient); err == nil {
			o.accept()
			stop.gap(theta, gradient, c.Objective)
		}
	}
	if stop.gap == nil {
		f.gap = c.Objective
	}
	return theta, c, err
}

// solveLazily solves by L-BFGS with a lazy Hessian, and where that gets stuck by
// Newton's method.
func (f *logisticFit) solveLazily(ctx context.Context, o logisticObjective, theta []float64, stop stopping) (model.Convergence, error) {
	var first preconditioner
	if rows := len(theta) / f.size(); rows > 1 {
		first = newHessianBlocks(f.design, f.penalty, rows, 1/float64(rows), nil)
	} else if factor, err := f.solveOnSample(ctx, theta); err != nil {
		return model.Convergence{}, err
	} else if factor != nil {
		first = fixedHessian{factor}
	}
	c, err := minimizeLBFGS(ctx, o, theta, newLazyHessian(o, len(theta), f.hessianCost(len(theta)), first), stop)
	if err == nil && !c.Converged && !f.separated && c.Iterations < stop.limit {
		before := c.Iterations
		stop.limit -= before
		c, _, err = minimizeNewton(ctx, o, theta, stop)
		c.Iterations += before
	}
	return c, err
}

// hessianCost estimates what the Hessian and its factor cost, in iterations of L-BFGS.
func (f *logisticFit) hessianCost(coefficients int) float64 {
	n, q, all := float64(f.x.Rows), float64(f.size()), float64(coefficients)
	pairs := 1.0
	if f.classes > 2 {
		pairs = float64(f.classes*(f.classes-1)) / 2
	}
	return (pairs*n*q*q/2 + all*all*all/6) / (passOverhead * 2 * n * all)
}

// solverFor returns the solver for a number of coefficients; SolverAuto is left for
// what it alone does, which is to begin with a sample.
func (f *logisticFit) solverFor(coefficients int) Solver {
	switch {
	case f.solver != SolverAuto:
		return f.solver
	case f.lambda != nil:
		return SolverProximalNewton
	case f.classes == 2 && coefficients > maxNewtonBinary, f.classes > 2 && coefficients > maxNewtonMultinomial:
		return SolverLBFGS
	}
	return SolverAuto
}

// start returns the solution where all coefficients are zero; several intercepts
// sum to zero.
func (f *logisticFit) start() []float64 {
	q := f.size()
	frequency := f.logFrequencies()
	if f.classes == 2 {
		theta := make([]float64, q)
		if f.intercept {
			theta[q-1] = frequency[1] - frequency[0]
		}
		return theta
	}
	theta := make([]float64, f.classes*q)
	if f.intercept {
		mean := sum(frequency) / float64(f.classes)
		for k, v := range frequency {
			theta[k*q+q-1] = v - mean
		}
	}
	return theta
}

// Every maxStep-th row is fitted first, or more of them to have at least minSample
// rows per coefficient; but not if that is more than every minStep-th, nor if a
// Hessian costs fewer than minWork multiplications.
const (
	minWork   = 1 << 20
	minStep   = 3
	maxStep   = 16
	minSample = 20
)

// A Hessian of the sample whose factor has a greater spread is as good as
// singular: what it makes of rounding errors would end up in the solution.
const maxSpread = 1e10

// solveOnSample fits an evenly spread sample of the rows roughly, from theta, which
// it overwrites, and returns the factor of the Hessian there. It returns nil and leaves
// theta where the data are too small for that to pay.
func (f *logisticFit) solveOnSample(ctx context.Context, theta []float64) (*scaledCholesky, error) {
	q := len(theta)
	step := min(maxStep, f.x.Rows/(minSample*q))
	if step < minStep || f.x.Rows*q*q < minWork {
		return nil, nil
	}
	sample := f.every(step)
	y := make([]int, sample.x.Rows)
	seen := [2]bool{}
	for i := range y {
		y[i] = f.y[i*step]
		seen[y[i]] = seen[y[i]] || sample.weight(i) > 0
	}
	if !seen[0] || !seen[1] {
		return nil, nil
	}
	onSample := newPointObjective(sample, newBinaryLoss(y, sample.weights), f.penalty)
	start := append([]float64(nil), theta...)
	h := newLazyHessian(onSample, q, f.hessianCost(q), nil)
	// What the loss over the sample gains by fitting it is by q/2m the sample's own, on
	// average (Akaike 1974, A new look at the statistical model identification): to come
	// nearer to its minimum than that is in vain.
	chance := float64(q) / float64(2*sample.x.Rows)
	first, err := minimizeLBFGS(ctx, onSample, start, h, stopping{tolerance: 1, magnitude: 1000 * chance, limit: 20})
	if err != nil || !first.Converged {
		return nil, err
	}
	if err := h.compute(ctx); err != nil || h.factor == nil || h.factor.spread() > maxSpread {
		return nil, err
	}
	copy(theta, start)
	return h.factor, nil
}

// solveAbsolute solves with an L1 penalty, λ being that of one class, for all
// features of d.
func (f *logisticFit) solveAbsolute(ctx context.Context, d *design, o objective, theta, lambda []float64, stop stopping) (model.Convergence, error) {
	rows := len(theta) / d.size()
	lambda = slices.Repeat(lambda, rows)
	if len(theta) <= maxNewtonAbsolute {
		return minimizeProximalNewton(ctx, o, theta, lambda, stop)
	}
	scale := d.spread
	if d.intercept {
		scale = append(slices.Clone(scale), 1)
	}
	return minimizeProximalGradient(ctx, o, theta, lambda, slices.Repeat(scale, rows), stop)
}

// stopUnless returns the stopping rule, which without a penalty also stops
// where the loss is at most the tolerance and the classes are separated.
func (f *logisticFit) stopUnless(separated func() bool) stopping {
	stop := f.stop
	if f.strength == 0 {
		stop.hopeless = func(value float64) bool {
			f.separated = value <= stop.tolerance && separated()
			return f.separated
		}
	}
	return stop
}

// logFrequencies returns the logarithm of each class's total weight.
func (f *logisticFit) logFrequencies() []float64 {
	frequency := make([]float64, f.classes)
	for i, k := range f.y {
		frequency[k] += f.weight(i)
	}
	for k, v := range frequency {
		frequency[k] = math.Log(v)
	}
	return frequency
}

// coefficients returns theta in the coordinates of the caller's matrix.
func (f *logisticFit) coefficients(theta []float64) (*mat.Dense, []float64) {
	q := f.size()
	coef := mat.NewDense(len(theta)/q, f.x.Cols, nil)
	intercept := make([]float64, len(theta)/q)
	for k := range intercept {
		intercept[k] = f.original(coef.RawRowView(k), theta[k*q:(k+1)*q])
	}
	return coef, intercept
}

// binaryLoss is log(1 + exp(−s·z)), s = ±1 for classes 1 and 0.
type binaryLoss struct {
	y       []int
	weights []float64
	scratch sync.Pool // of *[4*tileRows]float64
}

func newBinaryLoss(y []int, weights []float64) *binaryLoss {
	return &binaryLoss{y: y, weights: weights}
}

func (l *binaryLoss) sum(lo int, z, slope, curvature []float64) float64 {
	scratch, _ := l.scratch.Get().(*[4 * tileRows]float64)
	if scratch == nil {
		scratch = new([4 * tileRows]float64)
	}
	defer l.scratch.Put(scratch)
	total := 0.0
	for from := 0; from < len(z); from += tileRows {
		to := min(from+tileRows, len(z))
		m := to - from
		loss, s, c, y := scratch[:m], scratch[tileRows:][:m], scratch[2*tileRows:][:m], scratch[3*tileRows:][:m]
		for i, k := range l.y[lo+from : lo+to] {
			y[i] = float64(k)
		}
		if slope != nil {
			s = slope[from:to]
		}
		if curvature != nil {
			c = curvature[from:to]
		}
		simd.Logistic(loss, s, c, z[from:to], y)
		if l.weights != nil {
			w := l.weights[lo+from : lo+to]
			simd.Mul(loss, loss, w)
			simd.Mul(s, s, w)
			simd.Mul(c, c, w)
		}
		total += simd.Sum(loss)
	}
	return total
}

// separatedBy reports whether the predictors z are right for all samples.
func (f *logisticFit) separatedBy(z []float64) bool {
	if f.classes == 2 {
		return binarySeparated(z, f.y, f.weights)
	}
	return softmaxSeparated(z, f.y, f.weights, f.classes)
}

// binarySeparated reports whether every sample of positive weight is on the
// side of its class.
func binarySeparated(z []float64, y []int, weights []float64) bool {
	for i, v := range z {
		if v == 0 || (v > 0) != (y[i] == 1) {
			if weights == nil || weights[i] > 0 {
				return false
			}
		}
	}
	return true
}

// softmaxSeparated is binarySeparated for predictors n × K.
func softmaxSeparated(z []float64, y []int, weights []float64, classes int) bool {
	for i, own := range y {
		if weights != nil && weights[i] == 0 {
			continue
		}
		row := z[i*classes : (i+1)*classes]
		for c, v := range row {
			if c != own && v >= row[own] {
				return false
			}
		}
	}
	return true
}
