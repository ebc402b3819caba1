package linear

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	slapack "github.com/sapwood-ml/sapwood/internal/lapack"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// unit is the unit roundoff of float64.
const unit = 0x1p-53

// leastSquares is a solution of a least-squares problem, in scaled units.
type leastSquares struct {
	coef      []float64
	intercept float64
	residual  []float64 // y − Xb − b₀; nil unless refined
	rank      int
	condition float64
	steps     int     // of refinement
	objective float64 // 0 if not known yet
}

// Bounds that decide how a problem is solved, on the condition number κ of the
// Gram matrix with unit diagonal.
const (
	maxGramError  = 1e-4    // κ·p·u beyond which the Gram matrix is not used
	refineError   = 1e-13   // κ·u beyond which its solution is refined
	refineAlways  = 1 << 18 // number of matrix elements up to which solutions are always refined
	maxRefinement = 6
)

// solveLeastSquares minimises Σ w (y − x·b − b₀)² + ridge·‖b‖². Where the features
// are well conditioned the normal equations of the centred and scaled features are
// solved by Cholesky; otherwise an orthogonal factorization decides about the
// rank and gives, where that is not full, the solution of least norm.
func solveLeastSquares(ctx context.Context, t *table) (*leastSquares, error) {
	if t.x.Rows <= t.x.Cols {
		return solveWide(ctx, t)
	}
	m, err := newMoments(ctx, t)
	if err != nil {
		return nil, err
	}
	return solveTall(ctx, t, m)
}

// solveTall is solveLeastSquares for more samples than features.
func solveTall(ctx context.Context, t *table, m *moments) (*leastSquares, error) {
	return newTallFactor(ctx, t, m).solve(ctx, t, m)
}

// tallFactor solves for any number of targets of the same features.
type tallFactor struct {
	gram *gramFactor // nil if it is too ill-conditioned
	qr   *qrFactor   // nil until it is needed
}

func newTallFactor(ctx context.Context, t *table, m *moments) *tallFactor {
	if f, ok := newGramFactor(ctx, t, m); ok {
		return &tallFactor{gram: f}
	}
	return &tallFactor{}
}

func (f *tallFactor) solve(ctx context.Context, t *table, m *moments) (s *leastSquares, err error) {
	if f.gram != nil {
		s, settled, err := f.gram.solve(ctx, t, m)
		if settled || err != nil {
			return s, err
		}
	}
	if f.qr == nil {
		if f.qr, err = newQRFactor(ctx, t, m); err != nil {
			return nil, err
		}
	}
	return f.qr.solve(ctx, t, m)
}

// corrector solves a least-squares problem approximately, for the refinement:
// given per sample f, and the gradient Σ w x r of a nearly optimal residual r
// (gradient₀ for the intercept), it returns the step δ that minimises
// Σ w (f − x·δ − δ₀)² − 2(gradient·δ + gradient₀·δ₀).
type corrector interface {
	correct(ctx context.Context, t *table, f, gradient []float64, gradient0 float64) (delta []float64, delta0 float64, err error)
}

// gramFactor solves the centred normal equations.
type gramFactor struct {
	factor    scaledCholesky
	mean      []float64
	constant  []bool
	total     float64
	rank      int
	condition float64 // of the Gram matrix
}

// newGramFactor reports false if the Gram matrix is too ill-conditioned.
func newGramFactor(ctx context.Context, t *table, m *moments) (*gramFactor, bool) {
	p := t.x.Cols
	f := &gramFactor{mean: m.mean, constant: m.constant, total: t.total(), rank: p}
	diagonal := make([]float64, p)
	for j, constant := range m.constant {
		if constant {
			diagonal[j] = 1 // leaves the coefficient at zero
			f.rank--
			continue
		}
		diagonal[j] = m.gram.At(j, j) + t.penalty(j)
	}
	if !f.factor.factorize(ctx, m.gram, diagonal) {
		return nil, false
	}
	f.condition = f.factor.condition(ctx)
	return f, f.condition*float64(p)*unit <= maxGramError
}

// solve reports false for settled if refinement does not converge.
func (f *gramFactor) solve(ctx context.Context, t *table, m *moments) (s *leastSquares, settled bool, err error) {
	s = &leastSquares{coef: append([]float64(nil), m.cross...), rank: f.rank, condition: math.Sqrt(f.condition)}
	f.factor.solve(s.coef)
	if t.intercept {
		s.intercept = m.mean[len(m.cross)] - dot(m.mean[:len(m.cross)], s.coef)
	}
	if f.condition*unit <= refineError && t.x.Rows*t.x.Cols > refineAlways {
		// (XᵀWX + ridge)b = XᵀWy shortens the objective to this.
		if left := m.square - dot(m.cross, s.coef); left > 1e-4*m.square {
			s.objective = left
		}
		return s, true, nil
	}
	settled, err = s.refine(ctx, t, f)
	return s, settled, err
}

