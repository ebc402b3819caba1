package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/blas/testblas"

	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// TestLevels1And2 runs gonum's own suites, as a program would and with nothing
// left to gonum for being small.
func TestLevels1And2(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		t.Run("default", testLevels1And2)
		t.Run("all sizes", func(t *testing.T) {
			defer noShortVectors()()
			testLevels1And2(t)
		})
	})
}

func noShortVectors() (restore func()) {
	s, n, n2, nN, f := short, smallTriangle, smallSyr2, smallTrmvN, few
	short, smallTriangle, smallSyr2, smallTrmvN, few = 0, 0, 0, 0, areas{}
	return func() { short, smallTriangle, smallSyr2, smallTrmvN, few = s, n, n2, nN, f }
}

func testLevels1And2(t *testing.T) {
	impl := ours
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
}

// A strided is a vector in a buffer whose other elements are NaN.
type strided struct {
	data []float64
	n    int
	inc  int
}

func newStrided(rnd *rand.Rand, n, inc int) strided {
	gap := max(inc, -inc)
	s := strided{data: make([]float64, (n-1)*gap+1), n: n, inc: inc}
	for i := range s.data {
		s.data[i] = math.NaN()
		if i%gap == 0 {
			s.data[i] = rnd.NormFloat64()
		}
	}
	return s
}

func (s strided) clone() strided {
	s.data = append([]float64(nil), s.data...)
	return s
}

func (s strided) elements() []float64 {
	return gather(make([]float64, s.n), s.data, s.inc)
}

// closeTo compares element by element, NaN being close to NaN, relative to the sizes of
// what is summed.
func closeTo(t *testing.T, what string, got, want []float64, terms int) {
	t.Helper()
	for i := range want {
		if math.IsNaN(want[i]) && math.IsNaN(got[i]) {
			continue
		}
		if !(math.Abs(got[i]-want[i]) <= 1e-15*float64(terms+4)*(1+math.Abs(want[i]))) {
			t.Fatalf("%s: element %d: %v, want %v", what, i, got[i], want[i])
		}
	}
}

// TestAgainstGonum compares level 2 with gonum's for sizes and strides that the
// suites do not have.
func TestAgainstGonum(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		defer noShortVectors()()
		if race.Enabled && simd.Active() == simd.Portable {
			t.Skip("slow")
		}
		for _, s := range [][2]int{{1, 1}, {1, 40}, {3, 5}, {17, 33}, {33, 17}, {70, 64}, {65, 130}, {40, 129}, {5, 300}, {700, 9}} {
			for _, inc := range [][2]int{{1, 1}, {3, 1}, {1, 2}, {-1, -2}, {2, -1}} {
				for _, c := range [][2]float64{{1, 0}, {-0.7, 1}, {1.5, 0.3}} {
					compareLevel2(t, s[0], s[1], inc[0], inc[1], c[0], c[1])
				}
			}
		}
	})
}

