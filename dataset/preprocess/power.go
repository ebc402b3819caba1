package preprocess

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Power is a family of maps that make distributions more normal.
type Power int

const (
	// YeoJohnson is ((x+1)^λ − 1)/λ for x ≥ 0, which is log(x+1) for λ = 0, and
	// −((1−x)^(2−λ) − 1)/(2−λ) for x < 0, which is −log(1−x) for λ = 2; λ = 1
	// changes nothing. Source: I.-K. Yeo and R. Johnson, "A new family of power
	// transformations to improve normality or symmetry", Biometrika 87 (2000).
	YeoJohnson Power = iota
	// BoxCox is (x^λ − 1)/λ, which is log x for λ = 0; all values must be positive.
	// Source: G. Box and D. Cox, "An analysis of transformations", Journal of the
	// Royal Statistical Society B 26 (1964).
	BoxCox
)

// PowerTransformer applies to each feature the map of a family that makes it as
// normal as may be, by maximum likelihood, and brings the result to mean 0 and
// variance 1. Missing values are left out, and stay missing; a weight of w counts
// as w copies. A constant feature is only centred.
type PowerTransformer struct {
	Power         Power // YeoJohnson by default
	NoStandardize bool  // do not bring to mean 0 and variance 1
}

// PowerTransformerModel is a fitted [PowerTransformer].
type PowerTransformerModel struct {
	Power   Power
	Lambdas []float64 // per feature
	Scaling           // of the mapped features
}

var (
	_ model.Fitter[dataset.None, *PowerTransformerModel] = PowerTransformer{}
	_ model.RowTransformer                               = (*PowerTransformerModel)(nil)
	_ model.InverseTransformer                           = (*PowerTransformerModel)(nil)
	_ model.FeatureNamer                                 = (*PowerTransformerModel)(nil)
)

func init() { model.Register("preprocess.PowerTransformer", 1, (*PowerTransformerModel).restore) }

