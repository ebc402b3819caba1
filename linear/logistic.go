package linear

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// Logistic learns logistic regression, for two classes or, as the multinomial
// (softmax) model, for more. It minimises
//
//	1/W Σ wᵢ loss(yᵢ, xᵢ) + 1/(C·W) (½(1−ρ) ‖B‖² + ρ ‖B‖₁),  W = Σ wᵢ,
//
// over coefficients B and intercepts b, of which the latter are not penalised.
// For two classes loss = log(1 + exp(−s·(b + xᵢ·B))) with s = 1 for class 1 and
// −1 for class 0; for K > 2 it is log Σ_k exp(b_k + xᵢ·B_k) − (b_y + xᵢ·B_y). The
// minimiser is that of C Σ wᵢ loss + ½(1−ρ)‖B‖² + ρ‖B‖₁, scikit-learn's form.
//
// The zero value fits with C = 1, an L2 penalty (ρ = 0) and intercepts.
type Logistic struct {
	// C is the inverse strength of the penalty: the smaller, the stronger. 0 means
	// 1, +Inf no penalty.
	C float64
	// L1Ratio is ρ, from 0, an L2 penalty, to 1, an L1 penalty, which makes
	// coefficients exactly zero; between them it is the elastic net.
	L1Ratio float64
	// NoIntercept leaves out the intercepts.
	NoIntercept bool
	// Balanced multiplies the weight of each sample by W/(K·W_k), where W_k is the
	// total weight of its class, so that all classes weigh the same.
	Balanced bool
	// ClassWeights multiply the weights of the samples of each class; nil means all one.
	ClassWeights []float64
	// Solver is the way to the minimum, by default the one that suits the data; all
	// end there.
	Solver Solver
	// Tol is where to stop: when the gradient of the averaged objective is at most Tol
	// in each coefficient of features scaled to unit standard deviation (with an L1
	// penalty, when zero is that near to the subdifferential), and the excess of the
	// objective over its minimum is
	//   - estimated, from a quadratic model, to be at most Tol/1000 of it;
	//   - with a penalty, certified to be at most Tol of it: by the duality gap, which
	//     DualGap of the model holds. Where the penalty is so weak, for the units of the
	//     features, that rounding hides it, the fit goes on until rounding is all that the
	//     estimate has left.
	//
	// The estimate is right to a small factor, except without a penalty by SolverLBFGS,
	// where in nearly flat directions it is a guess. 0 means 1e-4.
	Tol float64
	// MaxIter bounds the number of iterations; 0 means 1000.
	MaxIter int
}

// Solver is a way to minimise the objective of [Logistic]. Costs are for n samples,
// p features and K classes, with K = 1 for two classes.
type Solver int

const (
	// SolverAuto is SolverProximalNewton with an L1 penalty. Without one, for two
	// classes up to 1000 features and for more up to 500 coefficients, it is L-BFGS
	// preconditioned with the Hessian, which is computed anew whenever the iterations
	// become slow for what that costs (Doikov, Chayti and Jaggi 2023, Second-order
	// optimization with lazy Hessians), and at first of a sample of the rows if they are
	// many. Otherwise it is SolverLBFGS.
	SolverAuto Solver = iota
	// SolverNewtonCholesky is Newton's method with a Cholesky factor of the Hessian
	// and a line search. Cost: a few iterations of ½K(K−1)·np² flops (np² for two
	// classes) and (Kp)³/3; (Kp)² numbers.
	SolverNewtonCholesky
	// SolverLBFGS is the limited-memory BFGS method (Liu and Nocedal 1989) started from
	// the Hessian at equal probabilities, a sharper form of the bound of
	// Böhning (1992, Multinomial logistic regression algorithm, §2), and where that
	// becomes slow from the classes' blocks of the present Hessian. Cost: some
	// 10 to 100 iterations of 4nKp flops, and np² flops or at most a few times Knp²
	// for the Hessians, which take at most twice the memory of the data or 8 MB.
	SolverLBFGS
	// SolverProximalNewton is for an L1 penalty: coordinate descent on the quadratic
	// model of the loss and a line search (Yuan, Ho and Lin 2012, An improved GLMNET for
	// L1-regularized logistic regression), beyond 300 features on a
	// working set of them, of which it makes a copy. Where the working set has more
	// than 2000 coefficients, accelerated proximal gradient steps take its place.
	SolverProximalNewton
)

