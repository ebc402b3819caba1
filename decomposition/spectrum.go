package decomposition

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/lapack"
)

// A spectrum holds leading singular values of the centred data, squared, with
// their right vectors as rows.
type spectrum struct {
	squares []float64
	vectors *mat.Dense
	trace   float64 // the sum of all squares
	rank    int     // how many squares there are in all
}

// explaining returns how many of the leading squares it takes to exceed a
// fraction of the sum of all.
func (s *spectrum) explaining(fraction float64) int {
	sum := 0.0
	for k, square := range s.squares {
		if sum += square; sum > fraction*s.trace {
			return k + 1
		}
	}
	return len(s.squares)
}

// beyond returns the sum of all squares but the k leading ones.
func (s *spectrum) beyond(k int) float64 {
	if len(s.squares) == s.rank {
		return sum(s.squares[k:])
	}
	return max(s.trace-sum(s.squares[:k]), 0)
}

func sum(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s
}

// reliable is how small a square may be next to the largest for a solver that
// finds squares, not their roots: relative errors of vectors and values are
// some ε/reliable, and 6e-12 on small data sets of all kinds.
const reliable = 1e-5

// errOverflow stands for a decomposition of numbers that are not finite, which
// validated data give by overflow only.
var errOverflow = fmt.Errorf("%w: the variance of the data overflows", dataset.ErrNotFinite)

// failed is why package lapack has given up.
func failed(ctx context.Context) error { return cmp.Or(ctx.Err(), errOverflow) }

// solve finds the wanted number of leading squares, or more, by the solver
// given. Automatically, kept of those found have to be large enough.
func (s Solver) solve(ctx context.Context, data *centred, wanted int, seed uint64, kept func(*spectrum) int) (*spectrum, error) {
	rank := min(data.n, data.p)
	if s == SolverSVD {
		return svd(ctx, data)
	}
	if s == SolverRandomized {
		return randomized(ctx, data, wanted, seed)
	}
	if s == SolverKrylov || s == SolverAuto && rank > 1000 && 10*wanted < rank {
		if found, err := krylov(ctx, data, wanted, seed); found != nil || err != nil {
			return found, err
		}
	}
	found, err := covariance(ctx, data, wanted)
	if err != nil || s == SolverCovariance && found != nil {
		return found, err
	}
	if found == nil || !found.reliable(kept(found)) {
		return svd(ctx, data)
	}
	return found, nil
}

// reliable tells whether the k leading squares, and the sum of the others, are
// large enough to have been found as squares.
func (s *spectrum) reliable(k int) bool {
	floor := reliable * s.squares[0]
	return s.squares[k-1] > floor && (k == s.rank || s.beyond(k) > floor)
}

// covariance finds the leading squares as eigenvalues of the scatter matrix, or
// of that of inner products of samples if there are fewer of these: then
// eigenvectors u give right vectors xᵀu/σ. It returns nil if σ is too small
// for that; centred data always have a zero among n < p singular values.
func covariance(ctx context.Context, data *centred, k int) (*spectrum, error) {
	if data.n < data.p {
		return innerProducts(ctx, data, k)
	}
	gram := mat.NewSymDense(data.p, nil)
	if err := data.settle(ctx, gram); err != nil {
		return nil, err
	}
	squares, vectors, ok := lapack.EigSymTop(ctx, gram, k)
	if !ok {
		return nil, failed(ctx)
	}
	return newSpectrum(data, squares, vectors, gram), ctx.Err()
}

func innerProducts(ctx context.Context, data *centred, k int) (*spectrum, error) {
	if err := data.settle(ctx, nil); err != nil {
		return nil, err
	}
	x := data.dense()
	gram := mat.NewSymDense(data.n, nil)
	gram.SymOuterK(1, x)
	squares, left, ok := lapack.EigSymTop(ctx, gram, k)
	if !ok {
		return nil, failed(ctx)
	}
	if !(squares[k-1] > reliable*squares[0]) {
		return nil, ctx.Err()
	}
	vectors := mat.NewDense(k, data.p, nil)
	vectors.Mul(left, x)
	for j, square := range squares {
		row := vectors.RawRowView(j)
		scale(row, 1/math.Sqrt(square))
	}
	if !lapack.Orthonormalize(vectors) {
		return nil, ctx.Err()
	}
	for j := range k {
		lapack.FixSign(vectors.RawRowView(j))
	}
	return newSpectrum(data, squares, vectors, gram), ctx.Err()
}

func newSpectrum(data *centred, squares []float64, vectors *mat.Dense, gram *mat.SymDense) *spectrum {
	s := &spectrum{squares: squares, vectors: vectors, rank: min(data.n, data.p)}
	for j, square := range squares {
		squares[j] = max(square, 0)
	}
	for j := range gram.SymmetricDim() {
		s.trace += gram.At(j, j)
	}
	return s
}

// svd finds all singular values of the centred data without squaring them on
// the way.
func svd(ctx context.Context, data *centred) (*spectrum, error) {
	if err := data.settle(ctx, nil); err != nil {
		return nil, err
	}
	var x mat.Matrix
	if data.n < data.p {
		x = data.dense()
	} else {
		r, _, _, ok := lapack.ReduceQRContext(ctx, data.n, data.p, 0, data.fill)
		if !ok {
			return nil, failed(ctx)
		}
		x = r
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	values, vectors, _, ok := lapack.SVDContext(ctx, x, false)
	if !ok {
		return nil, failed(ctx)
	}
	s := &spectrum{squares: values, vectors: vectors, rank: len(values)}
	for j, v := range values {
		s.squares[j] = v * v
	}
	s.trace = sum(s.squares)
	return s, ctx.Err()
}

func scale(v []float64, f float64) {
	for i := range v {
		v[i] *= f
	}
}
