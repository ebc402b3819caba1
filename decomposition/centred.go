package decomposition

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	fast "github.com/sapwood-ml/sapwood/internal/blas" // also behind blas64
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// centred is the data as the solvers see it: row i is √wᵢ·2⁻ᵉ·(xᵢ−μ), with an
// exponent e that keeps squares in range.
type centred struct {
	x         *mat.Dense
	roots     []float64 // √wᵢ; nil if all are one
	n, p      int
	total     float64 // W = Σ wᵢ
	exponent  int     // e
	mean      []float64
	uncentred bool // leave the mean alone, which is zero then
	// Where columns are near enough to zero that nothing cancels, products are
	// formed of x as it is and corrected, and zeros of x need not be multiplied: as
	// long as W‖μ‖² ≤ 8·Σ wᵢ‖xᵢ−μ‖², checked afterwards. Rounding errors of a scatter
	// matrix are some ε times the sum of squares that go into it, thus at most nine
	// times those of a centred one: less than a digit.
	asIs bool
}

// newCentred looks at 256 rows, fewer if they are long, taken at regular intervals over the data
// since neighbours may be alike, for a first estimate of mean and scale.
func newCentred(x *mat.Dense, weights []float64) *centred { return estimate(x, weights, false) }

// newUncentred is newCentred with zero for the mean.
func newUncentred(x *mat.Dense, weights []float64) *centred { return estimate(x, weights, true) }

func estimate(x *mat.Dense, weights []float64, uncentred bool) *centred {
	n, p := x.Dims()
	c := &centred{x: x, n: n, p: p, total: float64(n), mean: make([]float64, p), uncentred: uncentred}
	if weights != nil {
		c.total = 0
		c.roots = make([]float64, n)
		for i, w := range weights {
			c.total += w
			c.roots[i] = math.Sqrt(w)
		}
	}
	step := (n-1)/min(max(1<<18/p, 128), 256) + 1
	count := float64((n + step - 1) / step)
	for i := 0; i < n && !uncentred; i += step {
		for j, v := range x.RawRowView(i) {
			c.mean[j] += v / count
		}
	}
	var largest, spread, offset float64
	for i := 0; i < n; i += step {
		for j, v := range x.RawRowView(i) {
			d := math.Abs(v - c.mean[j])
			largest = max(largest, d)
			spread += d / count * d
		}
	}
	for _, v := range c.mean {
		offset += v * v
	}
	if largest > 0 && (largest < 1e-60 || largest > 1e60) {
		_, c.exponent = math.Frexp(largest)
	}
	c.asIs = c.roots == nil && c.exponent == 0 && offset <= 4*spread
	return c
}

// fill sets dst to the rows of the centred data from row lo on. A solver has to
// have the mean settled before.
func (c *centred) fill(dst blas64.General, lo int) {
	unit := math.Ldexp(1, -c.exponent)
	for i := range dst.Rows {
		factor := unit
		if c.roots != nil {
			factor *= c.roots[lo+i]
		}
		from, to := c.x.RawRowView(lo+i), dst.Data[i*dst.Stride:i*dst.Stride+dst.Cols]
		mean := c.mean[:len(to)]
		if factor == 1 {
			for j, v := range from {
				to[j] = v - mean[j]
			}
			continue
		}
		for j, v := range from {
			to[j] = factor * (v - mean[j])
		}
	}
}

// dense returns a copy of the centred data.
func (c *centred) dense() *mat.Dense {
	d := mat.NewDense(c.n, c.p, nil)
	parallel.For(c.n, max(1, 1<<15/c.p), func(lo, hi int) { c.fill(d.Slice(lo, hi, 0, c.p).(*mat.Dense).RawMatrix(), lo) })
	return d
}

// slabSize is how many numbers go into a product at a time, at least: a part of
// the last-level cache.
const slabSize = 1 << 19

