package linear

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	fast "github.com/sapwood-ml/sapwood/internal/blas" // also the kernels behind blas64
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// design is the data matrix as the iterative solvers see it. Usually x is the
// caller's matrix; where columns are far from zero or from unit scale it is a
// copy with (x − shift)/scale in its place.
type design struct {
	x         blas64.General // n × p
	weights   []float64      // of the samples; nil means all one
	total     float64        // sum of the weights
	intercept bool
	shift     []float64 // nil if x is the caller's
	scale     []float64 // powers of two; nil if x is the caller's
	spread    []float64 // standard deviation of each column of x, roughly, or without intercept its size
}

// Columns whose mean is beyond maxOffset standard deviations, or whose standard
// deviation is beyond maxScale or below its inverse, are solved for in other
// coordinates.
const (
	maxOffset = 32
	maxScale  = 1 << 20
)

func newDesign(x *mat.Dense, weights []float64, intercept bool) *design {
	raw := x.RawMatrix()
	d := &design{x: raw, weights: weights, intercept: intercept, total: float64(raw.Rows)}
	if weights != nil {
		d.total = sum(weights)
	}
	mean, spread := sampleMoments(raw)
	d.spread = spread
	if !intercept { // columns must stay where they are
		for j, m := range mean {
			spread[j], mean[j] = max(spread[j], math.Abs(m)), 0
		}
	}
	plain := true
	for j, s := range spread {
		plain = plain && s <= maxScale && s >= 1.0/maxScale && math.Abs(mean[j]) <= maxOffset*s
	}
	if !plain {
		d.standardize(mean)
	}
	return d
}

// standardize replaces x by a copy with the columns shifted by their means and scaled.
func (d *design) standardize(mean []float64) {
	n, p := d.x.Rows, d.x.Cols
	d.scale, d.shift = make([]float64, p), mean
	for j, s := range d.spread {
		_, exponent := math.Frexp(s)
		d.scale[j] = math.Ldexp(1, exponent)
		d.spread[j] /= d.scale[j]
	}
	copied := blas64.General{Rows: n, Cols: p, Stride: p, Data: make([]float64, n*p)}
	parallel.For(n, rowChunk(n, p), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			from, to := d.x.Data[i*d.x.Stride:i*d.x.Stride+p], copied.Data[i*p:(i+1)*p]
			for j, v := range from {
				// Each term is scaled by itself: the difference of two finite numbers may overflow.
				to[j] = v/d.scale[j] - d.shift[j]/d.scale[j]
			}
		}
	})
	d.x = copied
}

// sampleMoments returns the mean and standard deviation of the columns over some
// rows, at most 512, spread evenly over x. They steer the choice of coordinates and
// scale tolerances, for which a sample is enough.
func sampleMoments(x blas64.General) (mean, deviation []float64) {
	wanted := min(512, max(32, 1<<16/x.Cols))
	step := (x.Rows + wanted - 1) / wanted
	count := float64((x.Rows + step - 1) / step)
	mean = make([]float64, x.Cols)
	deviation = make([]float64, x.Cols)
	for i := 0; i < x.Rows; i += step {
		axpy(1/count, x.Data[i*x.Stride:i*x.Stride+x.Cols], mean)
	}
	centred := make([]float64, x.Cols)
	for i := 0; i < x.Rows; i += step {
		simd.Sub(centred, x.Data[i*x.Stride:i*x.Stride+x.Cols], mean)
		simd.Mul(centred, centred, centred)
		simd.Add(deviation, deviation, centred)
	}
	for j, squares := range deviation {
		if deviation[j] = math.Sqrt(squares / count); !(squares > 1e-280 && squares < 1e280) {
			deviation[j] = scaledDeviation(x, j, step, mean[j], count)
		}
		// What is left of a constant column after its rounded mean is subtracted is no spread.
		if deviation[j] <= 1e-14*math.Abs(mean[j]) || deviation[j] == 0 {
			mean[j] = x.Data[j]
			deviation[j] = math.Abs(mean[j])
			if deviation[j] == 0 {
				deviation[j] = 1
			}
		}
	}
	return mean, deviation
}

