package linear

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	slapack "github.com/sapwood-ml/sapwood/internal/lapack"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// RidgeCV learns like [Ridge] with the best of several α: that of least weighted
// mean squared error when each sample is predicted by a fit to all others. The
// zero value tries 0.1, 1 and 10.
type RidgeCV struct {
	// Alphas are the values of α to try, each > 0; nil means 0.1, 1, 10.
	Alphas []float64
	// NoIntercept leaves out the intercept.
	NoIntercept bool
}

// RidgeCVModel is the model of the best α.
type RidgeCVModel struct {
	RegressionModel
	Alpha  float64   // the best; of equally good ones the first tried
	Alphas []float64 // those tried
	Errors []float64 // per α tried, the mean squared error of predicting each sample from the others
}

var _ model.Fitter[float64, *RidgeCVModel] = RidgeCV{}

func init() { model.Register("linear.RidgeCV", 1, (*RidgeCVModel).restore) }

// restore checks a loaded model.
func (m *RidgeCVModel) restore() error { return m.RegressionModel.restore() }

// Fit learns from ds. Errors are those of [Ridge.Fit].
//
// No fit is repeated for any sample: with the eigendecomposition
// XᵀWX = VΛVᵀ of the centred features and zᵢ = √wᵢ·Vᵀxᵢ, the fit with α weighs
// sample i by hᵢ = wᵢ/W + Σ_j zᵢ_j²/(λ_j+α) in its own prediction, and what
// the others would have predicted is off by rᵢ/(1−hᵢ), rᵢ being the residual
// (Golub, Heath and Wahba 1979, Generalized cross-validation, §1). One
// decomposition and two passes over the data serve all α: O(n·p²+p³), or O(n²·p+n³)
// with the eigenvectors of XXᵀ where n ≤ p.
func (r RidgeCV) Fit(ctx context.Context, ds *dataset.Regression) (*RidgeCVModel, error) {
	alphas := append([]float64(nil), r.Alphas...)
	if alphas == nil {
		alphas = []float64{0.1, 1, 10}
	}
	for i, a := range alphas {
		if !(a > 0) || math.IsInf(a, 1) {
			return nil, &model.ParamError{Field: fmt.Sprintf("Alphas[%d]", i), Value: a, Want: "a finite number > 0"}
		}
	}
	t, err := newTable(ds, !r.NoIntercept)
	if err != nil {
		return nil, err
	}
	m := &RidgeCVModel{Alphas: alphas}
	wide := t.x.Rows <= t.x.Cols
	var moments *moments
	if wide {
		m.Errors, err = t.leaveOneOutWide(ctx, alphas)
	} else {
		if moments, err = newMoments(ctx, t); err == nil {
			m.Errors, err = t.leaveOneOut(ctx, moments, alphas)
		}
	}
	if err != nil {
		return nil, err
	}
	best, err := leastError(len(alphas), func(i int) float64 { return m.Errors[i] })
	if err != nil {
		return nil, err
	}
	m.Alpha, t.ridge = alphas[best], alphas[best]
	var s *leastSquares
	if wide {
		s, err = solveWide(ctx, t)
	} else {
		s, err = solveTall(ctx, t, moments)
	}
	if err != nil {
		return nil, err
	}
	fit, err := t.ridgeModel(ctx, s, ds.Schema)
	if err != nil {
		return nil, err
	}
	m.RegressionModel = *fit
	return m, nil
}

