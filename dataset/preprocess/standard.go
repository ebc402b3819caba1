package preprocess

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/model"
)

// StandardScaler brings each feature to mean 0 and variance 1: z = (x - μ) / σ,
// with the weighted mean μ and the weighted standard deviation σ of the training
// samples (divided by the sum of weights, not one less). A constant feature is
// only centred. Missing values are left out of μ and σ, and stay missing.
type StandardScaler struct {
	NoCentre bool // do not subtract the mean
	NoScale  bool // do not divide by the standard deviation
}

// StandardScalerModel is a fitted [StandardScaler].
type StandardScalerModel struct {
	Mean   []float64 // per feature
	Var    []float64 // per feature
	Scale  []float64 // what features are divided by: the root of Var, or 1
	Offset []float64 // what is subtracted from features: Mean, or 0
	dataset.Schema
}

var (
	_ model.Fitter[dataset.None, *StandardScalerModel] = StandardScaler{}
	_ model.RowTransformer                             = (*StandardScalerModel)(nil)
)

func init() { model.Register("preprocess.StandardScaler", 1, (*StandardScalerModel).restore) }

// Fit learns means and deviations, in O(n·p).
func (s StandardScaler) Fit(ctx context.Context, ds *dataset.Unlabeled) (*StandardScalerModel, error) {
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	m := &StandardScalerModel{Schema: ds.Schema, Offset: zeros(p), Scale: zeros(p)}
	var constant []bool
	var err error
	if m.Mean, m.Var, constant, err = meanVariance(ctx, ds); err != nil {
		return nil, err
	}
	for j := range p {
		m.Scale[j] = 1
		if !s.NoScale && !constant[j] {
			m.Scale[j] = math.Sqrt(m.Var[j])
		}
		if !s.NoCentre {
			m.Offset[j] = m.Mean[j]
		}
	}
	return m, nil
}

// meanVariance returns the weighted mean and variance of each feature, and
// whether it is constant up to rounding.
func meanVariance(ctx context.Context, ds *dataset.Unlabeled) (mean, variance []float64, constant []bool, err error) {
	n, p := ds.Dims()
	// The sums of the weights and of term(j, x), weighted, over the values of each
	// feature, and their number.
	sums := func(term func(j int, x float64) float64) ([]float64, error) {
		return parallel.Reduce(ctx, n, rowChunk(p), func(lo, hi int) []float64 {
			s := zeros(3 * p)
			for i := lo; i < hi; i++ {
				w := ds.Weight(i)
				if w == 0 {
					continue
				}
				for j, x := range ds.X.RawRowView(i) {
					if x == x {
						s[j] += w
						s[p+j] += float64(w * term(j, x))
						s[2*p+j]++
					}
				}
			}
			return s
		}, func(into, from []float64) []float64 {
			floats.Add(into, from)
			return into
		})
	}
	first, err := sums(func(_ int, x float64) float64 { return x })
	if err != nil {
		return nil, nil, nil, err
	}
	mean, variance, constant = zeros(p), zeros(p), make([]bool, p)
	for j := range p {
		if first[j] == 0 {
			return nil, nil, nil, noValue(ds, j)
		}
		mean[j] = first[p+j] / first[j]
	}
	// The first moment about the mean is what rounding has left of it.
	rest, err := sums(func(j int, x float64) float64 { return x - mean[j] })
	if err != nil {
		return nil, nil, nil, err
	}
	for j := range p {
		mean[j] += rest[p+j] / rest[j]
	}
	second, err := sums(func(j int, x float64) float64 { return (x - mean[j]) * (x - mean[j]) })
	if err != nil {
		return nil, nil, nil, err
	}
	const eps = 0x1p-52
	for j := range p {
		variance[j] = second[p+j] / second[j]
		if math.IsInf(variance[j], 0) || math.IsNaN(variance[j]) {
			return nil, nil, nil, fmt.Errorf("%w: the variance of column %d overflows", dataset.ErrNotFinite, j)
		}
		count := second[2*p+j]
		noise := count * mean[j] * eps
		constant[j] = variance[j] <= count*eps*variance[j]+noise*noise
	}
	return mean, variance, constant, nil
}

func (m *StandardScalerModel) affine() affine { return affine{m.Offset, m.Scale} }

func (m *StandardScalerModel) restore() error {
	if len(m.Mean) != len(m.Scale) || len(m.Var) != len(m.Scale) {
		return errLengths
	}
	return m.affine().restore(m.Schema)
}

// Transform returns the scaled samples.
func (m *StandardScalerModel) Transform(x mat.Matrix) (*mat.Dense, error) {
	return transform(m.affine(), x)
}

// TransformRow appends the scaled row to dst.
func (m *StandardScalerModel) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(m.affine(), dst, row)
}

// InverseTransform returns the samples that Transform makes z of.
func (m *StandardScalerModel) InverseTransform(z mat.Matrix) (*mat.Dense, error) {
	return transform(inverse(m.affine()), z)
}

// Output returns the names of the features.
func (m *StandardScalerModel) Output() dataset.Schema { return featureNames(m.Schema) }
