package simd

// Cuts is a search for the best place to cut the histogram of a feature in two.
type Cuts struct {
	Total, Left          Pair // sums over all rows, and over those left of the first bin
	CountBits            uint // of B that hold the count; those above hold the second sum
	MinCount             int64
	Unit1, Unit2         float64 // what a one stands for in the first and in the second sum
	MinSecond, L2, Floor float64
}

// Best returns the first bin b of hist after which to cut for the largest gain
//
//	G_l²/(H_l+L2) + G_r²/(H_r+L2) − G²/(H+L2)
//
// among the cuts with at least MinCount rows and MinSecond of the second sum H on
// both sides; it is −1 if no gain exceeds Floor.
func (c *Cuts) Best(hist []Pair) (bin int, gain float64) {
	if len(hist) == 0 {
		return -1, c.Floor
	}
	return bestCut(c, hist)
}

func (c *Cuts) parent() float64 {
	g, h := float64(c.Total.A)*c.Unit1, float64(c.Total.B>>c.CountBits)*c.Unit2
	return g * g / (h + c.L2)
}

// bestCutGo rounds every operation, as the kernel does: hence the conversions.
func bestCutGo(c *Cuts, hist []Pair) (bin int, gain float64) {
	bin, gain = -1, c.Floor
	parent := c.parent()
	mask := int64(1)<<c.CountBits - 1
	n := c.Total.B & mask
	left := c.Left
	for b, e := range hist {
		if e.B == 0 && b > 0 {
			continue // the cut before is the same
		}
		left.A += e.A
		left.B += e.B
		k := left.B & mask
		if k < c.MinCount {
			continue
		}
		if n-k < c.MinCount {
			break
		}
		hl, hr := float64(left.B>>c.CountBits)*c.Unit2, float64((c.Total.B-left.B)>>c.CountBits)*c.Unit2
		if hl < c.MinSecond || hr < c.MinSecond {
			continue
		}
		gl, gr := float64(left.A)*c.Unit1, float64(c.Total.A-left.A)*c.Unit1
		if v := float64(float64(gl*gl)/(float64(hl)+c.L2)) + float64(float64(gr*gr)/(float64(hr)+c.L2)) - parent; v > gain {
			bin, gain = b, v
		}
	}
	return bin, gain
}
