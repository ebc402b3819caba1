package simd

// The kernels of this file run over the rows of a row-major matrix a: row r of n
// elements begins at a[r·lda].

// DotRows computes dst[r] = [Dot](row r, x), the same to the bit, for the
// len(dst) rows of len(x) elements.
func DotRows(dst, a []float64, lda int, x []float64) {
	m, n := len(dst), len(x)
	checkRows(m, n, a, lda)
	reads(x)
	writes(dst)
	if m*n <= block {
		dotRows(dst, a, lda, x)
		return
	}
	if n > block {
		for r := range dst {
			dst[r] = Dot(a[r*lda:r*lda+n], x)
		}
		return
	}
	step := rowsPerCall(n)
	for r := 0; r < m; r += step {
		dotRows(dst[r:min(r+step, m)], a[r*lda:], lda, x)
	}
}

// AxpyRows computes y += Σ w[r]·(row r), for each element of y one fused
// multiply-add after the other in the order of the len(w) rows of len(y)
// elements. Zeros in w are not skipped: 0·NaN is NaN.
func AxpyRows(w, a []float64, lda int, y []float64) {
	m, n := len(w), len(y)
	checkRows(m, n, a, lda)
	reads(w)
	writes(y)
	const width = 1 << 12 // the part of y that stays in the first-level cache
	if m*n <= width {
		axpyRows(w, a, lda, y)
		return
	}
	for lo := 0; lo < n; lo += width {
		part := y[lo:min(lo+width, n)]
		step := rowsPerCall(len(part))
		for r := 0; r < m; r += step {
			axpyRows(w[r:min(r+step, m)], a[r*lda+lo:], lda, part)
		}
	}
}

// OuterRows adds w[r]·y to row r, fused, for the len(w) rows of len(y)
// elements.
func OuterRows(w, y, a []float64, lda int) {
	m, n := len(w), len(y)
	checkRows(m, n, a, lda)
	reads(w)
	reads(y)
	if raceEnabled {
		for r := range m {
			writes(a[r*lda : r*lda+n])
		}
	}
	if m*n <= block {
		outerRows(w, y, a, lda)
		return
	}
	for lo := 0; lo < n; lo += block {
		part := y[lo:min(lo+block, n)]
		step := rowsPerCall(len(part))
		for r := 0; r < m; r += step {
			outerRows(w[r:min(r+step, m)], part, a[r*lda+lo:], lda)
		}
	}
}

// SqDistRows computes dst[r] = [SqDist](x, row r), the same to the bit, for the
// len(dst) rows of len(x) elements.
func SqDistRows(dst, x, a []float64, lda int) {
	m, n := len(dst), len(x)
	checkRows(m, n, a, lda)
	reads(x)
	writes(dst)
	if n > block {
		for r := range dst {
			dst[r] = SqDist(x, a[r*lda:r*lda+n])
		}
		return
	}
	step := rowsPerCall(n)
	for r := 0; r < m; r += step {
		sqdistRows(dst[r:min(r+step, m)], x, a[r*lda:], lda)
	}
}

// SqDistPairs computes dst[i] = [SqDist] of the n elements of a from ao[i] on and those
// of b from bo[i] on, the same to the bit, for the len(dst) pairs. It fetches what it
// will need of a ahead of time: b is expected to be in a cache.
func SqDistPairs(dst []float64, n int, a []float64, ao []int, b []float64, bo []int) {
	m := len(dst)
	ao, bo = ao[:m], bo[:m]
	for i, o := range ao {
		reads(a[o:][:n])
		reads(b[bo[i]:][:n])
	}
	writes(dst)
	if n > block {
		for i, o := range ao {
			dst[i] = SqDist(a[o:][:n], b[bo[i]:])
		}
		return
	}
	step := rowsPerCall(n)
	for i := 0; i < m; i += step {
		end := min(i+step, m)
		sqdistPairs(dst[i:end], n, a, ao[i:end], b, bo[i:end])
	}
}

// fetchAhead is how many elements memory delivers to one core, with some to spare, in
// the time that it takes to answer.
const fetchAhead = 800

// DotAxpy4 reads four rows once for two purposes: it computes y += Σ w[r]·(row
// r) as [AxpyRows] does, and returns the products of the rows with x, summed as in
// [SqDist]. x and y have the length of the rows and must not overlap.
func DotAxpy4(w *[4]float64, a []float64, lda int, x, y []float64) (s [4]float64) {
	n := len(x)
	y = y[:n]
	checkRows(4, n, a, lda)
	reads(x)
	writes(y)
	const width = block / 4
	if n <= width {
		dotAxpy4(w, a, lda, x, y, &s)
		return s
	}
	for lo := 0; lo < n; lo += width {
		hi := min(lo+width, n)
		var part [4]float64
		dotAxpy4(w, a[lo:], lda, x[lo:hi], y[lo:hi], &part)
		for r := range s {
			s[r] += part[r]
		}
	}
	return s
}

// rowsPerCall is how many rows of n elements make a block.
func rowsPerCall(n int) int { return max(4, block/max(n, 1)) }

// checkRows panics unless a holds m rows of n elements.
func checkRows(m, n int, a []float64, lda int) {
	if m == 0 || n == 0 {
		return
	}
	if m > 1 && lda < n {
		panic("simd: rows overlap")
	}
	_ = a[(m-1)*lda+n-1]
	if raceEnabled {
		for r := range m {
			reads(a[r*lda : r*lda+n])
		}
	}
}