// LogisticModel is a fitted [Logistic]. For two classes there is one row of
// coefficients, those of class 1 against class 0.
type LogisticModel struct {
	Coef      *mat.Dense // 1 × p for two classes, else K × p
	Intercept []float64  // one per row of Coef; zero without intercept
	model.Convergence
	// Separated tells that the classes can be separated by hyperplanes without
	// error and there is no penalty: the loss has no minimum, ever larger
	// coefficients bring it nearer to zero. The fit stopped with predictions that are
	// all right, and Converged is false.
	Separated bool
	// DualGap bounds how far Objective is above its minimum. Without a penalty it is
	// Objective itself: all that is known is that the minimum is not below zero.
	DualGap float64
	dataset.Schema
}

var (
	_ model.Fitter[int, *LogisticModel] = Logistic{}
	_ model.Predictor[int]              = (*LogisticModel)(nil)
	_ model.ProbabilityPredictor        = (*LogisticModel)(nil)
	_ model.DecisionFunction            = (*LogisticModel)(nil)
)

func init() { model.Register("linear.Logistic", 1, (*LogisticModel).restore) }

// Fit learns from ds. Errors are those of [dataset.Dataset.Validate] and
// [dataset.CheckClasses], and [*model.ParamError].
func (l Logistic) Fit(ctx context.Context, ds *dataset.Classification) (*LogisticModel, error) {
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	classes, err := dataset.CheckClasses(ds)
	if err != nil {
		return nil, err
	}
	if l, err = l.withDefaults(classes); err != nil {
		return nil, err
	}
	weights := l.weights(ds, classes)
	f := &logisticFit{
		design:  newDesign(ds.X, weights, !l.NoIntercept),
		y:       ds.Y,
		classes: classes,
		solver:  l.Solver,
		stop: stopping{tolerance: l.Tol, limit: l.MaxIter, progress: func(done int) {
			model.Report(ctx, model.Progress{Task: "logistic regression", Done: done})
		}},
	}
	f.strength = 1 / (l.C * f.total)
	f.penalty = f.penalties(f.strength * (1 - l.L1Ratio))
	if l.L1Ratio > 0 && f.strength > 0 {
		f.lambda = f.absolutePenalties(f.strength * l.L1Ratio)
	}
	theta, convergence, err := f.solve(ctx)
	if err == nil {
		err = checkNumbers(convergence.Objective)
	}
	if err != nil {
		return nil, err
	}
	m := &LogisticModel{Convergence: convergence, Separated: f.separated, DualGap: f.gap, Schema: ds.Schema}
	m.Coef, m.Intercept = f.coefficients(theta)
	return m, nil
}

// checkNumbers is an error if what a fit ended at is no number: squares of features,
// of their scales or of targets overflow beyond some 1e±150.
func checkNumbers(values ...float64) error {
	for _, v := range values {
		if math.IsNaN(v) {
			return fmt.Errorf("%w: the objective overflows; scale the data", dataset.ErrNotFinite)
		}
	}
	return nil
}

