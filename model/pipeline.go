package model

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// RowTransformer is a Transformer that also maps a single row. TransformRow
// appends the features it makes of row to dst and returns the extended slice; it
// allocates nothing where dst has the capacity. The values are those of
// Transform, bit for bit.
type RowTransformer interface {
	TransformRow(dst, row []float64) ([]float64, error)
}

// FeatureNamer is a Transformer that knows what it makes: Output returns the
// names and levels of the features of Transform's result, in a schema whose other
// parts are empty.
type FeatureNamer interface {
	Output() dataset.Schema
}

// Pipeline is a transformer and an estimator that is fitted on what the
// transformer makes of the data. [Pipe] returns one.
type Pipeline[T dataset.Target, A Transformer, M Predictor[P], P any] struct {
	Transformer Fitter[T, A]
	Estimator   Fitter[T, M]
}

// Pipe returns the pipeline of a transformer and an estimator, which can be a
// pipeline in turn:
//
//	model.Pipe(preprocess.SimpleImputer{}, model.Pipe(preprocess.StandardScaler{}, linear.Logistic{}))
//
// Cross-validated as a whole, a pipeline shows no test sample to the transformer.
func Pipe[T dataset.Target, A Transformer, M Predictor[P], P any](t Fitter[dataset.None, A], f Fitter[T, M]) Pipeline[T, A, M, P] {
	return Pipeline[T, A, M, P]{unsupervised[T, A]{t}, f}
}

// PipeSupervised is Pipe for a transformer that learns from the target, such as
// a selection of features.
func PipeSupervised[T dataset.Target, A Transformer, M Predictor[P], P any](t Fitter[T, A], f Fitter[T, M]) Pipeline[T, A, M, P] {
	return Pipeline[T, A, M, P]{t, f}
}

// PipeEach returns the pipeline of a transformer and each of the estimators, in
// their order: the candidates of a [Search] that is to fit the transformer anew in
// every fold. Candidates with other transformers whose models are of the same type
// can be appended:
//
//	machines := model.Grid([]float64{1, 10}, func(c float64) svm.Classifier { return svm.Classifier{C: c} })
//	candidates := slices.Concat(
//		model.PipeEach(decomposition.PCA{Components: 2}, machines),
//		model.PipeEach(decomposition.PCA{Components: 5}, machines))
func PipeEach[F Fitter[T, M], T dataset.Target, A Transformer, M Predictor[P], P any](t Fitter[dataset.None, A], estimators []F) []Pipeline[T, A, M, P] {
	piped := make([]Pipeline[T, A, M, P], len(estimators))
	for i, f := range estimators {
		piped[i] = Pipe[T](t, f)
	}
	return piped
}

// unsupervised is a fitter that does not look at the target.
type unsupervised[T dataset.Target, A any] struct{ Fitter Fitter[dataset.None, A] }

func (u unsupervised[T, A]) Fit(ctx context.Context, ds *dataset.Dataset[T]) (A, error) {
	return u.Fitter.Fit(ctx, ds.Unlabeled())
}

// PipelineModel is a fitted [Pipeline]. It has all the methods that its last
// model may have; one that it lacks returns an error that is
// [errors.ErrUnsupported].
type PipelineModel[A Transformer, M Predictor[P], P any] struct {
	Transformer    A
	Model          M
	dataset.Schema // of the data that go in
	scratch        scratch
}

// A pipeline that is loaded without its exact type being spelled out is one of
// these; see [Load].
type (
	ClassifierPipeline = PipelineModel[Transformer, Predictor[int], int]
	RegressorPipeline  = PipelineModel[Transformer, Predictor[float64], float64]
)

var (
	_ Fitter[int, *ClassifierPipeline] = Pipeline[int, Transformer, Predictor[int], int]{}
	_ Predictor[int]                   = (*ClassifierPipeline)(nil)
	_ ProbabilityPredictor             = (*ClassifierPipeline)(nil)
	_ DecisionFunction                 = (*ClassifierPipeline)(nil)
	_ RowProbabilityPredictor          = (*ClassifierPipeline)(nil)
	_ RowDecisionFunction              = (*ClassifierPipeline)(nil)
	_ Transformer                      = (*ClassifierPipeline)(nil)
)

// Fit fits the transformer on ds, and the estimator on the transformed samples.
func (p Pipeline[T, A, M, P]) Fit(ctx context.Context, ds *dataset.Dataset[T]) (*PipelineModel[A, M, P], error) {
	a, transformed, err := fitTransform(ctx, p.Transformer, ds)
	if err != nil {
		return nil, err
	}
	m, err := p.Estimator.Fit(ctx, transformed)
	if err != nil {
		return nil, err
	}
	return &PipelineModel[A, M, P]{Transformer: a, Model: m, Schema: ds.Schema}, nil
}

