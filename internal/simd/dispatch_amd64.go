//go:build amd64 && !noasm

package simd

import "unsafe"

func ptr(x []float64) *float64 { return unsafe.SliceData(x) }

// Direct calls, not function variables: through a variable the compiler cannot
// see that the kernels keep no pointer, and what they are given would move to
// the heap.

func dotBlock(x, y []float64) float64 {
	switch level {
	case AVX512:
		return dotAVX512(len(x), ptr(x), ptr(y))
	case AVX2:
		return dotAVX2(len(x), ptr(x), ptr(y))
	}
	return dotGo(x, y)
}

func sum(x []float64) float64 {
	switch level {
	case AVX512:
		return sumAVX512(len(x), ptr(x))
	case AVX2:
		return sumAVX2(len(x), ptr(x))
	}
	return sumGo(x)
}

func asumBlock(x []float64) float64 {
	switch level {
	case AVX512:
		return asumAVX512(len(x), ptr(x))
	case AVX2:
		return asumAVX2(len(x), ptr(x))
	}
	return asumGo(x)
}

func sqdist(x, y []float64) float64 {
	switch level {
	case AVX512:
		return sqdistAVX512(len(x), ptr(x), ptr(y))
	case AVX2:
		return sqdistAVX2(len(x), ptr(x), ptr(y))
	}
	return sqdistGo(x, y)
}

func zerosum(x []float64) float64 {
	switch level {
	case AVX512:
		return zerosumAVX512(len(x), ptr(x))
	case AVX2:
		return zerosumAVX2(len(x), ptr(x))
	}
	return zerosumGo(x)
}

func largest(x []float64) float64 {
	switch level {
	case AVX512:
		return maxAVX512(len(x), ptr(x))
	case AVX2:
		return maxAVX2(len(x), ptr(x))
	}
	return largestGo(x)
}

func smallest(x []float64) float64 {
	switch level {
	case AVX512:
		return minAVX512(len(x), ptr(x))
	case AVX2:
		return minAVX2(len(x), ptr(x))
	}
	return smallestGo(x)
}

func absLargest(x []float64) float64 {
	switch level {
	case AVX512:
		return absmaxAVX512(len(x), ptr(x))
	case AVX2:
		return absmaxAVX2(len(x), ptr(x))
	}
	return absLargestGo(x)
}

func find(x []float64, value float64) int {
	switch level {
	case AVX512:
		return findAVX512(len(x), ptr(x), value)
	case AVX2:
		return findAVX2(len(x), ptr(x), value)
	}
	return findGo(x, value)
}

func absFind(x []float64, value float64) int {
	switch level {
	case AVX512:
		return absfindAVX512(len(x), ptr(x), value)
	case AVX2:
		return absfindAVX2(len(x), ptr(x), value)
	}
	return absFindGo(x, value)
}

func axpyBlock(alpha float64, x, y []float64) {
	switch level {
	case AVX512:
		axpyAVX512(len(x), alpha, ptr(x), ptr(y))
	case AVX2:
		axpyAVX2(len(x), alpha, ptr(x), ptr(y))
	default:
		axpyGo(alpha, x, y)
	}
}

func axpyFour(alpha *[4]float64, x0, x1, x2, x3, y []float64) {
	switch level {
	case AVX512:
		axpyfourAVX512(len(y), &alpha[0], ptr(x0), ptr(x1), ptr(x2), ptr(x3), ptr(y))
	case AVX2:
		axpyfourAVX2(len(y), &alpha[0], ptr(x0), ptr(x1), ptr(x2), ptr(x3), ptr(y))
	default:
		axpyFourGo(alpha, x0, x1, x2, x3, y)
	}
}

func scalBlock(alpha float64, x []float64) {
	switch level {
	case AVX512:
		scalAVX512(len(x), alpha, ptr(x))
	case AVX2:
		scalAVX2(len(x), alpha, ptr(x))
	default:
		scalGo(alpha, x)
	}
}

func add(dst, x, y []float64) {
	switch level {
	case AVX512:
		addAVX512(len(dst), ptr(dst), ptr(x), ptr(y))
	case AVX2:
		addAVX2(len(dst), ptr(dst), ptr(x), ptr(y))
	default:
		addGo(dst, x, y)
	}
}

func sub(dst, x, y []float64) {
	switch level {
	case AVX512:
		subAVX512(len(dst), ptr(dst), ptr(x), ptr(y))
	case AVX2:
		subAVX2(len(dst), ptr(dst), ptr(x), ptr(y))
	default:
		subGo(dst, x, y)
	}
}