func (f *gramFactor) correct(ctx context.Context, t *table, residual, gradient []float64, gradient0 float64) ([]float64, float64, error) {
	p := t.x.Cols
	delta, err := t.crossProduct(ctx, residual)
	if err != nil {
		return nil, 0, err
	}
	delta0 := (delta[p] + gradient0) / f.total
	for j := range p {
		delta[j] += gradient[j]
		if t.intercept {
			delta[j] -= f.mean[j] * (delta[p] + gradient0)
		}
		if f.constant[j] {
			delta[j] = 0
		}
	}
	delta = delta[:p]
	f.factor.solve(delta)
	if !t.intercept {
		return delta, 0, nil
	}
	return delta, delta0 - dot(f.mean[:p], delta), nil
}

// crossProduct returns Σ w f x for each feature, and Σ w f.
func (t *table) crossProduct(ctx context.Context, f []float64) ([]float64, error) {
	p := t.x.Cols
	return parallel.Reduce(ctx, t.x.Rows, rowChunk(t.x.Rows, p), func(lo, hi int) []float64 {
		c := make([]float64, p+1)
		buffer := make([]float64, p)
		for i := lo; i < hi; i++ {
			wf := t.weight(i) * f[i]
			axpy(wf, t.scaledRow(i, buffer), c[:p])
			c[p] += wf
		}
		return c
	}, func(into, from []float64) []float64 { add(into, from); return into })
}

// qrFactor is the factorization of the weighted features, shifted and scaled to
// similar norms, preceded by a column of ones if there is an intercept:
// QR on a tree, then QR with column pivoting of R.
type qrFactor struct {
	scale  []float64      // of the columns, powers of two
	ones   int            // 1 if there is a column of ones, which is the first
	r      blas64.General // q×q: pivoted triangle above, reflectors below
	tau    []float64
	pivots []int // column of the matrix at each position of r
	rank   int   // number of leading columns that are independent, the ones included
}

func newQRFactor(ctx context.Context, t *table, m *moments) (*qrFactor, error) {
	p := t.x.Cols
	f := &qrFactor{scale: make([]float64, p)}
	if t.intercept {
		f.ones = 1
	}
	for j := range f.scale {
		f.scale[j] = 0 // a constant column is left out
		if s := m.gram.At(j, j) + t.penalty(j); s > 0 && !m.constant[j] {
			_, exponent := math.Frexp(s)
			f.scale[j] = math.Ldexp(1, -exponent/2)
		}
	}
	q := p + f.ones
	r, _, err := f.reduce(ctx, t, t.targets())
	if err != nil {
		return nil, err
	}
	f.r = blas64.General{Rows: q, Cols: q, Stride: q, Data: make([]float64, q*q)}
	for i := range q {
		for j := i; j < q; j++ {
			f.r.Data[i*q+j] = r.At(i, j)
		}
	}
	if f.tau, f.pivots, err = pivotedQR(ctx, f.r, f.ones); err != nil {
		return nil, err
	}
	f.rank = f.ones
	if q > f.ones {
		largest := math.Abs(f.r.Data[f.ones*q+f.ones])
		for f.rank < q && math.Abs(f.r.Data[f.rank*q+f.rank]) > float64(max(t.x.Rows, p))*2*unit*largest {
			f.rank++
		}
	}
	return f, nil
}

