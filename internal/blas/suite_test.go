//go:build !openblas

package blas

import (
	"testing"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/testblas"
	"gonum.org/v1/gonum/lapack/testlapack"

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

// TestLapack runs gonum's suites of the routines that the library uses, on these
// kernels.
func TestLapack(t *testing.T) {
	if _, ours := blas64.Implementation().(Implementation); !ours {
		t.Fatalf("blas64 has %T", blas64.Implementation())
	}
	impl := Lapack{}
	best := simd.Active()
	atEachLevel(t, func(t *testing.T) {
		t.Run("Dpotrf", func(t *testing.T) { testlapack.DpotrfTest(t, impl) })
		t.Run("Dpotrs", func(t *testing.T) { testlapack.DpotrsTest(t, impl) })
		t.Run("Dpotri", func(t *testing.T) { testlapack.DpotriTest(t, impl) })
		t.Run("Dgetrf", func(t *testing.T) { testlapack.DgetrfTest(t, impl) })
		t.Run("Dtrtri", func(t *testing.T) { testlapack.DtrtriTest(t, impl) })
		t.Run("Dgeqrf", func(t *testing.T) { testlapack.DgeqrfTest(t, impl) })
		if simd.Active() != best || raceEnabled {
			return // the others take seconds
		}
		t.Run("Dpocon", func(t *testing.T) { testlapack.DpoconTest(t, impl) })
		t.Run("Dorgqr", func(t *testing.T) { testlapack.DorgqrTest(t, impl) })
		t.Run("Dormqr", func(t *testing.T) { testlapack.DormqrTest(t, impl) })
		t.Run("Dgels", func(t *testing.T) { testlapack.DgelsTest(t, impl) })
		t.Run("Dtrcon", func(t *testing.T) { testlapack.DtrconTest(t, impl) })
		t.Run("Dsytrd", func(t *testing.T) { testlapack.DsytrdTest(t, impl) })
		t.Run("Dsyev", func(t *testing.T) { testlapack.DsyevTest(t, impl) })
		t.Run("Dgebrd", func(t *testing.T) { testlapack.DgebrdTest(t, impl) })
		t.Run("Dgesvd", func(t *testing.T) { testlapack.DgesvdTest(t, impl, 1e-13) })
	})
}
