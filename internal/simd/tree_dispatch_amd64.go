//go:build amd64 && !noasm && !race

package simd

func partitionMarked(list []uint32, marks []uint64, shift uint, spill []uint32) int {
	if level < AVX512 || len(list) < 8 {
		return partitionMarkedGo(list, marks, shift, spill)
	}
	return partitionMarkedAVX512(&list[0], len(list), &marks[0], shift&31, &spill[:len(list)+MarkedSlack][0])
}

//go:noescape
func partitionMarkedAVX512(list *uint32, n int, marks *uint64, shift uint, spill *uint32) int

func bestMeanCut(rows []uint32, q []int64, c *MeanCuts) int {
	if level < AVX512 {
		return bestMeanCutGo(rows, q, c)
	}
	return bestMeanCutAVX512(&rows[0], len(rows), &q[0], c)
}

//go:noescape
func bestMeanCutAVX512(rows *uint32, n int, q *int64, c *MeanCuts) int
