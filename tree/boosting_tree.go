package tree

import (
	"container/heap"
	"context"
	"math"
	"slices"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// boostLeaf is a leaf of a tree that is being grown.
type boostLeaf struct {
	slot   int32
	rows   []uint32 // in ascending order
	spare  []uint32 // as long as rows
	depth  int
	sum    derivative
	hist   []derivative // nil if it is not wanted
	best   boostSplit
	bounds bounds // of its step, if there are monotonic constraints
	wanted bool   // to be split
}

// boostTree is a tree that is being grown.
type boostTree struct {
	arena
	left     []binSet // per node that splits: the bins that go left
	setNodes []int32  // nodes that split levels
}

// boostLeaves is a heap of leaves that may be split, the largest gain on top, the
// first one made between equals.
type boostLeaves []*boostLeaf

func (l boostLeaves) Len() int { return len(l) }
func (l boostLeaves) Less(i, j int) bool {
	if l[i].best.gain != l[j].best.gain {
		return l[i].best.gain > l[j].best.gain
	}
	return l[i].slot < l[j].slot
}
func (l boostLeaves) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l *boostLeaves) Push(v any)   { *l = append(*l, v.(*boostLeaf)) }
func (l *boostLeaves) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}

// growTree grows the tree for output c leaf by leaf, the one with the largest gain
// first, and adds what it predicts to the raw predictions.
func (b *booster) growTree(ctx context.Context, c int, sample []uint32) (*boostTree, error) {
	root, err := b.plant(ctx, c, sample)
	if err != nil {
		return nil, err
	}
	a := &boostTree{arena: arena{nodes: []grownNode{{feature: -1}}, values: []float64{0}}, left: make([]binSet, 1)}
	leaves := []*boostLeaf{root}
	var queue boostLeaves
	b.enqueue(&queue, root)
	for len(queue) > 0 && len(leaves) < b.leaves {
		leaf := heap.Pop(&queue).(*boostLeaf)
		left, right := b.split(a, leaf)
		// The left child takes the place of its parent among the leaves.
		leaves[slices.Index(leaves, leaf)] = left
		leaves = append(leaves, right)
		last := len(leaves) == b.leaves
		left.wanted, right.wanted = !last && b.splittable(left), !last && b.splittable(right)
		if !left.wanted && !right.wanted && !b.residuals.last {
			b.give(leaf.hist)
			continue
		}
		small, large := left, right
		if len(small.rows) > len(large.rows) {
			small, large = large, small
		}
		small.hist, large.hist = b.take(), leaf.hist
		if err := b.search(ctx, small, large, false); err != nil {
			return nil, err
		}
		b.enqueue(&queue, small)
		b.enqueue(&queue, large)
	}
	return a, b.finish(ctx, a, c, leaves, sample)
}

// plant returns the leaf of all rows that the tree for output c grows from.
func (b *booster) plant(ctx context.Context, c int, sample []uint32) (*boostLeaf, error) {
	d, r := &b.derivatives, &b.residuals
	known := r.root != nil
	if !known {
		var h []float64
		if b.h != nil {
			h = b.h[c]
		}
		if err := d.set(ctx, b.team, b.g[c], h, b.extents[c], r.last); err != nil {
			return nil, err
		}
		r.squares, r.fresh = b.extents[c].squares, b.extents[c].squares
		b.rule = splitRule{
			l2: b.l2, minHessian: 1e-3, minLeaf: int64(b.minLeaf),
			gUnit: d.gUnit, hUnit: d.hUnit, countBits: d.countBits, monotone: b.monotone,
		}
		r.root = b.take()
	}
	root := &boostLeaf{rows: sample, spare: b.rowSpace[1][:len(sample)], bounds: bounds{math.Inf(-1), math.Inf(1)}, hist: r.root}
	r.root = nil
	root.wanted = b.splittable(root)
	if err := b.search(ctx, root, nil, known); err != nil {
		return nil, err
	}
	root.sum = sumOf(root.hist)
	return root, nil
}

// sumOf adds up the first histogram; those of the other features sum to the same.
func sumOf(hist []derivative) (sum derivative) {
	for _, e := range hist[:256] {
		sum.A += e.A
		sum.B += e.B
	}
	return sum
}

func (b *booster) splittable(leaf *boostLeaf) bool {
	return leaf.depth < b.depth && int64(len(leaf.rows)) >= 2*b.rule.minLeaf
}

// enqueue puts a leaf that has a split with some gain into the queue.
func (b *booster) enqueue(queue *boostLeaves, leaf *boostLeaf) {
	if leaf.best.found {
		heap.Push(queue, leaf)
	}
}

// Below so many updates of histograms, telling another worker costs more than it
// saves.
const boostSerial = 10_000

