package preprocess

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// maxTerms bounds the number of polynomial features.
const maxTerms = 1 << 20

// PolynomialFeatures makes all products of up to Degree features, a feature
// being taken any number of times: of a and b with degree 2 the features 1, a, b,
// a², ab, b². They are ordered by degree, then by the features that are in them.
type PolynomialFeatures struct {
	Degree       int  // 0 means 2
	Interactions bool // only products of distinct features
	NoBias       bool // leave out the constant 1
}

// PolynomialFeaturesModel is a fitted [PolynomialFeatures].
type PolynomialFeaturesModel struct {
	Width        int // number of features that go in
	Degree       int
	Interactions bool
	NoBias       bool
	dataset.Schema

	terms []term
}

// term is the product of an earlier term and a feature.
type term struct {
	earlier int // -1 for none
	feature int // -1 for the constant 1
}

var (
	_ model.Fitter[dataset.None, *PolynomialFeaturesModel] = PolynomialFeatures{}
	_ model.RowTransformer                                 = (*PolynomialFeaturesModel)(nil)
	_ model.FeatureNamer                                   = (*PolynomialFeaturesModel)(nil)
)

func init() {
	model.Register("preprocess.PolynomialFeatures", 1, (*PolynomialFeaturesModel).restore)
}

// Fit lists the products. More than 2²⁰ of them are a [*model.ParamError].
func (p PolynomialFeatures) Fit(ctx context.Context, ds *dataset.Unlabeled) (*PolynomialFeaturesModel, error) {
	if p.Degree == 0 {
		p.Degree = 2
	}
	if p.Degree < 1 {
		return nil, &model.ParamError{Field: "Degree", Value: p.Degree, Want: "at least 1"}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	_, width := ds.Dims()
	m := &PolynomialFeaturesModel{Width: width, Degree: p.Degree, Interactions: p.Interactions, NoBias: p.NoBias, Schema: ds.Schema}
	if err := m.restore(); err != nil {
		return nil, &model.ParamError{Field: "Degree", Value: p.Degree, Want: fmt.Sprintf("one that makes at most %d of %d features", maxTerms, width)}
	}
	return m, nil
}

// restore lists the terms.
func (m *PolynomialFeaturesModel) restore() error {
	if m.Width < 1 || m.Width > maxTerms || m.Degree < 1 {
		return fmt.Errorf("degree %d of %d features", m.Degree, m.Width)
	}
	m.terms = nil
	if !m.NoBias {
		m.terms = append(m.terms, term{-1, -1})
	}
	first := len(m.terms) // of the last degree
	for f := range m.Width {
		m.terms = append(m.terms, term{-1, f})
	}
	for degree := 2; degree <= m.Degree; degree++ {
		next := len(m.terms)
		// A term is continued by the features from its last one on. To have the
		// products in order the first feature is the one that changes least, so that a
		// term is a feature times a term of those behind it.
		for f := range m.Width {
			for t := first; t < next; t++ {
				if lowest := m.terms[t].feature; lowest > f || lowest == f && !m.Interactions {
					m.terms = append(m.terms, term{t, f})
				}
			}
			if len(m.terms) > maxTerms {
				return fmt.Errorf("more than %d products", maxTerms)
			}
		}
		if next == len(m.terms) {
			break // no product of that many distinct features
		}
		first = next
	}
	return dataset.CheckSchema(m.Schema, m.Width)
}

// Transform returns the products.
func (m *PolynomialFeaturesModel) Transform(x mat.Matrix) (*mat.Dense, error) {
	return transform(m, x)
}

// TransformRow appends the products of a row to dst.
func (m *PolynomialFeaturesModel) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(m, dst, row)
}

func (m *PolynomialFeaturesModel) shape() (in, out int, missing bool) {
	return m.Width, len(m.terms), false
}

func (m *PolynomialFeaturesModel) mapRow(dst, row []float64) error {
	for i, t := range m.terms {
		switch {
		case t.feature < 0:
			dst[i] = 1
		case t.earlier < 0:
			dst[i] = row[t.feature]
		default:
			dst[i] = dst[t.earlier] * row[t.feature]
			if math.IsInf(dst[i], 0) {
				return fmt.Errorf("%w: a product of features overflows", dataset.ErrNotFinite)
			}
		}
	}
	return nil
}

// Output returns the names of the products, as in "1", "a", "a^2 b".
func (m *PolynomialFeaturesModel) Output() dataset.Schema {
	names := make([]string, len(m.terms))
	for i := range m.terms {
		var factors []string
		for t := i; t >= 0 && m.terms[t].feature >= 0; {
			feature, power := m.terms[t].feature, 0
			for t >= 0 && m.terms[t].feature == feature {
				power++
				t = m.terms[t].earlier
			}
			name := featureName(m.Schema, feature)
			if power > 1 {
				name += "^" + strconv.Itoa(power)
			}
			factors = append(factors, name)
		}
		names[i] = strings.Join(factors, " ")
		if factors == nil {
			names[i] = "1"
		}
	}
	return dataset.Schema{Features: names}
}
