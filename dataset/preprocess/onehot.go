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

// OneHot replaces each categorical feature, one that has Levels, by a feature per
// level that is 1 where the sample has it and 0 elsewhere. A missing value is a
// level of its own, the last, if it occurs in the training samples. Numeric
// features are passed on as they are.
//
// Levels that are rare can share a feature, which follows the others: see
// MinFrequency and MaxCategories. The missing value can be one of them.
//
// The new features are named as in "sex=female", "sex=missing" and
// "sex=infrequent".
type OneHot struct {
	All           bool    // encode numeric features too, by their distinct values
	DropFirst     bool    // leave out the first new feature of each, which the others imply
	MinFrequency  float64 // levels that occur less often are infrequent: a share of the samples if below 1, else a number; 0 means none are
	MaxCategories int     // make at most so many features of one, the levels that occur least being infrequent; 0 means no limit
	Unknown       Unknown // what becomes of a value that is no level: an error by default
}

// OneHotModel is a fitted [OneHot].
type OneHotModel struct {
	Categories [][]float64 // per feature: the values that are encoded, NaN for missing; nil where it is passed on
	Infrequent [][]float64 // per feature: those of Categories that share the last of its new features; nil without any
	DropFirst  bool
	Unknown    Unknown
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
	if err := checkRare(o.MinFrequency, o.MaxCategories, o.Unknown); err != nil {
		return nil, err
	}
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	learnt, err := learnCategories(ctx, ds, o.All)
	if err != nil {
		return nil, err
	}
	infrequent, err := learnInfrequent(ctx, ds, learnt, o.MinFrequency, o.MaxCategories)
	if err != nil {
		return nil, err
	}
	m := &OneHotModel{Categories: learnt, Infrequent: infrequent, DropFirst: o.DropFirst, Unknown: o.Unknown, Schema: ds.Schema}
	if err := m.prepare(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *OneHotModel) restore() error { return m.prepare(context.Background()) }

// prepare makes the model ready to transform, or tells what is wrong with it.
func (m *OneHotModel) prepare(ctx context.Context) error {
	var err error
	if m.index, err = indexCategories(ctx, m.Categories, m.Infrequent); err != nil {
		return err
	}
	m.width = 0
	for j, values := range m.Categories {
		if values == nil {
			m.width++
		} else {
			m.width += m.columns(j)
		}
	}
	if m.width == 0 {
		return fmt.Errorf("%w: all features are constant, and their only levels are left out", dataset.ErrEmpty)
	}
	return dataset.CheckSchema(m.Schema, len(m.Categories))
}

// columns returns the number of features that encoded feature j becomes.
func (m *OneHotModel) columns(j int) int {
	if m.DropFirst {
		return len(m.index[j].values) - 1
	}
	return len(m.index[j].values)
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
		place := m.index[j].place(v, m.Unknown)
		if place < 0 && m.Unknown == UnknownError {
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
		index := &m.index[j]
		for place := len(index.values) - m.columns(j); place < len(index.values); place++ {
			category := "infrequent"
			if place != index.infrequent {
				category = categoryName(m.Schema, j, index.values[place])
			}
			s.Features = append(s.Features, name+"="+category)
		}
	}
	return s
}

// InverseTransform returns the samples that Transform makes y of: of each encoded
// feature the category with the largest value. Where all are 0 it is the one left
// out by DropFirst, or else unknown, and NaN, as it is for the infrequent ones.
func (m *OneHotModel) InverseTransform(y mat.Matrix) (*mat.Dense, error) {
	return transform(oneHotInverse{m}, y)
}

type oneHotInverse struct{ *OneHotModel }

func (m oneHotInverse) shape() (in, out int, missing bool) { return m.width, len(m.Categories), true }

func (m oneHotInverse) mapRow(dst, row []float64) error {
	for j := range m.Categories {
		if m.Categories[j] == nil {
			dst[j] = row[0]
			row = row[1:]
			continue
		}
		columns, values := m.columns(j), m.index[j].values
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