// search fills the histogram of a leaf from its rows, unless it is known, makes that
// of its sibling, which holds their parent's, by subtraction, and finds the best
// split of those that are wanted. There is no sibling of the root.
func (b *booster) search(ctx context.Context, small, large *boostLeaf, known bool) error {
	p := b.data.p
	rows := small.rows
	tile := p
	if len(rows)*p+2*p*256 > boostSerial {
		// Sums are exact, so how the features are divided changes nothing.
		tile = (p + b.team.Workers() - 1) / b.team.Workers()
	}
	tile = min(tile, 32)
	clear(b.found[0])
	clear(b.found[1])
	pair := [2]*boostLeaf{small, large}
	err := b.team.ForContext(ctx, p, tile, func(lo, hi int) {
		more := false
		if !known {
			more = b.derivatives.accumulate(ctx, small.hist[lo*histogramStride:hi*histogramStride], b.data, lo, hi, rows)
		}
		var floors [2]float64
		// All that is done with a feature is done while its histograms are in the cache.
		for f := lo; f < hi; f++ {
			own := small.hist[f*histogramStride : (f+1)*histogramStride]
			if !known {
				b.derivatives.unpack(own, f, more)
			}
			sums := [2]derivative{small.sum}
			if large != nil {
				simd.SubtractPairs(large.hist[f*histogramStride:], own)
				sums[1] = large.sum
			} else {
				sums[0] = sumOf(own)
			}
			for side, leaf := range pair {
				if leaf == nil || !leaf.wanted || !b.inTree[f] {
					continue
				}
				hist := leaf.hist[f*histogramStride:][:256]
				var s boostSplit
				if b.data.categorical(f) {
					s = b.rule.bestCategories(f, hist, sums[side], leaf.bounds, floors[side])
				} else {
					s = b.rule.best(f, hist, b.data.bins(f), sums[side], leaf.bounds, floors[side])
				}
				if s.found {
					floors[side] = s.gain
					b.found[side][f] = s
				}
			}
		}
	})
	if err != nil {
		return err
	}
	for side, leaf := range pair {
		if leaf == nil {
			continue
		}
		for _, s := range b.found[side] {
			if s.found && (!leaf.best.found || s.gain > leaf.best.gain) {
				leaf.best = s
			}
		}
	}
	return nil
}

// split divides a leaf at its best split.
func (b *booster) split(a *boostTree, leaf *boostLeaf) (left, right *boostLeaf) {
	s := leaf.best
	node := &a.nodes[leaf.slot]
	node.feature, node.left = int32(s.feature), int32(len(a.nodes))
	node.missingLeft, node.decrease = s.missingLeft, s.gain
	node.threshold = math.Inf(1)
	if edges := b.data.edges[s.feature]; int(s.bin) < len(edges) {
		node.threshold = edges[s.bin]
	}
	set := s.goesLeft()
	hist := leaf.hist[s.feature*histogramStride:]
	leftSum := sumBins(hist, &set)
	rightSum := derivative{A: leaf.sum.A - leftSum.A, B: leaf.sum.B - leftSum.B}
	leftMore := b.rule.count(leftSum.B) > b.rule.count(rightSum.B)
	switch {
	case s.category:
		node.feature |= categoricalBit
		node.missingLeft = b.rule.completeCategories(&set, hist, leftMore)
		a.setNodes = append(a.setNodes, leaf.slot)
	case hist[missingBin].B == 0 && leftMore:
		node.missingLeft = true
		set.put(missingBin)
	}
	a.left[leaf.slot] = set
	left = &boostLeaf{slot: node.left, depth: leaf.depth + 1, sum: leftSum, bounds: leaf.bounds}
	right = &boostLeaf{slot: node.left + 1, depth: leaf.depth + 1, sum: rightSum, bounds: leaf.bounds}
	b.partition(leaf, left, right, b.data.cols[s.feature], &set)
	if b.monotone != nil {
		middle := b.rule.step(left.sum)/2 + b.rule.step(right.sum)/2
		left.bounds, right.bounds = leaf.bounds.part(b.monotone[s.feature], middle)
	}
	a.nodes = append(a.nodes, grownNode{feature: -1}, grownNode{feature: -1})
	a.values = append(a.values, 0, 0)
	a.left = append(a.left, binSet{}, binSet{})
	return left, right
}

// partition gives the rows of a leaf whose bin is in the set to the left child, in the
// place of its own, and the others to the right one, in its spare place; what is left
// of either is spare for the other child.
func (b *booster) partition(leaf, left, right *boostLeaf, column []uint8, set *binSet) {
	rows, members, rest := leaf.rows, leaf.rows, leaf.spare
	n, workers := len(rows), b.team.Workers()
	if leaf.slot == 0 { // the sample stays as it is
		members = b.rowSpace[0][:n]
	}
	// How the rows are divided among tasks changes nothing.
	chunk := max(min((n+workers-1)/workers, boostPartition), leastPartition)
	lefts := make([]int, (n+chunk-1)/chunk)
	b.team.For(n, chunk, func(lo, hi int) {
		lefts[lo/chunk] = simd.Partition(rows[lo:hi], members[lo:hi], rest[lo:hi], column, (*[8]uint32)(set))
	})
	// Close the gaps between the chunks.
	l, r := 0, 0
	for k, size := range lefts {
		lo, others := k*chunk, min(chunk, n-k*chunk)-size
		if k > 0 {
			copy(members[l:], members[lo:lo+size])
			copy(rest[r:], rest[lo:lo+others])
		}
		l += size
		r += others
	}
	left.rows, right.spare = members[:l], members[l:]
	right.rows, left.spare = rest[:r], rest[r:]
}

