package tree

import "github.com/sapwood-ml/sapwood/internal/simd"

// binSet is a set of bins.
type binSet [8]uint32

func (s *binSet) has(bin uint8) bool { return s[bin>>5]>>(bin&31)&1 != 0 }
func (s *binSet) put(bin uint8)      { s[bin>>5] |= 1 << (bin & 31) }

// boostSplit is a way to split a leaf.
type boostSplit struct {
	feature     int
	bin         uint8 // the last one that goes left
	missingLeft bool
	category    bool // instead, the bins in the set go left
	set         binSet
	gain        float64
	found       bool
}

// goesLeft are the bins that go left.
func (s *boostSplit) goesLeft() (set binSet) {
	if s.category {
		return s.set
	}
	for b := 0; b <= int(s.bin) && b < missingBin; b++ {
		set.put(uint8(b))
	}
	if s.missingLeft {
		set.put(missingBin)
	}
	return set
}

// sumBins adds up the bins of a set.
func sumBins(hist []derivative, set *binSet) (sum derivative) {
	for b, e := range hist[:256] {
		if set.has(uint8(b)) {
			sum.A += e.A
			sum.B += e.B
		}
	}
	return sum
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
// histogram sums to total, if its gain is above floor.
//
// The gain is G_l²/(H_l+λ) + G_r²/(H_r+λ) − G²/(H+λ) (Chen and Guestrin, XGBoost,
// KDD 2016, equation 7, but for a factor of a half).
func (s *splitRule) best(feature int, hist []derivative, bins int, total derivative, within bounds, floor float64) (best boostSplit) {
	missing := hist[missingBin]
	best.feature = feature
	scan := func(left derivative, last int, missingLeft bool) {
		cuts := simd.Cuts{
			Total: total, Left: left, CountBits: s.countBits, MinCount: s.minLeaf,
			Unit1: s.gUnit, Unit2: s.hUnit, MinSecond: s.minHessian, L2: s.l2, Floor: floor,
		}
		var bin int
		var gain float64
		if s.monotone != nil {
			bin, gain = s.constrainedCut(hist[:last], &cuts, s.monotone[feature], within)
		} else {
			bin, gain = cuts.Best(hist[:last])
		}
		if bin >= 0 {
			floor = gain
			best.bin, best.missingLeft, best.gain, best.found = uint8(bin), missingLeft, gain, true
		}
	}
	if missing.B == 0 {
		scan(derivative{}, bins-1, false)
		return best
	}
	scan(derivative{}, bins, false) // the missing rows alone may go right
	scan(missing, bins-1, true)
	return best
}

// constrainedCut is [simd.Cuts.Best] among the cuts whose steps a monotonic
// constraint admits.
func (s *splitRule) constrainedCut(hist []derivative, c *simd.Cuts, sign int, within bounds) (bin int, gain float64) {
	bin, gain = -1, c.Floor
	g, h := float64(c.Total.A)*s.gUnit, float64(c.Total.B>>s.countBits)*s.hUnit
	parent := g * g / (h + s.l2)
	n, left := s.count(c.Total.B), c.Left
	for b, e := range hist {
		left.A += e.A
		left.B += e.B
		if k := s.count(left.B); k < s.minLeaf || n-k < s.minLeaf {
			continue
		}
		gl, hl := float64(left.A)*s.gUnit, float64(left.B>>s.countBits)*s.hUnit
		gr, hr := float64(c.Total.A-left.A)*s.gUnit, float64((c.Total.B-left.B)>>s.countBits)*s.hUnit
		if hl < s.minHessian || hr < s.minHessian {
			continue
		}
		hl += s.l2
		hr += s.l2
		if v := gl*gl/hl + gr*gr/hr - parent; v > gain && within.admit(-gl/hl, -gr/hr, sign) {
			bin, gain = b, v
		}
	}
	return bin, gain
}
