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
	slope    []float64          // tileRows × K
	loss     []float64          // tileRows
	blocks   []blas64.Symmetric // per class: Σ w p_k x xᵀ
	product  blas64.Symmetric   // Σ w (p⊗x)(p⊗x)ᵀ
	rows     *tile
	products *tile
}

func (o *softmaxObjective) newPart(hessian bool) *softmaxPart {
	q, k := o.size(), o.classes
	part, _ := o.parts.Get().(*softmaxPart)
	if part == nil {
		part = &softmaxPart{gradient: make([]float64, q*k), slope: make([]float64, tileRows*k), loss: make([]float64, tileRows)}
	}
	part.value = 0
	clear(part.gradient)
	if hessian && part.rows == nil {
		part.rows, part.products = newTile(tileRows, q), newTile(tileRows, q*k)
		part.product = newUpper(q * k)
		part.blocks = make([]blas64.Symmetric, k)
		for c := range part.blocks {
			part.blocks[c] = newUpper(q)
		}
	}
	if hessian {
		clear(part.product.Data)
		for _, b := range part.blocks {
			clear(b.Data)
		}
	}
	return part
}

func (o *softmaxObjective) evaluate(ctx context.Context, theta, gradient []float64, hessian *mat.SymDense) (float64, error) {
	copy(o.trial, theta)
	n, q := o.x.Rows, o.size()
	chunk := rowChunk(n, q+o.classes)
	if hessian != nil {
		chunk = gramChunk(n, q*o.classes)
	}
	total, err := parallel.Reduce(ctx, n, chunk, func(lo, hi int) *softmaxPart {
		part := o.newPart(hessian != nil)
		for ; lo < hi && ctx.Err() == nil; lo += tileRows {
			o.evaluateTile(part, lo, min(lo+tileRows, hi), hessian != nil)
		}
		return part
	}, func(into, from *softmaxPart) *softmaxPart {
		into.value += from.value
		add(into.gradient, from.gradient)
		if hessian != nil {
			addUpper(into.product, from.product)
			for c := range into.blocks {
				addUpper(into.blocks[c], from.blocks[c])
			}
		}
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
	if hessian != nil {
		o.assemble(total, hessian)
	}
	return total.value/o.total + o.penaltyAt(theta), nil
}

// evaluateTile adds the samples [lo, hi), at most tileRows of them, to part.
func (o *softmaxObjective) evaluateTile(part *softmaxPart, lo, hi int, hessian bool) {
	rows, m, k, q := o.rows(lo, hi), hi-lo, o.classes, o.size()
	z := o.trialZ[lo*k : hi*k]
	o.predict(rows, o.trial, z)
	slope := part.slope[:m*k]
	copy(slope, z)
	part.value += o.losses(slope, part.loss[:m], lo)
	if hessian {
		o.addHessian(part, rows, slope, lo)
	}
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

// addHessian adds Σ w (diag p − ppᵀ) ⊗ xxᵀ over some rows to part, the two terms apart.
func (o *softmaxObjective) addHessian(part *softmaxPart, rows blas64.General, p []float64, lo int) {
	k, q := o.classes, o.size()
	for c := range k {
		part.rows.fill(rows, func(i int) float64 { return math.Sqrt(o.weight(lo+i) * p[i*k+c]) })
		part.rows.accumulate(1, part.blocks[c])
	}
	part.rows.fill(rows, func(i int) float64 { return math.Sqrt(o.weight(lo + i)) })
	for i := range rows.Rows {
		x := part.rows.row(i)
		products := part.products.row(i)
		for c := range k {
			to := products[c*q : (c+1)*q]
			for j, v := range x {
				to[j] = p[i*k+c] * v
			}
		}
	}
	part.products.rows.Rows = rows.Rows
	part.products.accumulate(1, part.product)
}

func (o *softmaxObjective) assemble(total *softmaxPart, hessian *mat.SymDense) {
	k, q := o.classes, o.size()
	for a := range k * q {
		for b := a; b < k*q; b++ {
			h := -total.product.Data[a*k*q+b]
			if a/q == b/q {
				h += total.blocks[a/q].Data[a%q*q+b%q]
			}
			hessian.SetSym(a, b, h/o.total)
		}
		hessian.SetSym(a, a, hessian.At(a, a)+o.penalty[a%q])
	}
	// The direction common to all classes is flat; gradients have no part in it,
	// so any curvature given to it leaves steps unchanged and makes the matrix
	// definite. Not so for coefficients with an absolute penalty.
	for j := range q {
		if o.absolute && j < o.x.Cols {
			continue
		}
		curvature := 0.0
		for c := range k {
			curvature += hessian.At(c*q+j, c*q+j) / float64(k)
		}
		for a := range k {
			for b := a; b < k; b++ {
				hessian.SetSym(a*q+j, b*q+j, hessian.At(a*q+j, b*q+j)+curvature)
			}
		}
	}
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
