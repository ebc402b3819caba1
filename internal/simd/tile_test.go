package simd

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Kernels of a tile are those that float64 gives but for rounding; above the
// portable level they are symmetric and 1 on the diagonal, to the bit.
func TestRBFTile(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, p := range []int{1, 2, 7, 20, 101} {
			for _, gamma := range []float64{0, 1e-30, 0.01, 0.5, 3, 300} {
				testRBFTile(t, rng, p, gamma/float64(p))
			}
		}
	})
}

func testRBFTile(t *testing.T, rng *rand.Rand, p int, gamma float64) {
	t.Helper()
	tile := make([]float32, p*NearestTile)
	for i := range tile {
		tile[i] = float32(rng.NormFloat64())
	}
	var norms [NearestTile]float32
	TileNorms(p, tile, &norms)
	var k [NearestTile][]float32 // of the tile with itself
	const at = 5
	for g := 0; g < NearestTile; g += NearestGroup {
		group := make([]float32, p*NearestGroup)
		for j := range p {
			copy(group[j*NearestGroup:], tile[j*NearestTile+g:][:NearestGroup])
		}
		var dst [NearestGroup][]float32
		for r := range dst {
			dst[r] = slices.Repeat([]float32{77}, at+NearestTile+3)
		}
		RBFTile(p, tile, group, (*[NearestGroup]float32)(norms[g:]), &norms, gamma, &dst, at)
		for r, row := range dst {
			for i, v := range row {
				if (i < at || i >= at+NearestTile) && v != 77 {
					t.Fatalf("p %d: row %d, element %d is not to be written", p, r, i)
				}
			}
			k[g+r] = row[at:][:NearestTile]
		}
	}
	for a := range NearestTile {
		if Active() != Portable && Active() != NEON && k[a][a] != 1 {
			t.Fatalf("p %d γ %v: kernel of %d with itself is %v", p, gamma, a, k[a][a])
		}
		for b := range NearestTile {
			d := 0.0
			for j := range p {
				v := float64(tile[j*NearestTile+a]) - float64(tile[j*NearestTile+b])
				d += v * v
			}
			want := math.Exp(-gamma * d)
			allowed := (2 + gamma*float64(norms[a]+norms[b])*(2+math.Sqrt(float64(p)))) * 0x1p-23 * want
			if got := float64(k[a][b]); math.Abs(got-want) > allowed+0x1p-126 {
				t.Fatalf("p %d γ %v: kernel of %d and %d is %v, want %v", p, gamma, a, b, got, want)
			}
			if k[a][b] != k[b][a] {
				t.Fatalf("p %d γ %v: kernels of %d and %d differ: %v, %v", p, gamma, a, b, k[a][b], k[b][a])
			}
		}
	}
}

func TestExp2Single(t *testing.T) {
	if exp2Single(0) != 1 || exp2Single(-1) != 0.5 || exp2Single(-126) != 0x1p-126 || exp2Single(-1e30) != 0 {
		t.Errorf("%v %v %v %v", exp2Single(0), exp2Single(-1), exp2Single(-126), exp2Single(-1e30))
	}
	for x := float32(0); x > -126; x = x*1.01 - 1e-6 {
		got, want := float64(exp2Single(x)), math.Exp2(float64(x))
		if math.Abs(got-want) > 1.5*0x1p-23*want {
			t.Fatalf("2^%v = %v, want %v", x, got, want)
		}
	}
}

// Several rows at once are added as one by one, bit for bit.
func TestAxpySingles(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(5, 6))
		for rows := range 11 {
			for _, n := range []int{0, 1, 7, 8, 9, 40, 100, block + 13} {
				alpha, x := make([]float64, rows), make([][]float32, rows)
				for r := range x {
					alpha[r] = rng.NormFloat64()
					x[r] = make([]float32, n+r)
					for i := range x[r] {
						x[r][i] = float32(rng.NormFloat64())
					}
				}
				y := make([]float64, n+1)
				for i := range y {
					y[i] = rng.NormFloat64()
				}
				want := slices.Clone(y)
				for r, row := range x {
					AxpySingle(alpha[r], row[:n], want)
				}
				AxpySingles(alpha, x, y[:n])
				if !slices.Equal(y, want) {
					t.Fatalf("%d rows of %d: differ", rows, n)
				}
			}
		}
	})
}
