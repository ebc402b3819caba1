package blas

import (
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/testblas"
	"gonum.org/v1/gonum/lapack/testlapack"

	"github.com/sapwood-ml/sapwood/internal/race"
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

// TestLevel3 runs gonum's own suite at each level, as a program would and with
// nothing left to gonum for being small.
func TestLevel3(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		level3Suite(t, ours)
		defer nothingIsSmall()()
		level3Suite(t, ours)
	})
}

func nothingIsSmall() (restore func()) {
	before := small
	small = limits{}
	return func() { small = before }
}

func level3Suite(t *testing.T, impl blas.Float64) {
	t.Run("Dgemm", func(t *testing.T) { testblas.TestDgemm(t, impl) })
	t.Run("Dsymm", func(t *testing.T) { testblas.DsymmTest(t, impl) })
	t.Run("Dsyrk", func(t *testing.T) { testblas.DsyrkTest(t, impl) })
	t.Run("Dsyr2k", func(t *testing.T) { testblas.Dsyr2kTest(t, impl) })
	t.Run("Dtrmm", func(t *testing.T) { testblas.DtrmmTest(t, impl) })
	t.Run("Dtrsm", func(t *testing.T) { testblas.DtrsmTest(t, impl) })
}

// TestRegistered runs gonum's suites of levels 1 to 3 on what this build registers.
func TestRegistered(t *testing.T) {
	impl := blas64.Implementation()
	if !isExpected(impl) {
		t.Fatalf("blas64 has %T", impl)
	}
	level3Suite(t, impl)
	t.Run("Dgemv", func(t *testing.T) { testblas.DgemvTest(t, impl) })
	t.Run("Dger", func(t *testing.T) { testblas.DgerTest(t, impl) })
	t.Run("Dsymv", func(t *testing.T) { testblas.DsymvTest(t, impl) })
	t.Run("Dsyr", func(t *testing.T) { testblas.DsyrTest(t, impl) })
	t.Run("Dsyr2", func(t *testing.T) { testblas.Dsyr2Test(t, impl) })
	t.Run("Dtrsv", func(t *testing.T) { testblas.DtrsvTest(t, impl) })
	t.Run("Dtrmv", func(t *testing.T) { testblas.DtrmvTest(t, impl) })
	t.Run("Dtxmv", func(t *testing.T) { testblas.DtxmvTest(t, impl) })
	t.Run("Dgbmv", func(t *testing.T) { testblas.DgbmvTest(t, impl) })
	t.Run("Dsbmv", func(t *testing.T) { testblas.DsbmvTest(t, impl) })
	t.Run("Dtbsv", func(t *testing.T) { testblas.DtbsvTest(t, impl) })
	t.Run("Ddot", func(t *testing.T) { testblas.DdotTest(t, impl) })
	t.Run("Daxpy", func(t *testing.T) { testblas.DaxpyTest(t, impl) })
	t.Run("Dnrm2", func(t *testing.T) { testblas.Dnrm2Test(t, impl) })
	t.Run("Dasum", func(t *testing.T) { testblas.DasumTest(t, impl) })
	t.Run("Idamax", func(t *testing.T) { testblas.IdamaxTest(t, impl) })
	t.Run("Dswap", func(t *testing.T) { testblas.DswapTest(t, impl) })
	t.Run("Dcopy", func(t *testing.T) { testblas.DcopyTest(t, impl) })
	t.Run("Drot", func(t *testing.T) { testblas.DrotTest(t, impl) })
	t.Run("Drotg", func(t *testing.T) { testblas.DrotgTest(t, impl, skipExtreme) })
	t.Run("Dscal", func(t *testing.T) { testblas.DscalTest(t, impl) })
}

// TestLapack runs gonum's suites of the routines that the library uses.
func TestLapack(t *testing.T) {
	best := simd.Active()
	atEachLevel(t, func(t *testing.T) {
		if simd.Active() == simd.Portable && simd.Active() != best {
			return // then what is registered is not used
		}
		if race.Enabled && simd.Active() != best {
			return // races are the same at every level
		}
		t.Run("Dpotrf", func(t *testing.T) { testlapack.DpotrfTest(t, lapackImpl) })
		t.Run("Dpotrs", func(t *testing.T) { testlapack.DpotrsTest(t, lapackImpl) })
		t.Run("Dpotri", func(t *testing.T) { testlapack.DpotriTest(t, lapackImpl) })
		t.Run("Dgetrf", func(t *testing.T) { testlapack.DgetrfTest(t, lapackImpl) })
		t.Run("Dgeqrf", func(t *testing.T) { testlapack.DgeqrfTest(t, lapackImpl) })
		if simd.Active() != best || race.Enabled {
			return // the others take seconds
		}
		t.Run("Dpocon", func(t *testing.T) { testlapack.DpoconTest(t, lapackImpl) })
		t.Run("Dorgqr", func(t *testing.T) { testlapack.DorgqrTest(t, lapackImpl) })
		t.Run("Dormqr", func(t *testing.T) { testlapack.DormqrTest(t, lapackImpl) })
		t.Run("Dgels", func(t *testing.T) { testlapack.DgelsTest(t, lapackImpl) })
		t.Run("Dtrcon", func(t *testing.T) { testlapack.DtrconTest(t, lapackImpl) })
		t.Run("Dsytrd", func(t *testing.T) { testlapack.DsytrdTest(t, lapackImpl) })
		t.Run("Dsyev", func(t *testing.T) { testlapack.DsyevTest(t, lapackImpl) })
		t.Run("Dgebrd", func(t *testing.T) { testlapack.DgebrdTest(t, lapackImpl) })
		t.Run("Dgesvd", func(t *testing.T) { testlapack.DgesvdTest(t, lapackImpl, 1e-13) })
	})
}
