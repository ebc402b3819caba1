package lapack

import "math"

// FixSign flips v in place where that is needed to make its component of
// largest magnitude positive, and reports whether it did. Among components
// within a relative 1e-10 of the largest the one of lowest index decides, so
// that rounding does not choose between components that are equal but for it.
// A zero vector stays as it is.
func FixSign(v []float64) (flipped bool) {
	var largest float64
	for _, x := range v {
		largest = max(largest, math.Abs(x))
	}
	for _, x := range v {
		if math.Abs(x) < largest*(1-1e-10) {
			continue
		}
		if x >= 0 {
			return false
		}
		break
	}
	for i := range v {
		v[i] = -v[i]
	}
	return true
}