// pivotedQR factorizes a square matrix in place, the first fixed columns as they
// stand, at most one, the others by greatest remaining norm: what Geqp3 of LAPACK
// does (Quintana-Ortí, Sun and Bischof 1998), but ctx may end it.
func pivotedQR(ctx context.Context, a blas64.General, fixed int) (tau []float64, pivots []int, err error) {
	const block = 32
	q, lda := a.Cols, a.Stride
	tau, pivots = make([]float64, q), make([]int, q)
	for j := range pivots {
		pivots[j] = j
	}
	work := make([]float64, max(1, block*q))
	if fixed == 1 {
		first := blas64.General{Rows: q, Cols: 1, Stride: lda, Data: a.Data}
		lapack64.Geqrf(first, tau[:1], work, len(work))
		if q > 1 {
			others := blas64.General{Rows: q, Cols: q - 1, Stride: lda, Data: a.Data[1:]}
			lapack64.Ormqr(blas.Left, blas.Trans, first, tau[:1], others, work, len(work))
		}
	}
	norms, exact := make([]float64, q), make([]float64, q)
	for j := fixed; j < q; j++ {
		norms[j] = blas64.Nrm2(blas64.Vector{N: q - fixed, Inc: lda, Data: a.Data[fixed*lda+j:]})
	}
	copy(exact, norms)
	auxiliary := make([]float64, q)
	var impl gonum.Implementation
	for j := fixed; j < q; {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if left := q - j; left > 2*block {
			j += impl.Dlaqps(q, left, j, block, a.Data[j:], lda, pivots[j:], tau[j:], norms[j:], exact[j:], auxiliary[:block], work, block)
			continue
		}
		impl.Dlaqp2(q, q-j, j, a.Data[j:], lda, pivots[j:], tau[j:], norms[j:], exact[j:], auxiliary[:q-j])
		break
	}
	return tau, pivots, nil
}

func (t *table) targets() []float64 {
	y := make([]float64, len(t.y))
	for i := range y {
		y[i] = t.target(i)
	}
	return y
}

