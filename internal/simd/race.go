//go:build race

package simd

const raceEnabled = true

// touchGemm reads the ends of the rows that the kernel reads and writes those
// that it writes: the race detector does not see what assembly does.
func touchGemm(m, n, k int, a []float64, rsa, csa int, b []float64, ldb int, c []float64, ldc int) {
	var sink float64
	for i := range m {
		sink += a[i*rsa] + a[i*rsa+(k-1)*csa]
		touchRow(c[i*ldc : i*ldc+n])
	}
	for p := range k {
		sink += b[p*ldb] + b[p*ldb+n-1]
	}
	raceSink(sink)
}

func touchRow(row []float64) {
	last := len(row) - 1
	row[0], row[last] = row[0]+0, row[last]+0
}

//go:noinline
func raceSink(float64) {}
