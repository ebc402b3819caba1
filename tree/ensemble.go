package tree

import (
	"math"
	"slices"
)

// ensemble holds the trees of a forest or of boosting for predicting: nodes only,
// one tree after the other.
type ensemble struct {
	roots  []uint32
	nodes  []fork
	values []float64 // of the leaves that have some, outputs each
	sets   []uint32  // of levels; nil if no node splits by a category
	// outputs is the length of a value: the number of classes, or 1.
	outputs int
	gains   []float64 // of the splits, per node; while boosting
}

// fork is a node of an ensemble. Values whose key is less than the cut go left; the
// left child precedes the right one.
//
// A leaf leads to itself, so that trees of different depth can be walked in step:
// its cut is less than every key of a number. It is the class of a pure leaf, or
// where the value is and the bit mixedLeaf. The cut of a node that splits by a
// category is the place of its set.
type fork struct {
	cut     uint64
	right   uint32
	feature int32 // leafMark for a leaf; a feature, perhaps with bits
}

const (
	mixedLeaf = 1 << 32
	leafMark  = math.MinInt32
	// nodesAtRoot is how many nodes the root of a tree takes: the second is not
	// used, so that siblings share a line of the cache.
	nodesAtRoot = 2
)

// keyOf returns an integer that is the greater the greater v is. Integers are
// compared in a fraction of the time that numbers take, which matters where a
// comparison has to wait for the one before.
func keyOf(v float64) uint64 {
	b := math.Float64bits(v)
	return b ^ (uint64(int64(b)>>63) | 1<<63)
}

// numberOf is the number with the given key.
func numberOf(key uint64) float64 {
	return math.Float64frombits(key ^ (uint64(int64(^key)>>63) | 1<<63))
}

// cutAt returns the cut for values ≤ threshold.
func cutAt(threshold float64) uint64 {
	if threshold == 0 {
		threshold = 0 // −0, which has the least key of the two
	}
	return keyOf(threshold) + 1
}

// threshold is the one that the cut was made from.
func (f *fork) threshold() float64 {
	return numberOf(f.cut - 1)
}

// step moves from a node to the child that a value with the key goes to, or stays
// at a leaf. Written so, it compiles to no jump, which would be predicted wrong
// every other time.
func (f *fork) step(key uint64) uint32 {
	left := uint32(0)
	if key < f.cut {
		left = 1
	}
	return f.right - left
}

// goesLeft is [goesLeft] at a node that splits by a category.
func (f *fork) goesLeft(sets []uint32, v float64) bool {
	return goesLeft(sets[f.cut:], f.feature&missingLeftBit != 0, v)
}

// add appends a tree, breadth first.
func (e *ensemble) add(t *grown, classes bool) {
	base, sets := uint32(len(e.nodes)), len(e.sets)
	e.sets = append(e.sets, t.sets...)
	e.roots = append(e.roots, base)
	for i, nd := range t.nodes {
		if nd.feature >= 0 {
			f := fork{right: base + nodesAtRoot + nd.left, feature: nd.feature}
			if nd.feature&categoricalBit != 0 {
				f.cut = uint64(nd.threshold) + uint64(sets)
			} else {
				f.cut = cutAt(nd.threshold)
			}
			e.append(f)
			continue
		}
		value := t.value(i)
		payload := uint64(0)
		if k := slices.Index(value, 1); classes && k >= 0 {
			payload = uint64(k)
		} else {
			payload = mixedLeaf | uint64(len(e.values)/e.outputs)
			e.values = append(e.values, value...)
		}
		e.append(fork{cut: payload, feature: leafMark})
	}
}

// append appends a node of the last tree.
func (e *ensemble) append(f fork) {
	at := uint32(len(e.nodes))
	if f.feature < 0 {
		f.right = at
	}
	e.nodes = append(e.nodes, f)
	if at == e.roots[len(e.roots)-1] {
		e.nodes = append(e.nodes, fork{right: at + 1, feature: leafMark})
	}
}

// breadthFirst returns the nodes of the tree with the given root in this order.
func (e *ensemble) breadthFirst(root uint32) []uint32 {
	order := []uint32{root}
	for i := 0; i < len(order); i++ {
		if nd := &e.nodes[order[i]]; nd.feature >= 0 {
			order = append(order, nd.right-1, nd.right)
		}
	}
	return order
}

