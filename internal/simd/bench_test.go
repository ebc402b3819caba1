package simd

import (
	"fmt"
	"math"
	"testing"
)

// benchmarkLevels runs each kernel at each level; bytes is what it reads and
// writes.
func benchmarkLevels(b *testing.B, name string, bytes int, run func()) {
	b.Run(name, func(b *testing.B) {
		for _, l := range Available() {
			b.Run(l.String(), func(b *testing.B) {
				defer Force(l)()
				b.SetBytes(int64(bytes))
				for b.Loop() {
					run()
				}
			})
		}
	})
}

// ramp has no two neighbours alike. Memory never written to would be one page
// of zeros, read from the cache.
func ramp(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i%97)/8 - 6
	}
	return x
}

// BenchmarkVector runs on vectors in the first-level cache.
func BenchmarkVector(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		x, y, dst := ramp(n), ramp(n), ramp(n)
		for _, k := range []struct {
			name string
			run  func()
		}{
			{"Dot", func() { Dot(x, y) }},
			{"Sum", func() { Sum(x) }},
			{"SqDist", func() { SqDist(x, y) }},
			{"Axpy", func() { Axpy(1e-9, x, dst) }},
			{"Mul", func() { Mul(dst, x, y) }},
			{"ArgMax", func() { ArgMax(x) }},
			{"Finite", func() { Finite(x) }},
		} {
			benchmarkLevels(b, fmt.Sprintf("%s-%d", k.name, n), 8*n, k.run)
		}
	}
}

func BenchmarkExp(b *testing.B) {
	for _, n := range []int{10, 1000} {
		x, y, dst, r, c := ramp(n), ramp(n), ramp(n), ramp(n), ramp(n)
		for i := range y {
			y[i] = float64(i % 2)
		}
		for _, k := range []struct {
			name string
			run  func()
		}{
			{"Exp", func() { Exp(dst, x) }},
			{"Softplus", func() { Softplus(dst, x) }},
			{"Logistic", func() { Logistic(dst, r, c, x, y) }},
			{"LogisticDerivatives", func() { LogisticDerivatives(r, c, x, y) }},
			{"Softmax", func() { Softmax(dst, x) }},
			{"RBF", func() { RBF(dst, x, 1, 0.5) }},
		} {
			benchmarkLevels(b, fmt.Sprintf("%s-%d", k.name, n), 8*n, k.run)
		}
		b.Run(fmt.Sprintf("math.Exp-%d", n), func(b *testing.B) {
			b.SetBytes(int64(8 * n))
			for b.Loop() {
				for i, v := range x {
					dst[i] = math.Exp(v)
				}
			}
		})
	}
}

// BenchmarkPairs is one step of sequential minimal optimisation.
func BenchmarkPairs(b *testing.B) {
	const n = 512
	f, lo, hi, x, diagonal, row := ramp(n), make([]float64, n), make([]float64, n), make([]float64, n), ramp(n), ramp(n)
	for i := range n {
		hi[i], x[i], row[i] = 1, 0.5, row[i]/100
	}
	single := make([]float32, n)
	benchmarkLevels(b, "LeastBelow", 8*n, func() { LeastBelow(f, x, hi) })
	benchmarkLevels(b, "BestGain", 8*n, func() { BestGain(f, x, lo, diagonal, row, -7, 1, 1e-12) })
	benchmarkLevels(b, "AxpyDifference", 8*n, func() { AxpyDifference(1e-9, diagonal, row, f) })
	benchmarkLevels(b, "AxpySingle", 8*n, func() { AxpySingle(1e-9, single, f) })
	benchmarkLevels(b, "Narrow", 8*n, func() { Narrow(single, row) })
}

// BenchmarkSoftmaxRows is the pass of multinomial logistic regression over ten
// classes, per row.
func BenchmarkSoftmaxRows(b *testing.B) {
	const n, k = 256, 10
	from, z, y, loss := ramp(n*k), make([]float64, n*k), make([]int, n), make([]float64, n)
	for i := range y {
		y[i] = i % k
	}
	benchmarkLevels(b, fmt.Sprintf("%dx%d", n, k), 8*n*k, func() {
		copy(z, from)
		SoftmaxRows(z, k, y, loss)
	})
}

// BenchmarkRows streams matrices that lie in the first, the second and no cache.
func BenchmarkRows(b *testing.B) {
	for _, s := range [][2]int{{100, 10}, {30, 100}, {1000, 100}, {100_000, 100}} {
		m, n := s[0], s[1]
		a, x, w := ramp(m*n), make([]float64, n), make([]float64, m)
		for _, k := range []struct {
			name string
			run  func()
		}{
			{"DotRows", func() { DotRows(w, a, n, x) }},
			{"AxpyRows", func() { AxpyRows(w, a, n, x) }},
			{"SqDistRows", func() { SqDistRows(w, x, a, n) }},
			{"OuterRows", func() { OuterRows(w, x, a, n) }},
			{"Finite", func() { Finite(a) }},
		} {
			benchmarkLevels(b, fmt.Sprintf("%s-%dx%d", k.name, m, n), 8*m*n, k.run)
		}
	}
}
