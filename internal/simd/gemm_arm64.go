//go:build !noasm

package simd

// gemm6x8NEON computes C = alpha·A·B + beta·C for a tile of m ≤ 6 rows and 8 columns;
// A[i,p] is a[i*rsa+p*csa], B[p,j] is b[p*ldb+j] and k ≥ 1. The others do so for
// 4, 2 and 1 columns.
//
//go:noescape
func gemm6x8NEON(m, k int, alpha float64, a *float64, rsa, csa int, b *float64, ldb int, beta float64, c *float64, ldc int)

//go:noescape
func gemm6x4NEON(m, k int, alpha float64, a *float64, rsa, csa int, b *float64, ldb int, beta float64, c *float64, ldc int)

//go:noescape
func gemm6x2NEON(m, k int, alpha float64, a *float64, rsa, csa int, b *float64, ldb int, beta float64, c *float64, ldc int)

//go:noescape
func gemm6x1NEON(m, k int, alpha float64, a *float64, rsa, csa int, b *float64, ldb int, beta float64, c *float64, ldc int)

func gemm(m, n, k int, alpha float64, a []float64, rsa, csa int, b []float64, ldb int, beta float64, c []float64, ldc int, _ *float64, _ int) {
	if level != NEON {
		gemmPortable(m, n, k, alpha, a, rsa, csa, b, ldb, beta, c, ldc)
		return
	}
	if n == 8 {
		gemm6x8NEON(m, k, alpha, &a[0], rsa, csa, &b[0], ldb, beta, &c[0], ldc)
		return
	}
	j := 0
	if n&4 != 0 {
		gemm6x4NEON(m, k, alpha, &a[0], rsa, csa, &b[0], ldb, beta, &c[0], ldc)
		j = 4
	}
	if n&2 != 0 {
		gemm6x2NEON(m, k, alpha, &a[0], rsa, csa, &b[j], ldb, beta, &c[j], ldc)
		j += 2
	}
	if n&1 != 0 {
		gemm6x1NEON(m, k, alpha, &a[0], rsa, csa, &b[j], ldb, beta, &c[j], ldc)
	}
}

func gemmPack(k int, alpha float64, a []float64, rsa, csa int, b []float64, ldb int, beta float64, c []float64, ldc int, packed []float64, ahead *float64, step int) bool {
	return false
}

func transpose(m, n int, src []float64, lds int, dst []float64, ldd int) (rows, columns int) {
	return 0, 0
}

func copyRows(m, n int, src []float64, lds int, dst []float64, ldd int) bool { return false }
