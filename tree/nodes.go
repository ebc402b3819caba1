package tree

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// Node is a node of a fitted tree as it may be shown or drawn.
type Node struct {
	Feature     int     // that the node splits by; −1 for a leaf
	Threshold   float64 // values ≤ Threshold go left
	Levels      []int   // of a categorical feature, which has no threshold: those that go left
	MissingLeft bool    // missing values go left, and what is no level
	Left, Right int     // indices of the children; 0 for a leaf

	Impurity float64   // by the criterion of the tree
	Samples  int       // number of training samples, whatever their weight
	Weight   float64   // sum of their weights
	Value    []float64 // shares of the classes, or the predicted number
}

// node is a node as it is walked. The right child follows the left one.
type node struct {
	threshold float64
	left      uint32
	feature   int32 // < 0 for a leaf; a feature, perhaps with bits
}

const (
	missingLeftBit = 1 << 30
	categoricalBit = 1 << 29
	featureMask    = 1<<29 - 1
)

// grown is a fitted tree: the nodes in breadth-first order and what is known of
// each. The zero value of a model has none, whose methods return nothing.
type grown struct {
	nodes    []node
	impurity []float64
	weight   []float64
	decrease []float64 // of weight × impurity by the split
	samples  []int32
	values   []float64 // outputs per node
	outputs  int
	sets     []uint32 // of levels; nil if no node splits by a category
	depth    int
	leaves   int
}

// flatten renumbers the nodes of an arena breadth first.
func (a *arena) flatten(outputs int) *grown { return a.flattenInto(new(grown), outputs) }

// flattenInto is flatten into the memory of a tree that is no longer needed.
func (a *arena) flattenInto(t *grown, outputs int) *grown {
	n := len(a.nodes)
	*t = grown{
		nodes: room(t.nodes, n), impurity: room(t.impurity, n), weight: room(t.weight, n),
		decrease: room(t.decrease, n), samples: room(t.samples, n),
		values: room(t.values, n*outputs), outputs: outputs,
	}
	order := make([]int32, 1, n)
	for i, level := 0, 1; i < len(order); i++ {
		if i == level { // all nodes of a depth have been taken
			t.depth++
			level = len(order)
		}
		g := &a.nodes[order[i]]
		flat := node{threshold: math.Inf(1), left: uint32(i), feature: -1}
		if g.feature >= 0 {
			flat = node{threshold: g.threshold, left: uint32(len(order)), feature: g.feature}
			if g.missingLeft {
				flat.feature |= missingLeftBit
			}
			if g.categorical {
				flat.feature |= categoricalBit
				flat.threshold = float64(len(t.sets))
				set := a.sets[int(g.threshold):]
				t.sets = append(t.sets, set[:setWords(int(set[0]))]...)
			}
			order = append(order, g.left, g.left+1)
		} else {
			t.leaves++
		}
		t.nodes = append(t.nodes, flat)
		t.impurity = append(t.impurity, g.impurity)
		t.weight = append(t.weight, g.weight)
		t.decrease = append(t.decrease, g.decrease)
		t.samples = append(t.samples, g.samples)
		t.values = append(t.values, a.values[int(order[i])*outputs:][:outputs]...)
	}
	return t
}

// room returns s, emptied, or a slice in its place, with room for n elements: if it
// has to be replaced, for some more, so that it need not be again and again.
func room[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:0]
	}
	if cap(s) > 0 {
		n += n / 8
	}
	return make([]T, 0, n) // unlike what slices.Grow returns, not touched
}

// leaf returns the index of the leaf that row falls into.
func (t *grown) leaf(row []float64) int {
	nodes := t.nodes
	i := uint32(0)
	for {
		nd := &nodes[i]
		if nd.feature < 0 {
			return int(i)
		}
		if nd.feature&categoricalBit != 0 {
			i = nd.left + 1
			if goesLeft(t.sets[int(nd.threshold):], nd.feature&missingLeftBit != 0, row[nd.feature&featureMask]) {
				i = nd.left
			}
			continue
		}
		v := row[nd.feature&featureMask]
		right := uint32(1)
		if v <= nd.threshold {
			right = 0
		}
		if v != v && nd.feature&missingLeftBit != 0 {
			right = 0
		}
		i = nd.left + right
	}
}

func (t *grown) value(i int) []float64 {
	return t.values[i*t.outputs : (i+1)*t.outputs : (i+1)*t.outputs]
}

// Nodes returns the nodes of the tree, the root first and every node after its
// parent.
func (t *grown) Nodes() []Node {
	if t == nil {
		return nil
	}
	nodes := make([]Node, len(t.nodes))
	for i, nd := range t.nodes {
		nodes[i] = Node{
			Feature: -1, Impurity: t.impurity[i], Samples: int(t.samples[i]), Weight: t.weight[i], Value: t.value(i),
		}
		if nd.feature >= 0 {
			nodes[i].Feature = int(nd.feature & featureMask)
			if nd.feature&categoricalBit != 0 {
				nodes[i].Levels, _ = levelsOf(t.sets, int(nd.threshold))
			} else {
				nodes[i].Threshold = nd.threshold
			}
			nodes[i].MissingLeft = nd.feature&missingLeftBit != 0
			nodes[i].Left, nodes[i].Right = int(nd.left), int(nd.left)+1
		}
	}
	return nodes
}

// Depth returns the number of splits on the longest way from the root to a leaf.
func (t *grown) Depth() int {
	if t == nil {
		return 0
	}
	return t.depth
}

// Leaves returns the number of leaves.
func (t *grown) Leaves() int {
	if t == nil {
		return 0
	}
	return t.leaves
}

// importances returns per feature the decrease of weight × impurity by its
// splits, as shares of the sum over the features.
func (t *grown) importances(features int) []float64 {
	if t == nil {
		return nil
	}
	sums := make([]float64, features)
	total := 0.0
	for i, nd := range t.nodes {
		if nd.feature >= 0 {
			sums[nd.feature&featureMask] += t.decrease[i]
			total += t.decrease[i]
		}
	}
	if total > 0 {
		for f := range sums {
			sums[f] /= total
		}
	}
	return sums
}

// apply returns the leaf of each row of x.
func (t *grown) apply(x mat.Matrix, features int) ([]int, error) {
	rows, err := dataset.CheckRowsMissing(x, features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	leaves := make([]int, n)
	forRows(n, func(i int) { leaves[i] = t.leaf(rows.RawRowView(i)) })
	return leaves, nil
}

// forRows calls body for each of n rows, in parallel.
func forRows(n int, body func(i int)) {
	parallel.For(n, 1024, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			body(i)
		}
	})
}
