package simd

import "math"

// Packing says what a word of packed sums holds: a count in its lower Count bits, a
// sum that is not negative in the Second bits above, and a signed sum in the others.
// Where Second is 0, the second sum is the count.
type Packing struct{ Count, Second uint }

// Word packs one row.
func (k Packing) Word(first, second int64) uint64 {
	if k.Second == 0 {
		second = 0
	}
	return uint64(first)<<(k.Count+k.Second) + uint64(second)<<k.Count + 1
}

// Pack packs row i into words[i]: the whole numbers nearest to first[i]·scale1 and
// second[i]·scale2. The scales are powers of two, and the products below 2^51.
func (k Packing) Pack(words []uint64, first, second []float64, scale1, scale2 float64) {
	pack(words, first[:len(words)], second[:len(words)], scale1, scale2, k)
}

func packGo(words []uint64, first, second []float64, scale1, scale2 float64, k Packing) {
	for i, v := range first {
		words[i] = NearestInteger(v*scale1)<<(k.Count+k.Second) + NearestInteger(second[i]*scale2)<<k.Count + 1
	}
}

// NearestInteger is the integer nearest to v, which is below 2^51 in absolute value:
// it is found in the lower bits of the sum with 1.5 · 2^52.
func NearestInteger(v float64) uint64 {
	const shifter = 3 << 51
	return math.Float64bits(float64(v)+shifter) - 0x4338<<48
}

// PackedStride is how far apart the tables of two columns are: 256 words and a cache
// line more.
const PackedStride = 256 + 8

// AddPacked adds words[r] to word bins[r·p + f] of table f, for each row r of rows
// and each column f of [0, columns): rows of bins are p ≥ columns bytes long, and
// table holds columns·PackedStride words. No field must overflow.
func AddPacked(table []uint64, columns int, rows []uint32, bins []uint8, p int, words []uint64) {
	if columns == 0 || len(rows) == 0 {
		return
	}
	table = table[:columns*PackedStride]
	// One call of the kernel stays well under 100 µs.
	step := max(1, 1<<17/columns)
	for len(rows) > 0 {
		k := min(step, len(rows))
		addPacked(table, columns, rows[:k], bins, p, words)
		rows = rows[k:]
	}
}

func addPackedGo(table []uint64, columns int, rows []uint32, bins []uint8, p int, words []uint64) {
	for _, row := range rows {
		w := words[row]
		at := 0
		for _, b := range bins[int(row)*p:][:columns] {
			table[at+int(b)] += w
			at += PackedStride
		}
	}
}

// UnpackHistograms turns tables of packed words into histograms as [AddHistograms]
// makes them, with the first sum in A and the second in B above countBits bits of
// count, adds these to hist, or writes them there if add is false, and clears the
// tables.
func UnpackHistograms(hist []Pair, table []uint64, columns int, k Packing, countBits uint, add bool) {
	for f := range columns {
		unpack(hist[f*HistogramStride:][:256], table[f*PackedStride:][:256], k, countBits, add)
	}
}

func unpackGo(hist []Pair, table []uint64, k Packing, countBits uint, add bool) {
	shift, mask := k.Count, uint64(1)<<k.Second-1
	if k.Second == 0 {
		shift, mask = 0, 1<<k.Count-1
	}
	for i, w := range table {
		e := Pair{
			A: int64(w) >> (k.Count + k.Second),
			B: int64(w>>shift&mask<<countBits | w&(1<<k.Count-1)),
		}
		if add {
			e.A += hist[i].A
			e.B += hist[i].B
		}
		hist[i] = e
	}
	clear(table)
}

// SubtractPairs subtracts from[i] from pairs[i].
func SubtractPairs(pairs, from []Pair) {
	subtractPairs(pairs[:len(from)], from)
}

func subtractPairsGo(pairs, from []Pair) {
	for i, e := range from {
		pairs[i].A -= e.A
		pairs[i].B -= e.B
	}
}

// AddShifted adds a histogram to another, as it would be if step had been added to
// the first number of every row: hist[i].A += from[i].A + step·count and
// hist[i].B += from[i].B, where count is in the lower countBits bits of from[i].B.
func AddShifted(hist, from []Pair, step int64, countBits uint) {
	addShifted(hist[:len(from)], from, step, countBits)
}

func addShiftedGo(hist, from []Pair, step int64, countBits uint) {
	mask := int64(1)<<countBits - 1
	for i, e := range from {
		hist[i].A += e.A + step*(e.B&mask)
		hist[i].B += e.B
	}
}
