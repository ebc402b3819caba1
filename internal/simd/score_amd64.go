//go:build amd64 && !noasm && !race

package simd

func score(sums, columns []float64, stride int, leaves []uint32, cuts []ScoreCut, missingLeft int, values *[ScoreLeaves]float64) {
	if level < AVX512 || len(sums) == 0 || len(cuts) == 0 {
		scoreGo(sums, columns, stride, leaves, cuts, missingLeft, values)
		return
	}
	scoreAVX512(&sums[0], len(sums), &columns[0], stride, &leaves[0], &cuts[0], len(cuts)-missingLeft, missingLeft, values)
}

//go:noescape
func scoreAVX512(sums *float64, n int, columns *float64, stride int, leaves *uint32, cuts *ScoreCut, missingRight, missingLeft int, values *[ScoreLeaves]float64)
