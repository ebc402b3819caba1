package decomposition

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/model"
)

// TruncatedSVD learns the leading right singular vectors of the data as they
// are, not centred: X ≈ U·Σ·V with k rows in V minimises the squared error.
// A sample weight counts the sample that many times. For counts of words it is
// known as latent semantic analysis.
type TruncatedSVD struct {
	// Components is the number k of vectors; 0 means 2.
	Components int
	// Solver is how they are computed, as for [PCA].
	Solver Solver
	// Seed starts the Krylov and randomized solvers; no others draw random numbers.
	Seed uint64
}

// TruncatedSVDModel is a fitted [TruncatedSVD].
type TruncatedSVDModel struct {
	Components     *mat.Dense // k × p, orthonormal rows
	SingularValues []float64  // k, descending
	// ExplainedVariance is the variance of the training data along each vector
	// (about its mean, divided by W = Σ wᵢ), ExplainedVarianceRatio its part of the
	// variances of all features together (0 if they are constant).
	ExplainedVariance, ExplainedVarianceRatio []float64
	dataset.Schema
}

var (
	_ model.Fitter[dataset.None, *TruncatedSVDModel] = TruncatedSVD{}
	_ model.RowTransformer                           = (*TruncatedSVDModel)(nil)
	_ model.Transformer                              = (*TruncatedSVDModel)(nil)
	_ model.InverseTransformer                       = (*TruncatedSVDModel)(nil)
)

func init() { model.Register("decomposition.TruncatedSVD", 1, (*TruncatedSVDModel).restore) }

// restore checks a loaded model.
func (m *TruncatedSVDModel) restore() error {
	if m.Components == nil || m.Components.IsEmpty() {
		return errors.New("it has no components")
	}
	k, p := m.Components.Dims()
	if len(m.SingularValues) != k || len(m.ExplainedVariance) != k || len(m.ExplainedVarianceRatio) != k {
		return fmt.Errorf("%w: %d components, %d singular values", dataset.ErrShape, k, len(m.SingularValues))
	}
	return dataset.CheckSchema(m.Schema, p)
}

// Fit learns from ds. Errors are those of [dataset.Dataset.Validate],
// [*model.ParamError], and [dataset.ErrNotFinite] for values so large that the
// sum of their squares is not.
func (t TruncatedSVD) Fit(ctx context.Context, ds *dataset.Unlabeled) (*TruncatedSVDModel, error) {
	if err := ds.ValidateShape(); err != nil {
		return nil, err
	}
	n, p := ds.Dims()
	k := t.Components
	if k == 0 {
		k = 2
	}
	switch {
	case k < 0 || k > min(n, p):
		return nil, &model.ParamError{Field: "Components", Value: t.Components, Want: fmt.Sprintf("at most min(samples, features) = %d (0 means 2), and not negative", min(n, p))}
	case t.Solver < SolverAuto || t.Solver > SolverRandomized:
		return nil, &model.ParamError{Field: "Solver", Value: t.Solver, Want: "one of the constants"}
	}
	data := newUncentred(ds.X, ds.Weights)
	s, err := t.Solver.solve(ctx, data, k, t.Seed, func(*spectrum) int { return k })
	if err != nil {
		return nil, explain(err, ds)
	}
	m := &TruncatedSVDModel{
		Components:     mat.DenseCopyOf(s.vectors.Slice(0, k, 0, p)),
		SingularValues: make([]float64, k),
		Schema:         dataset.Schema{Features: ds.Features, Levels: ds.Levels},
	}
	for j, square := range s.squares[:k] {
		m.SingularValues[j] = math.Ldexp(math.Sqrt(square), data.exponent)
	}
	if math.IsInf(m.SingularValues[0], 0) {
		return nil, errOverflow
	}
	return m, m.explain(ctx, ds)
}

// explain sets the explained variances, about the mean lest they cancel.
func (m *TruncatedSVDModel) explain(ctx context.Context, ds *dataset.Unlabeled) error {
	k, p := m.Components.Dims()
	data := newCentred(ds.X, ds.Weights)
	if err := data.settle(ctx, nil); err != nil {
		return err
	}
	type sums struct {
		along []float64
		all   float64
	}
	total, err := parallel.Reduce(ctx, data.n, max(64, 1<<18/(p*k)), func(lo, hi int) sums {
		s := sums{along: make([]float64, k)}
		block := mat.NewDense(hi-lo, p, nil)
		data.fill(block.RawMatrix(), lo)
		scores := mat.NewDense(hi-lo, k, nil)
		blas64.Gemm(blas.NoTrans, blas.Trans, 1, block.RawMatrix(), m.Components.RawMatrix(), 0, scores.RawMatrix())
		for i := range hi - lo {
			row := vector(block.RawRowView(i))
			s.all += blas64.Dot(row, row)
			for j, z := range scores.RawRowView(i) {
				s.along[j] += z * z
			}
		}
		return s
	}, func(into, from sums) sums {
		for j, v := range from.along {
			into.along[j] += v
		}
		into.all += from.all
		return into
	})
	if err != nil {
		return err
	}
	m.ExplainedVariance = make([]float64, k)
	m.ExplainedVarianceRatio = make([]float64, k)
	unit := math.Ldexp(1, data.exponent)
	for j, v := range total.along {
		m.ExplainedVariance[j] = v / data.total * unit * unit
		if total.all > 0 {
			m.ExplainedVarianceRatio[j] = v / total.all
		}
	}
	return nil
}

// Transform returns the coordinates of the rows of x along the vectors, x·vⱼ:
// n × k.
func (m *TruncatedSVDModel) Transform(x mat.Matrix) (*mat.Dense, error) {
	k, p := dims(m.Components)
	rows, err := dataset.CheckRows(x, p)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	scores := mat.NewDense(n, k, nil)
	eachRow(n, p*k, 0, func(i int, _ []float64) {
		blas64.Gemv(blas.NoTrans, 1, m.Components.RawMatrix(), vector(rows.RawRowView(i)), 0, vector(scores.RawRowView(i)))
	})
	return scores, nil
}

// TransformRow appends the coordinates of one row to dst.
func (m *TruncatedSVDModel) TransformRow(dst, row []float64) ([]float64, error) {
	k, p := dims(m.Components)
	if err := dataset.CheckRow(row, p); err != nil {
		return nil, err
	}
	start := len(dst)
	dst = slices.Grow(dst, k)[:start+k]
	blas64.Gemv(blas.NoTrans, 1, m.Components.RawMatrix(), vector(row), 0, vector(dst[start:]))
	return dst, nil
}

// InverseTransform returns the points of feature space that have the given
// coordinates, Σ zⱼ·vⱼ: n × p for z of n × k.
func (m *TruncatedSVDModel) InverseTransform(z mat.Matrix) (*mat.Dense, error) {
	k, p := dims(m.Components)
	rows, err := dataset.CheckRows(z, k)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	x := mat.NewDense(n, p, nil)
	eachRow(n, p*k, 0, func(i int, _ []float64) {
		blas64.Gemv(blas.Trans, 1, m.Components.RawMatrix(), vector(rows.RawRowView(i)), 0, vector(x.RawRowView(i)))
	})
	return x, nil
}
