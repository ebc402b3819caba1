package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

var (
	sides = []blas.Side{blas.Left, blas.Right}
	uplos = []blas.Uplo{blas.Upper, blas.Lower}
	diags = []blas.Diag{blas.NonUnit, blas.Unit}
)

// near allows for rounding; NaN stays where it is.
func near(got, want []float64, tolerance float64) error {
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance) && !(math.IsNaN(got[i]) && math.IsNaN(want[i])) {
			return fmt.Errorf("element %d: got %v, want %v", i, got[i], want[i])
		}
	}
	return nil
}

// oneTriangle puts NaN into the triangle that ul does not name and, for a unit
// triangle, on the diagonal; otherwise the diagonal is made large.
func oneTriangle(a []float64, n, lda int, ul blas.Uplo, d blas.Diag) {
	for i := range n {
		for j := range n {
			if ul == blas.Upper && j < i || ul == blas.Lower && j > i {
				a[i*lda+j] = math.NaN()
			}
		}
		a[i*lda+i] += math.Copysign(math.Sqrt(float64(n)), a[i*lda+i])
		if d == blas.Unit {
			a[i*lda+i] = math.NaN()
		}
	}
}

// TestTriangular holds Dtrmm to gonum's, and Dtrsm to being its inverse.
func TestTriangular(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(7, 8))
		for _, size := range [][2]int{{1, 1}, {7, 9}, {8, 8}, {9, 30}, {20, 1}, {33, 5}, {50, 3}, {64, 200}, {130, 17}, {101, 210}} {
			for _, s := range sides {
				for _, ul := range uplos {
					for _, tA := range transposes {
						for _, d := range diags {
							m, n := size[0], size[1]
							if s == blas.Right {
								m, n = n, m
							}
							order := size[0]
							lda, ldb := order+rnd.IntN(3), n+rnd.IntN(3)
							a, b := random(rnd, order, order, lda), random(rnd, m, n, ldb)
							oneTriangle(a, order, lda, ul, d)
							if d == blas.Unit { // keep the inverse tame
								for i := range a {
									a[i] /= float64(order)
								}
							}
							name := fmt.Sprintf("%c%c%c%c %d×%d", s, ul, tA, d, m, n)
							got, want := append([]float64(nil), b...), append([]float64(nil), b...)
							ours.Dtrmm(s, ul, tA, d, m, n, -1.5, a, lda, got, ldb)
							gonum.Implementation{}.Dtrmm(s, ul, tA, d, m, n, -1.5, a, lda, want, ldb)
							if err := near(got, want, 1e-11*float64(order)); err != nil {
								t.Fatalf("Dtrmm %s: %v", name, err)
							}
							ours.Dtrsm(s, ul, tA, d, m, n, -1/1.5, a, lda, got, ldb)
							if err := near(got, b, 1e-10); err != nil {
								t.Fatalf("Dtrsm %s: %v", name, err)
							}
						}
					}
				}
			}
		}
	})
}

func TestSymmetric(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(9, 10))
		for _, size := range [][2]int{{1, 1}, {7, 9}, {24, 24}, {50, 13}, {25, 260}, {150, 31}, {300, 60}} {
			for _, ul := range uplos {
				for _, beta := range []float64{0, 0.3} {
					for _, s := range sides {
						m, n := size[0], size[1]
						if s == blas.Right {
							m, n = n, m
						}
						order := size[0]
						lda, ldb, ldc := order+rnd.IntN(3), n+rnd.IntN(3), n+rnd.IntN(3)
						a, b, c := random(rnd, order, order, lda), random(rnd, m, n, ldb), random(rnd, m, n, ldc)
						oneTriangle(a, order, lda, ul, blas.NonUnit)
						got, want := append([]float64(nil), c...), append([]float64(nil), c...)
						ours.Dsymm(s, ul, m, n, 1.2, a, lda, b, ldb, beta, got, ldc)
						gonum.Implementation{}.Dsymm(s, ul, m, n, 1.2, a, lda, b, ldb, beta, want, ldc)
						if err := near(got, want, 1e-12*float64(order)); err != nil {
							t.Fatalf("Dsymm %c%c %d×%d: %v", s, ul, m, n, err)
						}
					}
					for _, tA := range transposes {
						n, k := size[0], size[1]
						rows, columns := n, k
						if tA == blas.Trans {
							rows, columns = k, n
						}
						lda, ldb, ldc := columns+rnd.IntN(3), columns+rnd.IntN(3), n+rnd.IntN(3)
						a, b, c := random(rnd, rows, columns, lda), random(rnd, rows, columns, ldb), random(rnd, n, n, ldc)
						oneTriangle(c, n, ldc, ul, blas.NonUnit)
						got, want := append([]float64(nil), c...), append([]float64(nil), c...)
						ours.Dsyr2k(ul, tA, n, k, 1.2, a, lda, b, ldb, beta, got, ldc)
						gonum.Implementation{}.Dsyr2k(ul, tA, n, k, 1.2, a, lda, b, ldb, beta, want, ldc)
						if err := near(got, want, 1e-12*float64(k+n)); err != nil {
							t.Fatalf("Dsyr2k %c%c n %d k %d: %v", ul, tA, n, k, err)
						}
					}
				}
			}
		}
	})
}

