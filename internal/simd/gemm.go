package simd

//go:generate go run -C _gen ./gemm -out ../gemm_amd64.s -stubs ../gemm_amd64.go -pkg simd

// GemmTile returns the height and width of the tile that [Gemm] computes at the
// active level.
func GemmTile() (rows, columns int) {
	switch level {
	case AVX512:
		return 8, 24
	case AVX2:
		return 4, 12
	case NEON:
		return 6, 8
	}
	return 4, 4
}

// Gemm computes C = alpha·A·B + beta·C for a tile of C, at most as large as
// [GemmTile] says. A[i,p] is a[i*rsa+p*csa], B[p,j] is b[p*ldb+j], C[i,j] is
// c[i*ldc+j], with i < m, j < n, p < k and all three at least 1. C is not read
// if beta is 0.
//
// Every level but Portable computes an element of C as
//
//	FMA(alpha, s, beta·c),  s = FMA(A[i,k-1], B[k-1,j], … FMA(A[i,0], B[0,j], 0) …)
//
// so that they agree to the bit. One call should stay below 50 µs, k below some
// 2000: assembly is not preempted.
func Gemm(m, n, k int, alpha float64, a []float64, rsa, csa int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	GemmAhead(m, n, k, alpha, a, rsa, csa, b, ldb, beta, c, ldc, nil, 0)
}

// GemmAhead is [Gemm] that also fetches ahead[0], ahead[step], … into the second-level
// cache while it computes, one for each p.
func GemmAhead(m, n, k int, alpha float64, a []float64, rsa, csa int, b []float64, ldb int, beta float64, c []float64, ldc int, ahead []float64, step int) {
	_ = a[(m-1)*rsa+(k-1)*csa]
	_ = b[(k-1)*ldb+n-1]
	_ = c[(m-1)*ldc+n-1]
	touchGemm(m, n, k, a, rsa, csa, b, ldb, c, ldc)
	if len(ahead) == 0 {
		ahead, step = b, 0 // what is at hand
	}
	gemm(m, n, k, alpha, a, rsa, csa, b, ldb, beta, c, ldc, &ahead[0], 8*step)
}

// GemmPack is [GemmAhead] for a whole tile, which also copies B to packed:
// element (p, j) becomes packed[p*columns+j].
func GemmPack(k int, alpha float64, a []float64, rsa, csa int, b []float64, ldb int, beta float64, c []float64, ldc int, packed, ahead []float64, step int) {
	m, n := GemmTile()
	_ = a[(m-1)*rsa+(k-1)*csa]
	_ = b[(k-1)*ldb+n-1]
	_ = c[(m-1)*ldc+n-1]
	packed = packed[:n*k]
	if len(ahead) == 0 {
		ahead, step = b, 0
	}
	if raceEnabled || !gemmPack(k, alpha, a, rsa, csa, b, ldb, beta, c, ldc, packed, &ahead[0], 8*step) {
		CopyRows(k, n, b, ldb, packed, n)
		GemmAhead(m, n, k, alpha, a, rsa, csa, packed, n, beta, c, ldc, ahead, step)
	}
}

// CopyRows sets dst[i*ldd+j] = src[i*lds+j] for i < m and j < n. It is meant for short
// rows.
func CopyRows(m, n int, src []float64, lds int, dst []float64, ldd int) {
	if m <= 0 || n <= 0 {
		return
	}
	_ = src[(m-1)*lds+n-1]
	_ = dst[(m-1)*ldd+n-1]
	if copyRows(m, n, src, lds, dst, ldd) {
		return
	}
	for i := range m {
		copy(dst[i*ldd:i*ldd+n], src[i*lds:i*lds+n])
	}
}

// Transpose sets dst[p*ldd+i] = src[i*lds+p] for i < m and p < n.
func Transpose(m, n int, src []float64, lds int, dst []float64, ldd int) {
	if m <= 0 || n <= 0 {
		return
	}
	_ = src[(m-1)*lds+n-1]
	_ = dst[(n-1)*ldd+m-1]
	rows, columns := transpose(m, n, src, lds, dst, ldd)
	for i := range m {
		from := 0
		if i < rows {
			from = columns
		}
		row := src[i*lds : i*lds+n]
		for p := from; p < n; p++ {
			dst[p*ldd+i] = row[p]
		}
	}
}

// gemmPortable is the twin of the kernels, for tiles of at most 4×4.
func gemmPortable(m, n, k int, alpha float64, a []float64, rsa, csa int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if m == 4 && n == 4 {
		gemmPortable4x4(k, alpha, a, rsa, csa, b, ldb, beta, c, ldc)
		return
	}
	for i := range m {
		for j := range n {
			var s float64
			for p := range k {
				s += float64(a[i*rsa+p*csa] * b[p*ldb+j])
			}
			store(&c[i*ldc+j], alpha, s, beta)
		}
	}
}

// gemmPortable4x4 keeps eight sums at a time: sixteen would leave no register
// for the operands.
func gemmPortable4x4(k int, alpha float64, a []float64, rsa, csa int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	for i := 0; i < 4; i += 2 {
		var s00, s01, s02, s03, s10, s11, s12, s13 float64
		for p := range k {
			a0, a1 := a[i*rsa+p*csa], a[(i+1)*rsa+p*csa]
			row := b[p*ldb : p*ldb+4 : p*ldb+4]
			s00 += float64(a0 * row[0])
			s01 += float64(a0 * row[1])
			s02 += float64(a0 * row[2])
			s03 += float64(a0 * row[3])
			s10 += float64(a1 * row[0])
			s11 += float64(a1 * row[1])
			s12 += float64(a1 * row[2])
			s13 += float64(a1 * row[3])
		}
		for j, s := range [...]float64{s00, s01, s02, s03} {
			store(&c[i*ldc+j], alpha, s, beta)
		}
		for j, s := range [...]float64{s10, s11, s12, s13} {
			store(&c[(i+1)*ldc+j], alpha, s, beta)
		}
	}
}

func store(c *float64, alpha, s, beta float64) {
	if beta == 0 {
		*c = alpha * s
		return
	}
	*c = float64(alpha*s) + float64(beta**c)
}
