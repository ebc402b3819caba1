package preprocess

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// MinMaxScaler brings each feature to the range from Min to Max, in the training
// samples. A constant feature becomes Min. Missing values stay missing.
type MinMaxScaler struct {
	Min, Max float64 // both 0 mean 0 and 1
	Clip     bool    // values beyond the range of the training samples are brought to its ends
}

// MinMaxScalerModel is a fitted [MinMaxScaler].
type MinMaxScalerModel struct {
	DataMin, DataMax []float64 // per feature, of the training samples
	Min, Max         float64
	Clip             bool
	Scaling
}

// MaxAbsScaler divides each feature by its largest absolute value in the training
// samples, so that zero stays zero. Missing values stay missing.
type MaxAbsScaler struct{}

// MaxAbsScalerModel is a fitted [MaxAbsScaler].
type MaxAbsScalerModel struct {
	MaxAbs  []float64 // per feature
	Scaling           // Scale is MaxAbs, or 1 where that is 0
}

// RobustScaler subtracts the median from each feature and divides it by the
// difference of two quantiles, which a few outliers do not change. A feature
// whose quantiles are equal is only centred. Missing values are left out, and
// stay missing; a weight of w counts as w copies.
type RobustScaler struct {
	NoCentre     bool    // do not subtract the median
	NoScale      bool    // do not divide
	Low, High    float64 // the quantiles; both 0 mean ¼ and ¾
	UnitVariance bool    // divide further so that a normal distribution comes to have variance 1
}

// RobustScalerModel is a fitted [RobustScaler].
type RobustScalerModel struct {
	Median  []float64 // per feature
	Scaling           // Offset is Median or 0, Scale the difference of the quantiles or 1
}

var (
	_ model.Fitter[dataset.None, *MinMaxScalerModel] = MinMaxScaler{}
	_ model.Fitter[dataset.None, *MaxAbsScalerModel] = MaxAbsScaler{}
	_ model.Fitter[dataset.None, *RobustScalerModel] = RobustScaler{}
)

func init() {
	model.Register("preprocess.MinMaxScaler", 1, (*MinMaxScalerModel).restore)
	model.Register("preprocess.MaxAbsScaler", 1, (*MaxAbsScalerModel).restore)
	model.Register("preprocess.RobustScaler", 1, (*RobustScalerModel).restore)
}

// Fit learns the extremes of each feature, in O(n·p).
func (s MinMaxScaler) Fit(ctx context.Context, ds *dataset.Unlabeled) (*MinMaxScalerModel, error) {
	if s.Min == 0 && s.Max == 0 {
		s.Max = 1
	}
	if !(s.Min < s.Max) || math.IsInf(s.Max-s.Min, 0) {
		return nil, &model.ParamError{Field: "Max", Value: s.Max, Want: fmt.Sprintf("a finite number above Min, %v", s.Min)}
	}
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	m := &MinMaxScalerModel{Min: s.Min, Max: s.Max, Clip: s.Clip, Scaling: newScaling(ds.Schema, p)}
	var err error
	if m.DataMin, m.DataMax, err = extremes(ds); err != nil {
		return nil, err
	}
	for j := range p {
		if width := m.DataMax[j] - m.DataMin[j]; width > 0 {
			m.Scale[j] = width / (s.Max - s.Min)
		}
		m.Offset[j] = m.DataMin[j] - float64(s.Min*m.Scale[j])
	}
	if err := checkScaling(&m.Scaling); err != nil {
		return nil, err
	}
	return m, nil
}

// Fit learns the largest absolute value of each feature, in O(n·p).
func (s MaxAbsScaler) Fit(ctx context.Context, ds *dataset.Unlabeled) (*MaxAbsScalerModel, error) {
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	low, high, err := extremes(ds)
	if err != nil {
		return nil, err
	}
	m := &MaxAbsScalerModel{MaxAbs: make([]float64, len(low)), Scaling: newScaling(ds.Schema, len(low))}
	for j := range low {
		m.MaxAbs[j] = max(-low[j], high[j])
		if m.MaxAbs[j] > 0 {
			m.Scale[j] = m.MaxAbs[j]
		}
	}
	return m, nil
}

