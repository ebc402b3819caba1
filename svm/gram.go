package svm

import (
	"context"
	"math"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// gram computes and keeps parts of the kernel matrix of the training samples. The
// samples are divided into blocks, such as the classes; what is kept is the
// kernels of one sample with all of a block, a segment of a row.
//
// Segments are in single precision, like LIBSVM's, except where that could be
// felt, and Gaussian ones are then computed in it too where it is exact enough.
// The kernel of two samples is the same to the bit whichever rows it is computed
// among, so what is in the cache when does not matter to the result.
type gram struct {
	*evaluator
	x        blas64.General
	rows     []int     // row of x of each sample
	starts   []int     // block b is samples [starts[b], starts[b+1])
	blocks   []*points // nil unless the kernel is a function of products
	tiles    []*tiles  // the same in single precision, instead of blocks
	diagonal []float64 // as stored
	double   bool
	cache    *cache
}

// newGram divides the rows of x that are listed per block. scale tells how large
// the multipliers can become, relative to the tolerance: how exact kernels must be.
func newGram(e *evaluator, x blas64.General, blocks [][]int, scale float64, cacheBytes int) *gram {
	g := &gram{evaluator: e, x: x, starts: []int{0}}
	for _, rows := range blocks {
		g.rows = append(g.rows, rows...)
		g.starts = append(g.starts, len(g.rows))
	}
	g.diagonal = make([]float64, len(g.rows))
	n := float64(len(g.rows))
	g.double = n <= doubleSamples || scale*math.Sqrt(n) > doubleScale
	if !g.double && g.packTiles(blocks) {
		for i := range g.diagonal {
			g.diagonal[i] = 1
		}
	} else {
		g.packDouble(blocks)
	}
	g.cache = newCache(cacheBytes, len(g.rows), g.double)
	return g
}

// packTiles packs the blocks for kernels in single precision, and reports whether
// they are of that kind.
func (g *gram) packTiles(blocks [][]int) bool {
	if g.Kind != RBF || g.Func != nil || !tilesServed() {
		return false
	}
	for _, rows := range blocks {
		t := g.evaluator.packTiles(g.x, rows)
		if !(g.Gamma*t.largestNorm() <= singleReach) {
			g.tiles = nil
			return false
		}
		g.tiles = append(g.tiles, t)
	}
	return true
}

// packDouble packs the blocks for kernels in double precision, and computes the
// diagonal.
func (g *gram) packDouble(blocks [][]int) {
	largest := 0.0
	for b, rows := range blocks {
		if g.byProducts() {
			g.blocks = append(g.blocks, g.pack(g.x, rows))
		}
		for i, at := range rows {
			row := rowOf(g.x, at)
			v := &g.diagonal[g.starts[b]+i]
			switch {
			case g.Func != nil:
				*v = g.Func(row, row)
			case g.Kind == Precomputed:
				*v = row[at]
			default:
				*v = g.self(g.blocks[b].norms[i])
			}
			largest = max(largest, math.Abs(*v))
		}
	}
	g.double = g.double || largest > math.MaxFloat32/16
	if !g.double {
		for i, v := range g.diagonal {
			g.diagonal[i] = float64(float32(v))
		}
	}
}

const (
	doubleSamples = 2000
	doubleScale   = 3e6
)

// release recycles the memory of g, which must not be used any more.
func (g *gram) release() {
	g.cache.empty()
	for _, t := range g.tiles {
		t.memory.recycle()
	}
}

// forgetPair drops the kernels between the samples of two blocks.
func (g *gram) forgetPair(a, b int) {
	g.cache.drop(g.starts[a], g.starts[a+1], b)
	g.cache.drop(g.starts[b], g.starts[b+1], a)
}

func (g *gram) size(block int) int { return g.starts[block+1] - g.starts[block] }

// A segment holds the kernels of one sample with the samples of a block, in one of
// the two precisions.
type segment struct {
	single []float32
	double []float64
}

// pick sets dst[i] to element at[i].
func (s segment) pick(dst []float64, at []int32) {
	if s.double != nil {
		for i, j := range at {
			dst[i] = s.double[j]
		}
		return
	}
	for i, j := range at {
		dst[i] = float64(s.single[j])
	}
}

// store keeps values as elements lo, lo+1, … of the segment.
func (s segment) store(values []float64, lo int) {
	if s.double != nil {
		copy(s.double[lo:], values)
		return
	}
	simd.Narrow(s.single[lo:], values)
}

// A tile of the kernel matrix is computed at a time: it stays in the second-level
// cache until it is stored.
const (
	tileRows   = 128
	tilePanels = 10
)

// tileScratch is memory for a tile: the rows' coordinates, their norms, products.
type tileScratch struct{ row, a, norms, values []float64 }

var tileScratches = sync.Pool{New: func() any { return new(tileScratch) }}

func grow(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	return s[:n]
}

// compute fills the segments of the given samples with the kernels of a block,
// unless ctx is done first. A serial computation stays on the calling goroutine.
func (g *gram) compute(ctx context.Context, block int, samples []int, into []segment, serial bool) error {
	if g.tiles != nil {
		return g.computeTiles(ctx, block, samples, into, serial)
	}
	if !g.byProducts() {
		return g.computeEach(ctx, block, samples, into, serial)
	}
	target := g.blocks[block]
	columns := tilePanels * target.width
	columnTiles := (target.n + columns - 1) / columns
	// Narrower tiles where the rows alone would leave a worker idle.
	rowTiles := (len(samples) + tileRows - 1) / tileRows
	tasks := rowTiles * columnTiles
	do := func(lo, hi int) {
		s := tileScratches.Get().(*tileScratch)
		defer tileScratches.Put(s)
		gathered := -1
		for t := lo; t < hi; t++ {
			rowTile := t / columnTiles
			from := rowTile * tileRows
			to := min(from+tileRows, len(samples))
			if rowTile != gathered {
				g.gather(s, samples[from:to])
				gathered = rowTile
			}
			j := t % columnTiles * columns
			g.tile(s, target, j, min(columns, target.n-j), into[from:to])
		}
	}
	// Per tile about (p + 20)·rows·columns operations; a task should take some 50 µs.
	chunk := max(1, 1<<18/((g.p+20)*min(tileRows, len(samples))*columns/8+1))
	return run(ctx, tasks, chunk, serial, do)
}

// run is a loop over chunks that may be kept to one goroutine.
func run(ctx context.Context, n, chunk int, serial bool, body func(lo, hi int)) error {
	if !serial {
		return parallel.ForContext(ctx, n, chunk, body)
	}
	for lo := 0; lo < n; lo += chunk {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		body(lo, min(lo+chunk, n))
	}
	return ctx.Err()
}

// gather packs the coordinates of the samples as the left operand of products.
func (g *gram) gather(s *tileScratch, samples []int) {
	height, _ := simd.GemmTile()
	p := g.p
	s.row = grow(s.row, height*p)
	s.a = grow(s.a, (len(samples)+height-1)/height*height*p)
	s.norms = grow(s.norms, len(samples))
	for i := 0; i < len(samples); i += height {
		m := min(height, len(samples)-i)
		for r, sample := range samples[i : i+m] {
			g.load(s.row[r*p:(r+1)*p], rowOf(g.x, g.rows[sample]))
			s.norms[i+r] = g.norm(sample)
		}
		simd.Transpose(m, p, s.row, p, s.a[i*p:], height)
	}
}

func (g *gram) norm(sample int) float64 {
	b := 0
	for sample >= g.starts[b+1] {
		b++
	}
	return g.blocks[b].norms[sample-g.starts[b]]
}

// tile computes columns [j0, j0+n) of the segments of the gathered rows.
func (g *gram) tile(s *tileScratch, target *points, j0, n int, into []segment) {
	s.values = grow(s.values, len(into)*n)
	g.multiply(s, target, j0, len(into), n)
	for i, segment := range into {
		row := s.values[i*n : (i+1)*n]
		g.finish(row, target.norms[j0:j0+n], s.norms[i])
		segment.store(row, j0)
	}
}

// multiply sets s.values to the products of the m gathered rows with points
// [j0, j0+n), j0 being the first of a panel.
func (e *evaluator) multiply(s *tileScratch, target *points, j0, m, n int) {
	height, _ := simd.GemmTile()
	width, p := target.width, e.p
	for j := 0; j < n; j += width {
		panel := target.panel(j0 + j)
		// As products does, but for one part of the chains after the other: it stays
		// in the first-level cache.
		for k := 0; k < p; k += chain {
			for i := 0; i < m; i += height {
				simd.Gemm(min(height, m-i), min(width, n-j), min(chain, p-k), 1, s.a[i*p+k*height:], 1, height,
					panel[k*width:], width, continued(k), s.values[i*n+j:], n)
			}
		}
	}
}

// computeEach is compute for kernels that are asked for one by one.
func (g *gram) computeEach(ctx context.Context, block int, samples []int, into []segment, serial bool) error {
	lo, n := g.starts[block], g.size(block)
	const columns = 64
	tiles := (n + columns - 1) / columns
	return run(ctx, len(samples)*tiles, 1, serial, func(t, _ int) {
		i, from := t/tiles, t%tiles*columns
		var values [columns]float64
		row := rowOf(g.x, g.rows[samples[i]])
		m := min(columns, n-from)
		for j := range m {
			other := g.rows[lo+from+j]
			if g.Func != nil {
				values[j] = g.Func(row, rowOf(g.x, other))
			} else {
				values[j] = row[other]
			}
		}
		into[i].store(values[:m], from)
	})
}
