package lapack

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// SVD computes the thin singular value decomposition of the n×p matrix a: with
// r = min(n, p), the singular values, descending, the r×p matrix v whose row j
// is the right singular vector of values[j], and, if left is set, the n×r
// matrix u whose column j is its left one (else nil), so that
//
//	a = u · diag(values) · v.
//
// Rows of v and columns of u are orthonormal whatever the rank. ok is false if a
// holds NaN or Inf; then the results are nil.
//
// The method is QR on a tree, and then for r ≤ 128 a pivoted QR of the
// triangle and one-sided Jacobi on the transpose of what it leaves (Drmač &
// Veselić 2008), which finds even the small values of a graded matrix to high
// relative accuracy. Larger triangles are first multiplied by eigenvectors of
// their Gram matrix, again where values are below 1e-5 of the largest since
// those vectors are good to ε/1e-10 there; Jacobi then has little left to do.
// It costs 2np² flops for the first step, as much again for u, and 20 to 40
// r³ for the others.
func SVD(a mat.Matrix, left bool) (values []float64, v, u *mat.Dense, ok bool) {
	return SVDContext(context.Background(), a, left)
}

// SVDContext is SVD that returns ok == false soon after ctx is done.
func SVDContext(ctx context.Context, a mat.Matrix, left bool) (values []float64, v, u *mat.Dense, ok bool) {
	n, p := a.Dims()
	if n == 0 || p == 0 {
		return nil, &mat.Dense{}, &mat.Dense{}, true
	}
	scale, ok := scaleOf(a)
	if !ok {
		return nil, nil, nil, false
	}
	if n < p {
		var f *rightSVD
		if f, ok = tallSVD(ctx, a.T(), scale, true); !ok {
			return nil, nil, nil, false
		}
		v = f.q.mulRows(f.left)
		fixSigns(v.RawMatrix(), f.v)
		if left {
			u = mat.NewDense(n, n, nil)
			transpose(u.RawMatrix(), f.v)
		}
		return f.values, v, u, true
	}
	f, ok := tallSVD(ctx, a, scale, left)
	if !ok {
		return nil, nil, nil, false
	}
	fixSigns(f.v, f.left)
	if left {
		u = f.q.mulTransposed(f.left)
	}
	return f.values, mat.NewDense(p, p, f.v.Data), u, true
}

// scaleOf returns k such that the largest element of 2⁻ᵏ·a lies in [½, 1).
func scaleOf(a mat.Matrix) (k int, ok bool) {
	n, p := a.Dims()
	rows := rowsOf(a)
	buffer := newGeneral(1, p)
	var largest float64
	for i := range n {
		rows(buffer, i)
		m, finite := maxAbs(1, p, buffer.Data, p)
		if !finite {
			return 0, false
		}
		largest = max(largest, m)
	}
	return exponent(largest), true
}

// fixSigns makes the rows of v follow FixSign and flips those of w, if it has
// any, along with them.
func fixSigns(v, w blas64.General) {
	for j := range v.Rows {
		if FixSign(row(v, j)) && w.Rows > 0 {
			blas64.Scal(-1, vector(row(w, j)))
		}
	}
}

// A rightSVD is the decomposition of a tall matrix Q·R. Rows of v are right
// singular vectors, rows of left, if any, left ones of R. Signs are open.
type rightSVD struct {
	values  []float64
	v, left blas64.General
	q       *QR
}

// tallSVD decomposes a, which has no fewer rows than columns, after
// multiplying it by 2⁻ˢᶜᵃˡᵉ.
func tallSVD(ctx context.Context, a mat.Matrix, scale int, left bool) (*rightSVD, bool) {
	n, p := a.Dims()
	unscaled := rowsOf(a)
	rows := func(dst blas64.General, lo int) {
		unscaled(dst, lo)
		scalePow2(dst.Data, -scale)
	}
	f := rightSVD{q: &QR{n: n, p: p}}
	lower, _ := f.q.reduce(ctx, n, p, 0, rows, left)
	if ctx.Err() != nil {
		return nil, false
	}

	var x blas64.General
	if left {
		f.left = identityMatrix(p)
	}
	perm := identityOrder(p)
	if p <= 128 {
		x, perm = f.pivot(lower)
	} else {
		x = newGeneral(p, p)
		transpose(x, lower)
		if !precondition(ctx, x, f.left) {
			return nil, false
		}
	}
	if !jacobi(ctx, x, f.left) {
		return nil, false
	}
	f.collect(x, perm)
	scalePow2(f.values, scale)
	return &f, !math.IsInf(f.values[0], 0)
}

