package tree

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The quantile by selection is that by sorting.
func TestWeightedQuantile(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for range 3000 {
		v := make([]weighted, 1+rng.IntN(40))
		total := 0.0
		for i := range v {
			v[i] = weighted{math.Round(rng.NormFloat64() * 5), float64(1 + rng.IntN(3))}
			total += v[i].weight
		}
		q := []float64{0.5, 0.25, 0.1, 0.75, 1 - 0x1p-53, 1e-9, rng.Float64()}[rng.IntN(7)]
		sorted := slices.Clone(v)
		slices.SortFunc(sorted, func(a, b weighted) int { return int(a.value - b.value) })
		want, below := 0.0, 0.0
		for i, e := range sorted {
			want = e.value
			below += e.weight
			if below == q*total && i+1 < len(v) {
				want = e.value/2 + sorted[i+1].value/2
			}
			if below >= q*total {
				break
			}
		}
		if got := weightedQuantile(slices.Clone(v), q); got != want {
			t.Fatalf("the quantile %v of %v is %v, want %v", q, sorted, got, want)
		}
	}
}

func TestWeightedQuantileOfManyEqualOnes(t *testing.T) {
	v := make([]weighted, 200_000)
	for i := range v {
		v[i] = weighted{float64(i % 3), 1}
	}
	if got := weightedQuantile(v, 0.5); got != 1 {
		t.Errorf("the median is %v, want 1", got)
	}
}
