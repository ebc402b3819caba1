package simd

import "math"

// The portable twins of the assembly: the same operations in the same order, so
// that they give the same bits. math.FMA is written out where the assembly fuses
// and float64(…) where it must not.

func dotGo(x, y []float64) float64 {
	var acc [lanes]float64
	for i, v := range x {
		acc[i%lanes] = math.FMA(v, y[i], acc[i%lanes])
	}
	return fold(acc[:])
}

func sumGo(x []float64) float64 {
	var acc [lanes]float64
	for i, v := range x {
		acc[i%lanes] += v
	}
	return fold(acc[:])
}

func asumGo(x []float64) float64 {
	var acc [lanes]float64
	for i, v := range x {
		acc[i%lanes] += math.Abs(v)
	}
	return fold(acc[:])
}

func sqdistGo(x, y []float64) float64 {
	var acc [8]float64
	for i, v := range x {
		d := v - y[i]
		acc[i%8] = math.FMA(d, d, acc[i%8])
	}
	return fold(acc[:])
}

// fold adds the partial sums by halves.
func fold(acc []float64) float64 {
	for h := len(acc) / 2; h > 0; h /= 2 {
		for l := range h {
			acc[l] += acc[l+h]
		}
	}
	return acc[0]
}

// zerosumGo is 0 if all elements are finite and NaN otherwise.
func zerosumGo(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += float64(v * 0)
	}
	return s
}

func largestGo(x []float64) float64 {
	m := math.Inf(-1)
	for _, v := range x {
		if v > m {
			m = v
		}
	}
	return m
}

func smallestGo(x []float64) float64 {
	m := math.Inf(1)
	for _, v := range x {
		if v < m {
			m = v
		}
	}
	return m
}

func absLargestGo(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		if v := math.Abs(v); v > m {
			m = v
		}
	}
	return m
}

func findGo(x []float64, value float64) int {
	for i, v := range x {
		if v == value {
			return i
		}
	}
	return len(x)
}

func absFindGo(x []float64, value float64) int {
	for i, v := range x {
		if math.Abs(v) == value {
			return i
		}
	}
	return len(x)
}

func axpyGo(alpha float64, x, y []float64) {
	for i, v := range x {
		y[i] = math.FMA(alpha, v, y[i])
	}
}

func axpyFourGo(alpha *[4]float64, x0, x1, x2, x3, y []float64) {
	for r, x := range [4][]float64{x0, x1, x2, x3} {
		axpyGo(alpha[r], x, y)
	}
}

func scalGo(alpha float64, x []float64) {
	for i := range x {
		x[i] *= alpha
	}
}

func addGo(dst, x, y []float64) {
	for i := range dst {
		dst[i] = x[i] + y[i]
	}
}

func subGo(dst, x, y []float64) {
	for i := range dst {
		dst[i] = x[i] - y[i]
	}
}

func mulGo(dst, x, y []float64) {
	for i := range dst {
		dst[i] = x[i] * y[i]
	}
}

func rotGo(x, y []float64, c, s float64) {
	for i, a := range x {
		b := y[i]
		x[i] = math.FMA(c, a, float64(s*b))
		y[i] = math.FMA(c, b, -float64(s*a))
	}
}

func dotRowsGo(dst, a []float64, lda int, x []float64) {
	for r := range dst {
		dst[r] = dotGo(a[r*lda:r*lda+len(x)], x)
	}
}

func axpyRowsGo(w, a []float64, lda int, y []float64) {
	for r, v := range w {
		axpyGo(v, a[r*lda:r*lda+len(y)], y)
	}
}

func outerRowsGo(w, y, a []float64, lda int) {
	for r, v := range w {
		axpyGo(v, y, a[r*lda:r*lda+len(y)])
	}
}

func sqdistRowsGo(dst, x, a []float64, lda int) {
	for r := range dst {
		dst[r] = sqdistGo(x, a[r*lda:r*lda+len(x)])
	}
}

func sqdistPairsGo(dst []float64, n int, a []float64, ao []int, b []float64, bo []int) {
	for i, o := range ao {
		dst[i] = sqdistGo(a[o:][:n], b[bo[i]:][:n])
	}
}

func dotAxpy4Go(w *[4]float64, a []float64, lda int, x, y []float64, s *[4]float64) {
	for r := range w {
		row := a[r*lda : r*lda+len(x)]
		axpyGo(w[r], row, y)
		var acc [8]float64
		for i, v := range row {
			acc[i%8] = math.FMA(v, x[i], acc[i%8])
		}
		s[r] = fold(acc[:])
	}
}

