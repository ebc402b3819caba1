package svm

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

func wrongShape(format string, args ...any) error {
	return fmt.Errorf("%w: %s", dataset.ErrShape, fmt.Sprintf(format, args...))
}

// An expansion evaluates Σ_j coef_rj K(x, v_j) over blocks of support vectors v_j.
type expansion struct {
	*evaluator
	features int
	columns  []int          // for a precomputed kernel: what element of a row is the kernel with v_j
	vectors  blas64.General // otherwise
	starts   []int          // block b is vectors [starts[b], starts[b+1])
	blocks   []*points
	coef     blas64.General
	outputs  int
	extra    int       // numbers of scratch memory for the caller
	scratch  sync.Pool // of *decideScratch
	packed   sync.Once // blocks are made when first needed: not all models predict
}

type decideScratch struct {
	tileScratch
	sums []float64
}

// newExpansion takes one count of vectors per block. vectors is nil for a
// precomputed kernel.
func newExpansion(k Kernel, features int, columns []int, vectors, coef *mat.Dense, counts []int, outputs, extra int) *expansion {
	e := &expansion{features: features, columns: columns, starts: []int{0}, outputs: outputs, extra: extra}
	e.vectors.Cols = features
	if vectors != nil {
		e.vectors = vectors.RawMatrix()
	}
	if coef != nil {
		e.coef = coef.RawMatrix()
	}
	e.evaluator = newEvaluator(k, e.vectors)
	for _, n := range counts {
		lo := e.starts[len(e.starts)-1]
		e.starts = append(e.starts, lo+n)
	}
	return e
}

// packBlocks packs the support vectors.
func (e *expansion) packBlocks() {
	if !e.byProducts() {
		return
	}
	for b, hi := range e.starts[1:] {
		var rows []int
		for i := e.starts[b]; i < hi; i++ {
			rows = append(rows, i)
		}
		e.blocks = append(e.blocks, e.pack(e.vectors, rows))
	}
}

func (e *expansion) take() *decideScratch {
	e.packed.Do(e.packBlocks)
	s, _ := e.scratch.Get().(*decideScratch)
	if s == nil {
		s = new(decideScratch)
	}
	return s
}

func (e *expansion) give(s *decideScratch) { e.scratch.Put(s) }

// batchRows is the number of rows that are decided together.
const batchRows = 64

// errOverflow is the error of a row whose kernel with a support vector, or whose sum
// of kernels, is no number.
var errOverflow = fmt.Errorf("%w: a kernel of the sample overflows; scale the data", dataset.ErrNotFinite)

// decideAll calls done for each row with what decide returns for it. The error is
// errOverflow with the row.
func (e *expansion) decideAll(rows *mat.Dense, done func(i int, sums []float64)) error {
	n, _ := rows.Dims()
	width := len(e.starts)*e.outputs - e.outputs + e.extra
	bad := parallel.First(n, batchRows, func(lo, hi int) int {
		s := e.take()
		defer e.give(s)
		e.decideRows(s, rows.RawMatrix(), lo, hi)
		for i := lo; i < hi; i++ {
			sums := s.sums[(i-lo)*width : (i-lo+1)*width]
			if !e.finite(sums) {
				return i
			}
			done(i, sums)
		}
		return -1
	})
	if bad >= 0 {
		return fmt.Errorf("row %d: %w", bad, errOverflow)
	}
	return nil
}

// decide returns the sums for one row: those of block b in b·outputs …, followed
// by scratch memory. They are valid until the scratch is given back.
func (e *expansion) decide(s *decideScratch, row []float64) ([]float64, error) {
	e.decideRows(s, blas64.General{Rows: 1, Cols: len(row), Stride: len(row), Data: row}, 0, 1)
	if !e.finite(s.sums) {
		return nil, errOverflow
	}
	return s.sums, nil
}

// finite tells whether the sums for a row are finite.
func (e *expansion) finite(sums []float64) bool {
	for _, v := range sums[:len(sums)-e.extra] {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

func (e *expansion) decideRows(s *decideScratch, x blas64.General, lo, hi int) {
	m := hi - lo
	width := len(e.starts)*e.outputs - e.outputs + e.extra
	s.sums = grow(s.sums, m*width)
	clear(s.sums)
	if e.byProducts() {
		e.gather(s, x, lo, hi)
	}
	partial := grow(s.row, max(e.outputs, e.p*maxTileHeight)) // the rows have been packed
	s.row = partial
	for b := range len(e.starts) - 1 {
		// The columns of a partial sum are the same for one row as for many.
		for from := e.starts[b]; from < e.starts[b+1]; from += tilePanels * maxTileWidth {
			n := min(tilePanels*maxTileWidth, e.starts[b+1]-from)
			s.values = grow(s.values, m*n)
			e.kernels(s, x, lo, m, b, from, n)
			for i := range m {
				sums := s.sums[i*width+b*e.outputs:][:e.outputs]
				simd.DotRows(partial[:e.outputs], e.coef.Data[from:], e.coef.Stride, s.values[i*n:(i+1)*n])
				for r, v := range partial[:e.outputs] {
					sums[r] += v
				}
			}
		}
	}
}

// The largest tile of simd.Gemm.
const maxTileHeight, maxTileWidth = 8, 24

// gather packs rows [lo, hi) of x as the left operand of products.
func (e *expansion) gather(s *decideScratch, x blas64.General, lo, hi int) {
	height, _ := simd.GemmTile()
	p := e.p
	s.row = grow(s.row, max(e.outputs, maxTileHeight*p))
	s.a = grow(s.a, (hi-lo+height-1)/height*height*p)
	s.norms = grow(s.norms, hi-lo)
	for i := lo; i < hi; i += height {
		m := min(height, hi-i)
		for r := range m {
			row := s.row[r*p : (r+1)*p]
			e.load(row, rowOf(x, i+r))
			s.norms[i-lo+r] = norm(row)
		}
		simd.Transpose(m, p, s.row, p, s.a[(i-lo)*p:], height)
	}
}

// kernels sets s.values to the kernels of the m rows of x from lo on, which are
// gathered, with vectors [from, from+n) of block b.
func (e *expansion) kernels(s *decideScratch, x blas64.General, lo, m, b, from, n int) {
	switch {
	case e.Func != nil:
		for i := range m {
			row := rowOf(x, lo+i)
			for j := range n {
				s.values[i*n+j] = e.Func(row, rowOf(e.vectors, from+j))
			}
		}
	case e.Kind == Precomputed:
		for i := range m {
			row := rowOf(x, lo+i)
			for j := range n {
				s.values[i*n+j] = row[e.columns[from+j]]
			}
		}
	default:
		block := e.blocks[b]
		j0 := from - e.starts[b]
		e.multiply(&s.tileScratch, block, j0, m, n)
		for i := range m {
			e.finish(s.values[i*n:(i+1)*n], block.norms[j0:j0+n], s.norms[i])
		}
	}
}
