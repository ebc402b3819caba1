package lapack

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// tridiagonalCases are given by diagonal and off-diagonal.
func tridiagonalCases(n int) map[string][2][]float64 {
	rng := rand.New(rand.NewPCG(3, uint64(n)))
	build := func(d, e func(i int) float64) [2][]float64 {
		diag, off := make([]float64, n), make([]float64, max(n-1, 0))
		for i := range diag {
			diag[i] = d(i)
		}
		for i := range off {
			off[i] = e(i)
		}
		return [2][]float64{diag, off}
	}
	constant := func(c float64) func(int) float64 { return func(int) float64 { return c } }
	normal := func(int) float64 { return rng.NormFloat64() }
	return map[string][2][]float64{
		"normal":          build(normal, normal),
		"uncoupled":       build(normal, constant(0)),
		"barely coupled":  build(normal, constant(1e-17)),
		"second":          build(constant(2), constant(-1)),
		"wilkinson":       build(func(i int) float64 { return math.Abs(float64(i) - float64(n-1)/2) }, constant(1)),
		"glued":           build(func(i int) float64 { return math.Abs(float64(i%21) - 10) }, func(i int) float64 { return 1 - kronecker(i%21, 20)*(1-1e-13) }),
		"clement":         build(constant(0), func(i int) float64 { return math.Sqrt(float64((i + 1) * (n - i - 1))) }),
		"graded":          build(func(i int) float64 { return math.Pow(10, -float64(i)/5) }, func(i int) float64 { return math.Pow(10, -float64(i)/5-1) }),
		"graded upwards":  build(func(i int) float64 { return math.Pow(10, float64(i-n)/5) }, func(i int) float64 { return math.Pow(10, float64(i-n)/5-1) }),
		"mixed magnitude": build(func(int) float64 { return rng.NormFloat64() * math.Pow(10, -14*rng.Float64()) }, func(int) float64 { return rng.NormFloat64() * math.Pow(10, -14*rng.Float64()) }),
	}
}

// dense returns the tridiagonal matrix with all its elements.
func dense(d, e []float64) *mat.SymDense {
	a := mat.NewSymDense(len(d), nil)
	for i := range d {
		a.SetSym(i, i, d[i])
		if i < len(e) {
			a.SetSym(i, i+1, e[i])
		}
	}
	return a
}

// TestTridiagonalSolvers holds divide and conquer and QL, which stands in for
// it, against the definition; neither may need the other.
func TestTridiagonalSolvers(t *testing.T) {
	for _, n := range []int{1, 2, 33, 66, 150, 301} {
		for name, c := range tridiagonalCases(n) {
			d, e := c[0], c[1]
			check := func(solver string, values []float64, z *mat.Dense, order []int) {
				t.Run(fmt.Sprint(solver, " ", name, " ", n), func(t *testing.T) {
					sorted, vectors := make([]float64, n), mat.NewDense(n, n, nil)
					for j, from := range order {
						sorted[n-1-j] = values[from]
						vectors.SetRow(n-1-j, z.RawRowView(from))
						FixSign(vectors.RawRowView(n - 1 - j))
					}
					checkEigen(t, dense(d, e), sorted, vectors)
				})
			}
			values, z, order, ok := divideAndConquer(context.Background(), d, e)
			if !ok {
				t.Errorf("%s %d: divide and conquer failed", name, n)
				continue
			}
			check("divide", values, mat.NewDense(n, n, z.Data), order)

			values, z = slices.Clone(d), newGeneral(n, n)
			for i := range n {
				row(z, i)[i] = 1
			}
			if !ql(values, slices.Clone(e), z) {
				t.Errorf("%s %d: QL failed", name, n)
				continue
			}
			check("QL", values, mat.NewDense(n, n, z.Data), ascending(values))
		}
	}
}

// TestSecularRoots checks the sign of f to both sides of each root, at a
// distance that is small against the distance to the nearest pole.
func TestSecularRoots(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for trial := range 300 {
		k := 1 + rng.IntN(40)
		s := secular{d: make([]float64, k), z2: make([]float64, k), rhoInv: math.Pow(10, 4*rng.Float64()-2)}
		at := 0.0
		for j := range k {
			at += math.Pow(10, -10*rng.Float64())
			s.d[j] = at
			s.z2[j] = math.Pow(10, -12*rng.Float64())
			s.spread += s.z2[j]
		}
		s.spread /= s.rhoInv
		delta := make([]float64, k)
		for i := range k {
			if _, ok := s.root(i, delta); !ok {
				t.Fatalf("trial %d, root %d of %d: not found", trial, i, k)
			}
			if delta[i] >= 0 || i < k-1 && delta[i+1] <= 0 {
				t.Fatalf("trial %d, root %d of %d: outside its interval", trial, i, k)
			}
			nearest := -delta[i]
			if i < k-1 {
				nearest = min(nearest, delta[i+1])
			}
			f := func(shift float64) float64 {
				sum := s.rhoInv
				for j, z2 := range s.z2 {
					sum += z2 / (delta[j] - shift)
				}
				return sum
			}
			// The slope may be such that rounding hides the sign change
			// in a narrower neighbourhood.
			width := nearest * 1e-7
			if f(-width) > 0 && f(width) > 0 || f(-width) < 0 && f(width) < 0 {
				t.Errorf("trial %d, root %d of %d: f does not change sign: %g, %g", trial, i, k, f(-width), f(width))
			}
		}
	}
}
