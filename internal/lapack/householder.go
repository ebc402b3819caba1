package lapack

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// blockSize is how many reflectors are gathered before they are applied at
// once by matrix products.
const blockSize = 32

// reflector overwrites x by v with v[0] = 1 such that H = I − tau·v·vᵀ takes
// the former x to beta·e₀ (Golub & Van Loan 2013, §5.1.3). A tail
// below the normal range is taken for zero; then tau = 0.
func reflector(x []float64) (beta, tau float64) {
	alpha := x[0]
	x[0] = 1
	tail := blas64.Vector{N: len(x) - 1, Inc: 1, Data: x[1:]}
	if tail.N == 0 {
		return alpha, 0
	}
	norm := blas64.Nrm2(tail)
	if norm < 0x1p-1022 {
		clear(tail.Data)
		return alpha, 0
	}
	beta = -math.Copysign(math.Hypot(alpha, norm), alpha)
	blas64.Scal(1/(alpha-beta), tail)
	return beta, (beta - alpha) / beta
}

// A blockReflector is the product H₀·H₁⋯ of reflectors with the vectors in
// the rows of v, as I − vᵀ·t·v with t upper triangular: the compact WY form of
// Schreiber & Van Loan (1989).
type blockReflector struct {
	v blas64.General
	t blas64.Triangular
}

// newBlockReflector shares v.
func newBlockReflector(v blas64.General, tau []float64) blockReflector {
	nb := v.Rows
	gram := blas64.Symmetric{N: nb, Stride: nb, Data: make([]float64, nb*nb), Uplo: blas.Upper}
	blas64.Syrk(blas.NoTrans, 1, v, 0, gram)
	t := blas64.Triangular{N: nb, Stride: nb, Data: make([]float64, nb*nb), Uplo: blas.Upper, Diag: blas.NonUnit}
	for j, tj := range tau {
		for i := range j {
			var sum float64
			for k := i; k < j; k++ {
				sum += t.Data[i*nb+k] * gram.Data[k*nb+j]
			}
			t.Data[i*nb+j] = -tj * sum
		}
		t.Data[j*nb+j] = tj
	}
	return blockReflector{v, t}
}

// apply replaces the rows zᵀ of z by (B·z)ᵀ for trans == NoTrans, where B is
// the product, and by (Bᵀ·z)ᵀ for trans == Trans. The scratch has room for
// z.Rows × v.Rows numbers.
func (b blockReflector) apply(trans blas.Transpose, z blas64.General, scratch []float64) {
	if z.Rows == 0 {
		return
	}
	w := blas64.General{Rows: z.Rows, Cols: b.v.Rows, Stride: b.v.Rows, Data: scratch[:z.Rows*b.v.Rows]}
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, z, b.v, 0, w)
	// In rows, B·z is zᵀ·Bᵀ: t is transposed exactly when B is not.
	flip := blas.Trans
	if trans == blas.Trans {
		flip = blas.NoTrans
	}
	blas64.Trmm(blas.Right, flip, 1, b.t, w)
	blas64.Gemm(blas.NoTrans, blas.NoTrans, -1, w, b.v, 1, z)
}

// factorRows factors the transpose of the first p rows of m, which has p columns
// at least, as Q·R, and applies Qᵀ to the transpose of the other rows: the rows
// of m become those of Rᵀ (in the first p columns; what lies right of its
// diagonal is left over from the work) and, below, those of the transpose of
// Qᵀ times them. Q is the product of the blocks returned; block b acts from
// column b·blockSize on. Given memory to work in it keeps and returns none of them. It
// ends early, with nothing of use, once ctx is done.
func factorRows(ctx context.Context, m blas64.General, p int, space *reflectorSpace) []blockReflector {
	var blocks []blockReflector
	local := new(reflectorSpace)
	if space != nil {
		local = space
	}
	tau := general(&local.tau, 1, p).Data
	scratch := general(&local.scratch, max(m.Rows, 1), blockSize).Data
	for j0 := 0; j0 < p && ctx.Err() == nil; j0 += blockSize {
		j1 := min(j0+blockSize, p)
		if space == nil {
			local.v = nil
		}
		v := general(&local.v, j1-j0, m.Cols-j0)
		clear(v.Data)
		for j := j0; j < j1; j++ {
			x := row(m, j)[j:]
			var beta float64
			beta, tau[j] = reflector(x)
			if rest := slice(m, j+1, j1, j, m.Cols); rest.Rows > 0 && tau[j] != 0 {
				w := vector(scratch[:rest.Rows])
				blas64.Gemv(blas.NoTrans, 1, rest, vector(x), 0, w)
				blas64.Ger(-tau[j], w, vector(x), rest)
			}
			copy(row(v, j-j0)[j-j0:], x)
			x[0] = beta
		}
		block := newBlockReflector(v, tau[j0:j1])
		block.apply(blas.Trans, slice(m, j1, m.Rows, j0, m.Cols), scratch)
		if space == nil {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// reflectorSpace is memory for factorRows.
type reflectorSpace struct{ tau, scratch, v []float64 }

// applyQ replaces the rows of z by those of (Q·zᵀ)ᵀ, with Q as factorRows
// returns it.
func applyQ(blocks []blockReflector, z blas64.General) {
	scratch := make([]float64, z.Rows*blockSize)
	for b := len(blocks) - 1; b >= 0; b-- {
		blocks[b].apply(blas.NoTrans, slice(z, 0, z.Rows, b*blockSize, z.Cols), scratch)
	}
}

// transpose writes aᵀ to dst.
func transpose(dst, a blas64.General) {
	const tile = 16
	for i0 := 0; i0 < a.Rows; i0 += tile {
		i1 := min(i0+tile, a.Rows)
		for j := range a.Cols {
			to := dst.Data[j*dst.Stride+i0 : j*dst.Stride+i1]
			for i := range to {
				to[i] = a.Data[(i0+i)*a.Stride+j]
			}
		}
	}
}

// slice returns the block of a with the rows [r0, r1) and columns [c0, c1).
func slice(a blas64.General, r0, r1, c0, c1 int) blas64.General {
	b := blas64.General{Rows: r1 - r0, Cols: c1 - c0, Stride: a.Stride}
	if b.Rows > 0 && b.Cols > 0 {
		b.Data = a.Data[r0*a.Stride+c0 : (r1-1)*a.Stride+c1]
	}
	return b
}

// newGeneral returns a zero matrix.
func newGeneral(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: max(cols, 1), Data: make([]float64, rows*cols)}
}

// row returns row i of a.
func row(a blas64.General, i int) []float64 {
	return a.Data[i*a.Stride : i*a.Stride+a.Cols]
}
