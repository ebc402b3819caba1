//go:build !race

package simd

const raceEnabled = false

func touchGemm(m, n, k int, a []float64, rsa, csa int, b []float64, ldb int, c []float64, ldc int) {}
