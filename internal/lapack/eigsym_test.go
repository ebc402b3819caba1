package lapack

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// symmetricCases are matrices that eigensolvers are known to stumble on.
func symmetricCases(n int) map[string]*mat.SymDense {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	build := func(at func(i, j int) float64) *mat.SymDense {
		a := mat.NewSymDense(n, nil)
		for i := range n {
			for j := i; j < n; j++ {
				a.SetSym(i, j, at(i, j))
			}
		}
		return a
	}
	cases := map[string]*mat.SymDense{
		"normal":   build(func(i, j int) float64 { return rng.NormFloat64() }),
		"zero":     build(func(i, j int) float64 { return 0 }),
		"ones":     build(func(i, j int) float64 { return 1 }),
		"identity": build(func(i, j int) float64 { return kronecker(i, j) }),
		"diagonal": build(func(i, j int) float64 { return kronecker(i, j) * rng.NormFloat64() }),
		"wilkinson": build(func(i, j int) float64 {
			if i == j {
				return math.Abs(float64(i) - float64(n-1)/2)
			}
			return kronecker(i+1, j)
		}),
		"toeplitz": build(func(i, j int) float64 { return 2*kronecker(i, j) - kronecker(i+1, j) }),
		// Copies of one Wilkinson matrix, glued by tiny elements.
		"glued": build(func(i, j int) float64 {
			if i == j {
				return math.Abs(float64(i%21) - 10)
			}
			if i+1 == j && j%21 == 0 {
				return 1e-14
			}
			return kronecker(i+1, j)
		}),
		"graded":         build(func(i, j int) float64 { return rng.NormFloat64() * math.Pow(10, -16*float64(i+j)/float64(2*n)) }),
		"graded upwards": build(func(i, j int) float64 { return rng.NormFloat64() * math.Pow(10, 16*float64(i+j)/float64(2*n)) }),
		"huge":           build(func(i, j int) float64 { return rng.NormFloat64() * 1e300 }),
		"tiny":           build(func(i, j int) float64 { return rng.NormFloat64() * 1e-310 }),
		"split": build(func(i, j int) float64 {
			if i/7 != j/7 {
				return 0
			}
			return rng.NormFloat64()
		}),
		"hilbert": build(func(i, j int) float64 { return 1 / float64(i+j+1) }),
		"arrow": build(func(i, j int) float64 {
			if i == 0 {
				return 1
			}
			return kronecker(i, j) * float64(j)
		}),
	}
	for _, rank := range []int{1, 3} {
		b := mat.NewDense(n, rank, nil)
		for i := range n {
			for j := range rank {
				b.Set(i, j, rng.NormFloat64())
			}
		}
		c := mat.NewSymDense(n, nil)
		c.SymOuterK(1, b)
		cases[fmt.Sprint("rank ", rank)] = c
	}
	return cases
}

func kronecker(i, j int) float64 {
	if i == j {
		return 1
	}
	return 0
}

// tester is what *testing.T and *rapid.T share.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkEigen holds leading eigenpairs against their definition: residual,
// orthonormality, order and signs.
func checkEigen(t tester, a *mat.SymDense, values []float64, vectors *mat.Dense) {
	t.Helper()
	n := a.SymmetricDim()
	k := len(values)
	if r, c := vectors.Dims(); r != k || c != n {
		t.Fatalf("vectors are %d×%d, want %d×%d", r, c, k, n)
	}
	var scale float64
	for i := range n {
		for j := range n {
			scale = max(scale, math.Abs(a.At(i, j)))
		}
	}
	_, e := math.Frexp(scale)
	unit := mat.NewSymDense(n, nil) // a, scaled to be safe to multiply
	for i := range n {
		for j := i; j < n; j++ {
			unit.SetSym(i, j, math.Ldexp(a.At(i, j), -e))
		}
	}
	norm := mat.Norm(unit, 1)
	tol := 4 * float64(n+4) * 2 * eps
	// Values below the normal range are themselves rounded.
	absolute := math.Ldexp(0x1p-1074, -e)
	var av mat.Dense
	av.Mul(vectors, unit)
	for j, value := range values {
		var worst float64
		for i := range n {
			worst = max(worst, math.Abs(av.At(j, i)-math.Ldexp(value, -e)*vectors.At(j, i)))
		}
		if !(worst <= tol*norm+absolute) {
			t.Fatalf("pair %d: residual %.3g, norm %.3g", j, worst, norm)
		}
		if j > 0 && !(value <= values[j-1]) {
			t.Fatalf("value %d is %g, after %g", j, value, values[j-1])
		}
		if FixSign(append([]float64(nil), vectors.RawRowView(j)...)) {
			t.Fatalf("vector %d has the other sign", j)
		}
	}
	checkOrthonormal(t, vectors, tol)
}

