package cluster

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// bounds are Hamerly's: of each sample, an upper bound of the distance to its
// centre and a lower bound of that to any other. By the triangle inequality they
// follow when centres move, and while the one is below the other, or below half
// the distance from its centre to the nearest other centre, the sample stays.
//
// All bounds are rounded outwards, and samples are spared on strict inequality
// alone: the labels are those of Lloyd's algorithm.
type bounds struct {
	*data
	upper, lower []float32 // scaled, as all distances here
	shift        []float64 // how far each centre has moved
	most, next   float64   // the two largest shifts
	mover        int       // the centre with the largest
	apart        []float64 // half the distance to the nearest other centre
}

func newBounds(d *data, k int) *bounds {
	return &bounds{
		data:  d,
		upper: make([]float32, d.Len()),
		lower: make([]float32, d.Len()),
		shift: make([]float64, k),
		apart: make([]float64, k),
	}
}

// set stores the bounds of sample i, rounded outwards.
func (b *bounds) set(i int, upper, lower float64) {
	b.upper[i] = float32(upper*(1+0x1p-23) + 0x1p-126)
	b.lower[i] = float32(lower*(1-0x1p-23) - 0x1p-126)
}

// distance returns the scaled distance of two points, in error by less than one
// part in relativeError.
func (b *bounds) distance(x, y []float64) float64 { return math.Sqrt(simd.SqDist(x, y)) * b.scale }

// moved takes note of new centres, for e, too, if it is not nil.
func (b *bounds) moved(before, after *mat.Dense, e *elkan) {
	k, p := after.Dims()
	slack := relativeError(p)
	b.most, b.next = 0, 0
	for c := range k {
		d := b.distance(before.RawRowView(c), after.RawRowView(c)) * (1 + slack)
		b.shift[c] = d
		if d > b.most {
			b.mover, b.most, b.next = c, d, b.most
		} else {
			b.next = max(b.next, d)
		}
		if e != nil {
			e.path[c] += d
		}
	}
	raw := after.RawMatrix()
	parallel.For(k, rowsPerTask(k, p), func(lo, hi int) {
		var some [64]float64
		for c := lo; c < hi; c++ {
			least := math.Inf(1)
			for o := 0; o < k; o += len(some) {
				squares := some[:min(len(some), k-o)]
				simd.SqDistRows(squares, after.RawRowView(c), raw.Data[o*raw.Stride:], raw.Stride)
				if c >= o && c < o+len(squares) {
					squares[c-o] = math.Inf(1)
				}
				least = min(least, simd.Min(squares))
				if e == nil {
					continue
				}
				for q, square := range squares {
					e.half[c*k+o+q] = b.half(square)
				}
			}
			b.apart[c] = b.half(least)
		}
	})
}

// half returns no more than half the scaled distance of two centres.
func (b *bounds) half(square float64) float64 {
	return math.Sqrt(square) * b.scale / 2 * (1 - relativeError(len(b.mean)))
}

// spare moves the bounds of sample i along with the centres, and reports whether
// they show that it keeps its label.
func (b *bounds) spare(i int, r *run) bool {
	c := r.labels[i]
	most := b.most
	if c == b.mover {
		most = b.next
	}
	u, l := float64(b.upper[i])+b.shift[c], float64(b.lower[i])-most
	limit := max(l, b.apart[c])
	if u >= limit {
		u = b.distance(r.X.RawRowView(i), r.centers.RawRowView(c)) * (1 + relativeError(len(b.mean)))
	}
	b.set(i, u, l)
	return u < limit
}
