package simd

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAddHistograms(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n = 300
	for _, columns := range []int{1, 2, 3, 4, 5, 8, 11, 20} {
		for _, p := range []int{columns, columns + 3} {
			bins, pairs := make([]uint8, n*p), make([]Pair, n)
			for i := range bins {
				bins[i] = uint8(rng.Uint32())
			}
			for i := range pairs {
				pairs[i] = Pair{rng.Int64() - 1<<62, rng.Int64()}
			}
			for _, m := range []int{0, 1, 15, 16, 17, 299} {
				rows := make([]uint32, m)
				for i := range rows {
					rows[i] = uint32(rng.IntN(n))
				}
				want := make([]Pair, columns*HistogramStride+1)
				for i := range want {
					want[i] = Pair{int64(i), int64(-i)}
				}
				before := slices.Clone(want)
				for _, r := range rows {
					for f := range columns {
						e := &want[f*HistogramStride+int(bins[int(r)*p+f])]
						e.A += pairs[r].A
						e.B += pairs[r].B
					}
				}
				for _, l := range Available() {
					t.Run(fmt.Sprintf("%v/%dx%d of %d", l, m, columns, p), func(t *testing.T) {
						defer Force(l)()
						got := slices.Clone(before)
						AddHistograms(got, columns, rows, bins, p, pairs)
						if !slices.Equal(got, want) {
							t.Error("the histograms are wrong")
						}
					})
				}
			}
		}
	}
}

func BenchmarkAddHistograms(b *testing.B) {
	const n, p = 100_000, 20
	rng := rand.New(rand.NewPCG(1, 2))
	bins, pairs, rows := make([]uint8, n*p), make([]Pair, n), make([]uint32, 0, n)
	for i := range bins {
		bins[i] = uint8(rng.Uint32())
	}
	for i := range n {
		if rng.IntN(2) == 0 {
			rows = append(rows, uint32(i))
		}
	}
	hist := make([]Pair, p*HistogramStride)
	for _, l := range Available() {
		b.Run(l.String(), func(b *testing.B) {
			defer Force(l)()
			for b.Loop() {
				AddHistograms(hist, p, rows, bins, p, pairs)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)*p), "ns/update")
		})
	}
}
