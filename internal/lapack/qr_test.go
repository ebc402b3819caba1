package lapack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

func normalMatrix(n, p int, seed uint64) *mat.Dense {
	rng := rand.New(rand.NewPCG(seed, uint64(n*1000+p)))
	a := mat.NewDense(n, p, nil)
	for i := range a.RawMatrix().Data {
		a.RawMatrix().Data[i] = rng.NormFloat64()
	}
	return a
}

func identity(n int) *mat.Dense {
	a := mat.NewDense(n, n, nil)
	for i := range n {
		a.Set(i, i, 1)
	}
	return a
}

// checkClose compares elements to within tol.
func checkClose(t tester, what string, got, want mat.Matrix, tol float64) {
	t.Helper()
	r, c := want.Dims()
	if gr, gc := got.Dims(); gr != r || gc != c {
		t.Fatalf("%s is %d×%d, want %d×%d", what, gr, gc, r, c)
	}
	for i := range r {
		for j := range c {
			if d := math.Abs(got.At(i, j) - want.At(i, j)); !(d <= tol) {
				t.Fatalf("%s (%d, %d): %v, want %v, tolerance %.3g", what, i, j, got.At(i, j), want.At(i, j), tol)
			}
		}
	}
}

func TestFactorQR(t *testing.T) {
	for _, dims := range [][2]int{{1, 1}, {2, 1}, {5, 5}, {40, 33}, {513, 3}, {3000, 3}, {9001, 7}, {2700, 65}, {3, 8}} {
		n, p := dims[0], dims[1]
		for _, kind := range []string{"normal", "deficient", "zero", "tiny", "huge"} {
			t.Run(fmt.Sprint(kind, n, "×", p), func(t *testing.T) {
				a := normalMatrix(n, p, 1)
				switch kind {
				case "deficient":
					for i := range n {
						a.Set(i, p-1, a.At(i, 0))
					}
				case "zero":
					a.Zero()
				case "tiny":
					a.Scale(1e-300, a)
				case "huge":
					a.Scale(1e290, a)
				}
				f, ok := FactorQR(a)
				if !ok {
					t.Fatal("not ok")
				}
				tol := 30 * float64(p+10) * eps
				q := f.Mul(identity(p))
				if n >= p {
					checkOrthonormal(t, mat.DenseCopyOf(q.T()), tol)
				}
				back := mat.NewDense(n, p, nil)
				back.Mul(q, f.R())
				largest, _ := maxAbs(n, p, a.RawMatrix().Data, p)
				checkClose(t, "Q·R", back, a, tol*largest*math.Sqrt(float64(n)))
			})
		}
	}
}

// TestReduceQR solves least squares and holds it against the normal equations.
func TestReduceQR(t *testing.T) {
	n, p, q := 7000, 6, 2
	a, y := normalMatrix(n, p, 2), normalMatrix(n, q, 3)
	r, qty, rest, ok := ReduceQR(n, p, q, func(dst blas64.General, lo int) {
		for i := range dst.Rows {
			copy(row(dst, i), a.RawRowView(lo+i))
			copy(row(dst, i)[p:], y.RawRowView(lo+i))
		}
	})
	if !ok {
		t.Fatal("not ok")
	}
	var beta, gram, aty, want, residual mat.Dense
	if err := beta.Solve(r, qty); err != nil {
		t.Fatal(err)
	}
	gram.Mul(a.T(), a)
	aty.Mul(a.T(), y)
	if err := want.Solve(&gram, &aty); err != nil {
		t.Fatal(err)
	}
	checkClose(t, "solution", &beta, &want, 1e-13)
	residual.Mul(a, &beta)
	residual.Sub(y, &residual)
	for j := range q {
		column := mat.Col(nil, j, &residual)
		if sum := blas64.Dot(vector(column), vector(column)); math.Abs(sum-rest[j]) > 1e-12*sum {
			t.Errorf("rest %d: %v, want %v", j, rest[j], sum)
		}
	}
}

func TestQREmptyAndNotFinite(t *testing.T) {
	if r, _, _, ok := ReduceQR(0, 2, 1, func(blas64.General, int) { t.Error("asked for rows") }); !ok || mat.Norm(r, 1) != 0 {
		t.Error("no rows:", r, ok)
	}
	if _, ok := FactorQR(&mat.Dense{}); !ok {
		t.Error("empty: not ok")
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, at := range []int{0, 7, 1999} {
			a := normalMatrix(2000, 4, 5)
			a.Set(at, 3, bad)
			if _, ok := FactorQR(a); ok {
				t.Errorf("%v in row %d: ok", bad, at)
			}
		}
	}
}