// pivot factors R, whose transpose is lower, as R·P = Q₂·R₂ with diagonal
// elements of R₂ that descend, and returns R₂ and the column of R that each of
// its own stands for. If left vectors are wanted, f.left becomes Q₂ᵀ.
func (f *rightSVD) pivot(lower blas64.General) (r2 blas64.General, perm []int) {
	p := lower.Rows
	perm = identityOrder(p)
	// Rows of m are columns of R; row j is final once it has been eliminated.
	m := newGeneral(p, p)
	for i := range p {
		copy(row(m, i), row(lower, i))
	}
	v := newGeneral(p, p)
	tau := make([]float64, p)
	w := make([]float64, p)
	for j := range p {
		best, norm := j, -1.0
		for i := j; i < p; i++ {
			// Norms are taken afresh: for orders up to 128 this costs less
			// than the elimination and nothing cancels.
			if s := blas64.Nrm2(vector(row(m, i)[j:])); s > norm {
				best, norm = i, s
			}
		}
		if best != j {
			blas64.Swap(vector(row(m, best)), vector(row(m, j)))
			perm[best], perm[j] = perm[j], perm[best]
		}
		x := row(m, j)[j:]
		var beta float64
		beta, tau[j] = reflector(x)
		copy(row(v, j)[j:], x)
		if rest := slice(m, j+1, p, j, p); rest.Rows > 0 && tau[j] != 0 {
			blas64.Gemv(blas.NoTrans, 1, rest, vector(x), 0, vector(w[:rest.Rows]))
			blas64.Ger(-tau[j], vector(w[:rest.Rows]), vector(x), rest)
		}
		clear(x)
		x[0] = beta
	}
	r2 = newGeneral(p, p)
	transpose(r2, m)
	if f.left.Rows > 0 {
		// Row i of the identity becomes (Q₂eᵢ)ᵀ.
		newBlockReflector(v, tau).apply(blas.NoTrans, f.left, make([]float64, p*p))
	}
	return r2, perm
}

// precondition multiplies x, and acc if it has rows, by an orthogonal matrix
// from the left that makes the rows of x nearly orthogonal, longest first.
func precondition(ctx context.Context, x, acc blas64.General) bool {
	for lo := 0; lo < x.Rows; {
		rest := slice(x, lo, x.Rows, 0, x.Cols)
		m := rest.Rows
		largest, _ := maxAbs(m, x.Cols, rest.Data, rest.Stride)
		if largest < 1e-140 || m == 1 {
			return true
		}
		gram := blas64.Symmetric{N: m, Stride: m, Data: make([]float64, m*m), Uplo: blas.Upper}
		blas64.Syrk(blas.NoTrans, math.Ldexp(1, -2*exponent(largest)), rest, 0, gram)
		var symmetric mat.SymDense
		symmetric.SetRawSymmetric(gram)
		squares, w, ok := EigSymTop(ctx, &symmetric, m)
		if !ok {
			return false
		}
		rotate(w.RawMatrix(), rest)
		if acc.Rows > 0 {
			rotate(w.RawMatrix(), slice(acc, lo, acc.Rows, 0, acc.Cols))
		}
		good := 1
		for good < m && squares[good] > 1e-10*squares[0] {
			good++
		}
		lo += good
	}
	return true
}

// rotate replaces x by w·x.
func rotate(w, x blas64.General) {
	before := newGeneral(x.Rows, x.Cols)
	for i := range x.Rows {
		copy(row(before, i), row(x, i))
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, w, before, 0, x)
}

// collect sorts the orthogonal rows of x into singular values and right
// vectors, element i of which is the component at perm[i].
func (f *rightSVD) collect(x blas64.General, perm []int) {
	p := x.Rows
	norms := make([]float64, p)
	for i := range p {
		norms[i] = -blas64.Nrm2(vector(row(x, i)))
	}
	order := ascending(norms)
	f.values = make([]float64, p)
	f.v = newGeneral(p, p)
	left := f.left
	if left.Rows > 0 {
		f.left = newGeneral(p, p)
	}
	rank := 0
	for j, from := range order {
		norm := -norms[from]
		f.values[j] = norm
		if left.Rows > 0 {
			copy(row(f.left, j), row(left, from))
		}
		if norm == 0 {
			continue
		}
		rank++
		to := row(f.v, j)
		for i, value := range row(x, from) {
			to[perm[i]] = value / norm
		}
	}
	completeRows(f.v, rank)
}

// completeRows extends the orthonormal first rows of v to a basis.
func completeRows(v blas64.General, done int) {
	if done == v.Rows {
		return
	}
	for i := done; i < v.Rows; i++ {
		row(v, i)[i] = 1
	}
	given := newGeneral(done, v.Cols)
	for i := range done {
		copy(row(given, i), row(v, i))
	}
	applyQ(factorRows(context.Background(), given, done, nil), slice(v, done, v.Rows, 0, v.Cols))
}

func identityMatrix(n int) blas64.General {
	a := newGeneral(n, n)
	for i := range n {
		row(a, i)[i] = 1
	}
	return a
}

func identityOrder(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}
