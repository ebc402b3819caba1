package simd

// MeanCuts is the state of [BestMeanCut]: sums over the rows to the left of a cut
// and over the node. Targets q are measured from Shift.
type MeanCuts struct {
	S, L        int64 // Σ (q − Shift), and the number of rows, on the left
	Shift       int64
	Total, Size int64   // S and L of the whole node
	Gain        float64 // the largest so far
	Rise        float64 // Total²/Size
	Limit       float64 // with which the search ends
}

// BestMeanCut looks for the cut of a node with the largest gain above c.Gain,
//
//	S²/L + (Total − S)²/(Size − L),
//
// where the rows are moved to the left of the cut one after the other. It returns
// how many had been moved, 0 if no gain was larger, and leaves that gain in c.
// Size is larger than c.L + len(rows).
func BestMeanCut(rows []uint32, q []int64, c *MeanCuts) int {
	best := 0
	for at := 0; at < len(rows); at += meanCutStep {
		part := [1][]uint32{rows[at:min(at+meanCutStep, len(rows))]}
		if _, k := bestMeanCuts(part[:], 0, len(part[0]), q, c); k > 0 {
			best = at + k
		}
	}
	return best
}

// One call of the kernel stays well under 100 µs.
const meanCutStep = 1 << 13

// BestMeanCuts is [BestMeanCut] for a node of n rows in each of several orders: those
// of lists from lo on. It returns the first list with the largest gain and the
// number of rows moved, 0 if no gain was larger; c.S and c.L are 0. A list that
// reaches c.Limit is the last one.
func BestMeanCuts(lists [][]uint32, lo, n int, q []int64, c *MeanCuts) (list, moved int) {
	step := max(meanCutStep/n, 1)
	for at := 0; at < len(lists) && c.Gain < c.Limit; at += step {
		part := lists[at:min(at+step, len(lists))]
		_ = part[len(part)-1][lo : lo+n]
		c.S, c.L = 0, 0
		if k, m := bestMeanCuts(part, lo, n-1, q, c); m > 0 {
			list, moved = at+k, m
		}
	}
	return list, moved
}

// above lowers a gain that is to be exceeded by the rounding errors of a test
// that multiplies out the divisions, which are then made only where the test
// passes.
func above(gain float64) float64 {
	return gain - max(gain, -gain)*1e-14
}

// bestMeanCutsGo starts every list with the sums in c, and leaves those of the last.
func bestMeanCutsGo(lists [][]uint32, lo, n int, q []int64, c *MeanCuts) (list, best int) {
	// The gain is Total²/Size + (S·Size − Total·L)²/(Size·L·(Size − L)).
	first := *c
	size, total := float64(c.Size), float64(c.Total)
	test := (above(c.Gain) - c.Rise) * size
	for k, rows := range lists {
		s, l := first.S, first.L
		for i, row := range rows[lo : lo+n] {
			s += q[row] - c.Shift
			l++
			fs, fl := float64(s), float64(l)
			if d := float64(fs*size) - float64(total*fl); float64(d*d) > float64(test*float64(fl*(size-fl))) {
				rs := float64(c.Total - s)
				if g := float64(fs*fs)/fl + float64(rs*rs)/(size-fl); g > c.Gain {
					c.Gain, list, best = g, k, i+1
					test = (above(g) - c.Rise) * size
				}
			}
		}
		c.S, c.L = s, l
		if c.Gain >= c.Limit {
			break
		}
	}
	return list, best
}
