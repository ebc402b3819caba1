package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Words that are added up and unpacked are what wide histograms are.
func TestPackedHistograms(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n, countBits = 300, 20
	for _, k := range []Packing{{Count: 24}, {Count: 12, Second: 24}} {
		for _, columns := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 33} {
			p := columns + 2
			bins, words, pairs := make([]uint8, n*p), make([]uint64, n), make([]Pair, n)
			for i := range bins {
				bins[i] = uint8(rng.Uint32())
			}
			for i := range words {
				first, second := rng.Int64N(1<<16)-1<<15, rng.Int64N(1<<12)
				words[i] = k.Word(first, second)
				if k.Second == 0 {
					second = 1
				}
				pairs[i] = Pair{first, second<<countBits | 1}
			}
			for _, m := range []int{0, 1, 15, 16, 17, 299} {
				rows := make([]uint32, m)
				for i := range rows {
					rows[i] = uint32(rng.IntN(n))
				}
				for _, add := range []bool{false, true} {
					start := make([]Pair, columns*HistogramStride)
					for f := range columns { // what lies between histograms is not theirs
						for i := range start[f*HistogramStride:][:256] {
							start[f*HistogramStride+i] = Pair{int64(i), int64(-f)}
						}
					}
					want := slices.Clone(start)
					if !add {
						clear(want)
					}
					addHistogramsGo(want, columns, rows, bins, p, pairs)
					for _, l := range Available() {
						t.Run(fmt.Sprintf("%v/%+v/%dx%d add=%v", l, k, m, columns, add), func(t *testing.T) {
							defer Force(l)()
							got, table := slices.Clone(start), make([]uint64, columns*PackedStride)
							AddPacked(table, columns, rows, bins, p, words)
							UnpackHistograms(got, table, columns, k, countBits, add)
							if !slices.Equal(got, want) {
								t.Error("the histograms are wrong")
							}
							if slices.ContainsFunc(table, func(w uint64) bool { return w != 0 }) {
								t.Error("the table was not cleared")
							}
						})
					}
				}
			}
		}
	}
}

func randomPairs(rng *rand.Rand, n int, countBits uint) []Pair {
	pairs := make([]Pair, n)
	for i := range pairs {
		if rng.IntN(5) == 0 {
			continue
		}
		pairs[i] = Pair{rng.Int64N(1<<40) - 1<<39, rng.Int64N(1<<36)<<countBits | rng.Int64N(50)}
	}
	return pairs
}

func TestPairsOfHistograms(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const countBits = 17
	for _, n := range []int{0, 1, 4, 7, 260} {
		a, b := randomPairs(rng, n, countBits), randomPairs(rng, n, countBits)
		difference, shifted := slices.Clone(a), slices.Clone(a)
		for i := range a {
			difference[i].A -= b[i].A
			difference[i].B -= b[i].B
			shifted[i].A += b[i].A - 12345*(b[i].B&(1<<countBits-1))
			shifted[i].B += b[i].B
		}
		for _, l := range Available() {
			t.Run(fmt.Sprintf("%v/%d", l, n), func(t *testing.T) {
				defer Force(l)()
				got := slices.Clone(a)
				SubtractPairs(got, b)
				if !slices.Equal(got, difference) {
					t.Error("the difference is wrong")
				}
				copy(got, a)
				AddShifted(got, b, -12345, countBits)
				if !slices.Equal(got, shifted) {
					t.Error("the shifted sum is wrong")
				}
			})
		}
	}
}

