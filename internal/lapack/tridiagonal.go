package lapack

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// A tridiagonal is a symmetric matrix A = Q·T·Qᵀ reduced to the tridiagonal T
// of diagonal d and off-diagonal e. Q = H₀·H₁⋯ is kept as reflectors: that of
// Hᵢ stands in row i of v from column i+1 on.
type tridiagonal struct {
	d, e []float64
	v    blas64.General
	tau  []float64
}

// tridiagonalize reduces a, given by its upper triangle in a square array,
// which it overwrites. It is the blocked method of Dongarra, Sorensen and
// Hammarling (1989), as LAPACK's dsytrd has it: in each panel the products with
// the unreduced matrix are put right by the panel's own reflectors, and one
// rank-2k update follows it. Half of the 4n³/3 flops are in matrix-vector
// products. With the reflectors along rows, all vectors are contiguous.
func tridiagonalize(ctx context.Context, a blas64.General) (t tridiagonal, ok bool) {
	n := a.Rows
	t = tridiagonal{d: make([]float64, n), e: make([]float64, max(n-1, 0)), v: a, tau: make([]float64, max(n-1, 0))}
	w := newGeneral(blockSize, n)
	coef := make([]float64, blockSize)
	for i0 := 0; i0 < n; i0 += blockSize {
		if ctx.Err() != nil {
			return t, false
		}
		i1 := min(i0+blockSize, n)
		t.reducePanel(i0, i1, w, coef)
		if i1 == n {
			break
		}
		trailing := blas64.Symmetric{N: n - i1, Stride: a.Stride, Data: a.Data[i1*a.Stride+i1:], Uplo: blas.Upper}
		blas64.Syr2k(blas.Trans, -1, slice(a, i0, i1, i1, n), slice(w, 0, i1-i0, i1, n), 1, trailing)
	}
	return t, true
}

// reducePanel finds the reflectors of the rows [i0, i1) and, in the rows of w,
// the vectors of the update A − VᵀW − WᵀV that they call for.
func (t *tridiagonal) reducePanel(i0, i1 int, w blas64.General, coef []float64) {
	a, n := t.v, t.v.Rows
	for i := i0; i < i1; i++ {
		done := i - i0
		if done > 0 {
			// Row i has not seen the updates of this panel.
			y := vector(row(a, i)[i:])
			vs, ws := slice(a, i0, i, i, n), slice(w, 0, done, i, n)
			blas64.Gemv(blas.Trans, -1, ws, blas64.Vector{N: done, Inc: vs.Stride, Data: vs.Data}, 1, y)
			blas64.Gemv(blas.Trans, -1, vs, blas64.Vector{N: done, Inc: ws.Stride, Data: ws.Data}, 1, y)
		}
		t.d[i] = row(a, i)[i]
		if i == n-1 {
			return
		}
		v := row(a, i)[i+1:]
		t.e[i], t.tau[i] = reflector(v)
		wi := row(w, done)[i+1:]
		unreduced := blas64.Symmetric{N: n - i - 1, Stride: a.Stride, Data: a.Data[(i+1)*a.Stride+i+1:], Uplo: blas.Upper}
		blas64.Symv(t.tau[i], unreduced, vector(v), 0, vector(wi))
		if done > 0 {
			vs, ws := slice(a, i0, i, i+1, n), slice(w, 0, done, i+1, n)
			c := vector(coef[:done])
			blas64.Gemv(blas.NoTrans, t.tau[i], vs, vector(v), 0, c)
			blas64.Gemv(blas.Trans, -1, ws, c, 1, vector(wi))
			blas64.Gemv(blas.NoTrans, t.tau[i], ws, vector(v), 0, c)
			blas64.Gemv(blas.Trans, -1, vs, c, 1, vector(wi))
		}
		blas64.Axpy(-t.tau[i]/2*blas64.Dot(vector(wi), vector(v)), vector(v), vector(wi))
	}
}

// vectorsFrom replaces the rows of z, eigenvectors of T, by those of A. The
// panels of rows are independent, small enough for the second-level cache, and
// pass through all blocks of reflectors at once.
func (t *tridiagonal) vectorsFrom(ctx context.Context, z blas64.General) error {
	n := t.v.Rows
	if n < 2 {
		return nil
	}
	var blocks []blockReflector
	var starts []int
	for i0 := 0; i0 < n-1; i0 += blockSize {
		i1 := min(i0+blockSize, n-1)
		v := newGeneral(i1-i0, n-i0-1)
		for i := i0; i < i1; i++ {
			copy(row(v, i-i0)[i-i0:], row(t.v, i)[i+1:])
		}
		blocks = append(blocks, newBlockReflector(v, t.tau[i0:i1]))
		starts = append(starts, i0+1)
	}
	const panel = 64
	workers := parallel.Workers(z.Rows, panel)
	scratch := make([]float64, workers*panel*blockSize)
	return parallel.ForWorker(ctx, z.Rows, panel, func(worker, lo, hi int) {
		own := scratch[worker*panel*blockSize : (worker+1)*panel*blockSize]
		for b := len(blocks) - 1; b >= 0; b-- {
			blocks[b].apply(blas.NoTrans, slice(z, lo, hi, starts[b], n), own)
		}
	})
}

func vector(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }
