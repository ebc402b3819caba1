package decomposition

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// An operator multiplies the centred data X with blocks of vectors. The data are
// copied only where subtracting the mean from the products would cancel digits.
type operator struct {
	x     blas64.General
	mean  []float64 // to subtract from the rows of x; nil if they are centred
	trace float64   // of XᵀX
}

func newOperator(ctx context.Context, data *centred) (*operator, error) {
	if err := data.settle(ctx, nil); err != nil {
		return nil, err
	}
	o := &operator{x: data.x.RawMatrix(), mean: data.mean}
	if !data.asIs {
		o.centre(data)
	}
	trace, err := o.squares(ctx, data)
	if err != nil {
		return nil, err
	}
	if o.mean != nil && data.total*simd.Dot(data.mean, data.mean) > 8*trace {
		o.centre(data)
		trace, err = o.squares(ctx, data)
	}
	o.trace = trace
	return o, err
}

func (o *operator) centre(data *centred) {
	o.x, o.mean = data.dense().RawMatrix(), nil
}

// squares returns the sum of squares of all elements of X.
func (o *operator) squares(ctx context.Context, data *centred) (float64, error) {
	mean := o.mean
	if mean == nil {
		mean = make([]float64, data.p)
	}
	return parallel.Reduce(ctx, data.n, max(1, 1<<15/data.p), func(lo, hi int) float64 {
		sum := 0.0
		for i := lo; i < hi; i++ {
			sum += simd.SqDist(o.x.Data[i*o.x.Stride:][:data.p], mean)
		}
		return sum
	}, func(a, b float64) float64 { return a + b })
}

// times sets y, n × b, to X·V. The vectors of V are its columns, p × b, or with
// blas.Trans its rows.
func (o *operator) times(trans blas.Transpose, v, y blas64.General) {
	blas64.Gemm(blas.NoTrans, trans, 1, o.x, v, 0, y)
	if o.mean == nil {
		return
	}
	turned := blas.Trans
	if trans == blas.Trans {
		turned = blas.NoTrans
	}
	shift := make([]float64, y.Cols)
	blas64.Gemv(turned, 1, v, vector(o.mean), 0, vector(shift))
	for i := range y.Rows {
		simd.Axpy(-1, shift, y.Data[i*y.Stride:][:y.Cols])
	}
}

// transposed sets z to XᵀY, p × b, or with blas.Trans to its transpose.
func (o *operator) transposed(trans blas.Transpose, y, z blas64.General) {
	if trans == blas.Trans {
		blas64.Gemm(blas.Trans, blas.NoTrans, 1, y, o.x, 0, z)
	} else {
		blas64.Gemm(blas.Trans, blas.NoTrans, 1, o.x, y, 0, z)
	}
	if o.mean == nil {
		return
	}
	sums := make([]float64, y.Cols)
	for i := range y.Rows {
		simd.Axpy(1, y.Data[i*y.Stride:][:y.Cols], sums)
	}
	if trans == blas.Trans {
		blas64.Ger(-1, vector(sums), vector(o.mean), z)
	} else {
		blas64.Ger(-1, vector(o.mean), vector(sums), z)
	}
}

func newBlock(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
}
