package tree

import (
	"context"
	"math"
	"math/bits"
	"runtime"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

const (
	// inStep is how many rows are walked side by side.
	inStep = 8
	// A block of rows is large enough to use most of a tree that has been fetched
	// from memory, and its values leave room for one in a cache of the second level.
	smallestBlock, largestBlock, blockValues = 512, 4096, 40_000
	// treeLines is how large a tree may be, in lines of the cache, to be fetched while
	// the one before it is walked: a larger one does not stay, and no block of rows
	// meets all of it.
	treeLines, lineNodes = 1 << 13, 4
)

// rowBlock are rows that go through one tree after the other.
type rowBlock struct {
	x    *mat.Dense
	rows []uint32 // of x
	// keys has those of the values by groups of inStep rows, in each by features. A
	// missing value has the greatest, as a row that is not there.
	keys    []uint64
	missing []uint32 // places of rows with missing values
	leaves  []uint64 // per row: the cut of its leaf
}

// blockSize is how many of n rows of p features make a block.
func blockSize(n, p int) int {
	size := min(max(blockValues/p, smallestBlock), largestBlock)
	workers := runtime.GOMAXPROCS(0)
	return min(size, max((n+workers-1)/workers, inStep)) &^ (inStep - 1)
}

// fill makes a block of the chosen rows.
func (b *rowBlock) fill() {
	_, p := b.x.Dims()
	groups := (len(b.rows) + inStep - 1) / inStep
	b.keys = room(b.keys, groups*inStep*p)[:groups*inStep*p]
	b.leaves = room(b.leaves, groups*inStep)[:groups*inStep]
	b.missing = b.missing[:0]
	for i := range groups * inStep {
		to := b.keys[i/inStep*inStep*p+i%inStep:]
		if i >= len(b.rows) {
			for f := range p {
				to[f*inStep] = math.MaxUint64
			}
			continue
		}
		some := false
		for f, v := range b.x.RawRowView(int(b.rows[i]))[:p] {
			key := keyOf(v)
			if v != v {
				key, some = math.MaxUint64, true
			}
			to[f*inStep] = key
		}
		if some {
			b.missing = append(b.missing, uint32(i))
		}
	}
}

// sum returns the votes on each row of x, outputs values per row: for each the sum
// over the trees in their order, as sumRow computes it.
func (e *ensemble) sum(x *mat.Dense) []float64 {
	n, p := x.Dims()
	k := e.outputs
	sums := make([]float64, n*k)
	blocks := perWorker[rowBlock]{make: func() *rowBlock { return &rowBlock{x: x} }}
	parallel.ForWorker(context.Background(), n, blockSize(n, p), func(worker, lo, hi int) {
		b := blocks.get(worker)
		b.rows = b.rows[:0]
		for row := lo; row < hi; row++ {
			b.rows = append(b.rows, uint32(row))
		}
		b.fill()
		for tree := range e.roots {
			e.walkBlock(tree, b)
			for i, row := range b.rows {
				e.vote(b.leaves[i], sums[int(row)*k:(int(row)+1)*k])
			}
		}
	})
	return sums
}

// outOfBag adds up, for each row of x, the votes of the trees that did not draw
// it, and counts them.
func (f *forest) outOfBag(ctx context.Context, x *mat.Dense, p planting) (sums []float64, votes []int, err error) {
	n, features := x.Dims()
	k := f.outputs
	sums, votes = make([]float64, n*k), make([]int, n)
	blocks := perWorker[rowBlock]{make: func() *rowBlock { return &rowBlock{x: x} }}
	cumulative := cumulate(p.weights)
	var bag []float64
	for tree := range f.roots {
		bag = p.bag(tree, n, cumulative, bag)
		err := parallel.ForWorker(ctx, n, blockSize(n, features), func(worker, lo, hi int) {
			b := blocks.get(worker)
			b.rows = b.rows[:0]
			for row := lo; row < hi; row++ {
				if bag[row] == 0 {
					b.rows = append(b.rows, uint32(row))
				}
			}
			b.fill()
			f.walkBlock(tree, b)
			for i, row := range b.rows {
				f.vote(b.leaves[i], sums[int(row)*k:(int(row)+1)*k])
				votes[row]++
			}
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return sums, votes, nil
}

// walkBlock finds the leaves of the rows of a block in a tree.
func (e *ensemble) walkBlock(tree int, b *rowBlock) {
	root, end := e.roots[tree], e.end(tree)
	w := walking{nodes: e.nodes, root: root, features: len(b.keys) / max(len(b.leaves), 1)}
	// No leaf is less deep, on average over the leaves, than in a balanced tree.
	w.sure = max(bits.Len32(end-root)-2, 1)
	if tree+1 < len(e.roots) {
		w.ahead = e.nodes[end:e.end(tree+1)]
		if len(w.ahead) > treeLines*lineNodes {
			w.ahead = nil
		}
	}
	if e.sets != nil {
		w.walkGo(b.keys, b.leaves, e.sets)
	} else {
		w.walk(b.keys, b.leaves)
	}
	for _, i := range b.missing {
		b.leaves[i] = e.walk(root, b.x.RawRowView(int(b.rows[i])))
	}
}

// end is the node behind the last one of a tree.
func (e *ensemble) end(tree int) uint32 {
	if tree+1 < len(e.roots) {
		return e.roots[tree+1]
	}
	return uint32(len(e.nodes))
}

// walking is a tree that groups of rows are to walk.
type walking struct {
	nodes    []fork
	root     uint32
	features int
	sure     int    // steps before asking whether all rows of a group have arrived
	ahead    []fork // to be fetched meanwhile
}

// moreSteps is how many steps a group makes before that is asked again.
const moreSteps = 2

// walkGo puts into leaves, for each row of the groups whose keys are given, the cut
// of the leaf that it falls into.
func (w *walking) walkGo(keys, leaves []uint64, sets []uint32) {
	for ; len(leaves) > 0; keys, leaves = keys[inStep*w.features:], leaves[inStep:] {
		var at [inStep]uint32
		for lane := range at {
			at[lane] = w.root
		}
		arrived := false
		for steps := w.sure; !arrived; steps = moreSteps {
			for range steps {
				for lane := range at {
					nd := &w.nodes[at[lane]]
					key := keys[int(nd.feature&featureMask)*inStep+lane]
					if nd.feature&categoricalBit == 0 {
						at[lane] = nd.step(key)
					} else if at[lane] = nd.right; nd.goesLeft(sets, numberOf(key)) {
						at[lane]--
					}
				}
			}
			arrived = true
			for lane := range at {
				arrived = arrived && w.nodes[at[lane]].feature < 0
			}
		}
		for lane := range at {
			leaves[lane] = w.nodes[at[lane]].cut
		}
	}
}
