package blas

import (
	"runtime"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// Gram adds to the upper triangle of C, p×p, and to sums, of length p, what the rows
// of X, n×p, contribute about a mean:
//
//	C += Σ fᵢ²·(xᵢ−μ)(xᵢ−μ)ᵀ,  sums += Σ fᵢ²·(xᵢ−μ).
//
// If y is not nil, it is a further column, the last, and p counts it. A nil mean is
// zero, nil factors are all one, and nil sums are not wanted. What C has below the
// diagonal is undefined afterwards.
//
// It passes over X once: rows are centred while they are packed. And with 256 columns
// or more it is the cheaper the more of fᵢ(xᵢ−μ) is zero, as in images, counts and
// indicators: terms in which all the elements of A for a tile are zero are left out.
// For finite numbers that changes nothing; a NaN or an infinity in X is sure to reach
// the diagonal of C and the sums, but not every other element as it would with Dsyrk.
//
// Results are the same to the bit at every GOMAXPROCS.
func Gram(x blas64.General, y, mean, factors, sums []float64, c blas64.Symmetric) {
	rows := gramRows{x, y, factors}
	switch {
	case x.Rows == 0 || rows.columns() == 0:
	case !onKernels() || simd.Active() == simd.NEON:
		gramBySyrk(rows, mean, sums, c)
	case rows.columns() < narrowGramTo:
		j := narrowGrams.take()
		j.gramRows, j.c = rows, c
		j.run(mean, sums)
		j.gramRows, j.c = gramRows{}, blas64.Symmetric{} // do not keep the caller's matrices alive
		narrowGrams.give(j)
	default:
		j := grams.take()
		j.gramRows, j.c = rows, c
		j.run(mean, sums)
		j.gramRows, j.c = gramRows{}, blas64.Symmetric{}
		grams.give(j)
	}
}

// gramRows are the rows of a [Gram] matrix: those of x, with y as the last column
// unless it is nil, times the factors.
type gramRows struct {
	x          blas64.General
	y, factors []float64
}

func (r *gramRows) columns() int {
	if r.y != nil {
		return r.x.Cols + 1
	}
	return r.x.Cols
}

// gramBySyrk is Gram where Dsyrk does not run on tiles that [simd.GemmSteps] has too.
func gramBySyrk(r gramRows, mean, sums []float64, c blas64.Symmetric) {
	x, factors := r.x, r.factors
	n, p := x.Rows, r.columns()
	const centredAtOnce = 1 << 19 // elements: a part of the last-level cache
	rows := min(max(centredAtOnce/p, 4*p), n)
	asIs := mean == nil && factors == nil && r.y == nil
	centred := blas64.General{Cols: p, Stride: p}
	if !asIs {
		centred.Data = make([]float64, rows*p)
	}
	sum := make([]float64, p)
	ones := make([]float64, rows)
	for i := range ones {
		ones[i] = 1
	}
	for lo := 0; lo < n; lo += rows {
		centred.Rows = min(rows, n-lo)
		if asIs {
			centred.Stride, centred.Data = x.Stride, x.Data[lo*x.Stride:]
		} else {
			parallel.For(centred.Rows, max(1, 1<<15/p), func(from, to int) {
				for i := from; i < to; i++ {
					row := centred.Data[i*p:][:p]
					copy(row[:x.Cols], x.Data[(lo+i)*x.Stride:])
					if r.y != nil {
						row[x.Cols] = r.y[lo+i]
					}
					if mean != nil {
						simd.Sub(row, row, mean)
					}
					if factors != nil {
						simd.Scal(factors[lo+i], row)
					}
				}
			})
		}
		w := ones[:centred.Rows]
		if factors != nil {
			w = factors[lo:][:centred.Rows]
		}
		blas64.Gemv(blas.Trans, 1, centred, blas64.Vector{N: len(w), Inc: 1, Data: w}, 1, blas64.Vector{N: p, Inc: 1, Data: sum})
		blas64.Syrk(blas.Trans, 1, centred, 1, c)
	}
	for i := range sums {
		sums[i] += sum[i]
	}
}

// centring packs rows of X, less the mean and times their factors, into panels as
// wide as a tile.
type centring struct {
	gramRows
	mean []float64 // of wide elements

	tileRows, tileColumns int
	wide                  int // p rounded up to whole panels
}

func (c *centring) prepare(mean []float64) {
	c.tileRows, c.tileColumns = simd.StepsTile()
	c.wide = roundUp(c.columns(), c.tileColumns)
	c.mean = grow(c.mean, c.wide)
	clear(c.mean)
	copy(c.mean, mean)
}

// packedTogether is the number of rows that go to all panels before the next are:
// as far ahead as [simd.CentreRows] fetches, so that each row comes from memory
// while the rows before it are packed.
const packedTogether = 8

// edgeRows is the larger of that and the height of a tile.
const edgeRows = 8

// pack packs m rows from the given one on as rows from first on of a block of k, adds
// them to sums, and marks those that are not zero: in the first of marks and in others
// ldm apart, one for each strip. edge has edgeRows rows, zero where pack has not been.
func (c *centring) pack(row, m int, edge, panels []float64, k, first int, sums []float64, marks []uint8, ldm int) {
	var factors []float64
	if c.factors != nil {
		factors = c.factors[row : row+m]
	}
	for column := 0; column < c.wide; column += c.tileColumns {
		src, lds := c.x.Data[row*c.x.Stride+column:], c.x.Stride
		if n := c.x.Cols - column; n < c.tileColumns {
			simd.CopyRows(m, n, src, lds, edge, c.tileColumns)
			if c.y != nil {
				for i, v := range c.y[row : row+m] {
					edge[i*c.tileColumns+n] = v
				}
			}
			src, lds = edge, c.tileColumns
		}
		simd.CentreRows(m, src, lds, c.mean[column:], factors, panels[column*k+first*c.tileColumns:], sums[column:], marks[column/c.tileRows*ldm:], ldm)
	}
}

// A gramJob is a Gram matrix that is computed in tasks. Blocks of up to blockK rows
// are packed into panels; both operands of a tile are taken from these.
type gramJob struct {
	centring
	c    blas64.Symmetric
	step int // length of the blocks of rows

	// The rows that are packed: [kb, kb+kk).
	kb, kk int
	packs  int // packing tasks, which come first
	packed atomic.Int64
	panels []float64
	marks  []uint8   // for each block and strip, one a row: 0 where the strip's elements are zero
	sums   []float64 // of each packing task

	rowBounds []int
	workers   []gramScratch
}

// gramScratch is the memory of a worker.
type gramScratch struct {
	edge  []float64 // rows of the last panel, or a tile of C
	steps [][]uint16
}

const (
	// gramPacked is how many elements are packed at once, at most but for one block: a
	// part of the last-level cache.
	gramPacked = 5 << 18
	// packedByTask is the number of rows that a task packs.
	packedByTask = 32
)

func (j *gramJob) run(mean, sums []float64) {
	n, p := j.x.Rows, j.columns()
	j.prepare(mean)
	j.step = evenly(n, blockK)
	workers := 1
	if n*p*p/2 >= parallelVolume {
		workers = runtime.GOMAXPROCS(0)
	}
	for len(j.workers) < workers {
		j.workers = append(j.workers, gramScratch{})
	}
	rows := min(n, j.step*max(1, gramPacked/(j.step*j.wide)))
	blocks := ceilDiv(rows, j.step)
	j.panels = grow(j.panels, rows*j.wide)
	if size := blocks * j.step * j.wide / j.tileRows; len(j.marks) < size {
		j.marks = make([]uint8, size)
	}
	j.rowBounds = dealRows(j.rowBounds[:0], j.wide, workers)
	for j.kb = 0; j.kb < n; j.kb += rows {
		j.kk = min(rows, n-j.kb)
		j.packs = ceilDiv(j.kk, j.step) * j.packsPerBlock()
		j.packed.Store(0)
		j.sums = grow(j.sums, j.packs*j.wide)
		clear(j.sums[:j.packs*j.wide])
		parallel.Run(j.packs+len(j.rowBounds)-1, workers, j)
		for t := range j.packs {
			part := j.sums[t*j.wide:]
			for i := range sums {
				sums[i] += part[i]
			}
		}
	}
}

func (j *gramJob) packsPerBlock() int { return ceilDiv(j.step, packedByTask) }

// block returns what is packed of the block that begins at row k0 of those that are:
// its length, its panels, and its marks, j.step for each strip.
func (j *gramJob) block(k0 int) (k int, panels []float64, marks []uint8) {
	return min(j.step, j.kk-k0), j.panels[k0*j.wide:], j.marks[k0*j.wide/j.tileRows:]
}

func (j *gramJob) Task(worker, i int) {
	if i < j.packs {
		j.packTask(worker, i)
		return
	}
	// The packing tasks were all taken before this one.
	for j.packed.Load() < int64(j.packs) {
		runtime.Gosched()
	}
	i -= j.packs
	for k0 := 0; k0 < j.kk; k0 += j.step {
		j.rowTask(worker, j.rowBounds[i], j.rowBounds[i+1], k0)
	}
}

func (j *gramJob) packTask(worker, i int) {
	defer j.packed.Add(1)
	k0 := i / j.packsPerBlock() * j.step
	k, panels, marks := j.block(k0)
	first := i % j.packsPerBlock() * packedByTask
	s := &j.workers[worker]
	s.edge = grow(s.edge, edgeRows*j.tileColumns)
	clear(s.edge)
	for end := min(first+packedByTask, k); first < end; first += packedTogether {
		j.pack(j.kb+k0+first, min(packedTogether, end-first), s.edge, panels, k, first, j.sums[i*j.wide:], marks[first:], j.step)
	}
}

// rowTask adds to rows [i0, i1) of C, from the diagonal on, what the block at k0
// contributes. i0 is a multiple of the panels' width.
func (j *gramJob) rowTask(worker, i0, i1, k0 int) {
	p := j.columns()
	i1 = min(i1, p)
	k, panels, marks := j.block(k0)
	s := &j.workers[worker]
	strips := ceilDiv(i1-i0, j.tileRows)
	for len(s.steps) < strips {
		s.steps = append(s.steps, make([]uint16, 0, blockK+simd.StepsAhead))
	}
	for q := range strips {
		s.steps[q] = j.chosen(s.steps[q], marks[(i0/j.tileRows+q)*j.step:][:k])
	}
	for column := i0; column < p; column += j.tileColumns {
		b := panels[column*k:][:j.tileColumns*k]
		// A panel comes from afar: the next is fetched evenly while this one is used.
		var next fetcher
		if column+j.tileColumns < p {
			next = spread(panels[(column+j.tileColumns)*k:][:j.tileColumns*k], strips)
		}
		for q := range strips {
			ahead, step := next.deal(k)
			i := i0 + q*j.tileRows
			if len(s.steps[q]) == 0 || i >= column+j.tileColumns {
				continue
			}
			inside := i % j.tileColumns
			a := panels[(i-inside)*k+inside:]
			c := j.c.Data[i*j.c.Stride+column:]
			rows, columns := min(j.tileRows, p-i), min(j.tileColumns, p-column)
			switch {
			case len(s.steps[q]) == k:
				before := max(i-column, 0) // columns that are on the other side of the diagonal for all of the strip
				simd.GemmAhead(rows, columns-before, k, 1, a, 1, j.tileColumns, b[before:], j.tileColumns, 1, c[before:], j.c.Stride, ahead, step)
			case rows == j.tileRows && columns == j.tileColumns:
				simd.GemmSteps(s.steps[q], a, b, c, j.c.Stride, ahead)
			default:
				j.edgeTile(s, s.steps[q], a, b, c, rows, columns)
			}
		}
	}
}

// chosen returns where in a panel the rows begin that are marked.
func (j *gramJob) chosen(steps []uint16, marks []uint8) []uint16 {
	steps = steps[:blockK+simd.StepsAhead]
	count, at := 0, 0
	for _, mark := range marks {
		steps[count] = uint16(at)
		at += j.tileColumns
		count += (int(mark) + 255) >> 8
	}
	return steps[:count]
}

// edgeTile computes a tile of which C has m rows and n columns only.
func (j *gramJob) edgeTile(s *gramScratch, steps []uint16, a, b, c []float64, m, n int) {
	s.edge = grow(s.edge, edgeRows*j.tileColumns)
	tile := s.edge[:j.tileRows*j.tileColumns]
	clear(tile)
	simd.GemmSteps(steps, a, b, tile, j.tileColumns, nil)
	for r := range m {
		simd.Add(c[r*j.c.Stride:][:n], c[r*j.c.Stride:][:n], tile[r*j.tileColumns:][:n])
	}
}

var grams slots[gramJob]
