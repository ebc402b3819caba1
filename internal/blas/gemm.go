package blas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// limits are numbers of multiply-adds up to which gonum's loops take less time than
// it takes to set up a product.
type limits struct {
	gemmN, gemmT           int // by B
	symm                   int
	syrkN, syrkT           int
	syr2kN, syr2kT         int
	trsmLeft, trsmN, trsmT int // N and T from the right
	trmmLeft, trmmRight    int
}

// small is a variable so that tests can leave nothing to gonum.
var small = limits{
	gemmN: 2 * 2 * 2, gemmT: 4 * 4 * 4,
	symm:  6 * 6 * 6,
	syrkN: 13 * 13 * 13, syrkT: 6 * 6 * 6,
	syr2kN: 14 * 14 * 14, syr2kT: 10 * 10 * 10,
	trsmLeft: 12 * 12 * 12, trsmN: 4 * 4 * 4, trsmT: 6 * 6 * 6,
	trmmLeft: 13 * 13 * 13, trmmRight: 10 * 10 * 10,
}

// Dgemm performs one of the matrix-matrix operations
//
//	C = alpha * A * B + beta * C
//	C = alpha * Aᵀ * B + beta * C
//	C = alpha * A * Bᵀ + beta * C
//	C = alpha * Aᵀ * Bᵀ + beta * C
//
// where op(A) is m×k, op(B) is k×n and C is m×n. If beta is 0, C is not read; if
// alpha is 0, neither A nor B is. The products of a matrix with its own transpose,
// Aᵀ·A and A·Aᵀ with beta = 0, take half the work: the result is symmetric to the
// bit. A product with a single column is Dgemv's.
func (impl *Implementation) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if n == 1 && impl.timesColumn(tA, tB, m, k, alpha, a, lda, b, ldb, beta, c, ldc) {
		return
	}
	// Gonum's reads A and B though alpha be 0.
	if work := m * n * k; alpha != 0 && (work <= small.gemmN || tB != blas.NoTrans && work <= small.gemmT) {
		gonum.Implementation{}.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	aTrans, bTrans := isTransposed(tA), isTransposed(tB)
	switch {
	case m < 0:
		panic(mLT0)
	case n < 0:
		panic(nLT0)
	case k < 0:
		panic(kLT0)
	}
	aRows, aColumns := m, k
	if aTrans {
		aRows, aColumns = k, m
	}
	bRows, bColumns := k, n
	if bTrans {
		bRows, bColumns = n, k
	}
	switch {
	case lda < max(1, aColumns):
		panic(badLdA)
	case ldb < max(1, bColumns):
		panic(badLdB)
	case ldc < max(1, n):
		panic(badLdC)
	}
	if m == 0 || n == 0 {
		return
	}
	switch {
	case len(a) < (aRows-1)*lda+aColumns:
		panic(shortA)
	case len(b) < (bRows-1)*ldb+bColumns:
		panic(shortB)
	case len(c) < (m-1)*ldc+n:
		panic(shortC)
	}
	if alpha == 0 || k == 0 {
		scale(whole, m, n, beta, c, ldc)
		return
	}
	p := product{m: m, n: n, k: k, alpha: alpha, beta: beta, a: newOperand(aTrans, a, lda), b: newOperand(bTrans, b, ldb), c: c, ldc: ldc}
	if m == n && beta == 0 && aTrans != bTrans && &a[0] == &b[0] && lda == ldb {
		p.part = upper
		p.compute()
		mirror(n, c, ldc)
		return
	}
	p.compute()
}

// timesColumn is Dgemm for n = 1. It leaves what is not valid, and what reads nothing.
func (impl *Implementation) timesColumn(tA, tB blas.Transpose, m, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) bool {
	rows, columns, incB := m, k, ldb
	if isTransposed(tA) {
		rows, columns = k, m
	}
	if isTransposed(tB) { // the column is stored as a row
		incB = 1
		if ldb < k {
			return false
		}
	}
	if alpha == 0 || incB < 1 || ldc < 1 || !holdsMatrix(rows, columns, a, lda) || !holds(k, b, incB) || !holds(m, c, ldc) {
		return false
	}
	impl.Dgemv(tA, rows, columns, alpha, a, lda, b, incB, beta, c, ldc)
	return true
}

func isTransposed(t blas.Transpose) bool {
	switch t {
	case blas.NoTrans:
		return false
	case blas.Trans, blas.ConjTrans:
		return true
	}
	panic(badTranspose)
}

func isUpper(ul blas.Uplo) bool {
	switch ul {
	case blas.Upper:
		return true
	case blas.Lower:
		return false
	}
	panic(badUplo)
}

// scale multiplies a part of an m×n matrix by beta; 0 overwrites.
func scale(t part, m, n int, beta float64, c []float64, ldc int) {
	if beta == 1 {
		return
	}
	p := product{part: t}
	for i := range m {
		lo, hi := p.rowRange(i, 0, n)
		row := c[i*ldc+lo : i*ldc+hi]
		if beta == 0 {
			clear(row)
			continue
		}
		for j := range row {
			row[j] *= beta
		}
	}
}

// mirror copies the upper triangle to the lower, in blocks that stay in cache.
func mirror(n int, c []float64, ldc int) {
	const block = 32
	for i0 := 0; i0 < n; i0 += block {
		for j0 := i0; j0 < n; j0 += block {
			for i := i0; i < min(i0+block, n); i++ {
				for j := max(j0, i+1); j < min(j0+block, n); j++ {
					c[j*ldc+i] = c[i*ldc+j]
				}
			}
		}
	}
}
