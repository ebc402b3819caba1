package model

import (
	"errors"
	"fmt"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// scratch lends memory to calls that handle one row and may run at the same time.
type scratch struct{ pool sync.Pool } // of *buffer

// buffer holds what a step makes of a row.
type buffer struct{ values []float64 }

func (s *scratch) take() *buffer {
	if b, ok := s.pool.Get().(*buffer); ok {
		return b
	}
	return new(buffer)
}

func (s *scratch) give(b *buffer) { s.pool.Put(b) }

// transform makes b what t makes of the row.
func (b *buffer) transform(t Transformer, row []float64) error {
	z, err := transformRow(t, b.values[:0], row)
	if err != nil {
		return err
	}
	b.values = z
	return nil
}

// transformRow is TransformRow of a transformer that may not have it.
func transformRow(t Transformer, dst, row []float64) ([]float64, error) {
	if r, ok := t.(RowTransformer); ok {
		return r.TransformRow(dst, row)
	}
	return appendRow(dst, row, t.Transform)
}

// probaRow is PredictProbaRow of a model that may have only PredictProba, or
// neither.
func probaRow(m any, dst, row []float64) ([]float64, error) {
	if r, ok := m.(RowProbabilityPredictor); ok {
		return r.PredictProbaRow(dst, row)
	}
	if p, ok := m.(ProbabilityPredictor); ok {
		return appendRow(dst, row, p.PredictProba)
	}
	return nil, noProbabilities(m)
}

// decisionRow is DecisionRow of a model that may have only Decision, or neither.
func decisionRow(m any, dst, row []float64) ([]float64, error) {
	if r, ok := m.(RowDecisionFunction); ok {
		return r.DecisionRow(dst, row)
	}
	if d, ok := m.(DecisionFunction); ok {
		return appendRow(dst, row, d.Decision)
	}
	return nil, noDecision(m)
}

func appendRow(dst, row []float64, method func(mat.Matrix) (*mat.Dense, error)) ([]float64, error) {
	if len(row) == 0 {
		return nil, dataset.ErrEmpty
	}
	z, err := method(mat.NewDense(1, len(row), row))
	if err != nil {
		return nil, err
	}
	return append(dst, z.RawRowView(0)...), nil
}

// innermost returns the last model of pipelines within pipelines: of the methods
// that a pipeline has, those that it has work.
func innermost(m any) any {
	for {
		p, ok := m.(interface{ last() any })
		if !ok {
			return m
		}
		m = p.last()
	}
}

func isA[I any](m any) bool {
	_, ok := m.(I)
	return ok
}

func noProbabilities(m any) error {
	return fmt.Errorf("%w: a %T has no probabilities", errors.ErrUnsupported, m)
}

func noDecision(m any) error {
	return fmt.Errorf("%w: a %T has no decision function", errors.ErrUnsupported, m)
}
