package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// sparseRows returns rows of which a share of the runs of columns is zero.
func sparseRows(n, p, stride, run int, zeros float64) blas64.General {
	rnd := rand.New(rand.NewPCG(uint64(n), uint64(p)))
	x := blas64.General{Rows: n, Cols: p, Stride: stride, Data: make([]float64, (n-1)*stride+p)}
	for i := range n {
		for j := 0; j < p; j += run {
			if rnd.Float64() < zeros {
				continue
			}
			for q := j; q < min(j+run, p); q++ {
				x.Data[i*stride+q] = rnd.NormFloat64()
			}
		}
	}
	return x
}

// TestGram holds the upper triangle against Dsyrk of rows that are centred first, and
// the sums against plain ones.
func TestGram(t *testing.T) {
	for _, l := range simd.Available() {
		t.Run(l.String(), func(t *testing.T) {
			defer simd.Force(l)()
			shapes := [][2]int{{1, 1}, {3, 7}, {40, 23}, {33, 24}, {100, 25}, {385, 49}, {700, 100}, {2000, 220}}
			if testing.Short() {
				shapes = shapes[:6]
			}
			for _, shape := range shapes {
				for _, zeros := range []float64{0, 0.5, 1} {
					for _, about := range []bool{false, true} {
						testGram(t, shape[0], shape[1], zeros, about, false)
						testGram(t, shape[0], shape[1], zeros, about, true)
					}
				}
			}
		})
	}
}

// testGram has the last column apart if target is set.
func testGram(t *testing.T, n, p int, zeros float64, about, target bool) {
	x := sparseRows(n, p, p+3, 5, zeros)
	rows := gramRows{x: x}
	if target {
		rows.x.Cols--
		rows.y = make([]float64, n)
		for i := range rows.y {
			rows.y[i] = x.Data[i*x.Stride+p-1]
		}
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	centred := blas64.General{Rows: n, Cols: p, Stride: p, Data: make([]float64, n*p)}
	var mean, factors []float64
	if about {
		mean, factors = make([]float64, p), make([]float64, n)
		for j := range mean {
			mean[j] = rnd.NormFloat64()
		}
		for i := range factors {
			factors[i] = rnd.Float64()
		}
	}
	rows.factors = factors
	c := blas64.Symmetric{N: p, Stride: p + 1, Uplo: blas.Upper, Data: make([]float64, p*(p+1))}
	want := blas64.Symmetric{N: p, Stride: p + 1, Uplo: blas.Upper, Data: make([]float64, p*(p+1))}
	sums, wantSums := make([]float64, p), make([]float64, p)
	for j := range sums {
		sums[j] = float64(j)
		wantSums[j] = float64(j)
		for i := range n {
			v, f := x.Data[i*x.Stride+j], 1.0
			if about {
				f = factors[i]
				v = f * (v - mean[j])
			}
			centred.Data[i*p+j] = v
			wantSums[j] += f * v
		}
		for i := range j + 1 {
			c.Data[i*c.Stride+j] = float64(i - j)
			want.Data[i*c.Stride+j] = float64(i - j)
		}
	}
	(&Implementation{}).Dsyrk(blas.Upper, blas.Trans, p, n, 1, centred.Data, p, 1, want.Data, want.Stride)
	tolerance := 1e-15 * float64(n+10)
	for name, gram := range map[string]func(sums []float64, c blas64.Symmetric){
		"tiles": func(sums []float64, c blas64.Symmetric) {
			j := new(gramJob)
			j.gramRows, j.c = rows, c
			j.run(mean, sums)
		},
		"ranges of rows": func(sums []float64, c blas64.Symmetric) {
			j := new(narrowGram)
			j.gramRows, j.c = rows, c
			j.run(mean, sums)
		},
		"Syrk": func(sums []float64, c blas64.Symmetric) { gramBySyrk(rows, mean, sums, c) },
	} {
		sums, c := append([]float64(nil), sums...), c
		c.Data = append([]float64(nil), c.Data...)
		gram(sums, c)
		for i := range p {
			if math.Abs(sums[i]-wantSums[i]) > tolerance*(1+math.Abs(wantSums[i])) {
				t.Fatalf("%s, %d×%d, %v zero, about %v, target %v: sum %d is %v, want %v", name, n, p, zeros, about, target, i, sums[i], wantSums[i])
			}
			for q := i; q < p; q++ {
				if got, want := c.Data[i*c.Stride+q], want.Data[i*c.Stride+q]; math.Abs(got-want) > tolerance*(1+math.Abs(want)) {
					t.Fatalf("%s, %d×%d, %v zero, about %v, target %v: element %d, %d is %v, want %v", name, n, p, zeros, about, target, i, q, got, want)
				}
			}
		}
	}
}

// TestGramRepeats has the same terms, whatever is left out, to the bit:
// for other numbers of workers, and for elements too small to be seen in place of
// those that are zero.
func TestGramRepeats(t *testing.T) {
	testGramRepeats(t, 1500, 300)
	testGramRepeats(t, 3000, 61)
}

func testGramRepeats(t *testing.T, n, p int) {
	x := sparseRows(n, p, p, 8, 0.4)
	dense := x
	dense.Data = make([]float64, len(x.Data))
	for i, v := range x.Data {
		dense.Data[i] = v
		if v == 0 {
			dense.Data[i] = 1e-200
		}
	}
	gram := func(x blas64.General, processors int) ([]float64, []float64) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		c := blas64.Symmetric{N: p, Stride: p, Uplo: blas.Upper, Data: make([]float64, p*p)}
		sums := make([]float64, p)
		Gram(x, nil, nil, nil, sums, c)
		return c.Data, sums
	}
	want, wantSums := gram(x, 1)
	for name, other := range map[string]blas64.General{"workers": x, "tiny": dense} {
		got, sums := gram(other, 3)
		for i := range p {
			if sums[i] != wantSums[i] {
				t.Fatalf("%s: sum %d is %v, was %v", name, i, sums[i], wantSums[i])
			}
			for q := i; q < p; q++ {
				if math.Abs(want[i*p+q]) > 1e-100 && got[i*p+q] != want[i*p+q] {
					t.Fatalf("%s: element %d, %d is %v, was %v", name, i, q, got[i*p+q], want[i*p+q])
				}
			}
		}
	}
}

