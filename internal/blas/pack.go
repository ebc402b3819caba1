package blas

import (
	"unsafe"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// A shape says which elements of an operand are stored, and what stands for the
// others.
type shape int

const (
	general        shape = iota
	symmetricUpper       // element (i, j) is stored for j ≥ i, and is element (j, i)
	symmetricLower       // the same for j ≤ i
)

// pack copies rows [i0, i0+m) and columns [k0, k0+k) of o into panels of the given
// height: element (i, p) of a panel goes to p*height+i. The last panel may hold
// fewer rows; its other places are left alone.
func pack(dst []float64, o operand, i0, m, k0, k, height int) {
	step := k
	if o.cs != 1 && o.shape == general {
		step = packRows
	}
	for p := 0; p < k; p += step {
		for i := 0; i < m; i += height {
			packPanel(dst[i*k+p*height:], o, i0+i, min(height, m-i), k0+p, min(step, k-p), height)
		}
	}
}

// packRows is the number of stored rows that are copied into all panels before the
// next are: each is on another page.
const packRows = 16

func packPanel(dst []float64, o operand, i0, m, k0, k, height int) {
	if o.shape != general {
		packSymmetric(dst, o, i0, m, k0, k, height)
		return
	}
	src := o.data[i0*o.rs+k0*o.cs:]
	if o.cs == 1 {
		simd.Transpose(m, k, src, o.rs, dst, height)
		return
	}
	simd.CopyRows(k, m, src, o.cs, dst, height)
}

// packSymmetric packs the columns before the panel's diagonal block, those after it
// and the block itself: the first two are stored on one side of the diagonal or
// mirrored from the other.
func packSymmetric(dst []float64, o operand, i0, m, k0, k, height int) {
	stored := operand{data: o.data, rs: o.rs, cs: o.cs}
	before, after := stored.transposed(), stored
	if o.shape == symmetricLower {
		before, after = after, before
	}
	end := k0 + k
	first, last := min(max(i0, k0), end), min(max(i0+m, k0), end)
	if first > k0 {
		packPanel(dst, before, i0, m, k0, first-k0, height)
	}
	for p := first; p < last; p++ {
		for i := range m {
			row, column := i0+i, p
			if (row > column) == (o.shape == symmetricUpper) {
				row, column = column, row
			}
			dst[(p-k0)*height+i] = o.data[row*o.rs+column*o.cs]
		}
	}
	if last < end {
		packPanel(dst[(last-k0)*height:], after, i0, m, last, end-last, height)
	}
}

// grow returns a buffer of at least n elements that starts on a cache line: s if it
// is long enough.
func grow(s []float64, n int) []float64 {
	if len(s) >= n {
		return s
	}
	const line, huge = 8, 4 << 20 / 8
	s = make([]float64, n+line)
	if n >= huge {
		AdviseHuge(s)
	}
	skip := (-uintptr(unsafe.Pointer(unsafe.SliceData(s))) / 8) % line
	return s[skip : skip+uintptr(n)]
}
