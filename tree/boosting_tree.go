package tree

import (
	"container/heap"
	"context"
	"math"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// boostLeaf is a leaf of a tree that is being grown.
type boostLeaf struct {
	slot   int32
	lo, hi int // its range of the row index
	depth  int
	sum    derivative
	hist   []derivative // nil if it cannot be split
	best   boostSplit
	bounds bounds // of its step, if there are monotonic constraints
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
func (b *booster) growTree(ctx context.Context, c int, sample []uint32) (*arena, error) {
	if err := b.quantise(ctx, c); err != nil {
		return nil, err
	}
	b.index = append(b.index[:0], sample...)
	a := &arena{nodes: []grownNode{{feature: -1}}, values: []float64{0}}
	root := &boostLeaf{hi: len(b.index), bounds: bounds{math.Inf(-1), math.Inf(1)}}
	for _, row := range b.index {
		root.sum.A += b.derivatives[row].A
		root.sum.B += b.derivatives[row].B
	}
	leaves := []*boostLeaf{root}
	var queue boostLeaves
	if b.splittable(root) {
		root.hist = b.take()
		if err := b.search(ctx, root, nil, nil); err != nil {
			return nil, err
		}
		b.enqueue(&queue, root)
	}
	for len(queue) > 0 && len(leaves) < b.leaves {
		leaf := heap.Pop(&queue).(*boostLeaf)
		left, right := b.split(a, leaf)
		// The left child takes the place of its parent among the leaves.
		for i := range leaves {
			if leaves[i] == leaf {
				leaves[i] = left
			}
		}
		leaves = append(leaves, right)
		last := len(leaves) == b.leaves
		goLeft, goRight := !last && b.splittable(left), !last && b.splittable(right)
		if !goLeft && !goRight {
			b.give(leaf.hist)
			continue
		}
		small, large := left, right
		if small.hi-small.lo > large.hi-large.lo {
			small, large = large, small
		}
		small.hist, large.hist = b.take(), leaf.hist
		wanted := []bool{goLeft, goRight}
		if small == right {
			wanted = []bool{goRight, goLeft}
		}
		if err := b.search(ctx, small, large, wanted); err != nil {
			return nil, err
		}
		b.enqueue(&queue, small)
		b.enqueue(&queue, large)
	}
	for _, leaf := range queue {
		b.give(leaf.hist)
	}
	return a, b.finish(ctx, a, c, leaves, sample)
}

func (b *booster) splittable(leaf *boostLeaf) bool {
	return leaf.depth < b.depth && b.rule.count(leaf.sum.B) >= 2*b.rule.minLeaf
}

// enqueue puts a leaf that has a split with some gain into the queue.
func (b *booster) enqueue(queue *boostLeaves, leaf *boostLeaf) {
	if leaf.best.found {
		heap.Push(queue, leaf)
		return
	}
	b.give(leaf.hist)
	leaf.hist = nil
}

// Below so many updates of histograms, waking another worker costs more than it
// saves.
const boostSerial = 50_000

// search fills the histogram of a leaf from its rows, makes that of its sibling,
// which holds their parent's, by subtraction, and finds the best split of those
// that are wanted.
func (b *booster) search(ctx context.Context, small, large *boostLeaf, wanted []bool) error {
	p := b.data.p
	rows := b.index[small.lo:small.hi]
	tile := p
	if len(rows)*p+2*p*256 > boostSerial {
		// Sums are exact, so how the features are divided changes nothing.
		tile = max((p+parallel.Workers(p, 1)-1)/parallel.Workers(p, 1), 1)
	}
	tile = min(tile, 32)
	inTree := make([]bool, p)
	for _, f := range b.features {
		inTree[f] = true
	}
	clear(b.found[0])
	clear(b.found[1])
	err := parallel.ForContext(ctx, p, tile, func(lo, hi int) {
		part := small.hist[lo*histogramStride : hi*histogramStride]
		clear(part)
		for first := 0; first < len(rows) && ctx.Err() == nil; first += 1 << 17 {
			simd.AddHistograms(part, hi-lo, rows[first:min(first+1<<17, len(rows))], b.data.rows[lo:], p, b.derivatives)
		}
		if large != nil {
			from := large.hist[lo*histogramStride : hi*histogramStride]
			for i, e := range part {
				from[i].A -= e.A
				from[i].B -= e.B
			}
		}
		floors := [2]float64{}
		for f := lo; f < hi; f++ {
			if !inTree[f] {
				continue
			}
			bins := len(b.data.edges[f]) + 1
			for side, leaf := range []*boostLeaf{small, large} {
				if leaf == nil || wanted != nil && !wanted[side] {
					continue
				}
				s := b.rule.best(f, leaf.hist[f*histogramStride:][:256], bins, leaf.sum, leaf.bounds, floors[side])
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
	for side, leaf := range []*boostLeaf{small, large} {
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
func (b *booster) split(a *arena, leaf *boostLeaf) (left, right *boostLeaf) {
	s := leaf.best
	node := &a.nodes[leaf.slot]
	node.feature, node.left = int32(s.feature), int32(len(a.nodes))
	node.bin, node.missingLeft, node.decrease = s.bin, s.missingLeft, s.gain
	node.threshold = math.Inf(1)
	if edges := b.data.edges[s.feature]; int(s.bin) < len(edges) {
		node.threshold = edges[s.bin]
	}
	rightSum := derivative{A: leaf.sum.A - s.left.A, B: leaf.sum.B - s.left.B}
	if s.missing == 0 {
		node.missingLeft = b.rule.count(s.left.B) > b.rule.count(rightSum.B)
	}
	mid := leaf.lo + b.partition(leaf.lo, leaf.hi, b.data.cols[s.feature], s.bin, s.missingLeft)
	left = &boostLeaf{slot: node.left, lo: leaf.lo, hi: mid, depth: leaf.depth + 1, sum: s.left, bounds: leaf.bounds}
	right = &boostLeaf{slot: node.left + 1, lo: mid, hi: leaf.hi, depth: leaf.depth + 1, sum: rightSum, bounds: leaf.bounds}
	if b.monotone != nil {
		middle := b.rule.step(left.sum)/2 + b.rule.step(right.sum)/2
		left.bounds, right.bounds = leaf.bounds.part(b.monotone[s.feature], middle)
	}
	a.nodes = append(a.nodes, grownNode{feature: -1}, grownNode{feature: -1})
	a.values = append(a.values, 0, 0)
	return left, right
}

// partition moves the rows of a range whose bin is at most the given one to the
// front, in order, and returns how many they are.
func (b *booster) partition(lo, hi int, column []uint8, bin uint8, missingLeft bool) int {
	var goes [256]uint8
	for v := range goes[:missingBin] {
		if v <= int(bin) {
			goes[v] = 1
		}
	}
	if missingLeft {
		goes[missingBin] = 1
	}
	n := hi - lo
	lefts := make([]int, (n+boostPartition-1)/boostPartition)
	parallel.For(n, boostPartition, func(from, to int) {
		list, spill := b.index[lo+from:lo+to], b.spill[lo+from:lo+to]
		l, r := 0, 0
		for _, row := range list {
			left := int(goes[column[row]])
			list[l] = row
			spill[r] = row
			l += left
			r += 1 - left
		}
		lefts[from/boostPartition] = l
	})
	// Close the gaps: the lefts of all chunks, then their rights.
	at := 0
	for k, l := range lefts {
		from := lo + k*boostPartition
		copy(b.index[lo+at:], b.index[from:from+l])
		at += l
	}
	total := at
	for k, l := range lefts {
		from := lo + k*boostPartition
		size := min(boostPartition, hi-from)
		at += copy(b.index[lo+at:], b.spill[from:from+size-l])
	}
	return total
}

const boostPartition = 1 << 15

// finish gives the leaves their values and adds them to the raw predictions.
func (b *booster) finish(ctx context.Context, a *arena, c int, leaves []*boostLeaf, sample []uint32) error {
	raw := b.raw[c]
	whole := len(sample) == len(b.all)
	err := parallel.ForContext(ctx, len(leaves), 1, func(i, _ int) {
		leaf := leaves[i]
		v := b.leafValue(c, leaf)
		a.values[leaf.slot] = v
		if whole {
			for _, row := range b.index[leaf.lo:leaf.hi] {
				raw[row] += v
			}
		}
	})
	if err != nil || whole {
		return err
	}
	return parallel.ForContext(ctx, b.data.n, boostChunk, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			raw[i] += a.binnedValue(b.data, i)
		}
	})
}
