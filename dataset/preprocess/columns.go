package preprocess

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Columns applies transformers to some of the features each, and puts what they
// make side by side, in the order of the parts; the features that no part takes
// follow as they are.
//
//	preprocess.Columns{Parts: []preprocess.Part{
//		preprocess.OnNumeric(model.Chain(preprocess.SimpleImputer{}, preprocess.StandardScaler{})),
//		preprocess.On(preprocess.OneHot{}, "sex", "port"),
//	}}
type Columns struct {
	Parts    []Part
	DropRest bool // leave out the features that no part takes
}

// Part is a transformer of some features. [On], [OnNumeric] and [OnCategorical]
// return one.
type Part struct {
	Transformer any // what the part is made of
	features    func(dataset.Schema, int) ([]int, error)
	fit         func(context.Context, *dataset.Unlabeled) (model.Transformer, error)
}

// On returns the part that applies f to the given features, by their names or
// positions, of which "0" is the first.
func On[A model.Transformer](f model.Fitter[dataset.None, A], features ...string) Part {
	return part(f, func(s dataset.Schema, p int) ([]int, error) {
		if len(features) == 0 {
			return nil, &model.ParamError{Field: "Parts", Value: "a part of no features", Want: "at least one"}
		}
		var found []int
		for _, name := range features {
			j := slices.Index(s.Features, name)
			if position, err := strconv.Atoi(name); j < 0 && err == nil && position < p {
				j = position
			}
			if j < 0 {
				return nil, &model.ParamError{Field: "Parts", Value: strconv.Quote(name), Want: fmt.Sprintf("a position below %d or a name, one of %q", p, s.Features)}
			}
			found = append(found, j)
		}
		return found, nil
	})
}

// OnNumeric returns the part that applies f to the features that have no levels.
func OnNumeric[A model.Transformer](f model.Fitter[dataset.None, A]) Part {
	return part(f, func(s dataset.Schema, p int) ([]int, error) { return ofKind(s, p, false), nil })
}

// OnCategorical returns the part that applies f to the features that have levels.
func OnCategorical[A model.Transformer](f model.Fitter[dataset.None, A]) Part {
	return part(f, func(s dataset.Schema, p int) ([]int, error) { return ofKind(s, p, true), nil })
}

func part[A model.Transformer](f model.Fitter[dataset.None, A], features func(dataset.Schema, int) ([]int, error)) Part {
	return Part{f, features, func(ctx context.Context, ds *dataset.Unlabeled) (model.Transformer, error) { return f.Fit(ctx, ds) }}
}

func ofKind(s dataset.Schema, p int, categorical bool) []int {
	var found []int
	for j := range p {
		if categorical == (s.Levels != nil && s.Levels[j] != nil) {
			found = append(found, j)
		}
	}
	return found
}

// ColumnsModel is a fitted [Columns].
type ColumnsModel struct {
	Parts []FittedPart
	Rest  []int // features that are passed on
	Width int   // number of features that go in
	dataset.Schema
	scratch sync.Pool // of *[]float64
}

// FittedPart is a transformer that has been fitted on some features.
type FittedPart struct {
	Features    []int
	Transformer model.Transformer
	Outputs     int // number of features that it makes
}

// savedColumns is what is saved of a ColumnsModel.
type savedColumns struct {
	Features     [][]int
	Transformers []model.Nested[model.Transformer]
	Outputs      []int
	Rest         []int
	Width        int
	Schema       dataset.Schema
}

var (
	_ model.Fitter[dataset.None, *ColumnsModel] = Columns{}
	_ model.RowTransformer                      = (*ColumnsModel)(nil)
	_ model.FeatureNamer                        = (*ColumnsModel)(nil)
)

func init() {
	model.RegisterState("preprocess.Columns", 1, (*ColumnsModel).save, savedColumns.load)
}

// Fit fits the transformers, each on its features. A part that finds no features
// of its kind is left out.
func (c Columns) Fit(ctx context.Context, ds *dataset.Unlabeled) (*ColumnsModel, error) {
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	m := &ColumnsModel{Width: p, Schema: ds.Schema}
	taken := make([]bool, p)
	for _, part := range c.Parts {
		if part.fit == nil {
			return nil, &model.ParamError{Field: "Parts", Value: "an empty part", Want: "parts that On, OnNumeric or OnCategorical returned"}
		}
		features, err := part.features(ds.Schema, p)
		if err != nil {
			return nil, err
		}
		if len(features) == 0 {
			continue
		}
		some := pickColumns(ds, features)
		t, err := part.fit(ctx, some)
		if err != nil {
			return nil, err
		}
		first, err := t.Transform(some.X.Slice(0, 1, 0, len(features)))
		if err != nil {
			return nil, err
		}
		m.Parts = append(m.Parts, FittedPart{features, t, first.RawMatrix().Cols})
		for _, j := range features {
			taken[j] = true
		}
	}
	for j := range p {
		if !taken[j] && !c.DropRest {
			m.Rest = append(m.Rest, j)
		}
	}
	if len(m.Parts)+len(m.Rest) == 0 {
		return nil, fmt.Errorf("%w: no feature is kept", dataset.ErrEmpty)
	}
	return m, nil
}

