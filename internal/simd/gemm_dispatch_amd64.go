//go:build amd64 && !noasm

package simd

func gemm(m, n, k int, alpha float64, a []float64, rsa, csa int, b []float64, ldb int, beta float64, c []float64, ldc int, ahead *float64, step int) {
	switch level {
	case AVX512:
		gemmAVX512(m, n, k, alpha, &a[0], rsa, csa, &b[0], ldb, beta, &c[0], ldc, ahead, step)
	case AVX2:
		if n > 8 && n < 12 {
			// Twelve sums, three vectors of B and one of A leave no register for a mask.
			gemmAVX2(m, 8, k, alpha, &a[0], rsa, csa, &b[0], ldb, beta, &c[0], ldc, ahead, step)
			gemmAVX2(m, n-8, k, alpha, &a[0], rsa, csa, &b[8], ldb, beta, &c[8], ldc, ahead, 0)
			return
		}
		gemmAVX2(m, n, k, alpha, &a[0], rsa, csa, &b[0], ldb, beta, &c[0], ldc, ahead, step)
	default:
		gemmPortable(m, n, k, alpha, a, rsa, csa, b, ldb, beta, c, ldc)
	}
}

func gemmPack(k int, alpha float64, a []float64, rsa, csa int, b []float64, ldb int, beta float64, c []float64, ldc int, packed []float64, ahead *float64, step int) bool {
	switch level {
	case AVX512:
		gemmPackAVX512(k, alpha, &a[0], rsa, csa, &b[0], ldb, beta, &c[0], ldc, &packed[0], ahead, step)
	case AVX2:
		gemmPackAVX2(k, alpha, &a[0], rsa, csa, &b[0], ldb, beta, &c[0], ldc, &packed[0], ahead, step)
	default:
		return false
	}
	return true
}

// transpose transposes the leading rows and columns in assembly and returns how
// many of them.
func transpose(m, n int, src []float64, lds int, dst []float64, ldd int) (rows, columns int) {
	if level < AVX2 || m < 4 || n < 4 {
		return 0, 0
	}
	rows, columns = m&^3, n&^3
	i := 0
	if eights := n &^ 7; level == AVX512 && eights > 0 {
		for ; i+8 <= rows; i += 8 {
			transpose8AVX512(eights, &src[i*lds], lds, &dst[i], ldd)
			if eights < columns {
				transpose4AVX2(4, &src[i*lds+eights], lds, &dst[eights*ldd+i], ldd)
				transpose4AVX2(4, &src[(i+4)*lds+eights], lds, &dst[eights*ldd+i+4], ldd)
			}
		}
	}
	for ; i < rows; i += 4 {
		transpose4AVX2(columns, &src[i*lds], lds, &dst[i], ldd)
	}
	return rows, columns
}

func copyRows(m, n int, src []float64, lds int, dst []float64, ldd int) bool {
	if level < AVX2 || n%4 != 0 || n > 24 {
		return false
	}
	copyRowsAVX2(m, n, &src[0], lds, &dst[0], ldd)
	return true
}