// arranger puts the nodes of a tree in the order in which most rows meet them: the
// children of the larger child, by the number of nodes beneath, follow next, and
// are as likely as not in the line of the cache that has just been fetched.
type arranger struct {
	nodes []fork
	size  []uint32
	todo  []arranged
}

// arranged is a node whose children are to be placed.
type arranged struct{ from, at uint32 }

// arrange does so with the last tree of e, which is breadth first.
func (a *arranger) arrange(e *ensemble) {
	root := e.roots[len(e.roots)-1]
	to := e.nodes[root:]
	a.nodes = append(a.nodes[:0], to...)
	a.size = slices.Grow(a.size[:0], len(to))[:len(to)]
	for i := len(to) - 1; i >= 0; i-- {
		a.size[i] = 1
		if nd := &a.nodes[i]; nd.feature >= 0 {
			a.size[i] += a.size[nd.right-1-root] + a.size[nd.right-root]
		}
	}
	next := uint32(nodesAtRoot)
	a.todo = append(a.todo[:0], arranged{})
	for len(a.todo) > 0 {
		node := a.todo[len(a.todo)-1]
		a.todo = a.todo[:len(a.todo)-1]
		if a.nodes[node.from].feature < 0 {
			to[node.at].right = root + node.at
			continue
		}
		from := a.nodes[node.from].right - root - 1
		to[node.at].right = root + next + 1
		to[next], to[next+1] = a.nodes[from], a.nodes[from+1]
		left, right := arranged{from, next}, arranged{from + 1, next + 1}
		if a.size[from] < a.size[from+1] {
			left, right = right, left
		}
		a.todo = append(a.todo, right, left)
		next += 2
	}
}

// vote adds what a leaf with the given cut predicts to sums.
func (e *ensemble) vote(leaf uint64, sums []float64) {
	if leaf&mixedLeaf == 0 {
		sums[uint32(leaf)] += 1
		return
	}
	for k, v := range e.values[int(uint32(leaf))*e.outputs:][:len(sums)] {
		sums[k] += v
	}
}

// lanes is how many walks of one row go on side by side, so that one waits for
// memory while others compute.
const lanes = 16

// lane is a walk under way.
type lane struct {
	at   uint32
	tree int32
}

// walkTrees finds the leaf of row in each of the trees with the given roots.
func (e *ensemble) walkTrees(row []float64, roots []uint32, leaves []uint64) {
	nodes := e.nodes
	var under [lanes]lane
	next := min(lanes, len(roots))
	active := under[:next]
	for k := range active {
		active[k] = lane{at: roots[k], tree: int32(k)}
	}
	for len(active) > 0 {
		for k := 0; k < len(active); k++ {
			l := &active[k]
			nd := &nodes[l.at]
			if nd.feature >= 0 {
				l.at = nd.step(keyOf(row[nd.feature&featureMask]))
				continue
			}
			leaves[l.tree] = nd.cut
			if next < len(roots) {
				l.at, l.tree = roots[next], int32(next)
				next++
			} else { // the last one takes its place
				*l = active[len(active)-1]
				active = active[:len(active)-1]
				k--
			}
		}
	}
}

// walk is the cut of the leaf of one row that may miss values or have categories.
func (e *ensemble) walk(at uint32, row []float64) uint64 {
	for {
		nd := &e.nodes[at]
		if nd.feature < 0 {
			return nd.cut
		}
		v := row[nd.feature&featureMask]
		switch {
		case nd.feature&categoricalBit != 0:
			at = nd.right
			if nd.goesLeft(e.sets, v) {
				at--
			}
		case v != v:
			at = nd.right
			if nd.feature&missingLeftBit != 0 {
				at--
			}
		default:
			at = nd.step(keyOf(v))
		}
	}
}

func hasMissing(row []float64) bool {
	sum := 0.0
	for _, v := range row {
		sum += v - v // NaN only if v is, as rows have no Inf
	}
	return sum != 0 || sum != sum
}

// sumRow adds up the votes of the trees on one row, in the order of the trees.
func (e *ensemble) sumRow(row []float64, sums []float64) {
	if e.sets != nil || hasMissing(row) {
		for _, root := range e.roots {
			e.vote(e.walk(root, row), sums)
		}
		return
	}
	var leaves [128]uint64
	for first := 0; first < len(e.roots); first += len(leaves) {
		roots := e.roots[first:min(first+len(leaves), len(e.roots))]
		e.walkTrees(row, roots, leaves[:])
		for _, leaf := range leaves[:len(roots)] {
			e.vote(leaf, sums)
		}
	}
}
