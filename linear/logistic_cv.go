package linear

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// LogisticCV learns like [Logistic] with the best C and ρ by cross-validation:
// those of least log loss, which unlike accuracy tells apart how sure the
// predictions are. The zero value tries 10 values of C from 1e-4 to 1e4,
// equally spaced on a logarithmic scale, for ρ = 0 in 5 stratified folds.
type LogisticCV struct {
	Cs           []float64      // values of C, each > 0; nil means those above
	L1Ratios     []float64      // values of ρ, from 0 to 1; nil means 0
	Folds        model.Splitter // nil means model.KFold{}
	NoIntercept  bool           // as of [Logistic], like the following
	Balanced     bool
	ClassWeights []float64
	Solver       Solver // for all values of ρ
	Tol          float64
	MaxIter      int
}

// LogisticCVModel is the model of the best penalty.
type LogisticCVModel struct {
	LogisticModel
	C, L1Ratio float64    // the best; of equally good ones the first tried
	Cs         []float64  // C of each penalty tried
	L1Ratios   []float64  // ρ of each penalty tried
	Errors     *mat.Dense // penalties × folds: weighted mean log loss in the test part of each fold
}

var _ model.Fitter[int, *LogisticCVModel] = LogisticCV{}

func init() { model.Register("linear.LogisticCV", 1, (*LogisticCVModel).restore) }

// restore checks a loaded model.
func (m *LogisticCVModel) restore() error { return m.LogisticModel.restore() }

// Fit learns from ds. Errors are those of [Logistic.Fit] and of the folds. All
// penalties and folds are fitted in parallel, of which "cross-validation" reports the
// progress; the penalty with the least mean over the folds of Errors is fitted to the
// whole data.
func (l LogisticCV) Fit(ctx context.Context, ds *dataset.Classification) (*LogisticCVModel, error) {
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	if l.Cs == nil {
		for i := range 10 {
			l.Cs = append(l.Cs, math.Pow(10, -4+8*float64(i)/9))
		}
	}
	if l.L1Ratios == nil {
		l.L1Ratios = []float64{0}
	}
	if l.Folds == nil {
		l.Folds = model.KFold{}
	}
	m := &LogisticCVModel{}
	for _, ratio := range l.L1Ratios {
		for i, c := range l.Cs {
			if !(c > 0) {
				return nil, &model.ParamError{Field: fmt.Sprintf("Cs[%d]", i), Value: c, Want: "a number > 0"}
			}
			m.Cs, m.L1Ratios = append(m.Cs, c), append(m.L1Ratios, ratio)
		}
	}
	if len(m.Cs) == 0 {
		return nil, &model.ParamError{Field: "Cs", Value: l.Cs, Want: "at least one, or nil"}
	}
	var err error
	if m.Errors, err = l.crossValidate(ctx, ds, m.Cs, m.L1Ratios); err != nil {
		return nil, err
	}
	best, err := leastError(len(m.Cs), func(i int) float64 { return mat.Sum(m.Errors.RowView(i)) })
	if err != nil {
		return nil, err
	}
	m.C, m.L1Ratio = m.Cs[best], m.L1Ratios[best]
	fit, err := l.with(m.C, m.L1Ratio).Fit(ctx, ds)
	if err != nil {
		return nil, err
	}
	m.LogisticModel = *fit
	return m, nil
}

// with returns the parameters of one fit.
func (l LogisticCV) with(c, ratio float64) Logistic {
	return Logistic{C: c, L1Ratio: ratio, NoIntercept: l.NoIntercept, Balanced: l.Balanced, ClassWeights: l.ClassWeights, Solver: l.Solver, Tol: l.Tol, MaxIter: l.MaxIter}
}

// crossValidate returns the log loss per penalty and fold.
func (l LogisticCV) crossValidate(ctx context.Context, ds *dataset.Classification, cs, ratios []float64) (*mat.Dense, error) {
	classes, err := dataset.CheckClasses(ds)
	if err != nil {
		return nil, err
	}
	folds, err := l.Folds.Folds(ds.Len(), ds.Y)
	if err != nil {
		return nil, err
	}
	train, test := make([]*dataset.Classification, len(folds)), make([]*dataset.Classification, len(folds))
	for f, fold := range folds {
		if train[f], err = ds.Subset(fold.Train); err != nil {
			return nil, err
		}
		if test[f], err = ds.Subset(fold.Test); err != nil {
			return nil, err
		}
		// Without names a class that is missing at the end would not be noticed.
		if seen, err := dataset.CheckClasses(train[f]); err != nil || seen < classes || test[f].Len() == 0 {
			return nil, fmt.Errorf("fold %d: %w: it lacks a class or samples to test with", f, dataset.ErrClasses)
		}
	}
	if len(folds) == 0 {
		return nil, &model.ParamError{Field: "Folds", Value: l.Folds, Want: "a Splitter that gives folds"}
	}
	scores := mat.NewDense(len(cs), len(folds), nil)
	failed := make([]error, len(folds)*len(cs))
	var done atomic.Int64
	err = parallel.ForContext(ctx, len(failed), 1, func(task, _ int) {
		penalty, f := task/len(folds), task%len(folds)
		fit, err := l.with(cs[penalty], ratios[penalty]).Fit(ctx, train[f])
		if err == nil {
			scores.Set(penalty, f, fit.logLoss(test[f]))
		}
		failed[task] = err
		model.Report(ctx, model.Progress{Task: "cross-validation", Done: int(done.Add(1)), Total: len(failed)})
	})
	if err != nil {
		return nil, err
	}
	for task, err := range failed {
		if err != nil {
			return nil, fmt.Errorf("fold %d: %w", task%len(folds), err)
		}
	}
	return scores, nil
}

// logLoss returns the weighted mean of −log p of the true class.
func (m *LogisticModel) logLoss(ds *dataset.Classification) float64 {
	sum, total := 0.0, 0.0
	loss := make([]float64, 1)
	z := make([]float64, max(2, len(m.Intercept)))
	for i := range ds.Y {
		// The predictors of two classes are 0 and that of the second.
		z[0] = 0
		m.decide(ds.X.RawRowView(i), z[len(z)-len(m.Intercept):])
		simd.SoftmaxRows(z, len(z), ds.Y[i:i+1], loss)
		sum += ds.Weight(i) * loss[0]
		total += ds.Weight(i)
	}
	if total == 0 {
		return 0
	}
	return sum / total
}
