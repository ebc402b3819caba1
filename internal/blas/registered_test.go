//go:build !openblas

package blas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// isExpected says whether impl is what this build is to register.
func isExpected(impl blas.Float64) bool {
	if simd.Active() == simd.Portable {
		_, isGonum := impl.(gonum.Implementation)
		return isGonum
	}
	_, ours := impl.(*Implementation)
	return ours
}

var lapackImpl = Lapack{}

const skipExtreme = false
