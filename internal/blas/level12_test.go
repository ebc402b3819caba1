//go:build !openblas

package blas

import (
	"testing"

	"gonum.org/v1/gonum/blas/testblas"
)

// TestLevels1And2 runs gonum's own suites.
func TestLevels1And2(t *testing.T) {
	impl := Implementation{}
	atEachLevel(t, func(t *testing.T) {
		t.Run("Ddot", func(t *testing.T) { testblas.DdotTest(t, impl) })
		t.Run("Dnrm2", func(t *testing.T) { testblas.Dnrm2Test(t, impl) })
		t.Run("Dasum", func(t *testing.T) { testblas.DasumTest(t, impl) })
		t.Run("Idamax", func(t *testing.T) { testblas.IdamaxTest(t, impl) })
		t.Run("Dswap", func(t *testing.T) { testblas.DswapTest(t, impl) })
		t.Run("Dcopy", func(t *testing.T) { testblas.DcopyTest(t, impl) })
		t.Run("Daxpy", func(t *testing.T) { testblas.DaxpyTest(t, impl) })
		t.Run("Drotg", func(t *testing.T) { testblas.DrotgTest(t, impl, false) })
		t.Run("Drotmg", func(t *testing.T) { testblas.DrotmgTest(t, impl) })
		t.Run("Drot", func(t *testing.T) { testblas.DrotTest(t, impl) })
		t.Run("Drotm", func(t *testing.T) { testblas.DrotmTest(t, impl) })
		t.Run("Dscal", func(t *testing.T) { testblas.DscalTest(t, impl) })
		t.Run("Dgemv", func(t *testing.T) { testblas.DgemvTest(t, impl) })
		t.Run("Dger", func(t *testing.T) { testblas.DgerTest(t, impl) })
		t.Run("Dtxmv", func(t *testing.T) { testblas.DtxmvTest(t, impl) })
		t.Run("Dsymv", func(t *testing.T) { testblas.DsymvTest(t, impl) })
		t.Run("Dsyr", func(t *testing.T) { testblas.DsyrTest(t, impl) })
		t.Run("Dsyr2", func(t *testing.T) { testblas.Dsyr2Test(t, impl) })
		t.Run("Dtrmv", func(t *testing.T) { testblas.DtrmvTest(t, impl) })
		t.Run("Dtrsv", func(t *testing.T) { testblas.DtrsvTest(t, impl) })
	})
}
