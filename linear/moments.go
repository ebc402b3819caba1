package linear

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	fast "github.com/sapwood-ml/sapwood/internal/blas" // also the kernels behind blas64
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// table is the data of a least-squares problem. Solvers see the columns of X,
// and the target y as column p, in units of their own: value·scale.
type table struct {
	x         blas64.General // n × p
	y         []float64
	weights   []float64 // nil means all one
	intercept bool
	scale     []float64    // p+1 powers of two; nil means all one
	shift     []float64    // p+1 numbers near the means of the scaled columns, those of features 0 if all means are within a deviation of it; 0 without an intercept
	ridge     float64      // factor of ‖b‖² in the objective, in the caller's units; 0 for least squares
	checked   func() error // reports cells of X that are not finite
}

// newTable returns the table of ds, all of which is checked but that the cells of
// X are finite: [newMoments] sees to that.
func newTable(ds *dataset.Regression, intercept bool) (*table, error) {
	if err := ds.ValidateShape(); err != nil {
		return nil, err
	}
	t := &table{x: ds.X.RawMatrix(), y: ds.Y, weights: ds.Weights, intercept: intercept, checked: ds.Validate}
	mean, deviation := sampleMoments(t.x)
	yMean, yDeviation := sampleMoments(blas64.General{Rows: len(ds.Y), Cols: 1, Stride: 1, Data: ds.Y})
	t.shift = append(mean, yMean...)
	far := false // a column is from zero: to centre others changes no digit to speak of
	for j, m := range mean {
		far = far || math.Abs(m) >= deviation[j]
	}
	magnitude := append(deviation, yDeviation...)
	for j, m := range t.shift {
		magnitude[j] = max(magnitude[j], math.Abs(m))
	}
	t.rescale(magnitude, 1<<100)
	if !intercept || !far {
		clear(t.shift[:t.x.Cols])
	}
	if !intercept {
		t.shift[t.x.Cols] = 0
	}
	return t, nil
}

// rescale sets scale and adapts shift so that columns of the given magnitudes
// are of the order of one, unless all magnitudes are within the given bound of it.
func (t *table) rescale(magnitude []float64, bound float64) {
	extreme := false
	for _, m := range magnitude {
		extreme = extreme || m > bound || m < 1/bound
	}
	if !extreme {
		return
	}
	t.scale = make([]float64, len(magnitude))
	for j, m := range magnitude {
		_, exponent := math.Frexp(m)
		// A factor beyond 2^1000 is not needed for anything but subnormal columns.
		t.scale[j] = math.Ldexp(1, min(max(-exponent, -1000), 1000))
		t.shift[j] *= t.scale[j]
	}
}

// rescaleExactly is for data whose few sampled rows gave no idea of how large
// the others are.
func (t *table) rescaleExactly() {
	p := t.x.Cols
	magnitude := make([]float64, p+1)
	for i, v := range t.y {
		for j, v := range t.x.Data[i*t.x.Stride : i*t.x.Stride+p] {
			magnitude[j] = max(magnitude[j], math.Abs(v))
		}
		magnitude[p] = max(magnitude[p], math.Abs(v))
	}
	for j, m := range magnitude {
		if t.scale != nil {
			t.shift[j] /= t.scale[j]
		}
		if m == 0 {
			magnitude[j] = 1
		}
	}
	t.scale = nil
	t.rescale(magnitude, 1)
}

func (t *table) weight(i int) float64 {
	if t.weights == nil {
		return 1
	}
	return t.weights[i]
}

func (t *table) total() float64 {
	if t.weights == nil {
		return float64(t.x.Rows)
	}
	return sum(t.weights)
}

// penalty returns the factor of the square of coefficient j in scaled units.
func (t *table) penalty(j int) float64 { return t.ridge * t.scaleOf(j) * t.scaleOf(j) }

func (t *table) row(i int) []float64 { return t.x.Data[i*t.x.Stride : i*t.x.Stride+t.x.Cols] }

// target returns yᵢ in scaled units.
func (t *table) target(i int) float64 { return t.y[i] * t.scaleOf(t.x.Cols) }

func (t *table) scaleOf(j int) float64 {
	if t.scale == nil {
		return 1
	}
	return t.scale[j]
}

// scaledRow returns row i in scaled units, which is buffer unless no copy is needed.
func (t *table) scaledRow(i int, buffer []float64) []float64 {
	if t.scale == nil {
		return t.row(i)
	}
	simd.Mul(buffer, t.row(i), t.scale[:t.x.Cols])
	return buffer
}

// fill writes the scaled and shifted features and target of row i, p+1 numbers,
// times the root of its weight, and returns that root.
func (t *table) fill(i int, to []float64) float64 {
	p := t.x.Cols
	if t.scale == nil {
		simd.Sub(to[:p], t.row(i), t.shift[:p])
	} else {
		simd.Mul(to[:p], t.row(i), t.scale[:p])
		simd.Sub(to[:p], to[:p], t.shift[:p])
	}
	to[p] = t.target(i) - t.shift[p]
	if t.weights == nil {
		return 1
	}
	root := math.Sqrt(t.weights[i])
	simd.Scal(root, to[:p+1])
	return root
}

