package linear

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// ErrTarget is wrapped by errors about a target that the distribution of a
// generalised linear model cannot produce, such as a negative count.
var ErrTarget = errors.New("target outside the range of the model")

// Poisson learns a generalised linear model with logarithmic link for counts
// and rates, targets ≥ 0 whose variance is in proportion to their mean: that of
// [Tweedie] with power 1. The zero value fits with α = 1 and an intercept.
type Poisson struct {
	Alpha       float64 // as of [Tweedie]
	NoPenalty   bool    // as of [Tweedie]
	NoIntercept bool    // as of [Tweedie]
	Tol         float64 // as of [Tweedie]
	MaxIter     int     // as of [Tweedie]
}

// Gamma learns a generalised linear model with logarithmic link for positive
// targets whose standard deviation is in proportion to their mean: that of [Tweedie]
// with power 2. The zero value fits with α = 1 and an intercept.
type Gamma struct {
	Alpha       float64 // as of [Tweedie]
	NoPenalty   bool    // as of [Tweedie]
	NoIntercept bool    // as of [Tweedie]
	Tol         float64 // as of [Tweedie]
	MaxIter     int     // as of [Tweedie]
}

// Tweedie learns a generalised linear model with logarithmic link, μ = exp(b₀ +
// x·b), for targets whose variance is in proportion to μ to the power p. It minimises
//
//	1/(2W) Σ wᵢ d(yᵢ, μᵢ) + ½α ‖b‖²,  W = Σ wᵢ,
//
// d being the unit deviance of the distribution, which for p other than 1 and 2 is
// 2·(y^(2−p)/((1−p)(2−p)) − y·μ^(1−p)/(1−p) + μ^(2−p)/(2−p)). The zero value fits
// with p = 1.5, α = 1 and an intercept, which is not penalised.
type Tweedie struct {
	// Power is p, from 1 to 3: 1 is the Poisson distribution, between 1 and 2 are sums
	// of a random number of gamma variables, which may be zero, 2 is the gamma, 3 the inverse
	// Gaussian distribution. 0 means 1.5.
	Power       float64
	Alpha       float64 // α; 0 means 1
	NoPenalty   bool    // means α = 0
	NoIntercept bool    // leaves out the intercept b₀
	// Tol is where to stop: when the gradient is at most Tol, in units of the loss's
	// curvature at the mean, ȳ^(2−p), for each coefficient of features scaled to unit standard
	// deviation, and the estimated excess of the objective over its minimum is at most
	// Tol/1000 of the mean deviance Σ wᵢ d(yᵢ, ȳ)/W. 0 means 1e-4.
	Tol     float64
	MaxIter int // bounds the number of iterations; 0 means 100
}

// LogLinearModel predicts exp(Intercept + x·Coef), the mean of a positive target.
type LogLinearModel struct {
	Coef      []float64 // p coefficients
	Intercept float64   // zero without intercept
	// DevianceExplained is D² = 1 − Σ w d(y, μ)/Σ w d(y, ȳ) on the training data: 1 for a
	// perfect fit, and for a constant target; 0 for one no better than the mean.
	DevianceExplained float64
	model.Convergence
	dataset.Schema
}

var (
	_ model.Fitter[float64, *LogLinearModel] = Poisson{}
	_ model.Fitter[float64, *LogLinearModel] = Gamma{}
	_ model.Fitter[float64, *LogLinearModel] = Tweedie{}
	_ model.Predictor[float64]               = (*LogLinearModel)(nil)
)

func init() { model.Register("linear.LogLinear", 1, (*LogLinearModel).restore) }

// restore checks a loaded model.
func (m *LogLinearModel) restore() error {
	if len(m.Coef) == 0 {
		return dataset.ErrEmpty
	}
	return dataset.CheckSchema(m.Schema, len(m.Coef))
}

// Fit learns from ds; see [Tweedie.Fit].
func (p Poisson) Fit(ctx context.Context, ds *dataset.Regression) (*LogLinearModel, error) {
	return Tweedie{1, p.Alpha, p.NoPenalty, p.NoIntercept, p.Tol, p.MaxIter}.Fit(ctx, ds)
}

// Fit learns from ds; see [Tweedie.Fit].
func (g Gamma) Fit(ctx context.Context, ds *dataset.Regression) (*LogLinearModel, error) {
	return Tweedie{2, g.Alpha, g.NoPenalty, g.NoIntercept, g.Tol, g.MaxIter}.Fit(ctx, ds)
}

