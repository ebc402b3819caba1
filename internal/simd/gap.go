package simd

import "math"

// GapTerms returns what the two duality gaps of an elastic net are computed from.
// With the coefficient θⱼ, the derivative gⱼ of the loss along it with the opposite
// sign, the penalty λⱼ|θⱼ| + ½μⱼθⱼ², and gⱼ taken the other way round where θⱼ < 0,
//
//	reach = max |gⱼ − μⱼ|θⱼ||/λⱼ,  penalty = Σ λⱼ|θⱼ|,  squares = Σ μⱼθⱼ²,
//	excess = Σ parts[j],  parts[j] = ((μⱼ|θⱼ| − v)² + w²)/(2μⱼ) + |θⱼ|(v − gⱼ + λⱼ),
//	v = max(gⱼ − λⱼ, 0),  w = min(gⱼ + λⱼ, 0).
//
// With nonNegative set θ has no negative sign, w is zero, and reach, at least 0, has
// no bars. All slices have the length of theta. Element j is added to partial result
// j mod 8, products fused, and these are added as those of [SqDist] are.
func GapTerms(parts, theta, gradient, lambda, ridge []float64, nonNegative bool) (reach, penalty, squares, excess float64) {
	n := len(theta)
	parts, gradient, lambda, ridge = parts[:n], gradient[:n], lambda[:n], ridge[:n]
	reads(theta)
	reads(gradient)
	reads(lambda)
	reads(ridge)
	writes(parts)
	sign, other := math.Copysign(0, -1), 0.0
	if nonNegative {
		sign, other = 0, math.Inf(1) // so that w is min(+Inf, 0)
	}
	var sums gapSums
	whole := n &^ 7
	for lo := 0; lo < whole; lo += block {
		hi := min(lo+block, whole)
		gapTerms(parts[lo:hi], theta[lo:hi], gradient[lo:hi], lambda[lo:hi], ridge[lo:hi], sign, other, &sums)
	}
	gapTermsGo(parts[whole:], theta[whole:], gradient[whole:], lambda[whole:], ridge[whole:], sign, other, &sums)
	for _, r := range sums[0] {
		reach = max(reach, r)
	}
	return reach, fold(sums[1][:]), fold(sums[2][:]), fold(sums[3][:])
}

// gapSums holds the partial results: reach, penalty, squares, excess.
type gapSums [4][8]float64

func gapTermsGo(parts, theta, gradient, lambda, ridge []float64, sign, other float64, sums *gapSums) {
	mask := math.Float64bits(sign)
	for j, t := range theta {
		s, l, mu := j%8, lambda[j], ridge[j]
		bits := math.Float64bits(t)
		size := math.Float64frombits(bits &^ mask)
		g := math.Float64frombits(math.Float64bits(gradient[j]) ^ bits&mask)
		pull := float64(mu * size)
		sums[2][s] = math.FMA(pull, size, sums[2][s])
		sums[1][s] = math.FMA(l, size, sums[1][s])
		if r := math.Float64frombits(math.Float64bits(g-pull)&^mask) / l; r > sums[0][s] {
			sums[0][s] = r
		}
		over := g - l
		v, w := 0.0, 0.0
		if over > 0 {
			v = over
		}
		if low := g + (l + other); low < 0 {
			w = low
		}
		violation := pull - v
		parts[j] = math.FMA(v-over, size, math.FMA(w, w, violation*violation)/(mu+mu))
		sums[3][s] += parts[j]
	}
}
