package blas

import (
	"gonum.org/v1/gonum/blas"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// The functions of this file multiply one vector by a triangle, or solve for one, some
// rows at a time: what lies beside the block on the diagonal takes one call of a kernel,
// and the block itself is taken element by element.

const rowsAtOnce = 8

// trmv computes x = op(A)·x. The blocks of rows come in the order in which no element of
// x is needed after it is overwritten.
func trmv(upper, trans, unit bool, a []float64, lda int, x []float64) {
	var buf [rowsAtOnce]float64
	n := len(x)
	for k := 0; k < n; k += rowsAtOnce {
		lo, hi := rowBlock(k, n, upper == trans)
		from, to := offBlock(upper, lo, hi, n)
		beside, rest, block, s := a[lo*lda+from:], x[from:to], x[lo:hi], buf[:hi-lo]
		if trans {
			simd.AxpyRows(block, beside, lda, rest)
		} else {
			multiplyRowsBeside(s, beside, lda, rest)
		}
		trmvBlock(upper, trans, unit, a[lo*lda+lo:], lda, block)
		if !trans {
			for r, v := range s {
				block[r] += v
			}
		}
	}
}

func trmvBlock(upper, trans, unit bool, a []float64, lda int, x []float64) {
	n := len(x)
	for k := range n {
		i := k
		if upper == trans {
			i = n - 1 - k
		}
		from, to := offBlock(upper, i, i+1, n)
		row, xi := a[i*lda:i*lda+n], x[i]
		if !unit {
			x[i] *= row[i]
		}
		for c := from; c < to; c++ {
			if trans {
				x[c] += float64(xi * row[c])
			} else {
				x[i] += float64(row[c] * x[c])
			}
		}
	}
}

// trsv solves op(A)·x = b for x, which holds b.
func trsv(upper, trans, unit bool, a []float64, lda int, x []float64) {
	var buf [rowsAtOnce]float64
	n := len(x)
	for k := 0; k < n; k += rowsAtOnce {
		lo, hi := rowBlock(k, n, upper != trans)
		from, to := offBlock(upper, lo, hi, n)
		beside, rest, block, s := a[lo*lda+from:], x[from:to], x[lo:hi], buf[:hi-lo]
		if !trans {
			multiplyRowsBeside(s, beside, lda, rest)
			for r, v := range s {
				block[r] -= v
			}
		}
		trsvBlock(upper, trans, unit, a[lo*lda+lo:], lda, block)
		if trans {
			for r, v := range block {
				s[r] = -v
			}
			simd.AxpyRows(s, beside, lda, rest)
		}
	}
}

func trsvBlock(upper, trans, unit bool, a []float64, lda int, x []float64) {
	n := len(x)
	for k := range n {
		i := k
		if upper != trans {
			i = n - 1 - k
		}
		from, to := offBlock(upper, i, i+1, n)
		row, xi := a[i*lda:i*lda+n], x[i]
		if !trans {
			for c := from; c < to; c++ {
				xi -= float64(row[c] * x[c])
			}
		}
		if !unit {
			xi /= row[i]
		}
		x[i] = xi
		if trans {
			for c := from; c < to; c++ {
				x[c] -= float64(xi * row[c])
			}
		}
	}
}

// rowBlock is the block of rows that comes after k rows, from the end if backwards.
func rowBlock(k, n int, backwards bool) (lo, hi int) {
	if backwards {
		return max(n-k-rowsAtOnce, 0), n - k
	}
	return k, min(k+rowsAtOnce, n)
}

// multiplyRowsBeside is DotRows where there may be no columns.
func multiplyRowsBeside(dst, a []float64, lda int, x []float64) {
	if len(x) == 0 {
		clear(dst)
		return
	}
	simd.DotRows(dst, a, lda, x)
}

// offBlock is the range of columns of the triangle's rows [i, end) outside the
// square block on the diagonal.
func offBlock(upper bool, i, end, n int) (from, to int) {
	if upper {
		return end, n
	}
	return 0, i
}

// times scales y by beta; 0 overwrites.
func times(beta float64, y []float64) {
	switch beta {
	case 0:
		clear(y)
	case 1:
	default:
		simd.Scal(beta, y)
	}
}

func isUnit(d blas.Diag) bool {
	switch d {
	case blas.NonUnit:
		return false
	case blas.Unit:
		return true
	}
	panic(badDiag)
}
