package cluster

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	_ "github.com/sapwood-ml/sapwood/internal/blas" // fast products
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// A search finds the nearest centre of blocks of samples. It compares the scores
//
//	½‖c−μ‖² − (x−μ)·(c−μ)
//
// which order centres as distances do and cost one matrix product per block; μ is
// the mean of the data, so that an offset costs no digits. Where the two best
// scores lie too close to be told apart for certain, the exact distances decide.
type search struct {
	*data
	centers *mat.Dense
	shifted blas64.General // cₖ − μ
	half    []float64      // ½‖cₖ−μ‖²
	radius  float64        // maxₖ ‖cₖ−μ‖
}

func newSearch(d *data, centers *mat.Dense) *search {
	k, p := centers.Dims()
	t := &search{
		data:    d,
		centers: centers,
		shifted: blas64.General{Rows: k, Cols: p, Stride: p, Data: make([]float64, k*p)},
		half:    make([]float64, k),
	}
	for c := range k {
		row := t.shifted.Data[c*p : (c+1)*p]
		simd.Sub(row, centers.RawRowView(c), d.mean)
		square := simd.Dot(row, row)
		t.half[c] = square / 2
		t.radius = max(t.radius, math.Sqrt(square))
	}
	return t
}

// A block is a number of samples to search for, and what was found.
type block struct {
	rows    []int32   // of the data
	nearest []int32   // the nearest centre of each
	upper   []float64 // no less than the distance to the nearest centre
	lower   []float64 // no more than the distance to any other centre
	shifted blas64.General
	scores  blas64.General
}

func (t *search) newBlock() *block {
	k, p := t.shifted.Rows, t.shifted.Cols
	size := min(max(1<<15/max(k, p), 16), 512)
	return &block{
		rows:    make([]int32, 0, size),
		nearest: make([]int32, size),
		upper:   make([]float64, size),
		lower:   make([]float64, size),
		shifted: blas64.General{Cols: p, Stride: p, Data: make([]float64, size*p)},
		scores:  blas64.General{Cols: k, Stride: k, Data: make([]float64, size*k)},
	}
}

func (b *block) capacity() int { return cap(b.rows) }

// search fills in what belongs to b.rows.
func (t *search) search(b *block) {
	if len(b.rows) == 0 {
		return
	}
	k, p := t.shifted.Rows, t.shifted.Cols
	b.shifted.Rows, b.scores.Rows = len(b.rows), len(b.rows)
	for s, i := range b.rows {
		simd.Sub(b.shifted.Data[s*p:(s+1)*p], t.X.RawRowView(int(i)), t.mean)
	}
	blas64.Gemm(blas.NoTrans, blas.Trans, -1, b.shifted, t.shifted, 0, b.scores)
	for s := range b.rows {
		scores := b.scores.Data[s*k : (s+1)*k]
		best, first, second := lowestTwo(scores, t.half)
		row := b.shifted.Data[s*p : (s+1)*p]
		square := simd.Dot(row, row)
		if m := t.margin(math.Sqrt(square)); second-first > m {
			b.nearest[s] = int32(best)
			b.upper[s] = math.Sqrt(max(0, square+2*(first+m)))
			b.lower[s] = math.Sqrt(max(0, square+2*(second-m)))
		} else {
			t.exact(b, s)
		}
	}
}

// margin bounds the error of the difference of two scores of a sample at the
// given distance from μ: that of a product of p terms is at most about
// p·2⁻⁵³·‖x−μ‖‖c−μ‖ (Higham, "Accuracy and stability of numerical algorithms",
// 2002, section 3.1), and the rest is a few roundings more. It is taken fourfold,
// so that it covers the difference between exact distances and those computed,
// which decide a label, too.
func (t *search) margin(norm float64) float64 {
	p := float64(t.shifted.Cols)
	return 4 * (p + 16) * 0x1p-53 * (norm + t.radius) * (norm + t.radius)
}

// lowestTwo returns the index of the least scores[c] + half[c], the lower one on
// equality, and the two least values.
func lowestTwo(scores, half []float64) (best int, first, second float64) {
	first, second = math.Inf(1), math.Inf(1)
	half = half[:len(scores)]
	for c, s := range scores {
		s += half[c]
		if s < second {
			if s < first {
				best, first, second = c, s, first
			} else {
				second = s
			}
		}
	}
	return best, first, second
}

// exact decides sample s of the block by distances.
func (t *search) exact(b *block, s int) {
	row := t.X.RawRowView(int(b.rows[s]))
	best, first, second := 0, math.Inf(1), math.Inf(1)
	for c := range t.half {
		d := simd.SqDist(row, t.centers.RawRowView(c))
		if d < first {
			best, first, second = c, d, first
		} else {
			second = min(second, d)
		}
	}
	b.nearest[s] = int32(best)
	slack := relativeError(len(row))
	b.upper[s] = math.Sqrt(first) * (1 + slack)
	b.lower[s] = math.Sqrt(second) * (1 - slack)
}

// relativeError bounds the relative error of a computed distance of p terms and
// of the few operations on it.
func relativeError(p int) float64 { return (float64(p) + 16) * 0x1p-53 }