// pickColumns returns the data set of some features.
func pickColumns(ds *dataset.Unlabeled, features []int) *dataset.Unlabeled {
	n := ds.Len()
	some := &dataset.Unlabeled{X: mat.NewDense(n, len(features), nil), Weights: ds.Weights}
	for i := range n {
		gather(some.X.RawRowView(i), ds.X.RawRowView(i), features)
	}
	for _, j := range features {
		if ds.Features != nil {
			some.Features = append(some.Features, ds.Features[j])
		}
		if ds.Levels != nil {
			some.Levels = append(some.Levels, ds.Levels[j])
		}
	}
	return some
}

func gather(dst, row []float64, features []int) {
	for i, j := range features {
		dst[i] = row[j]
	}
}

// Transform returns what the transformers make of their features, side by side.
func (m *ColumnsModel) Transform(x mat.Matrix) (*mat.Dense, error) {
	dense, err := dataset.CheckRowsMissing(x, m.Width)
	if err != nil {
		return nil, err
	}
	n, _ := dense.Dims()
	width := len(m.Rest)
	for _, part := range m.Parts {
		width += part.Outputs
	}
	y := mat.NewDense(n, width, nil)
	at := 0
	for _, part := range m.Parts {
		z, err := part.Transformer.Transform(pickColumns(&dataset.Unlabeled{X: dense}, part.Features).X)
		if err != nil {
			return nil, err
		}
		if rows, columns := z.Dims(); rows != n || columns != part.Outputs {
			return nil, fmt.Errorf("%w: a %T made %d × %d values of %d samples, want %d per sample", dataset.ErrShape, part.Transformer, rows, columns, n, part.Outputs)
		}
		for i := range n {
			copy(y.RawRowView(i)[at:], z.RawRowView(i))
		}
		at += part.Outputs
	}
	for i := range n {
		gather(y.RawRowView(i)[at:], dense.RawRowView(i), m.Rest)
	}
	return y, nil
}

// TransformRow appends what the transformers make of a row to dst. It allocates
// nothing where they do not.
func (m *ColumnsModel) TransformRow(dst, row []float64) ([]float64, error) {
	if err := dataset.CheckRowMissing(row, m.Width); err != nil {
		return nil, err
	}
	buffer, _ := m.scratch.Get().(*[]float64)
	if buffer == nil {
		buffer = new([]float64)
	}
	defer m.scratch.Put(buffer)
	for _, part := range m.Parts {
		some := slices.Grow((*buffer)[:0], len(part.Features))[:len(part.Features)]
		*buffer = some
		gather(some, row, part.Features)
		var err error
		if t, ok := part.Transformer.(model.RowTransformer); ok {
			dst, err = t.TransformRow(dst, some)
		} else {
			var z *mat.Dense
			if z, err = part.Transformer.Transform(mat.NewDense(1, len(some), some)); err == nil {
				dst = append(dst, z.RawRowView(0)...)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	for _, j := range m.Rest {
		dst = append(dst, row[j])
	}
	return dst, nil
}

// Output returns the names and levels of the features, those of a transformer
// that does not tell them being named after its type.
func (m *ColumnsModel) Output() dataset.Schema {
	var s dataset.Schema
	anyLevels := false
	add := func(name string, levels []string) {
		s.Features = append(s.Features, name)
		s.Levels = append(s.Levels, levels)
		anyLevels = anyLevels || levels != nil
	}
	for k, part := range m.Parts {
		var out dataset.Schema
		if namer, ok := part.Transformer.(model.FeatureNamer); ok {
			out = namer.Output()
		}
		for i := range part.Outputs {
			name, levels := fmt.Sprintf("part%d_%d", k, i), []string(nil)
			if i < len(out.Features) {
				name = out.Features[i]
			}
			if i < len(out.Levels) {
				levels = out.Levels[i]
			}
			add(name, levels)
		}
	}
	for _, j := range m.Rest {
		var levels []string
		if m.Levels != nil {
			levels = m.Levels[j]
		}
		add(featureName(m.Schema, j), levels)
	}
	if !anyLevels {
		s.Levels = nil
	}
	return s
}

func (m *ColumnsModel) save() savedColumns {
	s := savedColumns{Rest: m.Rest, Width: m.Width, Schema: m.Schema}
	for _, part := range m.Parts {
		s.Features = append(s.Features, part.Features)
		s.Transformers = append(s.Transformers, model.Nested[model.Transformer]{Model: part.Transformer})
		s.Outputs = append(s.Outputs, part.Outputs)
	}
	return s
}

func (s savedColumns) load() (*ColumnsModel, error) {
	m := &ColumnsModel{Rest: s.Rest, Width: s.Width, Schema: s.Schema}
	if s.Width < 1 || len(s.Features) != len(s.Transformers) || len(s.Outputs) != len(s.Transformers) || len(s.Features)+len(s.Rest) == 0 {
		return nil, errLengths
	}
	for _, features := range append(slices.Clone(s.Features), s.Rest) {
		for _, j := range features {
			if j < 0 || j >= s.Width {
				return nil, fmt.Errorf("%w: feature %d of %d", dataset.ErrShape, j, s.Width)
			}
		}
	}
	for i, features := range s.Features {
		if len(features) == 0 || s.Outputs[i] < 1 || s.Outputs[i] > maxTerms || s.Transformers[i].Model == nil {
			return nil, fmt.Errorf("%w: a part makes %d features of %d", dataset.ErrShape, s.Outputs[i], len(features))
		}
		m.Parts = append(m.Parts, FittedPart{features, s.Transformers[i].Model, s.Outputs[i]})
	}
	return m, dataset.CheckSchema(s.Schema, s.Width)
}
