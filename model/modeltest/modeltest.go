// Package modeltest is the conformance suite that every estimator of the library
// passes, as testing/fstest is for file systems: what design promises of any
// Fitter and its model, checked on small generated data.
//
//	func TestConformance(t *testing.T) {
//		modeltest.TestClassifier(t, mypackage.Classifier{})
//	}
//
// Each promise is a sub-test with a name, such as "refit" or "integer weights".
// One that an estimator cannot keep is declared with [ExpectFailure] and a
// reason; the suite fails if it is kept after all. A user's own estimator can be
// put through the suite just as well.
package modeltest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// An Option adjusts the suite to an estimator.
type Option func(*settings)

type settings struct {
	expected  map[string]string // check → reason why it fails
	tolerance float64
	missing   bool
}

// ExpectFailure declares that the named check fails, and why. The sub-test is
// then skipped with the reason, and fails if the check passes.
func ExpectFailure(check, reason string) Option {
	return func(s *settings) { s.expected[check] = reason }
}

// Tolerance sets how far, relative to max(1, |value|), real-valued answers of
// two models may lie apart that were fitted on the same samples in another
// order, or on weighted instead of repeated samples. The default is 1e-6. Where
// design promises equal bits, it does not apply.
func Tolerance(relative float64) Option {
	return func(s *settings) { s.tolerance = relative }
}

// AllowsMissing declares that the estimator takes NaN in X as a missing value.
func AllowsMissing() Option {
	return func(s *settings) { s.missing = true }
}

// TestClassifier runs the suite on a classifier.
func TestClassifier[M model.Predictor[int]](t *testing.T, f model.Fitter[int, M], options ...Option) {
	s := newSuite(f, classification, options)
	s.extra = []check{
		{"learns", s.learnsClasses},
		{"one class", s.refusesOneClass},
		{"missing class", s.refusesMissingClass},
		{"probabilities", s.probabilities},
		{"decision", s.decision},
	}
	s.run(t)
}

// TestRegressor runs the suite on a regressor. Its targets are positive.
func TestRegressor[M model.Predictor[float64]](t *testing.T, f model.Fitter[float64, M], options ...Option) {
	s := newSuite(f, regression, options)
	s.extra = []check{
		{"learns", s.learnsTargets},
		{"target not finite", s.refusesBadTargets},
	}
	s.run(t)
}

// TestClusterer runs the suite on an estimator that divides unlabeled samples
// into clusters. Clusters of two models are compared up to their numbering where
// the models were fitted on samples in another order.
func TestClusterer[M model.Predictor[int]](t *testing.T, f model.Fitter[dataset.None, M], options ...Option) {
	s := newSuite(f, unlabeled, options)
	s.renumber = true
	s.run(t)
}

// TestTransformer runs the suite on a transformer of unlabeled samples.
func TestTransformer[M model.Transformer](t *testing.T, f model.Fitter[dataset.None, M], options ...Option) {
	s := newSuite(f, unlabeled, options)
	s.extra = []check{{"inverse", s.inverse}}
	s.run(t)
}

// TestSupervisedTransformer runs the suite on a transformer that learns from
// targets.
func TestSupervisedTransformer[T dataset.Target, M model.Transformer](t *testing.T, f model.Fitter[T, M], options ...Option) {
	s := newSuite(f, sample[T], options)
	s.extra = []check{{"inverse", s.inverse}}
	s.run(t)
}

// TestParamError checks that a fit of f, which has the named parameter out of
// range, ends with a [*model.ParamError] that names it.
func TestParamError[T dataset.Target, M any](t *testing.T, field string, f model.Fitter[T, M]) {
	t.Run(fmt.Sprintf("%s in %+v", field, f), func(t *testing.T) {
		_, err := fit(context.Background(), f, sample[T](60, 4, 1))
		var param *model.ParamError
		if !errors.As(err, &param) || param.Field != field {
			t.Errorf("Fit returned %v, want a *model.ParamError for %s", err, field)
		}
	})
}

// A check is one promise, under the name of its sub-test.
type check struct {
	name string
	run  func() error
}

type suite[T dataset.Target, M any] struct {
	settings
	fitter   model.Fitter[T, M]
	data     *dataset.Dataset[T]
	renumber bool // class numbers carry no meaning of their own
	extra    []check
}

func newSuite[T dataset.Target, M any](f model.Fitter[T, M], data func(n, p int, seed uint64) *dataset.Dataset[T], options []Option) *suite[T, M] {
	s := &suite[T, M]{
		settings: settings{expected: map[string]string{}, tolerance: 1e-6},
		fitter:   f,
		data:     data(120, 4, 1),
	}
	for _, o := range options {
		o(&s.settings)
	}
	return s
}

