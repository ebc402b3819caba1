package blas

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	lapack "gonum.org/v1/gonum/lapack/gonum"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

var ours = new(Implementation)

func normal(n int) []float64 {
	rnd := rand.New(rand.NewPCG(0, 0))
	x := make([]float64, n)
	for i := range x {
		x[i] = rnd.NormFloat64()
	}
	return x
}

// contenders runs the benchmark for each level but the portable one, and for
// gonum's own code.
func contenders(b *testing.B, flops float64, body func(impl blas.Float64)) {
	run := func(name string, impl blas.Float64) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				body(impl)
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
		})
	}
	for _, level := range simd.Available() {
		if level != simd.Portable {
			restore := simd.Force(level)
			run(level.String(), ours)
			restore()
		}
	}
	run("gonum", gonum.Implementation{})
}

func BenchmarkDgemm(b *testing.B) {
	for _, n := range []int{4, 8, 16, 32, 64, 100, 112, 128, 144, 160, 200, 256, 1152} {
		x, y, z := normal(n*n), normal(n*n), make([]float64, n*n)
		for _, tB := range transposes {
			b.Run(fmt.Sprintf("N%c-%d", tB, n), func(b *testing.B) {
				contenders(b, 2*float64(n)*float64(n)*float64(n), func(impl blas.Float64) {
					impl.Dgemm(blas.NoTrans, tB, n, n, n, 1, x, n, y, n, 0, z, n)
				})
			})
		}
	}
}

// BenchmarkGram is XᵀX for a tall X, by Dgemm and by Dsyrk. The rate counts the
// flops of the full product.
func BenchmarkGram(b *testing.B) {
	for _, s := range [][2]int{{100_000, 100}, {100_000, 20}, {20_000, 300}} {
		rows, n := s[0], s[1]
		x, c := normal(rows*n), make([]float64, n*n)
		flops := 2 * float64(n) * float64(n) * float64(rows)
		b.Run(fmt.Sprintf("gemm-%dx%d", rows, n), func(b *testing.B) {
			contenders(b, flops, func(impl blas.Float64) {
				impl.Dgemm(blas.Trans, blas.NoTrans, n, n, rows, 1, x, n, x, n, 0, c, n)
			})
		})
		b.Run(fmt.Sprintf("syrk-%dx%d", rows, n), func(b *testing.B) {
			contenders(b, flops, func(impl blas.Float64) {
				impl.Dsyrk(blas.Upper, blas.Trans, n, rows, 1, x, n, 0, c, n)
			})
		})
	}
}

// BenchmarkNarrow is X·Cᵀ for few columns: scores of classes, distances to centres.
func BenchmarkNarrow(b *testing.B) {
	const rows, k, n = 100_000, 100, 10
	x, y, z := normal(rows*k), normal(n*k), make([]float64, rows*n)
	contenders(b, 2*rows*k*n, func(impl blas.Float64) {
		impl.Dgemm(blas.NoTrans, blas.Trans, rows, n, k, 1, x, k, y, k, 0, z, n)
	})
}

func BenchmarkDtrsm(b *testing.B) {
	for _, s := range []struct {
		side blas.Side
		m, n int
	}{{blas.Left, 64, 936}, {blas.Right, 936, 64}, {blas.Left, 500, 500}, {blas.Right, 500, 500}} {
		order := s.m
		if s.side == blas.Right {
			order = s.n
		}
		a, x := normal(order*order), normal(s.m*s.n)
		for i := range order {
			a[i*order+i] = 1e6 // keeps X in range over many calls
		}
		b.Run(fmt.Sprintf("%c-%dx%d", s.side, s.m, s.n), func(b *testing.B) {
			contenders(b, float64(order)*float64(s.m*s.n), func(impl blas.Float64) {
				impl.Dtrsm(s.side, blas.Upper, blas.Trans, blas.NonUnit, s.m, s.n, 1e6, a, order, x, s.n)
			})
		})
	}
}

func BenchmarkDpotrf(b *testing.B) {
	for _, n := range []int{24, 64, 128, 256, 500, 1000} {
		benchmarkDpotrf(b, n)
	}
}

func benchmarkDpotrf(b *testing.B, n int) {
	x, spd, a := normal(n*n), make([]float64, n*n), make([]float64, n*n)
	ours.Dgemm(blas.Trans, blas.NoTrans, n, n, n, 1, x, n, x, n, 0, spd, n)
	for i := range n {
		spd[i*n+i] += float64(n)
	}
	flops := float64(n) * float64(n) * float64(n) / 3
	for _, ul := range uplos {
		b.Run(fmt.Sprintf("%c-%d", ul, n), func(b *testing.B) {
			contenders(b, flops, func(impl blas.Float64) {
				copy(a, spd)
				if _, ours := impl.(*Implementation); ours {
					Lapack{}.Dpotrf(ul, n, a, n)
					return
				}
				defer blas64.Use(blas64.Implementation())
				blas64.Use(impl)
				lapack.Implementation{}.Dpotrf(ul, n, a, n)
			})
		})
	}
}
