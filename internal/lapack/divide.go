package lapack

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// leafSize is the order up to which QL is faster than dividing.
const leafSize = 32

// A cuppen solves a symmetric tridiagonal eigenproblem by divide and conquer
// (Cuppen 1981; Gu & Eisenstat 1995; Rutter 1994, LAPACK Working Note 69): the
// matrix is two smaller ones and a correction of rank one, whose eigenvalues
// are roots of a secular equation. Eigenvectors are rows of z, so a merge is a
// product of matrices from the left. In each block of the division the rows
// are in whatever order the merge left them; order has them ascending.
type cuppen struct {
	d     []float64
	z     blas64.General
	packs []float64 // n×n: the rows that a merge reads
	roots []float64 // n×n: eigenvectors of a merge's rank-one problem
	order []int     // within each block, relative to its start
}

// divideAndConquer returns the eigenvalues of the tridiagonal matrix of
// diagonal d and off-diagonal e, its eigenvectors in the rows of z, and the
// order that makes the values ascend. It costs at most 4n³/3 flops in matrix
// products, less the more deflates, and 24n² bytes. Neither d nor e is changed.
func divideAndConquer(ctx context.Context, d, e []float64) (values []float64, z blas64.General, order []int, ok bool) {
	n := len(d)
	c := cuppen{d: slices.Clone(d), z: newGeneral(n, n), order: make([]int, n)}
	e = slices.Clone(e)
	leaves := 1
	for (n+leaves-1)/leaves > leafSize {
		leaves *= 2
	}
	bound := func(i, of int) int { return i * n / of }
	for i := 1; i < leaves; i++ {
		b := bound(i, leaves)
		c.d[b-1] -= math.Abs(e[b-1])
		c.d[b] -= math.Abs(e[b-1])
	}
	if leaves > 1 {
		c.packs = make([]float64, n*n)
		c.roots = make([]float64, n*n)
	}
	failed := make([]bool, leaves)
	parallel.For(leaves, 2, func(from, to int) {
		for i := from; i < to; i++ {
			lo, hi := bound(i, leaves), bound(i+1, leaves)
			block := slice(c.z, lo, hi, lo, hi)
			for j := range hi - lo {
				block.Data[j*block.Stride+j] = 1
			}
			failed[i] = !ql(c.d[lo:hi], e[lo:max(hi-1, lo)], block)
			c.sort(lo, hi)
		}
	})
	for parts := leaves / 2; parts >= 1 && !slices.Contains(failed, true); parts /= 2 {
		if ctx.Err() != nil {
			return nil, c.z, nil, false
		}
		parallel.For(parts, 1, func(from, to int) {
			for i := from; i < to; i++ {
				lo, mid, hi := bound(2*i, 2*parts), bound(2*i+1, 2*parts), bound(2*i+2, 2*parts)
				failed[i] = !c.merge(lo, mid, hi, e[mid-1])
			}
		})
	}
	return c.d, c.z, c.order, !slices.Contains(failed, true)
}

// sort sets the order of the block [lo, hi).
func (c *cuppen) sort(lo, hi int) {
	copy(c.order[lo:hi], ascending(c.d[lo:hi]))
}

// ascending returns the order that sorts x, equal elements by index.
func ascending(x []float64) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(x[i], x[j]), cmp.Compare(i, j))
	})
	return order
}

// Kinds of an eigenvector that enters a merge, by where it is not zero.
const (
	upper    = iota // in the first part
	both            // a rotation has mixed the parts
	lower           // in the second part
	deflated        // an eigenvector of the merged matrix as it is
)

// merge joins the blocks [lo, mid) and [mid, hi), which the element off of the
// matrix couples.
func (c *cuppen) merge(lo, mid, hi int, off float64) bool {
	n, m := c.z.Cols, hi-lo
	z := slice(c.z, lo, hi, lo, hi)
	d := c.d[lo:hi]
	n1 := mid - lo

	// The correction is ρ·w·wᵀ in the basis of the two parts' eigenvectors.
	rho := 2 * math.Abs(off)
	w := make([]float64, m)
	for i := range n1 {
		w[i] = z.Data[i*z.Stride+n1-1] / math.Sqrt2
	}
	for i := n1; i < m; i++ {
		w[i] = math.Copysign(1/math.Sqrt2, off) * z.Data[i*z.Stride+n1]
	}
	c.sort(lo, hi)
	kept, kind := deflate(z, d, w, rho, c.order[lo:hi], n1)
	k := len(kept)
	if k == 0 {
		c.sort(lo, hi)
		return true
	}

	// Rows of one kind together make the product two dense ones.
	slot := make([]int, k)
	var count [4]int
	for _, i := range kept {
		count[kind[i]]++
	}
	next := [3]int{0, count[upper], count[upper] + count[both]}
	for j, i := range kept {
		slot[j] = next[kind[i]]
		next[kind[i]]++
	}
	space := c.packs[lo*n : lo*n+m*m]
	take := func(rows, cols int) blas64.General {
		g := blas64.General{Rows: rows, Cols: cols, Stride: max(cols, 1), Data: space[:rows*cols]}
		space = space[rows*cols:]
		return g
	}
	first := take(count[upper]+count[both], n1)
	second := take(count[both]+count[lower], m-n1)
	done := take(m-k, m)
	for j, i := range kept {
		from := row(z, i)
		if kind[i] != lower {
			copy(row(first, slot[j]), from[:n1])
		}
		if kind[i] != upper {
			copy(row(second, slot[j]-count[upper]), from[n1:])
		}
	}
	doneValues := make([]float64, 0, m-k)
	for i := range m {
		if kind[i] == deflated {
			copy(row(done, len(doneValues)), row(z, i))
			doneValues = append(doneValues, d[i])
		}
	}

	u := blas64.General{Rows: k, Cols: k, Stride: k, Data: c.roots[lo*n : lo*n+k*k]}
	if !rankOne(d, w, rho, kept, slot, u) {
		return false
	}
	product(slice(z, 0, k, 0, n1), slice(u, 0, k, 0, first.Rows), first)
	product(slice(z, 0, k, n1, m), slice(u, 0, k, count[upper], k), second)
	for i, value := range doneValues {
		copy(row(z, k+i), row(done, i))
		d[k+i] = value
	}
	c.sort(lo, hi)
	return true
}

