package linear

import (
	"cmp"
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	slapack "github.com/sapwood-ml/sapwood/internal/lapack"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

var errOverflow = errors.New("the data are so large that their squares overflow")

// wideFactor solves the centred problem of data with no more samples than
// features, whose weighted and centred features, A, fit in memory twice: by
// Cholesky of AAᵀ + ridge·I where that is well-conditioned, otherwise by the
// singular value decomposition of A.
type wideFactor struct {
	mean  []float64 // of the features, in units of scale
	scale float64   // one for all columns: others would change what least norm means
	ridge float64   // in units of scale
	a     *mat.Dense

	dual *scaledCholesky // of AAᵀ + ridge·I; nil if that is not used

	values    []float64 // singular values of the independent directions
	v, u      *mat.Dense
	rank      int
	condition float64
}

// solveWide returns the solution, of least norm if there are several, for n ≤ p.
func solveWide(ctx context.Context, t *table) (*leastSquares, error) {
	f, err := newWideFactor(ctx, t)
	if err != nil {
		return nil, err
	}
	return f.solveTarget(ctx, t)
}

func newWideFactor(ctx context.Context, t *table) (*wideFactor, error) {
	if err := t.checked(); err != nil {
		return nil, err
	}
	f := centredRows(t)
	if err := f.factorize(ctx); err != nil {
		return nil, err
	}
	return f, ctx.Err()
}

// solveTarget returns the solution for the target of t.
func (f *wideFactor) solveTarget(ctx context.Context, t *table) (*leastSquares, error) {
	s := &leastSquares{rank: f.rank, condition: f.condition}
	s.coef, s.intercept = f.solve(t, t.targets())
	if t.ridge > 0 {
		_, err := s.refine(ctx, t, f)
		return s, err
	}
	// The rest of the residual, if any, is orthogonal to the features: one more
	// solution for it takes away what the first lost in rounding.
	residual := make([]float64, t.x.Rows)
	for i := range residual {
		residual[i] = t.residual(i, s.coef, s.intercept, 0)
	}
	delta, delta0 := f.solve(t, residual)
	add(s.coef, delta)
	s.intercept += delta0
	return s, nil
}

// centredRows returns a factor with the matrix A set.
func centredRows(t *table) *wideFactor {
	n, p := t.x.Rows, t.x.Cols
	f := &wideFactor{mean: make([]float64, p), a: mat.NewDense(n, p, nil)}
	largest := 0.0
	for i := range n {
		for _, v := range t.row(i) {
			largest = max(largest, math.Abs(v))
		}
	}
	_, exponent := math.Frexp(largest)
	f.scale = math.Ldexp(1, min(max(-exponent, -1000), 1000))
	f.ridge = t.ridge * f.scale * f.scale
	total := t.total()
	if t.intercept {
		for i := range n {
			axpy(t.weight(i)/total*f.scale, t.row(i), f.mean)
		}
	}
	varies := make([]bool, p)
	for i := range n {
		root, to := math.Sqrt(t.weight(i)), f.a.RawRowView(i)
		for j, v := range t.row(i) {
			centred := v*f.scale - f.mean[j]
			varies[j] = varies[j] || math.Abs(centred) > 4*unit*math.Abs(f.mean[j])
			to[j] = root * centred
		}
	}
	// What is left of a constant column is no signal.
	for j, signal := range varies {
		if !signal {
			for i := range n {
				f.a.Set(i, j, 0)
			}
		}
	}
	return f
}

// factorize factorizes A and notes rank and condition.
func (f *wideFactor) factorize(ctx context.Context) error {
	n, p := f.a.Dims()
	if f.ridge > 0 {
		gram := f.outer(ctx)
		for i := range n {
			gram.SetSym(i, i, gram.At(i, i)+f.ridge)
		}
		f.dual = new(scaledCholesky)
		if f.dual.factorize(ctx, gram, nil) && f.dual.condition(ctx)*float64(n)*unit <= maxGramError {
			return nil
		}
		f.dual = nil
	}
	var ok bool
	if f.values, f.v, f.u, ok = slapack.SVDContext(ctx, f.a, true); !ok {
		return cmp.Or(ctx.Err(), errOverflow)
	}
	for f.rank < len(f.values) && f.values[f.rank] > float64(p)*2*unit*f.values[0] {
		f.rank++
	}
	f.values = f.values[:f.rank]
	f.condition = 1
	if f.rank > 0 {
		f.condition = f.values[0] / f.values[f.rank-1]
	}
	return nil
}

// maxProduct is the number of multiplications after which a context is asked again.
const maxProduct = min(1<<31, math.MaxInt)

// outer returns AAᵀ, as far as it is known when ctx is done.
func (f *wideFactor) outer(ctx context.Context) *mat.SymDense {
	n, p := f.a.Dims()
	gram := new(mat.SymDense)
	gram.SetRawSymmetric(newUpper(n))
	raw, step := f.a.RawMatrix(), max(256, maxProduct/(n*n))
	for j := 0; j < p && ctx.Err() == nil; j += step {
		some := raw
		some.Cols, some.Data = min(step, p-j), raw.Data[j:]
		blas64.Syrk(blas.NoTrans, 1, some, 1, gram.RawSymmetric())
	}
	return gram
}

// solve returns the solution for the given targets instead of y.
func (f *wideFactor) solve(t *table, target []float64) (coef []float64, intercept float64) {
	total := t.total()
	if t.intercept {
		for i, v := range target {
			intercept += t.weight(i) / total * v
		}
	}
	centred := make([]float64, len(target))
	for i, v := range target {
		centred[i] = math.Sqrt(t.weight(i)) * (v - intercept)
	}
	return f.original(t, f.invert(centred, nil), intercept)
}

// correct implements corrector.
func (f *wideFactor) correct(_ context.Context, t *table, residual, gradient []float64, gradient0 float64) ([]float64, float64, error) {
	total, mean := t.total(), 0.0
	if t.intercept {
		for i, v := range residual {
			mean += t.weight(i) / total * v
		}
		mean += gradient0 / total
	}
	centred := make([]float64, len(residual))
	for i, v := range residual {
		centred[i] = math.Sqrt(t.weight(i)) * (v - mean)
	}
	// To the units of A, about the mean.
	g := make([]float64, len(gradient))
	for j, v := range gradient {
		g[j] = v*f.scale/t.scaleOf(j) - f.mean[j]*gradient0
	}
	delta, delta0 := f.original(t, f.invert(centred, g), mean)
	return delta, delta0, nil
}

// invert returns (AᵀA + ridge)⁺(Aᵀc + g); g may be nil.
func (f *wideFactor) invert(c, g []float64) []float64 {
	n, p := f.a.Dims()
	solution := make([]float64, p)
	if f.dual != nil {
		// (AᵀA + λ)⁻¹g = (g − Aᵀ(AAᵀ + λ)⁻¹Ag)/λ
		z := append([]float64(nil), c...)
		if g != nil {
			copy(solution, g)
			simd.Scal(1/f.ridge, solution)
			for i := range z {
				z[i] -= dot(f.a.RawRowView(i), solution)
			}
		}
		f.dual.solve(z)
		for i, v := range z {
			axpy(v, f.a.RawRowView(i), solution)
		}
		return solution
	}
	if g != nil && f.ridge > 0 {
		copy(solution, g)
		simd.Scal(1/f.ridge, solution)
	}
	for k, value := range f.values {
		s, v := 0.0, f.v.RawRowView(k)
		for i := range n {
			s += f.u.At(i, k) * c[i]
		}
		along := 0.0
		if g != nil && f.ridge > 0 {
			along = dot(v, g) * (1/(value*value+f.ridge) - 1/f.ridge)
		}
		axpy(s*value/(value*value+f.ridge)+along, v, solution)
	}
	return solution
}

// original returns a solution for A as coefficients and intercept of the table,
// given the mean of the targets.
func (f *wideFactor) original(t *table, solution []float64, mean float64) (coef []float64, intercept float64) {
	intercept = mean
	for j := range solution {
		if t.intercept {
			intercept -= f.mean[j] * solution[j]
		}
		solution[j] *= f.scale / t.scaleOf(j)
	}
	return solution, intercept
}
