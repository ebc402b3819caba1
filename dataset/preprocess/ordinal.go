package preprocess

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Ordinal makes categorical features numeric: each category becomes its rank 0,
// 1, … in the order of Levels or the one given in Order. Missing values stay
// missing; put a [SimpleImputer] that fills in a constant behind it to rank them
// too. Numeric features are passed on as they are.
//
// Levels that are rare can share a rank, which follows the others: see
// MinFrequency and MaxCategories.
type Ordinal struct {
	All           bool                // encode numeric features too, by the rank of their distinct values
	Order         map[string][]string // by the name of a feature: its levels, all of them, in their order
	MinFrequency  float64             // levels that occur less often are infrequent: a share of the samples if below 1, else a number; 0 means none are
	MaxCategories int                 // give at most so many ranks, the levels that occur least being infrequent; 0 means no limit
	Unknown       Unknown             // what becomes of a value that is no level: an error by default
}

// OrdinalModel is a fitted [Ordinal].
type OrdinalModel struct {
	Categories [][]float64 // per feature: the values that are encoded, by rank, the infrequent ones among them; nil where it is passed on
	Infrequent [][]float64 // per feature: those of Categories that share the last rank; nil without any
	Unknown    Unknown
	dataset.Schema

	index []categories
}

var (
	_ model.Fitter[dataset.None, *OrdinalModel] = Ordinal{}
	_ model.RowTransformer                      = (*OrdinalModel)(nil)
	_ model.InverseTransformer                  = (*OrdinalModel)(nil)
	_ model.FeatureNamer                        = (*OrdinalModel)(nil)
)

func init() { model.Register("preprocess.Ordinal", 1, (*OrdinalModel).restore) }

// Fit learns the categories. The error is a [*model.ParamError] if Order is not
// one of the levels of a feature.
func (o Ordinal) Fit(ctx context.Context, ds *dataset.Unlabeled) (*OrdinalModel, error) {
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	if err := checkRare(o.MinFrequency, o.MaxCategories, o.Unknown); err != nil {
		return nil, err
	}
	learnt, err := learnCategories(ctx, ds, o.All)
	if err != nil {
		return nil, err
	}
	for j, values := range learnt {
		learnt[j] = slices.DeleteFunc(values, math.IsNaN)
	}
	for name, order := range o.Order {
		j := slices.Index(ds.Features, name)
		if j < 0 || ds.Levels == nil || ds.Levels[j] == nil {
			return nil, &model.ParamError{Field: "Order", Value: fmt.Sprintf("%q", name), Want: "a categorical feature"}
		}
		sorted, levels := slices.Sorted(slices.Values(order)), slices.Sorted(slices.Values(ds.Levels[j]))
		if !slices.Equal(sorted, levels) {
			return nil, &model.ParamError{Field: "Order", Value: fmt.Sprintf("%q for %s", order, name), Want: fmt.Sprintf("the levels %q in some order", ds.Levels[j])}
		}
		for rank, level := range order {
			learnt[j][rank] = float64(slices.Index(ds.Levels[j], level))
		}
	}
	infrequent, err := learnInfrequent(ctx, ds, learnt, o.MinFrequency, o.MaxCategories)
	if err != nil {
		return nil, err
	}
	m := &OrdinalModel{Categories: learnt, Infrequent: infrequent, Unknown: o.Unknown, Schema: ds.Schema}
	if err := m.prepare(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *OrdinalModel) restore() error { return m.prepare(context.Background()) }

// prepare makes the model ready to transform, or tells what is wrong with it.
func (m *OrdinalModel) prepare(ctx context.Context) error {
	var err error
	if m.index, err = indexCategories(ctx, m.Categories, m.Infrequent); err != nil {
		return err
	}
	for _, index := range m.index {
		if index.nan >= 0 {
			return errors.New("a missing value has no rank")
		}
	}
	return dataset.CheckSchema(m.Schema, len(m.Categories))
}

// Transform returns the samples with ranks in place of categories.
func (m *OrdinalModel) Transform(x mat.Matrix) (*mat.Dense, error) { return transform(m, x) }

// TransformRow appends the row with ranks in place of categories to dst.
func (m *OrdinalModel) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(m, dst, row)
}

// InverseTransform returns the categories of the given ranks, and NaN for that of
// the infrequent ones.
func (m *OrdinalModel) InverseTransform(y mat.Matrix) (*mat.Dense, error) {
	return transform(ordinalInverse{m}, y)
}

// Output returns the names of the features.
func (m *OrdinalModel) Output() dataset.Schema { return dataset.Schema{Features: m.Features} }

func (m *OrdinalModel) shape() (in, out int, missing bool) {
	return len(m.Categories), len(m.Categories), true
}

func (m *OrdinalModel) mapRow(dst, row []float64) error {
	for j, v := range row {
		dst[j] = v
		if m.Categories[j] == nil || v != v {
			continue
		}
		place := m.index[j].place(v, m.Unknown)
		switch {
		case place >= 0:
			dst[j] = float64(place)
		case m.Unknown == UnknownError:
			return unknownCategory(m.Schema, j, v)
		default:
			dst[j] = math.NaN()
		}
	}
	return nil
}

type ordinalInverse struct{ *OrdinalModel }

func (m ordinalInverse) mapRow(dst, row []float64) error {
	for j, v := range row {
		dst[j] = v
		if m.Categories[j] == nil || v != v {
			continue
		}
		if v < 0 || v >= float64(len(m.index[j].values)) || v != math.Trunc(v) {
			return fmt.Errorf("%w: %s has no rank %v", dataset.ErrShape, columnName(m.Schema, j), v)
		}
		dst[j] = m.index[j].values[int(v)]
	}
	return nil
}
