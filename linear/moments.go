package linear

import (
	"context"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
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

// newMoments computes the moments: chunks of rows, less a shift near the means, go
// into a cache-sized buffer and from there into the product; what the shift differs
// from the mean is corrected in the end, which is then a small correction. Many
// columns whose shift is zero are used where they lie. If the moments are finite, so
// are all the data; otherwise the data are checked, and if they merely overflow,
// scaled and read again.
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
	n, q := t.x.Rows, t.x.Cols+2
	fill := func(tile *tile, lo, hi int) {
		for i := lo; i < hi; i++ {
			to := tile.row(i - lo)
			to[q-1] = t.fill(i, to)
		}
		tile.rows.Rows = hi - lo
	}
	if q > maxTileGram && t.asIs() {
		return t.productsInPlace(ctx)
	}
	if q > maxTileGram {
		return t.wideProducts(ctx, fill)
	}
	type part struct {
		sums blas64.Symmetric
		tile *tile
	}
	var parts sync.Pool
	total, err := parallel.Reduce(ctx, n, gramChunk(n, q), func(lo, hi int) *part {
		s, _ := parts.Get().(*part)
		if s == nil {
			s = &part{newProducts(q), newTile(tileRows, q)}
		}
		clear(s.sums.Data)
		for ; lo < hi && ctx.Err() == nil; lo += tileRows {
			fill(s.tile, lo, min(lo+tileRows, hi))
			s.tile.accumulate(1, s.sums)
		}
		return s
	}, func(into, from *part) *part {
		addUpper(into.sums, from.sums)
		parts.Put(from)
		return into
	})
	if err != nil {
		return blas64.Symmetric{}, err
	}
	return total.sums, nil
}

// maxTileGram is the order beyond which a product of columns gains more from
// packing them than packing costs, and beyond which a sum per worker would not
// stay in the cache.
const maxTileGram = 256

// wideProducts is products for many columns: as many rows at once as fit a cache.
func (t *table) wideProducts(ctx context.Context, fill func(tile *tile, lo, hi int)) (blas64.Symmetric, error) {
	n, q := t.x.Rows, t.x.Cols+2
	calls := (n-1)/max(tileRows, 1<<18/q) + 1
	rows := (n-1)/calls + 1
	tile, sums := newTile(rows, q), newProducts(q)
	for lo := 0; lo < n; lo += rows {
		if err := ctx.Err(); err != nil {
			return sums, err
		}
		hi := min(lo+rows, n)
		parallel.For(hi-lo, max(1, 1<<15/q), func(from, to int) {
			part := *tile
			part.rows.Data = part.rows.Data[from*part.rows.Stride:]
			fill(&part, lo+from, lo+to)
		})
		tile.rows.Rows = hi - lo
		blas64.Syrk(blas.Trans, 1, tile.rows, 1, sums)
	}
	return sums, nil
}

// asIs reports whether the rows of x are to be neither scaled nor shifted nor weighted.
func (t *table) asIs() bool {
	return t.scale == nil && t.weights == nil && simd.AbsSum(t.shift[:t.x.Cols]) == 0
}

// productsInPlace is products for many columns of rows that are used as they are.
func (t *table) productsInPlace(ctx context.Context) (blas64.Symmetric, error) {
	n, p := t.x.Rows, t.x.Cols
	sums := newProducts(p + 2)
	features := blas64.Symmetric{Uplo: blas.Upper, N: p, Stride: sums.Stride, Data: sums.Data}
	step := max(tileRows, maxProduct/(p*p))
	for lo := 0; lo < n; lo += step {
		if err := ctx.Err(); err != nil {
			return sums, err
		}
		some := t.x
		some.Rows, some.Data = min(step, n-lo), t.x.Data[lo*t.x.Stride:]
		blas64.Syrk(blas.Trans, 1, some, 1, features)
	}
	target, ones := make([]float64, n), slices.Repeat([]float64{1}, n)
	for i := range target {
		target[i] = t.target(i) - t.shift[p]
	}
	type part struct{ targets, ones []float64 } // Xᵀ times each
	with, err := parallel.Reduce(ctx, n, rowChunk(n, p), func(lo, hi int) part {
		s := part{make([]float64, p), make([]float64, p)}
		const together = 16 // rows that stay in the cache
		for ; lo < hi; lo += together {
			end := min(lo+together, hi)
			rows := t.x.Data[lo*t.x.Stride : (end-1)*t.x.Stride+p]
			simd.AxpyRows(target[lo:end], rows, t.x.Stride, s.targets)
			simd.AxpyRows(ones[lo:end], rows, t.x.Stride, s.ones)
		}
		return s
	}, func(into, from part) part {
		add(into.targets, from.targets)
		add(into.ones, from.ones)
		return into
	})
	if err != nil {
		return sums, err
	}
	for j := range p {
		row := sums.Data[j*sums.Stride:]
		row[p], row[p+1] = with.targets[j], with.ones[j]
	}
	last := sums.Data[p*sums.Stride+p:]
	last[0], last[1], last[sums.Stride+1] = dot(target, target), sum(target), float64(n)
	return sums, nil
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
