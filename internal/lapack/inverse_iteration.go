package lapack

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// leading returns the k largest eigenvalues of T, descending, and their
// eigenvectors, by bisection and inverse iteration. Vectors of values closer
// than clusterGap·‖T‖ are kept orthogonal while they are computed; the others
// come out orthogonal to ε/clusterGap, and one Newton–Schulz step for the polar
// factor (Björck & Bowie 1971), two matrix products, takes that to ε. It does
// not spoil the residuals: what two vectors have in common is ε‖T‖ over
// the distance of their values, and is multiplied by that distance. The result is
// checked; ok is false if it is not good, or if clusters are so large that all
// pairs by divide and conquer cost less.
func (t *tridiagonal) leading(k int) (values []float64, z blas64.General, ok bool) {
	n := len(t.d)
	s := newSturm(t.d, t.e)
	values = s.largest(k)
	var starts []int
	work := 0.0
	for j := range k {
		if j == 0 || values[j-1]-values[j] > clusterGap*s.norm {
			starts = append(starts, j)
		}
		work += float64(j-starts[len(starts)-1]) * float64(n)
	}
	if work > float64(n)*float64(n)*float64(n)/64 {
		return nil, z, false
	}
	z = newGeneral(k, n)
	parallel.For(len(starts), 1, func(from, to int) {
		solver := newShiftedSolver(t.d, t.e, s.norm)
		for c := from; c < to; c++ {
			end := k
			if c+1 < len(starts) {
				end = starts[c+1]
			}
			for j := starts[c]; j < end; j++ {
				solver.vector(values[j], j, slice(z, starts[c], j, 0, n), row(z, j))
			}
		}
	})
	return values, z, orthonormalize(z) && t.residualsBelow(values, z, 16*eps*math.Sqrt(float64(n))*s.norm)
}

const clusterGap = 1e-6

// Orthonormalize replaces the rows of z, orthonormal to about 1e-8, by the nearest
// ones that are to rounding: Z ← (3I − ZZᵀ)Z/2. It reports whether they were near
// enough for one such step.
func Orthonormalize(z *mat.Dense) bool { return orthonormalize(z.RawMatrix()) }

func orthonormalize(z blas64.General) bool {
	k := z.Rows
	step := blas64.Symmetric{N: k, Stride: k, Data: make([]float64, k*k), Uplo: blas.Upper}
	blas64.Syrk(blas.NoTrans, -0.5, z, 0, step)
	for i := range k {
		for j := i; j < k; j++ {
			off := step.Data[i*k+j]
			if i == j {
				off += 0.5
			}
			if !(math.Abs(off) < 1e-8) {
				return false
			}
		}
		step.Data[i*k+i] += 1.5
	}
	full := blas64.General{Rows: k, Cols: k, Stride: k, Data: step.Data}
	for i := range k {
		for j := range i {
			full.Data[i*k+j] = full.Data[j*k+i]
		}
	}
	rotate(full, z)
	return true
}

// residualsBelow reports whether ‖T·z − λ·z‖∞ ≤ tol for all pairs.
func (t *tridiagonal) residualsBelow(values []float64, z blas64.General, tol float64) bool {
	n := len(t.d)
	for j, lambda := range values {
		v := row(z, j)
		for i := range n {
			r := (t.d[i] - lambda) * v[i]
			if i > 0 {
				r += t.e[i-1] * v[i-1]
			}
			if i < n-1 {
				r += t.e[i] * v[i+1]
			}
			if !(math.Abs(r) <= tol) {
				return false
			}
		}
	}
	return true
}

// A sturm counts eigenvalues of a tridiagonal matrix.
type sturm struct {
	d, e2    []float64 // diagonal; squares of the off-diagonal, after a zero
	norm     float64   // ‖T‖ at most, and at least 1/√3 of it
	lo, hi   float64   // all eigenvalues are between (Gershgorin)
	smallest float64   // stands in for pivots below it
}

func newSturm(d, e []float64) *sturm {
	n := len(d)
	s := &sturm{d: d, e2: make([]float64, n), lo: math.Inf(1), hi: math.Inf(-1)}
	for i := range n {
		var radius float64
		if i > 0 {
			s.e2[i] = e[i-1] * e[i-1]
			radius += math.Abs(e[i-1])
		}
		if i < n-1 {
			radius += math.Abs(e[i])
		}
		s.lo, s.hi = min(s.lo, d[i]-radius), max(s.hi, d[i]+radius)
	}
	s.norm = max(math.Abs(s.lo), math.Abs(s.hi))
	s.lo -= 4 * float64(n) * eps * s.norm
	s.hi += 4 * float64(n) * eps * s.norm
	s.smallest = max(0x1p-1000, eps*eps*eps*s.norm)
	return s
}

// lanes is how many shifts are counted at a time: the recurrence of one of them
// waits for its division.
const lanes = 8

// below counts, for each shift x, the eigenvalues of T less than x: the
// negative pivots of T − x·I (Barth, Martin & Wilkinson 1967).
func (s *sturm) below(x *[lanes]float64) (counts [lanes]int) {
	var q [lanes]float64
	for l := range q {
		q[l] = 1
	}
	for i, d := range s.d {
		e2 := s.e2[i]
		for l := range q {
			p := d - x[l] - e2/q[l]
			if math.Abs(p) < s.smallest {
				p = -s.smallest
			}
			counts[l] += int(math.Float64bits(p) >> 63)
			q[l] = p
		}
	}
	return counts
}