// exp1 is what [Exp] computes for one element.
func exp1(x float64) float64 {
	const (
		log2e = 0x1.71547652b82fep+0
		magic = 0x1.8p52 // its sum with a small number rounds that to an integer
		ln2hi = 0x1.62e42fefa3p-1
		ln2lo = 0x1.3de6af278ece6p-42
	)
	c := x
	if c < -746 {
		c = -746
	}
	if c > 710 {
		c = 710
	}
	k := math.FMA(c, log2e, magic) - magic
	r := math.FMA(-k, ln2hi, c)
	r = math.FMA(-k, ln2lo, r)

	r2 := float64(r * r)
	r4 := float64(r2 * r2)
	q23 := math.FMA(0x1.5555555555556p-3, r, 0x1.0000000000001p-1)
	q45 := math.FMA(0x1.11111111109b3p-7, r, 0x1.5555555553d63p-5)
	q67 := math.FMA(0x1.a01a01a7c41d5p-13, r, 0x1.6c16c1788bd90p-10)
	q89 := math.FMA(0x1.71de0dae63bb3p-19, r, 0x1.a019b90d2ae7ap-16)
	q := math.FMA(0x1.af38a9b0ec855p-26, r, 0x1.289185613a3d6p-22)
	q = math.FMA(q, r2, q89)
	q = math.FMA(q, r2, q67)
	q = math.FMA(q, r4, math.FMA(q45, r2, q23))
	p := math.FMA(q, r2, r) + 1

	// Half of k at a time: the first product is exact.
	k1 := math.RoundToEven(k / 2)
	return float64(p*power(k1)) * power(k-k1)
}

// power is two to the power k, an integer in the range of normal numbers.
func power(k float64) float64 {
	return math.Float64frombits(uint64(int64(k)+1023) << 52)
}

// log1p1 is log(1+u) for 0 ≤ u ≤ 1: with s = (1+u−c)/(1+u+c) for c = 1, or 2
// above √2−1, it is log c + 2·atanh s, and 2·atanh s = 2s + s³·p(s²).
func log1p1(u float64) float64 {
	one, ln2 := 0.0, 0.0
	if u > 0x1.a827999fcef32p-2 {
		one, ln2 = 1, 0x1.62e42fefa39efp-1
	}
	s := (u - one) / (u + (2 + one))
	z := float64(s * s)
	p := 0x1.2b5900de53b32p-3
	p = math.FMA(p, z, 0x1.39fe51a7c18f9p-3)
	p = math.FMA(p, z, 0x1.7462b51cb66b1p-3)
	p = math.FMA(p, z, 0x1.c71c62e3f11e6p-3)
	p = math.FMA(p, z, 0x1.2492492df281ap-2)
	p = math.FMA(p, z, 0x1.99999999952d7p-2)
	p = math.FMA(p, z, 0x1.5555555555558p-1)
	return math.FMA(p, float64(s*z), s+s) + ln2
}

// positive is max(x, 0), NaN for NaN.
func positive(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return x
}

// sigmoids1 returns 1/(1+e^−x) and 1/(1+e^x), given u = e^−|x|.
func sigmoids1(x, u float64) (p, q float64) {
	big := 1 / (1 + u)
	small := u * big
	if x > 0 {
		return big, small
	}
	return small, big
}

func expGo(dst, x []float64) {
	for i, v := range x {
		dst[i] = exp1(v)
	}
}

func softplusGo(dst, x []float64) {
	for i, v := range x {
		dst[i] = log1p1(exp1(-math.Abs(v))) + positive(v)
	}
}

func logisticGo(loss, resid, curv, z, y []float64) {
	for i, v := range z {
		t := y[i]
		u := exp1(-math.Abs(v))
		p, q := sigmoids1(v, u)
		loss[i] = log1p1(u) + math.FMA(-t, v, positive(v))
		curv[i] = p * q
		resid[i] = math.FMA(1-t, p, -float64(t*q))
	}
}

func logisticDerivativesGo(resid, curv, z, y []float64) {
	for i, v := range z {
		p, q := sigmoids1(v, exp1(-math.Abs(v)))
		curv[i] = p * q
		resid[i] = math.FMA(1-y[i], p, -float64(y[i]*q))
	}
}

func expSumGo(dst, x []float64, shift float64) float64 {
	var acc [8]float64
	for i, v := range x {
		e := exp1(v - shift)
		dst[i] = e
		acc[i%8] += e
	}
	return fold(acc[:])
}

func rbfGo(row, sj []float64, si, minusGamma float64) {
	for j, t := range row {
		d := math.FMA(-2, t, sj[j]+si)
		row[j] = exp1(float64(positive(d) * minusGamma))
	}
}
