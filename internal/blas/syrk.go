//go:build !openblas

package blas

import "gonum.org/v1/gonum/blas"

// Dsyrk performs one of the symmetric rank-k operations
//
//	C = alpha * A * Aᵀ + beta * C  if tA == blas.NoTrans
//	C = alpha * Aᵀ * A + beta * C  if tA == blas.Trans or tA == blas.ConjTrans
//
// where A is n×k or k×n and C is n×n symmetric. Only the triangle that ul names is
// read and written.
func (Implementation) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	isUp := isUpper(ul)
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
	triangle := lower
	if isUp {
		triangle = upper
	}
	if alpha == 0 || k == 0 {
		scale(triangle, n, n, beta, c, ldc)
		return
	}
	p := product{m: n, n: n, k: k, alpha: alpha, beta: beta, c: c, ldc: ldc, part: triangle}
	p.a = newOperand(trans, a, lda)
	p.b = p.a.transposed()
	p.compute()
}
