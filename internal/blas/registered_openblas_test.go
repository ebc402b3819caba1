//go:build openblas

package blas

import (
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/netlib/blas/netlib"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// isExpected says whether impl is what this build is to register.
func isExpected(impl blas.Float64) bool {
	if simd.Active() == simd.Portable {
		_, isNetlib := impl.(netlib.Implementation)
		return isNetlib
	}
	_, ours := impl.(*openBLAS)
	return ours
}

var lapackImpl = openLapack{}

// skipExtreme leaves out rotations whose hypotenuse overflows in reference BLAS.
var skipExtreme = simd.Active() == simd.Portable

// TestOpenBLAS runs gonum's suite with nothing too small for OpenBLAS.
func TestOpenBLAS(t *testing.T) {
	defer func(before int) { large = before }(large)
	large = 0
	level3Suite(t, &openBLAS{})
}
