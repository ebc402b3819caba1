package linear

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	slapack "github.com/sapwood-ml/sapwood/internal/lapack"
)

var errOverflow = errors.New("the data are so large that their squares overflow")

// wideFactor is the singular value decomposition of the weighted and centred
// features of data with no more samples than features.
type wideFactor struct {
	mean   []float64 // of the features, in units of scale
	scale  float64   // one for all columns: others would change what least norm means
	values []float64 // of the independent directions
	v, u   *mat.Dense
}

// solveWide returns the solution of least norm for n ≤ p.
func solveWide(ctx context.Context, t *table) (*leastSquares, error) {
	f, err := newWideFactor(t)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &leastSquares{rank: len(f.values), condition: 1}
	if s.rank > 0 {
		s.condition = f.values[0] / f.values[s.rank-1]
	}
	p := t.x.Cols
	s.coef, s.intercept, err = f.correct(ctx, t, t.targets(), make([]float64, p), 0)
	if err != nil {
		return nil, err
	}
	// The rest of the residual, if any, is orthogonal to the features: one more
	// solution for it takes away what the first lost in rounding.
	residual := make([]float64, t.x.Rows)
	for i := range residual {
		residual[i] = t.residual(i, s.coef, s.intercept, 0)
	}
	delta, delta0, err := f.correct(ctx, t, residual, make([]float64, p), 0)
	if err != nil {
		return nil, err
	}
	add(s.coef, delta)
	s.intercept += delta0
	return s, nil
}

func newWideFactor(t *table) (*wideFactor, error) {
	n, p := t.x.Rows, t.x.Cols
	f := &wideFactor{mean: make([]float64, p)}
	largest := 0.0
	for i := range n {
		for _, v := range t.row(i) {
			largest = max(largest, math.Abs(v))
		}
	}
	_, exponent := math.Frexp(largest)
	f.scale = math.Ldexp(1, min(max(-exponent, -1000), 1000))
	total := t.total()
	a := mat.NewDense(n, p, nil)
	for i := range n {
		for j, v := range t.row(i) {
			if t.intercept {
				f.mean[j] += t.weight(i) / total * (v * f.scale)
			}
		}
	}
	noise := make([]float64, p)
	for i := range n {
		root := math.Sqrt(t.weight(i))
		for j, v := range t.row(i) {
			centred := v*f.scale - f.mean[j]
			// What is left of a constant column is no signal.
			if math.Abs(centred) > 4*unit*math.Abs(f.mean[j]) {
				noise[j] = 1
			}
			a.Set(i, j, root*centred)
		}
	}
	for j, signal := range noise {
		if signal == 0 {
			for i := range n {
				a.Set(i, j, 0)
			}
		}
	}
	var ok bool
	f.values, f.v, f.u, ok = slapack.SVD(a, true)
	if !ok {
		return nil, errOverflow
	}
	rank := 0
	for rank < len(f.values) && f.values[rank] > float64(max(n, p))*2*unit*f.values[0] {
		rank++
	}
	f.values = f.values[:rank]
	return f, nil
}

func (f *wideFactor) correct(_ context.Context, t *table, residual, _ []float64, _ float64) ([]float64, float64, error) {
	n, p := t.x.Rows, t.x.Cols
	total, mean := t.total(), 0.0
	if t.intercept {
		for i, v := range residual {
			mean += t.weight(i) / total * v
		}
	}
	delta := make([]float64, p)
	for k, value := range f.values {
		s := 0.0
		for i := range n {
			s += f.u.At(i, k) * (math.Sqrt(t.weight(i)) * (residual[i] - mean))
		}
		axpy(s/value, f.v.RawRowView(k), delta)
	}
	delta0 := mean
	for j := range delta {
		delta0 -= f.mean[j] * delta[j]
		delta[j] *= f.scale / t.scaleOf(j)
	}
	if !t.intercept {
		delta0 = 0
	}
	return delta, delta0, nil
}
