package svm

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// A Loss is what a margin m = y·(w·x + b) costs.
type Loss int

const (
	SquaredHinge Loss = iota // max(0, 1 − m)²
	Hinge                    // max(0, 1 − m)
)

// LinearClassifier learns linear support vector machines, one for each class
// against the rest, or a single one for two classes: it minimises
//
//	½‖w‖² + ½b² + C Σ cᵢ loss(yᵢ(w·xᵢ + b)),  yᵢ = ±1,
//
// cᵢ being sample weights; with the L1 penalty, ‖w‖₁ + |b| in place of the squares.
// As in LIBLINEAR, and so in scikit-learn's LinearSVC, the intercept b is penalised:
// it is the coefficient of a feature that is one. With CrammerSinger all classes are
// learnt in one problem:
//
//	½ Σ_k (‖w_k‖² + b_k²) + C Σ cᵢ max_k (1[k ≠ yᵢ] + (w_k − w_yᵢ)·xᵢ + b_k − b_yᵢ).
//
// The zero value has C = 1, the squared hinge loss, the L2 penalty and an intercept.
//
// The squared hinge is minimised by Newton's method on the samples inside the
// margin (Mangasarian 2002, A finite Newton method for classification), in time
// O(n·p²) once and O(n·p) for each of a handful of further steps, as long as
// there are no more features than samples and at most 4000; with the L1 penalty each
// step is found by coordinate descent (Yuan, Ho and Lin 2012, An improved GLMNET for
// L1-regularized logistic regression), and where there are more features it works on
// the columns of those whose coefficients may differ from zero. The hinge is
// minimised by an interior-point method (Ferris and Munson 2002, Interior-point
// methods for massive support vector machines), O(n·p²) for each of some twenty
// steps, as long as there are no more features than samples and at most 1000.
// Elsewhere coordinates of the dual are descended (Hsieh, Chang, Lin, Keerthi and
// Sundararajan 2008, A dual coordinate descent method for large-scale linear SVM),
// O(n·p) per pass over the samples, classes in parallel; O(n·p·K) for CrammerSinger
// (Keerthi et al. 2008, A sequential dual method for large scale multi-class linear
// SVMs).
type LinearClassifier struct {
	C           float64 // weight of errors against the penalty; 0 means 1
	Loss        Loss    // SquaredHinge if not set
	Penalty     Penalty // L2 if not set; L1 wants the squared hinge
	NoIntercept bool
	// CrammerSinger learns all classes in one problem. Loss and Penalty are its own:
	// they must not be set.
	CrammerSinger bool
	// ClassWeights multiply the weights of the samples of each class; nil means all one.
	ClassWeights []float64
	Balanced     bool // as that of [Classifier]
	// Tol is where to stop. Newton's method: where the norm of the gradient g is at most
	// Tol·max(min(n₊, n₋), 1)/n times that at zero, and ½‖g‖², which bounds how far the
	// objective is from the least, at most Tol times the objective; with the L1 penalty,
	// by the sum of the absolute values of the least subgradients. Interior point: where
	// the duality gap is at most 1e-4·Tol of the objective. Descent: where no variable
	// of the dual violates its optimality condition by more than Tol. 0 means 1e-4.
	Tol     float64
	MaxIter int    // steps, or passes over the samples; 0 means 1000
	Seed    uint64 // of the order in which coordinates are descended
}

// LinearClassifierModel is a fitted [LinearClassifier]. For two classes there is one
// row of coefficients, those of class 1 against class 0.
type LinearClassifierModel struct {
	Coef              *mat.Dense // 1 × p for two classes, else K × p
	Intercept         []float64  // one per row of Coef; zero without intercept
	model.Convergence            // iterations and objectives added up over the machines
	dataset.Schema
}

var (
	_ model.Fitter[int, *LinearClassifierModel] = LinearClassifier{}
	_ model.Predictor[int]                      = (*LinearClassifierModel)(nil)
	_ model.DecisionFunction                    = (*LinearClassifierModel)(nil)
)

func init() {
	model.Register("svm.LinearClassifier", 1, (*LinearClassifierModel).restore)
}

// Fit learns from ds. Errors are those of [dataset.Dataset.Validate] and
// [dataset.CheckClasses], and [*model.ParamError]; features so large that their
// squares overflow are [dataset.ErrNotFinite].
func (l LinearClassifier) Fit(ctx context.Context, ds *dataset.Classification) (*LinearClassifierModel, error) {
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	classes, err := dataset.CheckClasses(ds)
	if err != nil {
		return nil, err
	}
	options, err := newLinearOptions(l.Loss == SquaredHinge, l.Penalty, l.NoIntercept, l.Tol, l.MaxIter, l.Seed)
	if err != nil {
		return nil, err
	}
	c, err := positive("C", l.C, 1)
	if err != nil {
		return nil, err
	}
	if l.Loss != SquaredHinge && l.Loss != Hinge {
		return nil, &model.ParamError{Field: "Loss", Value: l.Loss, Want: "SquaredHinge or Hinge"}
	}
	if l.CrammerSinger && (l.Loss != SquaredHinge || l.Penalty != L2) {
		return nil, &model.ParamError{Field: "CrammerSinger", Value: l.CrammerSinger, Want: "false where Loss or Penalty is set"}
	}
	weights, err := classWeights(ds, classes, l.ClassWeights, l.Balanced)
	if err != nil {
		return nil, err
	}
	f := newLinearProblem(ds.X.RawMatrix(), c, weights, -1, options)
	var theta blas64.General
	var convergence model.Convergence
	if l.CrammerSinger {
		theta, convergence, err = crammerSinger(ctx, f.x, ds.Y, classes, f.bounds, options)
		if err == nil && classes == 2 {
			simd.Sub(theta.Data[:theta.Stride], rowOf(theta, 1), rowOf(theta, 0))
			theta.Rows = 1
		}
	} else {
		theta, convergence, err = oneVersusRest(ctx, f, ds.Y, classes)
	}
	if err != nil {
		return nil, err
	}
	p := f.x.Cols
	m := &LinearClassifierModel{Coef: mat.NewDense(theta.Rows, p, nil), Intercept: make([]float64, theta.Rows), Convergence: convergence, Schema: ds.Schema}
	for k := range theta.Rows {
		copy(m.Coef.RawRowView(k), rowOf(theta, k)[:p])
		if !l.NoIntercept {
			m.Intercept[k] = rowOf(theta, k)[p]
		}
	}
	return m, nil
}

