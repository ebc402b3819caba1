package lapack

import (
	"context"
	"math"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// A QR is the factorization a = Q·R of an n×p matrix, Q with orthonormal
// columns and R upper triangular, computed on a tree (TSQR; Demmel, Grigori,
// Hoemmen & Langou 2012): blocks of rows are factored independently of each
// other, then stacks of up to four of their triangles, until one is left. The
// tree depends on n and p alone. Rank-deficient matrices have small or zero
// diagonal elements in R; if n < p, the last p−n rows of R and columns of Q are
// zero.
type QR struct {
	n, p   int
	levels [][]qrNode // the blocks of rows first, the root last
	r      *mat.TriDense
}

// A qrNode has factored the rows [lo, hi) of a, in the blocks' level, or the
// stacked triangles of the nodes [lo, hi) of the level before.
type qrNode struct {
	lo, hi int
	q      []blockReflector // nil for a triangle that passes through
}

// stackArity is how many triangles are stacked at a node.
const stackArity = 4

// FactorQR factors a. It costs 2np² flops and a little more than a's memory;
// ok is false if a holds NaN or Inf, or numbers so large that R does.
func FactorQR(a mat.Matrix) (f *QR, ok bool) {
	return FactorQRContext(context.Background(), a)
}

// FactorQRContext is FactorQR that returns ok == false soon after ctx is done.
func FactorQRContext(ctx context.Context, a mat.Matrix) (f *QR, ok bool) {
	n, p := a.Dims()
	f = &QR{n: n, p: p}
	l, _ := f.reduce(ctx, n, p, 0, rowsOf(a), true)
	if ctx.Err() != nil {
		return nil, false
	}
	f.r, ok = upperOf(l, p)
	return f, ok
}

// ReduceQR computes R of the factorization of an n×p matrix X, and what
// least-squares problems with q right-hand sides Y need: QᵀY (p×q) and for
// each of them the sum of squares that X cannot explain, ‖y − Q·Qᵀy‖². Rows are
// asked for when they are used, so that X may be centred, weighted or made up
// on the way: rows has to fill dst with the rows lo, lo+1, … of [X Y], p+q
// numbers each, and is called from several goroutines. Memory: p(p+q) numbers
// for each 8p rows. ok is false if the result is not finite.
func ReduceQR(n, p, q int, rows func(dst blas64.General, lo int)) (r *mat.TriDense, qty *mat.Dense, rest []float64, ok bool) {
	return ReduceQRContext(context.Background(), n, p, q, rows)
}

// ReduceQRContext is ReduceQR that returns ok == false soon after ctx is done.
func ReduceQRContext(ctx context.Context, n, p, q int, rows func(dst blas64.General, lo int)) (r *mat.TriDense, qty *mat.Dense, rest []float64, ok bool) {
	var f QR
	l, rest := f.reduce(ctx, n, p, q, rows, false)
	if ctx.Err() != nil {
		return nil, nil, nil, false
	}
	r, ok = upperOf(l, p)
	qty = &mat.Dense{}
	if p > 0 && q > 0 {
		qty = mat.NewDense(p, q, nil)
		transpose(qty.RawMatrix(), slice(l, p, p+q, 0, p))
	}
	for i, x := range rest {
		_, finite := maxAbs(1, p, row(l, p+i), 1)
		ok = ok && finite && !math.IsNaN(x) && !math.IsInf(x, 0)
	}
	return r, qty, rest, ok
}

// R returns the p×p upper triangle.
func (f *QR) R() *mat.TriDense { return f.r }

// Mul returns Q·b, n×k, for a p×k matrix b: Q itself if b is the identity.
func (f *QR) Mul(b mat.Matrix) *mat.Dense {
	_, k := b.Dims()
	if f.n == 0 || k == 0 {
		return &mat.Dense{}
	}
	x := newGeneral(k, f.p)
	for i := range f.p {
		for j := range k {
			x.Data[j*x.Stride+i] = b.At(i, j)
		}
	}
	return f.mulTransposed(x)
}

// mulTransposed returns Q·xᵀ.
func (f *QR) mulTransposed(x blas64.General) *mat.Dense {
	out := mat.NewDense(f.n, x.Rows, nil)
	f.mul(x, func(lo int, y blas64.General) {
		transpose(slice(out.RawMatrix(), lo, lo+y.Cols, 0, x.Rows), y)
	})
	return out
}

// mulRows returns (Q·xᵀ)ᵀ.
func (f *QR) mulRows(x blas64.General) *mat.Dense {
	out := mat.NewDense(x.Rows, f.n, nil)
	f.mul(x, func(lo int, y blas64.General) {
		for i := range y.Rows {
			copy(row(out.RawMatrix(), i)[lo:], row(y, i))
		}
	})
	return out
}

// mul hands (Q·xᵀ)ᵀ to emit, a block of columns at a time.
func (f *QR) mul(x blas64.General, emit func(lo int, y blas64.General)) {
	top := []blas64.General{x}
	for level := len(f.levels) - 1; level >= 0; level-- {
		nodes := f.levels[level]
		var next []blas64.General
		if level > 0 {
			next = make([]blas64.General, len(f.levels[level-1]))
		}
		parallel.For(len(nodes), 1, func(from, to int) {
			for i := from; i < to; i++ {
				node := nodes[i]
				rows := node.hi - node.lo
				if level > 0 {
					if node.q == nil {
						next[node.lo] = top[i]
						continue
					}
					rows *= f.p
				}
				y := newGeneral(x.Rows, max(rows, f.p))
				for j := range x.Rows {
					copy(row(y, j), row(top[i], j))
				}
				applyQ(node.q, y)
				if level == 0 {
					emit(node.lo, slice(y, 0, y.Rows, 0, rows))
					continue
				}
				for c := range node.hi - node.lo {
					next[node.lo+c] = slice(y, 0, y.Rows, c*f.p, (c+1)*f.p)
				}
			}
		})
		top = next
	}
}

// reduce returns [R QᵀY]ᵀ and the squares left of each column of Y; the tree is
// kept in f if asked for. What it returns once ctx is done means nothing.
func (f *QR) reduce(ctx context.Context, n, p, q int, rows func(dst blas64.General, lo int), keep bool) (blas64.General, []float64) {
	blocks := max(1, n/max(8*p, 512))
	results := make([]blas64.General, blocks)
	rests := make([][]float64, blocks)
	level := make([]qrNode, blocks)
	var spaces sync.Pool // of *qrSpace
	space := func() *qrSpace {
		s, _ := spaces.Get().(*qrSpace)
		if s == nil {
			s = &qrSpace{keep: keep}
		}
		return s
	}
	err := parallel.ForContext(ctx, blocks, 1, func(from, to int) {
		s := space()
		defer spaces.Put(s)
		for i := from; i < to; i++ {
			lo, hi := i*n/blocks, (i+1)*n/blocks
			block := general(&s.block, hi-lo, p+q)
			if hi > lo {
				rows(block, lo)
			}
			m := general(&s.m, p+q, max(hi-lo, p))
			if hi-lo < p {
				clear(m.Data)
			}
			transpose(m, block)
			level[i] = qrNode{lo: lo, hi: hi, q: s.factorRows(ctx, m, p)}
			results[i], rests[i] = lowerOf(m, p)
		}
	})
	if err != nil {
		return blas64.General{}, nil
	}
	rest := rests[0]
	add := func(more [][]float64) {
		for _, r := range more {
			for i, x := range r {
				rest[i] += x
			}
		}
	}
	add(rests[1:])
	if keep {
		f.levels = append(f.levels, level)
	}
	for len(results) > 1 {
		count := len(results)
		groups := (count + stackArity - 1) / stackArity
		merged := make([]blas64.General, groups)
		rests = make([][]float64, groups)
		level = make([]qrNode, groups)
		err = parallel.ForContext(ctx, groups, 1, func(from, to int) {
			s := space()
			defer spaces.Put(s)
			for g := from; g < to; g++ {
				lo, hi := g*count/groups, (g+1)*count/groups
				level[g] = qrNode{lo: lo, hi: hi}
				if hi-lo == 1 {
					merged[g] = results[lo]
					continue
				}
				m := general(&s.m, p+q, (hi-lo)*p)
				for c, child := range results[lo:hi] {
					for j := range p + q {
						copy(row(m, j)[c*p:], row(child, j))
					}
				}
				level[g].q = s.factorRows(ctx, m, p)
				merged[g], rests[g] = lowerOf(m, p)
			}
		})
		if err != nil {
			return blas64.General{}, nil
		}
		add(rests)
		results = merged
		if keep {
			f.levels = append(f.levels, level)
		}
	}
	return results[0], rest
}

// qrSpace is memory for the factorization of one node after the other.
type qrSpace struct {
	keep     bool // the reflectors are
	block, m []float64
	reflectorSpace
}

// factorRows is factorRows; it returns nothing unless the reflectors are kept.
func (s *qrSpace) factorRows(ctx context.Context, m blas64.General, p int) []blockReflector {
	if s.keep {
		return factorRows(ctx, m, p, nil)
	}
	factorRows(ctx, m, p, &s.reflectorSpace)
	return nil
}

// general returns a matrix in memory that grows as needed; what it holds is
// left over from before.
func general(memory *[]float64, rows, cols int) blas64.General {
	if rows*cols > len(*memory) {
		*memory = make([]float64, rows*cols)
	}
	return blas64.General{Rows: rows, Cols: cols, Stride: max(cols, 1), Data: (*memory)[:rows*cols]}
}

// lowerOf takes [R QᵀY]ᵀ out of what factorRows has left, and the sum of
// squares of what follows it in each column of Y.
func lowerOf(m blas64.General, p int) (l blas64.General, rest []float64) {
	l = newGeneral(m.Rows, p)
	rest = make([]float64, m.Rows-p)
	for i := range m.Rows {
		copy(row(l, i)[:min(i+1, p)], row(m, i))
		if i >= p {
			tail := vector(row(m, i)[p:])
			rest[i-p] = blas64.Dot(tail, tail)
		}
	}
	return l, rest
}

// upperOf returns the transpose of the first p rows of l and whether it is
// finite.
func upperOf(l blas64.General, p int) (*mat.TriDense, bool) {
	if p == 0 {
		return &mat.TriDense{}, true
	}
	_, finite := maxAbs(p, p, l.Data, l.Stride)
	r := mat.NewTriDense(p, mat.Upper, nil)
	raw := r.RawTriangular()
	transpose(blas64.General{Rows: p, Cols: p, Stride: raw.Stride, Data: raw.Data}, slice(l, 0, p, 0, p))
	return r, finite
}

// rowsOf returns a reader of a's rows.
func rowsOf(a mat.Matrix) func(dst blas64.General, lo int) {
	raw, isRaw := a.(mat.RawMatrixer)
	return func(dst blas64.General, lo int) {
		for i := range dst.Rows {
			to := row(dst, i)
			if isRaw {
				copy(to, row(raw.RawMatrix(), lo+i))
				continue
			}
			for j := range to {
				to[j] = a.At(lo+i, j)
			}
		}
	}
}
