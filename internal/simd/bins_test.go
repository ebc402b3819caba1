package simd

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

func TestBinFinder(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	for name, draw := range map[string]func() float64{
		"normal":    rng.NormFloat64,
		"few":       func() float64 { return float64(rng.IntN(9)) },
		"heavy":     func() float64 { return math.Exp(20 * rng.NormFloat64()) },
		"huge":      func() float64 { return (rng.Float64()*2 - 1) * math.MaxFloat64 },
		"tiny":      func() float64 { return float64(rng.IntN(1000)) * 5e-324 },
		"far":       func() float64 { return 1e9 + rng.Float64() },
		"neighbour": func() float64 { return math.Float64frombits(math.Float64bits(3) + rng.Uint64N(300)) },
	} {
		for _, k := range []int{0, 1, 2, 3, 17, 200, MostEdges} {
			edges := make([]float64, k)
			for i := range edges {
				edges[i] = draw()
			}
			slices.Sort(edges)
			edges = slices.Compact(edges)
			values := []float64{math.NaN(), math.MaxFloat64, -math.MaxFloat64, 0}
			for range 300 {
				values = append(values, draw())
			}
			for _, e := range edges {
				values = append(values, e, math.Nextafter(e, math.Inf(1)), math.Nextafter(e, math.Inf(-1)))
			}
			want := make([]uint8, len(values))
			for i, v := range values {
				want[i] = uint8(sort.SearchFloat64s(edges, v))
				if v != v {
					want[i] = 255
				}
			}
			f := NewBinFinder(edges)
			for _, l := range Available() {
				restore := Force(l)
				for _, m := range []int{0, 1, 7, 8, 9, len(values)} {
					got := make([]uint8, m)
					f.Find(got, values[:m])
					if !slices.Equal(got, want[:m]) {
						t.Errorf("%v, %s, %d edges, %d values: %v, want %v", l, name, len(edges), m, got, want[:m])
					}
				}
				restore()
			}
		}
	}
}
