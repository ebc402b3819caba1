package blas

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/blas"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// TestCholeskyByTiles multiplies the factor by itself, at orders around a multiple of
// the tiles'. The triangle that is not named holds NaN and is left alone, and all
// levels with a fused multiply-add and all numbers of workers give the same bits.
func TestCholeskyByTiles(t *testing.T) {
	for _, n := range []int{tiledFrom, tiledFrom + 1, tiledFrom + 2*tileOrder - 1} {
		lda := n + 3
		for _, ul := range uplos {
			spd := positiveDefinite(ul, n, lda)
			var first []float64
			for _, level := range simd.Available() {
				if level == simd.Portable {
					continue
				}
				restore := simd.Force(level)
				for _, procs := range []int{1, 2, 7} {
					before := runtime.GOMAXPROCS(procs)
					a := append([]float64(nil), spd...)
					ok := Lapack{}.Dpotrf(ul, n, a, lda)
					runtime.GOMAXPROCS(before)
					what := fmt.Sprintf("%c-%d, %v, %d processors", ul, n, level, procs)
					if !ok {
						t.Fatalf("%s: not positive definite", what)
					}
					if first == nil {
						first = a
						if err := near(square(ul, n, a, lda), spd, 1e-13*float64(n)); err != nil {
							t.Errorf("%s: %v", what, err)
						}
					}
					if err := equal(a, first); err != nil {
						t.Errorf("%s: %v", what, err)
					}
				}
				restore()
			}
		}
	}
}

// positiveDefinite returns one triangle of a matrix with unit diagonal and small
// elements beside it, in NaN.
func positiveDefinite(ul blas.Uplo, n, lda int) []float64 {
	a, x := make([]float64, n*lda), normal(n*lda)
	for i := range a {
		a[i] = math.NaN()
	}
	for i := range n {
		lo, hi := 0, i
		if ul == blas.Upper {
			lo, hi = i+1, n
		}
		for j := lo; j < hi; j++ {
			a[i*lda+j] = x[i*lda+j] / float64(n)
		}
		a[i*lda+i] = 1
	}
	return a
}

// square returns the triangle of Uᵀ·U or L·Lᵀ, in NaN.
func square(ul blas.Uplo, n int, a []float64, lda int) []float64 {
	product := make([]float64, len(a))
	for i := range product {
		product[i] = math.NaN()
	}
	at := func(i, j int) int { // of U
		if ul == blas.Lower {
			i, j = j, i
		}
		return i*lda + j
	}
	for i := range n {
		for j := i; j < n; j++ {
			sum := 0.0
			for k := range i + 1 {
				sum += a[at(k, i)] * a[at(k, j)]
			}
			product[at(i, j)] = sum
		}
	}
	return product
}

// TestCholeskyByTilesFails puts a negative element on the diagonal of each tile: nobody
// waits for ever for what will not come.
func TestCholeskyByTilesFails(t *testing.T) {
	const n = tiledFrom + tileOrder/2
	for _, ul := range uplos {
		for _, procs := range []int{1, 2, 7} {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			for at := tileOrder / 3; at < n; at += tileOrder {
				a := positiveDefinite(ul, n, n)
				a[at*n+at] = -1
				if (Lapack{}).Dpotrf(ul, n, a, n) {
					t.Errorf("%c, %d processors: element %d is negative", ul, procs, at)
				}
			}
			if !(Lapack{}).Dpotrf(ul, n, positiveDefinite(ul, n, n), n) {
				t.Errorf("%c, %d processors: positive definite after one that is not", ul, procs)
			}
		}
	}
}
