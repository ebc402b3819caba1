//go:build noasm || !amd64

package simd

func stepsKernel() bool { return false }

func gemmSteps(steps []uint16, a, b, c []float64, ldc int, _ []float64) {
	gemmStepsGo(steps, a, b, c, ldc)
}

func centreRows(m int, src []float64, lds int, mean, factors, dst, sums []float64, marks []uint8, _ int) {
	centreRowsGo(m, src, lds, mean, factors, dst, sums, marks)
}
