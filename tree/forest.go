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

// trees is the number of trees, 0 for the zero value of a model.
func (f *forest) trees() int {
	if f == nil {
		return 0
	}
	return len(f.roots)
}

// importances is a copy of those, nil for the zero value of a model.
func (f *forest) importances() []float64 {
	if f == nil {
		return nil
	}
	return slices.Clone(f.importance)
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
	var order arranger
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
				f.nodes = make([]fork, 0, (len(next.nodes)+len(next.nodes)/8+16)*p.trees)
			}
			f.add(next, p.classes)
			order.arrange(&f.ensemble)
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
