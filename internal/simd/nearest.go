package simd

//go:generate go run -C _gen ./nearest -out ../nearest_amd64.s -stubs ../nearest_amd64.go -pkg simd

import "math"

// NearestTile is how many samples [Nearest] works on at once, and NearestGroup
// the number of centres in a group.
const (
	NearestTile  = 48
	NearestGroup = 8
)

// PackTile writes up to NearestTile samples into a tile for [Nearest]: element
// j·NearestTile + s is float32((x[offsets[s]+j] − mean[j])·scale) for each of the
// features j of mean. What belongs to samples beyond len(offsets) has no meaning.
func PackTile(tile []float32, x []float64, offsets []int, mean []float64, scale float64) {
	p := len(mean)
	tile = tile[:p*NearestTile]
	for s := 0; s < len(offsets); s += 8 {
		var eight [8]int
		for r := range eight {
			eight[r] = offsets[min(s+r, len(offsets)-1)]
			reads(x[eight[r]:][:p])
		}
		for j := packRows(tile[s:], x, &eight, mean, scale); j < p; j++ {
			for r, offset := range eight {
				tile[j*NearestTile+s+r] = float32((x[offset+j] - mean[j]) * scale)
			}
		}
	}
}

// Nearest finds the two highest scores
//
//	xₛ·cₖ + minusHalf[k]
//
// of each sample s of a tile, in float32. Centres come in groups: element
// (g·p + j)·NearestGroup + k of centers is feature j of centre g·NearestGroup + k.
// With minusHalf = −½‖c‖² the highest score belongs to the nearest centre; −Inf
// excludes a centre that only fills a group.
//
// What it finds is merged into best, second and index, which begin as −Inf, −Inf
// and anything; the first centre has the given index, and the lower index stands
// on equality. Sums are taken in the order of features, each with an error of at
// most p·2⁻²⁴ times the sum of the magnitudes of its terms.
func Nearest(p int, tile, centers, minusHalf []float32, best, second *[NearestTile]float32, index *[NearestTile]int32, first int) {
	if p == 0 || len(minusHalf) == 0 {
		return
	}
	// One call stays well under 50 µs.
	groups, step := len(minusHalf)/NearestGroup, max(1, 1<<13/p)
	tile, centers = tile[:p*NearestTile], centers[:groups*NearestGroup*p]
	for g := 0; g < groups; g += step {
		m := min(step, groups-g)
		nearest(m, p, tile, centers[g*NearestGroup*p:], minusHalf[g*NearestGroup:], best, second, index, int32(first+g*NearestGroup))
	}
}

func nearestGo(groups, p int, tile, centers, minusHalf []float32, best, second *[NearestTile]float32, index *[NearestTile]int32, first int32) {
	var scores [NearestGroup * NearestTile]float32
	for g := range groups {
		tileScoresGo(p, tile, centers[g*NearestGroup*p:], minusHalf[g*NearestGroup:], &scores)
		for i, v := range scores {
			c, s := int32(g*NearestGroup+i/NearestTile), i%NearestTile
			switch {
			case v > best[s]:
				best[s], second[s], index[s] = v, best[s], first+c
			case v > second[s]:
				second[s] = v
			}
		}
	}
}

// TileScores stores the scores of one group of centres, as [Nearest] compares
// them: element k·NearestTile + s is that of centre k and sample s.
func TileScores(p int, tile, centers, minusHalf []float32, scores *[NearestGroup * NearestTile]float32) {
	tileScores(p, tile[:p*NearestTile], centers[:NearestGroup*p], minusHalf[:NearestGroup], scores)
}

func tileScoresGo(p int, tile, centers, minusHalf []float32, scores *[NearestGroup * NearestTile]float32) {
	for c := range NearestGroup {
		row := scores[c*NearestTile:][:NearestTile]
		for s := range row {
			row[s] = minusHalf[c]
		}
		for j := range p {
			v := centers[j*NearestGroup+c]
			for s, x := range tile[j*NearestTile:][:NearestTile] {
				row[s] += x * v
			}
		}
	}
}

// TileNorms returns the sum of squares of each sample of a tile, in float32, with
// a relative error of at most p·2⁻²⁴.
func TileNorms(p int, tile []float32, norms *[NearestTile]float32) {
	if p == 0 {
		*norms = [NearestTile]float32{}
		return
	}
	tileNorms(p, tile[:p*NearestTile], norms)
}

func tileNormsGo(p int, tile []float32, norms *[NearestTile]float32) {
	*norms = [NearestTile]float32{}
	for j := range p {
		for s, v := range tile[j*NearestTile:][:NearestTile] {
			norms[s] += v * v
		}
	}
}

// NoNearest sets best and second to what they are before any centre was seen.
func NoNearest(best, second *[NearestTile]float32) {
	for s := range best {
		best[s], second[s] = float32(math.Inf(-1)), float32(math.Inf(-1))
	}
}
