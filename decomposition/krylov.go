package decomposition

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/lapack"
)

const (
	krylovBlock     = 16
	krylovTolerance = 1e-7 // of residuals, relative to the largest square
)

// krylov finds the k leading squares in the space spanned by B, (XᵀX)B,
// (XᵀX)²B, … for a block B of random vectors (Musco & Musco 2015, §2; as a block
// Lanczos process, Golub & Underwood 1977). The basis is kept orthonormal by
// reorthogonalizing twice, and the eigenpairs of XᵀX restricted to it are
// accepted when their residuals are small: errors of the squares are quadratic
// in these. It returns nil when the basis grows to a quarter of all directions
// before.
func krylov(ctx context.Context, data *centred, k int, seed uint64) (*spectrum, error) {
	rank := min(data.n, data.p)
	limit := rank / 4 / krylovBlock * krylovBlock
	if limit < k+krylovBlock {
		return nil, nil
	}
	x, err := newOperator(ctx, data)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	basis := newBlock(limit, data.p)
	block := rows(basis, 0, krylovBlock)
	for i := range block.Data {
		block.Data[i] = rng.NormFloat64()
	}
	if !orthonormalBlock(block, rows(basis, 0, 0), nil) {
		return nil, nil
	}
	gram := mat.NewSymDense(limit, nil) // XᵀX restricted to the basis: block tridiagonal
	image := newBlock(data.n, krylovBlock)
	check := k + krylovBlock // the size at which to look at residuals next
	// How many powers of ten were missing at the last look, and a block gains.
	looked, last, perBlock := 0, 0.0, 2.0
	for size := krylovBlock; ; size += krylovBlock {
		lo := size - krylovBlock

		// What XᵀX takes out of the basis: the next block, and the residuals.
		next := blas64.General{Rows: krylovBlock, Cols: data.p, Stride: data.p}
		if size < limit {
			next = rows(basis, size, size+krylovBlock)
		} else {
			next.Data = make([]float64, krylovBlock*data.p)
		}
		if err := x.normal(ctx, rows(basis, lo, size), image, next); err != nil {
			return nil, err
		}
		corner := gram.SliceSym(lo, size).(*mat.SymDense).RawSymmetric()
		blas64.Syrk(blas.Trans, 1, image, 0, corner)
		coupling := make([]float64, krylovBlock*krylovBlock)
		full := orthonormalBlock(next, rows(basis, 0, size), coupling)

		if size >= k && (size >= check || size == limit || !full) {
			squares, inBasis, ok := lapack.EigSymTop(ctx, gram.SliceSym(0, size).(*mat.SymDense), k)
			if !ok {
				return nil, failed(ctx)
			}
			residual := largestResidual(inBasis, coupling)
			if residual <= krylovTolerance*squares[0] {
				vectors := mat.NewDense(k, data.p, nil)
				blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, inBasis.RawMatrix(), rows(basis, 0, size), 0, vectors.RawMatrix())
				for j := range k {
					lapack.FixSign(vectors.RawRowView(j))
				}
				return &spectrum{squares: squares, vectors: vectors, trace: x.trace, rank: rank}, nil
			}
			// A block takes residuals down to a tenth, seldom to a hundredth, in the end
			// faster than before.
			orders := math.Log10(residual / (krylovTolerance * squares[0]))
			if last > orders {
				perBlock = max(1, (last-orders)/float64((size-looked)/krylovBlock))
			}
			check = size + krylovBlock*max(1, int(orders/perBlock))
			last, looked = orders, size
		}
		if !full || size == limit {
			return nil, nil
		}
		for i := range krylovBlock {
			for j := range i + 1 {
				gram.SetSym(lo+i, size+j, coupling[i*krylovBlock+j])
			}
		}
	}
}

