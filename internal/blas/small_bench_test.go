package blas

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// largestSmall is the order up to which no routine is to be slower than gonum's.
const largestSmall = 16

// BenchmarkSmall compares every routine of blas.Float64 with gonum's for every n ≤ 16,
// in all its variants and with gaps in vectors. Both are called through the interface
// and take turns; the best time of each counts. The metric is gonum's time ÷ ours, the
// least of all n and variants: but for noise it should not be below 1. The ratios of
// all n are logged for each variant.
func BenchmarkSmall(b *testing.B) {
	impls := [2]blas.Float64{ours, gonum.Implementation{}}
	for _, r := range smallRoutines() {
		b.Run(r.name, func(b *testing.B) {
			var turns []turn
			for _, v := range r.variants {
				for n := 1; n <= largestSmall; n++ {
					t := turn{run: v.run, n: n, calls: 1, best: [2]time.Duration{math.MaxInt64, math.MaxInt64}}
					for min(t.take(impls[1]), t.take(impls[1]), t.take(impls[1])) < 5*time.Microsecond {
						t.calls *= 2
					}
					turns = append(turns, t)
				}
			}
			for depth := 0; b.Loop(); depth = (depth + 1) % 8 {
				below(depth, turns, &impls)
			}
			least := math.Inf(1)
			for i, v := range r.variants {
				line := fmt.Sprintf("%-16s", v.name)
				for _, t := range turns[i*largestSmall : (i+1)*largestSmall] {
					ratio := float64(t.best[1]) / float64(t.best[0])
					least = min(least, ratio)
					line += fmt.Sprintf(" %.2f", ratio)
				}
				b.Log(line)
			}
			b.ReportMetric(least, "least-ratio")
		})
	}
}

// A turn is a number of equal calls, which each side makes again and again.
type turn struct {
	run      func(impl blas.Float64, n int)
	n, calls int
	best     [2]time.Duration
}

func (t *turn) take(impl blas.Float64) time.Duration {
	start := time.Now()
	for range t.calls {
		t.run(impl, t.n)
	}
	return time.Since(start)
}

// below takes turns from so many frames further down: where arguments lie on the stack,
// against the bounds of cache lines, changes the time of a small call by up to a fifth.
func below(depth int, turns []turn, impls *[2]blas.Float64) {
	if depth > 0 {
		below(depth-1, turns, impls)
	} else {
		takeTurns(turns, impls)
	}
}

//go:noinline
func takeTurns(turns []turn, impls *[2]blas.Float64) {
	for i := range turns {
		t := &turns[i]
		for side, impl := range impls {
			t.best[side] = min(t.best[side], t.take(impl))
		}
	}
}

type smallRoutine struct {
	name     string
	variants []smallVariant
}

type smallVariant struct {
	name string
	run  func(impl blas.Float64, n int)
}

