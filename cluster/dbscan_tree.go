package cluster

import (
	"context"
	"math"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/neighbors"
	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// crowded reports whether the weight within a squared distance of x is enough.
func crowded(tree *neighbors.Tree, ds *dataset.Unlabeled, weight []float64, x []float64, square, enough float64) bool {
	var stack neighbors.Stack
	var distances [neighbors.LeafSize]float64
	sum := 0.0
	stack.Push(0)
	for {
		node, ok := stack.Pop()
		if !ok || sum >= enough {
			return sum >= enough
		}
		if tree.Nearest(node, x) > square {
			continue
		}
		if tree.Farthest(node, x) <= square {
			sum += weight[node]
			continue
		}
		t := tree.Nodes[node]
		if t.Right > 0 {
			stack.Push(node + 1)
			stack.Push(t.Right)
			continue
		}
		tree.Distances(distances[:], x, t.Lo, t.Hi)
		for i, row := range tree.Rows[t.Lo:t.Hi] {
			if distances[i] <= square {
				sum += ds.Weight(int(row))
			}
		}
	}
}

// components are the clusters of core samples as they grow together.
type components struct {
	tree   *neighbors.Tree
	square float64
	sets   sets   // of positions
	cell   []bool // by node: its points are neighbours of each other, one set
}

// join joins all neighbours.
func (c *components) join(ctx context.Context, progress *scan) error {
	c.cell = make([]bool, len(c.tree.Nodes))
	c.joinCells(0)
	return parallel.ForContext(ctx, len(c.tree.Rows), samplesPerTask, func(lo, hi int) {
		for at := lo; at < hi && ctx.Err() == nil; at++ {
			c.joinNeighbors(int32(at))
		}
		progress.add(ctx, hi-lo)
	})
}

// joinCells joins the points of the nodes that are small enough for all to be
// neighbours.
func (c *components) joinCells(node int32) {
	t := c.tree.Nodes[node]
	c.cell[node] = c.tree.Diagonal(node) <= c.square
	if c.cell[node] {
		for at := t.Lo + 1; at < t.Hi; at++ {
			c.sets.join(t.Lo, at)
		}
		return
	}
	if t.Right > 0 {
		c.joinCells(node + 1)
		c.joinCells(t.Right)
	}
}

// joinNeighbors joins the point at a position with its neighbours. Of a cell that
// it is joined with already, or once it is, the others are not looked at.
func (c *components) joinNeighbors(at int32) {
	var stack neighbors.Stack
	x := c.tree.Point(int(at))
	stack.Push(0)
	for {
		node, ok := stack.Pop()
		if !ok {
			return
		}
		t := c.tree.Nodes[node]
		if c.cell[node] {
			if c.sets.find(t.Lo) != c.sets.find(at) && c.touches(node, x) {
				c.sets.join(t.Lo, at)
			}
			continue
		}
		if c.tree.Nearest(node, x) > c.square {
			continue
		}
		if t.Right > 0 {
			stack.Push(node + 1)
			stack.Push(t.Right)
			continue
		}
		var distances [neighbors.LeafSize]float64
		c.tree.Distances(distances[:], x, t.Lo, t.Hi)
		for i := t.Lo; i < t.Hi; i++ {
			if distances[i-t.Lo] <= c.square {
				c.sets.join(i, at)
			}
		}
	}
}

// touches reports whether a point of a node is a neighbour of x.
func (c *components) touches(node int32, x []float64) bool {
	var stack neighbors.Stack
	var distances [neighbors.LeafSize]float64
	stack.Push(node)
	for {
		leaf, ok := c.tree.NextLeaf(&stack, x, c.square)
		if !ok {
			return false
		}
		c.tree.Distances(distances[:], x, leaf.Lo, leaf.Hi)
		for _, d := range distances[:leaf.Hi-leaf.Lo] {
			if d <= c.square {
				return true
			}
		}
	}
}

// lowest returns the lowest cluster with a core sample within a squared distance
// of x, or −1.
func (m *DBSCANModel) lowest(x []float64, square float64) int {
	var stack neighbors.Stack
	var distances [neighbors.LeafSize]float64
	lowest := int32(math.MaxInt32)
	stack.Push(0)
	for lowest != 0 {
		leaf, ok := m.tree.NextLeaf(&stack, x, square)
		if !ok {
			break
		}
		m.tree.Distances(distances[:], x, leaf.Lo, leaf.Hi)
		for i, label := range m.labels[leaf.Lo:leaf.Hi] {
			if distances[i] <= square {
				lowest = min(lowest, label)
			}
		}
	}
	if lowest == math.MaxInt32 {
		return -1
	}
	return int(lowest)
}
