// Package neighbors finds the points near a point, exactly, by a k-d tree
// (Friedman, Bentley and Finkel, "An algorithm for finding best matches in
// logarithmic expected time", 1977).
package neighbors

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// LeafSize is the largest number of points of a leaf.
const LeafSize = 32

// A Tree is a balanced k-d tree: each inner node halves its points along the
// widest side of their bounding box. As it divides by rank and not by value, its
// depth is at most 1 + log₂(n/16), however many points are equal.
//
// A distance is Σ(x−y)² as simd.SqDist computes it. What is said about a node
// allows for rounding: a point is never excluded, or included, by a node where
// that distance would say otherwise.
type Tree struct {
	Rows  []int32 // row of the matrix that the point at each position is
	Nodes []Node  // the root first, the left child right behind its parent

	p      int
	points []float64 // in the order of Rows
	boxes  []float64 // of each node, p lower limits and p upper ones
}

// Node has the points at positions Lo to Hi.
type Node struct {
	Lo, Hi int32
	Right  int32 // number of the right child, 0 for a leaf
}

// NewTree makes a tree of the rows of x, which must be finite, in O(n(p + log n)).
func NewTree(ctx context.Context, x *mat.Dense) (*Tree, error) {
	n, p := x.Dims()
	t := &Tree{Rows: make([]int32, n), p: p, points: make([]float64, n*p)}
	for i := range t.Rows {
		t.Rows[i] = int32(i)
	}
	b := builder{Tree: t, x: x, keys: make([]float64, n)}
	if err := b.build(ctx, 0, n); err != nil {
		return nil, err
	}
	for at, row := range t.Rows {
		copy(t.Point(at), x.RawRowView(int(row)))
	}
	return t, nil
}

// Point returns the point at a position.
func (t *Tree) Point(at int) []float64 { return t.points[at*t.p:][:t.p] }

// Points returns the coordinates of all points, one after the other.
func (t *Tree) Points() []float64 { return t.points }

// Distances sets dst to the squared distances of x from the points at positions
// lo to hi.
func (t *Tree) Distances(dst, x []float64, lo, hi int32) {
	simd.SqDistRows(dst[:hi-lo], x, t.points[int(lo)*t.p:], t.p)
}

// slack covers the rounding of a sum of p squares on either side.
func (t *Tree) slack() float64 { return float64(t.p+16) * 0x1p-51 }

// Nearest returns no more than the squared distance of x from any point of a node.
func (t *Tree) Nearest(node int32, x []float64) float64 {
	box := t.boxes[int(node)*2*t.p:][:2*t.p]
	low, high := box[:t.p], box[t.p:]
	sum := 0.0
	for j, v := range x {
		d := max(low[j]-v, v-high[j], 0)
		sum += d * d
	}
	return sum * (1 - t.slack())
}

// Farthest returns no less than the squared distance of x from any point of a node.
func (t *Tree) Farthest(node int32, x []float64) float64 {
	box := t.boxes[int(node)*2*t.p:][:2*t.p]
	low, high := box[:t.p], box[t.p:]
	sum := 0.0
	for j, v := range x {
		d := max(v-low[j], high[j]-v)
		sum += d * d
	}
	return sum * (1 + t.slack())
}

// Diagonal returns no less than the squared distance of any two points of a node.
func (t *Tree) Diagonal(node int32) float64 {
	box := t.boxes[int(node)*2*t.p:][:2*t.p]
	return t.Farthest(node, box[:t.p])
}

// A Stack is for walks over a tree: nodes yet to be seen.
type Stack struct {
	nodes [64]int32
	n     int
}

// Push adds a node; a walk that pushes the children of the nodes it pops never
// has more than the depth of the tree.
func (s *Stack) Push(node int32) {
	s.nodes[s.n] = node
	s.n++
}

// Pop takes the node that was pushed last, and reports whether there is one.
func (s *Stack) Pop() (int32, bool) {
	if s.n == 0 {
		return 0, false
	}
	s.n--
	return s.nodes[s.n], true
}

// NextLeaf takes nodes off the stack, and puts their children on, until one is a leaf
// that may hold points within a squared distance of x; ok is false at the end.
func (t *Tree) NextLeaf(stack *Stack, x []float64, square float64) (leaf Node, ok bool) {
	for {
		at, ok := stack.Pop()
		if !ok {
			return Node{}, false
		}
		if t.Nearest(at, x) > square {
			continue
		}
		node := t.Nodes[at]
		if node.Right == 0 {
			return node, true
		}
		stack.Push(at + 1)
		stack.Push(node.Right)
	}
}

type builder struct {
	*Tree
	x      *mat.Dense
	keys   []float64 // coordinate, by row
	random uint64
}

// build appends the nodes of the points at positions lo to hi.
func (b *builder) build(ctx context.Context, lo, hi int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	node := len(b.Nodes)
	b.Nodes = append(b.Nodes, Node{Lo: int32(lo), Hi: int32(hi)})
	widest := b.bound(lo, hi)
	if hi-lo <= LeafSize {
		return nil
	}
	for _, row := range b.Rows[lo:hi] {
		b.keys[row] = b.x.At(int(row), widest)
	}
	middle := lo + (hi-lo)/2
	b.divide(lo, hi, middle)
	if err := b.build(ctx, lo, middle); err != nil {
		return err
	}
	b.Nodes[node].Right = int32(len(b.Nodes))
	return b.build(ctx, middle, hi)
}

// bound appends the bounding box of some points and returns its widest side.
func (b *builder) bound(lo, hi int) (widest int) {
	at := len(b.boxes)
	first := b.x.RawRowView(int(b.Rows[lo]))
	b.boxes = append(append(b.boxes, first...), first...)
	low, high := b.boxes[at:at+b.p], b.boxes[at+b.p:]
	for _, row := range b.Rows[lo+1 : hi] {
		for j, v := range b.x.RawRowView(int(row)) {
			low[j] = min(low[j], v)
			high[j] = max(high[j], v)
		}
	}
	width := math.Inf(-1)
	for j := range low {
		if w := high[j] - low[j]; w > width {
			widest, width = j, w
		}
	}
	return widest
}

// divide moves the rows with the smallest keys before the middle (Hoare's
// selection). Rows of equal keys are ordered by number: no two are equal, so that
// any pivot makes progress.
func (b *builder) divide(lo, hi, middle int) {
	rows := b.Rows
	less := func(i, j int32) bool {
		return b.keys[i] < b.keys[j] || b.keys[i] == b.keys[j] && i < j
	}
	for hi-lo > 1 {
		b.random = b.random*6364136223846793005 + 1442695040888963407
		pivot := rows[lo+int((b.random>>33)%uint64(hi-lo))]
		i, j := lo, hi-1
		for i <= j {
			for less(rows[i], pivot) {
				i++
			}
			for less(pivot, rows[j]) {
				j--
			}
			if i <= j {
				rows[i], rows[j] = rows[j], rows[i]
				i++
				j--
			}
		}
		switch {
		case middle <= j:
			hi = j + 1
		case middle >= i:
			lo = i
		default:
			return
		}
	}
}