func compareLevel2(t *testing.T, m, n, incX, incY int, alpha, beta float64) {
	t.Helper()
	theirs := gonum.Implementation{}
	rnd := rand.New(rand.NewPCG(uint64(m), uint64(n)))
	lda := n + 3
	a := newStrided(rnd, m*lda, 1).data[:(m-1)*lda+n]
	for i := range m - 1 {
		for j := n; j < lda; j++ {
			a[i*lda+j] = math.NaN()
		}
	}
	x, y := newStrided(rnd, m, incX), newStrided(rnd, n, incY)
	what := fmt.Sprintf("%d×%d, strides %d and %d, alpha %v, beta %v", m, n, incX, incY, alpha, beta)

	for _, tA := range transposes {
		x, y := x, y
		if tA == blas.NoTrans {
			x, y = y, x
		}
		got, want := y.clone(), y.clone()
		ours.Dgemv(tA, m, n, alpha, a, lda, x.data, x.inc, beta, got.data, got.inc)
		theirs.Dgemv(tA, m, n, alpha, a, lda, x.data, x.inc, beta, want.data, want.inc)
		closeTo(t, fmt.Sprintf("Dgemv %c %s", tA, what), got.data, want.data, x.n)
	}
	got, want := append([]float64(nil), a...), append([]float64(nil), a...)
	ours.Dger(m, n, alpha, x.data, incX, y.data, incY, got, lda)
	u, v := x.elements(), y.elements() // gonum's Dger errs for some negative strides
	for i := range m {
		for j := range n {
			want[i*lda+j] += alpha * u[i] * v[j]
		}
	}
	closeTo(t, "Dger "+what, got, want, 1)

	// Square ones take the leading part of order k; the triangle that is not
	// named holds NaN.
	k := min(m, n)
	x, y = newStrided(rnd, k, incX), newStrided(rnd, k, incY)
	for _, ul := range []blas.Uplo{blas.Upper, blas.Lower} {
		tri := append([]float64(nil), a[:(k-1)*lda+k]...)
		for i := range k {
			for j := range k {
				if (ul == blas.Upper) == (j < i) && i != j {
					tri[i*lda+j] = math.NaN()
				}
			}
			tri[i*lda+i] = 3 + float64(k)
		}
		what := fmt.Sprintf("%c %s", ul, what)
		got, want := y.clone(), y.clone()
		ours.Dsymv(ul, k, alpha, tri, lda, x.data, incX, beta, got.data, incY)
		theirs.Dsymv(ul, k, alpha, tri, lda, x.data, incX, beta, want.data, incY)
		closeTo(t, "Dsymv "+what, got.data, want.data, k)

		b, c := append([]float64(nil), tri...), append([]float64(nil), tri...)
		ours.Dsyr(ul, k, alpha, x.data, incX, b, lda)
		theirs.Dsyr(ul, k, alpha, x.data, incX, c, lda)
		closeTo(t, "Dsyr "+what, b, c, 1)
		ours.Dsyr2(ul, k, alpha, x.data, incX, y.data, incY, b, lda)
		theirs.Dsyr2(ul, k, alpha, x.data, incX, y.data, incY, c, lda)
		closeTo(t, "Dsyr2 "+what, b, c, 3)

		for _, tA := range transposes {
			for _, d := range []blas.Diag{blas.Unit, blas.NonUnit} {
				tri := append([]float64(nil), tri...)
				if d == blas.Unit {
					for i := range k {
						tri[i*lda+i] = math.NaN()
						for j := range k {
							tri[i*lda+j] /= float64(k) // keeps the solution in bounds
						}
					}
				}
				what := fmt.Sprintf("%c %c %s", tA, d, what)
				got, want := x.clone(), x.clone()
				ours.Dtrmv(ul, tA, d, k, tri, lda, got.data, incX)
				theirs.Dtrmv(ul, tA, d, k, tri, lda, want.data, incX)
				closeTo(t, "Dtrmv "+what, got.data, want.data, k)
				ours.Dtrsv(ul, tA, d, k, tri, lda, got.data, incX)
				theirs.Dtrsv(ul, tA, d, k, tri, lda, want.data, incX)
				closeTo(t, "Dtrsv "+what, got.data, want.data, 10*k)
			}
		}
	}
}

// TestLargeDgemv compares products that are dealt out to several workers with
// gonum's, and holds them to the same bits for every number of processors.
func TestLargeDgemv(t *testing.T) {
	for _, s := range [][2]int{{40_000, 13}, {3000, 100}, {1000, 1000}, {100, 5000}, {3, 100_000}} {
		m, n := s[0], s[1]
		a, long := normal(m*n), normal(m+n)
		for _, tA := range transposes {
			lenX, lenY := n, m
			if tA == blas.Trans {
				lenX, lenY = m, n
			}
			x := long[:lenX]
			want := append([]float64(nil), long[:lenY]...)
			gonum.Implementation{}.Dgemv(tA, m, n, 0.5, a, n, x, 1, 2, want, 1)
			var first []float64
			atEachLevel(t, func(t *testing.T) {
				if simd.Active() == simd.Portable {
					return // gonum's
				}
				for _, procs := range []int{1, 2, 7} {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
					y := append([]float64(nil), long[:lenY]...)
					ours.Dgemv(tA, m, n, 0.5, a, n, x, 1, 2, y, 1)
					closeTo(t, fmt.Sprintf("%c %d×%d", tA, m, n), y, want, lenX)
					if first == nil {
						first = y
					}
					for i := range y {
						if y[i] != first[i] {
							t.Fatalf("%c %d×%d, %v, %d processors: element %d is %v, was %v", tA, m, n, simd.Active(), procs, i, y[i], first[i])
						}
					}
				}
			})
		}
	}
}