// A task that divides rows has that many at most, and not fewer than are worth
// telling another worker.
const (
	boostPartition = 1 << 13
	leastPartition = 1 << 10
)

// finish gives the leaves their values and adds them to the raw predictions.
func (b *booster) finish(ctx context.Context, a *boostTree, c int, leaves []*boostLeaf, sample []uint32) error {
	raw, d := b.raw[c], &b.derivatives
	whole := len(sample) == len(b.all)
	if q, renew := b.loss.quantile(); renew {
		if err := b.boundQuantiles(ctx, a, c, q, leaves); err != nil {
			return err
		}
	}
	steps := make([]int64, len(leaves)) // of residuals, in their fixed point
	err := b.team.ForContext(ctx, len(leaves), 1, func(i, _ int) {
		leaf := leaves[i]
		v := b.leafValue(c, leaf)
		rows := leaf.rows
		if b.residuals.last {
			// Only steps of the fixed point can be added to derivatives.
			steps[i] = int64(math.RoundToEven(v * d.gScale))
			v = float64(steps[i]) * d.gUnit
			step := uint64(steps[i]) << d.layout.Count
			for _, row := range rows {
				d.words[row] += step
			}
		}
		a.values[leaf.slot] = v
		if whole && !b.residuals.last {
			for _, row := range rows {
				raw[row] += v
			}
		}
	})
	if err == nil && b.residuals.last {
		b.residuals.ahead = true
		err = b.follow(ctx, leaves, steps)
	}
	for _, leaf := range leaves {
		b.give(leaf.hist)
	}
	if err != nil || whole {
		return err
	}
	return b.team.ForContext(ctx, b.data.n, boostChunk, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			raw[i] += a.binnedValue(b.data, i)
		}
	})
}

// boundQuantiles replaces the bounds of the leaves, which are for steps, by such for
// quantiles of residuals that keep to the monotonic constraints: a constrained split
// parts the bounds of its node in the middle between the quantiles of its sides.
// Without constraints there are no bounds.
func (b *booster) boundQuantiles(ctx context.Context, a *boostTree, c int, q float64, leaves []*boostLeaf) error {
	if b.monotone == nil {
		return nil
	}
	rows := make([][]uint32, len(a.nodes))
	for _, leaf := range leaves {
		rows[leaf.slot] = leaf.rows
	}
	for i := len(a.nodes) - 1; i >= 0; i-- { // children come after their parents
		if nd := &a.nodes[i]; nd.feature >= 0 {
			rows[i] = slices.Concat(rows[nd.left], rows[nd.left+1])
		}
	}
	own := make([]bounds, len(a.nodes))
	own[0] = bounds{math.Inf(-1), math.Inf(1)}
	for i := range a.nodes {
		nd := &a.nodes[i]
		if nd.feature < 0 {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		sign, middle := b.monotone[nd.feature&featureMask], 0.0
		if sign != 0 {
			middle = b.residualQuantile(c, rows[nd.left], q)/2 + b.residualQuantile(c, rows[nd.left+1], q)/2
			middle = min(max(middle, own[i].low), own[i].high)
		}
		own[nd.left], own[nd.left+1] = own[i].part(sign, middle)
	}
	for _, leaf := range leaves {
		leaf.bounds = own[leaf.slot]
	}
	return nil
}

// follow makes the histogram of the next root from those of the leaves, which have
// taken the given steps. When residuals have become much smaller, so that their
// fixed point is no longer fine enough, they are to be computed anew.
func (b *booster) follow(ctx context.Context, leaves []*boostLeaf, steps []int64) error {
	r, d := &b.residuals, &b.derivatives
	for i, leaf := range leaves {
		v := float64(steps[i]) * d.gUnit
		r.squares += v * (2*float64(leaf.sum.A)*d.gUnit + v*float64(len(leaf.rows)))
	}
	if r.squares < r.fresh/16 {
		return nil
	}
	r.root = b.take()
	p := b.data.p
	return b.team.ForContext(ctx, p, (p+b.team.Workers()-1)/b.team.Workers(), func(lo, hi int) {
		for f := lo; f < hi; f++ { // one by one, so that the sums stay in the cache
			root := r.root[f*histogramStride : (f+1)*histogramStride]
			clear(root)
			for i, leaf := range leaves {
				simd.AddShifted(root, leaf.hist[f*histogramStride:(f+1)*histogramStride], steps[i], d.countBits)
			}
		}
	})
}
