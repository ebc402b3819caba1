package linear

import (
	"context"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
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
	penalty   []float64 // per element of theta, or of its part for one class
	stop      stopping
	separated bool
}

// Above these numbers of coefficients the Hessian costs more than it gains.
const (
	maxNewtonBinary      = 1000
	maxNewtonMultinomial = 500
	maxNewtonAbsolute    = 2000
)

// solve returns the solution: coefficients, then the intercept, class by class
// if there are more than two.
func (f *logisticFit) solve(ctx context.Context) ([]float64, model.Convergence, error) {
	if f.classes == 2 {
		return f.solveBinary(ctx)
	}
	return f.solveMultinomial(ctx)
}

func (f *logisticFit) solveBinary(ctx context.Context) ([]float64, model.Convergence, error) {
	q := f.size()
	theta := make([]float64, q)
	if f.intercept {
		frequency := f.logFrequencies()
		theta[q-1] = frequency[1] - frequency[0]
	}
	o := newPointObjective(f.design, newBinaryLoss(f.y, f.weights), f.penalty)
	stop := f.stopUnless(func() bool { return binarySeparated(o.basePredictor, f.y, f.weights) })
	if f.lambda != nil {
		c, err := f.solveAbsolute(ctx, o, theta, stop)
		return theta, c, err
	}
	if q > maxNewtonBinary {
		c, err := minimizeLBFGS(ctx, o, theta, newHessianBlocks(f.design, f.penalty, 1, 0.25, o.curvatures), stop)
		return theta, c, err
	}
	before, err := f.solveOnSample(ctx, o, theta, stop)
	if err != nil || before.Converged {
		return theta, before, err
	}
	stop.limit -= before.Iterations
	c, _, err := minimizeNewton(ctx, o, theta, stop)
	c.Iterations += before.Iterations
	return theta, c, err
}

// Of large data every sampleStep-th row is fitted first, provided that this
// leaves at least minSample rows per coefficient.
const (
	sampleStep = 16
	minSample  = 20
)

// solveOnSample fits an evenly spread sample of the rows by Newton's method and
// goes on from there with all rows by L-BFGS, with the Hessian of the sample as
// the first approximation. It gives up where the data are too small for
// that, or after a few iterations, theta being the better for it.
func (f *logisticFit) solveOnSample(ctx context.Context, o *pointObjective, theta []float64, stop stopping) (model.Convergence, error) {
	if f.x.Rows < sampleStep*minSample*len(theta) {
		return model.Convergence{}, nil
	}
	sample := f.every(sampleStep)
	y := make([]int, sample.x.Rows)
	seen := [2]bool{}
	for i := range y {
		y[i] = f.y[i*sampleStep]
		seen[y[i]] = seen[y[i]] || sample.weight(i) > 0
	}
	if !seen[0] || !seen[1] {
		return model.Convergence{}, nil
	}
	onSample := newPointObjective(sample, newBinaryLoss(y, sample.weights), f.penalty)
	start := append([]float64(nil), theta...)
	first, factor, err := minimizeNewton(ctx, onSample, start, stopping{tolerance: 0.05, limit: 20})
	if err != nil || !first.Converged {
		return model.Convergence{}, err
	}
	copy(theta, start)
	stop.until = func(iteration int) bool { return iteration == 8 }
	return minimizeLBFGS(ctx, o, theta, fixedHessian{factor}, stop)
}

func (f *logisticFit) solveMultinomial(ctx context.Context) ([]float64, model.Convergence, error) {
	q := f.size()
	theta := make([]float64, f.classes*q)
	if f.intercept {
		frequency := f.logFrequencies()
		mean := sum(frequency) / float64(f.classes)
		for k, v := range frequency {
			theta[k*q+q-1] = v - mean
		}
	}
	o := newSoftmaxObjective(f.design, f.y, f.classes, f.penalty)
	stop := f.stopUnless(func() bool { return softmaxSeparated(o.basePredictor, f.y, f.weights, f.classes) })
	if f.lambda != nil {
		o.absolute = true
		c, err := f.solveAbsolute(ctx, o, theta, stop)
		return theta, c, err
	}
	if len(theta) <= maxNewtonMultinomial {
		c, _, err := minimizeNewton(ctx, o, theta, stop)
		return theta, c, err
	}
	c, err := minimizeLBFGS(ctx, o, theta, newHessianBlocks(f.design, f.penalty, f.classes, 1/float64(f.classes), o.curvatures), stop)
	return theta, c, err
}

// solveAbsolute solves with an L1 penalty.
func (f *logisticFit) solveAbsolute(ctx context.Context, o objective, theta []float64, stop stopping) (model.Convergence, error) {
	var lambda, scale []float64
	for range len(theta) / f.size() {
		lambda = append(lambda, f.lambda...)
		scale = append(scale, f.spread...)
		if f.intercept {
			scale = append(scale, 1)
		}
	}
	if len(theta) <= maxNewtonAbsolute {
		return minimizeProximalNewton(ctx, o, theta, lambda, stop)
	}
	return minimizeProximalGradient(ctx, o, theta, lambda, scale, stop)
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
	y       []float64
	weights []float64
	scratch sync.Pool // of *[3*tileRows]float64
}

func newBinaryLoss(y []int, weights []float64) *binaryLoss {
	l := &binaryLoss{y: make([]float64, len(y)), weights: weights}
	for i, k := range y {
		l.y[i] = float64(k)
	}
	return l
}

func (l *binaryLoss) sum(lo int, z, slope, curvature []float64) float64 {
	scratch, _ := l.scratch.Get().(*[3 * tileRows]float64)
	if scratch == nil {
		scratch = new([3 * tileRows]float64)
	}
	defer l.scratch.Put(scratch)
	total := 0.0
	for from := 0; from < len(z); from += tileRows {
		to := min(from+tileRows, len(z))
		m := to - from
		loss, s, c := scratch[:m], scratch[tileRows:][:m], scratch[2*tileRows:][:m]
		if slope != nil {
			s = slope[from:to]
		}
		if curvature != nil {
			c = curvature[from:to]
		}
		simd.Logistic(loss, s, c, z[from:to], l.y[lo+from:lo+to])
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

// rowsInParallel calls body for each of n rows of the given width.
func rowsInParallel(n, width int, body func(i int)) {
	parallel.For(n, rowChunk(n, width), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			body(i)
		}
	})
}
