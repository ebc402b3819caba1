package tree

import (
	"context"
	"math"
	"math/bits"
	"slices"
)

// absoluteError is the mean absolute error about the median. The errors of the
// two sides of all cuts come from one pass forwards and one backwards over a
// binary indexed tree (Fenwick, Software: Practice and Experience 24, 1994) on the
// rows of the node in order of target, which finds the median of what has been
// added, and the sums below it, in logarithmic time. The gain is minus the sum
// of the errors.
type absoluteError struct {
	targetNode
	ctx    context.Context // asked now and then in long scans
	sorted []uint32        // rows of the node by ascending target
	keys   []uint64
	rank   []uint32 // per row of the data: rank of its target
	place  []uint32 // per row of the data: its place in sorted, from 1

	sums  []weightedSum // the binary indexed tree
	added weightedSum
	top   int // highest power of two in the size of the tree

	errors  []float64
	medians []float64 // of the right side of each cut, under monotonic constraints
	total   float64   // weight × impurity of the node
	middle  float64   // median of the node
}

type weightedSum struct{ w, q int64 }

func newAbsoluteError(ctx context.Context, y, weights []float64) *absoluteError {
	order, rank, _ := newRankScratch(len(y), 0).sort(y)
	if rank == nil {
		rank = make([]uint32, len(y))
		for r, row := range order {
			rank[row] = uint32(r)
		}
	}
	return &absoluteError{targetNode: targetNode{targets: newTargets(y, weights, true)}, ctx: ctx, rank: rank}
}

func (c *absoluteError) clone() criterion {
	return &absoluteError{
		targetNode: targetNode{targets: c.targets}, ctx: c.ctx, rank: c.rank, place: make([]uint32, len(c.rank)),
	}
}

func (c *absoluteError) enter(words []uint32) {
	c.targetNode.enter(words)
	c.keys = c.keys[:0]
	for _, row := range words {
		c.keys = append(c.keys, uint64(c.rank[row])<<32|uint64(row))
	}
	slices.Sort(c.keys)
	c.sorted = c.sorted[:0]
	for i, key := range c.keys {
		c.sorted = append(c.sorted, uint32(key))
		c.place[uint32(key)] = uint32(i + 1)
	}
	c.top = 1 << (bits.Len(uint(len(words))) - 1)

	// The median is where half of the weight has been passed; where it is passed
	// exactly between two rows, the middle of their targets.
	below, w := int64(0), int64(0)
	i := 0
	for ; ; i++ {
		w = c.weightOf(c.sorted[i])
		if below+w >= c.size-below-w {
			break
		}
		below += w
	}
	c.middle = c.y[c.sorted[i]]
	if below+w == c.size-below-w {
		c.middle = c.middle/2 + c.y[c.sorted[i+1]]/2
	}
	c.total = c.average(func(y float64) float64 { return math.Abs(y - c.middle) },
		max(c.high-c.middle, c.middle-c.low)) * c.weight()
}

func (c *absoluteError) describe(value []float64) float64 {
	value[0] = c.middle
	return c.total / c.weight()
}

func (c *absoluteError) limit() float64 { return math.Inf(1) }

func (c *absoluteError) decrease(gain float64) float64 { return c.total + gain }

func (c *absoluteError) reset() {
	c.sums = slices.Grow(c.sums[:0], len(c.sorted)+1)[:len(c.sorted)+1]
	clear(c.sums)
	c.added = weightedSum{}
}

func (c *absoluteError) insert(row uint32) {
	w, q := c.weightOf(row), c.q[row]
	for i := int(c.place[row]); i < len(c.sums); i += i & -i {
		c.sums[i].w += w
		c.sums[i].q += q
	}
	c.added.w += w
	c.added.q += q
}

// before descends to the last place before which twice the weight of the rows
// added is less than the given number, and returns their sums.
func (c *absoluteError) before(twice int64) (at int, below weightedSum) {
	for step := c.top; step > 0; step >>= 1 {
		next := at + step
		if next < len(c.sums) && 2*(below.w+c.sums[next].w) < twice {
			at = next
			below.w += c.sums[next].w
			below.q += c.sums[next].q
		}
	}
	return at, below
}

// median is that of the rows added, as enter finds it.
func (c *absoluteError) median() float64 {
	at, below := c.before(c.added.w)
	row := c.sorted[at]
	if w := c.weightOf(row); 2*(below.w+w) == c.added.w {
		next, _ := c.before(c.added.w + 1)
		return c.y[row]/2 + c.y[c.sorted[next]]/2
	}
	return c.y[row]
}

// error is Σ w|y − median| over the rows added.
func (c *absoluteError) error() float64 {
	at, below := c.before(c.added.w)
	row := c.sorted[at]
	if c.whole { // exact, and so the same whichever of equal rows lie below
		median := c.q[row]
		if c.w != nil {
			median /= c.w[row]
		}
		return float64(median*(2*below.w-c.added.w)+c.added.q-2*below.q) * c.unit
	}
	median := (c.y[row] - c.centre) * c.weightUnit
	return float64(median*float64(2*below.w-c.added.w)) + float64(float64(c.added.q-2*below.q)*c.unit)
}

func (c *absoluteError) scan(in *cuts, floor float64) (gain float64, left int, found bool) {
	first, last := in.first(), in.last()
	if first > last {
		return 0, 0, false
	}
	m := len(in.present)
	c.errors = slices.Grow(c.errors[:0], m+1)[:m+1]
	if in.bound != nil {
		c.medians = slices.Grow(c.medians[:0], m+1)[:m+1]
	}
	pass := func(rows []uint32, backwards bool, missing []uint32) bool {
		c.reset()
		for _, row := range missing {
			c.insert(row)
		}
		for i := range rows {
			if i&(1<<12-1) == 0 && c.ctx.Err() != nil {
				return false
			}
			if backwards {
				// The cut at m−i has the rows inserted so far on its right.
				if at := m - i; at >= first && at <= last {
					c.errors[at] = c.error()
					if in.bound != nil {
						c.medians[at] = c.median()
					}
				}
				c.insert(rows[m-1-i])
				continue
			}
			c.insert(rows[i])
			if at := i + 1; at >= first && at <= last {
				c.errors[at] += c.error()
				if in.bound != nil && !in.admits(c.median(), c.medians[at]) {
					c.errors[at] = math.Inf(1)
				}
			}
		}
		return true
	}
	rightMissing, leftMissing := in.missing, in.missing
	if in.missingLeft {
		rightMissing = nil
	} else {
		leftMissing = nil
	}
	if !pass(in.present, true, rightMissing) || !pass(in.present, false, leftMissing) {
		return 0, 0, false
	}
	l := int64(0)
	for _, row := range leftMissing {
		l += c.weightOf(row)
	}
	for i, row := range in.present[:last] {
		l += c.weightOf(row)
		at := i + 1
		if at < first || in.ties(at) {
			continue
		}
		if g := -c.errors[at]; g > floor && !math.IsInf(g, -1) &&
			float64(l)*c.weightUnit >= in.minWeight && float64(c.size-l)*c.weightUnit >= in.minWeight {
			floor = g
			gain, left, found = g, at, true
		}
	}
	return gain, left, found
}
