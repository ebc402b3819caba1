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

func partitionFew(lists [][]uint32, lo int, divided []uint32, left int, marks []uint64, shift uint, spill []uint32) {
	if level < AVX512 {
		partitionFewGo(lists, lo, divided, marks, shift, spill)
		return
	}
	// The kernel knows the words of one side by comparing with all of them.
	var side [FewRows / 2]uint32
	some, inverted := divided[:left], 0
	if left > len(side) {
		some, inverted = divided[left:], 1
	}
	for i := range side {
		side[i] = some[0]
	}
	copy(side[:], some)
	partitionFewAVX512(&lists[0], len(lists), lo, len(divided), left, &side, len(some), inverted)
}

//go:noescape
func partitionFewAVX512(lists *[]uint32, count, lo, n, left int, side *[FewRows / 2]uint32, words, inverted int)

func bestMeanCuts(lists [][]uint32, lo, n int, q []int64, c *MeanCuts) (list, best int) {
	if level < AVX512 {
		return bestMeanCutsGo(lists, lo, n, q, c)
	}
	return bestMeanCutsAVX512(&lists[0], len(lists), lo, n, &q[0], c)
}

//go:noescape
func bestMeanCutsAVX512(lists *[]uint32, count, lo, n int, q *int64, c *MeanCuts) (list, best int)
