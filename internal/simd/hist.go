package simd

// Pair is two sums that are kept together.
type Pair struct{ A, B int64 }

// HistogramStride is how far apart [AddHistograms] keeps the histograms of two
// columns: 256 bins and a cache line more, since addresses that agree in their
// lower 12 bits get in each other's way.
const HistogramStride = 256 + 4

// AddHistograms adds pairs[r] to bin bins[r·p + f] of histogram f, for each row r
// of rows and each column f of [0, columns): rows of bins are p ≥ columns bytes
// long, and hist holds columns·HistogramStride sums. Sums wrap around.
func AddHistograms(hist []Pair, columns int, rows []uint32, bins []uint8, p int, pairs []Pair) {
	if columns == 0 || len(rows) == 0 {
		return
	}
	hist = hist[:columns*HistogramStride]
	// One call of the kernel stays well under 100 µs.
	step := max(1, 1<<17/columns)
	for len(rows) > 0 {
		k := min(step, len(rows))
		addHistograms(hist, columns, rows[:k], bins, p, pairs)
		rows = rows[k:]
	}
}

func addHistogramsGo(hist []Pair, columns int, rows []uint32, bins []uint8, p int, pairs []Pair) {
	for _, row := range rows {
		d := pairs[row]
		at := 0
		for _, b := range bins[int(row)*p:][:columns] {
			e := &hist[at+int(b)]
			e.A += d.A
			e.B += d.B
			at += HistogramStride
		}
	}
}
