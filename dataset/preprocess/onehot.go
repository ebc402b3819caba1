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

// OneHot replaces each categorical feature, one that has Levels, by a feature per
// level that is 1 where the sample has it and 0 elsewhere. A missing value is a
// level of its own, the last, if it occurs in the training samples. Numeric
// features are passed on as they are.
//
// The new features are named as in "sex=female".
type OneHot struct {
	All           bool // encode numeric features too, by their distinct values
	DropFirst     bool // leave out the first level of each feature, which the others imply
	IgnoreUnknown bool // a value that is no level makes all features of its column 0 and is no error
}

// OneHotModel is a fitted [OneHot].
type OneHotModel struct {
	Categories    [][]float64 // per feature: the values that are encoded, NaN for missing; nil where it is passed on
	DropFirst     bool
	IgnoreUnknown bool
	dataset.Schema

	index []categories
	width int
}

var (
	_ model.Fitter[dataset.None, *OneHotModel] = OneHot{}
	_ model.RowTransformer                     = (*OneHotModel)(nil)
	_ model.InverseTransformer                 = (*OneHotModel)(nil)
	_ model.FeatureNamer                       = (*OneHotModel)(nil)
)

func init() { model.Register("preprocess.OneHot", 1, (*OneHotModel).restore) }

// Fit learns the categories, in O(n·p), with All in O(n·log n·p).
func (o OneHot) Fit(ctx context.Context, ds *dataset.Unlabeled) (*OneHotModel, error) {
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	learnt, err := learnCategories(ctx, ds, o.All)
	if err != nil {
		return nil, err
	}
	m := &OneHotModel{Categories: learnt, DropFirst: o.DropFirst, IgnoreUnknown: o.IgnoreUnknown, Schema: ds.Schema}
	if err := m.restore(); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *OneHotModel) restore() error {
	if len(m.Categories) == 0 {
		return errLengths
	}
	m.index, m.width = make([]categories, len(m.Categories)), 0
	for j, values := range m.Categories {
		if values == nil {
			m.width++
			continue
		}
		var err error
		if m.index[j], err = newCategories(values); err != nil {
			return fmt.Errorf("feature %d: %w", j, err)
		}
		m.width += m.columns(j)
	}
	if m.width == 0 {
		return fmt.Errorf("%w: all features are constant, and their only levels are left out", dataset.ErrEmpty)
	}
	return dataset.CheckSchema(m.Schema, len(m.Categories))
}

// columns returns the number of features that encoded feature j becomes.
func (m *OneHotModel) columns(j int) int {
	if m.DropFirst {
		return len(m.Categories[j]) - 1
	}
	return len(m.Categories[j])
}

// Transform returns the encoded samples.
func (m *OneHotModel) Transform(x mat.Matrix) (*mat.Dense, error) { return transform(m, x) }

// TransformRow appends the encoded row to dst.
func (m *OneHotModel) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(m, dst, row)
}

func (m *OneHotModel) shape() (in, out int, missing bool) { return len(m.Categories), m.width, true }

func (m *OneHotModel) mapRow(dst, row []float64) error {
	at := 0
	for j, v := range row {
		if m.Categories[j] == nil {
			dst[at] = v
			at++
			continue
		}
		place := m.index[j].find(v)
		if place < 0 && !m.IgnoreUnknown {
			return unknownCategory(m.Schema, j, v)
		}
		if m.DropFirst {
			place--
		}
		columns := dst[at : at+m.columns(j)]
		clear(columns)
		if place >= 0 {
			columns[place] = 1
		}
		at += len(columns)
	}
	return nil
}

// Output returns the names of the new features.
func (m *OneHotModel) Output() dataset.Schema {
	var s dataset.Schema
	for j, values := range m.Categories {
		name := featureName(m.Schema, j)
		if values == nil {
			s.Features = append(s.Features, name)
			continue
		}
		for _, v := range values[len(values)-m.columns(j):] {
			s.Features = append(s.Features, name+"="+categoryName(m.Schema, j, v))
		}
	}
	return s
}

// InverseTransform returns the samples that Transform makes y of: of each encoded
// feature the category with the largest value. Where all are 0 it is the one left
// out by DropFirst, or else unknown, and NaN.
func (m *OneHotModel) InverseTransform(y mat.Matrix) (*mat.Dense, error) {
	return transform(oneHotInverse{m}, y)
}

type oneHotInverse struct{ *OneHotModel }

func (m oneHotInverse) shape() (in, out int, missing bool) { return m.width, len(m.Categories), true }

func (m oneHotInverse) mapRow(dst, row []float64) error {
	for j, values := range m.Categories {
		if values == nil {
			dst[j] = row[0]
			row = row[1:]
			continue
		}
		columns := m.columns(j)
		dst[j] = math.NaN()
		if m.DropFirst {
			dst[j] = values[0]
		}
		if columns > 0 {
			if most := slices.Max(row[:columns]); most > 0 {
				dst[j] = values[len(values)-columns+slices.Index(row[:columns], most)]
			}
		}
		row = row[columns:]
	}
	return nil
}

// Ordinal makes categorical features numeric: each category becomes its rank 0,
// 1, … in the order of Levels or the one given in Order. Missing values stay
// missing. Numeric features are passed on as they are.
type Ordinal struct {
	All            bool                // encode numeric features too, by the rank of their distinct values
	Order          map[string][]string // by the name of a feature: its levels, all of them, in their order
	UnknownMissing bool                // a value that is no level becomes missing and is no error
}

// OrdinalModel is a fitted [Ordinal].
type OrdinalModel struct {
	Categories     [][]float64 // per feature: the values that are encoded, by rank; nil where it is passed on
	UnknownMissing bool
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
	m := &OrdinalModel{Categories: learnt, UnknownMissing: o.UnknownMissing, Schema: ds.Schema}
	if err := m.restore(); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *OrdinalModel) restore() error {
	if len(m.Categories) == 0 {
		return errLengths
	}
	m.index = make([]categories, len(m.Categories))
	for j, values := range m.Categories {
		var err error
		if m.index[j], err = newCategories(values); err != nil {
			return fmt.Errorf("feature %d: %w", j, err)
		}
		if m.index[j].nan >= 0 {
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

// InverseTransform returns the categories of the given ranks.
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
		place := m.index[j].find(v)
		switch {
		case place >= 0:
			dst[j] = float64(place)
		case m.UnknownMissing:
			dst[j] = math.NaN()
		default:
			return unknownCategory(m.Schema, j, v)
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
		if v < 0 || v >= float64(len(m.Categories[j])) || v != math.Trunc(v) {
			return fmt.Errorf("%w: %s has no rank %v", dataset.ErrShape, columnName(m.Schema, j), v)
		}
		dst[j] = m.Categories[j][int(v)]
	}
	return nil
}
