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

// AxpySingles is AxpySingle for each of the rows x with its element of alpha, one
// after the other. Rows must not be shorter than y.
func AxpySingles(alpha []float64, x [][]float32, y []float64) {
	alpha = alpha[:len(x)]
	for len(x) >= 4 {
		axpySingles4((*[4]float64)(alpha), (*[4][]float32)(x), y)
		alpha, x = alpha[4:], x[4:]
	}
	for r, row := range x {
		AxpySingle(alpha[r], row[:len(y)], y)
	}
}

func axpySingles4(alpha *[4]float64, x *[4][]float32, y []float64) {
	writes(y)
	for lo := 0; lo < len(y); lo += block {
		hi := min(lo+block, len(y))
		n := lo + (hi-lo)&^7
		axpySingleFour(alpha, x[0][lo:n], x[1][lo:n], x[2][lo:n], x[3][lo:n], y[lo:n])
		for r, a := range alpha {
			axpySingleGo(a, x[r][n:hi], y[n:hi])
		}
	}
}

// Widen converts x to double precision, over the length of x; dst must not be
// shorter.
func Widen(dst []float64, x []float32) {
	dst = dst[:len(x)]
	writes(dst)
	for lo := 0; lo < len(x); lo += block {
		hi := min(lo+block, len(x))
		n := lo + (hi-lo)&^7
		widen(dst[lo:n], x[lo:n])
		widenGo(dst[n:hi], x[n:hi])
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

func axpySingleFourGo(alpha *[4]float64, x0, x1, x2, x3 []float32, y []float64) {
	for r, x := range [4][]float32{x0, x1, x2, x3} {
		axpySingleGo(alpha[r], x, y)
	}
}

func narrowGo(dst []float32, x []float64) {
	for i, v := range x {
		dst[i] = float32(v)
	}
}

func widenGo(dst []float64, x []float32) {
	for i, v := range x {
		dst[i] = float64(v)
	}
}
