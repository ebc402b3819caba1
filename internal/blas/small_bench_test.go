//go:build !openblas

package blas

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// BenchmarkSmall compares each routine with gonum's for every n ≤ 16, taking turns,
// and logs gonum's time ÷ ours: no ratio should be below 1. The metric is the least
// of the sixteen.
func BenchmarkSmall(b *testing.B) {
	const largest = 16
	x, y := normal(largest), normal(largest)
	a, m, c := normal(largest*largest), normal(largest*largest), normal(largest*largest)
	for i := range largest {
		a[i*largest+i] = 1e3 // solutions stay in range
	}
	const u, l = blas.Upper, blas.Lower
	const no, tr = blas.NoTrans, blas.Trans
	const ld = largest
	type routine struct {
		name string
		run  func(impl blas.Float64, n int)
	}
	routines := []routine{
		{"Ddot", func(impl blas.Float64, n int) { impl.Ddot(n, x, 1, y, 1) }},
		{"Daxpy", func(impl blas.Float64, n int) { impl.Daxpy(n, 1e-9, x, 1, y, 1) }},
		{"Dscal", func(impl blas.Float64, n int) { impl.Dscal(n, -1, x, 1) }},
		{"Dasum", func(impl blas.Float64, n int) { impl.Dasum(n, x, 1) }},
		{"Dnrm2", func(impl blas.Float64, n int) { impl.Dnrm2(n, x, 1) }},
		{"Idamax", func(impl blas.Float64, n int) { impl.Idamax(n, x, 1) }},
		{"Drot", func(impl blas.Float64, n int) { impl.Drot(n, x, 1, y, 1, 0.6, 0.8) }},
		{"DgemvN", func(impl blas.Float64, n int) { impl.Dgemv(no, n, n, 1, a, ld, x, 1, 0, y, 1) }},
		{"DgemvT", func(impl blas.Float64, n int) { impl.Dgemv(tr, n, n, 1, a, ld, x, 1, 0, y, 1) }},
		{"Dger", func(impl blas.Float64, n int) { impl.Dger(n, n, 1e-9, x, 1, y, 1, m, ld) }},
		{"Dsyr", func(impl blas.Float64, n int) { impl.Dsyr(u, n, 1e-9, x, 1, m, ld) }},
		{"Dsyr2", func(impl blas.Float64, n int) { impl.Dsyr2(u, n, 1e-9, x, 1, y, 1, m, ld) }},
		{"DsymvU", func(impl blas.Float64, n int) { impl.Dsymv(u, n, 1, a, ld, x, 1, 0, y, 1) }},
		{"DsymvL", func(impl blas.Float64, n int) { impl.Dsymv(l, n, 1, a, ld, x, 1, 0, y, 1) }},
		{"DtrmvN", func(impl blas.Float64, n int) {
			copy(x, y)
			impl.Dtrmv(l, no, blas.NonUnit, n, a, ld, x, 1)
		}},
	}
	for _, t := range transposes {
		routines = append(routines, routine{fmt.Sprintf("Dtrsv%c", t), func(impl blas.Float64, n int) {
			copy(x, y)
			impl.Dtrsv(l, t, blas.NonUnit, n, a, ld, x, 1)
		}}, routine{fmt.Sprintf("DgemmN%c", t), func(impl blas.Float64, n int) {
			impl.Dgemm(no, t, n, n, n, 1, a, ld, m, ld, 0, c, ld)
		}}, routine{fmt.Sprintf("DgemmT%c", t), func(impl blas.Float64, n int) {
			impl.Dgemm(tr, t, n, n, n, 1, a, ld, m, ld, 0, c, ld)
		}}, routine{fmt.Sprintf("Dsyrk%c", t), func(impl blas.Float64, n int) {
			impl.Dsyrk(u, t, n, n, 1, a, ld, 0, c, ld)
		}}, routine{fmt.Sprintf("Dsyr2k%c", t), func(impl blas.Float64, n int) {
			impl.Dsyr2k(u, t, n, n, 1, a, ld, m, ld, 0, c, ld)
		}})
	}
	for _, side := range []blas.Side{blas.Left, blas.Right} {
		routines = append(routines, routine{fmt.Sprintf("Dsymm%c", side), func(impl blas.Float64, n int) {
			impl.Dsymm(side, u, n, n, 1, a, ld, m, ld, 0, c, ld)
		}})
		for _, t := range transposes {
			routines = append(routines, routine{fmt.Sprintf("Dtrsm%c%c", side, t), func(impl blas.Float64, n int) {
				impl.Dtrsm(side, l, t, blas.NonUnit, n, n, 1e3, a, ld, c, ld)
			}}, routine{fmt.Sprintf("Dtrmm%c%c", side, t), func(impl blas.Float64, n int) {
				impl.Dtrmm(side, l, t, blas.NonUnit, n, n, 1e-3, a, ld, c, ld)
			}})
		}
	}
	for _, r := range routines {
		b.Run(r.name, func(b *testing.B) {
			ours, theirs := blas.Float64(Implementation{}), blas.Float64(gonum.Implementation{})
			var best [2][largest + 1]float64
			for n := range best[0] {
				best[0][n], best[1][n] = math.Inf(1), math.Inf(1)
			}
			for i := range c {
				c[i] = a[i] // finite, whatever ran before
			}
			for b.Loop() {
				for n := 1; n <= largest; n++ {
					calls := 20 + 4000/(n*n)
					for side, impl := range []blas.Float64{ours, theirs} {
						start := time.Now()
						for range calls {
							r.run(impl, n)
						}
						best[side][n] = min(best[side][n], float64(time.Since(start))/float64(calls))
					}
				}
			}
			least := math.Inf(1)
			var line strings.Builder
			for n := 1; n <= largest; n++ {
				ratio := best[1][n] / best[0][n]
				least = min(least, ratio)
				fmt.Fprintf(&line, " %.2f", ratio)
			}
			b.Logf("gonum ÷ ours, n = 1 … %d:%s", largest, line.String())
			b.ReportMetric(least, "least-ratio")
		})
	}
}
