package blas

import (
	"math"
	"runtime"
	"sync/atomic"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// A job is a product that is computed in tasks, with the memory they need.
type job struct {
	product
	directA, directB bool
	rowsOfA          bool // A is used where it lies, in blocks that stay in cache
	shared           bool // the panels of B serve as those of A
	tileColumns      int

	// The part of B that is packed: columns [jb, jb+nb), rows [kb, kb+kk). A panel is
	// packed by the first worker that needs it.
	jb, nb, kb, kk int
	b              []float64
	states         []atomic.Uint32 // of the panels: unpacked, beingPacked or isPacked
	crew           int             // workers

	rowBounds []int  // where the bands of C's rows begin
	areas     []area // of C: one for each task

	phase   phase
	chunk   int // of k, where that is what is dealt
	partial []float64

	workers []scratch
}

type phase int

const (
	blocks phase = iota
	chunks
	sums
)

// scratch is the memory of a worker.
type scratch struct{ a, b []float64 }

func (j *job) Task(worker, i int) {
	switch {
	case j.phase == chunks:
		j.chunkTask(worker, i)
	case j.phase == sums:
		j.sumTask(i)
	default:
		j.blockTask(worker, i)
	}
}

const (
	unpacked = iota
	beingPacked
	isPacked
)

func (j *job) computeBlocks(workers int) {
	j.phase, j.crew = blocks, workers
	tileRows, tileColumns := simd.GemmTile()
	j.tileColumns = tileColumns
	j.shared = j.isSymmetric() && !j.directA && !j.directB && j.n <= superN && tileColumns%tileRows == 0
	// A tile reads its rows from end to end, about as fast as if they were packed.
	j.rowsOfA = !j.directA && !j.shared && j.a.shape == general && j.a.cs == 1 && fits(j.a)
	if !j.directA && !j.shared && !j.rowsOfA {
		j.reserve(workers, roundUp(blockRows, tileRows)*j.step, 0)
	}
	if j.directB {
		j.jb, j.nb, j.kb, j.kk = 0, j.n, 0, j.k
		j.dealC(workers)
		parallel.Run(len(j.areas), workers, j)
		return
	}
	for j.jb = 0; j.jb < j.n; j.jb += superN {
		j.nb = min(superN, j.n-j.jb)
		for j.kb = 0; j.kb < j.k; j.kb += superBlocks * j.step {
			j.kk = min(superBlocks*j.step, j.k-j.kb)
			j.dealC(workers)
			j.b = grow(j.b, roundUp(j.nb, tileColumns)*j.kk)
			panels := ceilDiv(j.kk, j.step) * ceilDiv(j.nb, tileColumns)
			if len(j.states) < panels {
				j.states = make([]atomic.Uint32, panels)
			}
			for i := range panels {
				j.states[i].Store(unpacked)
			}
			parallel.Run(len(j.areas), workers, j)
		}
	}
}

// isSymmetric says that B is the transpose of A.
func (p *product) isSymmetric() bool {
	return p.a.shape == general && p.b.shape == general && p.m == p.n &&
		p.a.rs == p.b.cs && p.a.cs == p.b.rs && &p.a.data[0] == &p.b.data[0]
}

// An area is rows [i0, i1) of C and columns [j0, j1) of what is packed of B.
type area struct{ i0, i1, j0, j1 int }

// dealC cuts C into parts that are large enough to be worth packing A for, and
// smaller towards the end, so that all workers stop at about the same time. The
// choice does not change the result.
func (j *job) dealC(workers int) {
	j.rowBounds = dealRows(j.rowBounds[:0], roundUp(j.m, rowGrain), workers)
	j.areas = j.areas[:0]
	bands := len(j.rowBounds) - 1
	for i := range bands {
		columns := j.nb
		if workers > 1 {
			cuts := max(ceilDiv(4*workers, bands), j.cutsAtEnd(i, workers))
			columns = max(4*columnGrain, roundUp(ceilDiv(j.nb, cuts), columnGrain))
		}
		i0, i1 := j.band(i)
		for j0 := 0; j0 < j.nb; j0 += columns {
			j.areas = append(j.areas, area{i0, i1, j0, min(j0+columns, j.nb)})
		}
	}
}

// cutsAtEnd returns in how many parts to cut a band that would be lower than rowGrain
// if it could be.
func (j *job) cutsAtEnd(i, workers int) int {
	if j.part != whole {
		return 1 // the last bands are short
	}
	rows := j.rowBounds[i+1] - j.rowBounds[i]
	left := j.rowBounds[len(j.rowBounds)-1] - j.rowBounds[i]
	return min(2*workers*rows/left, rows*j.nb*j.kk/endVolume)
}

// endVolume is the number of multiply-adds of the least tasks.
const endVolume = 1 << 21

// dealRows appends to bounds where the parts of [0, end) begin, and end, which is a
// multiple of rowGrain.
func dealRows(bounds []int, end, workers int) []int {
	bounds = append(bounds, 0)
	for lo := 0; lo < end; {
		rows := blockRows
		if workers > 1 {
			share := (end - lo) / (2 * workers) / rowGrain * rowGrain
			rows = max(rowGrain, min(rows, share))
		}
		lo = min(lo+rows, end)
		bounds = append(bounds, lo)
	}
	return bounds
}

// band returns the rows of C of a band. Where the rows are of different length, the
// long ones come first.
func (j *job) band(i int) (i0, i1 int) {
	i0, i1 = j.rowBounds[i], j.rowBounds[i+1]
	if j.part == lower {
		end := j.rowBounds[len(j.rowBounds)-1]
		i0, i1 = end-i1, end-i0
	}
	return i0, min(i1, j.m)
}

func (j *job) blockTask(worker, i int) {
	c := j.areas[i]
	if j.outside(c.i0, c.i1-c.i0, j.jb+c.j0, c.j1-c.j0) {
		return
	}
	// Rows of A that are used in place come from memory: the next few are fetched
	// while these are used.
	rows := c.i1 - c.i0
	if j.directA {
		rows = directRows
	}
	for i := c.i0; i < c.i1; i += rows {
		end := min(i+rows, c.i1)
		j.rowBlock(worker, i, end, min(end+rows, c.i1), c.j0, c.j1)
	}
}

// directRows is the number of rows of A that are used in place at a time.
const directRows = 48

// rowBlock computes rows [i0, i1), before rows [i1, next), in columns [j0, j1) of
// what is packed of B.
func (j *job) rowBlock(worker, i0, i1, next, j0, j1 int) {
	tileRows, _ := simd.GemmTile()
	panels := ceilDiv(j1-j0, j.tileColumns)
	// Workers that need the same panels begin with different ones.
	first := panels * worker / j.crew
	for k0 := 0; k0 < j.kk; k0 += j.step {
		k := min(j.step, j.kk-k0)
		var packedA, ahead []float64
		height := tileRows
		switch {
		case j.shared:
			height = j.tileColumns
			for i := i0; i < i1; i += height {
				j.pack(i, k0, k)
			}
			packedA = j.b[roundUp(j.nb, height)*k0+i0*k:]
		case j.rowsOfA:
		case !j.directA:
			packedA = j.workers[worker].a
			pack(packedA, j.a, i0, i1-i0, j.kb+k0, k, tileRows)
		case k0 == 0 && i1 < next && j.a.cs == 1 && j.a.rs <= 2*j.k:
			ahead = j.a.data[i1*j.a.rs : min(next*j.a.rs, len(j.a.data))]
		}
		if j.directB {
			j.block(packedA, height, nil, ahead, i0, i1, j.jb+j0, j.jb+j1, j.kb+k0, k)
			continue
		}
		rows := ceilDiv(i1-i0, tileRows)
		fetch := spread(ahead, rows*panels)
		for q := range panels {
			column := j0 + (first+q)%panels*j.tileColumns
			n := min(j.tileColumns, j.nb-column)
			if j.outside(i0, i1-i0, j.jb+column, n) {
				continue
			}
			b := j.panelOfB(i0, i1, column, n, k0, k)
			if q+1 < panels && len(ahead) == 0 {
				fetch = j.fetchPanel(j0+(first+q+1)%panels*j.tileColumns, k0, k, rows)
			}
			j.panel(packedA, height, b, &fetch, i0, i1, j.jb+column, n, j.kb+k0, k)
		}
	}
}

// packedPanel returns where the panel of the given column is packed, and its state.
func (j *job) packedPanel(column, k0, k int) ([]float64, *atomic.Uint32) {
	at := roundUp(j.nb, j.tileColumns)*k0 + column*k
	state := k0/j.step*ceilDiv(j.nb, j.tileColumns) + column/j.tileColumns
	return j.b[at : at+j.tileColumns*k], &j.states[state]
}

// pack sees to it that a panel is packed.
func (j *job) pack(column, k0, k int) []float64 {
	packed, state := j.packedPanel(column, k0, k)
	switch {
	case state.Load() == isPacked:
	case state.CompareAndSwap(unpacked, beingPacked):
		n := min(j.tileColumns, j.nb-column)
		pack(packed, j.product.b.transposed(), j.jb+column, n, j.kb+k0, k, j.tileColumns)
		state.Store(isPacked)
	default:
		for state.Load() != isPacked {
			runtime.Gosched()
		}
	}
	return packed
}

// panelOfB returns a panel that is packed or, where its rows can be used as they lie, is
// packed by the first tile of rows [i0, i1).
func (j *job) panelOfB(i0, i1, column, n, k0, k int) panelOfB {
	tileRows, _ := simd.GemmTile()
	b := j.product.b
	if b.shape == general && b.cs == 1 && n == j.tileColumns && i1-i0 >= tileRows &&
		(j.part == whole || j.inside(i0, tileRows, j.jb+column, n)) {
		packed, state := j.packedPanel(column, k0, k)
		if state.CompareAndSwap(unpacked, beingPacked) {
			return panelOfB{data: b.data[(j.kb+k0)*b.rs+j.jb+column:], ld: b.rs, packed: packed, state: state}
		}
	}
	return panelOfB{data: j.pack(column, k0, k), ld: j.tileColumns}
}

// fetchPanel deals a panel, packed or not, to so many rows of tiles.
func (j *job) fetchPanel(column, k0, k, rows int) fetcher {
	packed, state := j.packedPanel(column, k0, k)
	if b := j.product.b; state.Load() == unpacked && b.shape == general && b.cs == 1 {
		// Rows that do not begin on a cache line have a part of one more.
		share := j.tileColumns + cacheLine
		return fetcher{data: b.data[(j.kb+k0)*b.rs+j.jb+column:], share: share, stride: b.rs, after: packed, tiles: rows - share/cacheLine}
	}
	return spread(packed, rows)
}

// isLong says that C is small and k long, so that k is what is dealt.
func (p *product) isLong() bool {
	return p.k >= longK && max(p.m, p.n) <= longEdge && p.m*p.n <= longPartials/8 &&
		p.a.shape == general && p.b.shape == general
}

const (
	longK, longEdge = 4096, 1024
	// longPartials is the number of elements of all partial C, of which there are at
	// most longChunks.
	longPartials, longChunks = 1 << 20, 32
	// longBlock is the number of elements of A and B that a block of k has: it and
	// the next one stay in the second-level cache.
	longBlock = 3 << 15
)

// computeLong computes a partial C for each of a few ranges of k, and adds them
// pairwise in the order of k. The ranges depend on the sizes alone.
func (j *job) computeLong(workers int) {
	j.step = min(blockK, max(64, longBlock/(j.m+j.n)/8*8))
	j.chunk = roundUp(ceilDiv(j.k, min(longChunks, longPartials/(j.m*j.n))), j.step)
	count := ceilDiv(j.k, j.chunk)
	j.partial = grow(j.partial, count*j.m*j.n)
	tileRows, tileColumns := simd.GemmTile()
	j.directA = fits(j.a)
	j.directB = j.product.b.cs == 1 && fits(j.product.b)
	sizeA, sizeB := 0, 0
	if !j.directA {
		sizeA = roundUp(j.m, tileRows) * j.step
	}
	if !j.directB {
		sizeB = roundUp(j.n, tileColumns) * j.step
	}
	j.reserve(workers, sizeA, sizeB)
	j.phase = chunks
	parallel.Run(count, workers, j)
	j.phase = sums
	parallel.Run(ceilDiv(j.m, sumRows), workers, j)
}

// fits says that a block of rows of the operand that lies in place stays in the
// second-level cache: rows a multiple of 4 kB apart contend for the same sets.
func fits(o operand) bool { return max(o.rs, o.cs)%512 != 0 }

func (j *job) chunkTask(worker, i int) {
	part := j.product
	part.alpha, part.beta = 1, 0
	part.c, part.ldc = j.partial[i*j.m*j.n:(i+1)*j.m*j.n], j.n
	lo := i * j.chunk
	part.k = min(j.chunk, j.k-lo)
	part.a, part.b = j.a.from(0, lo), j.product.b.from(lo, 0)
	tileRows, tileColumns := simd.GemmTile()
	for k0 := 0; k0 < part.k; k0 += part.step {
		k := min(part.step, part.k-k0)
		var packedA, packedB []float64
		if !j.directA {
			packedA = j.workers[worker].a
			pack(packedA, part.a, 0, part.m, k0, k, tileRows)
		}
		if !j.directB {
			packedB = j.workers[worker].b
			pack(packedB, part.b.transposed(), 0, part.n, k0, k, tileColumns)
		}
		var ahead []float64
		if j.directB && k0+k < part.k {
			ahead = part.b.data[(k0+k)*part.b.rs : min((k0+2*k)*part.b.rs, len(part.b.data))]
		}
		part.block(packedA, tileRows, packedB, ahead, 0, part.m, 0, part.n, k0, k)
	}
}

// sumRows is the number of C's rows that a task sums.
const sumRows = 16

func (j *job) sumTask(i int) {
	count := ceilDiv(j.k, j.chunk)
	for r := i * sumRows; r < min((i+1)*sumRows, j.m); r++ {
		lo, hi := j.rowRange(r, 0, j.n)
		if lo >= hi {
			continue
		}
		row := func(chunk int) []float64 { return j.partial[(chunk*j.m+r)*j.n+lo : (chunk*j.m+r)*j.n+hi] }
		for step := 1; step < count; step *= 2 {
			for t := 0; t+step < count; t += 2 * step {
				into, from := row(t), row(t+step)
				for q, v := range from[:len(into)] {
					into[q] += v
				}
			}
		}
		c := j.c[r*j.ldc+lo : r*j.ldc+hi]
		for q, s := range row(0) {
			if j.beta == 0 {
				c[q] = j.alpha * s
			} else {
				c[q] = math.FMA(j.alpha, s, j.beta*c[q])
			}
		}
	}
}

// reserve gives each worker memory for so many elements of packed A and B.
func (j *job) reserve(workers, a, b int) {
	for len(j.workers) < workers {
		j.workers = append(j.workers, scratch{})
	}
	for w := range workers {
		s := &j.workers[w]
		s.a, s.b = grow(s.a, a), grow(s.b, b)
	}
}

var jobs slots[job]

func takeJob(p *product) *job {
	j := jobs.take()
	j.product = *p
	return j
}

func giveJob(j *job) {
	j.product = product{} // do not keep the caller's matrices alive
	jobs.give(j)
}

// slots keep memory between calls. A pool of the garbage collector's would be
// emptied at each collection.
type slots[T any] [8]atomic.Pointer[T]

func (s *slots[T]) take() *T {
	for i := range s {
		if x := s[i].Swap(nil); x != nil {
			return x
		}
	}
	return new(T)
}

func (s *slots[T]) give(x *T) {
	for i := range s {
		if s[i].CompareAndSwap(nil, x) {
			return
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func roundUp(a, multiple int) int { return ceilDiv(a, multiple) * multiple }