// oneVersusRest solves the problem for each class against the rest, or for class 1
// against class 0, and returns a row of θ for each.
func oneVersusRest(ctx context.Context, f *linearProblem, class []int, classes int) (blas64.General, model.Convergence, error) {
	machines := classes
	if classes == 2 {
		machines = 1
	}
	theta := blas64.General{Rows: machines, Cols: f.size, Stride: f.size, Data: make([]float64, machines*f.size)}
	convergences, errs := make([]model.Convergence, machines), make([]error, machines)
	var done atomic.Int64
	learn := func(machine *linearProblem, k int) {
		positive := k
		if machines == 1 {
			positive = 1
		}
		machine.y = make([]float64, len(class))
		for i, label := range class {
			machine.y[i] = -1
			if label == positive {
				machine.y[i] = 1
			}
		}
		var solution []float64
		solution, convergences[k], errs[k] = machine.solve(ctx)
		copy(rowOf(theta, k), solution)
		model.Report(ctx, model.Progress{Task: "linear support vector machine", Done: int(done.Add(1)), Total: machines})
	}
	if f.byHessian() { // the first of which is shared
		for k := range machines {
			learn(f, k)
		}
	} else {
		parallel.For(machines, 1, func(k, _ int) {
			machine := *f
			learn(&machine, k)
		})
	}
	total := model.Convergence{Converged: true}
	for k, c := range convergences {
		if errs[k] != nil {
			return theta, total, errs[k]
		}
		total.Iterations += c.Iterations
		total.Objective += c.Objective
		total.Converged = total.Converged && c.Converged
	}
	return theta, total, nil
}

// Decision returns b_k + x·w_k per row of x: n × 1 for two classes, else n × K.
func (m *LinearClassifierModel) Decision(x mat.Matrix) (*mat.Dense, error) {
	p := m.features()
	rows, err := dataset.CheckRows(x, p)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	z := mat.NewDense(n, len(m.Intercept), nil)
	parallel.For(n, max(16, 1<<17/(p*len(m.Intercept)+1)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for k, b := range m.Intercept {
				z.Set(i, k, b+simd.Dot(m.Coef.RawRowView(k), rows.RawRowView(i)))
			}
		}
	})
	return z, nil
}

// DecisionRow appends the decision values of one row to dst.
func (m *LinearClassifierModel) DecisionRow(dst, row []float64) ([]float64, error) {
	p := m.features()
	if err := dataset.CheckRow(row, p); err != nil {
		return nil, err
	}
	for k, b := range m.Intercept {
		dst = append(dst, b+simd.Dot(m.Coef.RawRowView(k), row))
	}
	return dst, nil
}

// Predict returns the class of each row of x: the one with the largest decision
// value, of equals the first.
func (m *LinearClassifierModel) Predict(x mat.Matrix) ([]int, error) {
	p := m.features()
	rows, err := dataset.CheckRows(x, p)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	labels := make([]int, n)
	parallel.For(n, max(16, 1<<17/(p*len(m.Intercept)+1)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			labels[i] = m.class(rows.RawRowView(i))
		}
	})
	return labels, nil
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *LinearClassifierModel) PredictRow(row []float64) (int, error) {
	p := m.features()
	if err := dataset.CheckRow(row, p); err != nil {
		return 0, err
	}
	return m.class(row), nil
}

func (m *LinearClassifierModel) class(row []float64) int {
	best, largest := 0, 0.0
	if len(m.Intercept) > 1 {
		largest = math.Inf(-1)
	}
	for k, b := range m.Intercept {
		if z := b + simd.Dot(m.Coef.RawRowView(k), row); z > largest {
			best, largest = k, z
			if len(m.Intercept) == 1 {
				best = 1
			}
		}
	}
	return best
}

// features returns the number of features, 0 for the zero model.
func (m *LinearClassifierModel) features() int {
	if m.Coef == nil {
		return 0
	}
	_, p := m.Coef.Dims()
	return p
}

// restore checks a loaded model.
func (m *LinearClassifierModel) restore() error {
	if m.Coef == nil {
		return wrongShape("no coefficients")
	}
	k, p := m.Coef.Dims()
	if len(m.Intercept) != k || k == 2 || m.Classes != nil && len(m.Classes) != max(k, 2) {
		return fmt.Errorf("%w: %d rows of coefficients, %d intercepts, %d classes", dataset.ErrShape, k, len(m.Intercept), len(m.Classes))
	}
	return dataset.CheckSchema(m.Schema, p)
}
