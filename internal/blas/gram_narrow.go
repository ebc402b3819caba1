package blas

import (
	"runtime"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// A narrowGram is a [Gram] matrix of few columns. What is dealt is the rows of X:
// each of a few ranges has a matrix of its own, and these are added pairwise in the
// order of the rows. The ranges depend on the sizes alone. A pair is added as soon as
// there are both, so that few matrices exist at once.
//
// A block of rows is packed into panels that stay in the second-level cache, and the
// next block is fetched from memory while its tiles are computed. Tiles on the
// diagonal begin there, and the columns that are left beyond the last whole vector are
// the rows of tiles below the diagonal instead, so that little is computed in vain.
type narrowGram struct {
	centring
	c blas64.Symmetric

	whole   int // columns that are whole vectors
	tiles   []gramTile
	step    int // length of the blocks of rows
	chunk   int // of the ranges, a multiple of step
	workers []narrowScratch

	mu    sync.Mutex
	free  [][]float64 // matrices to be used again
	sums  [][]float64 // by the first of some ranges: their sum, if it waits for a neighbour's
	spans []int       // how many ranges that is of; 0 for none
	total []float64   // the sum over all ranges
}

// A gramTile is a tile of C: its place and size.
type gramTile struct{ i, j, rows, columns int }

// narrowScratch is the memory of a worker.
type narrowScratch struct {
	edge, panels []float64
	marks        []uint8 // nobody reads them: tiles are computed whole
}

const (
	// narrowGramTo is the number of columns below which rows are dealt.
	narrowGramTo = 256
	// narrowPacked is how many elements a block has, at most: a part of the
	// second-level cache.
	narrowPacked = 1 << 15
)

var narrowGrams slots[narrowGram]

// take returns memory for a matrix, of rows j.wide apart, and below it the sums.
// Columns beyond the last whole vector are below the diagonal.
func (j *narrowGram) take() []float64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	var c []float64
	if last := len(j.free) - 1; last >= 0 {
		c, j.free = j.free[last], j.free[:last]
	}
	return grow(c, (j.columns()+1)*j.wide)
}

func (j *narrowGram) run(mean, sums []float64) {
	n, p := j.x.Rows, j.columns()
	j.prepare(mean)
	j.layTiles()
	j.step = min(blockK, max(64, narrowPacked/j.wide/8*8))
	j.chunk = roundUp(ceilDiv(n, min(longChunks, longPartials/((p+1)*j.wide))), j.step)
	count := ceilDiv(n, j.chunk)
	if len(j.spans) < count {
		j.sums, j.spans = make([][]float64, count), make([]int, count)
	}
	workers := 1
	if n*j.wide*j.wide >= parallelVolume { // packing few columns costs as much as their products
		workers = min(runtime.GOMAXPROCS(0), count)
	}
	for len(j.workers) < workers {
		j.workers = append(j.workers, narrowScratch{})
	}
	parallel.Run(count, workers, j)
	total := j.total
	for i := range p {
		row := j.c.Data[i*j.c.Stride:][:p]
		if i < j.whole {
			simd.Add(row[i:j.whole], row[i:j.whole], total[i*j.wide+i:][:j.whole-i])
		}
		for q := max(i, j.whole); q < p; q++ {
			row[q] += total[q*j.wide+i]
		}
	}
	if sums != nil {
		simd.Add(sums, sums, total[p*j.wide:][:p])
	}
	j.free, j.total = append(j.free, total), nil
}

// layTiles covers the upper triangle.
func (j *narrowGram) layTiles() {
	p := j.columns()
	j.whole = p / j.tileRows * j.tileRows
	j.tiles = j.tiles[:0]
	for column := 0; column < j.whole; column += j.tileColumns {
		end := min(column+j.tileColumns, j.whole)
		for i := 0; i < end; i += j.tileRows {
			from := max(i, column)
			j.tiles = append(j.tiles, gramTile{i, from, j.tileRows, end - from})
		}
	}
	for column := 0; column < p && j.whole < p; column += j.tileColumns {
		j.tiles = append(j.tiles, gramTile{j.whole, column, p - j.whole, min(j.tileColumns, p-column)})
	}
}

func (j *narrowGram) Task(worker, i int) {
	s := &j.workers[worker]
	s.panels = grow(s.panels, j.wide*j.step)
	s.edge = grow(s.edge, edgeRows*j.tileColumns)
	clear(s.edge)
	if size := packedTogether * j.wide / j.tileRows; len(s.marks) < size {
		s.marks = make([]uint8, size)
	}
	c := j.take()
	sums := c[j.columns()*j.wide:]
	clear(sums)
	var beta float64
	first, end := i*j.chunk, min((i+1)*j.chunk, j.x.Rows)
	for row := first; row < end; row += j.step {
		k := min(j.step, end-row)
		for r := 0; r < k; r += packedTogether {
			j.pack(row+r, min(packedTogether, k-r), s.edge, s.panels, k, r, sums, s.marks, packedTogether)
		}
		j.addBlock(s.panels, k, beta, c, j.rows(row+k, min(row+k+j.step, end)))
		beta = 1
	}
	j.add(i, c)
}

// rows returns the memory of rows [lo, hi), or nothing where they are far apart.
func (j *narrowGram) rows(lo, hi int) []float64 {
	if lo >= hi || j.x.Stride > 2*j.x.Cols {
		return nil
	}
	return j.x.Data[lo*j.x.Stride : (hi-1)*j.x.Stride+j.x.Cols]
}

// addBlock sets c to beta times itself and what a block of k rows contributes, and
// fetches ahead.
func (j *narrowGram) addBlock(panels []float64, k int, beta float64, c, ahead []float64) {
	next := spread(ahead, len(j.tiles))
	for _, t := range j.tiles {
		fetched, step := next.deal(k)
		simd.GemmAhead(t.rows, t.columns, k, 1, j.column(panels, k, t.i), 1, j.tileColumns, j.column(panels, k, t.j), j.tileColumns, beta, c[t.i*j.wide+t.j:], j.wide, fetched, step)
	}
}

// column returns the panel that column i is in, from there on.
func (j *narrowGram) column(panels []float64, k, i int) []float64 {
	inside := i % j.tileColumns
	return panels[(i-inside)*k+inside:]
}

// add takes c as the matrix of range i. The sum of 2ᵏ ranges, from a multiple of 2ᵏ
// on, is added to that of the 2ᵏ before or after, by whoever completes the pair.
func (j *narrowGram) add(i int, c []float64) {
	count := ceilDiv(j.x.Rows, j.chunk)
	j.mu.Lock()
	defer j.mu.Unlock()
	for span := 1; span < count; span *= 2 {
		left := i / (2 * span) * (2 * span)
		right := left + span
		if right >= count {
			continue // nothing to be added
		}
		neighbour := left + right - i
		if j.spans[neighbour] != span {
			j.sums[i], j.spans[i] = c, span
			return
		}
		other := j.sums[neighbour]
		j.sums[neighbour], j.spans[neighbour] = nil, 0
		if neighbour == left {
			c, other = other, c
		}
		j.mu.Unlock()
		j.addMatrix(c, other)
		j.mu.Lock()
		j.free = append(j.free, other)
		i = left
	}
	j.total = c
}

// addMatrix adds b to a.
func (j *narrowGram) addMatrix(a, b []float64) {
	p := j.columns()
	for r := range p + 1 {
		lo, hi := r, j.whole
		if r >= j.whole {
			lo, hi = 0, p
		}
		simd.Add(a[r*j.wide:][lo:hi], a[r*j.wide:][lo:hi], b[r*j.wide:][lo:hi])
	}
}
