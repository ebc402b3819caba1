//go:build !openblas

package blas

import (
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

func register() {
	if simd.Active() != simd.Portable {
		blas64.Use(&Implementation{})
		lapack64.Use(Lapack{})
	}
}

// onKernels says whether what blas64 has is on the kernels of internal/simd.
func onKernels() bool {
	_, ours := blas64.Implementation().(*Implementation)
	return ours
}
