package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"testing"

	"gonum.org/v1/gonum/blas"

	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// random returns a rows×columns matrix with a stride, in a border of NaN that
// nothing may read or write.
func random(rnd *rand.Rand, rows, columns, stride int) []float64 {
	x := make([]float64, max(0, (rows-1)*stride+columns))
	for i := range x {
		x[i] = math.NaN()
		if i%stride < columns {
			x[i] = rnd.NormFloat64()
		}
	}
	return x
}

// gemmReference computes C as the package documents it: fused multiply-adds over
// each block of k, the blocks added in order.
func gemmReference(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	at := func(x []float64, ldx int, t blas.Transpose, i, j int) float64 {
		if t == blas.NoTrans {
			return x[i*ldx+j]
		}
		return x[j*ldx+i]
	}
	for i := range m {
		for j := range n {
			step := evenly(k, blockK)
			for k0 := 0; k0 < k; k0 += step {
				var s float64
				for p := k0; p < min(k0+step, k); p++ {
					s = math.FMA(at(a, lda, tA, i, p), at(b, ldb, tB, p, j), s)
				}
				scaled := beta
				if k0 > 0 {
					scaled = 1
				}
				if scaled == 0 {
					c[i*ldc+j] = alpha * s
				} else {
					c[i*ldc+j] = math.FMA(alpha, s, scaled*c[i*ldc+j])
				}
			}
		}
	}
}

// equal compares bits, NaN to NaN; at the portable level, which has no fused
// multiply-add, it allows for rounding.
func equal(got, want []float64) error {
	for i := range want {
		g, w := got[i], want[i]
		if math.Float64bits(g) == math.Float64bits(w) || math.IsNaN(g) && math.IsNaN(w) || g == 0 && w == 0 {
			continue
		}
		if simd.Active() == simd.Portable && math.Abs(g-w) <= 1e-11 {
			continue
		}
		return fmt.Errorf("element %d: got %v, want %v", i, g, w)
	}
	return nil
}

var transposes = []blas.Transpose{blas.NoTrans, blas.Trans}

func TestDgemmBits(t *testing.T) {
	defer nothingIsSmall()()
	type size struct{ m, n, k int }
	var sizes []size
	for m := 1; m <= 30; m++ {
		n, k := 1+(m*7)%30, 1+(m*11)%30
		sizes = append(sizes, size{m, n, k}, size{n, m, k}, size{k, n, m}, size{m, m, 3})
	}
	sizes = append(sizes,
		size{8, 24, 384}, size{9, 25, 385}, size{7, 23, 383}, size{5, 11, 300}, size{130, 121, 90},
		size{201, 50, 300}, size{50, 201, 300}, size{97, 131, 515}, size{1, 300, 40}, size{300, 1, 40}, size{193, 49, 257}, size{500, 10, 300},
	)
	if race.Enabled || testing.Short() {
		sizes = sizes[:12]
	} else {
		sizes = append(sizes, size{10, superN + 60, 270}, size{60, 70, superBlocks*blockK + 13})
	}
	atEachLevel(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(1, 2))
		for i, s := range sizes {
			if simd.Active() == simd.Portable && i > 60 && i%4 != 0 {
				continue // the twin is slow, and serves no product unless it is all there is
			}
			for _, tA := range transposes {
				for _, tB := range transposes {
					aRows, aColumns, bRows, bColumns := s.m, s.k, s.k, s.n
					if tA == blas.Trans {
						aRows, aColumns = aColumns, aRows
					}
					if tB == blas.Trans {
						bRows, bColumns = bColumns, bRows
					}
					lda, ldb, ldc := aColumns+rnd.IntN(3), bColumns+rnd.IntN(3), s.n+rnd.IntN(3)
					a, b, c := random(rnd, aRows, aColumns, lda), random(rnd, bRows, bColumns, ldb), random(rnd, s.m, s.n, ldc)
					for _, scalars := range [][2]float64{{1, 0}, {0.7, -1.3}} {
						got, want := append([]float64(nil), c...), append([]float64(nil), c...)
						ours.Dgemm(tA, tB, s.m, s.n, s.k, scalars[0], a, lda, b, ldb, scalars[1], got, ldc)
						gemmReference(tA, tB, s.m, s.n, s.k, scalars[0], a, lda, b, ldb, scalars[1], want, ldc)
						err := equal(got, want)
						if s.n == 1 { // Dgemv's, whose order of summation is another
							err = near(got, want, 1e-12)
						}
						if err != nil {
							t.Fatalf("%c%c %v alpha %v beta %v: %v", tA, tB, s, scalars[0], scalars[1], err)
						}
					}
				}
			}
		}
	})
}

