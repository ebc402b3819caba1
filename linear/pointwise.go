package linear

import (
	"context"
	"math"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// pointLoss is a convex loss of one linear predictor per sample.
type pointLoss interface {
	// sum returns Σ wᵢ·ℓᵢ(zᵢ) over the samples lo, lo+1, … with the predictors z, and
	// writes wᵢ·ℓᵢ′ to slope and wᵢ·ℓᵢ″ to curvature unless they are nil.
	sum(lo int, z, slope, curvature []float64) float64
}

// pointObjective is the objective
//
//	1/W Σ wᵢ ℓᵢ(xᵢ·θ + θ₀) + ½ Σ lⱼ θⱼ²,  W = Σ wᵢ,
//
// with θ₀ the last element of theta if there is an intercept.
type pointObjective struct {
	*design
	loss    pointLoss
	penalty []float64 // l

	base, trial []float64 // θ
	// Xθ + θ₀, per sample. Until a line search needs both there is memory for one.
	basePredictor, trialZ []float64
	parts                 sync.Pool // of *pointPart
}

func newPointObjective(d *design, loss pointLoss, penalty []float64) *pointObjective {
	q := d.size()
	return &pointObjective{
		design: d, loss: loss, penalty: penalty,
		base: make([]float64, q), trial: make([]float64, q),
		trialZ: make([]float64, d.x.Rows),
	}
}

// pointPart is what a chunk of samples adds to value and gradient.
type pointPart struct {
	value    float64
	gradient []float64
	slope    []float64
}

func (o *pointObjective) newPart() *pointPart {
	part, _ := o.parts.Get().(*pointPart)
	if part == nil {
		part = &pointPart{gradient: make([]float64, o.size()), slope: make([]float64, tileRows)}
	}
	part.value = 0
	clear(part.gradient)
	return part
}

func (o *pointObjective) evaluate(ctx context.Context, theta, gradient []float64) (float64, error) {
	copy(o.trial, theta)
	n := o.x.Rows
	if o.trialZ == nil {
		o.trialZ, o.basePredictor = o.basePredictor, nil
	}
	total, err := parallel.Reduce(ctx, n, rowChunk(n, o.size()), func(lo, hi int) *pointPart {
		part := o.newPart()
		for ; lo < hi && ctx.Err() == nil; lo += tileRows {
			o.evaluateTile(part, lo, min(lo+tileRows, hi))
		}
		return part
	}, func(into, from *pointPart) *pointPart {
		into.value += from.value
		add(into.gradient, from.gradient)
		o.parts.Put(from)
		return into
	})
	if err != nil {
		return 0, err
	}
	defer o.parts.Put(total)
	for j := range gradient {
		gradient[j] = total.gradient[j]/o.total + o.penalty[j]*theta[j]
	}
	return total.value/o.total + o.penaltyAt(theta), nil
}

// evaluateTile adds the samples [lo, hi), at most tileRows of them, to part
// while they are in cache.
func (o *pointObjective) evaluateTile(part *pointPart, lo, hi int) {
	rows, m, p := o.rows(lo, hi), hi-lo, o.x.Cols
	z, slope := o.trialZ[lo:hi], part.slope[:m]
	o.predict(rows, o.trial, z)
	part.value += o.loss.sum(lo, z, slope, nil)
	simd.AxpyRows(slope, rows.Data, rows.Stride, part.gradient[:p])
	if o.intercept {
		part.gradient[p] += sum(slope)
	}
}

func (o *pointObjective) hessian(ctx context.Context, to *mat.SymDense) error {
	base := o.predictors()
	if o.trialZ == nil {
		o.trialZ, o.basePredictor = base, nil
	}
	roots := o.trialZ // a trial that is over does not need it
	o.curvaturesTo(roots, base)
	for i, c := range roots {
		roots[i] = math.Sqrt(c)
	}
	raw := to.RawSymmetric()
	if _, err := o.scaledGram(ctx, roots, &raw); err != nil {
		return err
	}
	for i, l := range o.penalty {
		raw.Data[i*raw.Stride+i] += l
	}
	return nil
}

// predict sets z to Xθ + θ₀ for the given rows of x.
func (d *design) predict(rows blas64.General, theta, z []float64) {
	p := d.x.Cols
	simd.DotRows(z, rows.Data, rows.Stride, theta[:p])
	if d.intercept {
		for i := range z {
			z[i] += theta[p]
		}
	}
}

func (o *pointObjective) penaltyAt(theta []float64) float64 {
	s := 0.0
	for j, v := range theta {
		s += o.penalty[j] * v * v
	}
	return s / 2
}

func (o *pointObjective) along(ctx context.Context, t float64) (float64, error) {
	base := o.predictors()
	value, err := parallel.Reduce(ctx, o.x.Rows, 1<<13, func(lo, hi int) float64 {
		z := make([]float64, hi-lo)
		for i := range z {
			z[i] = base[lo+i] + t*(o.trialZ[lo+i]-base[lo+i])
		}
		return o.loss.sum(lo, z, nil, nil)
	}, func(a, b float64) float64 { return a + b })
	if err != nil {
		return 0, err
	}
	theta := make([]float64, len(o.base))
	for j, b := range o.base {
		theta[j] = b + t*(o.trial[j]-b)
	}
	return value/o.total + o.penaltyAt(theta), nil
}

func (o *pointObjective) accept() {
	o.base, o.trial = o.trial, o.base
	o.basePredictor, o.trialZ = o.trialZ, o.basePredictor
}

func (o *pointObjective) predictors() []float64 {
	if o.basePredictor == nil {
		n := o.x.Rows
		o.basePredictor = make([]float64, n)
		parallel.For(n, rowChunk(n, o.size()), func(lo, hi int) {
			for ; lo < hi; lo += tileRows {
				end := min(lo+tileRows, hi)
				o.predict(o.rows(lo, end), o.base, o.basePredictor[lo:end])
			}
		})
	}
	return o.basePredictor
}

// curvatures returns wᵢ ℓ″ᵢ at the base, as the only element.
func (o *pointObjective) curvatures() [][]float64 {
	curvature := make([]float64, o.x.Rows)
	o.curvaturesTo(curvature, o.predictors())
	return [][]float64{curvature}
}

// curvaturesTo sets curvature to wᵢ ℓ″ᵢ where the predictors are z, which may be the
// same slice.
func (o *pointObjective) curvaturesTo(curvature, z []float64) {
	parallel.For(len(z), 1<<13, func(lo, hi int) {
		some := make([]float64, tileRows)
		for ; lo < hi; lo += tileRows {
			to := curvature[lo:min(lo+tileRows, hi)]
			tile := some[:copy(some, z[lo:lo+len(to)])]
			o.loss.sum(lo, tile, nil, to)
		}
	})
}

// stationary returns the largest component of a gradient for a standardised
// design: that for coefficient j per standard deviation of its column.
func (d *design) stationary(gradient []float64) float64 {
	largest := 0.0
	for j, g := range gradient {
		if j < d.x.Cols {
			g /= d.spread[j]
		}
		largest = max(largest, math.Abs(g))
	}
	return largest
}