// Fit learns from ds. Errors are those of [dataset.Dataset.Validate],
// [*model.ParamError], and [ErrTarget] for a target that is negative or, for a
// power of 2 or more, zero, or if all of them are zero.
//
// The method is Newton's with Cholesky factors, in O(n·p²) per iteration, and
// beyond 1000 features L-BFGS preconditioned with the Hessian at the mean. Up to a
// power of 2 the loss is convex; beyond, the curvature of each sample is kept from
// falling below a part of its expectation, which is what Fisher's scoring takes
// instead (McCullagh and Nelder 1989, Generalized Linear Models, §2.5).
func (t Tweedie) Fit(ctx context.Context, ds *dataset.Regression) (*LogLinearModel, error) {
	t, err := t.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	mean, err := t.meanTarget(ds)
	if err != nil {
		return nil, err
	}
	// Divided by their mean, targets of any size have losses of about one.
	loss := &tweedieLoss{power: t.Power, y: make([]float64, len(ds.Y)), weights: ds.Weights}
	for i, y := range ds.Y {
		loss.y[i] = y / mean
	}
	unit := math.Pow(mean, 2-t.Power)
	d := newDesign(ds.X, ds.Weights, !t.NoIntercept)
	o := newPointObjective(d, loss, d.penalties(t.Alpha/unit))
	theta := make([]float64, d.size())
	shift := math.Log(mean) // of the intercept, or of all predictors without one
	if t.NoIntercept {
		loss.shift = shift
	}
	null := loss.deviance(make([]float64, len(ds.Y)), -loss.shift, d.total)
	const rounding = 0x1p-50 // the deviance of targets that are equal but for it
	stop := stopping{tolerance: t.Tol, magnitude: max(null, rounding), limit: t.MaxIter, progress: func(done int) {
		model.Report(ctx, model.Progress{Task: "generalised linear model", Done: done})
	}}
	c, err := t.solve(ctx, d, o, theta, stop)
	if err != nil {
		return nil, err
	}
	m := &LogLinearModel{Coef: make([]float64, d.x.Cols), Convergence: c, Schema: ds.Schema}
	if m.Intercept = d.original(m.Coef, theta); !t.NoIntercept {
		m.Intercept += shift
	}
	left := loss.deviance(o.predictors(), 0, d.total)
	m.Objective = unit * (left/2 + o.penaltyAt(theta))
	m.DevianceExplained = 1
	if null > 0 {
		m.DevianceExplained = 1 - left/null
	}
	if err := checkNumbers(m.Objective, m.DevianceExplained); err != nil {
		return nil, err
	}
	return m, nil
}

func (t Tweedie) withDefaults() (Tweedie, error) {
	if t.Power == 0 {
		t.Power = 1.5
	}
	if t.Alpha == 0 && !t.NoPenalty {
		t.Alpha = 1
	}
	if t.Tol == 0 {
		t.Tol = 1e-4
	}
	if t.MaxIter == 0 {
		t.MaxIter = 100
	}
	switch {
	case !(t.Power >= 1 && t.Power <= 3):
		return t, &model.ParamError{Field: "Power", Value: t.Power, Want: "a number from 1 to 3"}
	case !(t.Alpha >= 0) || math.IsInf(t.Alpha, 1):
		return t, &model.ParamError{Field: "Alpha", Value: t.Alpha, Want: "a finite number > 0"}
	case t.NoPenalty && t.Alpha > 0:
		return t, &model.ParamError{Field: "Alpha", Value: t.Alpha, Want: "0 with NoPenalty"}
	case !(t.Tol > 0) || math.IsInf(t.Tol, 1):
		return t, &model.ParamError{Field: "Tol", Value: t.Tol, Want: "a finite number > 0"}
	case t.MaxIter < 0:
		return t, &model.ParamError{Field: "MaxIter", Value: t.MaxIter, Want: "at least 1"}
	}
	return t, nil
}