// TestLargeDsymv does the same for a triangle.
func TestLargeDsymv(t *testing.T) {
	const n = 1003
	a, x, y := normal(n*n), normal(n), normal(n)
	for _, ul := range []blas.Uplo{blas.Upper, blas.Lower} {
		want := append([]float64(nil), y...)
		gonum.Implementation{}.Dsymv(ul, n, 0.5, a, n, x, 1, 2, want, 1)
		var first []float64
		atEachLevel(t, func(t *testing.T) {
			if simd.Active() == simd.Portable {
				return // gonum's
			}
			for _, procs := range []int{1, 2, 7} {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				got := append([]float64(nil), y...)
				ours.Dsymv(ul, n, 0.5, a, n, x, 1, 2, got, 1)
				closeTo(t, string(ul), got, want, n)
				if first == nil {
					first = got
				}
				for i := range got {
					if got[i] != first[i] {
						t.Fatalf("%c, %v, %d processors: element %d is %v, was %v", ul, simd.Active(), procs, i, got[i], first[i])
					}
				}
			}
		})
	}
}

// TestDgemvIsDdot holds a prediction for many rows to that for one row.
func TestDgemvIsDdot(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		if simd.Active() == simd.Portable {
			t.Skip("gonum's")
		}
		const m = 60
		for n := 1; n < 140; n++ {
			a, x, y := normal(m*n), normal(n), make([]float64, m)
			ours.Dgemv(blas.NoTrans, m, n, 1, a, n, x, 1, 0, y, 1)
			for i := range y {
				if want := ours.Ddot(n, a[i*n:], 1, x, 1); y[i] != want {
					t.Fatalf("%d columns: row %d: %v, Ddot %v", n, i, y[i], want)
				}
			}
		}
	})
}

func TestVectorRoutinesAllocateNothing(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates, and drops what pools hold")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))  // testing.AllocsPerRun would set it to 1
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties pools
	impl := ours
	for _, s := range [][2]int{{20, 20}, {500, 40}, {40_000, 20}} {
		m, n := s[0], s[1]
		a, x, y := normal(m*n), normal(2*m), normal(2*n)
		run := func() {
			impl.Ddot(n, x, 1, y, 1)
			impl.Dnrm2(n, x, 1)
			impl.Dgemv(blas.NoTrans, m, n, 1, a, n, y, 1, 0, x, 1)
			impl.Dgemv(blas.Trans, m, n, 2, a, n, x, 1, 1, y, 2)
			impl.Dger(m, n, 1e-9, x, 2, y, 1, a, n)
			impl.Dsymv(blas.Upper, n, 1, a, n, x, 2, 0, y, 1)
			impl.Dtrmv(blas.Upper, blas.Trans, blas.Unit, n, a, n, x, 2)
		}
		if least := leastAllocations(100, run); least >= 100 {
			t.Errorf("%d×%d: %d allocations in 100 runs", m, n, least)
		}
	}
}

// TestDnrm2Range tries sums of squares that overflow, underflow and lie at the
// ends of where the plain sum serves.
func TestDnrm2Range(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		x := make([]float64, 100)
		for e := -1070; e < 1020; e += 5 {
			v := math.Ldexp(1, e)
			for i := range x {
				x[i] = v
			}
			if got := ours.Dnrm2(100, x, 1); math.Abs(got/v-10) > 1e-14 {
				t.Errorf("norm of 100 times 2^%d is %v of it", e, got/v)
			}
		}
		x[3] = math.NaN()
		if got := ours.Dnrm2(100, x, 1); got == got {
			t.Errorf("NaN is lost: %v", got)
		}
		x[3] = math.Inf(-1)
		if got := ours.Dnrm2(100, x, 1); !math.IsInf(got, 1) {
			t.Errorf("infinity is lost: %v", got)
		}
	})
}
