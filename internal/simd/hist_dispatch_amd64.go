//go:build amd64 && !noasm && !race

package simd

func addHistograms(hist []Pair, columns int, rows []uint32, bins []uint8, p int, pairs []Pair) {
	if level < AVX2 {
		addHistogramsGo(hist, columns, rows, bins, p, pairs)
		return
	}
	// The kernel looks ahead for 16 rows; the last ones are done without.
	ahead := max(len(rows)-histogramAhead, 0)
	if ahead > 0 {
		addHistogramsAVX2(&hist[0], columns, &rows[0], ahead, &bins[0], p, &pairs[0])
	}
	addHistogramsGo(hist, columns, rows[ahead:], bins, p, pairs)
}

const histogramAhead = 16

// addHistogramsAVX2 adds n rows, and reads rows[n : n+histogramAhead] besides.
//
//go:noescape
func addHistogramsAVX2(hist *Pair, columns int, rows *uint32, n int, bins *uint8, p int, pairs *Pair)
