//go:build noasm || !amd64 || race

package simd

func addHistograms(hist []Pair, columns int, rows []uint32, bins []uint8, p int, pairs []Pair) {
	addHistogramsGo(hist, columns, rows, bins, p, pairs)
}
