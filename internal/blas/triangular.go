package blas

import (
	"math"
	"runtime"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// Dtrsm solves one of the matrix equations
//
//	A * X = alpha * B   if side == blas.Left and tA == blas.NoTrans
//	Aᵀ * X = alpha * B  if side == blas.Left and tA == blas.Trans or blas.ConjTrans
//	X * A = alpha * B   if side == blas.Right and tA == blas.NoTrans
//	X * Aᵀ = alpha * B  if side == blas.Right and tA == blas.Trans or blas.ConjTrans
//
// where A is m×m or n×n triangular and X and B are m×n. X overwrites B. No check is
// made that A is invertible.
func (*Implementation) Dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	order := n
	if s == blas.Left {
		order = m
	}
	if work := order * m * n; work <= small.trsmN || s == blas.Left && work <= small.trsmLeft || tA != blas.NoTrans && work <= small.trsmT {
		gonum.Implementation{}.Dtrsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	triangular(true, s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// Dtrmm performs one of the matrix-matrix operations
//
//	B = alpha * A * B   if side == blas.Left and tA == blas.NoTrans
//	B = alpha * Aᵀ * B  if side == blas.Left and tA == blas.Trans or blas.ConjTrans
//	B = alpha * B * A   if side == blas.Right and tA == blas.NoTrans
//	B = alpha * B * Aᵀ  if side == blas.Right and tA == blas.Trans or blas.ConjTrans
//
// where A is m×m or n×n triangular and B is m×n.
func (*Implementation) Dtrmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	order := n
	if s == blas.Left {
		order = m
	}
	if work := order * m * n; work <= small.trmmRight || s == blas.Left && work <= small.trmmLeft {
		gonum.Implementation{}.Dtrmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	triangular(false, s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// fewRows is the number of B's rows up to which they are taken singly from the right.
const fewRows = 4

func triangular(solve bool, s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	left, isUp, trans := isLeft(s), isUpper(ul), isTransposed(tA)
	if d != blas.NonUnit && d != blas.Unit {
		panic(badDiag)
	}
	switch {
	case m < 0:
		panic(mLT0)
	case n < 0:
		panic(nLT0)
	}
	order := n
	if left {
		order = m
	}
	switch {
	case lda < max(1, order):
		panic(badLdA)
	case ldb < max(1, n):
		panic(badLdB)
	}
	if m == 0 || n == 0 {
		return
	}
	switch {
	case len(a) < lda*(order-1)+order:
		panic(shortA)
	case len(b) < ldb*(m-1)+n:
		panic(shortB)
	}
	if alpha == 0 {
		scale(whole, m, n, 0, b, ldb)
		return
	}
	if !left && m <= fewRows {
		for i := range m {
			x := b[i*ldb : i*ldb+n]
			times(alpha, x)
			if solve {
				trsv(isUp, !trans, d == blas.Unit, a, lda, x)
			} else {
				trmv(isUp, !trans, d == blas.Unit, a, lda, x)
			}
		}
		return
	}
	// From the right, it is the transposed equation that is solved, on a transposed
	// copy of B's rows.
	t := triangle{operand: newOperand(trans != !left, a, lda), unit: d == blas.Unit}
	t.upper = isUp != (trans != !left)
	w := triangularJobs.take()
	*w = triangularJob{triangle: t, solve: solve, left: left, m: m, n: n, alpha: alpha, b: b, ldb: ldb, workers: w.workers}
	w.run()
	*w = triangularJob{workers: w.workers} // do not keep the caller's matrices alive
	triangularJobs.give(w)
}

// A triangle is op(A) for a triangular A.
type triangle struct {
	operand
	upper, unit bool
}

// A triangularJob solves or multiplies from the left, a strip of B's columns (or of
// its rows, transposed) at a time.
type triangularJob struct {
	triangle
	solve, left bool
	m, n        int
	alpha       float64
	b           []float64
	ldb         int
	width       int         // of a strip, which does not change the result
	workers     [][]float64 // transposed strips
}

var triangularJobs slots[triangularJob]

// A strip is at most as wide as stays in the second-level cache beside a block of A.
const stripWidth = 192

func (w *triangularJob) run() {
	order, extent := w.n, w.m
	if w.left {
		order, extent = w.m, w.n
	}
	workers := 1
	if order*order*extent/2 >= parallelVolume {
		workers = runtime.GOMAXPROCS(0)
	}
	w.width = min(extent, stripWidth)
	if workers > 1 {
		strips := roundUp(ceilDiv(extent, stripWidth), workers)
		w.width = max(6*leafOrder, roundUp(ceilDiv(extent, strips), leafOrder))
	}
	for len(w.workers) < workers {
		w.workers = append(w.workers, nil)
	}
	if !w.left {
		for i := range workers {
			w.workers[i] = grow(w.workers[i], order*w.width)
		}
	}
	parallel.Run(ceilDiv(extent, w.width), workers, w)
}

func (w *triangularJob) Task(worker, i int) {
	lo := i * w.width
	if w.left {
		w.strip(w.b[lo:], w.ldb, min(w.width, w.n-lo))
		return
	}
	rows := min(w.width, w.m-lo)
	strip := w.workers[worker]
	simd.Transpose(rows, w.n, w.b[lo*w.ldb:], w.ldb, strip, rows)
	w.strip(strip, rows, rows)
	simd.Transpose(w.n, rows, strip, rows, w.b[lo*w.ldb:], w.ldb)
}

func (w *triangularJob) strip(b []float64, ldb, n int) {
	order := w.n
	if w.left {
		order = w.m
	}
	if w.alpha != 1 {
		scale(whole, order, n, w.alpha, b, ldb)
	}
	if w.solve {
		w.triangle.solve(0, order, b, ldb, n)
	} else {
		w.triangle.multiply(0, order, b, ldb, n)
	}
}

// leafOrder is the order up to which a triangle is not halved any more.
const leafOrder = 8

// halve splits a range of rows where the register tiles of the halves' products are
// full.
func halve(n int) int {
	half := n / 2
	if n > 4*rowGrain {
		return roundUp(half, rowGrain)
	}
	return roundUp(half, leafOrder)
}

// solve solves for rows [lo, lo+n) of B, of which the triangle's rows before have
// been taken off.
func (t *triangle) solve(lo, n int, b []float64, ldb, columns int) {
	if n <= leafOrder {
		t.solveLeaf(lo, n, b, ldb, columns)
		return
	}
	half := halve(n)
	if t.upper {
		t.solve(lo+half, n-half, b, ldb, columns)
		t.add(-1, lo, half, lo+half, n-half, b, ldb, columns)
		t.solve(lo, half, b, ldb, columns)
		return
	}
	t.solve(lo, half, b, ldb, columns)
	t.add(-1, lo+half, n-half, lo, half, b, ldb, columns)
	t.solve(lo+half, n-half, b, ldb, columns)
}

func (t *triangle) multiply(lo, n int, b []float64, ldb, columns int) {
	if n <= leafOrder {
		t.multiplyLeaf(lo, n, b, ldb, columns)
		return
	}
	half := halve(n)
	if t.upper {
		t.multiply(lo, half, b, ldb, columns)
		t.add(1, lo, half, lo+half, n-half, b, ldb, columns)
		t.multiply(lo+half, n-half, b, ldb, columns)
		return
	}
	t.multiply(lo+half, n-half, b, ldb, columns)
	t.add(1, lo+half, n-half, lo, half, b, ldb, columns)
	t.multiply(lo, half, b, ldb, columns)
}

// add adds sign·A[i:i+m, j:j+k]·B[j:j+k] to B[i:i+m].
func (t *triangle) add(sign float64, i, m, j, k int, b []float64, ldb, columns int) {
	p := product{
		m: m, n: columns, k: k, alpha: sign, beta: 1,
		a: t.operand.from(i, j), b: newOperand(false, b[j*ldb:], ldb),
		c: b[i*ldb:], ldc: ldb,
	}
	p.computeOn(1)
}

// row returns sign times the elements of row i between columns lo and lo+n that are
// off the diagonal, and the range they span.
func (t *triangle) row(buf *[leafOrder]float64, sign float64, i, lo, n int) (elements []float64, from int) {
	from, to := lo, i
	if t.upper {
		from, to = i+1, lo+n
	}
	for j := from; j < to; j++ {
		buf[j-from] = sign * t.data[i*t.rs+j*t.cs]
	}
	return buf[:to-from], from
}

func (t *triangle) solveLeaf(lo, n int, b []float64, ldb, columns int) {
	var buf [leafOrder]float64
	for step := range n {
		i := lo + step
		if t.upper {
			i = lo + n - 1 - step
		}
		x := b[i*ldb : i*ldb+columns]
		if elements, from := t.row(&buf, -1, i, lo, n); len(elements) > 0 {
			simd.AxpyRows(elements, b[from*ldb:], ldb, x)
		}
		if !t.unit {
			divide(x, t.data[i*t.rs+i*t.cs])
		}
	}
}

func divide(x []float64, by float64) {
	if inverse := 1 / by; !math.IsInf(inverse, 0) {
		simd.Scal(inverse, x)
		return
	}
	for i := range x {
		x[i] /= by
	}
}

func (t *triangle) multiplyLeaf(lo, n int, b []float64, ldb, columns int) {
	var buf [leafOrder]float64
	for step := range n {
		i := lo + n - 1 - step
		if t.upper {
			i = lo + step
		}
		x := b[i*ldb : i*ldb+columns]
		if !t.unit {
			simd.Scal(t.data[i*t.rs+i*t.cs], x)
		}
		if elements, from := t.row(&buf, 1, i, lo, n); len(elements) > 0 {
			simd.AxpyRows(elements, b[from*ldb:], ldb, x)
		}
	}
}
