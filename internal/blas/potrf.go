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

const (
	// choleskyLeaf is the order up to which elimination row by row is the faster way.
	choleskyLeaf = 64
	// Up to smallUpper and smallLower, gonum's is.
	smallUpper, smallLower = 8, 32
)

func cholesky(ul blas.Uplo, n int, a []float64, lda int) (ok bool) {
	switch {
	case n <= smallUpper || n <= smallLower && ul == blas.Lower:
		return lapack.Implementation{}.Dpotf2(ul, n, a, lda)
	case n <= choleskyLeaf && ul == blas.Upper:
		return choleskyUpper(n, a, lda)
	case n <= choleskyLeaf:
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

// choleskyUpper takes the finished rows off each row.
func choleskyUpper(n int, a []float64, lda int) bool {
	var w [choleskyLeaf]float64
	for j := range n {
		row := a[j*lda+j : j*lda+n]
		for k := range j {
			w[k] = -a[k*lda+j]
		}
		simd.AxpyRows(w[:j], a[j:], lda, row)
		if !(row[0] > 0) {
			return false
		}
		row[0] = math.Sqrt(row[0])
		divide(row[1:], row[0])
	}
	return true
}

var transposedLeaves slots[[choleskyLeaf * choleskyLeaf]float64]

// choleskyLower decomposes the transposed triangle aside.
func choleskyLower(n int, a []float64, lda int) (ok bool) {
	t := transposedLeaves.take()
	u := t[:n*n]
	for i := 0; i < n; i += leafOrder {
		m := min(leafOrder, n-i)
		simd.Transpose(m, i, a[i*lda:], lda, u[i:], n)
		for r := i; r < i+m; r++ {
			for c := i; c <= r; c++ {
				u[c*n+r] = a[r*lda+c]
			}
		}
	}
	ok = choleskyUpper(n, u, n)
	for i := 0; i < n; i += leafOrder {
		m := min(leafOrder, n-i)
		simd.Transpose(i, m, u[i:], n, a[i*lda:], lda)
		for r := i; r < i+m; r++ {
			for c := i; c <= r; c++ {
				a[r*lda+c] = u[c*n+r]
			}
		}
	}
	transposedLeaves.give(t)
	return ok
}