// scaledDeviation returns the standard deviation of column j over every step-th row,
// count of them, whose squares may overflow or be lost.
func scaledDeviation(x blas64.General, j, step int, mean, count float64) float64 {
	largest, squares := 0.0, 0.0
	for i := 0; i < x.Rows; i += step {
		largest = max(largest, math.Abs(x.Data[i*x.Stride+j]-mean))
	}
	if !(largest > 0) {
		return 0
	}
	for i := 0; i < x.Rows; i += step {
		r := (x.Data[i*x.Stride+j] - mean) / largest
		squares += r * r
	}
	return largest * math.Sqrt(squares/count)
}

// size returns the number of coefficients, the intercept included.
func (d *design) size() int {
	if d.intercept {
		return d.x.Cols + 1
	}
	return d.x.Cols
}

// original returns coefficients and intercept for the caller's matrix from a
// solution theta in the coordinates of x.
func (d *design) original(coef, theta []float64) (intercept float64) {
	p := d.x.Cols
	copy(coef, theta[:p])
	if d.intercept {
		intercept = theta[p]
	}
	for j := range coef {
		if d.scale != nil {
			coef[j] /= d.scale[j]
			intercept -= coef[j] * d.shift[j]
		}
	}
	return intercept
}

// penalties returns the factor of ½θⱼ² in the averaged objective for each
// coefficient of a solution in the coordinates of x, given that of the caller's
// coefficients; the intercept's is zero.
func (d *design) penalties(strength float64) []float64 {
	l := make([]float64, d.size())
	for j := range d.x.Cols {
		l[j] = strength
		if d.scale != nil {
			l[j] = strength / d.scale[j] / d.scale[j]
		}
	}
	return l
}

// absolutePenalties is penalties for the factor of |θⱼ|.
func (d *design) absolutePenalties(strength float64) []float64 {
	l := make([]float64, d.size())
	for j := range d.x.Cols {
		l[j] = strength
		if d.scale != nil {
			l[j] = strength / d.scale[j]
		}
	}
	return l
}

// every returns the design of every step-th row. It shares the data.
func (d *design) every(step int) *design {
	s := *d
	s.x.Rows = (d.x.Rows + step - 1) / step
	s.x.Stride *= step
	s.x.Data = d.x.Data[:(s.x.Rows-1)*s.x.Stride+s.x.Cols]
	s.total = float64(s.x.Rows)
	if d.weights != nil {
		s.weights = make([]float64, s.x.Rows)
		for i := range s.weights {
			s.weights[i] = d.weights[i*step]
		}
		s.total = sum(s.weights)
	}
	return &s
}

// rows returns rows [lo, hi) of x.
func (d *design) rows(lo, hi int) blas64.General {
	return blas64.General{Rows: hi - lo, Cols: d.x.Cols, Stride: d.x.Stride, Data: d.x.Data[lo*d.x.Stride : (hi-1)*d.x.Stride+d.x.Cols]}
}

func (d *design) weight(i int) float64 {
	if d.weights == nil {
		return 1
	}
	return d.weights[i]
}

// gram returns the upper triangle of XᵀWX/ΣW of the rows of x, each followed by
// a one where there is an intercept.
func (d *design) gram(ctx context.Context) (*mat.SymDense, error) {
	factors := make([]float64, d.x.Rows)
	for i := range factors {
		factors[i] = math.Sqrt(d.weight(i))
	}
	return d.scaledGram(ctx, factors, new(blas64.Symmetric))
}

// scaledGram is gram in g, which it makes if it is empty, with each row times its
// factor in place of the root of its weight.
func (d *design) scaledGram(ctx context.Context, factors []float64, g *blas64.Symmetric) (*mat.SymDense, error) {
	return d.sumOfProducts(ctx, len(factors), math.MaxInt, g, func(lo, hi int) (blas64.General, []float64) {
		return d.rows(lo, hi), factors[lo:hi]
	})
}

// gramMemory is what weightedGram needs and may use again.
type gramMemory struct {
	gram    blas64.Symmetric
	rows    blas64.General
	factors []float64 // of rows
}

// gatheredRows is the number of rows that are gathered for one product.
const gatheredRows = 1024

