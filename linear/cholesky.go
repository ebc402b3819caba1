package linear

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// scaledCholesky is the Cholesky factor of a symmetric positive definite matrix
// A after scaling to a unit diagonal, to within powers of two, which makes it
// insensitive to the units of the variables.
type scaledCholesky struct {
	scale  []float64
	factor blas64.Triangular
	norm   float64 // greatest sum of magnitudes in a column of the scaled matrix
}

// factorize reports whether a, of which the upper triangle is read, is numerically
// positive definite. A diagonal that is not nil stands for that of a. Soon after ctx is
// done it reports false.
func (c *scaledCholesky) factorize(ctx context.Context, a *mat.SymDense, diagonal []float64) bool {
	if diagonal == nil {
		diagonal = diagonalOf(a)
	}
	return c.factorizeShifted(ctx, a, diagonal, 0)
}

func diagonalOf(a *mat.SymDense) []float64 {
	diagonal := make([]float64, a.SymmetricDim())
	for i := range diagonal {
		diagonal[i] = a.At(i, i)
	}
	return diagonal
}

// factorizeAny factorises a, or if that is not positive definite to working
// precision, a with its diagonal raised by the least power of ten that makes it
// so. It reports false if a is not finite, or soon after ctx is done.
func (c *scaledCholesky) factorizeAny(ctx context.Context, a *mat.SymDense) bool {
	diagonal := diagonalOf(a)
	for shift := 0.0; shift < 1e10 && ctx.Err() == nil; shift = max(10*shift, 1e-14) {
		if c.factorizeShifted(ctx, a, diagonal, shift) {
			return true
		}
	}
	return false
}

func (c *scaledCholesky) factorizeShifted(ctx context.Context, a *mat.SymDense, diagonal []float64, shift float64) bool {
	raw := a.RawSymmetric()
	n := raw.N
	if c.factor.N != n {
		c.scale = make([]float64, n)
		c.factor = blas64.Triangular{Uplo: blas.Upper, Diag: blas.NonUnit, N: n, Stride: n, Data: newUpper(n).Data}
	}
	for i := range n {
		_, exponent := math.Frexp(diagonal[i])
		c.scale[i] = math.Ldexp(1, -exponent/2)
	}
	scaled := blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: n, Data: c.factor.Data}
	sums := make([]float64, n)
	for i := range n {
		if i%64 == 0 && ctx.Err() != nil {
			return false
		}
		from, to := raw.Data[i*raw.Stride:i*raw.Stride+n], scaled.Data[i*n:(i+1)*n]
		s := c.scale[i]
		v := diagonal[i] * s * s
		to[i] = v + shift
		sums[i] += math.Abs(v)
		for j := i + 1; j < n; j++ {
			v := from[j] * s * c.scale[j]
			to[j] = v
			v = math.Abs(v)
			sums[j] += v
			sums[i] += v
		}
	}
	c.norm = 0
	for _, s := range sums {
		c.norm = max(c.norm, s)
	}
	if c.norm-c.norm != 0 {
		return false
	}
	return potrf(ctx, scaled, maxPotrf)
}

// Matrices of an order beyond maxPotrf are factorised in steps of potrfStep
// columns, of which each takes but a small part of a second.
const (
	maxPotrf  = 2000
	potrfStep = 256
)

// potrf overwrites a with its Cholesky factor, in steps down to the given order, and
// reports whether it is positive definite; soon after ctx is done it reports false.
func potrf(ctx context.Context, a blas64.Symmetric, whole int) (ok bool) {
	n, stride := a.N, a.Stride
	from := 0
	for ; n-from > max(whole, potrfStep); from += potrfStep {
		corner := from*stride + from
		first := a
		first.N, first.Data = potrfStep, a.Data[corner:]
		factor, ok := lapack64.Potrf(first)
		if !ok || ctx.Err() != nil {
			return false
		}
		right := blas64.General{Rows: potrfStep, Cols: n - from - potrfStep, Stride: stride, Data: a.Data[corner+potrfStep:]}
		blas64.Trsm(blas.Left, blas.Trans, 1, factor, right)
		below := a
		below.N, below.Data = right.Cols, a.Data[corner+potrfStep*(stride+1):]
		blas64.Syrk(blas.Trans, -1, right, 1, below)
	}
	last := a
	last.N, last.Data = n-from, a.Data[from*stride+from:]
	_, ok = lapack64.Potrf(last)
	return ok
}

// solve overwrites b with A⁻¹b.
func (c *scaledCholesky) solve(b []float64) {
	v := blas64.Vector{N: len(b), Inc: 1, Data: b}
	for j := range b {
		b[j] *= c.scale[j]
	}
	blas64.Trsv(blas.Trans, c.factor, v)
	blas64.Trsv(blas.NoTrans, c.factor, v)
	for j := range b {
		b[j] *= c.scale[j]
	}
}

// condition estimates the condition number of the scaled matrix in the 1-norm (Higham
// 1988, FORTRAN codes for estimating the one-norm of a real or complex matrix). If ctx
// is done it is infinite.
func (c *scaledCholesky) condition(ctx context.Context) float64 {
	n := c.factor.N
	if n == 0 {
		return 1
	}
	var impl gonum.Implementation
	v, x, signs := make([]float64, n), make([]float64, n), make([]int, n)
	var state [3]int
	estimate := 0.0
	for product := 0; ; { // of x with the inverse, which is symmetric
		if estimate, product = impl.Dlacn2(n, v, x, signs, estimate, product, &state); product == 0 {
			return c.norm * estimate
		}
		if ctx.Err() != nil {
			return math.Inf(1)
		}
		b := blas64.Vector{N: n, Inc: 1, Data: x}
		blas64.Trsv(blas.Trans, c.factor, b)
		blas64.Trsv(blas.NoTrans, c.factor, b)
	}
}

// spread is the ratio of the greatest to the least diagonal element of the
// factor squared: a condition number of A is not below it.
func (c *scaledCholesky) spread() float64 {
	least, greatest := math.Inf(1), 0.0
	for i := range c.factor.N {
		d := c.factor.Data[i*c.factor.Stride+i]
		least, greatest = min(least, d), max(greatest, d)
	}
	return greatest / least * (greatest / least)
}
