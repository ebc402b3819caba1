package lapack

import "math"

// maxAbs returns the largest magnitude in rows×cols of a, and false if an
// element is NaN or Inf.
func maxAbs(rows, cols int, a []float64, stride int) (largest float64, finite bool) {
	for i := range rows {
		for _, x := range a[i*stride : i*stride+cols] {
			// Comparing this way round, NaN fails too.
			if x := math.Abs(x); !(x <= math.MaxFloat64) {
				return 0, false
			} else if x > largest {
				largest = x
			}
		}
	}
	return largest, true
}

// exponent returns k such that 2⁻ᵏ·x lies in [½, 1), and 0 for x = 0.
func exponent(x float64) int {
	_, k := math.Frexp(x)
	return k
}

// scalePow2 multiplies x by 2ᵏ in place.
func scalePow2(x []float64, k int) {
	if k == 0 {
		return
	}
	if k < -1000 || k > 1000 { // 2ᵏ itself may not be a float64
		for i, v := range x {
			x[i] = math.Ldexp(v, k)
		}
		return
	}
	f := math.Ldexp(1, k)
	for i := range x {
		x[i] *= f
	}
}
