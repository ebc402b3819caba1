package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Every level finds what a search in float64 finds, but for the rounding of
// scores, and writes nowhere else.
func TestNearest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, l := range Available() {
		for _, p := range []int{1, 2, 3, 4, 5, 7, 8, 20, 33, 101} {
			for _, k := range []int{1, 2, 7, 8, 9, 16, 50} {
				t.Run(fmt.Sprintf("%v/%dx%d", l, p, k), func(t *testing.T) {
					defer Force(l)()
					testNearest(t, rng, p, k)
				})
			}
		}
	}
}

func testNearest(t *testing.T, rng *rand.Rand, p, k int) {
	const n, scale = 43, 0.25
	x, mean := make([]float64, n*p), make([]float64, p)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for j := range mean {
		mean[j] = rng.NormFloat64()
	}
	offsets := make([]int, n)
	for s, i := range rng.Perm(n) {
		offsets[s] = i * p
	}
	tile := make([]float32, p*NearestTile+16)
	for i := range 16 {
		tile[p*NearestTile+i] = 77
	}
	PackTile(tile, x, offsets, mean, scale)
	for s, o := range offsets {
		for j := range p {
			if got, want := tile[j*NearestTile+s], float32((x[o+j]-mean[j])*scale); got != want {
				t.Fatalf("sample %d, feature %d of the tile: %v, want %v", s, j, got, want)
			}
		}
	}
	for i := range 16 {
		if tile[p*NearestTile+i] != 77 {
			t.Fatal("PackTile writes beyond the tile")
		}
	}

	groups := (k + NearestGroup - 1) / NearestGroup
	centers, half := make([]float32, groups*NearestGroup*p), make([]float32, groups*NearestGroup)
	for c := range half {
		square := 0.0
		for j := range p {
			v := float32(rng.NormFloat64())
			centers[(c/NearestGroup*p+j)*NearestGroup+c%NearestGroup] = v
			square += float64(v) * float64(v)
		}
		half[c] = float32(-square / 2)
		if c >= k {
			half[c] = float32(math.Inf(-1))
		}
	}
	var best, second [NearestTile]float32
	var index [NearestTile]int32
	NoNearest(&best, &second)
	// In two calls, as for a model with centres that do not fit in one.
	split := groups / 2
	Nearest(p, tile, centers[:split*NearestGroup*p], half[:split*NearestGroup], &best, &second, &index, 100)
	Nearest(p, tile, centers[split*NearestGroup*p:], half[split*NearestGroup:], &best, &second, &index, 100+split*NearestGroup)
	var norms [NearestTile]float32
	TileNorms(p, tile, &norms)
	var group [NearestGroup * NearestTile]float32
	TileScores(p, tile, centers, half, &group)
	for s := range n {
		square := 0.0
		for j := range p {
			square += float64(tile[j*NearestTile+s]) * float64(tile[j*NearestTile+s])
		}
		if math.Abs(float64(norms[s])-square) > float64(p)*0x1p-24*square {
			t.Fatalf("sample %d: sum of squares %v, want %v", s, norms[s], square)
		}
		first, next := math.Inf(-1), math.Inf(-1)
		scores := make([]float64, k)
		magnitude := 0.0
		for c := range k {
			scores[c] = float64(half[c])
			m := math.Abs(scores[c])
			for j := range p {
				v := float64(tile[j*NearestTile+s]) * float64(centers[(c/NearestGroup*p+j)*NearestGroup+c%NearestGroup])
				scores[c] += v
				m += math.Abs(v)
			}
			magnitude = max(magnitude, m)
			if c < NearestGroup && math.Abs(float64(group[c*NearestTile+s])-scores[c]) > float64(p+2)*0x1p-24*m {
				t.Fatalf("sample %d, centre %d: TileScores gives %v, want %v", s, c, group[c*NearestTile+s], scores[c])
			}
			if scores[c] > first {
				first, next = scores[c], first
			} else {
				next = max(next, scores[c])
			}
		}
		slack := float64(p+2) * 0x1p-24 * magnitude
		found := int(index[s]) - 100
		if math.Abs(float64(best[s])-first) > slack || math.Abs(scores[found]-first) > 2*slack {
			t.Fatalf("sample %d: best score %v of centre %d, want %v", s, best[s], found, first)
		}
		if k > 1 && math.Abs(float64(second[s])-next) > slack || k == 1 && !math.IsInf(float64(second[s]), -1) {
			t.Fatalf("sample %d: second score %v, want %v", s, second[s], next)
		}
	}
}

// Every level compares candidates as the definition says.
func TestCompare(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, l := range Available() {
		for _, p := range []int{1, 2, 7, 20, 101} {
			t.Run(fmt.Sprintf("%v/%d", l, p), func(t *testing.T) {
				defer Force(l)()
				testCompare(t, rng, p)
			})
		}
	}
}

