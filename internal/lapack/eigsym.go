package lapack

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// EigSym computes all eigenvalues of the symmetric n×n matrix a, descending,
// and orthonormal eigenvectors: row j of vectors belongs to values[j], so that
//
//	a = vectorsᵀ · diag(values) · vectors.
//
// ok is false if a holds NaN or Inf; then the results are nil. Values are
// right to n·ε‖a‖. It takes about 4n³ flops, 10n³/3 of them in matrix products,
// and 40n² bytes.
//
// The method is Householder tridiagonalization, divide and conquer on the
// tridiagonal matrix, and back-transformation; QL stands in should the second
// fail.
func EigSym(a *mat.SymDense) (values []float64, vectors *mat.Dense, ok bool) {
	return EigSymTop(context.Background(), a, a.SymmetricDim())
}

// EigSymTop is EigSym for the k largest eigenvalues and their vectors alone; k
// must be in [0, n]. For k ≤ n/4 bisection and inverse iteration take the place
// of divide and conquer, and 2n²k flops that of 2n³ in the back-transformation;
// the tridiagonalization stays. Soon after ctx is done it returns ok == false.
func EigSymTop(ctx context.Context, a *mat.SymDense, k int) (values []float64, vectors *mat.Dense, ok bool) {
	if k < 0 || k > a.SymmetricDim() {
		panic("lapack: number of eigenpairs out of range")
	}
	t, scale, ok := reduceScaled(ctx, a)
	if !ok {
		return nil, nil, false
	}
	if k == 0 {
		return nil, &mat.Dense{}, true
	}
	if n := len(t.d); n > 2*leafSize && 4*k <= n {
		if values, z, ok := t.leading(k); ok {
			return t.finish(ctx, values, z, scale)
		}
	}
	return t.solve(ctx, k, scale)
}

// reduceScaled tridiagonalizes 2⁻ᵏ·a, with k such that its largest element
// lies in [½, 1).
func reduceScaled(ctx context.Context, a *mat.SymDense) (t tridiagonal, scale int, ok bool) {
	raw := a.RawSymmetric()
	n := raw.N
	if n == 0 {
		return tridiagonal{}, 0, true
	}
	work := newGeneral(n, n)
	var largest float64
	for i := range n {
		m, finite := maxAbs(1, n-i, raw.Data[i*raw.Stride+i:], n)
		if !finite {
			return tridiagonal{}, 0, false
		}
		largest = max(largest, m)
	}
	scale = exponent(largest)
	for i := range n {
		upper := row(work, i)[i:]
		copy(upper, raw.Data[i*raw.Stride+i:i*raw.Stride+n])
		scalePow2(upper, -scale)
	}
	t, ok = tridiagonalize(ctx, work)
	return t, scale, ok
}

// solve returns the k largest eigenpairs of the matrix that was reduced, by
// way of all pairs of T.
func (t *tridiagonal) solve(ctx context.Context, k, scale int) (values []float64, vectors *mat.Dense, ok bool) {
	d, z, order, ok := divideAndConquer(ctx, t.d, t.e)
	if ctx.Err() != nil {
		return nil, nil, false
	}
	if !ok {
		n := len(t.d)
		d, z = slices.Clone(t.d), newGeneral(n, n)
		for i := range n {
			row(z, i)[i] = 1
		}
		if !ql(d, slices.Clone(t.e), z) {
			return nil, nil, false
		}
		order = ascending(d)
	}
	values = make([]float64, k)
	top := newGeneral(k, z.Cols)
	parallel.For(k, 64, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			from := order[len(order)-1-j]
			values[j] = d[from]
			copy(row(top, j), row(z, from))
		}
	})
	return t.finish(ctx, values, top, scale)
}

// finish turns the eigenpairs of T into those of the matrix it came from.
func (t *tridiagonal) finish(ctx context.Context, values []float64, z blas64.General, scale int) ([]float64, *mat.Dense, bool) {
	scalePow2(values, scale)
	if t.vectorsFrom(ctx, z) != nil {
		return nil, nil, false
	}
	parallel.For(z.Rows, 64, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			FixSign(row(z, j))
		}
	})
	for _, v := range values {
		if math.IsInf(v, 0) {
			return nil, nil, false // a itself was at the end of the range
		}
	}
	return values, mat.NewDense(z.Rows, z.Cols, z.Data), true
}
