package tree

import (
	"context"
	"runtime"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

const (
	// A tree is fetched into the cache once per block of rows, whose own values are
	// read in order: blocks are large, but there is one for each processor.
	smallestBlock, largestBlock = 512, 1 << 14
	// inStep is how many rows are walked side by side.
	inStep = 8
	// firstSteps and moreSteps are how many steps the rows of a block make before
	// those that have reached a leaf are taken out.
	firstSteps, moreSteps = 8, 4
)

// rowBlock are rows that go through one tree after the other.
type rowBlock struct {
	x              *mat.Dense
	known, unknown []uint32 // rows without and with missing values

	leaves     []uint32 // per row
	active, at []uint32 // the rows under way, and where they are
}

// blockSize is how many of n rows make a block: about as many blocks for each
// processor.
func blockSize(n int) int {
	workers := runtime.GOMAXPROCS(0)
	rounds := (n + workers*largestBlock - 1) / (workers * largestBlock)
	parts := max(rounds*workers, 1)
	return max((n+parts-1)/parts, smallestBlock)
}

// newRowBlock returns the rows [lo, hi) of x.
func newRowBlock(x *mat.Dense, lo, hi int) *rowBlock {
	b := &rowBlock{x: x.Slice(lo, hi, 0, x.RawMatrix().Cols).(*mat.Dense), leaves: make([]uint32, hi-lo)}
	for i := range uint32(hi - lo) {
		if hasMissing(b.x.RawRowView(int(i))) {
			b.unknown = append(b.unknown, i)
		} else {
			b.known = append(b.known, i)
		}
	}
	lanes := (len(b.known) + inStep - 1) &^ (inStep - 1)
	b.active, b.at = make([]uint32, lanes), make([]uint32, lanes)
	return b
}

// sum returns the votes on each row of x, outputs values per row: for each the sum
// over the trees in their order, as sumRow computes it.
func (e *ensemble) sum(x *mat.Dense) []float64 {
	n, _ := x.Dims()
	k := e.outputs
	sums := make([]float64, n*k)
	parallel.For(n, blockSize(n), func(lo, hi int) {
		b := newRowBlock(x, lo, hi)
		for _, root := range e.roots {
			e.walkBlock(root, b, b.known, b.unknown)
			for i, leaf := range b.leaves {
				e.vote(leaf, sums[(lo+i)*k:(lo+i+1)*k])
			}
		}
	})
	return sums
}

// outOfBag adds up, for each row of x, the votes of the trees that did not draw
// it, and counts them.
func (f *forest) outOfBag(ctx context.Context, x *mat.Dense, p planting) (sums []float64, votes []int, err error) {
	n, _ := x.Dims()
	k := f.outputs
	sums, votes = make([]float64, n*k), make([]int, n)
	size := blockSize(n)
	blocks := make([]*rowBlock, (n+size-1)/size)
	cumulative := cumulate(p.weights)
	var bag []float64
	for tree, root := range f.roots {
		bag = p.bag(tree, n, cumulative, bag)
		err := parallel.ForContext(ctx, n, size, func(lo, hi int) {
			b := blocks[lo/size]
			if b == nil {
				b = newRowBlock(x, lo, hi)
				blocks[lo/size] = b
			}
			drawn := func(i uint32) bool { return bag[lo+int(i)] > 0 }
			f.walkBlock(root, b, slices.DeleteFunc(slices.Clone(b.known), drawn), slices.DeleteFunc(slices.Clone(b.unknown), drawn))
			for i := range uint32(hi - lo) {
				if !drawn(i) {
					row := lo + int(i)
					f.vote(b.leaves[i], sums[row*k:(row+1)*k])
					votes[row]++
				}
			}
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return sums, votes, nil
}

// walkBlock finds the leaves, in the tree with the given root, of rows of a block
// that miss no value and of others.
//
// The rows that miss nothing all make some steps, where a leaf is left for itself;
// then those that have arrived are taken out, and so on. So there is no jump that
// depends on the data, and no waiting for one row's node while there are others
// to move.
func (e *ensemble) walkBlock(root uint32, b *rowBlock, known, unknown []uint32) {
	for _, i := range unknown {
		b.leaves[i] = e.walk(root, b.x.RawRowView(int(i)))
	}
	active, at := b.active, b.at
	copy(active, known)
	for k := range known {
		at[k] = root
	}
	raw := b.x.RawMatrix()
	steps := firstSteps
	for m := len(known); m > 0; steps = moreSteps {
		lanes := (m + inStep - 1) &^ (inStep - 1)
		for k := m; k < lanes; k++ { // idle, but somewhere
			active[k], at[k] = active[0], root
		}
		if e.sets != nil {
			e.walkLevels(raw.Data, raw.Stride, active[:lanes], at[:lanes], steps)
		} else {
			walkLanes(e.nodes, raw.Data, raw.Stride, active[:lanes], at[:lanes], steps)
		}
		under := 0
		for k, leaf := range at[:m] {
			row := active[k]
			b.leaves[row] = leaf
			active[under], at[under] = row, leaf
			under += 1 - int(uint32(e.nodes[leaf].feature)>>31)
		}
		m = under
	}
}

// walkLevels is walkLanes for trees that split by categories too.
func (e *ensemble) walkLevels(data []float64, stride int, rows, at []uint32, steps int) {
	for k := 0; k < len(at); k += inStep {
		rows, at := (*[inStep]uint32)(rows[k:]), (*[inStep]uint32)(at[k:])
		for range steps {
			for lane := range at {
				nd := &e.nodes[at[lane]]
				v := data[int(rows[lane])*stride+int(nd.feature&featureMask)]
				if nd.feature&categoricalBit == 0 {
					at[lane] = nd.step(v)
				} else if at[lane] = nd.left; !nd.goesLeft(e.sets, v) {
					at[lane]++
				}
			}
		}
	}
}

// walkLanesGo moves each lane k on by the given number of steps from node at[k],
// row rows[k] of data deciding. The number of lanes is a multiple of inStep.
func walkLanesGo(nodes []node, data []float64, stride int, rows, at []uint32, steps int) {
	for k := 0; k < len(at); k += inStep {
		rows, at := (*[inStep]uint32)(rows[k:]), (*[inStep]uint32)(at[k:])
		for range steps {
			for lane := range at {
				nd := &nodes[at[lane]]
				at[lane] = nd.step(data[int(rows[lane])*stride+int(nd.feature&featureMask)])
			}
		}
	}
}