// TestDgemmOfAColumn holds a product with a column, however it is stored, to Dgemv.
func TestDgemmOfAColumn(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(7, 8))
		for _, s := range [][2]int{{1, 1}, {3, 2}, {2, 9}, {40, 33}, {300, 21}} {
			m, k := s[0], s[1]
			for _, tA := range transposes {
				for _, tB := range transposes {
					rows, columns := m, k
					if tA == blas.Trans {
						rows, columns = k, m
					}
					lda, ldb, ldc := columns+rnd.IntN(3), 1+rnd.IntN(3), 1+rnd.IntN(3)
					incB := ldb
					if tB == blas.Trans {
						ldb, incB = k+rnd.IntN(3), 1
					}
					a, b, c := random(rnd, rows, columns, lda), random(rnd, 1, k*incB, k*incB), random(rnd, 1, m*ldc, m*ldc)
					want := append([]float64(nil), c...)
					ours.Dgemv(tA, rows, columns, 0.7, a, lda, b, incB, -1.3, want, ldc)
					ours.Dgemm(tA, tB, m, 1, k, 0.7, a, lda, b, ldb, -1.3, c, ldc)
					if err := equal(c, want); err != nil {
						t.Errorf("%c%c %v: %v", tA, tB, s, err)
					}
				}
			}
		}
	})
}

// TestDsyrkIsDgemm holds Dsyrk, and Dgemm of a matrix with itself, to Dgemm of a
// copy, which does not take the symmetric path.
func TestDsyrkIsDgemm(t *testing.T) {
	defer nothingIsSmall()()
	atEachLevel(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(3, 4))
		for _, s := range [][2]int{{2, 1}, {3, 5}, {8, 24}, {24, 8}, {25, 30}, {100, 64}, {121, 300}, {100, longK}, {31, longK + 2000}, {130, longK + 1}, {300, 150}} {
			n, k := s[0], s[1]
			if (race.Enabled || testing.Short()) && n*k > 100_000 {
				continue
			}
			for _, tA := range transposes {
				rows, columns, tB := n, k, blas.Trans
				if tA == blas.Trans {
					rows, columns, tB = k, n, blas.NoTrans
				}
				lda := columns + rnd.IntN(2)
				a := random(rnd, rows, columns, lda)
				twin := append([]float64(nil), a...)
				for _, beta := range []float64{0, -0.6} {
					c := random(rnd, n, n, n)
					for i := range n {
						for j := range i {
							c[i*n+j] = c[j*n+i]
						}
					}
					want := append([]float64(nil), c...)
					ours.Dgemm(tA, tB, n, n, k, 1.5, a, lda, twin, lda, beta, want, n)
					self := append([]float64(nil), c...)
					ours.Dgemm(tA, tB, n, n, k, 1.5, a, lda, a, lda, beta, self, n)
					if err := equal(self, want); err != nil {
						t.Fatalf("Dgemm with itself, %c n %d k %d beta %v: %v", tA, n, k, beta, err)
					}
					for _, ul := range []blas.Uplo{blas.Upper, blas.Lower} {
						got, expected := append([]float64(nil), c...), append([]float64(nil), want...)
						for i := range n {
							for j := range n {
								if ul == blas.Upper && j < i || ul == blas.Lower && j > i {
									got[i*n+j], expected[i*n+j] = math.NaN(), math.NaN()
								}
							}
						}
						ours.Dsyrk(ul, tA, n, k, 1.5, a, lda, beta, got, n)
						if err := equal(got, expected); err != nil {
							t.Fatalf("Dsyrk %c%c n %d k %d beta %v: %v", ul, tA, n, k, beta, err)
						}
					}
				}
			}
		}
	})
}

// TestWorkersDoNotMatter compares results at several numbers of processors and, of
// those that have a fused multiply-add, at several levels.
func TestWorkersDoNotMatter(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, s := range [][3]int{{150, 160, 176}, {20, 30, 10_000}, {100, 100, 4500}, {500, 10, 300}, {9, 900, 300}, {240, 640, 280}} {
		m, n, k := s[0], s[1], s[2]
		for _, tA := range transposes {
			for _, tB := range transposes {
				a, b := random(rnd, m*k, 1, 1), random(rnd, k*n, 1, 1)
				lda, ldb := k, n
				if tA == blas.Trans {
					lda = m
				}
				if tB == blas.Trans {
					ldb = k
				}
				want := map[bool][]float64{} // by whether multiply and add are fused
				for _, level := range simd.Available() {
					fused := level != simd.Portable
					if m*n*k > 1<<24 && (race.Enabled || !fused) {
						continue
					}
					restore := simd.Force(level)
					for _, procs := range []int{1, 2, 7} {
						before := runtime.GOMAXPROCS(procs)
						got := make([]float64, m*n)
						ours.Dgemm(tA, tB, m, n, k, 1.1, a, lda, b, ldb, 0, got, n)
						runtime.GOMAXPROCS(before)
						if want[fused] == nil {
							want[fused] = got
						}
						if err := equal(got, want[fused]); err != nil {
							t.Errorf("%c%c %v, %v, %d processors: %v", tA, tB, s, level, procs, err)
						}
					}
					restore()
				}
			}
		}
	}
}

