package tree

import (
	"math"
	"math/bits"
)

// A row of a node is a word: its index in the upper bits and, below, what the
// criterion needs to know about it, if that fits.
//
// A criterion scores the cuts of one node at a time. It is not safe for
// concurrent use; clone gives one that shares the read-only parts.
type criterion interface {
	clone() criterion
	// enter makes the given rows the node. Its cost is linear in their number.
	enter(words []uint32)
	// weight is the total weight of the node.
	weight() float64
	// pure tells whether no cut can lower the impurity of the node.
	pure() bool
	// describe fills in the value that the node predicts and returns its impurity.
	describe(value []float64) float64
	// scan looks for the cut with the largest gain above floor. Gains compare
	// within one node; equal partitions have equal gains, bit for bit.
	scan(c *cuts, floor float64) (gain float64, left int, found bool)
	// limit is a bound on the gain of all cuts of the node, which stops the search
	// when it is reached; +∞ if none is known.
	limit() float64
	// groupKeys gives each of the groups of words that end at the given places a number,
	// by which they are ordered to be divided in two.
	groupKeys(words []uint32, ends []int, keys []float64)
	// decrease is the fall of weight × impurity that a gain stands for.
	decrease(gain float64) float64
}

// A runScorer is a criterion that can score several plain features together.
type runScorer interface {
	// scoresRuns tells whether it can with the weights it was given.
	scoresRuns() bool
	// scanRun is scan for each of several lists of the rows of the node, from lo on,
	// between which there are no ties, with all cuts allowed. It ends with the first
	// list that has a gain of limit, and returns which one had the largest gain.
	scanRun(lists [][]uint32, lo int, floor, limit float64) (list int, gain float64, left int, found bool)
}

// cuts are the places where a feature can divide a node. The cut at i sends
// present[:i] to the left, and the missing rows too if missingLeft is set.
type cuts struct {
	present []uint32 // in ascending order of the feature
	missing []uint32
	rank    []uint32 // per row; nil where all values are distinct
	shift   uint     // of the row in a word

	missingLeft bool
	only        int     // if not 0, the one cut to consider
	minLeaf     int     // least number of rows on a side
	minWeight   float64 // least weight of a side

	bound *bounds // of what the sides may predict; nil for any
	sign  int     // 1: the right side must not predict less, −1: not more
}

// bounds are those of what a node and all below it may predict under monotonic
// constraints.
type bounds struct{ low, high float64 }

// admits tells whether the sides may predict the given values: the share of class
// 1, or a mean.
func (c *cuts) admits(left, right float64) bool {
	return c.bound.admit(left, right, c.sign)
}

func (b bounds) admit(left, right float64, sign int) bool {
	return min(left, right) >= b.low && max(left, right) <= b.high && float64(sign)*(right-left) >= 0
}

// first and last bound the cuts: i in [first, last].
func (c *cuts) first() int {
	if c.only > 0 {
		return max(c.only, c.minLeaf)
	}
	if c.missingLeft {
		return max(c.minLeaf-len(c.missing), 1)
	}
	return c.minLeaf
}

func (c *cuts) last() int {
	if c.only > 0 {
		return min(c.only, len(c.present)-c.minLeaf)
	}
	right := 0
	if !c.missingLeft {
		right = len(c.missing)
	}
	if right > 0 { // the missing rows alone may go right
		return len(c.present) - max(c.minLeaf-right, 0)
	}
	return len(c.present) - c.minLeaf
}

// ties tells whether the cut at i would part rows of equal value.
func (c *cuts) ties(i int) bool {
	return c.rank != nil && i < len(c.present) && c.rank[c.present[i-1]>>c.shift] == c.rank[c.present[i]>>c.shift]
}

// fixedPoint returns the largest power of two, as an exponent, by which the
// values can be multiplied so that sums of their roundings stay below 2^bound in
// absolute value. It does not depend on the order of the values.
func fixedPoint(values []float64, bound int) int {
	largest := 0.0
	for _, v := range values {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 {
		return 0
	}
	_, e := math.Frexp(largest)
	coarse := min(bound-e-bits.Len(uint(len(values))), 1000)
	scale := math.Ldexp(1, coarse)
	sum := int64(0)
	for _, v := range values {
		sum += int64(math.Round(math.Abs(v) * scale))
	}
	// Rounding moves each value by less than one unit.
	return min(coarse+bound-bits.Len64(uint64(sum)+uint64(len(values))), 1000)
}

// above lowers a gain that is to be exceeded by the rounding errors of a test
// that multiplies out the division, which is then made only where the test
// passes.
func above(floor float64) float64 {
	return floor - math.Abs(floor)*1e-14
}

// fixedWeights returns weights as multiples of a unit.
func fixedWeights(weights []float64) (fixed []int64, unit float64) {
	e := fixedPoint(weights, 60)
	scale := math.Ldexp(1, e)
	fixed = make([]int64, len(weights))
	for i, w := range weights {
		if w > 0 {
			fixed[i] = max(int64(math.Round(w*scale)), 1)
		}
	}
	return fixed, 1 / scale
}

// identityWords are the words of criteria that keep nothing in them but the row.
func identityWords(n int) []uint32 {
	words := make([]uint32, n)
	for i := range words {
		words[i] = uint32(i)
	}
	return words
}
