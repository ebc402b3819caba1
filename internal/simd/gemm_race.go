//go:build race

package simd

const raceEnabled = true

// touchGemm tells the race detector what the kernel reads and writes.
func touchGemm(m, n, k int, a []float64, rsa, csa int, b []float64, ldb int, c []float64, ldc int) {
	for i := range m {
		if csa == 1 {
			reads(a[i*rsa : i*rsa+k])
		}
		writes(c[i*ldc : i*ldc+n])
	}
	for p := range k {
		if rsa == 1 {
			reads(a[p*csa : p*csa+m])
		}
		reads(b[p*ldb : p*ldb+n])
	}
}