// settle moves the mean from its estimate to its place. If gram is not nil it
// is set to the upper triangle of the scatter matrix Σ wᵢ(xᵢ−μ)(xᵢ−μ)ᵀ·4⁻ᵉ: the
// products are formed about the estimate and corrected by the rank-one matrix
// of the difference δ, again about a better estimate should δ not be small.
func (c *centred) settle(ctx context.Context, gram *mat.SymDense) error {
	if c.uncentred {
		if gram == nil {
			return nil
		}
		_, err := c.pass(ctx, gram)
		return err
	}
	for {
		delta, err := c.pass(ctx, gram)
		if err != nil {
			return err
		}
		var square, trace float64
		unit := math.Ldexp(1, c.exponent)
		for j, d := range delta {
			square += c.total * d * d
			if c.asIs {
				c.mean[j] = d
			} else {
				c.mean[j] += d * unit
			}
		}
		if gram == nil {
			return nil
		}
		raw := gram.RawSymmetric()
		blas64.Syr(-c.total, vector(delta), raw)
		for j := range c.p {
			// What rounding leaves of a constant column is no variance.
			raw.Data[j*raw.Stride+j] = max(raw.Data[j*raw.Stride+j], 0)
			trace += raw.Data[j*raw.Stride+j]
		}
		limit := 0.1
		if c.asIs {
			limit = 8
		}
		if !(square > limit*trace) || square == 0 {
			return nil
		}
		if !c.asIs && square <= 1e-20*c.total*c.offset() {
			return nil // the mean cannot be had any better
		}
		c.asIs = false
	}
}

// offset returns the squared length of the mean, in the units of the scatter.
func (c *centred) offset() float64 {
	var sum float64
	for _, m := range c.mean {
		m = math.Ldexp(m, -c.exponent)
		sum += m * m
	}
	return sum
}

// pass forms the mean difference of the data from the estimate and, if gram is
// not nil, the products about it.
func (c *centred) pass(ctx context.Context, gram *mat.SymDense) (delta []float64, err error) {
	var raw blas64.Symmetric
	if gram != nil {
		gram.Zero()
		raw = gram.RawSymmetric()
		if c.exponent == 0 {
			return c.packedPass(ctx, raw)
		}
	}
	rows := min(max(slabSize/c.p, 4*c.p), c.n)
	buffer := blas64.General{Cols: c.p, Stride: c.p}
	ones := c.roots
	if c.roots == nil {
		ones = make([]float64, rows)
		for i := range ones {
			ones[i] = 1
		}
	}
	sums := make([]float64, c.p)
	for lo := 0; lo < c.n; lo += rows {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		hi := min(lo+rows, c.n)
		slab := c.x.Slice(lo, hi, 0, c.p).(*mat.Dense).RawMatrix()
		if !c.asIs {
			if buffer.Data == nil {
				buffer.Data = make([]float64, rows*c.p)
			}
			slab = buffer
			slab.Rows = hi - lo
			parallel.For(hi-lo, max(1, 1<<15/c.p), func(from, to int) {
				part := slab
				part.Rows, part.Data = to-from, slab.Data[from*c.p:to*c.p]
				c.fill(part, lo+from)
			})
		}
		w := ones[:hi-lo]
		if c.roots != nil {
			w = c.roots[lo:hi]
		}
		addSums(sums, slab, w)
		if gram != nil {
			blas64.Syrk(blas.Trans, 1, slab, 1, raw)
		}
	}
	blas64.Scal(1/c.total, vector(sums))
	return sums, nil
}

// gramAtOnce is how many multiply-adds go into a product at a time, at least.
const gramAtOnce = 1 << 30

// packedPass is pass with products, in which centring, sums and products share one pass
// over the data.
func (c *centred) packedPass(ctx context.Context, gram blas64.Symmetric) (delta []float64, err error) {
	mean := c.mean
	if c.asIs {
		mean = nil
	}
	sums := make([]float64, c.p)
	rows := min(max(gramAtOnce/(c.p*c.p), 4*c.p), c.n)
	for lo := 0; lo < c.n; lo += rows {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		hi := min(lo+rows, c.n)
		roots := c.roots
		if roots != nil {
			roots = roots[lo:hi]
		}
		fast.Gram(c.x.Slice(lo, hi, 0, c.p).(*mat.Dense).RawMatrix(), nil, mean, roots, sums, gram)
	}
	blas64.Scal(1/c.total, vector(sums))
	return sums, nil
}

// addSums adds to sums the rows of slab, each times its weight. The parts that are
// summed side by side depend on the size alone.
func addSums(sums []float64, slab blas64.General, w []float64) {
	const parts = 8
	share := (slab.Rows-1)/parts + 1
	partial := newBlock(parts, slab.Cols)
	parallel.For(parts, max(1, 1<<15/(share*slab.Cols)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			if from, to := i*share, min((i+1)*share, slab.Rows); from < to {
				blas64.Gemv(blas.Trans, 1, rows(slab, from, to), vector(w[from:to]), 0, vector(partial.Data[i*slab.Cols:][:slab.Cols]))
			}
		}
	})
	for i := range parts {
		simd.Add(sums, sums, partial.Data[i*slab.Cols:][:slab.Cols])
	}
}
