package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestPairs holds the searches to loops that take one element after the other.
func TestPairs(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 6))
		for n := range 60 {
			for range 20 {
				v := make([][]float64, 6)
				for k := range v {
					v[k] = make([]float64, n)
					for i := range v[k] {
						v[k][i] = float64(r.IntN(5)) / 4 // with ties
					}
				}
				f, b, lower, upper, diagonal, row := v[0], v[1], v[2], v[3], v[4], v[5]
				wantI, want := -1, math.Inf(1)
				for i := range n {
					if b[i] < upper[i] && f[i] < want {
						wantI, want = i, f[i]
					}
				}
				if i, least := LeastBelow(f, b, upper); i != wantI || least != want {
					t.Fatalf("n=%d: LeastBelow: %d, %v, want %d, %v", n, i, least, wantI, want)
				}
				wantI, want = -1, math.Inf(-1)
				wantMost := math.Inf(-1)
				for i := range n {
					if b[i] <= lower[i] || f[i] <= 0.25 {
						continue
					}
					a := 0.5 + diagonal[i] - 2*row[i]
					if a <= 0 {
						a = 1e-3
					}
					if gain := (f[i] - 0.25) * (f[i] - 0.25) / a; gain > want {
						wantI, want = i, gain
					}
					wantMost = max(wantMost, f[i])
				}
				i, gain, most := BestGain(f, b, lower, diagonal, row, 0.25, 0.5, 1e-3)
				if i != wantI || gain != want || most != wantMost {
					t.Fatalf("n=%d: BestGain: %d, %v, %v, want %d, %v, %v", n, i, gain, most, wantI, want, wantMost)
				}
			}
		}
	})
}
