//go:build amd64 && !noasm

package simd

func stepsKernel() bool { return level >= AVX2 }

func gemmSteps(steps []uint16, a, b, c []float64, ldc int, ahead []float64) {
	next, step := &b[0], 0 // what is at hand, where there is nothing to fetch
	if len(ahead) > 0 {
		next, step = &ahead[0], min(64, (8*len(ahead)+len(steps)-1)/len(steps))
	}
	switch level {
	case AVX512:
		gemmStepsAVX512(len(steps), &steps[0], &a[0], &b[0], &c[0], ldc, next, step)
	case AVX2:
		gemmStepsAVX2(len(steps), &steps[0], &a[0], &b[0], &c[0], ldc, next, step)
	default:
		gemmStepsGo(steps, a, b, c, ldc)
	}
}

var one = [1]float64{1}

func centreRows(m int, src []float64, lds int, mean, factors, dst, sums []float64, marks []uint8, ldm int) {
	factor, factorStep := &one[0], 0
	if factors != nil {
		factor, factorStep = &factors[0], 1
	}
	switch level {
	case AVX512:
		centreRowsAVX512(m, &src[0], lds, &mean[0], factor, factorStep, &dst[0], &sums[0], &marks[0], ldm)
	case AVX2:
		centreRowsAVX2(m, &src[0], lds, &mean[0], factor, factorStep, &dst[0], &sums[0], &marks[0], ldm)
	default:
		centreRowsGo(m, src, lds, mean, factors, dst, sums, marks)
	}
}