// TestFactorisationsAtAnyWorkers: Dtrsm, Dtrmm and Dpotrf give the same bits.
func TestFactorisationsAtAnyWorkers(t *testing.T) {
	const n = 300
	rnd := rand.New(rand.NewPCG(11, 12))
	x := random(rnd, n, n, n)
	for _, ul := range uplos {
		var want []float64
		for _, procs := range []int{1, 2, 7} {
			before := runtime.GOMAXPROCS(procs)
			a := make([]float64, n*n)
			ours.Dsyrk(ul, blas.Trans, n, n, 1, x, n, 0, a, n)
			for i := range n {
				a[i*n+i] += n
			}
			if !(Lapack{}).Dpotrf(ul, n, a, n) {
				t.Fatal("not positive definite")
			}
			b := append([]float64(nil), x...)
			ours.Dtrsm(blas.Right, ul, blas.Trans, blas.NonUnit, n, n, 1, a, n, b, n)
			ours.Dtrmm(blas.Left, ul, blas.NoTrans, blas.NonUnit, n, n, 1, a, n, b, n)
			runtime.GOMAXPROCS(before)
			if want == nil {
				want = b
			}
			for i := range b {
				if b[i] != want[i] {
					t.Fatalf("%c, %d processors: element %d differs", ul, procs, i)
				}
			}
		}
	}
}

// TestPanics: malformed calls panic as gonum's do.
func TestPanics(t *testing.T) {
	message := func(f func()) (s any) {
		defer func() { s = recover() }()
		f()
		return nil
	}
	x := make([]float64, 100)
	sizes := []int{-1, 0, 3, 12}
	for _, m := range sizes {
		for _, n := range sizes {
			for _, k := range sizes {
				for _, ld := range []int{0, 2, 3, 12} {
					for _, tr := range []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans, 'x'} {
						for _, ul := range []blas.Uplo{blas.Upper, blas.Lower, 'x'} {
							for _, s := range []blas.Side{blas.Left, blas.Right, 'x'} {
								calls := func(impl blas.Float64Level3) []func() {
									y := make([]float64, 100)
									return []func(){
										func() { impl.Dgemm(tr, blas.NoTrans, m, n, k, 1, x, ld, x, 12, 0, y, 12) },
										func() { impl.Dgemm(blas.Trans, tr, m, n, k, 1, x, 12, x, ld, 1, y, ld) },
										func() { impl.Dsymm(s, ul, m, n, 1, x, ld, x, 12, 0, y, 12) },
										func() { impl.Dsyrk(ul, tr, n, k, 1, x, ld, 0, y, 12) },
										func() { impl.Dsyr2k(ul, tr, n, k, 1, x, 12, x, ld, 0, y, 12) },
										func() { impl.Dtrmm(s, ul, tr, blas.Unit, m, n, 0, x, ld, y, 12) },
										func() { impl.Dtrsm(s, ul, tr, blas.Unit, m, n, 0, x, 12, y, ld) },
									}
								}
								ours, theirs := calls(ours), calls(gonum.Implementation{})
								for i := range ours {
									if got, want := message(ours[i]), message(theirs[i]); fmt.Sprint(got) != fmt.Sprint(want) {
										t.Fatalf("call %d, m %d n %d k %d ld %d %c %c %c: panics with %v, gonum with %v", i, m, n, k, ld, tr, ul, s, got, want)
									}
								}
							}
						}
					}
				}
			}
		}
	}
}
