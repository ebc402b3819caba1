//go:build openblas

package blas

import (
	"gonum.org/v1/gonum/blas"
	lapack "gonum.org/v1/gonum/lapack/gonum"
	netlibblas "gonum.org/v1/netlib/blas/netlib"
	netliblapack "gonum.org/v1/netlib/lapack/netlib"
)

// isExpected says whether impl is what this build is to register.
func isExpected(impl blas.Float64) bool {
	_, isNetlib := impl.(netlibblas.Implementation)
	return isNetlib
}

var lapackImpl netlibLapack

// netlibLapack adds gonum's unblocked routines, which the suites compare with.
type netlibLapack struct{ netliblapack.Implementation }

func (netlibLapack) Dorg2r(m, n, k int, a []float64, lda int, tau, work []float64) {
	lapack.Implementation{}.Dorg2r(m, n, k, a, lda, tau, work)
}

func (netlibLapack) Dorm2r(side blas.Side, trans blas.Transpose, m, n, k int, a []float64, lda int, tau, c []float64, ldc int, work []float64) {
	lapack.Implementation{}.Dorm2r(side, trans, m, n, k, a, lda, tau, c, ldc, work)
}

func (netlibLapack) Dgebd2(m, n int, a []float64, lda int, d, e, tauQ, tauP, work []float64) {
	lapack.Implementation{}.Dgebd2(m, n, a, lda, d, e, tauQ, tauP, work)
}

// skipExtreme leaves out rotations whose hypotenuse overflows in reference BLAS.
const skipExtreme = true