// TestSpecialValues: what IEEE says about 0·∞ and NaN holds whichever path an
// element takes, and C and the operands are not read where they need not be.
func TestSpecialValues(t *testing.T) {
	defer nothingIsSmall()()
	atEachLevel(t, func(t *testing.T) {
		for _, n := range []int{1, 5, 40, 130} {
			a, b, c := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
			for i := range c {
				c[i] = math.NaN()
			}
			b[n-1] = math.Inf(1)
			ours.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a, n, b, n, 0, c, n)
			for i, v := range c {
				if wantNaN := i%n == n-1; math.IsNaN(v) != wantNaN || !wantNaN && v != 0 {
					t.Fatalf("n %d: c[%d,%d] = %v", n, i/n, i%n, v)
				}
			}
			ours.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 0, b, n, b, n, 0, c, n)
			for i, v := range c {
				if v != 0 {
					t.Fatalf("alpha 0, n %d: c[%d] = %v", n, i, v)
				}
			}
			tiny := math.SmallestNonzeroFloat64
			for i := range a {
				a[i], b[i] = tiny, 1
			}
			ours.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a, n, b, n, 0, c, n)
			if c[0] != float64(n)*tiny {
				t.Fatalf("denormals: got %v, want %d times the smallest", c[0], n)
			}
		}
	})
}

// TestAllocatesNothing counts over many calls on two processors, where
// testing.AllocsPerRun would use one.
func TestAllocatesNothing(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	const n, k = 200, 10_000
	a, b, c := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
	long, impl := make([]float64, k*20), ours
	for i := range n {
		a[i*n+i] = 1
	}
	tiled := make([]float64, tiledFrom*tiledFrom)
	for i := range tiledFrom {
		tiled[i*tiledFrom+i] = 1
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties pools
	for name, call := range map[string]func(){
		"tiny":       func() { impl.Dgemm(blas.NoTrans, blas.Trans, 4, 4, 4, 1, a, 4, b, 4, 0, c, 4) },
		"small":      func() { impl.Dgemm(blas.NoTrans, blas.Trans, 64, 64, 64, 1, a, n, b, n, 0, c, n) },
		"large":      func() { impl.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, a, n, b, n, 0, c, n) },
		"long":       func() { impl.Dgemm(blas.Trans, blas.NoTrans, 20, 20, k, 1, long, 20, long, 20, 0, c, 20) },
		"Dsyrk":      func() { impl.Dsyrk(blas.Lower, blas.NoTrans, n, n, 1, a, n, 0, c, n) },
		"Dsymm":      func() { impl.Dsymm(blas.Left, blas.Upper, n, n, 1, a, n, b, n, 0, c, n) },
		"Dtrsm":      func() { impl.Dtrsm(blas.Right, blas.Upper, blas.Trans, blas.NonUnit, n, n, 1, a, n, b, n) },
		"Dpotrf":     func() { (Lapack{}).Dpotrf(blas.Upper, n, a, n) },
		"tiled":      func() { (Lapack{}).Dpotrf(blas.Lower, tiledFrom, tiled, tiledFrom) },
		"left Dtrmm": func() { impl.Dtrmm(blas.Left, blas.Lower, blas.NoTrans, blas.Unit, n, n, 1, a, n, b, n) },
	} {
		runtime.GC()
		for range 200 { // each processor keeps some dozens of ended goroutines for itself
			call()
		}
		const calls = 100
		least := leastAllocations(calls, call)
		if least > calls/5 {
			t.Errorf("%s: %d allocations in %d calls", name, least, calls)
		}
	}
}

// leastAllocations runs the calls five times and returns the fewest allocations:
// other work on the machine makes the scheduler start goroutines anew.
func leastAllocations(calls int, call func()) uint64 {
	least := uint64(math.MaxUint64)
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range calls {
			call()
		}
		runtime.ReadMemStats(&after)
		least = min(least, after.Mallocs-before.Mallocs)
	}
	return least
}
