// Package blas puts the library's vector kernels behind gonum's blas.Float64.
// Importing it registers [Implementation] with blas64 and [Lapack] with lapack64,
// provided that gonum's own implementation is the one that blas64 has; a program
// that registers another after that keeps it. What is not accelerated falls
// through to gonum. Built with the tag noasm, or for a processor that there are no
// kernels for, gonum's own stays registered.
//
// Built with the tag openblas, OpenBLAS serves what it is good at: operations of level 3
// whose extents are all 1536 or more, and LAPACK's eigenvalues and singular values. For a
// processor that there are no kernels for, it serves all of blas64 and lapack64.
//
// Results are the same to the bit at every GOMAXPROCS, and level 3 allocates
// nothing once it has been used. NaN and infinities go through as IEEE 754 says:
// where gonum skips zero multipliers, so that 0·NaN and 0·∞ are 0, this package
// computes NaN, save for small sizes, which are left to gonum because its loops end
// before a kernel would begin. Denormals are not flushed.
//
// For n ≤ 16 no routine takes more than half a nanosecond longer than gonum's: that is
// what it takes to compare sizes before what is left to gonum, up to 5 % of its shortest
// calls and seldom more than 2 % from n = 4 on. Products of order 16 take a tenth to two
// thirds of gonum's time. BenchmarkSmall measures it.
//
// Of the rate at which two processors with AVX-512 multiply and add registers, a
// product of order 1152 reaches 95 %, Dsyrk of that order 91 to 93 %, a Cholesky
// decomposition of order 1000 66 to 70 %, and one triangle of XᵀX for 100,000×100 55 to
// 59 %: only three quarters of what its tiles compute lie in the triangle. Of the
// rate at which vectors too long for the caches are read, Dgemv reaches 75 to 108 %;
// Ddot and Daxpy run at that rate. BenchmarkShare measures it.
package blas

import (
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
)

// A pointer to an Implementation is a blas.Float64 on the kernels of internal/simd. Its
// methods have pointer receivers since an interface calls those directly, others
// through a wrapper: what they pass on to gonum takes no more calls than gonum's own.
type Implementation struct{ gonum.Implementation }

func init() {
	// lapack64 does not tell what it has; who replaces it replaces blas64 too.
	if _, isGonum := blas64.Implementation().(gonum.Implementation); isGonum {
		register()
	}
}