func (l Logistic) withDefaults(classes int) (Logistic, error) {
	if l.C == 0 {
		l.C = 1
	}
	if l.Tol == 0 {
		l.Tol = 1e-4
	}
	if l.MaxIter == 0 {
		l.MaxIter = 1000
	}
	switch {
	case !(l.C > 0):
		return l, &model.ParamError{Field: "C", Value: l.C, Want: "a number > 0"}
	case !(l.L1Ratio >= 0 && l.L1Ratio <= 1):
		return l, &model.ParamError{Field: "L1Ratio", Value: l.L1Ratio, Want: "a number from 0 to 1"}
	case l.Solver < SolverAuto || l.Solver > SolverProximalNewton:
		return l, &model.ParamError{Field: "Solver", Value: l.Solver, Want: "one of the solvers"}
	case l.Solver != SolverAuto && (l.Solver == SolverProximalNewton) != (l.L1Ratio > 0 && !math.IsInf(l.C, 1)):
		return l, &model.ParamError{Field: "Solver", Value: l.Solver, Want: "SolverProximalNewton with an L1 penalty, another one without"}
	case !(l.Tol > 0) || math.IsInf(l.Tol, 1):
		return l, &model.ParamError{Field: "Tol", Value: l.Tol, Want: "a finite number > 0"}
	case l.MaxIter < 0:
		return l, &model.ParamError{Field: "MaxIter", Value: l.MaxIter, Want: "at least 1"}
	case l.ClassWeights != nil && len(l.ClassWeights) != classes:
		return l, &model.ParamError{Field: "ClassWeights", Value: l.ClassWeights, Want: fmt.Sprintf("%d weights, one per class", classes)}
	case l.ClassWeights != nil && l.Balanced:
		return l, &model.ParamError{Field: "ClassWeights", Value: l.ClassWeights, Want: "nil if Balanced"}
	}
	for _, w := range l.ClassWeights {
		if !(w > 0) || math.IsInf(w, 1) {
			return l, &model.ParamError{Field: "ClassWeights", Value: l.ClassWeights, Want: "finite numbers > 0"}
		}
	}
	return l, nil
}

// weights returns the sample weights times those of the classes.
func (l Logistic) weights(ds *dataset.Classification, classes int) []float64 {
	perClass := l.ClassWeights
	if l.Balanced {
		perClass = make([]float64, classes)
		total := 0.0
		for i, k := range ds.Y {
			perClass[k] += ds.Weight(i)
			total += ds.Weight(i)
		}
		for k, w := range perClass {
			perClass[k] = total / (float64(classes) * w)
		}
	}
	if perClass == nil {
		return ds.Weights
	}
	weights := make([]float64, len(ds.Y))
	for i, k := range ds.Y {
		weights[i] = ds.Weight(i) * perClass[k]
	}
	return weights
}

// Predict returns the most probable class of each row of x; of equally probable
// ones the first. A decision value beyond the largest float64 is an error, here and in
// the other methods.
func (m *LogisticModel) Predict(x mat.Matrix) ([]int, error) {
	rows, err := dataset.CheckRows(x, m.features())
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	labels := make([]int, n)
	err = rowsInParallel(n, m.features()*len(m.Intercept), func(i int) (ok bool) {
		labels[i], ok = m.class(rows.RawRowView(i))
		return ok
	})
	if err != nil {
		return nil, err
	}
	return labels, nil
}

// PredictRow is Predict for one row.
func (m *LogisticModel) PredictRow(row []float64) (int, error) {
	if err := dataset.CheckRow(row, m.features()); err != nil {
		return 0, err
	}
	class, ok := m.class(row)
	if !ok {
		return 0, errPrediction
	}
	return class, nil
}

// Decision returns b_k + x·B_k per row of x: n × 1 for two classes, else n × K.
func (m *LogisticModel) Decision(x mat.Matrix) (*mat.Dense, error) {
	rows, err := dataset.CheckRows(x, m.features())
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	z := mat.NewDense(n, len(m.Intercept), nil)
	err = rowsInParallel(n, m.features()*len(m.Intercept), func(i int) bool { return m.decide(rows.RawRowView(i), z.RawRowView(i)) })
	if err != nil {
		return nil, err
	}
	return z, nil
}