// fitTransform fits a transformer on ds and returns it with what it makes of ds.
func fitTransform[T dataset.Target, A Transformer](ctx context.Context, f Fitter[T, A], ds *dataset.Dataset[T]) (A, *dataset.Dataset[T], error) {
	a, err := f.Fit(ctx, ds)
	if err != nil {
		return a, nil, err
	}
	x, err := a.Transform(ds.X)
	if err != nil {
		return a, nil, err
	}
	transformed := &dataset.Dataset[T]{X: x, Y: ds.Y, Weights: ds.Weights}
	if namer, ok := any(a).(FeatureNamer); ok {
		transformed.Schema = namer.Output()
	}
	transformed.Target, transformed.Classes = ds.Target, ds.Classes
	return a, transformed, nil
}

// Predict returns the model's predictions from the transformed samples.
func (m *PipelineModel[A, M, P]) Predict(x mat.Matrix) ([]P, error) {
	z, err := m.Transformer.Transform(x)
	if err != nil {
		return nil, err
	}
	return m.Model.Predict(z)
}

// PredictRow is Predict of one row. It allocates nothing where neither
// PredictRow of the model nor the transformer does, which must be a
// [RowTransformer] for that.
func (m *PipelineModel[A, M, P]) PredictRow(row []float64) (P, error) {
	z := m.scratch.take()
	defer m.scratch.give(z)
	if err := z.transform(m.Transformer, row); err != nil {
		var none P
		return none, err
	}
	return m.Model.PredictRow(z.values)
}

// PredictProba returns the model's probabilities of the classes.
func (m *PipelineModel[A, M, P]) PredictProba(x mat.Matrix) (*mat.Dense, error) {
	if last := innermost(m); !isA[ProbabilityPredictor](last) {
		return nil, noProbabilities(last)
	}
	return through(m.Transformer, x, any(m.Model).(ProbabilityPredictor).PredictProba)
}

// Decision returns the scores that the model decides by.
func (m *PipelineModel[A, M, P]) Decision(x mat.Matrix) (*mat.Dense, error) {
	if last := innermost(m); !isA[DecisionFunction](last) {
		return nil, noDecision(last)
	}
	return through(m.Transformer, x, any(m.Model).(DecisionFunction).Decision)
}

// PredictProbaRow appends the model's probabilities for one row to dst, without
// allocating where the steps do not.
func (m *PipelineModel[A, M, P]) PredictProbaRow(dst, row []float64) ([]float64, error) {
	z := m.scratch.take()
	defer m.scratch.give(z)
	if err := z.transform(m.Transformer, row); err != nil {
		return nil, err
	}
	return probaRow(m.Model, dst, z.values)
}

// DecisionRow appends the scores that the model decides by for one row to dst,
// without allocating where the steps do not.
func (m *PipelineModel[A, M, P]) DecisionRow(dst, row []float64) ([]float64, error) {
	z := m.scratch.take()
	defer m.scratch.give(z)
	if err := z.transform(m.Transformer, row); err != nil {
		return nil, err
	}
	return decisionRow(m.Model, dst, z.values)
}

// Transform returns what the model, as the last transformer, makes of the
// samples.
func (m *PipelineModel[A, M, P]) Transform(x mat.Matrix) (*mat.Dense, error) {
	if last := innermost(m); !isA[Transformer](last) {
		return nil, fmt.Errorf("%w: a %T is no transformer", errors.ErrUnsupported, last)
	}
	return through(m.Transformer, x, any(m.Model).(Transformer).Transform)
}

func through(t Transformer, x mat.Matrix, method func(mat.Matrix) (*mat.Dense, error)) (*mat.Dense, error) {
	z, err := t.Transform(x)
	if err != nil {
		return nil, err
	}
	return method(z)
}

func (m *PipelineModel[A, M, P]) last() any { return m.Model }

// pipelineState is what is saved of a PipelineModel.
type pipelineState[A, M any] struct {
	Transformer Nested[A]
	Model       Nested[M]
	dataset.Schema
}

func (m *PipelineModel[A, M, P]) codec() *codec {
	var p P
	return &codec{
		kind:    fmt.Sprintf("model.Pipeline(%T)", p),
		version: 1,
		state: func(any) any {
			return pipelineState[A, M]{Nested[A]{m.Transformer}, Nested[M]{m.Model}, m.Schema}
		},
		decode: func(read func(state any) error) (any, error) {
			var s pipelineState[A, M]
			if err := read(&s); err != nil {
				return nil, err
			}
			m.Transformer, m.Model, m.Schema = s.Transformer.Model, s.Model.Model, s.Schema
			if err := checkParts(m.Transformer, m.Model); err != nil {
				return nil, err
			}
			return m, dataset.CheckSchema(m.Schema, max(len(m.Features), len(m.Levels)))
		},
	}
}

// A pipeline that is loaded as an interface has parts that are interfaces.
func init() {
	registerGeneric(func() generic { return new(ClassifierPipeline) })
	registerGeneric(func() generic { return new(RegressorPipeline) })
}
