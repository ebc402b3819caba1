package simd

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestPartitionMarked(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, l := range Available() {
		restore := Force(l)
		for _, n := range []int{0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 100, 1000, 1<<14 + 5, 1<<15 + 16} {
			for _, shift := range []uint{0, 3} {
				for _, share := range []float64{0, 0.1, 0.5, 1} {
					marks := make([]uint64, n/64+1)
					list := make([]uint32, n+40) // what lies behind it must stay
					var left, right []uint32
					for i := range list {
						list[i] = uint32(i<<shift) | rng.Uint32()&(1<<shift-1)
					}
					rng.Shuffle(n, func(i, j int) { list[i], list[j] = list[j], list[i] })
					for _, e := range list[:n] {
						if rng.Float64() < share {
							marks[e>>shift/64] |= 1 << (e >> shift % 64)
							left = append(left, e)
						} else {
							right = append(right, e)
						}
					}
					want := slices.Concat(left, right, list[n:])
					if k := PartitionMarked(list[:n], marks, shift, make([]uint32, n+MarkedSlack)); k != len(left) {
						t.Fatalf("%v: %d of %d words went left, want %d", l, k, n, len(left))
					}
					if !slices.Equal(list, want) {
						t.Fatalf("%v, %d words, shift %d: %v, want %v", l, n, shift, list, want)
					}
				}
			}
		}
		restore()
	}
}

func TestPartitionFew(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, l := range Available() {
		restore := Force(l)
		for n := 1; n <= FewRows; n++ {
			for left := 0; left <= n; left++ {
				const lo, shift = 5, 2
				words := make([]uint32, n)
				marks := make([]uint64, 2)
				for i, row := range rng.Perm(100)[:n] {
					words[i] = uint32(row)<<shift | rng.Uint32()&3
					if i < left {
						marks[row/64] |= 1 << (row % 64)
					}
				}
				lists, want := make([][]uint32, 4), make([][]uint32, 4)
				for f := range lists {
					list := make([]uint32, lo+n+20) // what lies around the words must stay
					for i := range list {
						list[i] = rng.Uint32()
					}
					var a, b []uint32
					for i, k := range rng.Perm(n) {
						list[lo+i] = words[k]
						if k < left {
							a = append(a, words[k])
						} else {
							b = append(b, words[k])
						}
					}
					lists[f] = list
					want[f] = slices.Concat(list[:lo], a, b, list[lo+n:])
				}
				other := make([]uint32, lo+n+20) // some of its words are others
				for i := range other {
					other[i] = uint32(i) << shift
				}
				otherBefore := slices.Clone(other)
				lists = slices.Insert(lists, 1, other)
				PartitionFew(lists, lo, words, left, marks, shift, make([]uint32, FewRows+MarkedSlack))
				lists = slices.Delete(lists, 1, 2)
				slices.Sort(other[lo : lo+n])
				if !slices.Equal(other, otherBefore) {
					t.Fatalf("%v, %d of %d words left: another list has become %v", l, left, n, other)
				}
				for f := range lists {
					if !slices.Equal(lists[f], want[f]) {
						t.Fatalf("%v, %d of %d words left: %v, want %v", l, left, n, lists[f], want[f])
					}
				}
			}
		}
		restore()
	}
}

func TestBestMeanCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for _, l := range Available() {
		restore := Force(l)
		for _, n := range []int{1, 2, 7, 8, 9, 15, 16, 17, 100, 1<<13 + 3} {
			for _, spread := range []int64{3, 1 << 20, 1 << 44} {
				q := make([]int64, 2*n+10)
				c := MeanCuts{L: 3, Size: int64(n + 5), Shift: rng.Int64N(spread) - spread/2}
				for i := range q {
					q[i] = rng.Int64N(2*spread) - spread
				}
				rows := make([]uint32, n)
				c.S = rng.Int64N(3 * spread)
				c.Total = c.S
				for i, row := range rng.Perm(len(q))[:n] {
					rows[i] = uint32(row)
					c.Total += q[row] - c.Shift
				}
				c.Total += rng.Int64N(spread)
				c.Rise = float64(c.Total) * float64(c.Total) / float64(c.Size)
				for _, floor := range []float64{-1, c.Rise * 1.01} {
					c.Gain = floor
					got, want := c, c
					best := BestMeanCut(rows, q, &got)
					_, bestWant := bestMeanCutsGo([][]uint32{rows}, 0, n, q, &want)
					if best != bestWant || got != want {
						t.Fatalf("%v, %d rows: cut %d, %+v; want %d, %+v", l, n, best, got, bestWant, want)
					}
				}
			}
		}
		restore()
	}
}

func TestBestMeanCuts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, l := range Available() {
		restore := Force(l)
		for _, n := range []int{2, 3, 8, 9, 10, 17, 100, 1 << 12} {
			for _, spread := range []int64{2, 1 << 40} {
				const lo = 3
				q := make([]int64, n)
				c := MeanCuts{Size: int64(n), Shift: rng.Int64N(spread), Gain: -1, Limit: math.Inf(1)}
				for i := range q {
					q[i] = rng.Int64N(2*spread) - spread
					c.Total += q[i] - c.Shift
				}
				c.Rise = float64(c.Total) * float64(c.Total) / float64(c.Size)
				lists := make([][]uint32, 7)
				for f := range lists {
					lists[f] = make([]uint32, lo, lo+n)
					for _, row := range rng.Perm(n) {
						lists[f] = append(lists[f], uint32(row))
					}
				}
				// The best of each list by itself.
				list, moved, gain := 0, 0, c.Gain
				for f := range lists {
					one := c
					if k := BestMeanCut(lists[f][lo:lo+n-1], q, &one); k > 0 && one.Gain > gain {
						list, moved, gain = f, k, one.Gain
					}
				}
				got := c
				if f, k := BestMeanCuts(lists, lo, n, q, &got); f != list || k != moved || got.Gain != gain {
					t.Fatalf("%v, %d rows: cut %d of list %d with gain %v; want %d of %d with %v", l, n, k, f, got.Gain, moved, list, gain)
				}
				// With a limit that the third list reaches, no later one counts.
				third := c
				BestMeanCuts(lists[:3], lo, n, q, &third)
				f3, k3 := BestMeanCuts(lists[:3], lo, n, q, &MeanCuts{Size: c.Size, Shift: c.Shift, Total: c.Total, Rise: c.Rise, Gain: -1, Limit: math.Inf(1)})
				got = c
				got.Limit = third.Gain
				if f, k := BestMeanCuts(lists, lo, n, q, &got); f != f3 || k != k3 {
					t.Fatalf("%v, %d rows: cut %d of list %d before the limit; want %d of %d", l, n, k, f, k3, f3)
				}
			}
		}
		restore()
	}
}