// Fit learns the maps, in some 50 passes over each feature. A value that is not
// positive is an error under BoxCox, as are values that any λ takes out of range.
func (t PowerTransformer) Fit(ctx context.Context, ds *dataset.Unlabeled) (*PowerTransformerModel, error) {
	if t.Power != YeoJohnson && t.Power != BoxCox {
		return nil, &model.ParamError{Field: "Power", Value: t.Power, Want: "YeoJohnson or BoxCox"}
	}
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	m := &PowerTransformerModel{Power: t.Power, Lambdas: make([]float64, p), Scaling: newScaling(ds.Schema, p)}
	errs := make([]error, p)
	if err := eachColumn(ctx, ds, func(j int, s sample) {
		if errs[j] = m.checkRange(j, s.values[0]); errs[j] != nil {
			return
		}
		m.Lambdas[j], errs[j] = t.Power.likeliest(ctx, s)
		if errs[j] != nil || t.NoStandardize {
			return
		}
		for i, v := range s.values { // in order still, as the maps are
			s.values[i] = t.Power.apply(m.Lambdas[j], v)
		}
		mean, variance := s.moments()
		m.Offset[j] = mean
		if scale := math.Sqrt(variance); scale > 1e-14*math.Abs(mean) {
			m.Scale[j] = scale
		}
	}); err != nil {
		return nil, err
	}
	for j, err := range errs {
		if err != nil && ctx.Err() == nil {
			return nil, fmt.Errorf("%s: %w", columnName(ds.Schema, j), err)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return m, nil
}

// checkRange reports a value that the family is not defined for.
func (m *PowerTransformerModel) checkRange(j int, v float64) error {
	if m.Power == BoxCox && v <= 0 {
		return fmt.Errorf("%w: %s is %v, the Box-Cox transform takes positive values", dataset.ErrShape, columnName(m.Schema, j), v)
	}
	return nil
}

// likeliest returns the λ under which the mapped values are most likely normal:
// it maximises −½ log(variance of the mapped values) + mean log-derivative.
func (p Power) likeliest(ctx context.Context, s sample) (float64, error) {
	first, last := s.values[0], s.values[len(s.values)-1]
	if first == last {
		return 1, nil
	}
	// The mapped values are kept below e³⁰⁰, so that their squares are finite.
	const largest, reach = 300, 1000
	low, high := -reach+0.0, reach+0.0
	if p == BoxCox {
		extent := max(math.Abs(math.Log(first)), math.Abs(math.Log(last)))
		low, high = max(low, -largest/extent), min(high, largest/extent)
	} else {
		if last > 0 {
			high = min(high, largest/math.Log1p(last))
		}
		if first < 0 {
			low = max(low, 2-largest/math.Log1p(-first))
		}
	}
	if !(low < high) {
		return 0, fmt.Errorf("%w: the values are too large for a power transform", dataset.ErrNotFinite)
	}
	slopes := sample{values: make([]float64, len(s.values)), before: s.before}
	for i, v := range s.values {
		if p == BoxCox {
			slopes.values[i] = math.Log(v)
		} else {
			slopes.values[i] = math.Copysign(math.Log1p(math.Abs(v)), v)
		}
	}
	slope := slopes.mean()
	mapped := sample{values: make([]float64, len(s.values)), before: s.before}
	loss := func(lambda float64) float64 {
		for i, v := range s.values {
			mapped.values[i] = p.apply(lambda, v)
		}
		_, variance := mapped.moments()
		if variance == 0 {
			return math.Inf(1)
		}
		return math.Log(variance)/2 - (lambda-1)*slope
	}
	return minimize(ctx, loss, low, high)
}

// apply maps a value.
func (p Power) apply(lambda, v float64) float64 {
	switch {
	case p == BoxCox:
		return expm1Over(lambda, math.Log(v))
	case v >= 0:
		return expm1Over(lambda, math.Log1p(v))
	default:
		return -expm1Over(2-lambda, math.Log1p(-v))
	}
}

// undo is the inverse of apply; NaN where there is none.
func (p Power) undo(lambda, y float64) float64 {
	switch {
	case p == BoxCox:
		return math.Exp(log1pOver(lambda, y))
	case y >= 0:
		return math.Expm1(log1pOver(lambda, y))
	default:
		return -math.Expm1(log1pOver(2-lambda, -y))
	}
}

// expm1Over returns (e^(λt) − 1)/λ, which is t for λ = 0.
func expm1Over(lambda, t float64) float64 {
	if lambda == 0 {
		return t
	}
	return math.Expm1(lambda*t) / lambda
}

// log1pOver returns log(1 + λy)/λ, which is y for λ = 0.
func log1pOver(lambda, y float64) float64 {
	if lambda == 0 {
		return y
	}
	return math.Log1p(lambda*y) / lambda
}

// minimize returns a local minimum of f in [low, high]: it walks from [-2, 2]
// downhill in growing steps until f rises, and narrows the bracket by golden
// section and parabolas, which is Brent's method (R. Brent, "Algorithms for
// minimization without derivatives", 1973, chapter 5).
func minimize(ctx context.Context, f func(float64) float64, low, high float64) (float64, error) {
	a, c := max(low, min(-2, high)), min(high, max(2, low))
	b := (a + c) / 2
	fa, fb, fc := f(a), f(b), f(c)
	for step := 4.0; fb > min(fa, fc) && ctx.Err() == nil; step *= 2 {
		if fa < fc {
			if a == low {
				break
			}
			b, c, fb, fc = a, b, fa, fb
			a = max(low, a-step)
			fa = f(a)
		} else {
			if c == high {
				break
			}
			a, b, fa, fb = b, c, fb, fc
			c = min(high, c+step)
			fc = f(c)
		}
	}
	const golden = 0.3819660112501051 // (3 − √5)/2
	x, w, v := b, b, b
	fx, fw, fv := fb, fb, fb
	var step, before float64
	for range 200 {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		middle := (a + c) / 2
		tolerance := 1e-9*math.Abs(x) + 1e-11
		if math.Abs(x-middle) <= 2*tolerance-(c-a)/2 {
			break
		}
		parabola := false
		if math.Abs(before) > tolerance {
			r, q := (x-w)*(fx-fv), (x-v)*(fx-fw)
			numerator, denominator := (x-v)*q-(x-w)*r, 2*(q-r)
			if denominator > 0 {
				numerator = -numerator
			}
			denominator = math.Abs(denominator)
			if math.Abs(numerator) < math.Abs(denominator*before/2) && numerator > denominator*(a-x) && numerator < denominator*(c-x) {
				parabola = true
				before, step = step, numerator/denominator
				if u := x + step; u-a < 2*tolerance || c-u < 2*tolerance {
					step = math.Copysign(tolerance, middle-x)
				}
			}
		}
		if !parabola {
			before = c - x
			if x >= middle {
				before = a - x
			}
			step = golden * before
		}
		u := x + step
		if math.Abs(step) < tolerance {
			u = x + math.Copysign(tolerance, step)
		}
		fu := f(u)
		if fu <= fx {
			if u >= x {
				a = x
			} else {
				c = x
			}
			v, w, x = w, x, u
			fv, fw, fx = fw, fx, fu
			continue
		}
		if u < x {
			a = u
		} else {
			c = u
		}
		if fu <= fw || w == x {
			v, w, fv, fw = w, u, fw, fu
		} else if fu <= fv || v == x || v == w {
			v, fv = u, fu
		}
	}
	return x, nil
}

func (m *PowerTransformerModel) restore() error {
	if len(m.Lambdas) != len(m.Scale) || m.Power != YeoJohnson && m.Power != BoxCox {
		return errLengths
	}
	return m.Scaling.restore()
}

// Transform returns the mapped samples.
func (m *PowerTransformerModel) Transform(x mat.Matrix) (*mat.Dense, error) { return transform(m, x) }

// TransformRow appends the mapped row to dst.
func (m *PowerTransformerModel) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(m, dst, row)
}

// InverseTransform returns the samples that Transform makes y of. A value that it
// makes of none is an error that is [dataset.ErrNotFinite].
func (m *PowerTransformerModel) InverseTransform(y mat.Matrix) (*mat.Dense, error) {
	return transform(powerInverse{m}, y)
}

func (m *PowerTransformerModel) mapRow(dst, row []float64) error {
	for j, v := range row {
		if err := m.checkRange(j, v); err != nil {
			return err
		}
		dst[j] = v
		if v == v {
			dst[j] = (m.Power.apply(m.Lambdas[j], v) - m.Offset[j]) / m.Scale[j]
		}
	}
	return finite(dst)
}

type powerInverse struct{ *PowerTransformerModel }

func (m powerInverse) mapRow(dst, row []float64) error {
	for j, v := range row {
		dst[j] = v
		if v != v {
			continue
		}
		dst[j] = m.Power.undo(m.Lambdas[j], float64(v*m.Scale[j])+m.Offset[j])
		if math.IsNaN(dst[j]) {
			return fmt.Errorf("%w: no value of feature %d becomes %v", dataset.ErrNotFinite, j, v)
		}
	}
	return finite(dst)
}
