//go:build noasm || !amd64 || race

package simd

func score(sums, columns []float64, stride int, leaves []uint32, cuts []ScoreCut, missingLeft int, values *[ScoreLeaves]float64) {
	scoreGo(sums, columns, stride, leaves, cuts, missingLeft, values)
}
