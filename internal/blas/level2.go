package blas

import (
	"runtime"
	"sync/atomic"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// As in level 1, invalid arguments and those that lead to a quick return are
// left to gonum. Vectors with gaps are copied: their elements are few against the
// matrix's.

const (
	// parallelArea is the number of the matrix's elements, 8 MB, from which a
	// second worker pays.
	parallelArea = 1 << 20
	// taskArea is the least number of elements of a task, 256 kB.
	taskArea = 1 << 15
	// maxChunks is the number of partial results that Aᵀ·x is summed from at most.
	maxChunks = 32
	// wide is the number of columns from which Aᵀ·x is dealt by columns.
	wide = 2048
)

// areas are numbers of a matrix's elements up to which gonum's loops take less time.
type areas struct {
	gemv, gemvN int
	gemvGaps    int // where vectors have gaps
	ger         int
}

// few is a variable so that tests can leave nothing to gonum.
var few = areas{gemv: 10 * 10, gemvN: 20 * 20, gemvGaps: 26 * 26, ger: 20 * 20}

// holds says that x has n > 0 elements at distance inc.
func holds(n int, x []float64, inc int) bool {
	return n > 0 && (inc > 0 && (n-1)*inc < len(x) || inc < 0 && (1-n)*inc < len(x))
}

// holdsMatrix says that a has m > 0 rows of n > 0 elements.
func holdsMatrix(m, n int, a []float64, lda int) bool {
	return m > 0 && n > 0 && lda >= n && len(a) >= (m-1)*lda+n
}

// start is where the vector of n elements at distance inc begins.
func start(n, inc int) int {
	if inc < 0 {
		return (1 - n) * inc
	}
	return 0
}

func gather(dst, x []float64, inc int) []float64 {
	ix := start(len(dst), inc)
	for i := range dst {
		dst[i] = x[ix]
		ix += inc
	}
	return dst
}

func scatter(x []float64, inc int, src []float64) {
	ix := start(len(src), inc)
	for _, v := range src {
		x[ix] = v
		ix += inc
	}
}

// Dgemv computes
//
//	y = alpha * A * x + beta * y   if tA = blas.NoTrans
//	y = alpha * Aᵀ * x + beta * y  if tA = blas.Trans or blas.ConjTrans
//
// where A is an m×n dense matrix, x and y are vectors, and alpha and beta are
// scalars. Where alpha is 1, beta is 0 and the vectors have no gaps, an element of
// A * x is the dot product that Ddot computes, to the bit. An element of Aᵀ * x is a
// chain of fused multiply-adds over the rows of A, or over each of at most 32 ranges
// of rows, by the size of A alone; small matrices are left to gonum.
func (*Implementation) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if tA == blas.NoTrans && incX == 1 && beta == 0 && alpha == 1 && incY == 1 &&
		m*n < parallelArea && holdsMatrix(m, n, a, lda) && n <= len(x) && m <= len(y) {
		simd.DotRows(y[:m], a, lda, x[:n])
		return
	}
	if m*n <= few.gemv || m*n <= few.gemvN && tA == blas.NoTrans || m*n <= few.gemvGaps && (incX != 1 || incY != 1) {
		gonum.Implementation{}.Dgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	gemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
}

func gemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	trans := isTransposed(tA)
	lenX, lenY := n, m
	if trans {
		lenX, lenY = m, n
	}
	if alpha == 0 || !holdsMatrix(m, n, a, lda) || !holds(lenX, x, incX) || !holds(lenY, y, incY) {
		gonum.Implementation{}.Dgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	if incX == 1 && incY == 1 && m*n < parallelArea {
		// The common small case goes without scratch.
		if trans {
			times(beta, y[:n])
			addTransposed(alpha, a, lda, x[:m], y[:n])
			return
		}
		multiplyRows(alpha, a, lda, x[:n], beta, y[:m])
		return
	}
	j := takeVectorJob()
	j.m, j.n, j.alpha, j.beta, j.a, j.lda = m, n, alpha, beta, a, lda
	j.x, j.y = j.contiguousX(lenX, x, incX), j.contiguousY(lenY, y, incY)
	if trans {
		times(beta, j.y)
		j.addTransposed()
	} else {
		j.multiplyRows()
	}
	if incY != 1 {
		scatter(y, incY, j.y)
	}
	giveVectorJob(j)
}

// multiplyRows computes y = alpha·A·x + beta·y.
func multiplyRows(alpha float64, a []float64, lda int, x []float64, beta float64, y []float64) {
	if alpha == 1 && beta == 0 {
		simd.DotRows(y, a, lda, x)
		return
	}
	var buf [32]float64
	for lo := 0; lo < len(y); lo += len(buf) {
		part := y[lo:min(lo+len(buf), len(y))]
		dots := buf[:len(part)]
		simd.DotRows(dots, a[lo*lda:], lda, x)
		if beta == 0 {
			for i, v := range dots {
				part[i] = alpha * v
			}
			continue
		}
		for i, v := range dots {
			part[i] = float64(alpha*v) + float64(beta*part[i])
		}
	}
}

// addTransposed computes y += alpha·Aᵀ·x.
func addTransposed(alpha float64, a []float64, lda int, x, y []float64) {
	if alpha == 1 {
		simd.AxpyRows(x, a, lda, y)
		return
	}
	var buf [64]float64
	for lo := 0; lo < len(x); lo += len(buf) {
		w := buf[:min(len(buf), len(x)-lo)]
		for i := range w {
			w[i] = alpha * x[lo+i]
		}
		simd.AxpyRows(w, a[lo*lda:], lda, y)
	}
}

// addOuter computes A += alpha·x·yᵀ.
func addOuter(alpha float64, x, y, a []float64, lda int) {
	var buf [64]float64
	for lo := 0; lo < len(x); lo += len(buf) {
		w := buf[:min(len(buf), len(x)-lo)]
		for i := range w {
			w[i] = alpha * x[lo+i]
		}
		simd.OuterRows(w, y, a[lo*lda:], lda)
	}
}

// A vectorJob is a routine of level 2 on its way: what its tasks share, and
// memory that is kept from one to the next.
type vectorJob struct {
	m, n        int
	alpha, beta float64
	a           []float64
	lda         int
	upper       bool      // the triangle of a symmetric A that is stored
	x, y        []float64 // contiguous

	kind    vectorKind
	step    int // rows, or columns, of a task
	partial []float64

	gatheredX, gatheredY []float64
}

type vectorKind int

const (
	byRows    vectorKind = iota // of A·x
	byColumns                   // of Aᵀ·x
	byChunks                    // of rows for Aᵀ·x, each into a partial result
	outer                       // rows of A += alpha·x·yᵀ
	symmetric                   // rows of a triangle, each into a partial result
)

func (j *vectorJob) Task(_, i int) {
	lo := i * j.step
	switch j.kind {
	case byRows:
		hi := min(lo+j.step, j.m)
		multiplyRows(j.alpha, j.a[lo*j.lda:], j.lda, j.x, j.beta, j.y[lo:hi])
	case byColumns:
		hi := min(lo+j.step, j.n)
		addTransposed(j.alpha, j.a[lo:], j.lda, j.x, j.y[lo:hi])
	case byChunks:
		hi := min(lo+j.step, j.m)
		part := j.partial[i*j.n : (i+1)*j.n]
		clear(part)
		addTransposed(j.alpha, j.a[lo*j.lda:], j.lda, j.x[lo:hi], part)
	case symmetric:
		hi := min(lo+j.step, j.n)
		part := j.partial[i*j.n : (i+1)*j.n]
		clear(part)
		symv(j.upper, j.alpha, j.a, j.lda, j.x, part, lo, hi)
	case outer:
		hi := min(lo+j.step, j.m)
		addOuter(j.alpha, j.x[lo:hi], j.y, j.a[lo*j.lda:], j.lda)
	}
}

// run deals out the job by ranges of n rows or columns.
func (j *vectorJob) run(kind vectorKind, n, step int) {
	j.kind, j.step = kind, step
	workers := 1
	if j.m*j.n >= parallelArea {
		workers = runtime.GOMAXPROCS(0)
	}
	parallel.Run(ceilDiv(n, step), workers, j)
}

// rowStep is the number of rows of a task: few and long ranges, since memory is
// read fastest in sequence.
func (j *vectorJob) rowStep() int {
	return roundUp(max(ceilDiv(taskArea, j.n), ceilDiv(j.m, maxChunks)), 4)
}

func (j *vectorJob) multiplyRows() { j.run(byRows, j.m, j.rowStep()) }

func (j *vectorJob) addTransposed() {
	switch {
	case j.m*j.n < parallelArea:
		addTransposed(j.alpha, j.a, j.lda, j.x, j.y)
	case j.n >= wide:
		// Each element of y remains one chain over all rows.
		j.run(byColumns, j.n, max(wide/4, roundUp(ceilDiv(j.n, maxChunks), 8)))
	default:
		j.runPartial(byChunks, j.rowStep())
	}
}

// symmetricChunks is the number of ranges of rows that Dsymv is dealt in. They
// differ in work, as the triangle's rows do in length.
const symmetricChunks = 16

func (j *vectorJob) multiplySymmetric() {
	if j.n*j.n/2 < parallelArea {
		symv(j.upper, j.alpha, j.a, j.lda, j.x, j.y, 0, j.n)
		return
	}
	j.runPartial(symmetric, roundUp(ceilDiv(j.n, symmetricChunks), 4))
}

// runPartial runs tasks by rows that each have a partial result, and adds those
// to y in order.
func (j *vectorJob) runPartial(kind vectorKind, step int) {
	chunks := ceilDiv(j.m, step)
	j.partial = grow(j.partial, chunks*j.n)
	j.run(kind, j.m, step)
	for i := range chunks {
		simd.Add(j.y, j.y, j.partial[i*j.n:])
	}
}

func (j *vectorJob) contiguousX(n int, x []float64, inc int) []float64 {
	if inc == 1 {
		return x[:n]
	}
	j.gatheredX = grow(j.gatheredX, n)
	return gather(j.gatheredX[:n], x, inc)
}

func (j *vectorJob) contiguousY(n int, y []float64, inc int) []float64 {
	if inc == 1 {
		return y[:n]
	}
	j.gatheredY = grow(j.gatheredY, n)
	return gather(j.gatheredY[:n], y, inc)
}

// idleVectorJobs keeps the memory of jobs that have ended.
var idleVectorJobs [8]atomic.Pointer[vectorJob]

func takeVectorJob() *vectorJob {
	for i := range idleVectorJobs {
		if j := idleVectorJobs[i].Swap(nil); j != nil {
			return j
		}
	}
	return new(vectorJob)
}

func giveVectorJob(j *vectorJob) {
	j.a, j.x, j.y = nil, nil, nil // do not keep the caller's memory alive
	for i := range idleVectorJobs {
		if idleVectorJobs[i].CompareAndSwap(nil, j) {
			return
		}
	}
}

// Dger performs the rank-one operation
//
//	A += alpha * x * yᵀ
//
// where A is an m×n dense matrix, x and y are vectors, and alpha is a scalar.
func (*Implementation) Dger(m, n int, alpha float64, x []float64, incX int, y []float64, incY int, a []float64, lda int) {
	if m*n <= few.ger && incX > 0 && incY > 0 { // gonum's errs for some others
		gonum.Implementation{}.Dger(m, n, alpha, x, incX, y, incY, a, lda)
		return
	}
	ger(m, n, alpha, x, incX, y, incY, a, lda)
}

func ger(m, n int, alpha float64, x []float64, incX int, y []float64, incY int, a []float64, lda int) {
	if alpha == 0 || !holdsMatrix(m, n, a, lda) || !holds(m, x, incX) || !holds(n, y, incY) {
		gonum.Implementation{}.Dger(m, n, alpha, x, incX, y, incY, a, lda)
		return
	}
	if incX == 1 && incY == 1 && m*n < parallelArea {
		addOuter(alpha, x[:m], y[:n], a, lda)
		return
	}
	j := takeVectorJob()
	j.m, j.n, j.alpha, j.a, j.lda = m, n, alpha, a, lda
	j.x, j.y = j.contiguousX(m, x, incX), j.contiguousY(n, y, incY)
	j.run(outer, m, j.rowStep())
	giveVectorJob(j)
}
