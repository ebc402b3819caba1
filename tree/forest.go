package tree

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/model"
)

// ensemble holds the trees of a forest for predicting: nodes only, one tree after
// the other, each breadth first.
type ensemble struct {
	roots  []uint32
	nodes  []node
	values []float64 // of the leaves that have some, outputs each
	sets   []uint32  // of levels; nil if no node splits by a category
	// outputs is the length of a value: the number of classes, or 1.
	outputs int
	gains   []float64 // of the splits, per node; while boosting
}

// A leaf of an ensemble leads to itself, so that trees of different depth can be
// walked in step: its threshold is a NaN, above which everything lies, and its
// left child the node before it. The lower bits of the NaN hold the class of a
// pure leaf, or where the value is and the bit mixedLeaf.
const (
	leafBits  = 0x7ff8 << 48
	mixedLeaf = 1 << 32
	leafMark  = math.MinInt32
)

// add appends a tree, whose leaves have the values given by an arena.
func (e *ensemble) add(t *grown, classes bool) {
	base, sets := uint32(len(e.nodes)), len(e.sets)
	e.sets = append(e.sets, t.sets...)
	e.roots = append(e.roots, base)
	for i, nd := range t.nodes {
		if nd.feature >= 0 {
			nd.left += base
			if nd.feature&categoricalBit != 0 {
				nd.threshold += float64(sets)
			}
			e.nodes = append(e.nodes, nd)
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
		e.nodes = append(e.nodes, node{
			threshold: math.Float64frombits(leafBits | payload), left: base + uint32(i) - 1, feature: leafMark,
		})
	}
}

// vote adds what a leaf predicts to sums.
func (e *ensemble) vote(leaf uint32, sums []float64) {
	payload := math.Float64bits(e.nodes[leaf].threshold)
	if payload&mixedLeaf == 0 {
		sums[uint32(payload)] += 1
		return
	}
	for k, v := range e.values[int(uint32(payload))*e.outputs:][:len(sums)] {
		sums[k] += v
	}
}

// lanes is how many walks go on side by side, so that one waits for memory while
// others compute.
const lanes = 16

// step moves from a node to the child that v goes to, or stays at a leaf. Written
// so, it compiles to no jump, which would be predicted wrong every other time.
func (nd *node) step(v float64) uint32 {
	right := uint32(1)
	if v <= nd.threshold {
		right = 0
	}
	return nd.left + right
}

// lane is a walk under way.
type lane struct {
	at   uint32
	tree int32
}

// walkTrees finds the leaf of row in each of the trees with the given roots.
func (e *ensemble) walkTrees(row []float64, roots, leaves []uint32) {
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
				l.at = nd.step(row[nd.feature&featureMask])
				continue
			}
			leaves[l.tree] = l.at
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

// walk is the leaf of one row that may miss values or have categories.
func (e *ensemble) walk(at uint32, row []float64) uint32 {
	for {
		nd := &e.nodes[at]
		if nd.feature < 0 {
			return at
		}
		v := row[nd.feature&featureMask]
		if nd.feature&categoricalBit != 0 {
			at = nd.left + 1
			if nd.goesLeft(e.sets, v) {
				at = nd.left
			}
			continue
		}
		if v != v && nd.feature&missingLeftBit != 0 {
			at = nd.left
			continue
		}
		at = nd.step(v)
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
	var leaves [128]uint32
	for first := 0; first < len(e.roots); first += len(leaves) {
		roots := e.roots[first:min(first+len(leaves), len(e.roots))]
		e.walkTrees(row, roots, leaves[:])
		for _, leaf := range leaves[:len(roots)] {
			e.vote(leaf, sums)
		}
	}
}

// planting is how the trees of a forest are grown.
type planting struct {
	trees     int
	lim       limits
	random    bool // splits
	bootstrap bool
	draws     int // samples drawn per tree
	weights   []float64
	outputs   int
	classes   bool
	// criterion is made for each tree, for weights that may be nil. The words are in
	// the memory given, if that is large enough and they differ between trees.
	criterion func(weights []float64, memory []uint32) (crit criterion, words []uint32, shift uint)
}

// maxTrees bounds the number of trees, what is kept of each being allocated first.
const maxTrees = 1_000_000

// samples fills in how many samples each tree draws.
func (p *planting) samples(trees int, bootstrap bool, maxSamples float64, n int) error {
	p.trees, p.bootstrap = trees, bootstrap
	if p.trees == 0 {
		p.trees = 100
	}
	if p.trees < 0 || p.trees > maxTrees {
		return &model.ParamError{Field: "Trees", Value: trees, Want: fmt.Sprintf("0 for the default, or from 1 to %d", maxTrees)}
	}
	if !(maxSamples >= 0 && maxSamples <= 1) {
		return &model.ParamError{Field: "MaxSamples", Value: maxSamples, Want: "a share in (0, 1], or 0 for all"}
	}
	if maxSamples != 0 && !bootstrap {
		return &model.ParamError{Field: "MaxSamples", Value: maxSamples, Want: "0 where samples are not drawn"}
	}
	p.draws = n
	if maxSamples > 0 {
		p.draws = max(int(math.Round(float64(n)*maxSamples)), 1)
	}
	return nil
}

// bag draws the samples of one tree with replacement, in proportion to their
// weights, and returns how often each was drawn, in counts if that is not nil.
func (p *planting) bag(tree, n int, cumulative []int64, counts []float64) []float64 {
	if counts == nil {
		counts = make([]float64, n)
	}
	clear(counts)
	rng := rand.NewPCG(p.lim.seed, uint64(tree))
	for range p.draws {
		if cumulative == nil {
			counts[below(rng, n)]++
			continue
		}
		r, _ := bits.Mul64(rng.Uint64(), uint64(cumulative[n-1]))
		counts[sort.Search(n, func(i int) bool { return cumulative[i] > int64(r) })]++
	}
	return counts
}

// cumulate returns the running sums of the weights, nil for equal ones.
func cumulate(weights []float64) []int64 {
	if weights == nil {
		return nil
	}
	sums, _ := fixedWeights(weights)
	for i := range sums[1:] {
		sums[i+1] += sums[i]
	}
	return sums
}

// grown trees of a forest, in order, and what else becomes of them.
type forest struct {
	ensemble
	importance []float64 // per feature
}

// sower is the memory that a worker keeps from one tree to the next: what is
// made anew for each tree would pile up until it is collected, when as much as
// all the data has.
type sower struct {
	lists  [][]uint32
	work   *growWorker
	counts []float64
	words  []uint32
	arena  arena
}

// growForest grows the trees in parallel, each by one goroutine.
func growForest(ctx context.Context, x *mat.Dense, schema dataset.Schema, p planting) (*forest, error) {
	levels, err := levelCounts(x, schema, p.lim.monotone)
	if err != nil {
		return nil, err
	}
	tab, err := newTable(ctx, x, levels, p.random)
	if err != nil {
		return nil, err
	}
	if tab.n > frugalRows {
		// What ranking needed would otherwise stay until there is twice as much of all.
		runtime.GC()
	}
	cumulative := cumulate(p.weights)
	sowers := perWorker[sower]{make: func() *sower { return new(sower) }}
	f := &forest{ensemble: ensemble{outputs: p.outputs}, importance: make([]float64, tab.p)}

	// A finished tree waits until those before it have been added.
	var mu sync.Mutex
	waiting := map[int]*grown{}
	var spare []*grown
	added := 0
	var done atomic.Int64
	err = parallel.ForWorker(ctx, p.trees, 1, func(worker, tree, _ int) {
		weights, s := p.weights, sowers.get(worker)
		if p.bootstrap {
			s.counts = p.bag(tree, tab.n, cumulative, s.counts)
			weights = s.counts
		}
		if p.growTree(ctx, tab, s, tree, weights) != nil {
			return // ctx is done
		}
		t := new(grown)
		mu.Lock()
		if len(spare) > 0 {
			t, spare = spare[len(spare)-1], spare[:len(spare)-1]
		}
		mu.Unlock()
		s.arena.flattenInto(t, p.outputs)
		mu.Lock()
		waiting[tree] = t
		for next := waiting[added]; next != nil; next = waiting[added] {
			delete(waiting, added)
			if added == 0 {
				// Memory that is not touched costs nothing, but a copy would.
				f.nodes = make([]node, 0, (len(next.nodes)+len(next.nodes)/8+16)*p.trees)
			}
			f.add(next, p.classes)
			for k, v := range next.importances(tab.p) {
				f.importance[k] += v
			}
			added++
			spare = append(spare, next)
		}
		mu.Unlock()
		model.Report(ctx, model.Progress{Task: "forest", Done: int(done.Add(1)), Total: p.trees})
	})
	if err != nil {
		return nil, err
	}
	f.nodes = slices.Clip(f.nodes)
	total := 0.0
	for _, v := range f.importance {
		total += v
	}
	for k := range f.importance {
		if total > 0 {
			f.importance[k] /= total
		}
	}
	return f, nil
}

// growTree grows one tree on the samples with positive weight in the arena of s.
func (p *planting) growTree(ctx context.Context, tab *table, s *sower, tree int, weights []float64) error {
	crit, words, shift := p.criterion(weights, s.words)
	s.words = words
	if s.lists == nil {
		s.lists = make([][]uint32, max(len(tab.order), 1))
		s.work = newGrowWorker(tab)
	}
	rows := len(words)
	if weights != nil {
		rows = 0
		for _, w := range weights {
			if w > 0 {
				rows++
			}
		}
	}
	for f := range s.lists {
		list := s.lists[f][:0]
		if cap(list) < rows {
			list = make([]uint32, 0, min(rows+rows/64, tab.n)) // other trees draw some more
		}
		if tab.columns != nil {
			for row, word := range words {
				if weights == nil || weights[row] > 0 {
					list = append(list, word)
				}
			}
		} else {
			for _, row := range tab.order[f] {
				if weights == nil || weights[row] > 0 {
					list = append(list, words[row])
				}
			}
		}
		s.lists[f] = list
	}
	s.arena.nodes = room(s.arena.nodes, 2*rows) // as many as a tree can have
	s.arena.values = room(s.arena.values, 2*rows*p.outputs)
	lim := p.lim
	lim.seed = childSeed(p.lim.seed, uint64(tree)+2)
	g := newGrower(tab, lim, crit, s.lists, shift, p.outputs)
	s.work.crit = crit.clone()
	g.workers.items = []*growWorker{s.work}
	a, root, splittable := g.plant()
	var err error
	switch {
	case !splittable:
		s.arena = *a
	case lim.maxLeaves < noLimit:
		s.arena = *a
		err = g.growBestFirst(ctx, &s.arena, root)
	default:
		err = g.growSubtree(ctx, s.work, root, &s.arena)
	}
	g.setThresholds(s.arena.nodes)
	return err
}