// orthonormalBlock makes the rows of b orthonormal and orthogonal to those of
// basis. If coupling is not nil it is set to the lower triangle L of the
// factorization of what remained, L·Q: row i of it are the coordinates of row i
// of the remainder in the new rows. It reports false where the remainder does
// not have full rank; then the rows of b are not to be used, but L is.
//
// The basis is taken out and the rest factored twice, by the Cholesky decomposition of
// its Gram matrix: the second time repairs what the first has left (Barlow &
// Smoktunowicz 2013, Reorthogonalized block classical Gram–Schmidt). Where the rest is
// too ill conditioned for that, Householder reflections factor it.
func orthonormalBlock(b, basis blas64.General, coupling []float64) bool {
	project(b, basis)
	first := mat.NewTriDense(b.Rows, mat.Lower, nil)
	if !factorRows(b, first) {
		return orthonormalReflected(b, basis, coupling)
	}
	project(b, basis)
	second := mat.NewTriDense(b.Rows, mat.Lower, nil)
	full := true
	if factorRows(b, second) {
		if coupling != nil {
			mat.NewDense(b.Rows, b.Rows, coupling).Mul(first, second)
		}
	} else if full = orthonormalReflected(b, basis, coupling); coupling != nil {
		c := mat.NewDense(b.Rows, b.Rows, coupling)
		c.Mul(first, mat.DenseCopyOf(c))
	}
	return full
}

// project takes from the rows of b what they have of the orthonormal rows of
// basis.
func project(b, basis blas64.General) {
	if basis.Rows == 0 {
		return
	}
	c := newBlock(basis.Rows, b.Rows)
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, basis, b, 0, c)
	blas64.Gemm(blas.Trans, blas.NoTrans, -1, c, basis, 1, b)
}

// factorRows factors b into L·Q, sets it to Q and l to L. It reports false, and
// leaves b alone, where Q would be far from orthonormal.
func factorRows(b blas64.General, l *mat.TriDense) bool {
	gram := mat.NewSymDense(b.Rows, nil)
	blas64.Syrk(blas.NoTrans, 1, b, 0, gram.RawSymmetric())
	var cholesky mat.Cholesky
	if !cholesky.Factorize(gram) {
		return false
	}
	cholesky.LTo(l)
	smallest, largest := math.Inf(1), 0.0
	for i := range b.Rows {
		smallest, largest = min(smallest, l.At(i, i)), max(largest, l.At(i, i))
	}
	if !(smallest > 1e-5*largest) {
		return false
	}
	blas64.Trsm(blas.Left, blas.NoTrans, 1, l.RawTriangular(), b)
	return true
}

// orthonormalReflected is orthonormalBlock for rows that depend on each other or
// nearly.
func orthonormalReflected(b, basis blas64.General, coupling []float64) bool {
	project(b, basis)
	project(b, basis)
	var rest mat.Dense
	rest.SetRawMatrix(b)
	f, ok := lapack.FactorQR(rest.T())
	if !ok {
		return false
	}
	r := f.R()
	full := true
	for i := range b.Rows {
		full = full && r.At(i, i)*r.At(i, i) > 1e-26*r.At(0, 0)*r.At(0, 0)
		for j := range b.Rows {
			if coupling != nil && j <= i {
				coupling[i*b.Rows+j] = r.At(j, i)
			}
		}
	}
	q := f.Mul(identity(b.Rows))
	rest.Copy(q.T())
	if basis.Rows > 0 {
		// Rows of the remainder that were small have rounding errors along the basis.
		project(b, basis)
		full = full && lapack.Orthonormalize(&rest)
	}
	return full
}

// largestResidual returns the largest residual of the eigenpairs of the
// restriction, whose vectors in the basis are the rows of v: the coupling to the
// next block applied to the part of v in the last one.
func largestResidual(v *mat.Dense, coupling []float64) float64 {
	k, size := v.Dims()
	b := krylovBlock
	residuals := newBlock(k, b)
	last := v.Slice(0, k, size-b, size).(*mat.Dense).RawMatrix()
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, last, blas64.General{Rows: b, Cols: b, Stride: b, Data: coupling}, 0, residuals)
	largest := 0.0
	for j := range k {
		largest = max(largest, blas64.Nrm2(vector(residuals.Data[j*b:(j+1)*b])))
	}
	return largest
}

func rows(a blas64.General, lo, hi int) blas64.General {
	a.Rows = hi - lo
	a.Data = a.Data[lo*a.Stride : min(hi*a.Stride, len(a.Data))]
	return a
}

func identity(n int) mat.Matrix {
	d := make([]float64, n)
	for i := range d {
		d[i] = 1
	}
	return mat.NewDiagDense(n, d)
}
