package simd

// MeanCuts is the state of [BestMeanCut]: sums over the rows to the left of a cut
// and over the node. Targets q are measured from Shift.
type MeanCuts struct {
	S, L        int64 // Σ (q − Shift), and the number of rows, on the left
	Shift       int64
	Total, Size int64   // S and L of the whole node
	Gain        float64 // the largest so far
	Rise        float64 // Total²/Size
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
	// One call of the kernel stays well under 100 µs.
	const step = 1 << 13
	for at := 0; at < len(rows); at += step {
		if k := bestMeanCut(rows[at:min(at+step, len(rows))], q, c); k > 0 {
			best = at + k
		}
	}
	return best
}

// above lowers a gain that is to be exceeded by the rounding errors of a test
// that multiplies out the divisions, which are then made only where the test
// passes.
func above(gain float64) float64 {
	return gain - max(gain, -gain)*1e-14
}

func bestMeanCutGo(rows []uint32, q []int64, c *MeanCuts) int {
	// The gain is Total²/Size + (S·Size − Total·L)²/(Size·L·(Size − L)).
	s, l, best := c.S, c.L, 0
	size, total := float64(c.Size), float64(c.Total)
	test := (above(c.Gain) - c.Rise) * size
	for i, row := range rows {
		s += q[row] - c.Shift
		l++
		fs, fl := float64(s), float64(l)
		if d := float64(fs*size) - float64(total*fl); float64(d*d) > float64(test*float64(fl*(size-fl))) {
			rs := float64(c.Total - s)
			if g := float64(fs*fs)/fl + float64(rs*rs)/(size-fl); g > c.Gain {
				c.Gain, best = g, i+1
				test = (above(g) - c.Rise) * size
			}
		}
	}
	c.S, c.L = s, l
	return best
}