func mul(dst, x, y []float64) {
	switch level {
	case AVX512:
		mulAVX512(len(dst), ptr(dst), ptr(x), ptr(y))
	case AVX2:
		mulAVX2(len(dst), ptr(dst), ptr(x), ptr(y))
	default:
		mulGo(dst, x, y)
	}
}

func rot(x, y []float64, c, s float64) {
	switch level {
	case AVX512:
		rotAVX512(len(x), ptr(x), ptr(y), c, s)
	case AVX2:
		rotAVX2(len(x), ptr(x), ptr(y), c, s)
	default:
		rotGo(x, y, c, s)
	}
}

func dotRows(dst, a []float64, lda int, x []float64) {
	switch level {
	case AVX512:
		dotrowsAVX512(len(dst), len(x), ptr(a), lda, ptr(x), ptr(dst))
	case AVX2:
		dotrowsAVX2(len(dst), len(x), ptr(a), lda, ptr(x), ptr(dst))
	default:
		dotRowsGo(dst, a, lda, x)
	}
}

func axpyRows(w, a []float64, lda int, y []float64) {
	switch level {
	case AVX512:
		axpyrowsAVX512(len(w), len(y), ptr(a), lda, ptr(w), ptr(y))
	case AVX2:
		axpyrowsAVX2(len(w), len(y), ptr(a), lda, ptr(w), ptr(y))
	default:
		axpyRowsGo(w, a, lda, y)
	}
}

func outerRows(w, y, a []float64, lda int) {
	switch level {
	case AVX512:
		outerrowsAVX512(len(w), len(y), ptr(a), lda, ptr(w), ptr(y))
	case AVX2:
		outerrowsAVX2(len(w), len(y), ptr(a), lda, ptr(w), ptr(y))
	default:
		outerRowsGo(w, y, a, lda)
	}
}

func sqdistRows(dst, x, a []float64, lda int) {
	switch level {
	case AVX512:
		sqdistrowsAVX512(len(dst), len(x), ptr(a), lda, ptr(x), ptr(dst))
	case AVX2:
		sqdistrowsAVX2(len(dst), len(x), ptr(a), lda, ptr(x), ptr(dst))
	default:
		sqdistRowsGo(dst, x, a, lda)
	}
}

func sqdistPairs(dst []float64, n int, a []float64, ao []int, b []float64, bo []int) {
	ahead := 1 + fetchAhead/max(n, 1)
	switch {
	case len(dst) == 0:
	case level == AVX512:
		sqdistpairsAVX512(len(dst), n, ahead, ptr(a), &ao[0], ptr(b), &bo[0], &dst[0])
	case level == AVX2:
		sqdistpairsAVX2(len(dst), n, ahead, ptr(a), &ao[0], ptr(b), &bo[0], &dst[0])
	default:
		sqdistPairsGo(dst, n, a, ao, b, bo)
	}
}

func dotAxpy4(w *[4]float64, a []float64, lda int, x, y []float64, s *[4]float64) {
	switch level {
	case AVX512:
		dotaxpyfourAVX512(len(x), &w[0], ptr(a), lda, ptr(x), ptr(y), &s[0])
	case AVX2:
		dotaxpyfourAVX2(len(x), &w[0], ptr(a), lda, ptr(x), ptr(y), &s[0])
	default:
		dotAxpy4Go(w, a, lda, x, y, s)
	}
}

func exp(dst, x []float64) {
	switch level {
	case AVX512:
		expAVX512(len(x), ptr(dst), ptr(x))
	case AVX2:
		expAVX2(len(x), ptr(dst), ptr(x))
	default:
		expGo(dst, x)
	}
}

func softplus(dst, x []float64) {
	switch level {
	case AVX512:
		softplusAVX512(len(x), ptr(dst), ptr(x))
	case AVX2:
		softplusAVX2(len(x), ptr(dst), ptr(x))
	default:
		softplusGo(dst, x)
	}
}

func logisticDerivatives(resid, curv, z, y []float64) {
	switch level {
	case AVX512:
		logisticDerivativesAVX512(len(z), ptr(resid), ptr(curv), ptr(z), ptr(y))
	case AVX2:
		logisticDerivativesAVX2(len(z), ptr(resid), ptr(curv), ptr(z), ptr(y))
	default:
		logisticDerivativesGo(resid, curv, z, y)
	}
}

func logistic(loss, resid, curv, z, y []float64) {
	switch level {
	case AVX512:
		logisticAVX512(len(z), ptr(loss), ptr(resid), ptr(curv), ptr(z), ptr(y))
	case AVX2:
		logisticAVX2(len(z), ptr(loss), ptr(resid), ptr(curv), ptr(z), ptr(y))
	default:
		logisticGo(loss, resid, curv, z, y)
	}
}