// meanTarget returns the weighted mean of the targets, all of which it checks.
func (t Tweedie) meanTarget(ds *dataset.Regression) (float64, error) {
	total, largest := 0.0, 0.0
	for i, y := range ds.Y {
		if y < 0 {
			return 0, fmt.Errorf("%w: target of row %d is %v, want a number ≥ 0", ErrTarget, i, y)
		}
		if y == 0 && t.Power >= 2 {
			return 0, fmt.Errorf("%w: target of row %d is 0, want a number > 0", ErrTarget, i)
		}
		total += ds.Weight(i)
		if ds.Weight(i) > 0 {
			largest = max(largest, y)
		}
	}
	if largest == 0 {
		return 0, fmt.Errorf("%w: all targets are zero", ErrTarget)
	}
	mean := 0.0
	for i, y := range ds.Y {
		mean += ds.Weight(i) / total * (y / largest)
	}
	return mean * largest, nil
}

func (t Tweedie) solve(ctx context.Context, d *design, o *pointObjective, theta []float64, stop stopping) (model.Convergence, error) {
	if len(theta) <= maxNewtonBinary {
		c, _, err := minimizeNewton(ctx, o, theta, stop)
		return c, err
	}
	return minimizeLBFGS(ctx, o, theta, newHessianBlocks(d, o.penalty, 1, 1, o.curvatures), stop)
}

// tweedieLoss is half the unit deviance, less what does not depend on the
// predictor z = log μ − shift.
type tweedieLoss struct {
	power   float64
	y       []float64
	weights []float64
	shift   float64
}

func (l *tweedieLoss) sum(lo int, z, slope, curvature []float64) float64 {
	total := 0.0
	for i, v := range z {
		w, y := 1.0, l.y[lo+i]
		if l.weights != nil {
			w = l.weights[lo+i]
		}
		if w == 0 { // where what is foretold may be beyond all numbers
			if slope != nil {
				slope[i] = 0
			}
			if curvature != nil {
				curvature[i] = 0
			}
			continue
		}
		v -= l.shift
		var value, first, second float64
		switch p := l.power; p {
		case 1:
			mu := math.Exp(v)
			value, first, second = mu-float64(y*v), mu-y, mu
		case 2:
			ratio := y * math.Exp(-v)
			value, first, second = ratio+v, 1-ratio, ratio
		default:
			// y·μ^(1−p) and μ^(2−p)
			a, b := y*math.Exp((1-p)*v), math.Exp((2-p)*v)
			value, first = b/(2-p)-a/(1-p), b-a
			// Beyond a power of 2 this may be negative; b is its expectation.
			second = max(float64((2-p)*b)+float64((p-1)*a), b/16)
		}
		total += w * value
		if slope != nil {
			slope[i] = w * first
		}
		if curvature != nil {
			curvature[i] = w * second
		}
	}
	return total
}

// deviance returns the weighted mean of d(y, exp(z + extra − shift)).
func (l *tweedieLoss) deviance(z []float64, extra, total float64) float64 {
	s := 0.0
	for i, v := range z {
		w, y, p := 1.0, l.y[i], l.power
		if l.weights != nil {
			w = l.weights[i]
		}
		if w == 0 {
			continue
		}
		v -= l.shift + extra
		var d float64
		switch p {
		case 1:
			if d = math.Exp(v) - y; y > 0 {
				d += y * (math.Log(y) - v)
			}
		case 2:
			d = y*math.Exp(-v) - 1 + v - math.Log(y)
		default:
			d = math.Pow(y, 2-p)/((1-p)*(2-p)) - y*math.Exp((1-p)*v)/(1-p) + math.Exp((2-p)*v)/(2-p)
		}
		s += w / total * max(2*d, 0)
	}
	return s
}

// Predict returns the expected target for each row of x. One beyond the largest
// float64 is +Inf, and an error if its logarithm is, too.
func (m *LogLinearModel) Predict(x mat.Matrix) ([]float64, error) {
	rows, err := dataset.CheckRows(x, len(m.Coef))
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	predicted := make([]float64, n)
	err = rowsInParallel(n, len(m.Coef), func(i int) bool {
		z := m.logarithm(rows.RawRowView(i))
		predicted[i] = math.Exp(z)
		return finite(z)
	})
	if err != nil {
		return nil, err
	}
	return predicted, nil
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *LogLinearModel) PredictRow(row []float64) (float64, error) {
	if err := dataset.CheckRow(row, len(m.Coef)); err != nil {
		return 0, err
	}
	z := m.logarithm(row)
	if !finite(z) {
		return 0, errPrediction
	}
	return math.Exp(z), nil
}

// logarithm returns that of the prediction.
func (m *LogLinearModel) logarithm(row []float64) float64 { return m.Intercept + dot(m.Coef, row) }
