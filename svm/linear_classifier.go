package svm

import (
	"context"
	"fmt"
	"math"

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
// cᵢ being sample weights. As in LIBLINEAR, and so in scikit-learn's LinearSVC,
// the intercept b is penalised: it is the coefficient of a feature that is one.
// The zero value has C = 1, the squared hinge loss and an intercept.
//
// The squared hinge is minimised by Newton's method on the samples inside the
// margin (Mangasarian 2002, A finite Newton method for classification), in time
// O(n·p²) once and O(n·p) for each of a handful of further steps, as long as
// there are no more features than samples and at most 4000. Otherwise, and for the
// hinge, coordinates of the dual are descended (Hsieh, Chang, Lin, Keerthi and
// Sundararajan 2008, A dual coordinate descent method for large-scale linear SVM),
// O(n·p) per pass over the samples.
type LinearClassifier struct {
	C           float64 // weight of errors against a wide margin; 0 means 1
	Loss        Loss    // SquaredHinge if not set
	NoIntercept bool
	// ClassWeights multiply the weights of the samples of each class; nil means all one.
	ClassWeights []float64
	Balanced     bool // as that of [Classifier]
	// Tol is where to stop. Newton's method: where the norm of the gradient is at most
	// Tol·max(min(n₊, n₋), 1)/n times that at zero. Descent: where the projected
	// gradients of the dual differ by no more than Tol. 0 means 1e-4.
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
	if l, err = l.withDefaults(); err != nil {
		return nil, err
	}
	weights, err := classWeights(ds, classes, l.ClassWeights, l.Balanced)
	if err != nil {
		return nil, err
	}
	f := newLinearFit(ds, weights, l)
	machines := classes
	if classes == 2 {
		machines = 1
	}
	_, p := ds.Dims()
	m := &LinearClassifierModel{Coef: mat.NewDense(machines, p, nil), Schema: ds.Schema}
	m.Converged = true
	for k := range machines {
		positive := k
		if machines == 1 {
			positive = 1
		}
		theta, c, err := f.solve(ctx, positive)
		if err != nil {
			return nil, err
		}
		copy(m.Coef.RawRowView(k), theta[:p])
		intercept := 0.0
		if !l.NoIntercept {
			intercept = theta[p]
		}
		m.Intercept = append(m.Intercept, intercept)
		m.Iterations += c.Iterations
		m.Objective += c.Objective
		m.Converged = m.Converged && c.Converged
		model.Report(ctx, model.Progress{Task: "linear support vector machine", Done: k + 1, Total: machines})
	}
	return m, nil
}

func (l LinearClassifier) withDefaults() (LinearClassifier, error) {
	var err error
	if l.C, err = positive("C", l.C, 1); err != nil {
		return l, err
	}
	if l.Tol, err = positive("Tol", l.Tol, 1e-4); err != nil {
		return l, err
	}
	if l.MaxIter == 0 {
		l.MaxIter = 1000
	}
	if l.MaxIter < 0 {
		return l, &model.ParamError{Field: "MaxIter", Value: l.MaxIter, Want: "at least 1"}
	}
	if l.Loss != SquaredHinge && l.Loss != Hinge {
		return l, &model.ParamError{Field: "Loss", Value: l.Loss, Want: "SquaredHinge or Hinge"}
	}
	return l, nil
}

// Decision returns b_k + x·w_k per row of x: n × 1 for two classes, else n × K.
func (m *LinearClassifierModel) Decision(x mat.Matrix) (*mat.Dense, error) {
	_, p := m.Coef.Dims()
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

// Predict returns the class of each row of x: the one with the largest decision
// value, of equals the first.
func (m *LinearClassifierModel) Predict(x mat.Matrix) ([]int, error) {
	_, p := m.Coef.Dims()
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
	_, p := m.Coef.Dims()
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
