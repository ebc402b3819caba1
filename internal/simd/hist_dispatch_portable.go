//go:build noasm || !amd64 || race

package simd

func addHistograms(hist []Pair, columns int, rows []uint32, bins []uint8, p int, pairs []Pair) {
	addHistogramsGo(hist, columns, rows, bins, p, pairs)
}

func addPacked(table []uint64, columns int, rows []uint32, bins []uint8, p int, words []uint64) {
	addPackedGo(table, columns, rows, bins, p, words)
}

func unpack(hist []Pair, table []uint64, k Packing, countBits uint, add bool) {
	unpackGo(hist, table, k, countBits, add)
}

func subtractPairs(pairs, from []Pair) { subtractPairsGo(pairs, from) }

func addShifted(hist, from []Pair, step int64, countBits uint) {
	addShiftedGo(hist, from, step, countBits)
}

func bestCut(c *Cuts, hist []Pair) (bin int, gain float64) { return bestCutGo(c, hist) }

func partition(rows, members, rest []uint32, column []uint8, set *[8]uint32) int {
	return partitionGo(rows, members, rest, column, set)
}

func pack(words []uint64, first, second []float64, scale1, scale2 float64, k Packing) {
	packGo(words, first, second, scale1, scale2, k)
}

func findBins(bins []uint8, values []float64, f *BinFinder) { findBinsGo(bins, values, f) }
