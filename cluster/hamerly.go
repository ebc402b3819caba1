package cluster

import (
	"math"

	"gonum.org/v1/gonum/mat"

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
	upper, lower []float64
	shift        []float64 // how far each centre has moved
	most, next   float64   // the two largest shifts
	mover        int32     // the centre with the largest
	apart        []float64 // half the distance to the nearest other centre
}

func newBounds(n, k int) *bounds {
	return &bounds{
		upper: make([]float64, n),
		lower: make([]float64, n),
		shift: make([]float64, k),
		apart: make([]float64, k),
	}
}

// moved takes note of new centres.
func (b *bounds) moved(before, after *mat.Dense) {
	k, p := after.Dims()
	slack := relativeError(p)
	b.most, b.next = 0, 0
	for c := range k {
		d := math.Sqrt(simd.SqDist(before.RawRowView(c), after.RawRowView(c))) * (1 + slack)
		b.shift[c] = d
		if d > b.most {
			b.mover, b.most, b.next = int32(c), d, b.most
		} else {
			b.next = max(b.next, d)
		}
		b.apart[c] = math.Inf(1)
	}
	for c := range k {
		for o := range c {
			half := math.Sqrt(simd.SqDist(after.RawRowView(c), after.RawRowView(o))) / 2 * (1 - slack)
			b.apart[c] = min(b.apart[c], half)
			b.apart[o] = min(b.apart[o], half)
		}
	}
}

// selectRows puts those of the rows [lo, hi) into the block that the bounds do
// not spare.
func (b *bounds) selectRows(rows *block, r *run, lo, hi int) {
	_, p := r.Dims()
	slack := relativeError(p)
	for i := lo; i < hi; i++ {
		c := r.labels[i]
		u := (b.upper[i] + b.shift[c]) * (1 + 0x1p-51)
		most := b.most
		if c == b.mover {
			most = b.next
		}
		l := (b.lower[i] - most) * (1 - 0x1p-51)
		limit := max(l, b.apart[c])
		if u >= limit {
			u = math.Sqrt(simd.SqDist(r.X.RawRowView(i), r.centers.RawRowView(int(c)))) * (1 + slack)
			if u >= limit {
				rows.rows = append(rows.rows, int32(i))
			}
		}
		b.upper[i], b.lower[i] = u, l
	}
}

// learn takes over what a search has found.
func (b *bounds) learn(rows *block) {
	for s, i := range rows.rows {
		b.upper[i], b.lower[i] = rows.upper[s], rows.lower[s]
	}
}