func TestCuts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const countBits = 17
	for trial := range 300 {
		n := 1 + rng.IntN(255)
		hist := randomPairs(rng, n, countBits)
		c := Cuts{
			CountBits: countBits, MinCount: 1 + rng.Int64N(200), Unit1: 0x1p-35, Unit2: 0x1p-30,
			MinSecond: float64(rng.IntN(2)) * 100, L2: float64(rng.IntN(3)), Floor: float64(rng.IntN(2)) * 5,
		}
		if trial%2 == 1 {
			c.Left = Pair{rng.Int64N(1 << 40), 1<<(30+countBits) | 20}
		}
		c.Total = c.Left
		for _, e := range hist {
			c.Total.A += e.A
			c.Total.B += e.B
		}
		// All cuts, one by one.
		wantBin, wantGain := -1, c.Floor
		left := c.Left
		g, h := float64(c.Total.A)*c.Unit1, float64(c.Total.B>>countBits)*c.Unit2
		for b, e := range hist {
			left.A += e.A
			left.B += e.B
			gl, hl := float64(left.A)*c.Unit1, float64(left.B>>countBits)*c.Unit2
			gr, hr := float64(c.Total.A-left.A)*c.Unit1, float64((c.Total.B-left.B)>>countBits)*c.Unit2
			k, all := left.B&(1<<countBits-1), c.Total.B&(1<<countBits-1)
			if k < c.MinCount || all-k < c.MinCount || hl < c.MinSecond || hr < c.MinSecond {
				continue
			}
			gain := float64(gl*gl)/(hl+c.L2) + float64(gr*gr)/(hr+c.L2) - float64(g*g)/(h+c.L2)
			if gain > wantGain {
				wantBin, wantGain = b, gain
			}
		}
		for _, l := range Available() {
			t.Run(fmt.Sprintf("%v/%d", l, trial), func(t *testing.T) {
				defer Force(l)()
				if bin, gain := c.Best(hist); bin != wantBin || gain != wantGain {
					t.Errorf("%d bins: cut after %d gains %v, want %d, %v", n, bin, gain, wantBin, wantGain)
				}
			})
		}
	}
}

func TestPartition(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	const n = 500
	column := make([]uint8, n+PartitionPadding)
	for i := range column {
		column[i] = uint8(rng.Uint32())
	}
	var set [8]uint32
	for i := range set {
		set[i] = rng.Uint32()
	}
	for trial, m := range []int{0, 1, 15, 16, 17, 64, 333, 16, 17, 64, 333} {
		rows := make([]uint32, m)
		for i, row := range rng.Perm(n)[:m] {
			rows[i] = uint32(row)
		}
		slices.Sort(rows)
		if m > 0 {
			rows[m-1] = n - 1
		}
		if trial > 6 { // no gaps
			for i := range rows {
				rows[i] = uint32(n - m + i)
			}
		}
		var members, others []uint32
		for _, row := range rows {
			if v := column[row]; set[v/32]&(1<<(v%32)) != 0 {
				members = append(members, row)
			} else {
				others = append(others, row)
			}
		}
		for _, l := range Available() {
			t.Run(fmt.Sprintf("%v/%d", l, m), func(t *testing.T) {
				defer Force(l)()
				got, rest := slices.Clone(rows), make([]uint32, m)
				front := make([]uint32, m)
				k := Partition(got, front, rest, column, &set)
				if !slices.Equal(got, rows) || !slices.Equal(front[:k], members) || !slices.Equal(rest[:m-k], others) {
					t.Errorf("divided into %d and %d rows, want %d and %d, or out of order", k, m-k, len(members), len(others))
				}
				clear(rest)
				k = Partition(got, got, rest, column, &set)
				if !slices.Equal(got[:k], members) || !slices.Equal(rest[:m-k], others) {
					t.Errorf("in place: divided into %d and %d rows, want %d and %d, or out of order", k, m-k, len(members), len(others))
				}
			})
		}
	}
}

func TestPack(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	k := Packing{Count: 12, Second: 24}
	for _, n := range []int{0, 1, 7, 8, 9, 100} {
		first, second, want := make([]float64, n), make([]float64, n), make([]uint64, n)
		for i := range want {
			first[i], second[i] = rng.Float64()*2-1, rng.Float64()
			want[i] = k.Word(int64(math.RoundToEven(first[i]*0x1p15)), int64(math.RoundToEven(second[i]*0x1p12)))
		}
		for _, l := range Available() {
			restore := Force(l)
			got := make([]uint64, n)
			k.Pack(got, first, second, 0x1p15, 0x1p12)
			if !slices.Equal(got, want) {
				t.Errorf("%v, %d rows: %x, want %x", l, n, got, want)
			}
			restore()
		}
	}
}
