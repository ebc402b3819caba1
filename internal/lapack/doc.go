// Package lapack holds the dense factorizations that gonum's LAPACK is slow
// at, whatever BLAS it stands on: the symmetric eigenproblem (all pairs by
// divide and conquer, or the leading ones by bisection and inverse iteration),
// the QR factorization of tall matrices on a tree, and the thin singular value
// decomposition by way of them.
//
// Vectors are rows: row j of a returned matrix is the vector that belongs to
// value j, contiguous in memory, and values descend. Signs are fixed by
// [FixSign]. Arguments are not modified. Results are the same bits at every
// GOMAXPROCS. A matrix that holds NaN or Inf gives ok == false. For eigenvalues and
// singular values it is scaled by a power of two first, so that nothing
// overflows on the way.
package lapack

import (
	_ "github.com/sapwood-ml/sapwood/internal/blas" // the kernels behind blas64
)

// eps is the unit roundoff of float64, 2⁻⁵³.
const eps = 0x1p-53