// reduce returns R and Qᵀ√W·f for a vector f.
func (f *qrFactor) reduce(ctx context.Context, t *table, vector []float64) (*mat.TriDense, []float64, error) {
	p := t.x.Cols
	n := t.x.Rows
	rows := n
	if t.ridge > 0 {
		rows += p // of the diagonal √ridge
	}
	r, qty, _, ok := slapack.ReduceQRContext(ctx, rows, p+f.ones, 1, func(dst blas64.General, lo int) {
		buffer := make([]float64, p+1)
		for i := range dst.Rows {
			if ctx.Err() != nil {
				return
			}
			to := dst.Data[i*dst.Stride : i*dst.Stride+p+f.ones+1]
			if j := lo + i - n; j >= 0 {
				clear(to)
				to[f.ones+j] = math.Sqrt(t.penalty(j)) * f.scale[j]
				continue
			}
			root := t.fill(lo+i, buffer)
			if f.ones == 1 {
				to[0] = root
			}
			simd.Mul(to[f.ones:p+f.ones], buffer[:p], f.scale)
			to[p+f.ones] = root * vector[lo+i]
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, nil, errOverflow
	}
	return r, qty.RawMatrix().Data, nil
}

func (f *qrFactor) solve(ctx context.Context, t *table, m *moments) (*leastSquares, error) {
	p := t.x.Cols
	s := &leastSquares{rank: f.rank - f.ones, condition: f.condition()}
	_, c, err := f.reduce(ctx, t, t.targets())
	if err != nil {
		return nil, err
	}
	s.coef, s.intercept = f.original(t, f.triangular(c, nil))
	if _, err := s.refine(ctx, t, f); err != nil {
		return nil, err
	}
	if s.rank < p {
		return s, f.minimizeNorm(ctx, t, m, s)
	}
	return s, nil
}

func (f *qrFactor) correct(ctx context.Context, t *table, residual, gradient []float64, gradient0 float64) ([]float64, float64, error) {
	_, c, err := f.reduce(ctx, t, residual)
	if err != nil {
		return nil, 0, err
	}
	g := make([]float64, len(c))
	if f.ones == 1 {
		g[0] = gradient0
	}
	for j, v := range gradient {
		g[f.ones+j] = f.scale[j] * (v - t.shift[j]*gradient0)
	}
	delta, delta0 := f.original(t, f.triangular(c, g))
	return delta, delta0, nil
}

// triangular returns, for c = Qᵀf, the solution R⁻¹(c + R⁻ᵀg) among the
// independent columns, with zeros for the others.
func (f *qrFactor) triangular(c, g []float64) []float64 {
	q := f.r.Cols
	b := blas64.General{Rows: q, Cols: 1, Stride: 1, Data: append([]float64(nil), c...)}
	work := make([]float64, max(1, q*64))
	lapack64.Ormqr(blas.Left, blas.Trans, f.r, f.tau, b, work, len(work))
	triangle := f.triangle()
	x := blas64.Vector{N: f.rank, Inc: 1, Data: b.Data[:f.rank]}
	if g != nil {
		h := blas64.Vector{N: f.rank, Inc: 1, Data: make([]float64, f.rank)}
		for i := range h.Data {
			h.Data[i] = g[f.pivots[i]]
		}
		blas64.Trsv(blas.Trans, triangle, h)
		add(x.Data, h.Data)
	}
	blas64.Trsv(blas.NoTrans, triangle, x)
	solution := make([]float64, q)
	for i, v := range x.Data {
		solution[f.pivots[i]] = v
	}
	return solution
}

// triangle returns the leading triangle, of full rank.
func (f *qrFactor) triangle() blas64.Triangular {
	return blas64.Triangular{Uplo: blas.Upper, Diag: blas.NonUnit, N: f.rank, Stride: f.r.Stride, Data: f.r.Data}
}

// original returns a solution of the factor's matrix as coefficients and
// intercept of the table's.
func (f *qrFactor) original(t *table, solution []float64) (coef []float64, intercept float64) {
	coef = make([]float64, t.x.Cols)
	simd.Mul(coef, solution[f.ones:], f.scale)
	if f.ones == 1 {
		intercept = solution[0] - dot(t.shift[:t.x.Cols], coef)
	}
	return coef, intercept
}

// condition estimates the condition number of the independent columns without
// the ones.
func (f *qrFactor) condition() float64 {
	n := f.rank - f.ones
	if n == 0 {
		return 1
	}
	t := f.triangle()
	t.N, t.Data = n, t.Data[f.ones*(t.Stride+1):]
	work := make([]float64, 3*n)
	return 1 / lapack64.Trcon(lapack.MaxColumnSum, t, work, make([]int, n))
}

// minimizeNorm subtracts from the coefficients their part in the null space of
// the centred features. The space is found in well-scaled coordinates, the
// projection is done in those of the caller, whose norm it is about.
func (f *qrFactor) minimizeNorm(ctx context.Context, t *table, m *moments, s *leastSquares) error {
	p, q := t.x.Cols, f.r.Cols
	independent := f.rank
	null := mat.NewDense(p, q-independent, nil)
	for k := independent; k < q; k++ {
		v := blas64.Vector{N: independent, Inc: 1, Data: make([]float64, independent)}
		for i := range v.Data {
			v.Data[i] = -f.r.Data[i*q+k]
		}
		blas64.Trsv(blas.NoTrans, f.triangle(), v)
		largest := 1.0
		column := make([]float64, p)
		place := func(position int, value float64) {
			j := f.pivots[position] - f.ones
			if j < 0 {
				return
			}
			scale := f.scale[j]
			if scale == 0 {
				scale = 1
			}
			column[j] = value * scale * t.scaleOf(j)
			largest = max(largest, math.Abs(column[j]))
		}
		for i, value := range v.Data {
			place(i, value)
		}
		place(k, 1)
		for j, value := range column {
			null.Set(j, k-independent, value/largest)
		}
	}
	factor, ok := slapack.FactorQRContext(ctx, null)
	if !ok {
		return ctx.Err() // if it is not that, the scales differ so much that the null space cannot be represented: any solution is as good
	}
	_, columns := null.Dims()
	identity := mat.NewDense(columns, columns, nil)
	for i := range columns {
		identity.Set(i, i, 1)
	}
	basis := factor.Mul(identity)
	b := make([]float64, p) // in the caller's units, but for the target's scale
	for j := range b {
		b[j] = s.coef[j] * t.scaleOf(j)
	}
	along := mat.NewVecDense(columns, nil)
	along.MulVec(basis.T(), mat.NewVecDense(p, b))
	part := mat.NewVecDense(p, nil)
	part.MulVec(basis, along)
	for j := range b {
		if s.coef[j] -= part.AtVec(j) / t.scaleOf(j); m.constant[j] {
			s.coef[j] = 0 // what rounding left
		}
	}
	if t.intercept {
		s.intercept = m.mean[p] - dot(m.mean[:p], s.coef)
	}
	return nil
}

// objective returns Σ w (y − x·b − b₀)² + ridge·‖b‖² in scaled units.
func (t *table) objective(ctx context.Context, s *leastSquares) (float64, error) {
	n, p := t.x.Rows, t.x.Cols
	squares, err := parallel.Reduce(ctx, n, rowChunk(n, p), func(lo, hi int) float64 {
		buffer := make([]float64, p)
		squares := 0.0
		for i := lo; i < hi; i++ {
			var r float64
			if s.residual != nil {
				r = s.residual[i]
			} else {
				r = t.target(i) - s.intercept - dot(t.scaledRow(i, buffer), s.coef)
			}
			squares += float64(t.weight(i)*r) * r
		}
		return squares
	}, func(a, b float64) float64 { return a + b })
	for j, b := range s.coef {
		squares += float64(t.penalty(j)*b) * b
	}
	return squares, err
}
