package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestScore(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	const columns = 7
	for _, n := range []int{16, 48, 128} {
		for _, nodes := range []int{0, 1, 5, 31} {
			for _, missingLeft := range []int{0, nodes / 2, nodes} {
				stride := n + 16
				x, sums, leaves := make([]float64, columns*stride), make([]float64, n), make([]uint32, n)
				for i := range x {
					if x[i] = math.Round(rng.NormFloat64() * 4); rng.IntN(9) == 0 {
						x[i] = math.NaN()
					}
				}
				for i := range sums {
					sums[i], leaves[i] = rng.Float64(), rng.Uint32()|1<<31
				}
				cuts := make([]ScoreCut, nodes)
				for k := range cuts {
					cuts[k] = ScoreCut{math.Round(rng.NormFloat64() * 4), uint32(rng.IntN(columns)), rng.Uint32() | 1<<31}
				}
				var values [ScoreLeaves]float64
				for k := range values {
					values[k] = rng.NormFloat64()
				}
				want := slices.Clone(sums)
				for i := range want {
					first := 0
					for ; ; first++ {
						kept := leaves[i]&(1<<first) != 0
						for k, c := range cuts {
							v := x[int(c.Column)*stride+i]
							left := v <= c.Threshold || math.IsNaN(v) && k >= nodes-missingLeft
							kept = kept && (left || c.Keep&(1<<first) != 0)
						}
						if kept {
							break
						}
					}
					want[i] += values[first]
				}
				for _, l := range Available() {
					t.Run(fmt.Sprintf("%v/%dx%d of %d", l, n, missingLeft, nodes), func(t *testing.T) {
						defer Force(l)()
						got := slices.Clone(sums)
						Score(got, x, stride, leaves, cuts, missingLeft, &values)
						if !slices.Equal(got, want) {
							t.Error("the sums are wrong")
						}
					})
				}
			}
		}
	}
}
