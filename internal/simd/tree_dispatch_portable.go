//go:build noasm || !amd64 || race

package simd

func partitionMarked(list []uint32, marks []uint64, shift uint, spill []uint32) int {
	return partitionMarkedGo(list, marks, shift, spill)
}

func bestMeanCuts(lists [][]uint32, lo, n int, q []int64, c *MeanCuts) (list, best int) {
	return bestMeanCutsGo(lists, lo, n, q, c)
}

func partitionFew(lists [][]uint32, lo int, divided []uint32, _ int, marks []uint64, shift uint, spill []uint32) {
	partitionFewGo(lists, lo, divided, marks, shift, spill)
}
