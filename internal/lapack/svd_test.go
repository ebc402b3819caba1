package lapack

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// generalCases are n×p matrices of all kinds of spectra.
func generalCases(n, p int) map[string]*mat.Dense {
	apply := func(f func(i, j int, v float64) float64) *mat.Dense {
		a := normalMatrix(n, p, 4)
		a.Apply(f, a)
		return a
	}
	cases := map[string]*mat.Dense{
		"normal":    normalMatrix(n, p, 4),
		"zero":      mat.NewDense(n, p, nil),
		"ones":      apply(func(i, j int, v float64) float64 { return 1 }),
		"columns":   apply(func(i, j int, v float64) float64 { return v * math.Pow(10, -20*float64(j)/float64(p)) }),
		"rows":      apply(func(i, j int, v float64) float64 { return v * math.Pow(10, -20*float64(i)/float64(n)) }),
		"hilbert":   apply(func(i, j int, v float64) float64 { return 1 / float64(i+j+1) }),
		"huge":      apply(func(i, j int, v float64) float64 { return v * 1e300 }),
		"tiny":      apply(func(i, j int, v float64) float64 { return v * 1e-300 }),
		"offset":    apply(func(i, j int, v float64) float64 { return v + 1e8 }),
		"diagonal":  apply(func(i, j int, v float64) float64 { return kronecker(i, j) * v }),
		"duplicate": apply(func(i, j int, v float64) float64 { return math.Sin(float64(i + j/2)) }),
		"zero column": apply(func(i, j int, v float64) float64 {
			if j == p/2 {
				return 0
			}
			return v
		}),
	}
	for _, rank := range []int{1, 2} {
		a := mat.NewDense(n, p, nil)
		a.Mul(normalMatrix(n, rank, 6), normalMatrix(rank, p, 7))
		cases[fmt.Sprint("rank ", rank)] = a
	}
	return cases
}

func checkSVD(t tester, a *mat.Dense, values []float64, v, u *mat.Dense) {
	t.Helper()
	n, p := a.Dims()
	r := min(n, p)
	if len(values) != r {
		t.Fatalf("%d values, want %d", len(values), r)
	}
	largest, _ := maxAbs(n, p, a.RawMatrix().Data, p)
	k := exponent(largest)
	tol := float64(20*(r+10)+2*max(n, p)) * eps
	checkOrthonormal(t, v, tol)
	checkOrthonormal(t, mat.DenseCopyOf(u.T()), tol)
	unit, us := mat.DenseCopyOf(a), mat.DenseCopyOf(u)
	scalePow2(unit.RawMatrix().Data, -k)
	for j, s := range values {
		if s < 0 || j > 0 && s > values[j-1] {
			t.Fatalf("values are not descending and positive: %v", values)
		}
		if FixSign(append([]float64(nil), v.RawRowView(j)...)) {
			t.Fatalf("right vector %d has the other sign", j)
		}
		for i := range n {
			us.Set(i, j, math.Ldexp(s, -k)*u.At(i, j))
		}
	}
	var back mat.Dense
	back.Mul(us, v)
	checkClose(t, "U·Σ·V", &back, unit, tol*(math.Ldexp(values[0], -k)+1e-300))
}

func TestSVD(t *testing.T) {
	for _, dims := range [][2]int{{1, 1}, {1, 6}, {6, 1}, {2, 2}, {9, 5}, {5, 9}, {40, 40}, {1500, 20}, {20, 700}, {150, 140}, {131, 300}} {
		n, p := dims[0], dims[1]
		for name, a := range generalCases(n, p) {
			t.Run(fmt.Sprintf("%s %d×%d", name, n, p), func(t *testing.T) {
				before := mat.DenseCopyOf(a)
				values, v, u, ok := SVD(a, true)
				if !ok {
					t.Fatal("not ok")
				}
				checkSVD(t, a, values, v, u)
				if !mat.Equal(a, before) {
					t.Error("the argument was changed")
				}
				again, v2, none, ok := SVD(a, false)
				if !ok || none != nil {
					t.Fatal("without u:", none, ok)
				}
				for j, s := range values {
					if math.Abs(again[j]-s) > 1e-14*values[0] {
						t.Errorf("value %d is %v without u, %v with", j, again[j], s)
					}
				}
				checkOrthonormal(t, v2, float64(20*(n+10)+2*max(n, p))*eps)
			})
		}
	}
}

