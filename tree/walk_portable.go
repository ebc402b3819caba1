//go:build !amd64 || noasm || race

package tree

func walkLanes(nodes []node, data []float64, stride int, rows, at []uint32, steps int) {
	walkLanesGo(nodes, data, stride, rows, at, steps)
}
