package blas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// The routines of level 2 on a triangle of a matrix: each element of the triangle is
// read once.

// Orders up to which gonum's loops are as fast; see short.
var smallTriangle, smallSyr2, smallTrmvN = 32, 48, 88

// Dsymv performs the matrix-vector operation
//
//	y = alpha * A * x + beta * y
//
// where A is an n×n symmetric matrix, x and y are vectors, and alpha and beta are
// scalars. Each element of the triangle is read once and used twice.
func (*Implementation) Dsymv(ul blas.Uplo, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if n <= smallTriangle || alpha == 0 || !holdsMatrix(n, n, a, lda) || !holds(n, x, incX) || !holds(n, y, incY) {
		gonum.Implementation{}.Dsymv(ul, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	upper := isUpper(ul)
	if incX == 1 && incY == 1 && n*n/2 < parallelArea {
		times(beta, y[:n])
		symv(upper, alpha, a, lda, x[:n], y[:n], 0, n)
		return
	}
	j := takeVectorJob()
	j.m, j.n, j.alpha, j.a, j.lda, j.upper = n, n, alpha, a, lda, upper
	j.x, j.y = j.contiguousX(n, x, incX), j.contiguousY(n, y, incY)
	times(beta, j.y)
	j.multiplySymmetric()
	if incY != 1 {
		scatter(y, incY, j.y)
	}
	giveVectorJob(j)
}

// symv adds to y what rows [lo, hi) of the triangle contribute to alpha·A·x: four
// rows at a time, the elements on the diagonal and between the four singly.
func symv(upper bool, alpha float64, a []float64, lda int, x, y []float64, lo, hi int) {
	n := len(x)
	for i := lo; i < hi; i += 4 {
		end := min(i+4, hi)
		if from, to := offBlock(upper, i, end, n); end == i+4 && from < to {
			w := [4]float64{alpha * x[i], alpha * x[i+1], alpha * x[i+2], alpha * x[i+3]}
			s := simd.DotAxpy4(&w, a[i*lda+from:], lda, x[from:to], y[from:to])
			for r, v := range s {
				y[i+r] += float64(alpha * v)
			}
		} else {
			for r := i; r < end; r++ {
				row := a[r*lda+from : r*lda+to]
				y[r] += float64(alpha * simd.Dot(row, x[from:]))
				simd.Axpy(alpha*x[r], row, y[from:])
			}
		}
		for r := i; r < end; r++ {
			row := a[r*lda : r*lda+end]
			y[r] += float64(alpha * float64(row[r]*x[r]))
			for c := r + 1; c < end; c++ {
				v := row[c]
				if !upper {
					v = a[c*lda+r]
				}
				y[r] += float64(alpha * float64(v*x[c]))
				y[c] += float64(alpha * float64(v*x[r]))
			}
		}
	}
}

// Dsyr performs the symmetric rank-one update
//
//	A += alpha * x * xᵀ
//
// where A is an n×n symmetric matrix, and x is a vector.
func (*Implementation) Dsyr(ul blas.Uplo, n int, alpha float64, x []float64, incX int, a []float64, lda int) {
	if n <= smallTriangle || alpha == 0 || !holdsMatrix(n, n, a, lda) || !holds(n, x, incX) {
		gonum.Implementation{}.Dsyr(ul, n, alpha, x, incX, a, lda)
		return
	}
	upper := isUpper(ul)
	j := takeVectorJob()
	u := j.contiguousX(n, x, incX)
	for i, v := range u {
		lo, hi := 0, i+1
		if upper {
			lo, hi = i, n
		}
		simd.Axpy(alpha*v, u[lo:hi], a[i*lda+lo:])
	}
	giveVectorJob(j)
}

// Dsyr2 performs the symmetric rank-two update
//
//	A += alpha * x * yᵀ + alpha * y * xᵀ
//
// where A is an n×n symmetric matrix, x and y are vectors, and alpha is a scalar.
func (*Implementation) Dsyr2(ul blas.Uplo, n int, alpha float64, x []float64, incX int, y []float64, incY int, a []float64, lda int) {
	if n <= smallSyr2 || alpha == 0 || !holdsMatrix(n, n, a, lda) || !holds(n, x, incX) || !holds(n, y, incY) {
		gonum.Implementation{}.Dsyr2(ul, n, alpha, x, incX, y, incY, a, lda)
		return
	}
	upper := isUpper(ul)
	j := takeVectorJob()
	u, v := j.contiguousX(n, x, incX), j.contiguousY(n, y, incY)
	for i := range n {
		lo, hi := 0, i+1
		if upper {
			lo, hi = i, n
		}
		row := a[i*lda+lo : i*lda+hi]
		simd.Axpy(alpha*u[i], v[lo:hi], row)
		simd.Axpy(alpha*v[i], u[lo:hi], row)
	}
	giveVectorJob(j)
}

// Dtrmv performs one of the matrix-vector operations
//
//	x = A * x   if tA == blas.NoTrans
//	x = Aᵀ * x  if tA == blas.Trans or blas.ConjTrans
//
// where A is an n×n triangular matrix, and x is a vector.
func (*Implementation) Dtrmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float64, lda int, x []float64, incX int) {
	if n <= smallTriangle || n <= smallTrmvN && tA == blas.NoTrans || !holdsMatrix(n, n, a, lda) || !holds(n, x, incX) {
		gonum.Implementation{}.Dtrmv(ul, tA, d, n, a, lda, x, incX)
		return
	}
	upper, trans, unit := isUpper(ul), isTransposed(tA), isUnit(d)
	if incX == 1 {
		trmv(upper, trans, unit, a, lda, x[:n])
		return
	}
	j := takeVectorJob()
	u := j.contiguousX(n, x, incX)
	trmv(upper, trans, unit, a, lda, u)
	scatter(x, incX, u)
	giveVectorJob(j)
}

// Dtrsv solves one of the systems of equations
//
//	A * x = b   if tA == blas.NoTrans
//	Aᵀ * x = b  if tA == blas.Trans or blas.ConjTrans
//
// where A is an n×n triangular matrix, and x and b are vectors.
//
// At entry to the function, x contains the values of b, and the result is
// stored in-place into x.
//
// No test for singularity or near-singularity is included in this
// routine. Such tests must be performed before calling this routine.
func (*Implementation) Dtrsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float64, lda int, x []float64, incX int) {
	if n <= smallTriangle || !holdsMatrix(n, n, a, lda) || !holds(n, x, incX) {
		gonum.Implementation{}.Dtrsv(ul, tA, d, n, a, lda, x, incX)
		return
	}
	upper, trans, unit := isUpper(ul), isTransposed(tA), isUnit(d)
	if incX == 1 {
		trsv(upper, trans, unit, a, lda, x[:n])
		return
	}
	j := takeVectorJob()
	u := j.contiguousX(n, x, incX)
	trsv(upper, trans, unit, a, lda, u)
	scatter(x, incX, u)
	giveVectorJob(j)
}
