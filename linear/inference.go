package linear

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// ErrUndetermined is what Inference returns for data that leave nothing to
// estimate errors from: collinear features, or no more samples than coefficients.
var ErrUndetermined = errors.New("the data do not determine the errors of the coefficients")

// Inference is a least-squares fit with what classical theory says of it when
// the targets are xᵢ·b + b₀ plus independent normal errors of variance σ²/wᵢ.
type Inference struct {
	*RegressionModel
	StandardErrors   []float64 // of Coef
	T, P             []float64 // t values of Coef, and two-sided probabilities of larger ones if the coefficient were zero
	InterceptError   float64   // standard error of Intercept; zero without intercept, as are the next
	InterceptT       float64
	InterceptP       float64
	DegreesOfFreedom int     // samples of positive weight less coefficients
	Deviation        float64 // estimate of σ: √(Σ w r²/DegreesOfFreedom)
	R2               float64 // 1 − Σ w r²/Σ w (y−ȳ)²; without intercept ȳ = 0; 1 for an exact fit
	AdjustedR2       float64 // 1 − (1−R2)·(n−1)/DegreesOfFreedom; n instead of n−1 without intercept
	F, FP            float64 // of the hypothesis that all coefficients but the intercept are zero

	table  *table
	factor *qrFactor
}

// Inference fits like Fit and computes the statistics of the estimate, at about
// twice its cost. The errors are those of Fit, [ErrUndetermined], and
// [*model.ParamError] for NonNegative, for which the theory does not hold.
func (r Regression) Inference(ctx context.Context, ds *dataset.Regression) (*Inference, error) {
	if r.NonNegative {
		return nil, &model.ParamError{Field: "NonNegative", Value: true, Want: "false for inference"}
	}
	fit, solution, t, err := r.fit(ctx, ds)
	if err != nil {
		return nil, err
	}
	n, p := 0, len(fit.Coef)
	for i := range ds.Y {
		if ds.Weight(i) > 0 {
			n++
		}
	}
	ones := 1
	if r.NoIntercept {
		ones = 0
	}
	s := &Inference{RegressionModel: fit, DegreesOfFreedom: n - p - ones, table: t}
	if s.DegreesOfFreedom <= 0 {
		return nil, fmt.Errorf("%w: %d samples, %d coefficients", ErrUndetermined, n, p+ones)
	}
	if fit.Rank < p {
		return nil, fmt.Errorf("%w: features are collinear or constant, rank %d of %d", ErrUndetermined, fit.Rank, p)
	}
	m, err := newMoments(ctx, s.table)
	if err != nil {
		return nil, err
	}
	if s.factor, err = newQRFactor(ctx, s.table, m); err != nil {
		return nil, err
	}
	if s.factor.rank < p+ones {
		return nil, fmt.Errorf("%w: features are collinear", ErrUndetermined)
	}
	// Not from Objective, which overflows long before the deviation does.
	s.Deviation = math.Sqrt(solution.objective/float64(s.DegreesOfFreedom)) / t.scaleOf(p)
	s.coefficientStatistics(ones)
	s.fitStatistics(m.square, solution.objective)
	return s, nil
}

func (s *Inference) coefficientStatistics(ones int) {
	p := len(s.Coef)
	s.StandardErrors, s.T, s.P = make([]float64, p), make([]float64, p), make([]float64, p)
	unitVector := make([]float64, p)
	for j := range s.Coef {
		unitVector[j] = 1
		s.StandardErrors[j] = s.Deviation * s.spread(unitVector, 0)
		unitVector[j] = 0
		s.T[j], s.P[j] = s.test(s.Coef[j], s.StandardErrors[j])
	}
	if ones == 1 {
		s.InterceptError = s.Deviation * s.spread(unitVector, 1)
		s.InterceptT, s.InterceptP = s.test(s.Intercept, s.InterceptError)
	}
}

// fitStatistics is told the sum of squares of the target and what of it is left, in any
// unit.
func (s *Inference) fitStatistics(total, left float64) {
	p, free := len(s.Coef), float64(s.DegreesOfFreedom)
	switch {
	case left == 0:
		s.R2, s.AdjustedR2, s.F, s.FP = 1, 1, math.Inf(1), 0
		return
	case left >= total:
		s.FP = 1
	default:
		s.R2 = 1 - left/total
		s.F = (total - left) / float64(p) * free / left
		s.FP = mathext.RegIncBeta(free/2, float64(p)/2, free/(free+float64(p)*s.F))
	}
	s.AdjustedR2 = 1 - (1-s.R2)*(free+float64(p))/free
}

// spread returns √(ℓᵀ(AᵀWA)⁻¹ℓ) for the functional b ↦ row·b + constant·b₀: the
// standard error of its estimate in units of σ.
func (s *Inference) spread(row []float64, constant float64) float64 {
	t, f := s.table, s.factor
	l := make([]float64, f.r.Cols)
	if f.ones == 1 {
		l[0] = constant
	}
	for j, v := range row {
		// In the factor's coordinates feature j is (x·scale − shift)·f.scale.
		l[f.ones+j] = f.scale[j] * (v*t.scaleOf(j) - constant*t.shift[j])
	}
	permuted := make([]float64, len(l))
	for i, j := range f.pivots {
		permuted[i] = l[j]
	}
	blas64.Trsv(blas.Trans, f.triangle(), blas64.Vector{N: f.rank, Inc: 1, Data: permuted})
	return norm2(permuted)
}

// test returns t = estimate/deviation and its two-sided probability.
func (s *Inference) test(estimate, deviation float64) (t, p float64) {
	if estimate == 0 {
		return 0, 1
	}
	t = estimate / deviation
	free := float64(s.DegreesOfFreedom)
	return t, mathext.RegIncBeta(free/2, 0.5, free/(free+t*t))
}

// ConfidenceIntervals returns, for each coefficient, the interval that holds the
// true one with the given probability, such as 0.95.
func (s *Inference) ConfidenceIntervals(level float64) (lower, upper []float64, err error) {
	q, err := s.quantile(level)
	if err != nil {
		return nil, nil, err
	}
	for j, b := range s.Coef {
		lower = append(lower, b-q*s.StandardErrors[j])
		upper = append(upper, b+q*s.StandardErrors[j])
	}
	return lower, upper, nil
}

// MeanInterval returns the interval that holds the expected target at row with
// the given probability.
func (s *Inference) MeanInterval(row []float64, level float64) (lower, upper float64, err error) {
	return s.interval(row, level, 0)
}

// PredictionInterval returns the interval that holds the target of a new sample
// of weight one at row with the given probability.
func (s *Inference) PredictionInterval(row []float64, level float64) (lower, upper float64, err error) {
	return s.interval(row, level, 1)
}

func (s *Inference) interval(row []float64, level, noise float64) (lower, upper float64, err error) {
	q, err := s.quantile(level)
	if err != nil {
		return 0, 0, err
	}
	y, err := s.PredictRow(row)
	if err != nil {
		return 0, 0, err
	}
	half := q * s.Deviation * math.Hypot(s.spread(row, float64(s.factor.ones)), noise)
	if !finite(half) {
		return 0, 0, errPrediction
	}
	return y - half, y + half, nil
}

// quantile returns the t value that is exceeded in magnitude with probability 1 − level.
func (s *Inference) quantile(level float64) (float64, error) {
	if !(level > 0 && level < 1) {
		return 0, &model.ParamError{Field: "level", Value: level, Want: "a probability between 0 and 1"}
	}
	return distuv.StudentsT{Sigma: 1, Nu: float64(s.DegreesOfFreedom)}.Quantile((1 + level) / 2), nil
}
