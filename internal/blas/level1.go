//go:build !openblas

package blas

import (
	"math"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// The vector routines take over where the vectors are contiguous, the arguments
// valid and the elements enough for the call to be worth it; everything else,
// panics included, is left to gonum.

// short is the length up to which gonum's loops are as fast as the kernels. It is
// a variable so that tests can send short vectors through the kernels too.
var short = 16

// accelerated says that there are kernels better than gonum's.
func accelerated() bool { return simd.Active() != simd.Portable }

// contiguous says that x and y hold n > 0 elements without gaps.
func contiguous(n int, x []float64, incX int, y []float64, incY int) bool {
	return n > 0 && incX == 1 && incY == 1 && n <= len(x) && n <= len(y) && accelerated()
}

// Ddot computes the dot product of the two vectors
//
//	\sum_i x[i]*y[i]
//
// in the order of [simd.Dot].
func (impl Implementation) Ddot(n int, x []float64, incX int, y []float64, incY int) float64 {
	if !contiguous(n, x, incX, y, incY) {
		return impl.Implementation.Ddot(n, x, incX, y, incY)
	}
	return simd.Dot(x[:n], y)
}

// Daxpy adds alpha times x to y, fused:
//
//	y[i] += alpha * x[i] for all i
func (impl Implementation) Daxpy(n int, alpha float64, x []float64, incX int, y []float64, incY int) {
	if n <= short || alpha == 0 || !contiguous(n, x, incX, y, incY) {
		impl.Implementation.Daxpy(n, alpha, x, incX, y, incY)
		return
	}
	simd.Axpy(alpha, x[:n], y)
}

// Dscal scales x by alpha, where 0 overwrites:
//
//	x[i] *= alpha for all i
//
// Dscal has no effect if incX < 0.
func (impl Implementation) Dscal(n int, alpha float64, x []float64, incX int) {
	if n <= short || alpha == 0 || !contiguous(n, x, incX, x, 1) {
		impl.Implementation.Dscal(n, alpha, x, incX)
		return
	}
	simd.Scal(alpha, x[:n])
}

// Dasum computes the sum of the absolute values of the elements of x
//
//	\sum_i |x[i]|
//
// in the order of [simd.AbsSum]. Dasum returns 0 if incX is negative.
func (impl Implementation) Dasum(n int, x []float64, incX int) float64 {
	if !contiguous(n, x, incX, x, 1) {
		return impl.Implementation.Dasum(n, x, incX)
	}
	return simd.AbsSum(x[:n])
}

// Dnrm2 computes the Euclidean norm of a vector,
//
//	sqrt(\sum_i x[i] * x[i]).
//
// The plain sum of squares serves unless it comes near the ends of the range of
// numbers; then gonum's, which scales, does. Dnrm2 returns 0 if incX is negative.
func (impl Implementation) Dnrm2(n int, x []float64, incX int) float64 {
	if contiguous(n, x, incX, x, 1) {
		x = x[:n]
		if sum := simd.Dot(x, x); sum >= 1e-290 && sum <= 1e290 {
			return math.Sqrt(sum)
		}
	}
	return impl.Implementation.Dnrm2(n, x, incX)
}

// Idamax returns the index of an element of x with the largest absolute value.
// If there are multiple such indices the earliest is returned. NaN is passed
// over, but in the first place it is what is returned. Idamax returns -1 if n == 0.
func (impl Implementation) Idamax(n int, x []float64, incX int) int {
	if n <= short || !contiguous(n, x, incX, x, 1) {
		return impl.Implementation.Idamax(n, x, incX)
	}
	if math.IsNaN(x[0]) {
		return 0
	}
	return simd.ArgAbsMax(x[:n])
}

// Drot applies a plane transformation, the product with c fused:
//
//	x[i] = c * x[i] + s * y[i]
//	y[i] = c * y[i] - s * x[i]
func (impl Implementation) Drot(n int, x []float64, incX int, y []float64, incY int, c, s float64) {
	if n <= short || !contiguous(n, x, incX, y, incY) {
		impl.Implementation.Drot(n, x, incX, y, incY, c, s)
		return
	}
	simd.Rot(x[:n], y, c, s)
}
