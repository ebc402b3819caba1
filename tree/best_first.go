package tree

import (
	"container/heap"
	"context"
)

// candidate is a node whose best cut is known.
type candidate struct {
	open
	cut chosen
}

// candidates is a heap of the nodes that may be split, the one whose split lowers
// the impurity most on top, the first one made between equals.
type candidates []candidate

func (c candidates) Len() int { return len(c) }
func (c candidates) Less(i, j int) bool {
	if c[i].cut.decrease != c[j].cut.decrease {
		return c[i].cut.decrease > c[j].cut.decrease
	}
	return c[i].slot < c[j].slot
}
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(v any)   { *c = append(*c, v.(candidate)) }
func (c *candidates) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// growBestFirst splits the node whose split lowers the impurity most until there
// are maxLeaves leaves or nothing is left to split.
func (g *grower) growBestFirst(ctx context.Context, a *arena, root open) error {
	var queue candidates
	enqueue := func(nd open) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		cut, err := g.bestCut(ctx, nd, (nd.hi-nd.lo)*g.tab.p >= subtreeValues)
		if err == nil && cut.found {
			heap.Push(&queue, candidate{nd, cut})
		}
		return err
	}
	if err := enqueue(root); err != nil {
		return err
	}
	w := g.workers.get(0)
	for leaves := 1; len(queue) > 0 && leaves < g.lim.maxLeaves; {
		next := heap.Pop(&queue).(candidate)
		before := len(a.nodes)
		children, err := g.split(ctx, w, a, next.open, next.cut, (next.hi-next.lo)*g.tab.p >= subtreeValues, nil)
		if err != nil {
			return err
		}
		if len(a.nodes) > before {
			leaves++
		}
		if leaves == g.lim.maxLeaves {
			break
		}
		for _, nd := range children {
			if err := enqueue(nd); err != nil {
				return err
			}
		}
	}
	return nil
}
