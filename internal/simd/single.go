package simd

import "math"

// AxpySingle computes y[i] += alpha·x[i] for an x stored in single precision, in
// double precision and fused, over the length of x; y must not be shorter.
func AxpySingle(alpha float64, x []float32, y []float64) {
	y = y[:len(x)]
	writes(y)
	for lo := 0; lo < len(x); lo += block {
		hi := min(lo+block, len(x))
		n := lo + (hi-lo)&^7
		axpySingle(alpha, x[lo:n], y[lo:n])
		axpySingleGo(alpha, x[n:hi], y[n:hi])
	}
}

// Narrow rounds x to single precision, over the length of x; dst must not be
// shorter.
func Narrow(dst []float32, x []float64) {
	dst = dst[:len(x)]
	reads(x)
	for lo := 0; lo < len(x); lo += block {
		hi := min(lo+block, len(x))
		n := lo + (hi-lo)&^7
		narrow(dst[lo:n], x[lo:n])
		narrowGo(dst[n:hi], x[n:hi])
	}
}

func axpySingleGo(alpha float64, x []float32, y []float64) {
	for i, v := range x {
		y[i] = math.FMA(alpha, float64(v), y[i])
	}
}

func narrowGo(dst []float32, x []float64) {
	for i, v := range x {
		dst[i] = float32(v)
	}
}
