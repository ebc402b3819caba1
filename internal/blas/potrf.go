package blas

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	lapack "gonum.org/v1/gonum/lapack/gonum"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// Lapack is gonum's LAPACK with a Cholesky decomposition by tiles and halves.
type Lapack struct{ lapack.Implementation }

// What gonum's LAPACK panics with.
const (
	lapackBadUplo = "lapack: bad Uplo"
	lapackNLT0    = "lapack: n < 0"
	lapackBadLdA  = "lapack: bad leading dimension of A"
	lapackShortA  = "lapack: insufficient length of a"
)

// Dpotrf computes the Cholesky decomposition A = Uᵀ*U (ul == blas.Upper) or A = L*Lᵀ
// (ul == blas.Lower) of a symmetric positive definite n×n matrix in place, and returns
// false if A is not positive definite.
//
// Matrices of some hundreds to two thousand rows are decomposed by tiles, in parallel;
// see [tiledCholesky]. Others are halved again and again (Gustavson, "Recursion leads
// to automatic variable blocking for dense linear-algebra algorithms", 1997), so that
// nearly all the work is in large Dtrsm and Dsyrk.
func (impl Lapack) Dpotrf(ul blas.Uplo, n int, a []float64, lda int) (ok bool) {
	switch {
	case ul != blas.Upper && ul != blas.Lower:
		panic(lapackBadUplo)
	case n < 0:
		panic(lapackNLT0)
	case lda < max(1, n):
		panic(lapackBadLdA)
	case n == 0:
		return true
	case len(a) < (n-1)*lda+n:
		panic(lapackShortA)
	}
	return cholesky(ul, n, a, lda)
}

// choleskyLeaf is the order up to which elimination row by row is the faster way.
const choleskyLeaf = 24

func cholesky(ul blas.Uplo, n int, a []float64, lda int) (ok bool) {
	if n <= choleskyLeaf {
		if ul == blas.Upper {
			return choleskyUpper(n, a, lda)
		}
		return choleskyLower(n, a, lda)
	}
	if rows, columns := simd.GemmTile(); tiledFrom <= n && n <= tiledTo && columns%rows == 0 {
		return choleskyByTiles(ul, n, a, lda)
	}
	half := roundUp(n/2, leafOrder)
	if !cholesky(ul, half, a, lda) {
		return false
	}
	impl, rest := blas64.Implementation(), n-half
	last := a[half*lda+half:]
	if ul == blas.Upper {
		right := a[half:]
		impl.Dtrsm(blas.Left, ul, blas.Trans, blas.NonUnit, half, rest, 1, a, lda, right, lda)
		impl.Dsyrk(ul, blas.Trans, rest, half, -1, right, lda, 1, last, lda)
	} else {
		below := a[half*lda:]
		impl.Dtrsm(blas.Right, ul, blas.Trans, blas.NonUnit, rest, half, 1, a, lda, below, lda)
		impl.Dsyrk(ul, blas.NoTrans, rest, half, -1, below, lda, 1, last, lda)
	}
	return cholesky(ul, rest, last, lda)
}

// choleskyUpper takes each finished row off the rows below it.
func choleskyUpper(n int, a []float64, lda int) bool {
	for j := range n {
		row := a[j*lda+j : j*lda+n]
		if !(row[0] > 0) {
			return false
		}
		row[0] = math.Sqrt(row[0])
		rest := row[1:]
		if len(rest) == 0 {
			break
		}
		divide(rest, row[0])
		for i, v := range rest {
			simd.Axpy(-v, rest[i:], a[(j+1+i)*lda+j+1+i:(j+1+i)*lda+n])
		}
	}
	return true
}

// choleskyLower computes each row from those above it.
func choleskyLower(n int, a []float64, lda int) bool {
	for i := range n {
		row := a[i*lda : i*lda+i+1]
		for j := range i {
			above := a[j*lda : j*lda+j+1]
			row[j] = (row[j] - simd.Dot(row[:j], above[:j])) / above[j]
		}
		d := row[i] - simd.Dot(row[:i], row[:i])
		if !(d > 0) {
			return false
		}
		row[i] = math.Sqrt(d)
	}
	return true
}