// leaveOneOut returns the mean squared error per α.
func (t *table) leaveOneOut(ctx context.Context, m *moments, alphas []float64) ([]float64, error) {
	n, p := t.x.Rows, t.x.Cols
	// In the caller's units, to one common factor, α is the same for all features.
	common := t.commonScale()
	gram, cross := mat.NewSymDense(p, nil), make([]float64, p)
	toCommon := make([]float64, p)
	for i := range p {
		toCommon[i] = common / t.scaleOf(i)
	}
	for i := range p {
		cross[i] = m.cross[i] * toCommon[i]
		for j := i; j < p; j++ {
			gram.SetSym(i, j, m.gram.At(i, j)*toCommon[i]*toCommon[j])
		}
	}
	values, vectors, ok := slapack.EigSymTop(ctx, gram, p)
	if !ok {
		return nil, cmp.Or(ctx.Err(), errOverflow)
	}
	// Column a of shrink is 1/(λ+α), of weights Vᵀ(b for α).
	k := len(alphas)
	shrink, weights := mat.NewDense(p, k, nil), mat.NewDense(p, k, nil)
	for j := range p {
		along := dot(vectors.RawRowView(j), cross)
		for a, alpha := range alphas {
			f := 1 / (max(values[j], 0) + alpha*common*common)
			shrink.Set(j, a, f)
			weights.Set(j, a, f*along)
		}
	}
	total := t.total()
	sums, err := parallel.Reduce(ctx, n, gramChunk(n, p), func(lo, hi int) []float64 {
		sums := make([]float64, k)
		rows := newTile(tileRows, p)
		row := make([]float64, p+1)
		target := make([]float64, tileRows)
		z, leverage, fitted := newGeneral(tileRows, p), newGeneral(tileRows, k), newGeneral(tileRows, k)
		for ; lo < hi && ctx.Err() == nil; lo += tileRows {
			c := min(tileRows, hi-lo)
			rows.rows.Rows, z.Rows, leverage.Rows, fitted.Rows = c, c, c, c
			for i := range c {
				root := t.fill(lo+i, row)
				to := rows.row(i)
				for j := range to {
					// Shifted by the table, but not quite to the mean.
					to[j] = (row[j] - root*(m.mean[j]-t.shift[j])) * toCommon[j]
					if m.constant[j] {
						to[j] = 0
					}
				}
				target[i] = row[p] - root*(m.mean[p]-t.shift[p])
			}
			blas64.Gemm(blas.NoTrans, blas.Trans, 1, rows.rows, vectors.RawMatrix(), 0, z)
			blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, z, weights.RawMatrix(), 0, fitted)
			simd.Mul(z.Data[:c*p], z.Data[:c*p], z.Data[:c*p])
			blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, z, shrink.RawMatrix(), 0, leverage)
			for i := range c {
				own := 0.0
				if t.intercept {
					own = t.weight(lo+i) / total
				}
				for a := range k {
					if e := target[i] - fitted.Data[i*k+a]; e != 0 {
						e /= 1 - own - leverage.Data[i*k+a]
						sums[a] += e * e
					}
				}
			}
		}
		return sums
	}, func(into, from []float64) []float64 { add(into, from); return into })
	if err != nil {
		return nil, err
	}
	return t.meanErrors(sums), nil
}

// leaveOneOutWide is leaveOneOut for n ≤ p.
func (t *table) leaveOneOutWide(ctx context.Context, alphas []float64) ([]float64, error) {
	if err := t.checked(); err != nil {
		return nil, err
	}
	n := t.x.Rows
	f := centredRows(t)
	values, vectors, ok := slapack.EigSymTop(ctx, f.outer(ctx), n)
	if !ok || ctx.Err() != nil {
		return nil, cmp.Or(ctx.Err(), errOverflow)
	}
	total, mean := t.total(), 0.0
	if t.intercept {
		for i := range n {
			mean += t.weight(i) / total * t.target(i)
		}
	}
	if t.intercept {
		// Centred rows leave out one direction, that of the intercept. Taking it
		// from the vectors, not from the sums over them below, cancels nothing.
		own := make([]float64, n)
		for i := range own {
			own[i] = math.Sqrt(t.weight(i) / total)
		}
		for j := range n {
			v := vectors.RawRowView(j)
			axpy(-dot(v, own), own, v)
		}
	}
	target := make([]float64, n)
	for i := range target {
		target[i] = math.Sqrt(t.weight(i)) * (t.target(i) - mean)
	}
	along := make([]float64, n)
	for j := range along {
		along[j] = dot(vectors.RawRowView(j), target)
	}
	sums := make([]float64, len(alphas))
	for a, alpha := range alphas {
		alpha *= f.scale * f.scale
		for i := range n {
			// Residual and 1 − h from the part of the data that α keeps out of the fit.
			left, free := 0.0, 0.0
			for j := range n {
				v, keep := vectors.At(j, i), alpha/(max(values[j], 0)+alpha)
				left += v * along[j] * keep
				free += v * v * keep
			}
			if left != 0 {
				sums[a] += left / free * (left / free)
			}
		}
	}
	return t.meanErrors(sums), nil
}

// meanErrors turns sums of w·e² in scaled units into means in the caller's.
func (t *table) meanErrors(sums []float64) []float64 {
	unscale := 1 / t.scaleOf(t.x.Cols)
	for a := range sums {
		sums[a] = sums[a] * unscale * unscale / t.total()
	}
	return sums
}

// commonScale returns the least of the feature scales: that under which none overflows.
func (t *table) commonScale() float64 {
	least := t.scaleOf(0)
	for j := range t.x.Cols {
		least = min(least, t.scaleOf(j))
	}
	return least
}

func newGeneral(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
}
