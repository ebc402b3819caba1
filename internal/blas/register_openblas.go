//go:build openblas

package blas

// #cgo LDFLAGS: -lopenblas -llapacke
import "C"

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
	netlibblas "gonum.org/v1/netlib/blas/netlib"
	netliblapack "gonum.org/v1/netlib/lapack/netlib"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

func register() {
	if simd.Active() == simd.Portable {
		blas64.Use(netlibblas.Implementation{})
		lapack64.Use(netliblapack.Implementation{})
		return
	}
	blas64.Use(&openBLAS{})
	lapack64.Use(openLapack{})
}

// onKernels says whether what blas64 has is on the kernels of internal/simd.
func onKernels() bool {
	_, ours := blas64.Implementation().(*openBLAS)
	return ours
}

// openBLAS is an [Implementation] that leaves large operations of level 3 to OpenBLAS.
//
// The others would be slower there, and so would what comes after them: once OpenBLAS has
// run on several threads, these go on asking for work for some 25 ms, which they take
// from the goroutines. A symmetric matrix of order 16 times a vector is enough for that.
type openBLAS struct{ Implementation }

// large is the least extent from which an operation takes longer than OpenBLAS's threads
// stay. It is a variable so that tests can leave all to OpenBLAS.
var large = 1536

func (o *openBLAS) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if min(m, n, k) < large {
		o.Implementation.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	netlibblas.Implementation{}.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

func (o *openBLAS) Dsymm(s blas.Side, ul blas.Uplo, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if min(m, n) < large {
		o.Implementation.Dsymm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	netlibblas.Implementation{}.Dsymm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
}

func (o *openBLAS) Dsyrk(ul blas.Uplo, t blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	if min(n, k) < large {
		o.Implementation.Dsyrk(ul, t, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	netlibblas.Implementation{}.Dsyrk(ul, t, n, k, alpha, a, lda, beta, c, ldc)
}

func (o *openBLAS) Dsyr2k(ul blas.Uplo, t blas.Transpose, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if min(n, k) < large {
		o.Implementation.Dsyr2k(ul, t, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	netlibblas.Implementation{}.Dsyr2k(ul, t, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

func (o *openBLAS) Dtrmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	if min(m, n) < large {
		o.Implementation.Dtrmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	netlibblas.Implementation{}.Dtrmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

func (o *openBLAS) Dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	if min(m, n) < large {
		o.Implementation.Dtrsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	netlibblas.Implementation{}.Dtrsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// openLapack is [Lapack] with the eigenvalues and singular values of OpenBLAS's LAPACK,
// which takes a quarter to four fifths of gonum's time for them from order 300 on. With
// triangular factors, where gonum's spends its time in level 3, it is no faster: it
// transposes what is stored by rows.
type openLapack struct{ Lapack }

func (openLapack) Dsyev(jobz lapack.EVJob, uplo blas.Uplo, n int, a []float64, lda int, w, work []float64, lwork int) (ok bool) {
	return netliblapack.Implementation{}.Dsyev(jobz, uplo, n, a, lda, w, work, lwork)
}

func (openLapack) Dgeev(jobvl lapack.LeftEVJob, jobvr lapack.RightEVJob, n int, a []float64, lda int, wr, wi, vl []float64, ldvl int, vr []float64, ldvr int, work []float64, lwork int) (first int) {
	return netliblapack.Implementation{}.Dgeev(jobvl, jobvr, n, a, lda, wr, wi, vl, ldvl, vr, ldvr, work, lwork)
}

func (openLapack) Dgesvd(jobU, jobVT lapack.SVDJob, m, n int, a []float64, lda int, s, u []float64, ldu int, vt []float64, ldvt int, work []float64, lwork int) (ok bool) {
	return netliblapack.Implementation{}.Dgesvd(jobU, jobVT, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork)
}