// largest returns the k largest eigenvalues, descending, to ε‖T‖.
func (s *sturm) largest(k int) []float64 {
	values := make([]float64, k)
	n := len(s.d)
	parallel.For(k, lanes, func(from, to int) {
		var lo, hi, x [lanes]float64
		for l := range lo {
			lo[l], hi[l] = s.lo, s.hi
		}
		for range 80 {
			widest := 0.0
			for l := range x {
				x[l] = lo[l] + (hi[l]-lo[l])/2
				widest = max(widest, hi[l]-lo[l])
			}
			if widest <= eps*s.norm {
				break
			}
			counts := s.below(&x)
			for l := range x {
				// Value j is at most x if n−j or more lie below x.
				for j := from; j < to; j++ {
					if counts[l] >= n-j {
						hi[j-from] = min(hi[j-from], x[l])
					} else {
						lo[j-from] = max(lo[j-from], x[l])
					}
				}
			}
			for l := to - from; l < lanes; l++ {
				lo[l], hi[l] = lo[0], hi[0]
			}
		}
		copy(values[from:to], x[:])
	})
	for j := 1; j < k; j++ {
		values[j] = min(values[j], values[j-1])
	}
	return values
}

// A shiftedSolver holds the factorization P·(T − λI) = L·U with partial
// pivoting, U with two off-diagonals.
type shiftedSolver struct {
	d, e       []float64
	norm       float64
	u0, u1, u2 []float64
	mult       []float64 // of row i in row i+1
	swapped    []bool    // rows i and i+1
	coef       []float64
}

func newShiftedSolver(d, e []float64, norm float64) *shiftedSolver {
	n := len(d)
	buffer := make([]float64, 4*n)
	return &shiftedSolver{
		d: d, e: e, norm: norm,
		u0: buffer[:n], u1: buffer[n : 2*n], u2: buffer[2*n : 3*n], mult: buffer[3*n:],
		swapped: make([]bool, n),
	}
}

// vector sets x to the eigenvector of the value lambda, orthogonal to the rows
// of cluster. The start is noise that depends on index alone; of three
// iterations the last two are for the share of other eigenvectors that it may
// have by bad luck.
func (s *shiftedSolver) vector(lambda float64, index int, cluster blas64.General, x []float64) {
	s.factor(lambda)
	rng := rand.New(rand.NewPCG(uint64(index), 0x9e3779b97f4a7c15))
	for i := range x {
		x[i] = rng.Float64() - 0.5
	}
	for iter := range 3 {
		if iter > 0 {
			s.solveLower(x)
		}
		s.solveUpper(x)
		// The solution is as large as 1/ε: bring it down first.
		blas64.Scal(1/blas64.Nrm2(vector(x)), vector(x))
		if cluster.Rows > 0 {
			s.coef = append(s.coef[:0], make([]float64, cluster.Rows)...)
			for range 2 {
				blas64.Gemv(blas.NoTrans, 1, cluster, vector(x), 0, vector(s.coef))
				blas64.Gemv(blas.Trans, -1, cluster, vector(s.coef), 1, vector(x))
			}
			blas64.Scal(1/blas64.Nrm2(vector(x)), vector(x))
		}
	}
}

func (s *shiftedSolver) factor(lambda float64) {
	n := len(s.d)
	floor := eps * s.norm
	// The row being eliminated from: its diagonal and the element after.
	p, q := s.d[0]-lambda, 0.0
	if n > 1 {
		q = s.e[0]
	}
	for i := range n - 1 {
		below, diagonal, after := s.e[i], s.d[i+1]-lambda, 0.0
		if i+1 < n-1 {
			after = s.e[i+1]
		}
		if s.swapped[i] = math.Abs(below) > math.Abs(p); s.swapped[i] {
			m := p / below
			s.u0[i], s.u1[i], s.u2[i], s.mult[i] = below, diagonal, after, m
			p, q = q-m*diagonal, -m*after
			continue
		}
		if math.Abs(p) < floor {
			p = math.Copysign(floor, p)
		}
		m := below / p
		s.u0[i], s.u1[i], s.u2[i], s.mult[i] = p, q, 0, m
		p, q = diagonal-m*q, after
	}
	if math.Abs(p) < floor {
		p = math.Copysign(floor, p)
	}
	s.u0[n-1] = p
}

func (s *shiftedSolver) solveLower(x []float64) {
	for i := range len(x) - 1 {
		if s.swapped[i] {
			x[i], x[i+1] = x[i+1], x[i]
		}
		x[i+1] -= s.mult[i] * x[i]
	}
}

func (s *shiftedSolver) solveUpper(x []float64) {
	n := len(x)
	for i := n - 1; i >= 0; i-- {
		v := x[i]
		if i+1 < n {
			v -= s.u1[i] * x[i+1]
		}
		if i+2 < n {
			v -= s.u2[i] * x[i+2]
		}
		x[i] = v / s.u0[i]
	}
}
