package preprocess

import (
	"context"
	"math"

	"github.com/sapwood-ml/sapwood/dataset"
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
	Mean, Var []float64 // per feature
	Scaling             // Offset is Mean or 0, Scale the root of Var or 1
}

var (
	_ model.Fitter[dataset.None, *StandardScalerModel] = StandardScaler{}
	_ model.RowTransformer                             = (*StandardScalerModel)(nil)
	_ model.InverseTransformer                         = (*StandardScalerModel)(nil)
	_ model.FeatureNamer                               = (*StandardScalerModel)(nil)
)

func init() { model.Register("preprocess.StandardScaler", 1, (*StandardScalerModel).restore) }

// Fit learns means and deviations, in O(n·p).
func (s StandardScaler) Fit(ctx context.Context, ds *dataset.Unlabeled) (*StandardScalerModel, error) {
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	m := &StandardScalerModel{Scaling: newScaling(ds.Schema, p)}
	var constant []bool
	var err error
	if m.Mean, m.Var, constant, err = meanVariance(ctx, ds); err != nil {
		return nil, err
	}
	for j := range p {
		if !s.NoScale && !constant[j] {
			m.Scale[j] = math.Sqrt(m.Var[j])
		}
		if !s.NoCentre {
			m.Offset[j] = m.Mean[j]
		}
	}
	return m, nil
}

func (m *StandardScalerModel) restore() error {
	if len(m.Mean) != len(m.Scale) || len(m.Var) != len(m.Scale) {
		return errLengths
	}
	return m.Scaling.restore()
}
