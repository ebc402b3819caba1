package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestGemmSteps holds the kernels against Gemm on panels in which the terms left out
// are zero.
func TestGemmSteps(t *testing.T) {
	for _, l := range Available() {
		t.Run(l.String(), func(t *testing.T) {
			defer Force(l)()
			rnd := rand.New(rand.NewPCG(2, 2))
			rows, columns := StepsTile()
			const k, ldc = 40, 29
			for _, share := range []float64{0, 0.1, 0.6, 1} {
				a, b := make([]float64, k*columns), normalSlice(rnd, k*columns)
				steps := make([]uint16, 0, k+StepsAhead)
				for p := range k {
					if p != 7 && rnd.Float64() >= share {
						continue
					}
					steps = append(steps, uint16(p*columns))
					for i := range rows {
						a[p*columns+i] = rnd.NormFloat64()
					}
				}
				c := normalSlice(rnd, rows*ldc)
				want := append([]float64(nil), c...)
				for i := range rows {
					for j := range columns {
						s := 0.0
						for p := range k {
							s = math.FMA(a[p*columns+i], b[p*columns+j], s)
						}
						want[i*ldc+j] += s
					}
				}
				GemmSteps(steps, a, b, c, ldc, b[:33])
				for i := range c {
					if c[i] != want[i] && (stepsKernel() || math.Abs(c[i]-want[i]) > 1e-12) {
						t.Fatalf("share %v: element %d is %v, want %v", share, i, c[i], want[i])
					}
				}
			}
		})
	}
}

// TestCentreRows also has rows of zeros, and zeros in one strip.
func TestCentreRows(t *testing.T) {
	for _, l := range Available() {
		t.Run(l.String(), func(t *testing.T) {
			defer Force(l)()
			rnd := rand.New(rand.NewPCG(3, 3))
			rows, columns := StepsTile()
			strips := columns / rows
			const m, lds, ldm = 17, 31, 19
			src, mean := normalSlice(rnd, m*lds), normalSlice(rnd, columns)
			for i := range m {
				for j := range columns {
					if s := j / rows; i%(s+2) == 0 && (j != s*rows+i%rows || i%4 != 0) {
						src[i*lds+j] = mean[j]
					}
				}
			}
			src[5*lds+1] = math.NaN()
			for _, factors := range [][]float64{nil, normalSlice(rnd, m)} {
				dst, sums, marks := make([]float64, m*columns+1), normalSlice(rnd, columns), make([]uint8, strips*ldm)
				want := append([]float64(nil), sums...)
				CentreRows(m, src, lds, mean, factors, dst, sums, marks, ldm)
				for i := range m {
					f := 1.0
					if factors != nil {
						f = factors[i]
					}
					for s := range strips {
						zero := true
						for j := s * rows; j < (s+1)*rows; j++ {
							v := f * (src[i*lds+j] - mean[j])
							want[j] = math.FMA(f, v, want[j])
							zero = zero && v == 0
							if got := dst[i*columns+j]; got != v && v == v {
								t.Fatalf("element %d, %d is %v, want %v", i, j, got, v)
							}
						}
						if (marks[s*ldm+i] == 0) != zero {
							t.Fatalf("mark of strip %d of row %d is %d, zero: %v", s, i, marks[s*ldm+i], zero)
						}
					}
				}
				for j, v := range want {
					if sums[j] != v && (v == v || sums[j] == sums[j]) {
						t.Fatalf("sum %d is %v, want %v", j, sums[j], v)
					}
				}
				if dst[m*columns] != 0 {
					t.Fatal("written beyond the panel")
				}
			}
		})
	}
}

// BenchmarkGemmSteps is to be read beside BenchmarkGemm: what choosing steps costs,
// and what is left of the rate where some are left out.
func BenchmarkGemmSteps(b *testing.B) {
	const k = 256
	for _, l := range Available() {
		if l == Portable || l == NEON {
			continue
		}
		restore := Force(l)
		rows, columns := StepsTile()
		x, y, c := make([]float64, columns*k), make([]float64, columns*k), make([]float64, rows*columns)
		for _, share := range []float64{1, 0.7, 0.4} {
			rnd := rand.New(rand.NewPCG(4, 4))
			steps := make([]uint16, 0, k+StepsAhead)
			for p := range k {
				if rnd.Float64() < share {
					steps = append(steps, uint16(p*columns))
				}
			}
			b.Run(fmt.Sprintf("%v/%v", l, share), func(b *testing.B) {
				for b.Loop() {
					GemmSteps(steps, x, y, c, columns, nil)
				}
				b.ReportMetric(2*float64(rows*columns*len(steps))*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
			})
		}
		restore()
	}
}
