package blas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Dsymm performs one of the matrix-matrix operations
//
//	C = alpha * A * B + beta * C  if side == blas.Left
//	C = alpha * B * A + beta * C  if side == blas.Right
//
// where A is m×m or n×n symmetric, of which the triangle that ul names is read, and B
// and C are m×n. The other triangle is filled in while A is packed.
func (*Implementation) Dsymm(s blas.Side, ul blas.Uplo, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	order := n
	if s == blas.Left {
		order = m
	}
	if order*m*n <= small.symm {
		gonum.Implementation{}.Dsymm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	left := isLeft(s)
	shape := symmetricLower
	if isUpper(ul) {
		shape = symmetricUpper
	}
	switch {
	case m < 0:
		panic(mLT0)
	case n < 0:
		panic(nLT0)
	}
	switch {
	case lda < max(1, order):
		panic(badLdA)
	case ldb < max(1, n):
		panic(badLdB)
	case ldc < max(1, n):
		panic(badLdC)
	}
	if m == 0 || n == 0 {
		return
	}
	switch {
	case len(a) < lda*(order-1)+order:
		panic(shortA)
	case len(b) < ldb*(m-1)+n:
		panic(shortB)
	case len(c) < ldc*(m-1)+n:
		panic(shortC)
	}
	if alpha == 0 {
		scale(whole, m, n, beta, c, ldc)
		return
	}
	symmetric := operand{data: a, rs: lda, cs: 1, shape: shape}
	p := product{m: m, n: n, k: order, alpha: alpha, beta: beta, c: c, ldc: ldc}
	if left {
		p.a, p.b = symmetric, newOperand(false, b, ldb)
	} else {
		p.a, p.b = newOperand(false, b, ldb), symmetric
	}
	p.compute()
}

func isLeft(s blas.Side) bool {
	switch s {
	case blas.Left:
		return true
	case blas.Right:
		return false
	}
	panic(badSide)
}
