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

func addPacked(table []uint64, columns int, rows []uint32, bins []uint8, p int, words []uint64) {
	if level < AVX2 {
		addPackedGo(table, columns, rows, bins, p, words)
		return
	}
	ahead := max(len(rows)-histogramAhead, 0)
	parts := (columns + len(addPackedColumns) - 1) / len(addPackedColumns)
	for part := range parts {
		lo, hi := columns*part/parts, columns*(part+1)/parts
		table, bins := table[lo*PackedStride:hi*PackedStride], bins[lo:]
		if ahead > 0 {
			addPackedColumns[hi-lo-1](&table[0], &rows[0], ahead, &bins[0], p, &words[0])
		}
		addPackedGo(table, hi-lo, rows[ahead:], bins, p, words)
	}
}

// addPackedColumns are the kernels for 1, 2 … columns. They add n rows, and read
// rows[n : n+histogramAhead] besides.
var addPackedColumns = [...]func(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64){
	addPacked1, addPacked2, addPacked3, addPacked4, addPacked5, addPacked6, addPacked7, addPacked8,
	addPacked9, addPacked10, addPacked11, addPacked12, addPacked13, addPacked14, addPacked15, addPacked16,
}

//go:noescape
func addPacked1(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked2(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked3(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked4(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked5(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked6(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked7(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked8(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked9(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked10(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked11(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked12(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked13(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked14(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked15(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

//go:noescape
func addPacked16(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)

func pack(words []uint64, first, second []float64, scale1, scale2 float64, k Packing) {
	n := len(words) &^ 7
	if level < AVX512 || n == 0 {
		packGo(words, first, second, scale1, scale2, k)
		return
	}
	packAVX512(&words[0], &first[0], &second[0], n, scale1, scale2, k.Count+k.Second, k.Count)
	packGo(words[n:], first[n:], second[n:], scale1, scale2, k)
}

// packAVX512 is for multiples of 8.
//
//go:noescape
func packAVX512(words *uint64, first, second *float64, n int, scale1, scale2 float64, shift1, shift2 uint)

func unpack(hist []Pair, table []uint64, k Packing, countBits uint, add bool) {
	if level < AVX512 {
		unpackGo(hist, table, k, countBits, add)
		return
	}
	shift, mask := k.Count, uint64(1)<<k.Second-1
	if k.Second == 0 {
		shift, mask = 0, 1<<k.Count-1
	}
	keep := 0
	if add {
		keep = 0xff
	}
	unpackAVX512(&hist[0], &table[0], k.Count+k.Second, shift, mask, 1<<k.Count-1, countBits, keep)
}

// unpackAVX512 unpacks 256 words; keep is the mask with which hist is read.
//
//go:noescape
func unpackAVX512(hist *Pair, table *uint64, shift1, shift2 uint, mask, countMask uint64, countBits uint, keep int)

func subtractPairs(pairs, from []Pair) {
	n := len(from) &^ 3
	if level < AVX512 || n == 0 {
		subtractPairsGo(pairs, from)
		return
	}
	subtractPairsAVX512(&pairs[0], &from[0], n)
	subtractPairsGo(pairs[n:], from[n:])
}

// subtractPairsAVX512 is for multiples of 4.
//
//go:noescape
func subtractPairsAVX512(pairs, from *Pair, n int)

func addShifted(hist, from []Pair, step int64, countBits uint) {
	n := len(from) &^ 3
	if level < AVX512 || n == 0 {
		addShiftedGo(hist, from, step, countBits)
		return
	}
	addShiftedAVX512(&hist[0], &from[0], n, step, 1<<countBits-1)
	addShiftedGo(hist[n:], from[n:], step, countBits)
}

// addShiftedAVX512 is for multiples of 4.
//
//go:noescape
func addShiftedAVX512(hist, from *Pair, n int, step, countMask int64)

func bestCut(c *Cuts, hist []Pair) (bin int, gain float64) {
	if level < AVX512 {
		return bestCutGo(c, hist)
	}
	var gains [8]float64
	var bins [8]int64
	bestCutAVX512(c, &hist[0], len(hist), c.parent(), &gains, &bins)
	bin, gain = -1, c.Floor
	for k, v := range gains {
		if b := int(bins[k]); b >= 0 && (v > gain || v == gain && b < bin) {
			bin, gain = b, v
		}
	}
	return bin, gain
}

// bestCutAVX512 finds the best cut among every eighth one, beginning with each of
// the first eight; bins are −1 where there is none.
//
//go:noescape
func bestCutAVX512(c *Cuts, hist *Pair, n int, parent float64, gains *[8]float64, bins *[8]int64)

func partition(rows, members, rest []uint32, column []uint8, set *[8]uint32) int {
	n := len(rows) &^ 15
	if level < AVX512 || n == 0 {
		return partitionGo(rows, members, rest, column, set)
	}
	dense := 0
	if rows[n-1]-rows[0] == uint32(n-1) {
		dense = 1
	}
	l := partitionAVX512(&rows[0], &members[0], &rest[0], n, &column[0], set, dense)
	r := n - l
	for _, row := range rows[n:] {
		if v := column[row]; set[v>>5]>>(v&31)&1 != 0 {
			members[l] = row
			l++
		} else {
			rest[r] = row
			r++
		}
	}
	return l
}

// partitionAVX512 is for multiples of 16; dense is 1 if there are no gaps between rows.
//
//go:noescape
func partitionAVX512(rows, members, rest *uint32, n int, column *uint8, set *[8]uint32, dense int) int

func findBins(bins []uint8, values []float64, f *BinFinder) {
	n := len(values) &^ 7
	if level < AVX512 || n == 0 {
		findBinsGo(bins, values, f)
		return
	}
	findBinsAVX512(&bins[0], &values[0], n, f.scale, f.offset, &f.below[0], &f.edges[0], f.first)
	findBinsGo(bins[n:], values[n:], f)
}

// findBinsAVX512 is for multiples of 8.
//
//go:noescape
func findBinsAVX512(bins *uint8, values *float64, n int, scale, offset float64, below *uint8, edges *float64, first int)
