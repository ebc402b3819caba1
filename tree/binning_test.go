package tree

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// edgesByRuns is binEdges by the way of one run of equal values after the other.
func edgesByRuns(sorted []float64, bins int) (edges []float64) {
	var runs [][2]int
	for lo := 0; lo < len(sorted); lo = runs[len(runs)-1][1] {
		runs = append(runs, [2]int{lo, runEnd(sorted, lo)})
	}
	share := float64(len(sorted)) / float64(bins)
	heavy := func(k int) bool { return k < len(runs) && float64(runs[k][1]-runs[k][0]) >= share }
	rows, left := len(sorted), bins // that are not heavy
	if len(runs) > bins && !slices.ContainsFunc(runs, func(r [2]int) bool { return float64(r[1]-r[0]) >= share }) {
		// Cuts go behind the values at the percentiles.
		for i := 1; i < bins; i++ {
			v := sorted[percentile(len(sorted), i, bins)]
			k := slices.IndexFunc(runs, func(r [2]int) bool { return sorted[r[0]] == v })
			if k+1 == len(runs) {
				break
			}
			if edge := v/2 + sorted[runs[k+1][0]]/2; len(edges) == 0 || edge > edges[len(edges)-1] {
				edges = append(edges, edge)
			}
		}
		return edges
	}
	for k, run := range runs {
		if heavy(k) {
			rows -= run[1] - run[0]
			left--
		}
	}
	inBin := 0
	for k := 0; k+1 < len(runs) && len(edges) < bins-1; k++ {
		size := runs[k][1] - runs[k][0]
		inBin += size
		if !heavy(k) {
			rows -= size
		}
		full := float64(inBin) >= float64(rows+inBin)/float64(max(left, 1))
		if len(runs) <= bins || heavy(k) || full || heavy(k+1) && 2*float64(inBin) >= share {
			edges = append(edges, sorted[runs[k][1]-1]/2+sorted[runs[k][1]]/2)
			if !heavy(k) {
				left--
			}
			inBin = 0
		}
	}
	return edges
}

func TestBinEdges(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	draws := []func() float64{
		rng.NormFloat64,
		func() float64 { return math.Round(10 * rng.NormFloat64()) },
		func() float64 { return float64(rng.IntN(300)) },
		func() float64 { return max(0, rng.NormFloat64()) },
		func() float64 { return math.Round(20 * rng.ExpFloat64()) },
		func() float64 { return max(-1, min(1, math.Round(40*rng.NormFloat64())/40)) },
	}
	for trial := range 3000 {
		sorted := make([]float64, rng.IntN(400))
		for i := range sorted {
			sorted[i] = draws[trial%len(draws)]()
		}
		slices.Sort(sorted)
		for _, bins := range []int{2, 3, 2 + rng.IntN(40), mostBins} {
			if got, want := binEdges(sorted, bins), edgesByRuns(sorted, bins); !slices.Equal(got, want) {
				t.Fatalf("%v into %d bins: edges %v, want %v", sorted, bins, got, want)
			}
		}
	}
	// Where no number lies between two neighbours, the lower one is the edge.
	if got := binEdges([]float64{1, math.Nextafter(1, 2)}, 5); !slices.Equal(got, []float64{1}) {
		t.Errorf("edges of neighbouring numbers: %v", got)
	}
}
