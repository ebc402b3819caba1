package tree

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// columnTable copies x by columns: what random splits (Geurts, Ernst and
// Wehenkel, Extremely randomized trees, Machine Learning 63, 2006) need, for which
// nothing is sorted.
func columnTable(ctx context.Context, x *mat.Dense, levels []int) (*table, error) {
	n, p := x.Dims()
	t := &table{n: n, p: p, x: x, columns: make([][]float64, p), levels: levels}
	for f := range t.columns {
		t.columns[f] = make([]float64, n)
	}
	err := parallel.ForContext(ctx, n, 4096, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for f, v := range x.RawRowView(i) {
				t.columns[f][i] = v
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// randomCut cuts the node that w has entered at one value of f, drawn uniformly
// between the least and the largest in the node, or at a random set of levels;
// missing rows go to a random side.
func (g *grower) randomCut(w *growWorker, nd open, f int, floor float64) (best chosen, varies bool) {
	column, shift := g.tab.columns[f], g.shift&31
	words := g.lists[0][nd.lo:nd.hi]
	low, high, missing := math.Inf(1), math.Inf(-1), 0
	for _, e := range words {
		v := column[e>>shift]
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
		if v != v {
			missing++
		}
	}
	if missing == len(words) || low == high && missing == 0 {
		return best, false
	}
	rng := rand.NewPCG(nd.seed, uint64(f)+1)
	best.feature, best.missing = f, missing
	switch {
	case low == high:
		best.threshold = math.Inf(1)
		if g.tab.categorical(f) {
			best.set = newSet(g.tab.levels[f])
			include(best.set, int(low))
		}
	case g.tab.categorical(f):
		best.set = randomLevels(words, column, shift, g.tab.levels[f], rng)
		best.missingLeft = missing > 0 && rng.Uint64()&1 == 1
	default:
		u := float64(rng.Uint64()>>11) * 0x1p-53
		best.threshold = float64(low*(1-u)) + float64(high*u)
		if !(best.threshold >= low && best.threshold < high) {
			best.threshold = low
		}
		best.missingLeft = missing > 0 && rng.Uint64()&1 == 1
	}
	left := w.sides(words, column, shift, best)
	in := &w.cuts
	*in = cuts{present: w.spill, shift: g.shift, only: left, minLeaf: g.lim.minLeaf, minWeight: g.minWeight}
	g.bind(in, &w.bounds, nd, f)
	best.gain, best.left, best.found = w.crit.scan(in, floor)
	return best, true
}

// sides fills spill with the words that go left at the cut, in order, and then the
// others, and returns how many go left.
func (w *growWorker) sides(words []uint32, column []float64, shift uint, cut chosen) (left int) {
	if cap(w.spill) < len(words) {
		w.spill = make([]uint32, len(words)+len(words)/4)
	}
	w.spill = w.spill[:len(words)]
	if cap(w.others) < len(words) {
		w.others = make([]uint32, len(words)+len(words)/4)
	}
	others := w.others[:len(words)]
	right := 0
	for _, e := range words {
		v := column[e>>(shift&31)]
		goes := 0
		if cut.set != nil {
			if member, _ := inSet(cut.set, v); member {
				goes = 1
			}
		} else if v <= cut.threshold {
			goes = 1
		}
		if v != v && cut.missingLeft {
			goes = 1
		}
		w.spill[left] = e
		others[right] = e
		left += goes
		right += 1 - goes
	}
	copy(w.spill[left:], others[:right])
	return left
}

// divideRandom is divide for a random cut.
func (g *grower) divideRandom(w *growWorker, nd open, cut chosen) (mid int) {
	words := g.lists[0][nd.lo:nd.hi]
	left := w.sides(words, g.tab.columns[cut.feature], g.shift, cut)
	copy(words, w.spill)
	return nd.lo + left
}