func checkOrthonormal(t tester, rows *mat.Dense, tol float64) {
	t.Helper()
	var gram mat.Dense
	gram.Mul(rows, rows.T())
	k, _ := gram.Dims()
	for i := range k {
		for j := range k {
			if d := math.Abs(gram.At(i, j) - kronecker(i, j)); !(d <= tol) {
				t.Fatalf("rows %d and %d: inner product off by %.3g, tolerance %.3g", i, j, d, tol)
			}
		}
	}
}

func TestEigSym(t *testing.T) {
	for _, n := range []int{1, 2, 3, 31, 33, 65, 150} {
		for name, a := range symmetricCases(n) {
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				before := mat.DenseCopyOf(a)
				values, vectors, ok := EigSym(a)
				if !ok {
					t.Fatal("not ok")
				}
				if len(values) != n {
					t.Fatalf("%d values", len(values))
				}
				checkEigen(t, a, values, vectors)
				if !mat.Equal(a, before) {
					t.Error("the argument was changed")
				}
			})
		}
	}
}

func TestEigSymTop(t *testing.T) {
	for _, n := range []int{1, 5, 65, 130} {
		for name, a := range symmetricCases(n) {
			all, _, _ := EigSym(a)
			for _, k := range []int{0, 1, 2, n / 10, n / 4, n} {
				if k > n {
					continue
				}
				t.Run(fmt.Sprintf("%s %d of %d", name, k, n), func(t *testing.T) {
					values, vectors, ok := EigSymTop(context.Background(), a, k)
					if !ok {
						t.Fatal("not ok")
					}
					if len(values) != k {
						t.Fatalf("%d values", len(values))
					}
					if k == 0 {
						return
					}
					checkEigen(t, a, values, vectors)
					norm := max(math.Abs(all[0]), math.Abs(all[n-1]))
					for j, v := range values {
						if !(math.Abs(v-all[j]) <= float64(n+10)*eps*norm+0x1p-1073) {
							t.Errorf("value %d: %v, all at once %v", j, v, all[j])
						}
					}
				})
			}
		}
	}
}

// TestLeadingStandsAlone makes sure that bisection and inverse iteration are
// not saved by the solver that stands in for them.
func TestLeadingStandsAlone(t *testing.T) {
	for _, n := range []int{66, 150, 301} {
		for name, c := range tridiagonalCases(n) {
			tr := tridiagonal{d: c[0], e: c[1]}
			k := n / 4
			values, z, ok := tr.leading(k)
			if !ok {
				t.Errorf("%s %d: failed", name, n)
				continue
			}
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				for j := range k {
					FixSign(row(z, j))
				}
				checkEigen(t, dense(c[0], c[1]), values, mat.NewDense(k, n, z.Data))
			})
		}
	}
}

func TestEigSymAgreesWithGonum(t *testing.T) {
	a := symmetricCases(120)["normal"]
	values, _, _ := EigSym(a)
	var want mat.EigenSym
	want.Factorize(a, false)
	for i, v := range want.Values(nil) {
		if got := values[len(values)-1-i]; math.Abs(got-v) > 1e-12 {
			t.Errorf("value %d: %v, gonum has %v", i, got, v)
		}
	}
}

