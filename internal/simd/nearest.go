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
	for c, half := range minusHalf[:groups*NearestGroup] {
		scores := tileScores(p, tile, centers[c/NearestGroup*NearestGroup*p+c%NearestGroup:], half)
		for s, v := range scores {
			switch {
			case v > best[s]:
				best[s], second[s], index[s] = v, best[s], first+int32(c)
			case v > second[s]:
				second[s] = v
			}
		}
	}
}

// TileScores stores the scores of one group of centres, as [Nearest] compares
// them: element k·NearestTile + s is that of centre k and sample s.
func TileScores(p int, tile, centers, minusHalf []float32, scores *[NearestGroup * NearestTile]float32) {
	scoreGroup(p, tile[:p*NearestTile], centers[:NearestGroup*p], minusHalf[:NearestGroup], scores)
}

func scoreGroupGo(p int, tile, centers, minusHalf []float32, scores *[NearestGroup * NearestTile]float32) {
	for c, half := range minusHalf {
		*(*[NearestTile]float32)(scores[c*NearestTile:]) = tileScores(p, tile, centers[min(c, len(centers)):], half)
	}
}

// tileScores returns start + xₛ·c for each sample, given one centre of a group.
func tileScores(p int, tile, center []float32, start float32) (scores [NearestTile]float32) {
	for s := range scores {
		scores[s] = start
	}
	for j := range p {
		v := center[j*NearestGroup]
		for s, x := range tile[j*NearestTile:][:NearestTile] {
			scores[s] += x * v
		}
	}
	return scores
}

// Rivals are NearestGroup candidates for a further centre, as [Rivals.Compare]
// takes them.
type Rivals struct {
	Centers []float32             // −2c, in a group as in [Nearest]
	Squares [NearestGroup]float32 // ‖c‖²
	Slope   float32               // a squared distance d from x is in error by at most
	Least   float32               // Slope·‖x‖² + Least
	Trust   float32               // d is good enough above so many times its error
}

// A Comparison is what [Rivals.Compare] finds.
type Comparison struct {
	Sums     [NearestGroup][16]float32 // added to: shares of Σ weight·min(d, nearest) for each candidate
	Improves [NearestGroup]uint64      // bit s: d may be below nearest for sample s of the tile
	Close    [NearestGroup]uint64      // bit s: besides, d is too inaccurate; Sums leave the sample out
}

// Compare finds the squared distances d of the samples of a tile to each
// candidate, in float32, and compares them with those to the nearest centre so
// far. norms are the ‖x‖², as [TileNorms] gives them. Where d is not a number
// the sample counts as close.
func (r *Rivals) Compare(p int, tile, norms, nearest, weights []float32, c *Comparison) {
	compare(p, tile[:p*NearestTile], r, norms[:NearestTile], nearest[:NearestTile], weights[:NearestTile], c)
}

func compareGo(p int, tile []float32, r *Rivals, norms, nearest, weights []float32, c *Comparison) {
	for k := range NearestGroup {
		c.Improves[k] &^= 1<<NearestTile - 1
		c.Close[k] &^= 1<<NearestTile - 1
		for s, d := range tileScores(p, tile, r.Centers[k:], r.Squares[k]) {
			d += norms[s]
			slack := r.Slope*norms[s] + r.Least
			if !(d-slack >= nearest[s]) {
				c.Improves[k] |= 1 << s
				if !(d > r.Trust*slack) {
					c.Close[k] |= 1 << s
					continue
				}
			}
			c.Sums[k][s%16] += weights[s] * min(d, nearest[s])
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
