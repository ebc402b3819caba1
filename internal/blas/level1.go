package blas

import (
	"math"

	"gonum.org/v1/gonum/blas/gonum"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// The vector routines take over where the vectors are contiguous and the arguments
// valid; everything else, panics included, is left to gonum.

// short is the length up to which a loop in Go is as fast as the kernels. It is a
// variable so that tests can send short vectors through the kernels too.
var short = 8

// contiguous says that x and y hold n > 0 elements without gaps.
func contiguous(n int, x []float64, incX int, y []float64, incY int) bool {
	return incX == 1 && incY == 1 && n > 0 && n <= len(x) && n <= len(y)
}

// Ddot computes the dot product of the two vectors
//
//	\sum_i x[i]*y[i]
//
// in the order of [simd.Dot].
func (*Implementation) Ddot(n int, x []float64, incX int, y []float64, incY int) float64 {
	if !contiguous(n, x, incX, y, incY) {
		return gonum.Implementation{}.Ddot(n, x, incX, y, incY)
	}
	return simd.Dot(x[:n], y)
}

// Daxpy adds alpha times x to y, fused where the vectors are not short:
//
//	y[i] += alpha * x[i] for all i
func (*Implementation) Daxpy(n int, alpha float64, x []float64, incX int, y []float64, incY int) {
	if !contiguous(n, x, incX, y, incY) || alpha == 0 {
		gonum.Implementation{}.Daxpy(n, alpha, x, incX, y, incY)
		return
	}
	x, y = x[:n], y[:n]
	if n > short {
		simd.Axpy(alpha, x, y)
		return
	}
	for i, v := range x {
		y[i] += float64(alpha * v)
	}
}

// Dscal scales x by alpha, where 0 overwrites:
//
//	x[i] *= alpha for all i
//
// Dscal has no effect if incX < 0.
func (*Implementation) Dscal(n int, alpha float64, x []float64, incX int) {
	if !contiguous(n, x, incX, x, 1) || alpha == 0 {
		gonum.Implementation{}.Dscal(n, alpha, x, incX)
		return
	}
	x = x[:n]
	if n > short/2 {
		simd.Scal(alpha, x)
		return
	}
	for i := range x {
		x[i] *= alpha
	}
}

// Dasum computes the sum of the absolute values of the elements of x
//
//	\sum_i |x[i]|
//
// in the order of [simd.AbsSum], or of the elements where they are few. Dasum
// returns 0 if incX is negative.
func (*Implementation) Dasum(n int, x []float64, incX int) float64 {
	if !contiguous(n, x, incX, x, 1) {
		return gonum.Implementation{}.Dasum(n, x, incX)
	}
	x = x[:n]
	if n > short/2 {
		return simd.AbsSum(x)
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Abs(v)
	}
	return sum
}

// Dnrm2 computes the Euclidean norm of a vector,
//
//	sqrt(\sum_i x[i] * x[i]).
//
// The plain sum of squares serves unless it comes near the ends of the range of
// numbers; then gonum's, which scales, does. Dnrm2 returns 0 if incX is negative.
func (*Implementation) Dnrm2(n int, x []float64, incX int) float64 {
	if contiguous(n, x, incX, x, 1) {
		if n == 1 {
			return math.Abs(x[0])
		}
		x = x[:n]
		if sum := simd.Dot(x, x); sum >= 1e-290 && sum <= 1e290 {
			return math.Sqrt(sum)
		}
	}
	return gonum.Implementation{}.Dnrm2(n, x, incX)
}

// Idamax returns the index of an element of x with the largest absolute value.
// If there are multiple such indices the earliest is returned. NaN is passed
// over, but in the first place it is what is returned. Idamax returns -1 if n == 0.
func (*Implementation) Idamax(n int, x []float64, incX int) int {
	if !contiguous(n, x, incX, x, 1) {
		return gonum.Implementation{}.Idamax(n, x, incX)
	}
	largest, at := math.Abs(x[0]), 0
	if n == 1 || math.IsNaN(largest) {
		return 0
	}
	if n > 2*short {
		return simd.ArgAbsMax(x[:n])
	}
	for i, v := range x[:n] {
		if v = math.Abs(v); v > largest {
			largest, at = v, i
		}
	}
	return at
}

// Drot applies a plane transformation, the product with c fused where the vectors
// are not short:
//
//	x[i] = c * x[i] + s * y[i]
//	y[i] = c * y[i] - s * x[i]
func (*Implementation) Drot(n int, x []float64, incX int, y []float64, incY int, c, s float64) {
	if !contiguous(n, x, incX, y, incY) {
		gonum.Implementation{}.Drot(n, x, incX, y, incY, c, s)
		return
	}
	x, y = x[:n], y[:n]
	if n > short {
		simd.Rot(x, y, c, s)
		return
	}
	for i, v := range x {
		w := y[i]
		x[i], y[i] = float64(c*v)+float64(s*w), float64(c*w)-float64(s*v)
	}
}
