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

func bestMeanCuts(lists [][]uint32, lo, n int, q []int64, c *MeanCuts) (list, best int) {
	if level < AVX512 {
		return bestMeanCutsGo(lists, lo, n, q, c)
	}
	return bestMeanCutsAVX512(&lists[0], len(lists), lo, n, &q[0], c)
}

//go:noescape
func bestMeanCutsAVX512(lists *[]uint32, count, lo, n int, q *int64, c *MeanCuts) (list, best int)
