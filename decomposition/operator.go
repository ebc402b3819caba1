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
	mean  []float64        // to subtract from the rows of x; nil if they are centred
	trace float64          // of XᵀX
	parts []blas64.General // partial products of normal, whose blocks are of one size
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

const (
	// cachedRows is how many numbers the rows of X have that are multiplied twice at a
	// time: half of the second-level cache.
	cachedRows = 1 << 16
	// fusedFeatures is up to where enough rows are that many numbers.
	fusedFeatures = cachedRows / 16
	// fusedSums is how many sums of products are formed side by side.
	fusedSums = 8
)

// normal sets y, n × b, to X·Vᵀ and z, b × p, to Yᵀ·X, for the rows V, b × p. Where a
// few rows of X fit the cache, both are formed in one pass over X. The error is that
// of ctx.
func (o *operator) normal(ctx context.Context, v, y, z blas64.General) error {
	b, p := v.Rows, v.Cols
	if p > fusedFeatures {
		o.times(blas.Trans, v, y)
		o.transposed(blas.Trans, y, z)
		return ctx.Err()
	}
	turned := newBlock(p, b)
	simd.Transpose(b, p, v.Data, v.Stride, turned.Data, b)
	var shift []float64
	if o.mean != nil {
		shift = make([]float64, b)
		blas64.Gemv(blas.NoTrans, 1, v, vector(o.mean), 0, vector(shift))
	}
	group := (o.x.Rows-1)/fusedSums + 1
	groups := (o.x.Rows-1)/group + 1
	at := min(cachedRows/p, 64) &^ 7
	for len(o.parts) < groups {
		o.parts = append(o.parts, newBlock(p, b))
	}
	sums := newBlock(groups, b)
	parallel.For(groups, 1, func(lo, hi int) {
		for g := lo; g < hi; g++ {
			beta, end := 0.0, min((g+1)*group, o.x.Rows)
			for i := g * group; i < end && ctx.Err() == nil; i += at {
				x, image := rows(o.x, i, min(i+at, end)), rows(y, i, min(i+at, end))
				blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, x, turned, 0, image)
				if o.mean != nil {
					for r := range image.Rows {
						row := image.Data[r*image.Stride:][:b]
						simd.Axpy(-1, shift, row)
						simd.Axpy(1, row, sums.Data[g*b:][:b])
					}
				}
				blas64.Gemm(blas.Trans, blas.NoTrans, 1, x, image, beta, o.parts[g])
				beta = 1
			}
		}
	})
	parallel.For(p, 256, func(lo, hi int) {
		total := o.parts[0].Data[lo*b : hi*b]
		for _, part := range o.parts[1:groups] {
			simd.Add(total, total, part.Data[lo*b:hi*b])
		}
		simd.Transpose(hi-lo, b, total, b, z.Data[lo:], z.Stride)
	})
	if o.mean != nil {
		total := sums.Data[:b]
		for g := 1; g < groups; g++ {
			simd.Add(total, total, sums.Data[g*b:][:b])
		}
		blas64.Ger(-1, vector(total), vector(o.mean), z)
	}
	return ctx.Err()
}

func newBlock(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
}
