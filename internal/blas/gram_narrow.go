package blas

import (
	"runtime"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// A narrowGram is a [Gram] matrix of few columns. What is dealt is the rows of X:
// each of a few ranges has a matrix of its own, and these are added pairwise in the
// order of the rows. The ranges depend on the sizes alone.
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
	partial []float64
	workers []narrowScratch
	summing bool
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

// partialOf returns the matrix of a range, of rows j.wide apart, and below it the sums.
// Columns beyond the last whole vector are below the diagonal.
func (j *narrowGram) partialOf(chunk int) []float64 {
	size := (j.x.Cols + 1) * j.wide
	return j.partial[chunk*size : (chunk+1)*size]
}

func (j *narrowGram) run(mean, sums []float64) {
	n, p := j.x.Rows, j.x.Cols
	j.prepare(mean)
	j.layTiles()
	j.step = min(blockK, max(64, narrowPacked/j.wide/8*8))
	j.chunk = roundUp(ceilDiv(n, min(longChunks, longPartials/((p+1)*j.wide))), j.step)
	count := ceilDiv(n, j.chunk)
	j.partial = grow(j.partial, count*(p+1)*j.wide)
	workers := 1
	if n*p*p/2 >= parallelVolume {
		workers = min(runtime.GOMAXPROCS(0), count)
	}
	for len(j.workers) < workers {
		j.workers = append(j.workers, narrowScratch{})
	}
	j.summing = false
	parallel.Run(count, workers, j)
	if count > 1 {
		j.summing = true
		parallel.Run(ceilDiv(p+1, sumRows), workers, j)
	}
	total := j.partialOf(0)
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
}

// layTiles covers the upper triangle.
func (j *narrowGram) layTiles() {
	p := j.x.Cols
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
	if j.summing {
		j.sumTask(i)
		return
	}
	s := &j.workers[worker]
	s.panels = grow(s.panels, j.wide*j.step)
	s.edge = grow(s.edge, edgeRows*j.tileColumns)
	clear(s.edge)
	if size := packedTogether * j.wide / j.tileRows; len(s.marks) < size {
		s.marks = make([]uint8, size)
	}
	c := j.partialOf(i)
	sums := c[j.x.Cols*j.wide:]
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

// sumTask adds up some rows of the partial matrices in that of the first range.
func (j *narrowGram) sumTask(i int) {
	p, count := j.x.Cols, ceilDiv(j.x.Rows, j.chunk)
	for r := i * sumRows; r < min((i+1)*sumRows, p+1); r++ {
		lo, hi := r, j.whole
		if r >= j.whole {
			lo, hi = 0, p
		}
		row := func(chunk int) []float64 { return j.partialOf(chunk)[r*j.wide:][lo:hi] }
		for step := 1; step < count; step *= 2 {
			for t := 0; t+step < count; t += 2 * step {
				simd.Add(row(t), row(t), row(t+step))
			}
		}
	}
}
