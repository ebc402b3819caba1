//go:build !openblas

package blas

import (
	"testing"

	"gonum.org/v1/gonum/blas/testblas"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// atEachLevel runs the test once for each instruction set of this machine.
func atEachLevel(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	for _, level := range simd.Available() {
		t.Run(level.String(), func(t *testing.T) {
			defer simd.Force(level)()
			if simd.Active() != level {
				t.Fatalf("level %v did not run", level)
			}
			test(t)
		})
	}
}

// TestLevel3 runs gonum's own suite.
func TestLevel3(t *testing.T) {
	impl := Implementation{}
	atEachLevel(t, func(t *testing.T) {
		t.Run("Dgemm", func(t *testing.T) { testblas.TestDgemm(t, impl) })
		t.Run("Dsymm", func(t *testing.T) { testblas.DsymmTest(t, impl) })
		t.Run("Dsyrk", func(t *testing.T) { testblas.DsyrkTest(t, impl) })
		t.Run("Dsyr2k", func(t *testing.T) { testblas.Dsyr2kTest(t, impl) })
		t.Run("Dtrmm", func(t *testing.T) { testblas.DtrmmTest(t, impl) })
		t.Run("Dtrsm", func(t *testing.T) { testblas.DtrsmTest(t, impl) })
	})
}
