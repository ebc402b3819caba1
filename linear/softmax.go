package linear

import (
	"context"
	"math"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// softmaxObjective is the averaged multinomial loss with K linear predictors
// per sample,
//
//	1/W Σ wᵢ (log Σ_k exp zᵢ_k − zᵢ_yᵢ) + ½ Σ_k Σ_j lⱼ θ_kj²,  zᵢ_k = xᵢ·θ_k + θ_k0.
//
// theta holds the coefficients class by class, each with its intercept last.
// Adding the same to all classes leaves the loss unchanged; without an L1 penalty
// the solvers stay where every coefficient sums to zero over the classes, as
// gradients do.
type softmaxObjective struct {
	*design
	y       []int
	classes int
	penalty []float64 // l, per feature
	// absolute tells that there is an L1 penalty besides, which is not part of this.
	absolute bool

	base, trial           []float64
	basePredictor, trialZ []float64 // n × K
	parts                 sync.Pool // of *softmaxPart
}

func newSoftmaxObjective(d *design, y []int, classes int, penalty []float64) *softmaxObjective {
	q, n := d.size()*classes, d.x.Rows
	return &softmaxObjective{
		design: d, y: y, classes: classes, penalty: penalty,
		base: make([]float64, q), trial: make([]float64, q),
		basePredictor: make([]float64, n*classes), trialZ: make([]float64, n*classes),
	}
}

type softmaxPart struct {
	value    float64
	gradient []float64
	slope    []float64 // tileRows × K
	loss     []float64 // tileRows
}

func (o *softmaxObjective) newPart() *softmaxPart {
	k := o.classes
	part, _ := o.parts.Get().(*softmaxPart)
	if part == nil {
		part = &softmaxPart{gradient: make([]float64, o.size()*k), slope: make([]float64, tileRows*k), loss: make([]float64, tileRows)}
	}
	part.value = 0
	clear(part.gradient)
	return part
}

func (o *softmaxObjective) evaluate(ctx context.Context, theta, gradient []float64) (float64, error) {
	copy(o.trial, theta)
	n, q := o.x.Rows, o.size()
	total, err := parallel.Reduce(ctx, n, rowChunk(n, q+o.classes), func(lo, hi int) *softmaxPart {
		part := o.newPart()
		for ; lo < hi && ctx.Err() == nil; lo += tileRows {
			o.evaluateTile(part, lo, min(lo+tileRows, hi))
		}
		return part
	}, func(into, from *softmaxPart) *softmaxPart {
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
		gradient[j] = total.gradient[j]/o.total + o.penalty[j%q]*theta[j]
	}
	return total.value/o.total + o.penaltyAt(theta), nil
}

// evaluateTile adds the samples [lo, hi), at most tileRows of them, to part.
func (o *softmaxObjective) evaluateTile(part *softmaxPart, lo, hi int) {
	rows, m, k, q := o.rows(lo, hi), hi-lo, o.classes, o.size()
	z := o.trialZ[lo*k : hi*k]
	o.predict(rows, o.trial, z)
	slope := part.slope[:m*k]
	copy(slope, z)
	part.value += o.losses(slope, part.loss[:m], lo)
	for i := range m {
		p := slope[i*k : (i+1)*k]
		p[o.y[lo+i]] = -othersOf(p, o.y[lo+i])
		if w := o.weight(lo + i); w != 1 {
			for c := range p {
				p[c] *= w
			}
		}
		if o.intercept {
			for c, s := range p {
				part.gradient[c*q+q-1] += s
			}
		}
	}
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, blas64.General{Rows: m, Cols: k, Stride: k, Data: slope}, rows, 1,
		blas64.General{Rows: k, Cols: o.x.Cols, Stride: q, Data: part.gradient})
}

// losses replaces the predictors z of the samples lo, lo+1, … by probabilities
// and returns the weighted sum of the samples' losses, which loss has room for.
func (o *softmaxObjective) losses(z, loss []float64, lo int) float64 {
	simd.SoftmaxRows(z, o.classes, o.y[lo:lo+len(loss)], loss)
	if o.weights == nil {
		return sum(loss)
	}
	return dot(loss, o.weights[lo:lo+len(loss)])
}

// othersOf returns 1 − p[y] without cancellation: the sum of the others.
func othersOf(p []float64, y int) float64 {
	s := 0.0
	for c, v := range p {
		if c != y {
			s += v
		}
	}
	return s
}

// hessian writes Σ w (diag p − ppᵀ) ⊗ xxᵀ / W and the penalty. Off the diagonal, the
// block of the classes a and b is −Σ w p_a p_b xxᵀ, a symmetric matrix; on it, that of a
// is minus the sum of the others in its row, for 1 − p_a is the sum of the other p.
func (o *softmaxObjective) hessian(ctx context.Context, to *mat.SymDense) error {
	k, q, h := o.classes, o.size(), to.RawSymmetric()
	roots := o.rootProbabilities()
	var pairs [][2]int
	for a := range k {
		for b := a + 1; b < k; b++ {
			pairs = append(pairs, [2]int{a, b})
		}
	}
	together := (len(pairs) + 7) / 8
	if o.x.Rows*q*q >= manyProducts {
		together = len(pairs) // one after the other, each in parallel
	}
	err := parallel.ForContext(ctx, len(pairs), together, func(lo, hi int) {
		products, block := make([]float64, o.x.Rows), newUpper(q)
		for _, pair := range pairs[lo:hi] {
			a, b := pair[0], pair[1]
			simd.Mul(products, roots[a], roots[b])
			if _, err := o.scaledGram(ctx, products, &block); err != nil {
				return
			}
			for i := range q {
				for j := i; j < q; j++ {
					v := -block.Data[i*q+j]
					h.Data[(a*q+i)*h.Stride+b*q+j] = v
					h.Data[(a*q+j)*h.Stride+b*q+i] = v
				}
			}
		}
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	for a := range k {
		for i := range q {
			row := h.Data[(a*q+i)*h.Stride:]
			own := row[a*q+i : (a+1)*q]
			clear(own)
			for b := range k {
				if b > a {
					simd.Sub(own, own, row[b*q+i:(b+1)*q])
				} else if b < a {
					simd.Sub(own, own, h.Data[(b*q+i)*h.Stride+a*q+i:][:q-i])
				}
			}
			own[0] += o.penalty[i]
		}
	}
	o.bendFlat(h)
	return nil
}

// bendFlat gives curvature to the direction common to all classes, which is flat.
// Gradients have no part in it, so that any curvature leaves steps unchanged and
// makes the matrix definite. Not so for coefficients with an absolute penalty.
func (o *softmaxObjective) bendFlat(h blas64.Symmetric) {
	k, q := o.classes, o.size()
	for j := range q {
		if o.absolute && j < o.x.Cols {
			continue
		}
		curvature := 0.0
		for c := range k {
			curvature += h.Data[(c*q+j)*(h.Stride+1)] / float64(k)
		}
		for a := range k {
			for b := a; b < k; b++ {
				h.Data[(a*q+j)*h.Stride+b*q+j] += curvature
			}
		}
	}
}

// manyProducts is the number of multiplications from which a product of the data
// with themselves occupies several processors.
const manyProducts = 1 << 23

// rootProbabilities returns √p at the base per class and sample, times the fourth root
// of the sample's weight.
func (o *softmaxObjective) rootProbabilities() [][]float64 {
	n, k := o.x.Rows, o.classes
	roots := make([][]float64, k)
	for c := range roots {
		roots[c] = make([]float64, n)
	}
	parallel.For(n, rowChunk(n, 16*k), func(lo, hi int) {
		z, loss := make([]float64, tileRows*k), make([]float64, tileRows)
		for ; lo < hi; lo += tileRows {
			m := min(tileRows, hi-lo)
			copy(z, o.basePredictor[lo*k:(lo+m)*k])
			o.losses(z[:m*k], loss[:m], lo)
			for i := range m {
				w := math.Sqrt(o.weight(lo + i))
				for c, p := range z[i*k : (i+1)*k] {
					roots[c][lo+i] = math.Sqrt(p * w)
				}
			}
		}
	})
	return roots
}

// predict sets z (rows × K) to the linear predictors of the given rows.
func (o *softmaxObjective) predict(rows blas64.General, theta, z []float64) {
	k, q := o.classes, o.size()
	for i := range rows.Rows {
		for c := range k {
			constant := 0.0
			if o.intercept {
				constant = theta[c*q+q-1]
			}
			z[i*k+c] = constant
		}
	}
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, rows, blas64.General{Rows: k, Cols: o.x.Cols, Stride: q, Data: theta}, 1,
		blas64.General{Rows: rows.Rows, Cols: k, Stride: k, Data: z})
}

func (o *softmaxObjective) penaltyAt(theta []float64) float64 {
	s := 0.0
	for j, v := range theta {
		s += o.penalty[j%o.size()] * v * v
	}
	return s / 2
}

func (o *softmaxObjective) along(ctx context.Context, t float64) (float64, error) {
	k := o.classes
	value, err := parallel.Reduce(ctx, o.x.Rows, rowChunk(o.x.Rows, k), func(lo, hi int) float64 {
		p := make([]float64, (hi-lo)*k)
		for i := range p {
			b := o.basePredictor[lo*k+i]
			p[i] = b + t*(o.trialZ[lo*k+i]-b)
		}
		return o.losses(p, make([]float64, hi-lo), lo)
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

func (o *softmaxObjective) accept() {
	o.base, o.trial = o.trial, o.base
	o.basePredictor, o.trialZ = o.trialZ, o.basePredictor
}

func (o *softmaxObjective) predictors() []float64 { return o.basePredictor }

// curvatures returns wᵢ pᵢ(1−pᵢ) at the base, per class.
func (o *softmaxObjective) curvatures() [][]float64 {
	n, k := o.x.Rows, o.classes
	to := make([][]float64, k)
	for c := range to {
		to[c] = make([]float64, n)
	}
	parallel.For(n, rowChunk(n, k), func(lo, hi int) {
		p := make([]float64, k)
		for i := lo; i < hi; i++ {
			copy(p, o.basePredictor[i*k:(i+1)*k])
			simd.Softmax(p, p)
			for c, v := range p {
				to[c][i] = o.weight(i) * v * (1 - v)
			}
		}
	})
	return to
}

func (o *softmaxObjective) stationary(gradient []float64) float64 {
	q, largest := o.size(), 0.0
	for c := range o.classes {
		largest = max(largest, o.design.stationary(gradient[c*q:(c+1)*q]))
	}
	return largest
}
