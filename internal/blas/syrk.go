package blas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Dsyrk performs one of the symmetric rank-k operations
//
//	C = alpha * A * Aᵀ + beta * C  if tA == blas.NoTrans
//	C = alpha * Aᵀ * A + beta * C  if tA == blas.Trans or tA == blas.ConjTrans
//
// where A is n×k or k×n and C is n×n symmetric. Only the triangle that ul names is
// read and written.
func (*Implementation) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	if work := n * n * k; tA == blas.NoTrans && work <= small.syrkN || work <= small.syrkT && (ul == blas.Upper || beta != 0) {
		gonum.Implementation{}.Dsyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	triangle := triangleOf(ul)
	trans := isTransposed(tA)
	switch {
	case n < 0:
		panic(nLT0)
	case k < 0:
		panic(kLT0)
	}
	rows, columns := n, k
	if trans {
		rows, columns = k, n
	}
	switch {
	case lda < max(1, columns):
		panic(badLdA)
	case ldc < max(1, n):
		panic(badLdC)
	}
	if n == 0 {
		return
	}
	switch {
	case len(a) < (rows-1)*lda+columns:
		panic(shortA)
	case len(c) < (n-1)*ldc+n:
		panic(shortC)
	}
	if alpha == 0 || k == 0 {
		scale(triangle, n, n, beta, c, ldc)
		return
	}
	if n*n*k <= small.syrkT {
		// Gonum's keeps NaN in a lower triangle that is to be overwritten with Aᵀ·A.
		for i := range n {
			for j := range i + 1 {
				sum := 0.0
				for l := range k {
					sum += float64(a[l*lda+i] * a[l*lda+j])
				}
				c[i*ldc+j] = alpha * sum
			}
		}
		return
	}
	p := product{m: n, n: n, k: k, alpha: alpha, beta: beta, c: c, ldc: ldc, part: triangle}
	p.a = newOperand(trans, a, lda)
	p.b = p.a.transposed()
	p.compute()
}

// Dsyr2k performs one of the symmetric rank-2k operations
//
//	C = alpha * A * Bᵀ + alpha * B * Aᵀ + beta * C  if tA == blas.NoTrans
//	C = alpha * Aᵀ * B + alpha * Bᵀ * A + beta * C  if tA == blas.Trans or tA == blas.ConjTrans
//
// where A and B are n×k or k×n and C is n×n symmetric. Only the triangle that ul names
// is read and written.
func (*Implementation) Dsyr2k(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if work := n * n * k; work <= small.syr2kT || tA == blas.NoTrans && work <= small.syr2kN {
		gonum.Implementation{}.Dsyr2k(ul, tA, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	triangle := triangleOf(ul)
	trans := isTransposed(tA)
	switch {
	case n < 0:
		panic(nLT0)
	case k < 0:
		panic(kLT0)
	}
	rows, columns := n, k
	if trans {
		rows, columns = k, n
	}
	switch {
	case lda < max(1, columns):
		panic(badLdA)
	case ldb < max(1, columns):
		panic(badLdB)
	case ldc < max(1, n):
		panic(badLdC)
	}
	if n == 0 {
		return
	}
	switch {
	case len(a) < lda*(rows-1)+columns:
		panic(shortA)
	case len(b) < ldb*(rows-1)+columns:
		panic(shortB)
	case len(c) < ldc*(n-1)+n:
		panic(shortC)
	}
	if alpha == 0 || k == 0 {
		scale(triangle, n, n, beta, c, ldc)
		return
	}
	x, y := newOperand(trans, a, lda), newOperand(trans, b, ldb)
	p := product{m: n, n: n, k: k, alpha: alpha, beta: beta, a: x, b: y.transposed(), c: c, ldc: ldc, part: triangle}
	p.compute()
	p.a, p.b, p.beta = y, x.transposed(), 1
	p.compute()
}

func triangleOf(ul blas.Uplo) part {
	if isUpper(ul) {
		return upper
	}
	return lower
}
