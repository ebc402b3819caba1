package lapack

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// maxSweeps bounds the sweeps of Jacobi; below ten are usual.
const maxSweeps = 60

// jacobi rotates pairs of rows of x until all are orthogonal to working
// precision, cos ∠(xᵢ, xⱼ) ≤ ε√p, and does the same to those of acc if it has
// any: one-sided Jacobi (Hestenes 1958; Demmel & Veselić 1992; de Rijk 1989 for
// the pivoting). It reports whether it converged before
// ctx was done. The largest element of x has
// to be near one; rows shorter than 1e-145 become zero.
func jacobi(ctx context.Context, x, acc blas64.General) bool {
	n := x.Rows
	tol := eps * math.Sqrt(float64(max(n, 4)))
	j := jacobiRows{x: x, acc: acc, squares: make([]float64, n), tol: tol}
	gram := blas64.Symmetric{N: n, Stride: n, Data: make([]float64, n*n), Uplo: blas.Upper}
	for range maxSweeps {
		for i := range n {
			j.measure(i)
		}
		// Which pairs are orthogonal already is cheap to see all at once.
		blas64.Syrk(blas.NoTrans, 1, x, 0, gram)
		rotated, err := j.sweep(ctx, gram)
		if err != nil {
			return false
		}
		if !rotated {
			return true
		}
	}
	return false
}

type jacobiRows struct {
	x, acc  blas64.General
	squares []float64 // ‖xᵢ‖²
	tol     float64
}

func (j *jacobiRows) measure(i int) {
	v := vector(row(j.x, i))
	j.squares[i] = blas64.Dot(v, v)
	if j.squares[i] < 1e-290 {
		clear(v.Data)
		j.squares[i] = 0
	}
}

// sweep visits each pair once and reports whether a rotation was needed. The
// Gram matrix is that of the sweep's start; a pair is passed over on its
// word only as long as neither row has moved.
func (j *jacobiRows) sweep(ctx context.Context, gram blas64.Symmetric) (rotated bool, err error) {
	n := j.x.Rows
	moved := make([]bool, n)
	for i := range n - 1 {
		if ctx.Err() != nil {
			return rotated, ctx.Err()
		}
		longest := i
		for k := i + 1; k < n; k++ {
			if j.squares[k] > j.squares[longest] {
				longest = k
			}
		}
		if longest != i {
			j.swap(i, longest)
			moved[i], moved[longest] = true, true
		}
		for k := i + 1; k < n; k++ {
			bound := j.tol * math.Sqrt(j.squares[i]) * math.Sqrt(j.squares[k])
			if !moved[i] && !moved[k] && math.Abs(gram.Data[i*gram.Stride+k]) <= bound {
				continue
			}
			if j.rotate(i, k, bound) {
				rotated = true
				moved[i], moved[k] = true, true
			}
		}
	}
	return rotated, nil
}

func (j *jacobiRows) swap(i, k int) {
	blas64.Swap(vector(row(j.x, i)), vector(row(j.x, k)))
	if j.acc.Rows > 0 {
		blas64.Swap(vector(row(j.acc, i)), vector(row(j.acc, k)))
	}
	j.squares[i], j.squares[k] = j.squares[k], j.squares[i]
}

// rotate makes rows i and k orthogonal unless they are.
func (j *jacobiRows) rotate(i, k int, bound float64) bool {
	xi, xk := vector(row(j.x, i)), vector(row(j.x, k))
	dot := blas64.Dot(xi, xk)
	if math.Abs(dot) <= bound {
		return false
	}
	zeta := (j.squares[k] - j.squares[i]) / (2 * dot)
	t := math.Copysign(1/(math.Abs(zeta)+math.Hypot(1, zeta)), zeta)
	c := 1 / math.Sqrt(1+t*t)
	s := c * t
	blas64.Rot(xi, xk, c, -s)
	if j.acc.Rows > 0 {
		blas64.Rot(vector(row(j.acc, i)), vector(row(j.acc, k)), c, -s)
	}
	j.update(i, -t*dot)
	j.update(k, t*dot)
	return true
}

// update adds change to ‖xᵢ‖², and takes it afresh where most of it cancels.
func (j *jacobiRows) update(i int, change float64) {
	if after := j.squares[i] + change; after > j.squares[i]/10 {
		j.squares[i] = after
		return
	}
	j.measure(i)
}
