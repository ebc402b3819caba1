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
	outward      float64   // what a distance is multiplied by to be no less than the true one
}

func newBounds(n, k, p int) *bounds {
	return &bounds{
		upper: make([]float64, n),
		lower: make([]float64, n),
		shift: make([]float64, k),
		apart: make([]float64, k),

		outward: 1 + relativeError(p),
	}
}

// moved takes note of new centres.
func (b *bounds) moved(before, after *mat.Dense) {
	k, p := after.Dims()
	slack := relativeError(p)
	b.most, b.next = 0, 0
	for c := range k {
		d := math.Sqrt(simd.SqDist(before.RawRowView(c), after.RawRowView(c))) * b.outward
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

// spare moves the bounds of sample i along with the centres, and reports whether
// they show that it keeps its label.
func (b *bounds) spare(i int, r *run) bool {
	c := r.labels[i]
	u := (b.upper[i] + b.shift[c]) * (1 + 0x1p-51)
	most := b.most
	if c == b.mover {
		most = b.next
	}
	l := (b.lower[i] - most) * (1 - 0x1p-51)
	limit := max(l, b.apart[c])
	if u >= limit {
		u = math.Sqrt(simd.SqDist(r.X.RawRowView(i), r.centers.RawRowView(int(c)))) * b.outward
	}
	b.upper[i], b.lower[i] = u, l
	return u < limit
}