// weightedGram is gram of the given rows only, with weights w, of which there is
// one for every row of x, in place of those of the samples. The result is in memory.
func (d *design) weightedGram(ctx context.Context, rows []int, w []float64, memory *gramMemory) (*mat.SymDense, error) {
	if memory.factors == nil {
		n := min(gatheredRows, d.x.Rows)
		memory.rows, memory.factors = newGeneral(n, d.x.Cols), make([]float64, n)
	}
	return d.sumOfProducts(ctx, len(rows), gatheredRows, &memory.gram, func(lo, hi int) (blas64.General, []float64) {
		chosen, factors := memory.rows, memory.factors[:hi-lo]
		chosen.Rows = hi - lo
		for k, i := range rows[lo:hi] {
			copy(chosen.Data[k*chosen.Stride:(k+1)*chosen.Stride], d.rows(i, i+1).Data)
			factors[k] = math.Sqrt(w[i])
		}
		return chosen, factors
	})
}

// sumOfProducts returns the upper triangle of TᵀT/ΣW, in g, where some returns
// the rows [lo, hi) of x, at most so many at once, and the factors that make them those
// of T, which has n.
func (d *design) sumOfProducts(ctx context.Context, n, atOnce int, g *blas64.Symmetric, some func(lo, hi int) (x blas64.General, factors []float64)) (*mat.SymDense, error) {
	p, q := d.x.Cols, d.size()
	if g.Data == nil {
		*g = newUpper(q)
	}
	for i := range q {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		clear(g.Data[i*q : (i+1)*q]) // which may take long the first time
	}
	features := blas64.Symmetric{Uplo: blas.Upper, N: p, Stride: q, Data: g.Data}
	var sums []float64
	if d.intercept {
		sums = make([]float64, p)
	}
	step := min(max(tileRows, maxProduct/(q*q)), atOnce)
	for lo := 0; lo < n && ctx.Err() == nil; lo += step {
		x, factors := some(lo, min(lo+step, n))
		fast.Gram(x, nil, nil, factors, sums, features)
		if d.intercept {
			g.Data[q*q-1] += dot(factors, factors)
		}
	}
	for j, s := range sums {
		g.Data[j*q+p] = s
	}
	return d.averaged(*g), ctx.Err()
}

// averaged returns g divided by ΣW, in the same memory.
func (d *design) averaged(g blas64.Symmetric) *mat.SymDense {
	for i := range g.Data {
		g.Data[i] /= d.total
	}
	s := new(mat.SymDense)
	s.SetRawSymmetric(g)
	return s
}

// tileRows is the number of rows that are gathered before they go into a
// product: as many as fit the second-level cache beside the result.
const tileRows = 256

// tile is a dense copy of some scaled rows.
type tile struct{ rows blas64.General }

func newTile(rows, columns int) *tile {
	stride := lineStride(columns)
	return &tile{blas64.General{Cols: columns, Stride: stride, Data: make([]float64, rows*stride)}}
}

// lineStride is how far rows are apart that begin on cache lines.
func lineStride(columns int) int {
	stride := (columns + 7) &^ 7
	if stride%64 == 0 {
		stride += 8 // columns a multiple of 512 bytes apart would compete for the same cache lines
	}
	return stride
}

func (t *tile) row(i int) []float64 {
	return t.rows.Data[i*t.rows.Stride : i*t.rows.Stride+t.rows.Cols]
}

func newUpper(n int) blas64.Symmetric {
	data := make([]float64, n*n)
	if n > 1000 {
		fast.AdviseHuge(data)
	}
	return blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: n, Data: data}
}

// rowChunk returns how many of n rows of the given width make a chunk of work:
// whole tiles, at most 64 chunks in all.
func rowChunk(n, width int) int {
	rows := max(1<<16/max(width, 1), n/64, 1)
	return (rows + tileRows - 1) / tileRows * tileRows
}

// gramChunk is rowChunk for work that ends in a matrix of order q per chunk,
// which should cost little beside it.
func gramChunk(n, q int) int {
	return max(rowChunk(n, q), (2*q+tileRows-1)/tileRows*tileRows)
}

// The vector operations that the package is made of.
func sum(v []float64) float64        { return simd.Sum(v) }
func dot(a, b []float64) float64     { return simd.Dot(a, b) }
func axpy(a float64, x, y []float64) { simd.Axpy(a, x, y) }
func add(into, from []float64)       { simd.Add(into, into, from) }
func norm2(v []float64) float64      { return blas64.Implementation().Dnrm2(len(v), v, 1) }