func testCompare(t *testing.T, rng *rand.Rand, p int) {
	tile, centers := make([]float32, p*NearestTile), make([]float32, p*NearestGroup)
	for i := range tile {
		tile[i] = float32(rng.NormFloat64())
	}
	r := Rivals{Slope: 1e-3, Least: 2e-3, Trust: 10}
	for i := range centers {
		v := float32(rng.NormFloat64())
		if i%NearestGroup == 3 { // one candidate is a sample
			v = tile[i/NearestGroup*NearestTile+11]
		}
		centers[i] = -2 * v
		r.Squares[i%NearestGroup] += v * v
	}
	r.Centers = centers
	var norms [NearestTile]float32
	TileNorms(p, tile, &norms)
	nearest, weights := make([]float32, NearestTile), make([]float32, NearestTile)
	for s := range nearest {
		nearest[s], weights[s] = rng.Float32()*4*float32(p), rng.Float32()
	}
	tile[5] = float32(math.NaN())
	var got Comparison
	for k := range got.Sums {
		got.Sums[k][0], got.Improves[k], got.Close[k] = 1, 1<<63, 1<<63
	}
	r.Compare(p, tile, norms[:], nearest, weights, &got)
	for k := range NearestGroup {
		var sum, want float64
		for s := range NearestTile {
			square := 0.0
			for j := range p {
				d := float64(tile[j*NearestTile+s]) + float64(centers[j*NearestGroup+k])/2
				square += d * d
			}
			slack := float64(r.Slope)*float64(norms[s]) + float64(r.Least)
			rounding := float64(p+8) * 0x1p-22 * float64(norms[s]+r.Squares[k])
			improves, close := got.Improves[k]>>s&1 == 1, got.Close[k]>>s&1 == 1
			if margin := square - slack - float64(nearest[s]); math.IsNaN(square) || math.Abs(margin) > rounding {
				if improves != !(margin >= 0) {
					t.Fatalf("candidate %d, sample %d: distance² %v, nearest %v: improves %v", k, s, square, nearest[s], improves)
				}
			}
			if margin := square - float64(r.Trust)*slack; math.IsNaN(square) || math.Abs(margin) > 11*rounding {
				if close != (improves && !(margin > 0)) {
					t.Fatalf("candidate %d, sample %d: distance² %v, error %v: close %v", k, s, square, slack, close)
				}
			}
			if !close {
				want += float64(weights[s]) * min(square, float64(nearest[s]))
			}
		}
		for _, v := range got.Sums[k] {
			sum += float64(v)
		}
		if math.Abs(sum-1-want) > 1e-4*want {
			t.Fatalf("candidate %d: potential %v, want %v", k, sum-1, want)
		}
		if got.Improves[k]>>NearestTile != 1<<(63-NearestTile) || got.Close[k]>>NearestTile != 1<<(63-NearestTile) {
			t.Fatalf("candidate %d: bits of no sample have changed", k)
		}
	}
}

// Of equal scores the first counts, and the second is as high.
func TestNearestTies(t *testing.T) {
	for _, l := range Available() {
		t.Run(l.String(), func(t *testing.T) {
			defer Force(l)()
			tile, centers, half := make([]float32, 4*NearestTile), make([]float32, 4*3*NearestGroup), make([]float32, 3*NearestGroup)
			for i := range tile {
				tile[i] = 1
			}
			half[0] = -1
			var best, second [NearestTile]float32
			var index [NearestTile]int32
			NoNearest(&best, &second)
			Nearest(4, tile, centers, half, &best, &second, &index, 0)
			for s := range best {
				if best[s] != 0 || second[s] != 0 || index[s] != 1 {
					t.Fatalf("sample %d: %v, %v of centre %d", s, best[s], second[s], index[s])
				}
			}
		})
	}
}

func BenchmarkNearest(b *testing.B) {
	for _, l := range Available() {
		for _, shape := range []struct{ p, k int }{{20, 48}, {100, 104}} {
			b.Run(fmt.Sprintf("%v/%dx%d", l, shape.p, shape.k), func(b *testing.B) {
				defer Force(l)()
				tile, centers, half := make([]float32, shape.p*NearestTile), make([]float32, shape.p*shape.k), make([]float32, shape.k)
				var best, second [NearestTile]float32
				var index [NearestTile]int32
				for b.Loop() {
					Nearest(shape.p, tile, centers, half, &best, &second, &index, 0)
				}
				b.ReportMetric(float64(b.N)*2*NearestTile*float64(shape.p*shape.k)/b.Elapsed().Seconds()/1e9, "GF/s")
			})
		}
	}
}