// moments are the weighted second moments of features and target, in scaled
// units, about their means or, without an intercept, about zero.
type moments struct {
	mean     []float64     // p+1, the target's last
	gram     *mat.SymDense // Σ w (x−μ)(x−μ)ᵀ
	cross    []float64     // Σ w (x−μ)(y−ȳ)
	square   float64       // Σ w (y−ȳ)²
	constant []bool        // columns that do not vary, to working precision; gram and cross are 0 there
}

// newMoments computes the moments from the products of the columns less a shift near
// the means: what the shift differs from the mean is corrected in the end, which is then
// a small correction. If the moments are finite, so are all the data; otherwise the data
// are checked, and if they merely overflow, scaled and read again.
func newMoments(ctx context.Context, t *table) (*moments, error) {
	m, err := t.moments(ctx)
	if err != nil || m.finite() {
		return m, err
	}
	if err := t.checked(); err != nil {
		return nil, err
	}
	t.rescaleExactly()
	if m, err = t.moments(ctx); err == nil && !m.finite() {
		err = errOverflow
	}
	return m, err
}

func (t *table) moments(ctx context.Context) (*moments, error) {
	p := t.x.Cols
	sums, err := t.products(ctx)
	if err != nil {
		return nil, err
	}
	s, stride := sums.Data, sums.Stride
	weight := s[(p+1)*stride+p+1]
	m := &moments{mean: append([]float64(nil), t.shift...), gram: new(mat.SymDense), cross: make([]float64, p), constant: make([]bool, p)}
	m.gram.SetRawSymmetric(blas64.Symmetric{Uplo: blas.Upper, N: p, Stride: stride, Data: s[:(p-1)*stride+p]})
	off := make([]float64, p+1) // mean less shift
	if t.intercept {
		for j := range off {
			off[j] = s[j*stride+p+1] / weight
			m.mean[j] += off[j]
		}
	}
	for i := range p + 1 {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		row := s[i*stride+i : i*stride+p+1] // from the diagonal to the target
		axpy(-weight*off[i], off[i:], row)
		if i == p {
			m.square = max(row[0], 0)
			break
		}
		// Of a column that only differs from its mean by rounding nothing can be learned.
		noise := 4 * unit * m.mean[i]
		if m.constant[i] = t.intercept && row[0] <= noise*noise*weight; m.constant[i] {
			clear(row[:p-i])
			continue
		}
		m.cross[i] = row[p-i]
	}
	for j, constant := range m.constant {
		for i := 0; constant && i < j; i++ {
			m.gram.SetSym(i, j, 0)
		}
	}
	return m, nil
}

// products returns the upper triangle of the products of features, target and one,
// shifted.
func (t *table) products(ctx context.Context) (blas64.Symmetric, error) {
	n, p := t.x.Rows, t.x.Cols
	sums := newProducts(p + 2)
	all := blas64.Symmetric{Uplo: blas.Upper, N: p + 1, Stride: sums.Stride, Data: sums.Data}
	withOne := make([]float64, p+1)
	step := max(tileRows, maxProduct/((p+1)*(p+1)))
	if t.scale != nil {
		step = max(tileRows, scaledAtOnce/(p+1))
	}
	var roots []float64
	for lo := 0; lo < n; lo += step {
		if err := ctx.Err(); err != nil {
			return sums, err
		}
		hi := min(lo+step, n)
		if t.weights != nil {
			roots = roots[:0]
			for _, w := range t.weights[lo:hi] {
				roots = append(roots, math.Sqrt(w))
			}
		}
		x, y := t.scaledRows(lo, hi)
		fast.Gram(x, y, t.shift, roots, withOne, all)
	}
	for j, s := range withOne {
		sums.Data[j*sums.Stride+p+1] = s
	}
	sums.Data[(p+1)*sums.Stride+p+1] = t.total()
	return sums, nil
}

// scaledAtOnce is how many elements are copied to scale them: a part of the last-level
// cache.
const scaledAtOnce = 1 << 18

// scaledRows returns the features and targets of rows [lo, hi) in scaled units, which
// are copies if scale is not nil.
func (t *table) scaledRows(lo, hi int) (x blas64.General, y []float64) {
	p := t.x.Cols
	x = t.x
	x.Rows, x.Data = hi-lo, x.Data[lo*x.Stride:]
	if t.scale == nil {
		return x, t.y[lo:hi]
	}
	copies := newGeneral(hi-lo, p)
	parallel.For(hi-lo, max(1, 1<<15/max(p, 1)), func(from, to int) {
		for i := from; i < to; i++ {
			t.scaledRow(lo+i, copies.Data[i*p:(i+1)*p])
		}
	})
	y = make([]float64, hi-lo)
	for i := range y {
		y[i] = t.target(lo + i)
	}
	return copies, y
}

// newProducts returns zeros for the upper triangle of q × q products, whose rows
// begin on cache lines: coordinate descent reads them one by one.
func newProducts(q int) blas64.Symmetric {
	s := newUpper(lineStride(q))
	s.N = q
	return s
}

func (m *moments) finite() bool {
	gram := m.gram.RawSymmetric()
	for i := range gram.N {
		if simd.Finite(gram.Data[i*gram.Stride+i:i*gram.Stride+gram.N]) >= 0 {
			return false
		}
	}
	return simd.Finite(m.cross) < 0 && simd.Finite(m.mean) < 0 && m.square-m.square == 0
}
