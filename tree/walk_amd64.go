//go:build !noasm && !race

package tree

// walkLanes is [walkLanesGo].
func walkLanes(nodes []node, data []float64, stride int, rows, at []uint32, steps int) {
	if stride > 1<<16 {
		walkLanesGo(nodes, data, stride, rows, at, steps)
		return
	}
	// One call stays well under 100 µs.
	for len(at) > 0 {
		lanes := min(len(at), 1024)
		walkLanesAsm(&nodes[0], &data[0], stride, &rows[0], &at[0], lanes/inStep, steps)
		rows, at = rows[lanes:], at[lanes:]
	}
}

// walkLanesAsm moves groups·inStep lanes. It looks at 16 bits of a feature.
//
//go:noescape
func walkLanesAsm(nodes *node, data *float64, stride int, rows, at *uint32, groups, steps int)
