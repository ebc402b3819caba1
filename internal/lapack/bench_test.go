package lapack

import (
	"context"
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func BenchmarkEigSym(b *testing.B) {
	for _, n := range []int{20, 100, 500, 1000} {
		a := symmetricCases(n)["normal"]
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				EigSym(a)
			}
		})
		if n > 500 {
			continue
		}
		b.Run(fmt.Sprint("gonum/", n), func(b *testing.B) {
			for b.Loop() {
				var e mat.EigenSym
				e.Factorize(a, true)
			}
		})
	}
}

func BenchmarkQR(b *testing.B) {
	for _, dims := range [][2]int{{20000, 20}, {20000, 100}, {1000, 500}} {
		n, p := dims[0], dims[1]
		a := normalMatrix(n, p, 1)
		b.Run(fmt.Sprintf("%d×%d", n, p), func(b *testing.B) {
			for b.Loop() {
				ReduceQR(n, p, 0, rowsOf(a))
			}
		})
		b.Run(fmt.Sprintf("gonum/%d×%d", n, p), func(b *testing.B) {
			for b.Loop() {
				var f mat.QR
				f.Factorize(a)
			}
		})
	}
}

func BenchmarkSVD(b *testing.B) {
	for _, dims := range [][2]int{{569, 30}, {20000, 100}, {1797, 64}, {1000, 300}} {
		n, p := dims[0], dims[1]
		a := normalMatrix(n, p, 1)
		b.Run(fmt.Sprintf("right/%d×%d", n, p), func(b *testing.B) {
			for b.Loop() {
				SVD(a, false)
			}
		})
		b.Run(fmt.Sprintf("thin/%d×%d", n, p), func(b *testing.B) {
			for b.Loop() {
				SVD(a, true)
			}
		})
		b.Run(fmt.Sprintf("gonum/%d×%d", n, p), func(b *testing.B) {
			for b.Loop() {
				var f mat.SVD
				f.Factorize(a, mat.SVDThin)
			}
		})
	}
}

func BenchmarkEigSymTop(b *testing.B) {
	for _, n := range []int{100, 500, 1000} {
		a := symmetricCases(n)["normal"]
		for _, k := range []int{10, n / 10, n / 4} {
			b.Run(fmt.Sprintf("%d of %d", k, n), func(b *testing.B) {
				for b.Loop() {
					EigSymTop(context.Background(), a, k)
				}
			})
		}
		// Without what both have in common.
		t, _, _ := reduceScaled(context.Background(), a)
		for _, k := range []int{10, n / 10, n / 4} {
			b.Run(fmt.Sprintf("inverse iteration/%d of %d", k, n), func(b *testing.B) {
				for b.Loop() {
					t.leading(k)
				}
			})
		}
		b.Run(fmt.Sprintf("divide and conquer/%d", n), func(b *testing.B) {
			for b.Loop() {
				divideAndConquer(context.Background(), t.d, t.e)
			}
		})
	}
}
