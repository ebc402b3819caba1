package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestGemm holds the kernel of each level against sums of fused multiply-adds, for
// every tile it can compute.
func TestGemm(t *testing.T) {
	const stride = 29
	for _, l := range Available() {
		t.Run(l.String(), func(t *testing.T) {
			defer Force(l)()
			rnd := rand.New(rand.NewPCG(1, 1))
			rows, columns := GemmTile()
			for m := 1; m <= rows; m++ {
				for n := 1; n <= columns; n++ {
					for _, k := range []int{1, 2, 3, 17, 8*16 + 3} {
						for _, beta := range []float64{0, math.Copysign(0, -1), 1, -0.3, math.NaN()} {
							a, b := normalSlice(rnd, stride*max(stride, k)), normalSlice(rnd, stride*max(stride, k))
							c := make([]float64, (m-1)*stride+n)
							for i := range c {
								c[i] = math.NaN()
								if beta != 0 && i%stride < n {
									c[i] = rnd.NormFloat64()
								}
							}
							for _, rsa := range []int{1, stride} {
								csa := stride + 1 - rsa
								want := append([]float64(nil), c...)
								for i := range m {
									for j := range n {
										var s float64
										for p := range k {
											s = math.FMA(a[i*rsa+p*csa], b[p*stride+j], s)
										}
										if beta == 0 {
											want[i*stride+j] = 1.7 * s
										} else {
											want[i*stride+j] = math.FMA(1.7, s, beta*want[i*stride+j])
										}
									}
								}
								got := append([]float64(nil), c...)
								Gemm(m, n, k, 1.7, a[:(m-1)*rsa+(k-1)*csa+1], rsa, csa, b[:(k-1)*stride+n], stride, beta, got, stride)
								for i := range want {
									if !sameGemm(got[i], want[i], l) {
										t.Fatalf("%d×%d×%d, strides %d %d, beta %v: element %d is %v, want %v", m, n, k, rsa, csa, beta, i, got[i], want[i])
									}
								}
							}
						}
					}
				}
			}
		})
	}
}

// A tile that packs its panel is the same to the bit as one that does not.
func TestGemmPack(t *testing.T) {
	for _, l := range Available() {
		t.Run(l.String(), func(t *testing.T) {
			defer Force(l)()
			rnd := rand.New(rand.NewPCG(2, 2))
			rows, columns := GemmTile()
			for _, k := range []int{1, 3, 64, 65, 127, 128, 129, 200} {
				for q, beta := range []float64{0, 0, 1, 1, -0.3, -0.3} {
					rsa, csa, ldb, ldc := 1, rows+2, columns+5, columns+1
					if q%2 == 1 {
						rsa, csa = k+3, 1
					}
					a, b, c := normalSlice(rnd, (rows-1)*rsa+(k-1)*csa+1), normalSlice(rnd, (k-1)*ldb+columns), normalSlice(rnd, (rows-1)*ldc+columns)
					want, got := slices.Clone(c), slices.Clone(c)
					Gemm(rows, columns, k, 1.7, a, rsa, csa, b, ldb, beta, want, ldc)
					packed := make([]float64, k*columns+1)
					GemmPack(k, 1.7, a, rsa, csa, b, ldb, beta, got, ldc, packed, b, ldb)
					if !slices.Equal(got, want) {
						t.Errorf("k = %d, strides %d and %d, beta = %v: the tile differs from Gemm's", k, rsa, csa, beta)
					}
					for i, v := range packed {
						p, j := i/columns, i%columns
						if p < k && v != b[p*ldb+j] || p == k && v != 0 {
							t.Fatalf("k = %d: packed element %d of row %d is %v", k, j, p, v)
						}
					}
				}
			}
		})
	}
}

func normalSlice(rnd *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rnd.NormFloat64()
	}
	return x
}

func sameGemm(got, want float64, l Level) bool {
	return got == want || math.IsNaN(got) && math.IsNaN(want) || l == Portable && math.Abs(got-want) < 1e-12
}

func TestTranspose(t *testing.T) {
	for _, l := range Available() {
		t.Run(l.String(), func(t *testing.T) {
			defer Force(l)()
			for m := 1; m <= 25; m++ {
				for n := 1; n <= 25; n++ {
					const lds, ldd = 31, 27
					src, dst := make([]float64, (m-1)*lds+n), make([]float64, (n-1)*ldd+m)
					for i := range src {
						src[i] = float64(i + 1)
					}
					Transpose(m, n, src, lds, dst, ldd)
					back := make([]float64, len(dst))
					CopyRows(n, m, dst, ldd, back, ldd)
					if !slices.Equal(back, dst) {
						t.Fatalf("%d×%d: %v copied as %v", n, m, dst, back)
					}
					for p := range n {
						for i := range min(ldd, len(dst)-p*ldd) {
							want := 0.0
							if i < m {
								want = src[i*lds+p]
							}
							if dst[p*ldd+i] != want {
								t.Fatalf("%d×%d: element %d,%d is %v, want %v", m, n, p, i, dst[p*ldd+i], want)
							}
						}
					}
				}
			}
		})
	}
}

// BenchmarkGemm measures the kernels. With strides of 0 all operands stay in the
// first-level cache: the rate is the core's peak of fused multiply-adds.
func BenchmarkGemm(b *testing.B) {
	const k = 256
	for _, l := range Available() {
		if l == Portable {
			continue
		}
		restore := Force(l)
		rows, columns := GemmTile()
		x, y, c := make([]float64, rows*k), make([]float64, columns*k), make([]float64, rows*columns)
		for _, shape := range []struct {
			name                string
			m, n, rsa, csa, ldb int
		}{
			{"peak", rows, columns, 1, 0, 0},
			{"packed", rows, columns, 1, rows, columns},
			{"rows", rows, columns, k, 1, columns},
			{"half", rows / 2, columns, 1, rows, columns},
			{"two-thirds", rows, columns * 2 / 3, 1, rows, columns},
			{"third", rows, columns / 3, 1, rows, columns},
		} {
			b.Run(fmt.Sprintf("%v/%s-%dx%d", l, shape.name, shape.m, shape.n), func(b *testing.B) {
				for b.Loop() {
					Gemm(shape.m, shape.n, k, 1, x, shape.rsa, shape.csa, y, shape.ldb, 1, c, columns)
				}
				b.ReportMetric(2*float64(shape.m*shape.n*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
			})
		}
		restore()
	}
}
