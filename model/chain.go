package model

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Chained is a transformer followed by another. [Chain] returns one.
type Chained[A, B Transformer] struct {
	First  Fitter[dataset.None, A]
	Second Fitter[dataset.None, B]
}

// Chain returns the transformer that is second after first. Both can be chains.
func Chain[A, B Transformer](first Fitter[dataset.None, A], second Fitter[dataset.None, B]) Chained[A, B] {
	return Chained[A, B]{first, second}
}

// ChainedModel is a fitted [Chained].
type ChainedModel[A, B Transformer] struct {
	First   A
	Second  B
	scratch scratch
}

var (
	_ Fitter[dataset.None, *ChainedModel[Transformer, Transformer]] = Chained[Transformer, Transformer]{}
	_ Transformer                                                   = (*ChainedModel[Transformer, Transformer])(nil)
	_ RowTransformer                                                = (*ChainedModel[Transformer, Transformer])(nil)
	_ InverseTransformer                                            = (*ChainedModel[Transformer, Transformer])(nil)
	_ FeatureNamer                                                  = (*ChainedModel[Transformer, Transformer])(nil)
)

// Fit fits the first transformer on ds, and the second on what it makes of ds.
func (c Chained[A, B]) Fit(ctx context.Context, ds *dataset.Unlabeled) (*ChainedModel[A, B], error) {
	first, transformed, err := fitTransform(ctx, c.First, ds)
	if err != nil {
		return nil, err
	}
	second, err := c.Second.Fit(ctx, transformed)
	if err != nil {
		return nil, err
	}
	return &ChainedModel[A, B]{First: first, Second: second}, nil
}

// Transform applies both transformers.
func (m *ChainedModel[A, B]) Transform(x mat.Matrix) (*mat.Dense, error) {
	return through(m.First, x, m.Second.Transform)
}

// TransformRow applies both transformers to a row.
func (m *ChainedModel[A, B]) TransformRow(dst, row []float64) ([]float64, error) {
	z := m.scratch.take()
	defer m.scratch.give(z)
	if err := z.transform(m.First, row); err != nil {
		return nil, err
	}
	return transformRow(m.Second, dst, z.values)
}

// InverseTransform undoes the second transformer, then the first. The error is
// [errors.ErrUnsupported] if one of them cannot be undone.
func (m *ChainedModel[A, B]) InverseTransform(x mat.Matrix) (*mat.Dense, error) {
	second, ok := any(m.Second).(InverseTransformer)
	if !ok {
		return nil, fmt.Errorf("%w: a %T has no inverse", errors.ErrUnsupported, m.Second)
	}
	first, ok := any(m.First).(InverseTransformer)
	if !ok {
		return nil, fmt.Errorf("%w: a %T has no inverse", errors.ErrUnsupported, m.First)
	}
	y, err := second.InverseTransform(x)
	if err != nil {
		return nil, err
	}
	return first.InverseTransform(y)
}

// Output returns that of the second transformer, if it tells.
func (m *ChainedModel[A, B]) Output() dataset.Schema {
	if namer, ok := any(m.Second).(FeatureNamer); ok {
		return namer.Output()
	}
	return dataset.Schema{}
}

// chainedState is what is saved of a ChainedModel.
type chainedState[A, B any] struct {
	First  Nested[A]
	Second Nested[B]
}

func (m *ChainedModel[A, B]) codec() *codec {
	return &codec{
		kind:    "model.Chain",
		version: 1,
		state:   func(any) any { return chainedState[A, B]{Nested[A]{m.First}, Nested[B]{m.Second}} },
		decode: func(read func(state any) error) (any, error) {
			var s chainedState[A, B]
			if err := read(&s); err != nil {
				return nil, err
			}
			m.First, m.Second = s.First.Model, s.Second.Model
			return m, checkParts(m.First, m.Second)
		},
	}
}

func init() {
	registerGeneric(func() generic { return new(ChainedModel[Transformer, Transformer]) })
}