func expSum(dst, x []float64, shift float64) float64 {
	switch level {
	case AVX512:
		return expsumAVX512(len(x), ptr(dst), ptr(x), shift)
	case AVX2:
		return expsumAVX2(len(x), ptr(dst), ptr(x), shift)
	}
	return expSumGo(dst, x, shift)
}

func rbf(row, sj []float64, si, minusGamma float64) {
	switch level {
	case AVX512:
		rbfAVX512(len(row), ptr(row), ptr(sj), si, minusGamma)
	case AVX2:
		rbfAVX2(len(row), ptr(row), ptr(sj), si, minusGamma)
	default:
		rbfGo(row, sj, si, minusGamma)
	}
}

func axpySingle(alpha float64, x []float32, y []float64) {
	switch level {
	case AVX512:
		axpysingleAVX512(len(x), alpha, unsafe.SliceData(x), ptr(y))
	case AVX2:
		axpysingleAVX2(len(x), alpha, unsafe.SliceData(x), ptr(y))
	default:
		axpySingleGo(alpha, x, y)
	}
}

func axpySingleFour(alpha *[4]float64, x0, x1, x2, x3 []float32, y []float64) {
	switch level {
	case AVX512:
		axpysinglefourAVX512(len(y), &alpha[0], unsafe.SliceData(x0), unsafe.SliceData(x1), unsafe.SliceData(x2), unsafe.SliceData(x3), ptr(y))
	case AVX2:
		axpysinglefourAVX2(len(y), &alpha[0], unsafe.SliceData(x0), unsafe.SliceData(x1), unsafe.SliceData(x2), unsafe.SliceData(x3), ptr(y))
	default:
		axpySingleFourGo(alpha, x0, x1, x2, x3, y)
	}
}

func widen(dst []float64, x []float32) {
	switch level {
	case AVX512:
		widenAVX512(len(x), ptr(dst), unsafe.SliceData(x))
	case AVX2:
		widenAVX2(len(x), ptr(dst), unsafe.SliceData(x))
	default:
		widenGo(dst, x)
	}
}

func narrow(dst []float32, x []float64) {
	switch level {
	case AVX512:
		narrowAVX512(len(x), unsafe.SliceData(dst), ptr(x))
	case AVX2:
		narrowAVX2(len(x), unsafe.SliceData(dst), ptr(x))
	default:
		narrowGo(dst, x)
	}
}

func axpyDifference(d float64, x, y, f []float64) {
	switch level {
	case AVX512:
		axpydifferenceAVX512(len(f), d, ptr(x), ptr(y), ptr(f))
	case AVX2:
		axpydifferenceAVX2(len(f), d, ptr(x), ptr(y), ptr(f))
	default:
		axpyDifferenceGo(d, x, y, f)
	}
}

func leastBelow(f, b, upper []float64, s *search) {
	switch level {
	case AVX512:
		leastbelowAVX512(len(f), ptr(f), ptr(b), ptr(upper), &s.value[0], &s.at[0])
	case AVX2:
		leastbelowAVX2(len(f), ptr(f), ptr(b), ptr(upper), &s.value[0], &s.at[0])
	default:
		leastBelowGo(f, b, upper, s)
	}
}

func bestGain(f, b, lower, diagonal, row []float64, least, own, tau float64, s *search) {
	switch level {
	case AVX512:
		bestgainAVX512(len(f), ptr(f), ptr(b), ptr(lower), ptr(diagonal), ptr(row), least, own, tau, &s.most[0], &s.value[0], &s.at[0])
	case AVX2:
		bestgainAVX2(len(f), ptr(f), ptr(b), ptr(lower), ptr(diagonal), ptr(row), least, own, tau, &s.most[0], &s.value[0], &s.at[0])
	default:
		bestGainGo(f, b, lower, diagonal, row, least, own, tau, s)
	}
}

func gapTerms(parts, theta, gradient, lambda, ridge []float64, sign, other float64, sums *gapSums) {
	switch level {
	case AVX512:
		gaptermsAVX512(len(parts), ptr(parts), ptr(theta), ptr(gradient), ptr(lambda), ptr(ridge), sign, other, &sums[0][0])
	case AVX2:
		gaptermsAVX2(len(parts), ptr(parts), ptr(theta), ptr(gradient), ptr(lambda), ptr(ridge), sign, other, &sums[0][0])
	default:
		gapTermsGo(parts, theta, gradient, lambda, ridge, sign, other, sums)
	}
}