func TestEigSymKnown(t *testing.T) {
	n := 150
	a := symmetricCases(n)["toeplitz"]
	values, _, _ := EigSym(a)
	for j, v := range values {
		want := 4 * math.Pow(math.Sin(float64(n-j)*math.Pi/float64(2*(n+1))), 2)
		if math.Abs(v-want) > 1e-13 {
			t.Errorf("value %d: %v, want %v", j, v, want)
		}
	}
}

func TestEigSymEmpty(t *testing.T) {
	values, vectors, ok := EigSym(&mat.SymDense{})
	if !ok || len(values) != 0 || !vectors.IsEmpty() {
		t.Error("order 0:", values, vectors, ok)
	}
}

func TestEigSymNotFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, n := range []int{1, 5, 70} {
			a := mat.NewSymDense(n, nil)
			a.SetSym(n/2, n-1, bad)
			if _, _, ok := EigSym(a); ok {
				t.Errorf("order %d with %v: ok", n, bad)
			}
			if _, _, ok := EigSymTop(context.Background(), a, 1); ok {
				t.Errorf("order %d with %v, one pair: ok", n, bad)
			}
		}
	}
}

// TestEigSymStrided reads a view inside a frame of NaN, whose lower triangle
// is NaN too.
func TestEigSymStrided(t *testing.T) {
	n := 40
	frame := mat.NewSymDense(n+10, nil)
	for i := range frame.RawSymmetric().Data {
		frame.RawSymmetric().Data[i] = math.NaN()
	}
	a := symmetricCases(n)["normal"]
	view := frame.SliceSym(5, 5+n).(*mat.SymDense)
	for i := range n {
		for j := i; j < n; j++ {
			view.SetSym(i, j, a.At(i, j))
		}
	}
	want, wantVectors, _ := EigSym(a)
	got, gotVectors, ok := EigSym(view)
	if !ok || !mat.Equal(mat.NewVecDense(n, want), mat.NewVecDense(n, got)) || !mat.Equal(wantVectors, gotVectors) {
		t.Error("a view differs from its copy")
	}
}

func TestEigSymProperties(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 90).Draw(r, "n")
		values := make([]float64, n)
		for i := range values {
			values[i] = rapid.SampledFrom([]float64{0, 1, 1, 1 + 1e-15, 1 - 1e-12, -3, 1e-8, 1e8, 2.5}).Draw(r, "value")
		}
		seed := rapid.Uint64().Draw(r, "seed")
		a := withSpectrum(values, seed)
		got, vectors, ok := EigSym(a)
		if !ok {
			r.Fatal("not ok")
		}
		checkEigen(r, a, got, vectors)
	})
}

// withSpectrum returns a symmetric matrix with the given eigenvalues and random
// eigenvectors.
func withSpectrum(values []float64, seed uint64) *mat.SymDense {
	n := len(values)
	rng := rand.New(rand.NewPCG(seed, 2))
	g := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			g.Set(i, j, rng.NormFloat64())
		}
	}
	var qr mat.QR
	qr.Factorize(g)
	var q, qd, full mat.Dense
	qr.QTo(&q)
	qd.Apply(func(i, j int, v float64) float64 { return v * values[j] }, &q)
	full.Mul(&qd, q.T())
	a := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			a.SetSym(i, j, full.At(i, j))
		}
	}
	return a
}

// TestSameBits compares results at several GOMAXPROCS.
func TestSameBits(t *testing.T) {
	a := symmetricCases(300)["normal"]
	tall := normalMatrix(9000, 12, 1)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []float64
	for _, procs := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(procs)
		values, vectors, _ := EigSym(a)
		got := append(values, vectors.RawMatrix().Data...)
		values, vectors, _ = EigSymTop(context.Background(), a, 40)
		got = append(append(got, values...), vectors.RawMatrix().Data...)
		values, vectors, u, _ := SVD(tall, true)
		got = append(append(append(got, values...), vectors.RawMatrix().Data...), u.RawMatrix().Data...)
		if want == nil {
			want = got
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("GOMAXPROCS %d: number %d differs", procs, i)
			}
		}
	}
}