// TestGramNotFinite has a NaN and an infinity in the sums and on the diagonal, where
// callers look for them.
func TestGramNotFinite(t *testing.T) {
	for _, p := range []int{34, 270} {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			x := sparseRows(500, p, p, 8, 0.9)
			x.Data[77*p+33] = bad
			c := blas64.Symmetric{N: p, Stride: p, Uplo: blas.Upper, Data: make([]float64, p*p)}
			sums := make([]float64, p)
			Gram(x, nil, nil, nil, sums, c)
			if v := c.Data[33*p+33]; v-v == 0 {
				t.Errorf("%d columns, %v: the diagonal has %v", p, bad, v)
			}
			if v := sums[33]; v-v == 0 {
				t.Errorf("%d columns, %v: the sum is %v", p, bad, v)
			}
		}
	}
}

// BenchmarkGramZeros compares with Dsyrk of data that need not be centred.
func BenchmarkGramZeros(b *testing.B) {
	for _, l := range simd.Available() {
		if l < simd.AVX2 {
			continue
		}
		b.Run(l.String(), func(b *testing.B) {
			defer simd.Force(l)()
			benchmarkGram(b, 3072, 784, 0)
			benchmarkGram(b, 3072, 784, 0.3)
			benchmarkGram(b, 2000, 500, 0)
		})
	}
}

func benchmarkGram(b *testing.B, n, p int, zeros float64) {
	x := sparseRows(n, p, p, 8, zeros)
	c := blas64.Symmetric{N: p, Stride: p, Uplo: blas.Upper, Data: make([]float64, p*p)}
	mean, sums := make([]float64, p), make([]float64, p)
	run := func(name string, f func()) {
		b.Run(fmt.Sprintf("%dx%d-%v/%s", n, p, zeros, name), func(b *testing.B) {
			for b.Loop() {
				f()
			}
			b.ReportMetric(float64(n)*float64(p)*float64(p)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
		})
	}
	run("gram", func() { Gram(x, nil, mean, nil, sums, c) })
	run("syrk", func() { blas64.Syrk(blas.Trans, 1, x, 0, c) })
}