// smallRoutines are calls that keep what they change in range however often they are
// repeated: triangles are close to the identity.
func smallRoutines() (routines []smallRoutine) {
	add := func(routine, variant string, run func(impl blas.Float64, n int)) {
		i := slices.IndexFunc(routines, func(r smallRoutine) bool { return r.name == routine })
		if i < 0 {
			i, routines = len(routines), append(routines, smallRoutine{name: routine})
		}
		routines[i].variants = append(routines[i].variants, smallVariant{variant, run})
	}
	const (
		ld, k, ldBand = largestSmall, 2, 3
		tiny          = 1e-9
	)
	x, y := normal(2*ld), normal(2*ld)
	// No element of the triangles' is 0: gonum's loops skip that.
	a, m, c := normal(ld*ld), normal(ld*ld), normal(ld*ld)
	for i := range a {
		a[i] *= tiny
	}
	for i := range ld {
		a[i*ld+i] = 1
	}

	add("Drotg", "", func(impl blas.Float64, n int) { impl.Drotg(x[n], y[n]) })
	add("Drotmg", "", func(impl blas.Float64, n int) { impl.Drotmg(0.5, 0.7, x[n], y[n]) })
	p := blas.DrotmParams{Flag: blas.Rescaling, H: [4]float64{0.6, -0.8, 0.8, 0.6}}
	for _, inc := range []int{1, 2} {
		level1 := func(routine string, run func(impl blas.Float64, n int)) {
			add(routine, fmt.Sprint("inc ", inc), run)
		}
		level1("Ddot", func(impl blas.Float64, n int) { impl.Ddot(n, x, inc, y, inc) })
		level1("Dnrm2", func(impl blas.Float64, n int) { impl.Dnrm2(n, x, inc) })
		level1("Dasum", func(impl blas.Float64, n int) { impl.Dasum(n, x, inc) })
		level1("Idamax", func(impl blas.Float64, n int) { impl.Idamax(n, x, inc) })
		level1("Dswap", func(impl blas.Float64, n int) { impl.Dswap(n, x, inc, y, inc) })
		level1("Dcopy", func(impl blas.Float64, n int) { impl.Dcopy(n, x, inc, c, inc) })
		level1("Daxpy", func(impl blas.Float64, n int) { impl.Daxpy(n, tiny, x, inc, y, inc) })
		level1("Drot", func(impl blas.Float64, n int) { impl.Drot(n, x, inc, y, inc, 0.6, 0.8) })
		level1("Drotm", func(impl blas.Float64, n int) { impl.Drotm(n, x, inc, y, inc, p) })
		level1("Dscal", func(impl blas.Float64, n int) { impl.Dscal(n, -1, x, inc) })

		for _, beta := range []float64{0, 0.5} {
			for _, t := range transposes {
				name := fmt.Sprintf("%c β=%v inc %d", t, beta, inc)
				add("Dgemv", name, func(impl blas.Float64, n int) {
					impl.Dgemv(t, n, n, 1, m, ld, x, inc, beta, y, inc)
				})
				add("Dgbmv", name, func(impl blas.Float64, n int) {
					impl.Dgbmv(t, n, n, 1, 1, 1, m, ldBand, x, inc, beta, y, inc)
				})
			}
			for _, ul := range uplos {
				name := fmt.Sprintf("%c β=%v inc %d", ul, beta, inc)
				add("Dsymv", name, func(impl blas.Float64, n int) {
					impl.Dsymv(ul, n, 1, m, ld, x, inc, beta, y, inc)
				})
				add("Dsbmv", name, func(impl blas.Float64, n int) {
					impl.Dsbmv(ul, n, k, 1, m, ldBand, x, inc, beta, y, inc)
				})
				add("Dspmv", name, func(impl blas.Float64, n int) {
					impl.Dspmv(ul, n, 1, m, x, inc, beta, y, inc)
				})
			}
		}
		name := fmt.Sprint("inc ", inc)
		add("Dger", name, func(impl blas.Float64, n int) { impl.Dger(n, n, tiny, x, inc, y, inc, c, ld) })
		for _, ul := range uplos {
			name := fmt.Sprintf("%c inc %d", ul, inc)
			add("Dsyr", name, func(impl blas.Float64, n int) { impl.Dsyr(ul, n, tiny, x, inc, c, ld) })
			add("Dspr", name, func(impl blas.Float64, n int) { impl.Dspr(ul, n, tiny, x, inc, c) })
			add("Dsyr2", name, func(impl blas.Float64, n int) { impl.Dsyr2(ul, n, tiny, x, inc, y, inc, c, ld) })
			add("Dspr2", name, func(impl blas.Float64, n int) { impl.Dspr2(ul, n, tiny, x, inc, y, inc, c) })

			band, packed := bandOf(ul, a, ld, k), packedOf(ul, a, ld)
			for _, t := range transposes {
				for _, d := range []blas.Diag{blas.NonUnit, blas.Unit} {
					name := fmt.Sprintf("%c%c%c inc %d", ul, t, d, inc)
					add("Dtrmv", name, func(impl blas.Float64, n int) { impl.Dtrmv(ul, t, d, n, a, ld, x, inc) })
					add("Dtbmv", name, func(impl blas.Float64, n int) { impl.Dtbmv(ul, t, d, n, k, band, ldBand, x, inc) })
					add("Dtpmv", name, func(impl blas.Float64, n int) { impl.Dtpmv(ul, t, d, n, packed[n], x, inc) })
					add("Dtrsv", name, func(impl blas.Float64, n int) { impl.Dtrsv(ul, t, d, n, a, ld, x, inc) })
					add("Dtbsv", name, func(impl blas.Float64, n int) { impl.Dtbsv(ul, t, d, n, k, band, ldBand, x, inc) })
					add("Dtpsv", name, func(impl blas.Float64, n int) { impl.Dtpsv(ul, t, d, n, packed[n], x, inc) })
				}
			}
		}
	}
	for _, beta := range []float64{0, 0.5} {
		for _, t := range transposes {
			for _, tB := range transposes {
				add("Dgemm", fmt.Sprintf("%c%c β=%v", t, tB, beta), func(impl blas.Float64, n int) {
					impl.Dgemm(t, tB, n, n, n, 1, a, ld, m, ld, beta, c, ld)
				})
			}
			for _, ul := range uplos {
				name := fmt.Sprintf("%c%c β=%v", ul, t, beta)
				add("Dsyrk", name, func(impl blas.Float64, n int) {
					impl.Dsyrk(ul, t, n, n, 1, m, ld, beta, c, ld)
				})
				add("Dsyr2k", name, func(impl blas.Float64, n int) {
					impl.Dsyr2k(ul, t, n, n, 1, a, ld, m, ld, beta, c, ld)
				})
			}
		}
	}
	for _, side := range []blas.Side{blas.Left, blas.Right} {
		for _, ul := range uplos {
			for _, beta := range []float64{0, 0.5} {
				add("Dsymm", fmt.Sprintf("%c%c β=%v", side, ul, beta), func(impl blas.Float64, n int) {
					impl.Dsymm(side, ul, n, n, 1, a, ld, m, ld, beta, c, ld)
				})
			}
			for _, t := range transposes {
				for _, d := range []blas.Diag{blas.NonUnit, blas.Unit} {
					name := fmt.Sprintf("%c%c%c%c", side, ul, t, d)
					add("Dtrsm", name, func(impl blas.Float64, n int) { impl.Dtrsm(side, ul, t, d, n, n, 1, a, ld, c, ld) })
					add("Dtrmm", name, func(impl blas.Float64, n int) { impl.Dtrmm(side, ul, t, d, n, n, 1, a, ld, c, ld) })
				}
			}
		}
	}
	return routines
}

// bandOf stores the part of a triangle that is at most k beside the diagonal as a band.
func bandOf(ul blas.Uplo, a []float64, n, k int) []float64 {
	band := make([]float64, n*(k+1))
	for i := range n {
		for q := range k + 1 {
			j := i + q
			if ul == blas.Lower {
				j = i + q - k
			}
			if 0 <= j && j < n {
				band[i*(k+1)+q] = a[i*n+j]
			}
		}
	}
	return band
}

// packedOf returns the packed triangles of the leading parts of all orders.
func packedOf(ul blas.Uplo, a []float64, lda int) [][]float64 {
	packed := make([][]float64, lda+1)
	for n := range packed {
		for i := range n {
			lo, hi := 0, i+1
			if ul == blas.Upper {
				lo, hi = i, n
			}
			packed[n] = append(packed[n], a[i*lda+lo:i*lda+hi]...)
		}
	}
	return packed
}
