package tree

import (
	"context"
	"math"
	"math/rand/v2"
	"sort"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// chosen is the cut that a node is split at.
type chosen struct {
	feature     int
	left        int      // number of present rows that go left
	threshold   float64  // of a random cut
	set         []uint32 // of the levels that go left; nil for a numeric feature
	missing     int      // number of rows of the node that miss the feature
	missingLeft bool
	gain        float64
	decrease    float64
	found       bool
}

// better orders cuts of different features: by gain, then the lower feature.
func (c chosen) better(d chosen) bool {
	if c.found != d.found {
		return c.found
	}
	return c.gain > d.gain || c.gain == d.gain && c.feature < d.feature
}

// bestCut is the best cut of a large node, its features scanned in parallel.
func (g *grower) bestCut(ctx context.Context, nd open, wide bool) (chosen, error) {
	words := g.lists[nd.via][nd.lo:nd.hi]
	if !wide || g.lim.features < g.tab.p {
		g.workers.get(0).crit.enter(words)
		return g.bestOf(ctx, g.workers.get(0), nd)
	}
	for _, w := range g.workers.items {
		w.entered, w.best = false, chosen{}
	}
	err := parallel.ForWorker(ctx, g.tab.p, 1, func(worker, f, _ int) {
		w := g.workers.get(worker)
		if !w.entered {
			w.crit.enter(words)
			w.entered = true
		}
		if c, _ := g.scan(w, nd, f, math.Inf(-1)); c.better(w.best) {
			w.best = c
		}
	})
	if err != nil {
		return chosen{}, err
	}
	best := chosen{}
	var crit criterion
	for _, w := range g.workers.items {
		if w.entered {
			crit = w.crit
			if w.best.better(best) {
				best = w.best
			}
		}
	}
	return best.finish(crit), nil
}

// finish fills in what the cut does to the impurity of the node entered.
func (c chosen) finish(crit criterion) chosen {
	if c.found {
		c.decrease = max(crit.decrease(c.gain), 0) // negative only by rounding
	}
	return c
}

// bestOf is the best cut of the node that w has entered, among all features or as
// many as are to be drawn. Features that are constant in the node count as
// drawn, but drawing goes on until one was not constant.
func (g *grower) bestOf(ctx context.Context, w *growWorker, nd open) (chosen, error) {
	best := chosen{}
	floor := math.Inf(-1)
	large := nd.hi-nd.lo > askRows
	limit := w.crit.limit()
	if g.lim.features == g.tab.p {
		two := nd.hi-nd.lo == 2
		for f := 0; f < g.tab.p; {
			if large && ctx.Err() != nil {
				return best, ctx.Err()
			}
			c, next := chosen{}, f+1
			if end := g.plain[f]; end > f && g.byRun && !two && !large {
				c, next = scanRun(w, g.lists[f:end], nd, f, floor, limit), end
			} else {
				c, _ = g.scan(w, nd, f, floor)
			}
			if c.found {
				best, floor = c, c.gain
				if c.gain >= limit {
					break
				}
			}
			if two && (c.found || g.firstDecides(2)) {
				break // other features can at best make the same partition
			}
			f = next
		}
		return best.finish(w.crit), nil
	}

	for f := range w.draw {
		w.draw[f] = f
	}
	rng := rand.NewPCG(nd.seed, 0)
	varied := false
	for drawn := 0; drawn < g.tab.p && (drawn < g.lim.features || !varied); drawn++ {
		if large && ctx.Err() != nil {
			return best, ctx.Err()
		}
		k := drawn + below(rng, g.tab.p-drawn)
		w.draw[drawn], w.draw[k] = w.draw[k], w.draw[drawn]
		f := w.draw[drawn]
		floor := math.Inf(-1)
		if best.found {
			floor = best.gain
			if f < best.feature { // which wins a tie
				floor = math.Nextafter(floor, math.Inf(-1))
			} else if floor >= limit {
				continue
			}
		}
		c, varies := g.scan(w, nd, f, floor)
		varied = varied || varies
		if c.found {
			best = c
		}
	}
	return best.finish(w.crit), nil
}

// scanRun is the best cut of the node that w has entered among plain features, f
// being the first, as scan.
func scanRun(w *growWorker, lists [][]uint32, nd open, f int, floor, limit float64) (best chosen) {
	at := 0
	at, best.gain, best.left, best.found = w.crit.(runScorer).scanRun(lists, nd.lo, floor, limit)
	best.feature = f + at
	return best
}

// firstDecides tells whether the first feature decides how a node of so many rows is
// cut, so that the lists of others are not looked at: there is but one way to part
// two rows, and they differ in it.
func (g *grower) firstDecides(rows int) bool {
	return rows == 2 && g.plain[0] > 0 && g.lim.features == g.tab.p && g.lim.monotone == nil
}

// below returns a random number in [0, n).
func below(rng *rand.PCG, n int) int {
	return int(rng.Uint64() >> 32 * uint64(n) >> 32)
}

// constant tells whether all rows of the node have the same value of f, or all
// miss it.
func (g *grower) constant(nd open, f int) bool {
	rank := g.tab.rank[f]
	list := g.lists[f]
	return rank != nil && rank[list[nd.lo]>>g.shift] == rank[list[nd.hi-1]>>g.shift]
}

// scan is the best cut of the node that w has entered at feature f, with a gain
// above floor. It also tells whether the feature varies in the node.
func (g *grower) scan(w *growWorker, nd open, f int, floor float64) (best chosen, varies bool) {
	if g.tab.columns != nil {
		return g.randomCut(w, nd, f, floor)
	}
	if g.constant(nd, f) {
		return best, false
	}
	best.feature = f
	words := g.lists[f][nd.lo:nd.hi]
	present := g.presentIn(words, f)
	in := &w.cuts
	*in = cuts{
		present: words[:present], missing: words[present:], rank: g.tab.rank[f], shift: g.shift,
		minLeaf: g.lim.minLeaf, minWeight: g.minWeight,
	}
	if g.tab.categorical(f) {
		in.present = w.arrange(in.present, in.rank, g.shift&31)
	}
	g.bind(in, &w.bounds, nd, f)
	best.missing = len(in.missing)
	best.gain, best.left, best.found = w.crit.scan(in, floor)
	if best.missing > 0 {
		in.missingLeft = true
		if best.found {
			floor = best.gain
		}
		if gain, left, found := w.crit.scan(in, floor); found {
			best.gain, best.left, best.missingLeft, best.found = gain, left, true, true
		}
	}
	if best.found && g.tab.categorical(f) {
		best.set = g.chooseLevels(f, in.present[:best.left])
	}
	return best, true
}

// bind puts the monotonic constraints on the cuts of feature f.
func (g *grower) bind(in *cuts, b *bounds, nd open, f int) {
	if g.lim.monotone != nil {
		*b = nd.bounds
		in.bound, in.sign = b, g.lim.monotone[f]
	}
}

// part returns the bounds for the two sides of a cut, whose values lie on either
// side of middle, by a feature with the given constraint.
func (b bounds) part(sign int, middle float64) (left, right bounds) {
	left, right = b, b
	switch sign {
	case 1:
		left.high, right.low = middle, middle
	case -1:
		left.low, right.high = middle, middle
	}
	return left, right
}

// presentIn returns how many of the sorted words of a node are not missing.
func (g *grower) presentIn(words []uint32, f int) int {
	if g.tab.present[f] == g.tab.n {
		return len(words)
	}
	rank, missing := g.tab.rank[f], g.tab.missing[f]
	return sort.Search(len(words), func(i int) bool { return rank[words[i]>>g.shift] == missing })
}
