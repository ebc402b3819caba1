//go:build noasm || !amd64 || race

package simd

func partitionMarked(list []uint32, marks []uint64, shift uint, spill []uint32) int {
	return partitionMarkedGo(list, marks, shift, spill)
}

func bestMeanCut(rows []uint32, q []int64, c *MeanCuts) int { return bestMeanCutGo(rows, q, c) }
