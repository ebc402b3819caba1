package preprocess

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// QuantileTransformer gives each feature a uniform distribution on [0, 1], or a
// standard normal one, by the distribution function of the training samples:
// linear between quantiles, and in the middle of its step at a value that occurs
// often. Values beyond those of the training samples become the ends. It keeps
// the order of values and little of outliers. Missing values stay missing; a
// weight of w counts as w copies.
type QuantileTransformer struct {
	Quantiles int  // that are kept; 0 means 1000, and there are no more than training samples
	Normal    bool // make the distribution normal, cut off at ±5.2
}

// QuantileTransformerModel is a fitted [QuantileTransformer].
type QuantileTransformerModel struct {
	Quantiles [][]float64 // per feature: evenly spaced quantiles, from the least value to the largest
	Normal    bool
	dataset.Schema
}

var (
	_ model.Fitter[dataset.None, *QuantileTransformerModel] = QuantileTransformer{}
	_ model.RowTransformer                                  = (*QuantileTransformerModel)(nil)
	_ model.InverseTransformer                              = (*QuantileTransformerModel)(nil)
	_ model.FeatureNamer                                    = (*QuantileTransformerModel)(nil)
)

func init() {
	model.Register("preprocess.QuantileTransformer", 1, (*QuantileTransformerModel).restore)
}

// Fit learns the quantiles, in O(n·log n·p).
func (q QuantileTransformer) Fit(ctx context.Context, ds *dataset.Unlabeled) (*QuantileTransformerModel, error) {
	if q.Quantiles == 0 {
		q.Quantiles = 1000
	}
	if q.Quantiles < 2 {
		return nil, &model.ParamError{Field: "Quantiles", Value: q.Quantiles, Want: "at least 2"}
	}
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	quantiles := max(2, int(min(float64(q.Quantiles), math.Round(copies(ds)))))
	m := &QuantileTransformerModel{Quantiles: make([][]float64, p), Normal: q.Normal, Schema: ds.Schema}
	if err := eachColumn(ctx, ds, func(j int, s sample) {
		m.Quantiles[j] = make([]float64, quantiles)
		for i := range quantiles {
			m.Quantiles[j][i] = s.quantile(float64(i) / float64(quantiles-1))
			if i > 0 { // rounding must not break the order
				m.Quantiles[j][i] = max(m.Quantiles[j][i], m.Quantiles[j][i-1])
			}
		}
	}); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *QuantileTransformerModel) restore() error {
	if len(m.Quantiles) == 0 {
		return errLengths
	}
	for j, q := range m.Quantiles {
		if len(q) < 2 || !slices.IsSorted(q) || slices.ContainsFunc(q, math.IsNaN) {
			return fmt.Errorf("the quantiles of feature %d are not in order", j)
		}
	}
	return dataset.CheckSchema(m.Schema, len(m.Quantiles))
}

// Transform returns the samples' places in the distributions.
func (m *QuantileTransformerModel) Transform(x mat.Matrix) (*mat.Dense, error) {
	return transform(m, x)
}

// TransformRow appends the places of a row's values in the distributions to dst.
func (m *QuantileTransformerModel) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(m, dst, row)
}

// InverseTransform returns the quantiles of the given places.
func (m *QuantileTransformerModel) InverseTransform(y mat.Matrix) (*mat.Dense, error) {
	return transform(quantileInverse{m}, y)
}

// Output returns the names of the features.
func (m *QuantileTransformerModel) Output() dataset.Schema {
	return dataset.Schema{Features: m.Features}
}

func (m *QuantileTransformerModel) shape() (in, out int, missing bool) {
	return len(m.Quantiles), len(m.Quantiles), true
}

// The normal distribution is cut off at this place from either end; what lies
// within smallestPlace of an end came from there.
const (
	smallestPlace = 1e-7
	cutPlace      = smallestPlace - 0x1p-52
)

func (m *QuantileTransformerModel) mapRow(dst, row []float64) error {
	for j, v := range row {
		dst[j] = v
		if v != v {
			continue
		}
		q := m.Quantiles[j]
		dst[j] = place(q, v)
		if m.Normal {
			// The upper half by the lower: 1 - q has the fewer digits.
			tail := max(cutPlace, min(dst[j], 1-dst[j]))
			z := mathext.NormalQuantile(tail)
			if dst[j] > 0.5 {
				z = -z
			}
			dst[j] = z
		}
	}
	return nil
}

// place returns the place of v among quantiles, from 0 to 1.
func place(q []float64, v float64) float64 {
	last := len(q) - 1
	if v <= q[0] {
		return 0
	}
	if v >= q[last] {
		return 1
	}
	low := sort.SearchFloat64s(q, v) // the first that is not less
	if q[low] > v {
		below := q[low-1]
		return (float64(low-1) + (v-below)/(q[low]-below)) / float64(last)
	}
	high := low + sort.Search(last-low, func(i int) bool { return q[low+1+i] > v })
	return float64(low+high) / 2 / float64(last)
}

type quantileInverse struct{ *QuantileTransformerModel }

func (m quantileInverse) mapRow(dst, row []float64) error {
	for j, v := range row {
		dst[j] = v
		if v != v {
			continue
		}
		if m.Normal {
			tail := math.Erfc(math.Abs(v)/math.Sqrt2) / 2
			if tail < smallestPlace {
				tail = 0
			}
			if v < 0 {
				v = tail
			} else {
				v = 1 - tail
			}
		}
		q := m.Quantiles[j]
		h := max(0, min(v, 1)) * float64(len(q)-1)
		i := min(int(h), len(q)-2)
		dst[j] = q[i] + (h-float64(i))*(q[i+1]-q[i])
	}
	return finite(dst)
}
