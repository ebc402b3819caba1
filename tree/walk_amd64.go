//go:build !noasm && !race

package tree

// walk is walkGo without categories.
func (w *walking) walk(keys, leaves []uint64) {
	if w.features > 1<<16 {
		w.walkGo(keys, leaves, nil)
		return
	}
	groups := len(leaves) / inStep
	for done := 0; done < groups; {
		// One call stays well under 100 µs.
		count := min(groups-done, 128)
		lines := (len(w.ahead)/lineNodes + groups - done - 1) / (groups - done)
		ahead := &w.nodes[0]
		if lines > 0 {
			ahead = &w.ahead[0]
			w.ahead = w.ahead[min(count*lines*lineNodes, len(w.ahead)):]
		}
		walkGroups(&w.nodes[0], int(w.root), &keys[done*inStep*w.features], w.features, count, w.sure, &leaves[done*inStep], ahead, lines)
		done += count
	}
}

// walkGroups is walkGo for so many groups. For each it fetches some lines ahead. It
// looks at 16 bits of a feature.
//
//go:noescape
func walkGroups(nodes *fork, root int, keys *uint64, features, groups, sure int, leaves *uint64, ahead *fork, lines int)