func (s *suite[T, M]) checks() []check {
	return append([]check{
		{"refit", s.refit},
		{"GOMAXPROCS", s.procs},
		{"permuted training rows", s.permutedTraining},
		{"integer weights", s.integerWeights},
		{"inputs untouched", s.untouched},
		{"strided training data", s.stridedTraining},
		{"strided and transposed rows", s.stridedRows},
		{"row by row", s.rowByRow},
		{"rows allocate nothing", s.rowAllocations},
		{"permuted rows", s.permutedRows},
		{"malformed training data", s.refusesTrainingData},
		{"malformed rows", s.refusesRows},
		{"degenerate data", s.degenerate},
		{"save and load", s.saveLoad},
		{"concurrent use", s.concurrent},
		{"cancelled before", s.cancelledBefore},
		{"cancelled during", s.cancelledDuring},
	}, s.extra...)
}

func (s *suite[T, M]) run(t *testing.T) {
	known := map[string]bool{}
	for _, c := range s.checks() {
		known[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			err := guard(c.run)
			reason, expected := s.expected[c.name]
			switch {
			case expected && err == nil:
				t.Errorf("passes, but is declared to fail: %s", reason)
			case expected:
				t.Skipf("fails as declared (%s): %v", reason, err)
			case err != nil:
				t.Error(err)
			}
		})
	}
	for name := range s.expected {
		if !known[name] {
			t.Errorf("ExpectFailure names %q, which is no check of this suite", name)
		}
	}
}

// errPanic is what guard makes of a panic.
var errPanic = errors.New("panic")

// guard turns a panic into an error, so that one check does not end the rest.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errPanic, r)
		}
	}()
	return f()
}

// fit is f.Fit with a panic turned into an error.
func fit[T dataset.Target, M any](ctx context.Context, f model.Fitter[T, M], ds *dataset.Dataset[T]) (m M, err error) {
	err = guard(func() (err error) {
		m, err = f.Fit(ctx, ds)
		return err
	})
	return m, err
}

func (s *suite[T, M]) fit(ds *dataset.Dataset[T]) (M, error) {
	return fit(context.Background(), s.fitter, ds)
}

// A method is one of the things a model says about rows, with classes and
// clusters as floating-point numbers: n rows × a width of its own.
type method struct {
	name   string
	labels bool
	call   func(x mat.Matrix) (*mat.Dense, error)
	row    func(dst, row []float64) ([]float64, error) // the same of one row; nil where the model has it not
}

func methods(m any) []method {
	var all []method
	switch p := m.(type) {
	case model.Predictor[int]:
		all = append(all, method{"Predict", true, func(x mat.Matrix) (*mat.Dense, error) { return column(p.Predict(x)) }, rowOfPredictor(p)})
	case model.Predictor[float64]:
		all = append(all, method{"Predict", false, func(x mat.Matrix) (*mat.Dense, error) { return column(p.Predict(x)) }, rowOfPredictor(p)})
	}
	if p, ok := m.(model.ProbabilityPredictor); ok {
		one := method{"PredictProba", false, p.PredictProba, nil}
		if r, ok := m.(model.RowProbabilityPredictor); ok {
			one.row = r.PredictProbaRow
		}
		all = append(all, one)
	}
	if p, ok := m.(model.DecisionFunction); ok {
		one := method{"Decision", false, p.Decision, nil}
		if r, ok := m.(model.RowDecisionFunction); ok {
			one.row = r.DecisionRow
		}
		all = append(all, one)
	}
	if p, ok := m.(model.Transformer); ok {
		one := method{"Transform", false, p.Transform, nil}
		if r, ok := m.(model.RowTransformer); ok {
			one.row = r.TransformRow
		}
		all = append(all, one)
	}
	// A pipeline has the methods that its last model may have.
	return slices.DeleteFunc(all, func(m method) bool {
		return errors.Is(guard(func() error { _, err := m.call(nil); return err }), errors.ErrUnsupported)
	})
}

// rowOfPredictor is PredictRow in the form of the other methods of a row.
func rowOfPredictor[P int | float64](m model.Predictor[P]) func(dst, row []float64) ([]float64, error) {
	return func(dst, row []float64) ([]float64, error) {
		p, err := m.PredictRow(row)
		if err != nil {
			return nil, err
		}
		return append(dst, float64(p)), nil
	}
}

// column returns values as an n×1 matrix.
func column[P int | float64](values []P, err error) (*mat.Dense, error) {
	if err != nil {
		return nil, err
	}
	if len(values) == 0 {
		return new(mat.Dense), nil
	}
	c := mat.NewDense(len(values), 1, nil)
	for i, v := range values {
		c.Set(i, 0, float64(v))
	}
	return c, nil
}
