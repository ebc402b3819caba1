package simd

import "unsafe"

// Axpy computes y[i] += alpha·x[i], fused, over the length of x; y must not be
// shorter.
func Axpy(alpha float64, x, y []float64) {
	y = y[:len(x)]
	reads(x)
	writes(y)
	axpy(len(x), alpha, unsafe.SliceData(x), unsafe.SliceData(y))
}

// Axpy4 is [Axpy] for four alpha and x, one after the other, over the length of y:
// it reads and writes y once. No x may be shorter.
func Axpy4(alpha *[4]float64, x *[4][]float64, y []float64) {
	for _, row := range x {
		reads(row[:len(y)])
	}
	writes(y)
	for lo := 0; lo < len(y); lo += block {
		hi := min(lo+block, len(y))
		axpyFour(alpha, x[0][lo:hi], x[1][lo:hi], x[2][lo:hi], x[3][lo:hi], y[lo:hi])
	}
}

// Scal computes x[i] *= alpha; 0·NaN is NaN.
func Scal(alpha float64, x []float64) {
	writes(x)
	scal(len(x), alpha, unsafe.SliceData(x))
}

// Add computes dst[i] = x[i] + y[i] over the length of dst, which may be x or
// y; neither must be shorter.
func Add(dst, x, y []float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	reads(x)
	reads(y)
	writes(dst)
	for lo := 0; lo < len(dst); lo += block {
		hi := min(lo+block, len(dst))
		add(dst[lo:hi], x[lo:hi], y[lo:hi])
	}
}

// Sub computes dst[i] = x[i] − y[i] over the length of dst; see [Add].
func Sub(dst, x, y []float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	reads(x)
	reads(y)
	writes(dst)
	for lo := 0; lo < len(dst); lo += block {
		hi := min(lo+block, len(dst))
		sub(dst[lo:hi], x[lo:hi], y[lo:hi])
	}
}

// Mul computes dst[i] = x[i]·y[i] over the length of dst; see [Add].
func Mul(dst, x, y []float64) {
	x, y = x[:len(dst)], y[:len(dst)]
	reads(x)
	reads(y)
	writes(dst)
	for lo := 0; lo < len(dst); lo += block {
		hi := min(lo+block, len(dst))
		mul(dst[lo:hi], x[lo:hi], y[lo:hi])
	}
}

// Rot turns the plane of x and y: x[i], y[i] = c·x[i]+s·y[i], c·y[i]−s·x[i], the
// product with s rounded and the other one fused, over the length of x; y must
// not be shorter.
func Rot(x, y []float64, c, s float64) {
	y = y[:len(x)]
	writes(x)
	writes(y)
	for lo := 0; lo < len(x); lo += block {
		hi := min(lo+block, len(x))
		rot(x[lo:hi], y[lo:hi], c, s)
	}
}
