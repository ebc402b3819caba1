//go:build noasm || !(amd64 || arm64)

package simd

func gemm(m, n, k int, alpha float64, a []float64, rsa, csa int, b []float64, ldb int, beta float64, c []float64, ldc int, _ *float64, _ int) {
	gemmPortable(m, n, k, alpha, a, rsa, csa, b, ldb, beta, c, ldc)
}

func gemmPack(k int, alpha float64, a []float64, rsa, csa int, b []float64, ldb int, beta float64, c []float64, ldc int, packed []float64, ahead *float64, step int) bool {
	return false
}

func transpose(m, n int, src []float64, lds int, dst []float64, ldd int) (rows, columns int) {
	return 0, 0
}

func copyRows(m, n int, src []float64, lds int, dst []float64, ldd int) bool { return false }