// Fit learns quantiles of each feature, in O(n·log n·p).
func (s RobustScaler) Fit(ctx context.Context, ds *dataset.Unlabeled) (*RobustScalerModel, error) {
	if s.Low == 0 && s.High == 0 {
		s.Low, s.High = 0.25, 0.75
	}
	if !(s.Low >= 0 && s.High <= 1 && s.Low < s.High) {
		return nil, &model.ParamError{Field: "Low", Value: s.Low, Want: fmt.Sprintf("a quantile from 0 to 1 below High, %v", s.High)}
	}
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	m := &RobustScalerModel{Median: make([]float64, p), Scaling: newScaling(ds.Schema, p)}
	normal := 1.0
	if s.UnitVariance {
		normal = normalQuantile(s.High) - normalQuantile(s.Low)
	}
	if err := eachColumn(ctx, ds, func(j int, v sample) {
		m.Median[j] = v.quantile(0.5)
		if !s.NoCentre {
			m.Offset[j] = m.Median[j]
		}
		if width := v.quantile(s.High) - v.quantile(s.Low); width > 0 && !s.NoScale {
			m.Scale[j] = width / normal
		}
	}); err != nil {
		return nil, err
	}
	if err := checkScaling(&m.Scaling); err != nil {
		return nil, err
	}
	return m, nil
}

// normalQuantile returns the quantile of the standard normal distribution.
func normalQuantile(q float64) float64 { return math.Sqrt2 * math.Erfinv(2*q-1) }

// extremes returns the least and the largest value of each feature.
func extremes(ds *dataset.Unlabeled) (low, high []float64, err error) {
	n, p := ds.Dims()
	low, high = make([]float64, p), make([]float64, p)
	for j := range p {
		low[j], high[j] = math.Inf(1), math.Inf(-1)
	}
	for i := range n {
		if ds.Weight(i) == 0 {
			continue
		}
		for j, x := range ds.X.RawRowView(i) {
			if x < low[j] {
				low[j] = x
			}
			if x > high[j] {
				high[j] = x
			}
		}
	}
	for j := range p {
		if low[j] > high[j] {
			return nil, nil, noValue(ds, j)
		}
	}
	return low, high, nil
}

// checkScaling reports a feature whose range overflows.
func checkScaling(s *Scaling) error {
	for j := range s.Scale {
		if math.IsInf(s.Scale[j], 0) || math.IsInf(s.Offset[j], 0) || s.Scale[j] == 0 {
			return fmt.Errorf("%w: the range of %s cannot be scaled", dataset.ErrNotFinite, columnName(s.Schema, j))
		}
	}
	return nil
}

func (m *MinMaxScalerModel) restore() error {
	if len(m.DataMin) != len(m.Scale) || len(m.DataMax) != len(m.Scale) {
		return errLengths
	}
	return m.Scaling.restore()
}

func (m *MaxAbsScalerModel) restore() error {
	if len(m.MaxAbs) != len(m.Scale) {
		return errLengths
	}
	return m.Scaling.restore()
}

func (m *RobustScalerModel) restore() error {
	if len(m.Median) != len(m.Scale) {
		return errLengths
	}
	return m.Scaling.restore()
}

// Transform returns the scaled samples.
func (m *MinMaxScalerModel) Transform(x mat.Matrix) (*mat.Dense, error) { return transform(m, x) }

// TransformRow appends the scaled row to dst.
func (m *MinMaxScalerModel) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(m, dst, row)
}

func (m *MinMaxScalerModel) mapRow(dst, row []float64) error {
	if err := m.Scaling.mapRow(dst, row); err != nil || !m.Clip {
		return err
	}
	for j, v := range dst {
		if v == v {
			dst[j] = max(m.Min, min(v, m.Max))
		}
	}
	return nil
}
