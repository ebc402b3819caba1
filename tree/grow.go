package tree

import (
	"context"
	"math"
	"slices"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// grower grows one tree on sorted lists (Shafer, Agrawal and Mehta, SPRINT,
// VLDB 1996): each feature has a list of the rows in ascending order of its
// value, a node owns the same range of every list, and the split of a node
// partitions the range of each list stably, so that nothing is sorted again.
type grower struct {
	tab     *table
	lim     limits
	lists   [][]uint32 // per feature: words of the rows; one list if splits are random
	shift   uint       // of the row in a word
	outputs int        // length of the value of a node
	plain   []int      // per feature: the end of the run of plain features that begins there
	byRun   bool       // the criterion scores plain features together

	rootWeight, minWeight float64
	workers               perWorker[growWorker]
}

// growWorker is what one goroutine needs to itself.
type growWorker struct {
	crit   criterion
	marks  []uint64 // bit per row: set for those that go left
	spill  []uint32
	others []uint32
	draw   []int
	cuts   cuts   // here, since it would otherwise be allocated for every scan
	bounds bounds // of the cuts

	// For categories: the ends of the groups of a node that have a level each, their
	// keys, their order by these, and the words in that order.
	ends     []int
	keys     []float64
	groups   []int
	arranged []uint32

	entered bool   // while the features of a node are scanned in parallel:
	best    chosen // the best of those that this worker scanned
}

// open is a node that may be split.
type open struct {
	slot   int32  // its index in the arena
	lo, hi int    // its range in the lists
	via    int    // a feature whose list is in order
	depth  int    // of the root: 0
	seed   uint64 // of its random draws
	bounds bounds // of its value, if there are monotonic constraints
}

// grownNode is a node as it is grown; its right child follows the left one.
type grownNode struct {
	feature     int32 // −1 for a leaf
	left        int32
	samples     int32
	missingLeft bool
	categorical bool // threshold is the place of a set of levels
	threshold   float64
	below       uint32 // row of the largest value that goes left, and of the
	above       uint32 // smallest that goes right; both 0 if threshold is set
	impurity    float64
	weight      float64
	decrease    float64 // by which the split lowers weight × impurity
}

// arena holds the nodes of a tree or of a part of it, the first one its root.
type arena struct {
	nodes  []grownNode
	values []float64 // outputs per node
	sets   []uint32  // of levels
}

func newGrower(tab *table, lim limits, crit criterion, lists [][]uint32, shift uint, outputs int) *grower {
	g := &grower{tab: tab, lim: lim, lists: lists, shift: shift, outputs: outputs, plain: make([]int, tab.p)}
	for f := tab.p - 1; f >= 0; f-- {
		g.plain[f] = f
		if tab.plain(f) {
			g.plain[f] = f + 1
			if f+1 < tab.p {
				g.plain[f] = max(g.plain[f+1], f+1)
			}
		}
	}
	g.workers.make = func() *growWorker {
		w := newGrowWorker(tab)
		w.crit = crit.clone()
		return w
	}
	return g
}

const (
	// A node of fewer values is the root of a subtree that one goroutine grows.
	subtreeValues = 200_000
	// A node of more rows is not begun without asking whether to go on.
	askRows = 1 << 14
)

func newGrowWorker(tab *table) *growWorker {
	return &growWorker{marks: make([]uint64, (tab.n+63)/64), draw: make([]int, tab.p)}
}

// grow grows the tree depth first: large nodes one after the other, in parallel
// over the features, then the subtrees below them in parallel.
func (g *grower) grow(ctx context.Context) (*arena, error) {
	a, root, splittable := g.plant()
	if !splittable {
		return a, nil
	}
	if g.lim.maxLeaves < noLimit {
		err := g.growBestFirst(ctx, a, root)
		g.setThresholds(a.nodes)
		return a, err
	}
	stack := []open{root}
	var subtrees []open
	for len(stack) > 0 {
		nd := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if (nd.hi-nd.lo)*g.tab.p < subtreeValues {
			subtrees = append(subtrees, nd)
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		cut, err := g.bestCut(ctx, nd, true)
		if err != nil {
			return nil, err
		}
		stack, err = g.split(ctx, g.workers.get(0), a, nd, cut, true, stack)
		if err != nil {
			return nil, err
		}
	}

	// The largest first, so that no worker ends long after the others.
	slices.SortFunc(subtrees, func(a, b open) int {
		if d := (b.hi - b.lo) - (a.hi - a.lo); d != 0 {
			return d
		}
		return a.lo - b.lo
	})
	// A subtree is copied out of the arena that it grew in, which would else be
	// several times as large, counting what it outgrew.
	arenas := perWorker[arena]{make: func() *arena { return new(arena) }}
	grown := make([]*arena, len(subtrees))
	err := parallel.ForWorker(ctx, len(subtrees), 1, func(worker, i, _ int) {
		own := arenas.get(worker)
		// It fails only when ctx is done, which ForWorker reports too.
		_ = g.growSubtree(ctx, g.workers.get(worker), subtrees[i], own)
		grown[i] = &arena{nodes: slices.Clone(own.nodes), values: slices.Clone(own.values), sets: slices.Clone(own.sets)}
	})
	if err != nil {
		return nil, err
	}
	total := 0
	for _, sub := range grown {
		total += len(sub.nodes)
	}
	a.nodes = slices.Grow(a.nodes, total)
	a.values = slices.Grow(a.values, total*g.outputs)
	for i, sub := range grown {
		a.graft(subtrees[i].slot, sub, g.outputs)
	}
	parallel.For(len(a.nodes), 1<<12, func(lo, hi int) { g.setThresholds(a.nodes[lo:hi]) })
	return a, nil
}

// reset empties an arena, keeping its memory, with room for so many nodes.
func (a *arena) reset(nodes, outputs int) {
	a.nodes = room(a.nodes, nodes)
	a.values = room(a.values, nodes*outputs)
	a.sets = a.sets[:0]
}

// plant returns an arena with the root, and whether that may be split.
func (g *grower) plant() (a *arena, root open, splittable bool) {
	a = &arena{}
	root = open{hi: len(g.lists[0]), seed: g.lim.seed, bounds: bounds{math.Inf(-1), math.Inf(1)}}
	w := g.workers.get(0)
	w.crit.enter(g.lists[0])
	g.rootWeight = w.crit.weight()
	g.minWeight = g.lim.minWeightFraction * g.rootWeight
	if scorer, ok := w.crit.(runScorer); ok {
		g.byRun = scorer.scoresRuns() && g.lim.minLeaf == 1 && g.minWeight <= 1 && g.lim.monotone == nil
	}
	splittable = g.add(w, a, &root)
	return a, root, splittable
}

// growSubtree grows what is below nd in an arena of its own.
func (g *grower) growSubtree(ctx context.Context, w *growWorker, nd open, a *arena) error {
	a.reset((nd.hi-nd.lo)/2, g.outputs) // a guess
	w.crit.enter(g.lists[nd.via][nd.lo:nd.hi])
	g.add(w, a, &nd)
	stack := []open{nd}
	entered := nd.slot
	for len(stack) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		nd := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if nd.slot != entered {
			w.crit.enter(g.lists[nd.via][nd.lo:nd.hi])
			entered = nd.slot
		}
		cut, err := g.bestOf(ctx, w, nd)
		if err != nil {
			return err
		}
		before := len(a.nodes)
		if stack, err = g.split(ctx, w, a, nd, cut, false, stack); err != nil {
			return err
		}
		if len(a.nodes) > before {
			entered = int32(len(a.nodes)) - 1
		}
	}
	return nil
}

// graft puts a subtree in the place of the node at slot, its root.
func (a *arena) graft(slot int32, sub *arena, outputs int) {
	shift := int32(len(a.nodes)) - 1 // the root of sub is not appended
	for i := range sub.nodes {
		if sub.nodes[i].feature >= 0 {
			sub.nodes[i].left += shift
		}
		if sub.nodes[i].categorical {
			sub.nodes[i].threshold += float64(len(a.sets))
		}
	}
	a.nodes[slot] = sub.nodes[0]
	a.nodes = append(a.nodes, sub.nodes[1:]...)
	a.values = append(a.values, sub.values[outputs:]...)
	a.sets = append(a.sets, sub.sets...)
}

// add appends the node that w has entered to the arena as a leaf, and tells
// whether the limits let it be split.
func (g *grower) add(w *growWorker, a *arena, nd *open) bool {
	nd.slot = int32(len(a.nodes))
	first := len(a.values)
	a.values = slices.Grow(a.values, g.outputs)[:first+g.outputs]
	impurity := w.crit.describe(a.values[first:])
	weight := w.crit.weight()
	samples := nd.hi - nd.lo
	a.nodes = append(a.nodes, grownNode{feature: -1, samples: int32(samples), impurity: impurity, weight: weight})
	return nd.depth < g.lim.maxDepth && samples >= g.lim.minSplit && samples/2 >= g.lim.minLeaf &&
		weight >= 2*g.minWeight && !w.crit.pure()
}

// split divides the node at the cut, if that is worth it, and pushes those of its
// children onto the stack that may be split in their turn, the smaller one last:
// so the stack holds at most as many nodes as a number of rows has bits.
func (g *grower) split(ctx context.Context, w *growWorker, a *arena, nd open, cut chosen, wide bool, stack []open) ([]open, error) {
	const rounding = 0x1p-52
	if !cut.found || cut.decrease/g.rootWeight+rounding < g.lim.minDecrease {
		return stack, nil
	}
	node := &a.nodes[nd.slot]
	node.feature, node.left = int32(cut.feature), int32(len(a.nodes))
	node.threshold = cut.threshold
	if g.tab.columns == nil && cut.set == nil {
		present := g.lists[cut.feature][nd.lo : nd.hi-cut.missing]
		if cut.left == len(present) {
			node.threshold = math.Inf(1)
		} else {
			node.below, node.above = present[cut.left-1]>>g.shift, present[cut.left]>>g.shift
		}
	}
	node.decrease = cut.decrease
	node.missingLeft = cut.missingLeft

	mid := g.divide(w, nd, cut)
	via := cut.feature
	if g.tab.columns != nil {
		via = 0
	}
	left := open{lo: nd.lo, hi: mid, via: via, depth: nd.depth + 1, seed: childSeed(nd.seed, 0), bounds: nd.bounds}
	right := open{lo: mid, hi: nd.hi, via: via, depth: nd.depth + 1, seed: childSeed(nd.seed, 1), bounds: nd.bounds}
	list := g.lists[via]
	w.crit.enter(list[left.lo:left.hi])
	leftWeight := w.crit.weight()
	splitLeft := g.add(w, a, &left)
	w.crit.enter(list[right.lo:right.hi])
	splitRight := g.add(w, a, &right)
	if g.lim.monotone != nil {
		// What is constrained is the share of class 1, or the number predicted.
		at := min(g.outputs-1, 1)
		middle := a.values[int(left.slot)*g.outputs+at]/2 + a.values[int(right.slot)*g.outputs+at]/2
		left.bounds, right.bounds = nd.bounds.part(g.lim.monotone[cut.feature], middle)
	}
	if cut.missing == 0 {
		a.nodes[nd.slot].missingLeft = leftWeight > w.crit.weight()
	}
	if cut.set != nil {
		a.nodes[nd.slot].categorical = true
		a.nodes[nd.slot].threshold = g.addSet(a, nd, cut, a.nodes[nd.slot].missingLeft)
	}
	if !splitLeft && !splitRight {
		return stack, nil
	}
	if g.tab.columns != nil {
		// There is but one list, and it has been divided.
	} else if few := nd.hi - nd.lo; few <= simd.FewRows {
		lists := g.lists
		if (!splitLeft || g.firstDecides(mid-nd.lo)) && (!splitRight || g.firstDecides(nd.hi-mid)) {
			lists = lists[:1]
		}
		w.spill = slices.Grow(w.spill[:0], simd.FewRows+simd.MarkedSlack)[:simd.FewRows+simd.MarkedSlack]
		// The list of a constant feature has the words of some node above; see partition.
		simd.PartitionFew(lists, nd.lo, list[nd.lo:nd.hi], mid-nd.lo, w.marks, g.shift, w.spill)
	} else if err := g.partition(ctx, w, nd, cut.feature, wide); err != nil {
		return nil, err
	}
	if splitLeft && splitRight {
		if left.hi-left.lo < right.hi-right.lo {
			return append(stack, right, left), nil
		}
		return append(stack, left, right), nil
	}
	if splitLeft {
		return append(stack, left), nil
	}
	return append(stack, right), nil
}

func childSeed(seed, side uint64) uint64 {
	z := seed + (side+1)*0x9e3779b97f4a7c15 // the finaliser of SplitMix64
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// setThresholds sets the thresholds of cuts between two values: the middle between
// these, or the lower one where the middle rounds to the upper one. It is done when
// all is grown, since the values lie scattered and the processor then waits for
// several of them at a time.
func (g *grower) setThresholds(nodes []grownNode) {
	x := g.tab.x.RawMatrix()
	for i := range nodes {
		nd := &nodes[i]
		if nd.below == nd.above {
			continue
		}
		a := x.Data[int(nd.below)*x.Stride+int(nd.feature)]
		b := x.Data[int(nd.above)*x.Stride+int(nd.feature)]
		nd.threshold = a
		if t := a/2 + b/2; t >= a && t < b {
			nd.threshold = t
		}
	}
}

// divide puts the rows that go left first in the list of the feature that is cut,
// marks them, and returns where the others begin.
func (g *grower) divide(w *growWorker, nd open, cut chosen) (mid int) {
	if g.tab.columns != nil {
		return g.divideRandom(w, nd, cut)
	}
	list := g.lists[cut.feature]
	if cut.set != nil {
		return g.divideLevels(w, nd, cut)
	}
	mid = nd.lo + cut.left
	if cut.missingLeft {
		// The missing rows are last in the list and come last on the left.
		missing := list[nd.hi-cut.missing : nd.hi]
		w.spill = append(w.spill[:0], missing...)
		copy(list[mid+cut.missing:nd.hi], list[mid:])
		copy(list[mid:], w.spill)
		mid += cut.missing
	}
	shift := g.shift & 31
	for _, e := range list[nd.lo:mid] {
		row := e >> shift
		w.marks[row>>6] |= 1 << (row & 63)
	}
	for _, e := range list[mid:nd.hi] {
		row := e >> shift
		w.marks[row>>6] &^= 1 << (row & 63)
	}
	return mid
}

// divideLevels is divide for a categorical feature.
func (g *grower) divideLevels(w *growWorker, nd open, cut chosen) (mid int) {
	list, rank := g.lists[cut.feature][nd.lo:nd.hi], g.tab.rank[cut.feature]
	mid = nd.lo
	for _, e := range list {
		row := e >> g.shift
		member, known := inSet(cut.set, float64(rank[row]))
		if member || !known && cut.missingLeft {
			w.marks[row>>6] |= 1 << (row & 63)
			mid++
		} else {
			w.marks[row>>6] &^= 1 << (row & 63)
		}
	}
	w.spill = partitionList(list, w.marks, g.shift, w.spill)
	return mid
}

// partition divides the lists of the features but the one given by the marks of
// w. The list of a feature that is constant in the node is left as it is: it will
// never be used below, but for seeing that the feature is constant.
func (g *grower) partition(ctx context.Context, w *growWorker, nd open, done int, wide bool) error {
	one := func(spill []uint32, f int) []uint32 {
		if f == done || g.constant(nd, f) {
			return spill
		}
		return partitionList(g.lists[f][nd.lo:nd.hi], w.marks, g.shift, spill)
	}
	if wide {
		return parallel.ForWorker(ctx, g.tab.p, 1, func(worker, f, _ int) {
			o := g.workers.get(worker)
			o.spill = one(o.spill, f)
		})
	}
	large := nd.hi-nd.lo > askRows
	for f := range g.tab.p {
		if large && ctx.Err() != nil {
			return ctx.Err()
		}
		w.spill = one(w.spill, f)
	}
	return nil
}

// partitionList moves the marked rows to the front, in order, and the others, in
// order, behind them. It returns spill, grown if need be.
func partitionList(list []uint32, marks []uint64, shift uint, spill []uint32) []uint32 {
	if need := len(list) + simd.MarkedSlack; cap(spill) < need {
		spill = make([]uint32, need+need/4)
	}
	spill = spill[:cap(spill)]
	simd.PartitionMarked(list, marks, shift, spill)
	return spill
}
