package simd

import "unsafe"

// The functions of this file take vectors of any length block by block.

func dotBlocks(n int, xp, yp *float64) float64 {
	x, y := unsafe.Slice(xp, n), unsafe.Slice(yp, n)
	s := 0.0
	for len(x) > block {
		s += dotBlock(x[:block], y)
		x, y = x[block:], y[block:]
	}
	return s + dotBlock(x, y)
}

func asumBlocks(n int, xp *float64) float64 {
	x := unsafe.Slice(xp, n)
	s := 0.0
	for len(x) > block {
		s += asumBlock(x[:block])
		x = x[block:]
	}
	return s + asumBlock(x)
}

func axpyBlocks(n int, alpha float64, xp, yp *float64) {
	x, y := unsafe.Slice(xp, n), unsafe.Slice(yp, n)
	for len(x) > block {
		axpyBlock(alpha, x[:block], y)
		x, y = x[block:], y[block:]
	}
	axpyBlock(alpha, x, y)
}

func scalBlocks(n int, alpha float64, xp *float64) {
	x := unsafe.Slice(xp, n)
	for len(x) > block {
		scalBlock(alpha, x[:block])
		x = x[block:]
	}
	scalBlock(alpha, x)
}
