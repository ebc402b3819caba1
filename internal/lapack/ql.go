package lapack

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// maxQL bounds the iterations for one eigenvalue; two are usual.
const maxQL = 60

// ql diagonalizes the tridiagonal matrix of diagonal d and off-diagonal e by
// the implicit QL iteration with Wilkinson's shift (Parlett 1998, §8.10–8.14)
// and applies the rotations to the rows of z, which has to start as the
// identity for eigenvectors of that matrix. On return d has the eigenvalues,
// in no order; e is destroyed. It reports whether all converged. Off-diagonal
// elements below ε‖T‖ are dropped: where a matrix is graded the other way,
// rounding keeps them from ever being small next to their neighbours. Its 6n³
// flops leave it to small matrices and emergencies.
func ql(d, e []float64, z blas64.General) bool {
	n := len(d)
	var norm float64
	for i := range d {
		norm = max(norm, math.Abs(d[i]))
		if i < n-1 {
			norm = max(norm, math.Abs(e[i]))
		}
	}
	negligible := max(eps*norm, 1e-290)
	for l := range n {
		for iter := 0; ; iter++ {
			m := l
			for m < n-1 && math.Abs(e[m]) > negligible {
				m++
			}
			if m < n-1 {
				e[m] = 0
			}
			if m == l {
				break
			}
			if iter == maxQL {
				return false
			}
			qlSweep(d, e, z, l, m)
		}
	}
	return true
}

// qlSweep chases the bulge from m up to l.
func qlSweep(d, e []float64, z blas64.General, l, m int) {
	g := (d[l+1] - d[l]) / (2 * e[l])
	g = d[m] - d[l] + e[l]/(g+math.Copysign(math.Hypot(g, 1), g))
	s, c, p := 1.0, 1.0, 0.0
	for i := m - 1; i >= l; i-- {
		f, b := s*e[i], c*e[i]
		r := math.Sqrt(f*f + g*g)
		if i+1 < m {
			e[i+1] = r
		}
		if r == 0 {
			// The matrix has split: what is left is another sweep's.
			d[i+1] -= p
			return
		}
		s, c = f/r, g/r
		g = d[i+1] - p
		r = (d[i]-g)*s + 2*c*b
		p = s * r
		d[i+1] = g + p
		g = c*r - b
		blas64.Rot(vector(row(z, i+1)), vector(row(z, i)), c, s)
	}
	d[l] -= p
	e[l] = g
}
