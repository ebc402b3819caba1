package blas

import (
	"runtime"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// A tiledCholesky decomposes a matrix by square tiles, from the left: tile (i, j) of U,
// i ≤ j, is what of A(i, j) remains when the products of the tiles above it with those
// above tile (i, i) have been taken off, solved for with U(i, i) (Buttari, Langou,
// Kurzak, Dongarra, "A class of parallel tiled linear algebra algorithms for multicore
// architectures", 2009). Tiles are tasks, in the order of rows. A task waits for what
// it needs, which is of earlier tasks: while the rest of a row of tiles is computed, the
// diagonal tile of the next is already on its way. Each tile is packed once, when it is
// finished, and serves all products it is in.
//
// L is the transpose of U, and its tile (j, i) stands for tile (i, j).
type tiledCholesky struct {
	product  // of what is taken off
	lower    bool
	tiles    int            // of a row or column
	finished []atomic.Int64 // tiles of each column
	failed   atomic.Bool
	packed   []float64   // finished tiles off the diagonal, by rows
	workers  [][]float64 // a transposed tile
}

const (
	// tileOrder is a multiple of the widths of all register tiles.
	tileOrder = 120
	// Below tiledFrom there are too few tiles; above tiledTo, they take too much memory.
	tiledFrom, tiledTo = 3 * tileOrder, 2048
)

var tiledCholeskies slots[tiledCholesky]

func choleskyByTiles(ul blas.Uplo, n int, a []float64, lda int) (ok bool) {
	t := tiledCholeskies.take()
	t.product = product{n: n, alpha: -1, beta: 1, c: a, ldc: lda}
	t.lower = ul == blas.Lower
	t.tiles = ceilDiv(n, tileOrder)
	if len(t.finished) < t.tiles {
		t.finished = make([]atomic.Int64, t.tiles)
	}
	for j := range t.finished {
		t.finished[j].Store(0)
	}
	t.failed.Store(false)
	t.packed = grow(t.packed, t.tiles*(t.tiles-1)/2*tileOrder*tileOrder)
	workers := 1
	if n*n*n/6 >= parallelVolume {
		workers = min(runtime.GOMAXPROCS(0), t.tiles)
	}
	for len(t.workers) < workers {
		t.workers = append(t.workers, grow(nil, tileOrder*tileOrder))
	}
	parallel.Run(t.tiles*(t.tiles+1)/2, workers, t)
	ok = !t.failed.Load()
	t.product = product{} // do not keep the caller's matrix alive
	tiledCholeskies.give(t)
	return ok
}

func (t *tiledCholesky) Task(worker, task int) {
	i, j := 0, task
	for j >= t.tiles-i {
		j -= t.tiles - i
		i++
	}
	j += i
	p := t.product // of which only part differs
	if i == j {
		p.part = upper
		if t.lower {
			p.part = lower
		}
	}
	for k := range i {
		if !t.await(i, k) || !t.await(j, k) {
			return
		}
		// Products are of the lower triangle's rows or of the upper's.
		r, c := i, j
		if t.lower {
			r, c = j, i
		}
		_, height := simd.GemmTile()
		p.block(t.tile(k, r), height, t.tile(k, c), nil, r*tileOrder, t.end(r), c*tileOrder, t.end(c), k*tileOrder, tileOrder)
	}
	if i == j {
		ul := blas.Upper
		if t.lower {
			ul = blas.Lower
		}
		at := i * tileOrder
		if !cholesky(ul, t.end(i)-at, t.c[at*t.ldc+at:], t.ldc) {
			t.failed.Store(true)
			return
		}
	} else {
		if !t.await(i, i) {
			return
		}
		t.solve(i, j, t.workers[worker])
	}
	t.finished[j].Store(int64(i + 1))
}

// await waits until row k of column j is finished; false means that none will be.
func (t *tiledCholesky) await(j, k int) bool {
	for t.finished[j].Load() <= int64(k) {
		if t.failed.Load() {
			return false
		}
		runtime.Gosched()
	}
	return true
}

// solve finishes tile (i, j) off the diagonal, and packs it.
func (t *tiledCholesky) solve(i, j int, scratch []float64) {
	i0, j0 := i*tileOrder, j*tileOrder
	n := t.end(j) - j0
	diagonal := triangle{operand: newOperand(!t.lower, t.c[i0*t.ldc+i0:], t.ldc)}
	x, ldx := t.c[i0*t.ldc+j0:], t.ldc
	if t.lower {
		x, ldx = scratch, n
		simd.Transpose(n, tileOrder, t.c[j0*t.ldc+i0:], t.ldc, x, ldx)
	}
	diagonal.solve(0, tileOrder, x, ldx, n)
	_, width := simd.GemmTile()
	pack(t.tile(i, j), newOperand(true, x, ldx), 0, n, 0, tileOrder, width)
	if t.lower {
		simd.Transpose(tileOrder, n, x, ldx, t.c[j0*t.ldc+i0:], t.ldc)
	}
}

// end is where the rows or columns of tiles i end.
func (t *tiledCholesky) end(i int) int { return min((i+1)*tileOrder, t.n) }

// tile is where tile (i, j), i < j, is packed.
func (t *tiledCholesky) tile(i, j int) []float64 {
	at := i*(t.tiles-1) - i*(i-1)/2 + j - i - 1
	return t.packed[at*tileOrder*tileOrder : (at+1)*tileOrder*tileOrder]
}
