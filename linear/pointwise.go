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

	base, trial           []float64 // θ
	basePredictor, trialZ []float64 // Xθ + θ₀, per sample
	curvature             []float64 // wᵢ ℓ″ᵢ at the trial point for the Hessian of many features, else nil
	parts                 sync.Pool // of *pointPart
}

func newPointObjective(d *design, loss pointLoss, penalty []float64) *pointObjective {
	q, n := d.size(), d.x.Rows
	return &pointObjective{
		design: d, loss: loss, penalty: penalty,
		base: make([]float64, q), trial: make([]float64, q),
		basePredictor: make([]float64, n), trialZ: make([]float64, n),
	}
}

// pointPart is what a chunk of samples adds to value, gradient and Hessian.
type pointPart struct {
	value    float64
	gradient []float64
	hessian  blas64.Symmetric
	tile     *tile
	slope    []float64
	curve    []float64
}

func (o *pointObjective) newPart(hessian bool) *pointPart {
	q := o.size()
	part, _ := o.parts.Get().(*pointPart)
	if part == nil {
		part = &pointPart{gradient: make([]float64, q), slope: make([]float64, tileRows)}
	}
	part.value = 0
	clear(part.gradient)
	if hessian && part.tile == nil {
		part.tile = newTile(tileRows, q)
		part.curve = make([]float64, tileRows)
		part.hessian = newUpper(q)
	}
	if hessian {
		clear(part.hessian.Data)
	}
	return part
}

func (o *pointObjective) evaluate(ctx context.Context, theta, gradient []float64, hessian *mat.SymDense) (float64, error) {
	copy(o.trial, theta)
	n, q := o.x.Rows, o.size()
	wide := hessian != nil && q > maxNewtonBinary // the Hessian is formed afterwards: one per worker would be too large
	if wide && o.curvature == nil {
		o.curvature = make([]float64, n)
	}
	tiles := hessian != nil && !wide
	chunk := rowChunk(n, q)
	if tiles {
		chunk = gramChunk(n, q)
	}
	total, err := parallel.Reduce(ctx, n, chunk, func(lo, hi int) *pointPart {
		part := o.newPart(tiles)
		for ; lo < hi && ctx.Err() == nil; lo += tileRows {
			o.evaluateTile(part, lo, min(lo+tileRows, hi), tiles, wide)
		}
		return part
	}, func(into, from *pointPart) *pointPart {
		into.value += from.value
		add(into.gradient, from.gradient)
		if tiles {
			addUpper(into.hessian, from.hessian)
		}
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
	if tiles {
		for i := range q {
			for j := i; j < q; j++ {
				hessian.SetSym(i, j, total.hessian.Data[i*q+j]/o.total)
			}
		}
	}
	if wide {
		if err := o.wideHessian(ctx, hessian.RawSymmetric()); err != nil {
			return 0, err
		}
	}
	if hessian != nil {
		for i, l := range o.penalty {
			hessian.SetSym(i, i, hessian.At(i, i)+l)
		}
	}
	return total.value/o.total + o.penaltyAt(theta), nil
}

// wideHessian sets h to the Hessian of the loss at the trial point.
func (o *pointObjective) wideHessian(ctx context.Context, h blas64.Symmetric) error {
	roots := o.curvature
	for i, c := range roots {
		roots[i] = math.Sqrt(c)
	}
	_, err := o.wideGram(ctx, len(roots), math.MaxInt, &h, func(lo, hi int) (blas64.General, []float64) {
		return o.rows(lo, hi), roots[lo:hi]
	})
	return err
}

// evaluateTile adds the samples [lo, hi), at most tileRows of them, to part
// while they are in cache; with the Hessian, or with their curvature kept for it.
func (o *pointObjective) evaluateTile(part *pointPart, lo, hi int, hessian, curvature bool) {
	rows, m, p := o.rows(lo, hi), hi-lo, o.x.Cols
	z, slope := o.trialZ[lo:hi], part.slope[:m]
	var curve []float64
	if hessian {
		curve = part.curve[:m]
	} else if curvature {
		curve = o.curvature[lo:hi]
	}
	o.predict(rows, o.trial, z)
	part.value += o.loss.sum(lo, z, slope, curve)
	simd.AxpyRows(slope, rows.Data, rows.Stride, part.gradient[:p])
	if o.intercept {
		part.gradient[p] += sum(slope)
	}
	if hessian {
		part.tile.fill(rows, func(i int) float64 { return math.Sqrt(curve[i]) })
		part.tile.accumulate(1, part.hessian)
	}
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
	value, err := parallel.Reduce(ctx, o.x.Rows, 1<<13, func(lo, hi int) float64 {
		z := make([]float64, hi-lo)
		for i := range z {
			z[i] = o.basePredictor[lo+i] + t*(o.trialZ[lo+i]-o.basePredictor[lo+i])
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

func (o *pointObjective) predictors() []float64 { return o.basePredictor }

// curvatures returns wᵢ ℓ″ᵢ at the base, as the only element.
func (o *pointObjective) curvatures() [][]float64 {
	n := o.x.Rows
	curvature := make([]float64, n)
	parallel.For(n, 1<<13, func(lo, hi int) {
		o.loss.sum(lo, o.basePredictor[lo:hi], make([]float64, hi-lo), curvature[lo:hi])
	})
	return [][]float64{curvature}
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
