//go:build noasm || !(amd64 || arm64)

package simd

func dotBlock(x, y []float64) float64 { return dotGo(x, y) }

func sum(x []float64) float64 { return sumGo(x) }

func asumBlock(x []float64) float64 { return asumGo(x) }

func sqdist(x, y []float64) float64 { return sqdistGo(x, y) }

func zerosum(x []float64) float64 { return zerosumGo(x) }

func largest(x []float64) float64 { return largestGo(x) }

func smallest(x []float64) float64 { return smallestGo(x) }

func absLargest(x []float64) float64 { return absLargestGo(x) }

func find(x []float64, value float64) int { return findGo(x, value) }

func absFind(x []float64, value float64) int { return absFindGo(x, value) }

func axpyBlock(alpha float64, x, y []float64) { axpyGo(alpha, x, y) }

func axpyFour(alpha *[4]float64, x0, x1, x2, x3, y []float64) {
	axpyFourGo(alpha, x0, x1, x2, x3, y)
}

func scalBlock(alpha float64, x []float64) { scalGo(alpha, x) }

func add(dst, x, y []float64) { addGo(dst, x, y) }

func sub(dst, x, y []float64) { subGo(dst, x, y) }

func mul(dst, x, y []float64) { mulGo(dst, x, y) }

func rot(x, y []float64, c, s float64) { rotGo(x, y, c, s) }

func dotRows(dst, a []float64, lda int, x []float64) { dotRowsGo(dst, a, lda, x) }

func axpyRows(w, a []float64, lda int, y []float64) { axpyRowsGo(w, a, lda, y) }

func outerRows(w, y, a []float64, lda int)    { outerRowsGo(w, y, a, lda) }
func sqdistRows(dst, x, a []float64, lda int) { sqdistRowsGo(dst, x, a, lda) }

func sqdistPairs(dst []float64, n int, a []float64, ao []int, b []float64, bo []int) {
	sqdistPairsGo(dst, n, a, ao, b, bo)
}

func dotAxpy4(w *[4]float64, a []float64, lda int, x, y []float64, s *[4]float64) {
	dotAxpy4Go(w, a, lda, x, y, s)
}

func exp(dst, x []float64) { expGo(dst, x) }

func softplus(dst, x []float64) { softplusGo(dst, x) }

func logisticDerivatives(resid, curv, z, y []float64) { logisticDerivativesGo(resid, curv, z, y) }

func logistic(loss, resid, curv, z, y []float64) { logisticGo(loss, resid, curv, z, y) }

func expSum(dst, x []float64, shift float64) float64 { return expSumGo(dst, x, shift) }

func rbf(row, sj []float64, si, minusGamma float64) { rbfGo(row, sj, si, minusGamma) }

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
