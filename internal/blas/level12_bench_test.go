package blas

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/blas"
)

func BenchmarkLevel1(b *testing.B) {
	for _, n := range []int{4, 16, 100, 1000} {
		x, y := normal(n), normal(n)
		fn := float64(n)
		for _, r := range []struct {
			name  string
			flops float64
			run   func(impl blas.Float64)
		}{
			{"Ddot", 2 * fn, func(impl blas.Float64) { impl.Ddot(n, x, 1, y, 1) }},
			{"Daxpy", 2 * fn, func(impl blas.Float64) { impl.Daxpy(n, 1e-9, x, 1, y, 1) }},
			{"Dscal", fn, func(impl blas.Float64) { impl.Dscal(n, 1, x, 1) }},
			{"Dasum", fn, func(impl blas.Float64) { impl.Dasum(n, x, 1) }},
			{"Dnrm2", 2 * fn, func(impl blas.Float64) { impl.Dnrm2(n, x, 1) }},
			{"Idamax", fn, func(impl blas.Float64) { impl.Idamax(n, x, 1) }},
			{"Drot", 6 * fn, func(impl blas.Float64) { impl.Drot(n, x, 1, y, 1, 0.6, 0.8) }},
		} {
			b.Run(fmt.Sprintf("%s-%d", r.name, n), func(b *testing.B) { contenders(b, r.flops, r.run) })
		}
	}
}

func BenchmarkDgemv(b *testing.B) {
	for _, s := range [][2]int{{4, 4}, {16, 16}, {100, 100}, {1000, 20}, {1000, 1000}, {100_000, 20}, {100_000, 100}, {100, 100_000}} {
		m, n := s[0], s[1]
		a, x, y := normal(m*n), normal(max(m, n)), make([]float64, max(m, n))
		for _, tA := range transposes {
			b.Run(fmt.Sprintf("%c-%dx%d", tA, m, n), func(b *testing.B) {
				contenders(b, 2*float64(m)*float64(n), func(impl blas.Float64) {
					impl.Dgemv(tA, m, n, 1, a, n, x, 1, 0, y, 1)
				})
			})
		}
	}
}

func BenchmarkLevel2(b *testing.B) {
	for _, n := range []int{4, 16, 100, 500, 1000} {
		a, x, y := normal(n*n), normal(n), normal(n)
		for i := range n {
			a[i*n+i] = 1e3 * float64(n) // keeps Dtrsv's solutions in range
		}
		area := float64(n) * float64(n)
		for _, r := range []struct {
			name  string
			flops float64
			run   func(impl blas.Float64)
		}{
			{"Dger", 2 * area, func(impl blas.Float64) { impl.Dger(n, n, 1e-9, x, 1, y, 1, a, n) }},
			{"Dsymv", 2 * area, func(impl blas.Float64) { impl.Dsymv(blas.Upper, n, 1, a, n, x, 1, 0, y, 1) }},
			{"Dsyr", area, func(impl blas.Float64) { impl.Dsyr(blas.Upper, n, 1e-9, x, 1, a, n) }},
			{"Dsyr2", 2 * area, func(impl blas.Float64) { impl.Dsyr2(blas.Upper, n, 1e-9, x, 1, y, 1, a, n) }},
			{"DtrmvN", area, func(impl blas.Float64) {
				copy(x, y)
				impl.Dtrmv(blas.Lower, blas.NoTrans, blas.NonUnit, n, a, n, x, 1)
			}},
			{"DtrsvN", area, func(impl blas.Float64) {
				copy(x, y)
				impl.Dtrsv(blas.Lower, blas.NoTrans, blas.NonUnit, n, a, n, x, 1)
			}},
			{"DtrsvT", area, func(impl blas.Float64) {
				copy(x, y)
				impl.Dtrsv(blas.Lower, blas.Trans, blas.NonUnit, n, a, n, x, 1)
			}},
		} {
			b.Run(fmt.Sprintf("%s-%d", r.name, n), func(b *testing.B) { contenders(b, r.flops, r.run) })
		}
	}
}
