package tree

import "github.com/sapwood-ml/sapwood/internal/simd"

// derivative is the first derivative of the loss at a row, A, and in the upper bits
// of B the second, both in fixed point; the lower bits of B count rows. Sums of
// such pairs are therefore exact, in any order, and so is taking one histogram from
// another.
type derivative = simd.Pair

const histogramStride = simd.HistogramStride

// boostSplit is a way to split a leaf.
type boostSplit struct {
	feature     int
	bin         uint8 // the last one that goes left
	missingLeft bool
	gain        float64
	left        derivative // sums over the rows that go left
	missing     int        // rows without the feature
	found       bool
}

// splitRule is what the search for splits needs to know about a tree.
type splitRule struct {
	l2, minHessian float64
	minLeaf        int64
	gUnit, hUnit   float64
	countBits      uint
	monotone       []int // nil, or one sign per feature
}

func (s *splitRule) count(h int64) int64 { return h & (1<<s.countBits - 1) }

// best returns the best split of a feature with the given number of bins, whose
// histogram sums to total.
//
// The gain is G_l²/(H_l+λ) + G_r²/(H_r+λ) − G²/(H+λ) (Chen and Guestrin, XGBoost,
// KDD 2016, equation 7, but for a factor of a half).
func (s *splitRule) best(feature int, hist []derivative, bins int, total derivative, within bounds, floor float64) (best boostSplit) {
	missing := hist[missingBin]
	g, h := float64(total.A)*s.gUnit, float64(total.B>>s.countBits)*s.hUnit
	parent := g * g / (h + s.l2)
	best.feature, best.missing = feature, int(s.count(missing.B))
	n := s.count(total.B)
	last := bins - 1
	if best.missing > 0 {
		last = bins // the missing rows alone may go right
	}
	scan := func(left derivative, last int, missingLeft bool) {
		for b := range last {
			e := hist[b]
			if e.B == 0 {
				continue
			}
			left.A += e.A
			left.B += e.B
			c := s.count(left.B)
			if c < s.minLeaf {
				continue
			}
			if n-c < s.minLeaf {
				return
			}
			gl, hl := float64(left.A)*s.gUnit, float64(left.B>>s.countBits)*s.hUnit
			gr, hr := float64(total.A-left.A)*s.gUnit, float64((total.B-left.B)>>s.countBits)*s.hUnit
			if hl < s.minHessian || hr < s.minHessian {
				continue
			}
			hl += s.l2
			hr += s.l2
			// The same as gain > floor, but for rounding, without dividing.
			if float64(gl*gl*hr)+float64(gr*gr*hl) <= (floor+parent)*(hl*hr)*(1-1e-14) {
				continue
			}
			if s.monotone != nil && !within.admit(-gl/hl, -gr/hr, s.monotone[feature]) {
				continue
			}
			if gain := gl*gl/hl + gr*gr/hr - parent; gain > floor {
				floor = gain
				best.bin, best.missingLeft, best.gain, best.left, best.found = uint8(b), missingLeft, gain, left, true
			}
		}
	}
	scan(derivative{}, last, false)
	if best.missing > 0 {
		scan(missing, bins-1, true)
	}
	return best
}
