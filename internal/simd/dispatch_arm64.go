//go:build arm64 && !noasm

package simd

import (
	"math"
	"unsafe"
)

func ptr(x []float64) *float64 { return unsafe.SliceData(x) }

// The kernels take whole groups of lanes; the rest is added to the partial sums
// here.

func dotBlock(x, y []float64) float64 {
	var acc [lanes]float64
	if level == NEON && len(x) >= lanes {
		n := len(x) / lanes * lanes
		dotNEON(n, ptr(x), ptr(y), &acc)
		x, y = x[n:], y[n:]
	}
	for i, v := range x {
		acc[i%lanes] = math.FMA(v, y[i], acc[i%lanes])
	}
	return fold(acc[:])
}

func sum(x []float64) float64 {
	var acc [lanes]float64
	if level == NEON && len(x) >= lanes {
		n := len(x) / lanes * lanes
		sumNEON(n, ptr(x), &acc)
		x = x[n:]
	}
	for i, v := range x {
		acc[i%lanes] += v
	}
	return fold(acc[:])
}

func sqdist(x, y []float64) float64 {
	var acc [8]float64
	if level == NEON && len(x) >= 8 {
		n := len(x) / 8 * 8
		sqdistNEON(n, ptr(x), ptr(y), &acc)
		x, y = x[n:], y[n:]
	}
	for i, v := range x {
		d := v - y[i]
		acc[i%8] = math.FMA(d, d, acc[i%8])
	}
	return fold(acc[:])
}

func axpyBlock(alpha float64, x, y []float64) {
	if level == NEON && len(x) >= 8 {
		n := len(x) / 8 * 8
		axpyNEON(n, alpha, ptr(x), ptr(y))
		x, y = x[n:], y[n:]
	}
	axpyGo(alpha, x, y)
}

func axpyFour(alpha *[4]float64, x0, x1, x2, x3, y []float64) {
	for r, x := range [4][]float64{x0, x1, x2, x3} {
		axpyBlock(alpha[r], x, y)
	}
}

func dotRows(dst, a []float64, lda int, x []float64) {
	for r := range dst {
		dst[r] = dotBlock(a[r*lda:r*lda+len(x)], x)
	}
}

func axpyRows(w, a []float64, lda int, y []float64) {
	for r, v := range w {
		axpyBlock(v, a[r*lda:r*lda+len(y)], y)
	}
}

func outerRows(w, y, a []float64, lda int) {
	for r, v := range w {
		axpyBlock(v, y, a[r*lda:r*lda+len(y)])
	}
}

func sqdistRows(dst, x, a []float64, lda int) {
	for r := range dst {
		dst[r] = sqdist(x, a[r*lda:r*lda+len(x)])
	}
}

func sqdistPairs(dst []float64, n int, a []float64, ao []int, b []float64, bo []int) {
	for i, o := range ao {
		dst[i] = sqdist(a[o:o+n], b[bo[i]:bo[i]+n])
	}
}

func dotAxpy4(w *[4]float64, a []float64, lda int, x, y []float64, s *[4]float64) {
	dotAxpy4Go(w, a, lda, x, y, s)
}

func exp(dst, x []float64) {
	n := 0
	if level == NEON && len(x) >= 2 {
		n = len(x) / 2 * 2
		expNEON(n, ptr(dst), ptr(x))
	}
	expGo(dst[n:], x[n:])
}

func expSum(dst, x []float64, shift float64) float64 {
	for i, v := range x {
		dst[i] = v - shift
	}
	exp(dst[:len(x)], dst)
	var acc [8]float64
	for i, v := range dst[:len(x)] {
		acc[i%8] += v
	}
	return fold(acc[:])
}

func rbf(row, sj []float64, si, minusGamma float64) {
	for j, t := range row {
		d := math.FMA(-2, t, sj[j]+si)
		row[j] = float64(positive(d) * minusGamma)
	}
	exp(row, row)
}

// The others are left to the compiler.

func asumBlock(x []float64) float64                   { return asumGo(x) }
func zerosum(x []float64) float64                     { return zerosumGo(x) }
func largest(x []float64) float64                     { return largestGo(x) }
func smallest(x []float64) float64                    { return smallestGo(x) }
func absLargest(x []float64) float64                  { return absLargestGo(x) }
func find(x []float64, value float64) int             { return findGo(x, value) }
func absFind(x []float64, value float64) int          { return absFindGo(x, value) }
func scalBlock(alpha float64, x []float64)            { scalGo(alpha, x) }
func add(dst, x, y []float64)                         { addGo(dst, x, y) }
func sub(dst, x, y []float64)                         { subGo(dst, x, y) }
func mul(dst, x, y []float64)                         { mulGo(dst, x, y) }
func rot(x, y []float64, c, s float64)                { rotGo(x, y, c, s) }
func softplus(dst, x []float64)                       { softplusGo(dst, x) }
func logisticDerivatives(resid, curv, z, y []float64) { logisticDerivativesGo(resid, curv, z, y) }
func logistic(loss, resid, curv, z, y []float64)      { logisticGo(loss, resid, curv, z, y) }

func axpySingle(alpha float64, x []float32, y []float64) { axpySingleGo(alpha, x, y) }
func narrow(dst []float32, x []float64)                  { narrowGo(dst, x) }
func axpyDifference(d float64, x, y, f []float64)        { axpyDifferenceGo(d, x, y, f) }
func leastBelow(f, b, upper []float64, s *search)        { leastBelowGo(f, b, upper, s) }
func bestGain(f, b, lower, diagonal, row []float64, least, own, tau float64, s *search) {
	bestGainGo(f, b, lower, diagonal, row, least, own, tau, s)
}

func axpySingleFour(alpha *[4]float64, x0, x1, x2, x3 []float32, y []float64) {
	axpySingleFourGo(alpha, x0, x1, x2, x3, y)
}

func widen(dst []float64, x []float32) { widenGo(dst, x) }

func gapTerms(parts, theta, gradient, lambda, ridge []float64, sign, other float64, sums *gapSums) {
	gapTermsGo(parts, theta, gradient, lambda, ridge, sign, other, sums)
}
