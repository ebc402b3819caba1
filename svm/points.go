package svm

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// An evaluator computes kernels between rows of the caller's and packed points.
// For the Gaussian kernel it works on coordinates that are centred, since the
// norms in ‖x‖²−2x·y+‖y‖² cancel otherwise, and scaled so that they do not
// overflow.
type evaluator struct {
	Kernel           // resolved; Gamma is that of the scaled coordinates
	p      int       // number of features
	center []float64 // nil where nothing is centred
	scale  float64   // a power of two
}

// newEvaluator returns an evaluator of the resolved kernel k, centred on the rows
// of x.
func newEvaluator(k Kernel, x blas64.General) *evaluator {
	e := &evaluator{Kernel: k, p: x.Cols, scale: 1}
	if k.Kind != RBF || k.Func != nil {
		return e
	}
	e.center = make([]float64, x.Cols)
	for i := range x.Rows {
		for j, v := range rowOf(x, i) {
			e.center[j] += v / float64(x.Rows)
		}
	}
	e.scale = powerOfTwo(largest(x, e.center))
	e.Gamma = min(k.Gamma/e.scale/e.scale, math.MaxFloat64)
	return e
}

// byProducts says that the kernel is a function of inner products.
func (e *evaluator) byProducts() bool { return e.Func == nil && e.Kind != Precomputed }

// load writes the coordinates of a row.
func (e *evaluator) load(dst, row []float64) {
	if e.center == nil {
		copy(dst, row)
		return
	}
	for j, v := range row {
		dst[j] = (v - e.center[j]) * e.scale
	}
}

// chain is the length of the chains of multiply-adds that an inner product is
// summed in.
const chain = 256

// products computes c[i*ldc+j] = x_i·y_j for m rows, whose element k is at
// a[i*rsa+k*csa], and n points of a panel.
func products(m, n, p int, a []float64, rsa, csa int, panel []float64, width int, c []float64, ldc int) {
	for k := 0; k < p; k += chain {
		simd.Gemm(m, n, min(chain, p-k), 1, a[k*csa:], rsa, csa, panel[k*width:], width, continued(k), c, ldc)
	}
}

// continued returns what the sum of the chains before element k is multiplied by.
func continued(k int) float64 {
	if k == 0 {
		return 0
	}
	return 1
}

// norm returns x·x as products computes it, to the bit.
func norm(x []float64) float64 {
	var c [1]float64
	products(1, 1, len(x), x, len(x), 1, x, 1, c[:], 1)
	return c[0]
}

// finish turns the inner products of a row of squared norm si with points of
// squared norms sj into kernels.
func (e *evaluator) finish(row, sj []float64, si float64) {
	switch e.Kind {
	case RBF:
		if !(si <= math.MaxFloat64/8) { // farther away than can be told
			clear(row)
			return
		}
		simd.RBF(row, sj[:len(row)], si, e.Gamma)
	case Polynomial:
		for j, t := range row {
			row[j] = power(math.FMA(e.Gamma, t, e.Coef0), e.Degree)
		}
	case Sigmoid:
		for j, t := range row {
			row[j] = math.Tanh(math.FMA(e.Gamma, t, e.Coef0))
		}
	}
}

// self returns the kernel of a point with itself.
func (e *evaluator) self(squaredNorm float64) float64 {
	v := [1]float64{squaredNorm}
	s := [1]float64{squaredNorm}
	e.finish(v[:], s[:], squaredNorm)
	return v[0]
}

// power returns x to the n-th power, n ≥ 1, by repeated squaring.
func power(x float64, n int) float64 {
	result := 1.0
	for {
		if n&1 == 1 {
			result *= x
		}
		if n >>= 1; n == 0 {
			return result
		}
		x *= x
	}
}

// points are vectors packed for matrix products: panels of width points, element
// k of point j of a panel at k*width+j.
type points struct {
	n, p, width int
	panels      []float64
	norms       []float64 // squared
}

// pack returns the rows of x that are listed, in the coordinates of e.
func (e *evaluator) pack(x blas64.General, rows []int) *points {
	_, width := simd.GemmTile()
	n, p := len(rows), e.p
	panels := (n + width - 1) / width
	s := &points{n: n, p: p, width: width, panels: make([]float64, panels*width*p), norms: make([]float64, n)}
	parallel.For(panels, max(1, 1<<15/(width*p)), func(lo, hi int) {
		buffer := make([]float64, width*p)
		for b := lo; b < hi; b++ {
			m := min(width, n-b*width)
			for i := range m {
				row := buffer[i*p : (i+1)*p]
				e.load(row, rowOf(x, rows[b*width+i]))
				s.norms[b*width+i] = norm(row)
			}
			simd.Transpose(m, p, buffer, p, s.panels[b*width*p:], width)
		}
	})
	return s
}

func (s *points) panel(j int) []float64 { return s.panels[j*s.p : (j+s.width)*s.p] }