func TestSVDAgreesWithGonum(t *testing.T) {
	for _, dims := range [][2]int{{300, 30}, {200, 160}, {50, 170}} {
		a := normalMatrix(dims[0], dims[1], 8)
		values, _, _, _ := SVD(a, false)
		var want mat.SVD
		want.Factorize(a, mat.SVDNone)
		for j, s := range want.Values(nil) {
			if math.Abs(values[j]-s) > 1e-13*values[0] {
				t.Errorf("%v, value %d: %v, gonum has %v", dims, j, values[j], s)
			}
		}
	}
}

// TestSVDRelativeAccuracy: for D₁·B·D₂ with B well conditioned and D₂
// diagonal, one-sided Jacobi finds every value to nearly full relative
// accuracy. The exact values come from scaling that commutes with rounding:
// those of a matrix with orthogonal columns of known length.
func TestSVDRelativeAccuracy(t *testing.T) {
	p := 16
	// Hadamard columns are exactly orthogonal, of squared length p, and powers
	// of two scale them exactly.
	a := mat.NewDense(p, p, nil)
	for i := range p {
		for j := range p {
			sign := 1.0
			for b := i & j; b != 0; b &= b - 1 {
				sign = -sign
			}
			a.Set(i, j, sign*math.Ldexp(1, -12*j))
		}
	}
	values, _, _, ok := SVD(a, true)
	if !ok {
		t.Fatal("not ok")
	}
	for j, s := range values {
		if want := 4 * math.Ldexp(1, -12*j); math.Abs(s-want) > 1e-14*want {
			t.Errorf("value %d: %v, want %v", j, s, want)
		}
	}
}

func TestSVDEmptyAndNotFinite(t *testing.T) {
	if values, _, _, ok := SVD(&mat.Dense{}, true); !ok || len(values) != 0 {
		t.Error("empty:", values, ok)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, dims := range [][2]int{{1, 1}, {30, 4}, {4, 30}, {140, 140}} {
			a := normalMatrix(dims[0], dims[1], 9)
			a.Set(dims[0]-1, 0, bad)
			if _, _, _, ok := SVD(a, true); ok {
				t.Errorf("%v with %v: ok", dims, bad)
			}
		}
	}
}

func TestSVDProperties(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(r, "n")
		p := rapid.IntRange(1, 40).Draw(r, "p")
		a := normalMatrix(n, p, rapid.Uint64().Draw(r, "seed"))
		digits := rapid.Float64Range(0, 30).Draw(r, "digits")
		a.Apply(func(i, j int, v float64) float64 {
			return math.Round(v) * math.Pow(10, -digits*float64((i*7+j*3)%11)/11)
		}, a)
		values, v, u, ok := SVD(a, true)
		if !ok {
			r.Fatal("not ok")
		}
		checkSVD(r, a, values, v, u)
	})
}

// TestCancel: what is asked for under a context that is done comes back empty,
// and one that ends on the way ends the work.
func TestCancel(t *testing.T) {
	a := symmetricCases(700)["normal"]
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, ok := EigSymTop(done, a, 700); ok {
		t.Error("EigSymTop: ok under a context that is done")
	}
	for _, p := range []int{40, 140} {
		if _, _, _, ok := SVDContext(done, normalMatrix(p, p, 1), false); ok {
			t.Error("SVD: ok under a context that is done")
		}
	}
	var latency time.Duration
	for range 10 { // the machine may be busy
		soon, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		_, _, ok := EigSymTop(soon, a, 700)
		deadline, _ := soon.Deadline()
		latency = time.Since(deadline)
		cancel()
		if ok || latency < 100*time.Millisecond {
			return
		}
	}
	t.Errorf("returned %v after the context was done", latency)
}
