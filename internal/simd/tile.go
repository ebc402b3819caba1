package simd

import "math"

// RBFTile computes the Gaussian kernels of a group of vectors, packed as the centres
// of [Nearest], with the samples of a tile: row r is
//
//	exp(−gamma·max(0, si[r] + sj[s] − 2·xᵣ·xₛ))
//
// for each sample s and goes to dst[r], from element at on. si and sj are the squared
// norms that [TileNorms] gives. The relative error is about (1 +
// gamma·(si+sj)·√p)·2⁻²³; at every level above [NEON] kernels are symmetric, and 1
// for a sample with itself, to the bit. Below 2⁻¹²⁶ they are 0. NaN may become
// anything.
func RBFTile(p int, tile, group []float32, si *[NearestGroup]float32, sj *[NearestTile]float32, gamma float64, dst *[NearestGroup][]float32, at int) {
	for r := range dst {
		_ = dst[r][at : at+NearestTile]
	}
	rbfTile(p, tile[:p*NearestTile], group[:p*NearestGroup], si, sj, float32(-gamma*math.Log2E), dst, at)
}

func rbfTileGo(p int, tile, group []float32, si *[NearestGroup]float32, sj *[NearestTile]float32, scale float32, dst *[NearestGroup][]float32, at int) {
	for r, row := range dst {
		row = row[at:][:NearestTile]
		for s, t := range tileScores(p, tile, group[r:], 0) {
			row[s] = exp2Single(scale * max(0, si[r]+sj[s]-2*t))
		}
	}
}

// exp2Single returns 2 to the power x for x ≤ 0. With k the integer nearest x and r =
// x − k it is 2^k·(1 + r·q(r)), q a near-minimax polynomial; the error of the
// exact sum is 1.6e-8 of the result.
func exp2Single(x float32) float32 {
	const magic = 0x1.8p23 + 127
	x = max(x, -127)
	k := float32(x + magic)
	r := float32(x - float32(k-magic))
	q := float32(0x1.41fbbcp-13)
	for _, c := range [...]float32{0x1.5f3e54p-10, 0x1.3b2d4cp-7, 0x1.c6aee8p-5, 0x1.ebfbdcp-3, 0x1.62e43p-1, 1} {
		q = float32(q*r) + c
	}
	return q * math.Float32frombits(math.Float32bits(k)<<23)
}
