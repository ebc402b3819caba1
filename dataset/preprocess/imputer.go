package preprocess

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Strategy says what stands in for missing values.
type Strategy int

const (
	Mean         Strategy = iota // the mean of the feature
	Median                       // its median
	MostFrequent                 // its most frequent value, of equally frequent ones the least
	Constant                     // a given number
)

// SimpleImputer fills in missing values, by one value per feature. Categorical
// features, those with Levels, get their most frequent level by any strategy. A
// feature that is missing in all training samples is an error that is
// [dataset.ErrEmpty], unless the strategy is Constant.
type SimpleImputer struct {
	Strategy  Strategy // Mean by default
	Fill      float64  // what Constant fills in
	Indicator bool     // add a feature, 1 where the value was missing, for each feature that misses some in training
}

// SimpleImputerModel is a fitted [SimpleImputer].
type SimpleImputerModel struct {
	Fill       []float64 // per feature: what is filled in
	Indicators []int     // features that have an indicator
	dataset.Schema
}

var (
	_ model.Fitter[dataset.None, *SimpleImputerModel] = SimpleImputer{}
	_ model.RowTransformer                            = (*SimpleImputerModel)(nil)
	_ model.FeatureNamer                              = (*SimpleImputerModel)(nil)
)

func init() { model.Register("preprocess.SimpleImputer", 1, (*SimpleImputerModel).restore) }

// Fit learns what to fill in, in O(n·p), or O(n·log n·p) for medians and most
// frequent values. A weight of w counts as w copies.
func (s SimpleImputer) Fit(ctx context.Context, ds *dataset.Unlabeled) (*SimpleImputerModel, error) {
	if s.Strategy < Mean || s.Strategy > Constant {
		return nil, &model.ParamError{Field: "Strategy", Value: s.Strategy, Want: "Mean, Median, MostFrequent or Constant"}
	}
	if math.IsNaN(s.Fill) || math.IsInf(s.Fill, 0) {
		return nil, &model.ParamError{Field: "Fill", Value: s.Fill, Want: "a finite number"}
	}
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	n, p := ds.Dims()
	m := &SimpleImputerModel{Fill: make([]float64, p), Schema: ds.Schema}
	for j := range p {
		if s.Indicator && slices.ContainsFunc(mat.Col(make([]float64, n), j, ds.X), math.IsNaN) {
			m.Indicators = append(m.Indicators, j)
		}
		strategy := s.Strategy
		if ds.Levels != nil && ds.Levels[j] != nil {
			strategy = MostFrequent
		}
		if strategy == Constant {
			m.Fill[j] = s.Fill
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		values := columnSample(ds, j)
		if len(values.values) == 0 {
			return nil, noValue(ds, j)
		}
		switch strategy {
		case Mean:
			m.Fill[j] = values.mean()
		case Median:
			m.Fill[j] = values.quantile(0.5)
		case MostFrequent:
			distinct, weights := values.distinct()
			m.Fill[j] = distinct[slices.Index(weights, slices.Max(weights))]
		}
	}
	return m, nil
}

func (m *SimpleImputerModel) restore() error {
	if len(m.Fill) == 0 {
		return errLengths
	}
	for _, j := range m.Indicators {
		if j < 0 || j >= len(m.Fill) {
			return fmt.Errorf("an indicator of feature %d of %d", j, len(m.Fill))
		}
	}
	return dataset.CheckSchema(m.Schema, len(m.Fill))
}

// Transform returns the samples with nothing missing.
func (m *SimpleImputerModel) Transform(x mat.Matrix) (*mat.Dense, error) { return transform(m, x) }

// TransformRow appends the row with nothing missing to dst.
func (m *SimpleImputerModel) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(m, dst, row)
}

func (m *SimpleImputerModel) shape() (in, out int, missing bool) {
	return len(m.Fill), len(m.Fill) + len(m.Indicators), true
}

func (m *SimpleImputerModel) mapRow(dst, row []float64) error {
	for j, v := range row {
		if v != v {
			v = m.Fill[j]
		}
		dst[j] = v
	}
	for i, j := range m.Indicators {
		dst[len(row)+i] = 0
		if v := row[j]; v != v {
			dst[len(row)+i] = 1
		}
	}
	return nil
}

// Output returns the names of the features, and "age missing" for an indicator.
// Levels are kept.
func (m *SimpleImputerModel) Output() dataset.Schema {
	s := dataset.Schema{Features: m.Features, Levels: m.Levels}
	if len(m.Indicators) == 0 {
		return s
	}
	s.Features = nil
	for j := range m.Fill {
		s.Features = append(s.Features, featureName(m.Schema, j))
	}
	for _, j := range m.Indicators {
		s.Features = append(s.Features, s.Features[j]+" missing")
	}
	if s.Levels != nil {
		s.Levels = append(slices.Clip(s.Levels), make([][]string, len(m.Indicators))...)
	}
	return s
}
