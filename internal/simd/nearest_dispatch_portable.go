//go:build noasm || !amd64

package simd

func nearest(groups, p int, tile, centers, minusHalf []float32, best, second *[NearestTile]float32, index *[NearestTile]int32, first int32) {
	nearestGo(groups, p, tile, centers, minusHalf, best, second, index, first)
}

func packRows([]float32, []float64, *[8]int, []float64, float64) int { return 0 }

func tileNorms(p int, tile []float32, norms *[NearestTile]float32) { tileNormsGo(p, tile, norms) }

func compare(p int, tile []float32, r *Rivals, norms, nearest, weights []float32, c *Comparison) {
	compareGo(p, tile, r, norms, nearest, weights, c)
}

func rbfTile(p int, tile, group []float32, si *[NearestGroup]float32, sj *[NearestTile]float32, scale float32, dst *[NearestGroup][]float32, at int) {
	rbfTileGo(p, tile, group, si, sj, scale, dst, at)
}

func scoreGroup(p int, tile, centers, minusHalf []float32, scores *[NearestGroup * NearestTile]float32) {
	scoreGroupGo(p, tile, centers, minusHalf, scores)
}
