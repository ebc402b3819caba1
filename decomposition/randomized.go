package decomposition

import (
	"context"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/lapack"
)

// oversampling is how many vectors more than components randomized works with
// (Halko, Martinsson & Tropp 2011, §1.3: 5 or 10).
const oversampling = 10

// randomized finds the k leading squares within the range of (XᵀX)^q Ω for random
// normal vectors Ω (Halko, Martinsson & Tropp 2011, Finding structure with
// randomness, algorithms 4.4 and 5.1): with q = 7 where k is less than a tenth of
// all directions, otherwise 4, as scikit-learn has it. A basis is made
// orthonormal after each product.
func randomized(ctx context.Context, data *centred, k int, seed uint64) (*spectrum, error) {
	x, err := newOperator(ctx, data)
	if err != nil {
		return nil, err
	}
	rank := min(data.n, data.p)
	size, powers := min(k+oversampling, rank), 4
	if 10*k < rank {
		powers = 7
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	right := newBlock(data.p, size)
	for i := range right.Data {
		right.Data[i] = rng.NormFloat64()
	}
	left := newBlock(data.n, size)
	for range powers {
		x.times(blas.NoTrans, right, left)
		q, ok := orthonormal(left)
		if !ok || ctx.Err() != nil {
			return nil, failed(ctx)
		}
		x.transposed(blas.NoTrans, q, right)
		if right, ok = orthonormal(right); !ok || ctx.Err() != nil {
			return nil, failed(ctx)
		}
	}
	// The singular values of X on the span of the right vectors.
	x.times(blas.NoTrans, right, left)
	var image mat.Dense
	image.SetRawMatrix(left)
	values, inBasis, _, ok := lapack.SVDContext(ctx, &image, false)
	if !ok {
		return nil, failed(ctx)
	}
	s := &spectrum{squares: values[:k], vectors: mat.NewDense(k, data.p, nil), trace: x.trace, rank: rank}
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, rows(inBasis.RawMatrix(), 0, k), right, 0, s.vectors.RawMatrix())
	for j, v := range s.squares {
		s.squares[j] = v * v
		lapack.FixSign(s.vectors.RawRowView(j))
	}
	return s, ctx.Err()
}

// orthonormal returns an orthonormal basis of the span of the columns of a.
func orthonormal(a blas64.General) (q blas64.General, ok bool) {
	var m mat.Dense
	m.SetRawMatrix(a)
	f, ok := lapack.FactorQR(&m)
	if !ok {
		return q, false
	}
	return f.Mul(identity(a.Cols)).RawMatrix(), true
}
