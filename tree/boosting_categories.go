package tree

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// checkCategories returns the number of levels of each feature, 0 for numeric ones,
// or nil if all are numeric.
func checkCategories(s dataset.Schema, monotone []int) ([]int, error) {
	var counts []int
	for f, levels := range s.Levels {
		if levels == nil {
			continue
		}
		if len(levels) > mostBins {
			return nil, fmt.Errorf("%w: feature %d has %d levels, more than %d", dataset.ErrShape, f, len(levels), mostBins)
		}
		if monotone != nil && monotone[f] != 0 {
			return nil, &model.ParamError{Field: "Monotone", Value: monotone, Want: fmt.Sprintf("0 for feature %d, which is categorical", f)}
		}
		if counts == nil {
			counts = make([]int, len(s.Levels))
		}
		counts[f] = len(levels)
	}
	return counts, nil
}

// category is the bin of a level: its index, or that of missing values for what is
// no level's.
func category(v float64) uint8 {
	if v >= 0 && v < mostBins && v == math.Trunc(v) {
		return uint8(v)
	}
	return missingBin
}

const (
	// Levels with fewer rows in a leaf are not told apart, and
	categorySupport = 10
	// so much is added to their second derivatives before they are ordered.
	categorySmoothing = 10
)

// bestCategories is best for a feature with levels. These are ordered by G/(H+10),
// missing values among them, and the order is cut in two: no other division of them
// has a larger gain, but for the smoothing (Fisher, Journal of the American
// Statistical Association 53, 1958; Ke et al., LightGBM, NIPS 2017). Levels with
// fewer than ten rows stay together on the right, or on the left of an order from
// the largest.
func (s *splitRule) bestCategories(feature int, hist []derivative, total derivative, within bounds, floor float64) (best boostSplit) {
	best.feature = feature
	type level struct {
		bin   uint8
		value float64
	}
	var levels []level
	for b, e := range hist[:256] {
		if s.count(e.B) >= categorySupport {
			g, h := float64(e.A)*s.gUnit, float64(e.B>>s.countBits)*s.hUnit
			levels = append(levels, level{uint8(b), g / (h + categorySmoothing)})
		}
	}
	if len(levels) < 2 {
		return best
	}
	slices.SortStableFunc(levels, func(a, b level) int { return cmp.Compare(a.value, b.value) })
	ordered := make([]derivative, len(levels))
	for range 2 {
		for i, l := range levels {
			ordered[i] = hist[l.bin]
		}
		// Of equal divisions, one from either end, that with fewer levels on the left.
		half := (len(levels) + 1) / 2
		cuts := simd.Cuts{
			Total: total, CountBits: s.countBits, MinCount: s.minLeaf,
			Unit1: s.gUnit, Unit2: s.hUnit, MinSecond: s.minHessian, L2: s.l2, Floor: floor,
		}
		bin, gain := -1, 0.0
		if s.monotone != nil {
			bin, gain = s.constrainedCut(ordered[:half], &cuts, 0, within)
		} else {
			bin, gain = cuts.Best(ordered[:half])
		}
		if bin >= 0 {
			floor = gain
			best.gain, best.found, best.category, best.set = gain, true, true, binSet{}
			for _, l := range levels[:bin+1] {
				best.set.put(l.bin)
			}
		}
		slices.Reverse(levels)
	}
	return best
}

// completeCategories adds to the set of levels that go left those of which a leaf
// has no rows, if that is where they go: as missing values do or, if it has none of
// these, to the side with more rows.
func (s *splitRule) completeCategories(set *binSet, hist []derivative, leftMore bool) (missingLeft bool) {
	missingLeft = leftMore
	if hist[missingBin].B != 0 {
		missingLeft = set.has(missingBin)
	}
	if missingLeft {
		for b, e := range hist[:256] {
			if e.B == 0 {
				set.put(uint8(b))
			}
		}
	}
	return missingLeft
}