// DecisionRow appends the decision values of one row to dst.
func (m *LogisticModel) DecisionRow(dst, row []float64) ([]float64, error) {
	if err := dataset.CheckRow(row, m.features()); err != nil {
		return nil, err
	}
	start, width := len(dst), len(m.Intercept)
	dst = slices.Grow(dst, width)[:start+width]
	if !m.decide(row, dst[start:]) {
		return nil, errPrediction
	}
	return dst, nil
}

// PredictProba returns the probability of each class per row of x, n × classes.
// Small probabilities are as exact as large ones, down to the smallest float64.
func (m *LogisticModel) PredictProba(x mat.Matrix) (*mat.Dense, error) {
	rows, err := dataset.CheckRows(x, m.features())
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	proba := mat.NewDense(n, max(2, len(m.Intercept)), nil)
	err = rowsInParallel(n, m.features()*len(m.Intercept), func(i int) bool {
		return m.probabilities(rows.RawRowView(i), proba.RawRowView(i))
	})
	if err != nil {
		return nil, err
	}
	return proba, nil
}

// PredictProbaRow appends the probability of each class for one row to dst.
func (m *LogisticModel) PredictProbaRow(dst, row []float64) ([]float64, error) {
	if err := dataset.CheckRow(row, m.features()); err != nil {
		return nil, err
	}
	start, classes := len(dst), max(2, len(m.Intercept))
	dst = slices.Grow(dst, classes)[:start+classes]
	if !m.probabilities(row, dst[start:]) {
		return nil, errPrediction
	}
	return dst, nil
}

// probabilities writes the probabilities of the classes for a row. It reports whether
// its decision values are finite.
func (m *LogisticModel) probabilities(row, p []float64) bool {
	ok := m.decide(row, p[:len(m.Intercept)])
	if len(m.Intercept) > 1 {
		simd.Softmax(p, p)
		return ok
	}
	e := math.Exp(-math.Abs(p[0]))
	small, large := e/(1+e), 1/(1+e)
	if p[0] > 0 {
		p[0], p[1] = small, large
	} else {
		p[0], p[1] = large, small
	}
	return ok
}

// restore checks a loaded model.
func (m *LogisticModel) restore() error {
	if m.Coef == nil || m.Coef.IsEmpty() {
		return errors.New("it has no coefficients")
	}
	rows, features := m.Coef.Dims()
	if rows != len(m.Intercept) || rows == 2 || m.Classes != nil && len(m.Classes) != max(2, rows) {
		return fmt.Errorf("%w: coefficients of %d rows, %d intercepts, %d classes", dataset.ErrShape, rows, len(m.Intercept), len(m.Classes))
	}
	return dataset.CheckSchema(m.Schema, features)
}

// features returns the number of features, 0 for the zero model.
func (m *LogisticModel) features() int {
	if m.Coef == nil {
		return 0
	}
	_, p := m.Coef.Dims()
	return p
}

// decide writes the decision values of a row, one per row of Coef. It reports whether
// they are finite.
func (m *LogisticModel) decide(row, z []float64) bool {
	ok := true
	for k, b := range m.Intercept {
		z[k] = b + dot(m.Coef.RawRowView(k), row)
		ok = ok && finite(z[k])
	}
	return ok
}

// class returns the class of a row. It reports whether the decision values are finite.
func (m *LogisticModel) class(row []float64) (class int, ok bool) {
	if len(m.Intercept) == 1 {
		z := m.Intercept[0] + dot(m.Coef.RawRowView(0), row)
		if z > 0 {
			class = 1
		}
		return class, finite(z)
	}
	largest := math.Inf(-1)
	ok = true
	for k, b := range m.Intercept {
		z := b + dot(m.Coef.RawRowView(k), row)
		if z > largest {
			class, largest = k, z
		}
		ok = ok && finite(z)
	}
	return class, ok
}
