package cluster

import (
	"math"
	"math/bits"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// bounds are Hamerly's: of each sample, an upper bound of the distance to its
// centre and a lower bound of that to any other. By the triangle inequality they
// follow when centres move, and while the one is below the other, or below half
// the distance from its centre to the nearest other centre, the sample stays.
//
// A sample's bounds are kept in its [state], less and plus how far centres had moved
// until then, so that those of spared samples need no touch while centres move.
// All are rounded outwards, and samples are spared on strict inequality alone: the
// labels are those of Lloyd's algorithm.
type bounds struct {
	*data
	path  []float64 // how far each centre has moved in all; scaled, as all distances here
	drift []float64 // the same of whichever other centre moved farthest each time
	apart []float64 // half the distance to the nearest other centre
}

func newBounds(d *data, k int) *bounds {
	return &bounds{data: d, path: make([]float64, k), drift: make([]float64, k), apart: make([]float64, k)}
}

// A state is a sample's label plus one, 0 for none yet, and above its labelBits two
// numbers of boundBits, the bounds: as a float32 without the last digits. The states
// of samples without bounds are all label.
type state = int

const (
	labelBits = 16
	boundBits = 24
	labelMask = 1<<labelBits - 1
)

// roomForBounds reports whether a state has room for bounds beside one of k labels.
func roomForBounds(k int) bool { return bits.UintSize == labelBits+2*boundBits && k <= labelMask }

// state returns that of a sample with the given label and bounds.
func (b *bounds) state(label int, upper, lower float64) state {
	u := max(upper-b.path[label], -math.MaxFloat32)
	u += math.Abs(u)*0x1p-14 + 0x1p-126
	l := min(lower, math.MaxFloat32) + b.drift[label]
	l = max(min(l*(1-0x1p-14)-0x1p-126, math.MaxFloat32), 0)
	return state(uint64(label+1) | bound(u)<<labelBits | bound(l)<<(labelBits+boundBits))
}

// bound returns v rounded to boundBits, towards zero.
func bound(v float64) uint64 {
	return uint64(math.Float32bits(float32(v)) >> (32 - boundBits))
}

// of returns the label and the bounds of a sample's state, as they are now.
func (b *bounds) of(s state) (label int, upper, lower float64) {
	label = int(s&labelMask) - 1
	upper = number(uint64(s)>>labelBits) + b.path[label]
	lower = number(uint64(s)>>(labelBits+boundBits)) - b.drift[label]
	return label, upper * (1 + 0x1p-50), lower * (1 - 0x1p-50)
}

// number returns the bound in the lowest bits.
func number(bound uint64) float64 {
	return float64(math.Float32frombits(uint32(bound) << (32 - boundBits)))
}

// moved takes note of new centres, which have moved by the given squared distances,
// for e, too, if it is not nil.
func (b *bounds) moved(shifts []float64, after *mat.Dense, e *elkan) {
	k, p := after.Dims()
	slack := relativeError(p)
	mover, most, next := 0, 0.0, 0.0 // the centre with the largest shift, that, and the next-largest
	for c, square := range shifts {
		d := math.Sqrt(square) * b.scale * (1 + slack)
		b.path[c] = farther(b.path[c], d)
		if d > most {
			mover, most, next = c, d, most
		} else {
			next = max(next, d)
		}
	}
	for c := range k {
		if c == mover {
			b.drift[c] = farther(b.drift[c], next)
		} else {
			b.drift[c] = farther(b.drift[c], most)
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

// farther returns no less than path + d, so that the difference of two paths is no
// less than what was added in between.
func farther(path, d float64) float64 {
	if d == 0 {
		return path
	}
	return math.Nextafter(path+d, math.Inf(1))
}

// half returns no more than half the scaled distance of two centres.
func (b *bounds) half(square float64) float64 {
	return math.Sqrt(square) * b.scale / 2 * (1 - relativeError(len(b.mean)))
}

// unsure appends to rows those samples that their bounds do not show to keep their
// labels, given the states of the samples from the given one on.
func (b *bounds) unsure(rows []int32, states []state, from int) []int32 {
	for s, now := range states {
		c, u, l := b.of(now)
		if !(u < max(l, b.apart[c])) {
			rows = append(rows, int32(from+s))
		}
	}
	return rows
}

// pairs are samples and centres with their squared distances.
type pairs struct {
	samples, centers [batch]int // where they begin
	squares          [batch]float64
}

// tighten makes the upper bounds of samples the distances, and returns those of them
// that they still do not show to keep their labels, in place.
func (b *bounds) tighten(rows []int32, r *run, w *worker) []int32 {
	x, centers, q := r.X.RawMatrix(), r.centers.RawMatrix(), &w.pairs
	for s, i := range rows {
		q.samples[s], q.centers[s] = int(i)*x.Stride, (r.states[i]&labelMask-1)*centers.Stride
	}
	n := len(rows)
	simd.SqDistPairs(q.squares[:n], x.Cols, x.Data, q.samples[:n], centers.Data, q.centers[:n])
	slack := 1 + relativeError(x.Cols)
	left := rows[:0]
	for s, i := range rows {
		c, _, l := b.of(r.states[i])
		u := math.Sqrt(q.squares[s]) * b.scale * slack
		stays := u < max(l, b.apart[c])
		if !stays {
			left = append(left, i)
		}
		if stays || r.elkan != nil { // else a search gives it another state
			r.states[i] = b.state(c, u, l)
		}
	}
	return left
}
