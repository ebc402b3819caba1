package simd

import "math/bits"

const (
	// ScoreRows is the number of rows that [Score] works on side by side.
	ScoreRows = 16
	// ScoreLeaves is the largest number of leaves of a tree for [Score].
	ScoreLeaves = 32
)

// ScoreCut is a node of a tree of at most [ScoreLeaves] leaves: rows whose value of
// a column is above the threshold keep only the leaves in Keep.
type ScoreCut struct {
	Threshold float64
	Column    uint32
	Keep      uint32
}

// Score adds to each sum the value of the lowest leaf that its row keeps of those in
// leaves, one bit each, after all cuts; one must remain. A missing value (NaN) is
// above a threshold, but not above those of the last missingLeft cuts. Column f of
// row i is columns[f·stride + i]; the number of rows, len(sums), is a multiple of
// [ScoreRows] and at most stride.
func Score(sums, columns []float64, stride int, leaves []uint32, cuts []ScoreCut, missingLeft int, values *[ScoreLeaves]float64) {
	score(sums, columns, stride, leaves[:len(sums)], cuts, missingLeft, values)
}

func scoreGo(sums, columns []float64, stride int, leaves []uint32, cuts []ScoreCut, missingLeft int, values *[ScoreLeaves]float64) {
	for i := range sums {
		kept := leaves[i]
		for k, c := range cuts {
			v := columns[int(c.Column)*stride+i]
			if v > c.Threshold || v != v && k < len(cuts)-missingLeft {
				kept &= c.Keep
			}
		}
		sums[i] += values[bits.TrailingZeros32(kept)]
	}
}
