package tree

import (
	"math"
	"slices"

	"github.com/sapwood-ml/sapwood/model"
)

// PruningStep is a tree on the cost-complexity path: what is left when the
// subtrees that lower the impurity by Alpha per leaf or less have been replaced
// by leaves.
type PruningStep struct {
	Alpha    float64
	Impurity float64 // Σ over the leaves of weight share × impurity
	Leaves   int
}

// collapse is the event of a subtree becoming a leaf.
type collapse struct {
	alpha  float64 // at which it happens
	rise   float64 // of Σ weight share × impurity
	leaves int     // by how many they become fewer
}

// collapses runs minimal cost-complexity pruning (Breiman et al. 1984, section
// 3.3): the subtree below a node becomes a leaf when that raises
// Σ weight share × impurity by alpha for each leaf saved. It returns, per node,
// at which alpha that happens by itself, if ever, and the events of the whole tree that do
// happen, in order.
//
// The nodes are visited from the bottom to the top. Each keeps the events below it
// in a heap, the latest on top. A node first takes both its children for leaves;
// while its own alpha is not above the latest event below it, that event will not
// have happened yet when the node collapses, so it is undone. Cost: O(n log n),
// where visiting all nodes after each collapse would be O(n²).
func (t *grown) collapses() (alphas []float64, path []collapse) {
	n := len(t.nodes)
	events := make([]collapse, n)
	heap := mergeable{left: make([]int32, n), right: make([]int32, n), events: events}
	tops := make([]int32, n) // per node: top of its heap, −1 if empty
	alphas = make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		nd := t.nodes[i]
		tops[i], alphas[i] = -1, math.Inf(1)
		if nd.feature < 0 {
			continue
		}
		top := heap.merge(tops[nd.left], tops[nd.left+1])
		e := collapse{rise: t.decrease[i] / t.weight[0], leaves: 1}
		for e.alpha = e.rise; top >= 0 && events[top].alpha >= e.alpha; {
			e.rise += events[top].rise
			e.leaves += events[top].leaves
			e.alpha = e.rise / float64(e.leaves)
			alphas[top] = math.Inf(1) // it will never happen by itself
			top = heap.merge(heap.left[top], heap.right[top])
		}
		events[i], alphas[i] = e, e.alpha
		heap.left[i], heap.right[i] = -1, -1
		tops[i] = heap.merge(top, int32(i))
	}
	for top := tops[0]; top >= 0; top = heap.merge(heap.left[top], heap.right[top]) {
		path = append(path, events[top])
	}
	slices.Reverse(path)
	return alphas, path
}

// mergeable is a set of skew heaps (Sleator and Tarjan, SIAM J. Comput. 15, 1986)
// over the events, each in one heap at most.
type mergeable struct {
	left, right []int32
	events      []collapse
}

// merge makes one heap of two, given by their tops, and returns its top.
func (h mergeable) merge(a, b int32) int32 {
	root := int32(-1)
	place := &root
	for a >= 0 && b >= 0 {
		if h.events[a].alpha < h.events[b].alpha {
			a, b = b, a
		}
		// a stays; its right subtree is merged with b and becomes the left one.
		*place = a
		rest := h.right[a]
		h.right[a] = h.left[a]
		place = &h.left[a]
		a = rest
	}
	*place = max(a, b)
	return root
}

// PruningPath returns the trees that cost-complexity pruning makes of this one,
// from the tree as it is, at alpha 0, to the root alone. Fitting again with
// CCPAlpha set to a step's Alpha gives that step's tree. Cost: O(n log n) for n
// nodes.
func (t *grown) PruningPath() []PruningStep {
	if t == nil {
		return nil
	}
	_, events := t.collapses()
	step := PruningStep{Leaves: t.leaves}
	for i, nd := range t.nodes {
		if nd.feature < 0 {
			step.Impurity += t.weight[i] / t.weight[0] * t.impurity[i]
		}
	}
	path := []PruningStep{step}
	for _, e := range events {
		step.Alpha = max(e.alpha, step.Alpha)
		step.Impurity += e.rise
		step.Leaves -= e.leaves
		if last := &path[len(path)-1]; last.Alpha == step.Alpha && len(path) > 1 {
			*last = step
		} else {
			path = append(path, step)
		}
	}
	return path
}

// prune makes leaves of the subtrees that collapse at alpha or below; it does
// nothing for alpha 0.
func (t *grown) prune(alpha float64) *grown {
	if alpha == 0 {
		return t
	}
	at, _ := t.collapses()
	a := &arena{values: t.values, sets: t.sets}
	for i, nd := range t.nodes {
		g := grownNode{
			feature: -1, samples: t.samples[i], impurity: t.impurity[i], weight: t.weight[i],
		}
		if nd.feature >= 0 && at[i] > alpha {
			g.feature, g.left = nd.feature&featureMask, int32(nd.left)
			g.missingLeft, g.categorical = nd.feature&missingLeftBit != 0, nd.feature&categoricalBit != 0
			g.threshold, g.decrease = nd.threshold, t.decrease[i]
		}
		a.nodes = append(a.nodes, g)
	}
	return a.flatten(t.outputs) // leaves out what no node leads to
}

func checkAlpha(alpha float64) error {
	if !(alpha >= 0) || math.IsInf(alpha, 1) {
		return &model.ParamError{Field: "CCPAlpha", Value: alpha, Want: "a finite number ≥ 0"}
	}
	return nil
}