// product sets c = a·b.
func product(c, a, b blas64.General) {
	if a.Cols == 0 {
		for i := range c.Rows {
			clear(row(c, i))
		}
		return
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, a, b, 0, c)
}

// deflate finds the eigenpairs that the correction leaves as they are, to
// rounding: where w is negligible, and, of two eigenvalues that are nearly
// equal, one after a rotation that takes its component of w to the other. It
// returns the rest, ascending in d, and the kind of every row.
func deflate(z blas64.General, d, w []float64, rho float64, order []int, n1 int) (kept []int, kind []uint8) {
	kind = make([]uint8, len(d))
	var largest float64
	for i := range d {
		largest = max(largest, math.Abs(d[i]), rho*math.Abs(w[i]))
		if i >= n1 {
			kind[i] = lower
		}
	}
	tol := 8 * eps * largest
	prev := -1
	for _, i := range order {
		if rho*math.Abs(w[i]) <= tol {
			kind[i] = deflated
			continue
		}
		if prev >= 0 {
			r := math.Hypot(w[prev], w[i])
			cos, sin := w[i]/r, w[prev]/r
			if (d[i]-d[prev])*math.Abs(cos*sin) <= tol {
				w[i], w[prev] = r, 0
				blas64.Rot(vector(row(z, i)), vector(row(z, prev)), cos, sin)
				d[prev], d[i] = d[prev]*cos*cos+d[i]*sin*sin, d[prev]*sin*sin+d[i]*cos*cos
				if kind[prev] != kind[i] {
					kind[i] = both
				}
				kind[prev] = deflated
				prev = i
				continue
			}
			kept = append(kept, prev)
		}
		prev = i
	}
	if prev >= 0 {
		kept = append(kept, prev)
	}
	return kept, kind
}

// rankOne solves the eigenproblem of diag(d) + ρ·w·wᵀ restricted to the
// indices kept: the values go to d[:len(kept)], ascending, the vectors to the
// rows of u with component j in column slot[j].
//
// The vectors are those of a w that has the computed roots as its exact ones
// (Gu & Eisenstat 1995, §3.1, after Löwner), which makes them orthogonal to
// working precision however close roots are.
func rankOne(d, w []float64, rho float64, kept, slot []int, u blas64.General) bool {
	k := len(kept)
	s := secular{d: make([]float64, k), z2: make([]float64, k), rhoInv: 1 / rho}
	for j, i := range kept {
		s.d[j] = d[i]
		s.z2[j] = w[i] * w[i]
		s.spread += s.z2[j]
	}
	s.spread *= rho
	signs := make([]float64, k)
	for j, i := range kept {
		signs[j] = w[i]
	}

	chunk := max(8, 16384/k)
	failed := make([]bool, (k+chunk-1)/chunk)
	parallel.For(k, chunk, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			value, ok := s.root(i, row(u, i))
			if !ok {
				failed[lo/chunk] = true
				return
			}
			d[i] = value
		}
	})
	if slices.Contains(failed, true) {
		return false
	}

	exact := make([]float64, k)
	parallel.For(k, max(64, 131072/k), func(lo, hi int) {
		acc := exact[lo:hi]
		for j := range acc {
			acc[j] = 1
		}
		for i := range k {
			delta, di := row(u, i)[lo:hi], s.d[i]
			for j := range delta {
				if lo+j == i {
					acc[j] *= -delta[j]
				} else {
					acc[j] *= delta[j] / (s.d[lo+j] - di)
				}
			}
		}
		for j := range acc {
			acc[j] = math.Copysign(math.Sqrt(math.Abs(acc[j])), signs[lo+j])
		}
	})

	rows := max(8, 131072/k)
	workers := parallel.Workers(k, rows)
	scratch := make([]float64, workers*k)
	_ = parallel.ForWorker(context.Background(), k, rows, func(worker, lo, hi int) {
		v := scratch[worker*k : (worker+1)*k]
		for i := lo; i < hi; i++ {
			ui := row(u, i)
			for j, x := range ui {
				v[j] = exact[j] / x
			}
			scale := 1 / blas64.Nrm2(vector(v))
			for j, x := range v {
				ui[slot[j]] = x * scale
			}
		}
	})
	return true
}
