//go:build amd64 && !noasm

package simd

func nearest(groups, p int, tile, centers, minusHalf []float32, best, second *[NearestTile]float32, index *[NearestTile]int32, first int32) {
	switch level {
	case AVX512:
		nearestAVX512(groups, p, &tile[0], &centers[0], &minusHalf[0], &best[0], &second[0], &index[0], first)
	case AVX2:
		nearestAVX2(groups, p, &tile[0], &centers[0], &minusHalf[0], &best[0], &second[0], &index[0], first)
	default:
		nearestGo(groups, p, tile, centers, minusHalf, best, second, index, first)
	}
}

// packRows packs 8 samples and returns how many features it has done.
func packRows(tile []float32, x []float64, offsets *[8]int, mean []float64, scale float64) int {
	quads := len(mean) / 4
	if level < AVX2 || quads == 0 {
		return 0
	}
	packRowsAVX2(quads, &x[0], &offsets[0], &mean[0], scale, &tile[0])
	return 4 * quads
}

func tileNorms(p int, tile []float32, norms *[NearestTile]float32) {
	if level < AVX2 {
		tileNormsGo(p, tile, norms)
		return
	}
	tileNormsAVX2(p, &tile[0], &norms[0])
}

func compare(p int, tile []float32, r *Rivals, norms, nearest, weights []float32, c *Comparison) {
	switch {
	case p == 0 || level < AVX2:
		compareGo(p, tile, r, norms, nearest, weights, c)
	case level == AVX512:
		potentialsAVX512(p, &tile[0], &r.Centers[:NearestGroup*p][0], &r.Squares[0], &norms[0], &nearest[0], &weights[0], r.Slope, r.Least, r.Trust, &c.Sums[0][0], &c.Improves[0], &c.Close[0])
	default:
		potentialsAVX2(p, &tile[0], &r.Centers[:NearestGroup*p][0], &r.Squares[0], &norms[0], &nearest[0], &weights[0], r.Slope, r.Least, r.Trust, &c.Sums[0][0], &c.Improves[0], &c.Close[0])
	}
}

func rbfTile(p int, tile, group []float32, si *[NearestGroup]float32, sj *[NearestTile]float32, scale float32, dst *[NearestGroup][]float32, at int) {
	switch {
	case p == 0 || level < AVX2:
		rbfTileGo(p, tile, group, si, sj, scale, dst, at)
	case level == AVX512:
		rbfTileAVX512(p, &tile[0], &group[0], &si[0], &sj[0], scale, &dst[0], at)
	default:
		rbfTileAVX2(p, &tile[0], &group[0], &si[0], &sj[0], scale, &dst[0], at)
	}
}

func scoreGroup(p int, tile, centers, minusHalf []float32, scores *[NearestGroup * NearestTile]float32) {
	switch {
	case p == 0 || level < AVX2:
		scoreGroupGo(p, tile, centers, minusHalf, scores)
	case level == AVX512:
		scoresAVX512(p, &tile[0], &centers[0], &minusHalf[0], &scores[0])
	default:
		scoresAVX2(p, &tile[0], &centers[0], &minusHalf[0], &scores[0])
	}
}
