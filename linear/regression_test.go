package linear

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

type regressionCase struct {
	Name                string
	X                   [][]float64
	Y, Weights          []float64
	Intercept, Positive bool
	Coef                []float64
	Constant            float64
	Statistics          *struct {
		Errors, P, Mean, Prediction, Confidence []float64
		R2, Adjusted, F, FP                     float64
	}
}

func TestRegressionGolden(t *testing.T) {
	ctx := context.Background()
	for _, c := range golden[regressionCase](t, "regression") {
		t.Run(c.Name, func(t *testing.T) {
			ds := newData(t, c.X, c.Y, c.Weights)
			r := Regression{NoIntercept: !c.Intercept, NonNegative: c.Positive}
			fit, err := r.Fit(ctx, ds)
			if err != nil {
				t.Fatal(err)
			}
			wantClose(t, "Coef and Intercept", append(fit.Coef, fit.Intercept), append(c.Coef, c.Constant), 1e-11)
			if want := c.Statistics; want != nil {
				checkInference(t, r, ds, c.Coef, want.Errors, want.P, want.Mean, want.Prediction, want.Confidence,
					[]float64{want.R2, want.Adjusted, want.F, want.FP})
			}
		})
	}
}

func checkInference(t *testing.T, r Regression, ds *dataset.Regression, coef, errors, p, mean, prediction, confidence, fit []float64) {
	t.Helper()
	s, err := r.Inference(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	gotErrors, gotP := s.StandardErrors, s.P
	if !r.NoIntercept {
		gotErrors = append([]float64{s.InterceptError}, gotErrors...)
		gotP = append([]float64{s.InterceptP}, gotP...)
	}
	wantClose(t, "StandardErrors", gotErrors, errors, 1e-10)
	for j := range p {
		wantClose(t, "P", gotP[j:j+1], p[j:j+1], 1e-8)
	}
	for i, got := range []float64{s.R2, s.AdjustedR2, s.F, s.FP} {
		wantClose(t, "R2, AdjustedR2, F or FP", []float64{got}, fit[i:i+1], 1e-8)
	}
	row := ds.X.RawRowView(0)
	lower, upper, err := s.MeanInterval(row, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "MeanInterval", []float64{lower, upper}, mean, 1e-9)
	if lower, upper, err = s.PredictionInterval(row, 0.95); err != nil {
		t.Fatal(err)
	}
	wantClose(t, "PredictionInterval", []float64{lower, upper}, prediction, 1e-9)
	l, u, err := s.ConfidenceIntervals(0.95)
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "ConfidenceIntervals", []float64{l[len(coef)-1], u[len(coef)-1]}, confidence, 1e-9)
}

func TestRegressionConformance(t *testing.T) {
	modeltest.TestRegressor(t, Regression{})
	t.Run("non-negative", func(t *testing.T) { modeltest.TestRegressor(t, Regression{NonNegative: true}) })
}

// linearTargets draws n samples of p normal features with a noisy linear target.
func linearTargets(n, p int, noise float64, seed uint64) (*dataset.Regression, []float64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	x, y, b := mat.NewDense(n, p, nil), make([]float64, n), make([]float64, p)
	for j := range b {
		b[j] = rng.NormFloat64()
	}
	for i := range n {
		row := x.RawRowView(i)
		y[i] = 3 + noise*rng.NormFloat64()
		for j := range row {
			row[j] = rng.NormFloat64()
			y[i] += row[j] * b[j]
		}
	}
	return &dataset.Regression{X: x, Y: y}, b
}

// transformed returns ds with feature j times factors[j] plus offsets[j].
func transformed(ds *dataset.Regression, factors, offsets []float64) *dataset.Regression {
	moved := &dataset.Regression{X: mat.DenseCopyOf(ds.X), Y: ds.Y, Weights: ds.Weights}
	for i := range ds.Len() {
		for j := range factors {
			moved.X.Set(i, j, ds.X.At(i, j)*factors[j]+offsets[j])
		}
	}
	return moved
}

func TestRegressionBadlyScaled(t *testing.T) {
	ctx := context.Background()
	for _, n := range []int{50, 70000} { // refined, and by the normal equations alone
		ds, _ := linearTargets(n, 4, 0.5, 2)
		plain, err := Regression{}.Fit(ctx, ds)
		if err != nil {
			t.Fatal(err)
		}
		factors := []float64{1e150, 1e-150, 1e160, 1}
		scaled, err := Regression{}.Fit(ctx, transformed(ds, factors, make([]float64, 4)))
		if err != nil {
			t.Fatal(err)
		}
		for j := range factors {
			scaled.Coef[j] *= factors[j]
		}
		wantClose(t, "Coef of scaled columns", scaled.Coef, plain.Coef, 1e-13)

		// Sums are exact where offsets and features are multiples of 2^-20.
		for i := range n {
			row := ds.X.RawRowView(i)
			for j, v := range row {
				row[j] = math.Round(v*(1<<20)) / (1 << 20)
			}
		}
		if plain, err = (Regression{}).Fit(ctx, ds); err != nil {
			t.Fatal(err)
		}
		offset, err := Regression{}.Fit(ctx, transformed(ds, []float64{1, 1, 1, 1}, []float64{1e8, 1e8, -1e8, 1e8}))
		if err != nil {
			t.Fatal(err)
		}
		wantClose(t, "Coef of shifted columns", offset.Coef, plain.Coef, 1e-12)
	}
}

// A value that the sample behind the scaling does not see must not overflow.
func TestRegressionHugeOutlier(t *testing.T) {
	ds, _ := linearTargets(5000, 3, 0.1, 3)
	ds.X.Set(1, 1, 1e200)
	fit, err := Regression{}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range append(fit.Coef, fit.Intercept) {
		if math.IsNaN(b) || math.IsInf(b, 0) {
			t.Fatalf("coefficients %v", fit.Coef)
		}
	}
	// The outlier has all the leverage: its coefficient is about zero, the others are not disturbed.
	without, _ := linearTargets(5000, 3, 0.1, 3)
	for i := range without.Len() {
		without.X.Set(i, 1, 0)
	}
	reference, err := Regression{}.Fit(context.Background(), without)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(fit.Coef[1]) > 1e-190 || math.Abs(fit.Coef[0]-reference.Coef[0]) > 1e-2 {
		t.Errorf("coefficients %v, want about %v", fit.Coef, reference.Coef)
	}
}

func TestRegressionRank(t *testing.T) {
	ctx := context.Background()
	x := [][]float64{{1, 2, 5, 0}, {2, 4, 5, 1}, {3, 6, 5, 0}, {5, 10, 5, 2}, {8, 16, 5, 1}, {9, 18, 5, 4}}
	fit, err := Regression{}.Fit(ctx, newData(t, x, []float64{1, 2, 3, 4, 7, 9}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if fit.Rank != 2 || fit.Coef[2] != 0 || math.Abs(fit.Coef[1]-2*fit.Coef[0]) > 1e-14 {
		t.Errorf("rank %d, coefficients %v", fit.Rank, fit.Coef)
	}
	if _, err := (Regression{}).Inference(ctx, newData(t, x, []float64{1, 2, 3, 4, 7, 9}, nil)); !errors.Is(err, ErrUndetermined) {
		t.Errorf("inference of collinear features: %v", err)
	}
	ill, _ := linearTargets(50, 3, 1, 1)
	for i := range 50 { // dependent but for rounding, at different scales
		row := ill.X.RawRowView(i)
		row[2] = (row[0] + row[1]/3) * 1e100
	}
	if fit, err = (Regression{}).Fit(ctx, ill); err != nil || fit.Rank != 2 {
		t.Errorf("rank %d, %v", fit.Rank, err)
	}
}

// The residual is orthogonal to every feature and to the constant, the mark of
// a least-squares solution; with NonNegative it is so for positive coefficients
// and no other would improve the fit by growing.
func TestRegressionOptimality(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, p := rapid.IntRange(1, 40).Draw(rt, "n"), rapid.IntRange(1, 10).Draw(rt, "p")
		seed := rapid.Uint64().Draw(rt, "seed")
		nonNegative := rapid.Bool().Draw(rt, "nonNegative")
		noIntercept := rapid.Bool().Draw(rt, "noIntercept")
		ds, _ := linearTargets(n, p, 1, seed)
		if rapid.Bool().Draw(rt, "weighted") {
			ds.Weights = make([]float64, n)
			for i := range ds.Weights {
				ds.Weights[i] = float64(1 + i%3)
			}
		}
		if p > 1 && rapid.Bool().Draw(rt, "duplicate") {
			for i := range n {
				ds.X.Set(i, 1, 3*ds.X.At(i, 0))
			}
		}
		fit, err := Regression{NonNegative: nonNegative, NoIntercept: noIntercept}.Fit(context.Background(), ds)
		if err != nil {
			rt.Fatal(err)
		}
		gradient, scale, constant := make([]float64, p), 0.0, 0.0
		for i := range n {
			row := ds.X.RawRowView(i)
			r := ds.Weight(i) * (ds.Y[i] - fit.predict(row))
			constant += r
			scale += ds.Weight(i) * (math.Abs(ds.Y[i]) + math.Abs(fit.Intercept))
			for j, v := range row {
				gradient[j] += r * v
				scale += ds.Weight(i) * math.Abs(v*fit.Coef[j]) * max(1, math.Abs(v))
			}
		}
		tolerance := 1e-11 * (scale + 1)
		if !noIntercept && math.Abs(constant) > tolerance {
			rt.Errorf("residuals sum to %g", constant)
		}
		for j, g := range gradient {
			switch {
			case nonNegative && fit.Coef[j] < 0:
				rt.Errorf("coefficient %d is %g", j, fit.Coef[j])
			case nonNegative && fit.Coef[j] == 0:
				if g > tolerance {
					rt.Errorf("coefficient %d is zero, but the gradient %g", j, g)
				}
			case math.Abs(g) > tolerance:
				rt.Errorf("residual times feature %d is %g, tolerance %g", j, g, tolerance)
			}
		}
	})
}

func BenchmarkRegression(b *testing.B) {
	ds, _ := linearTargets(200000, 100, 1, 1)
	b.SetBytes(200000 * 100 * 8)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (Regression{}).Fit(context.Background(), ds); err != nil {
			b.Fatal(err)
		}
	}
}

// countdown is a context that is done after its Err was asked for often enough.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// The factorizations for collinear and wide data end soon after the context does,
// wherever they are.
func TestRegressionCancelled(t *testing.T) {
	for _, size := range []struct{ n, p int }{{700, 300}, {200, 300}} {
		ds, _ := linearTargets(size.n, size.p, 1, 1)
		for i := range size.n {
			row := ds.X.RawRowView(i)
			row[1] = row[0] + row[2]
		}
		full := &countdown{Context: context.Background()}
		full.left.Store(math.MaxInt32)
		if _, err := (Regression{}).Fit(full, ds); err != nil {
			t.Fatal(err)
		}
		asked := math.MaxInt32 - full.left.Load()
		if asked < 10 {
			t.Errorf("%v: the context is asked %d times only", size, asked)
		}
		for k := int64(0); k < asked; k += max(1, asked/20) {
			c := &countdown{Context: context.Background()}
			c.left.Store(k)
			if _, err := (Regression{}).Fit(c, ds); err != context.Canceled {
				t.Errorf("%v: %v after %d of %d times", size, err, k, asked)
			}
			if late := -c.left.Load(); late > 100 {
				t.Errorf("%v: asked another %d times", size, late)
			}
		}
	}
}

// What pivotedQR computes is what Geqp3 does.
func TestPivotedQR(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 0))
	for _, q := range []int{1, 2, 40, 150} {
		for fixed := range 2 {
			a := blas64.General{Rows: q, Cols: q, Stride: q, Data: make([]float64, q*q)}
			for i := range a.Data {
				a.Data[i] = rng.NormFloat64()
			}
			b := a
			b.Data = slices.Clone(a.Data)
			want, wantTau := make([]int, q), make([]float64, q)
			for j := range want {
				want[j] = -1
			}
			if fixed == 1 {
				want[0] = 0
			}
			work := make([]float64, 100*q+100)
			lapack64.Geqp3(b, want, wantTau, work, len(work))
			_, pivots, err := pivotedQR(context.Background(), a, fixed)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(pivots, want) {
				t.Errorf("%d columns, %d fixed: pivots %v, want %v", q, fixed, pivots, want)
			}
			for i := range q {
				wantClose(t, "R", a.Data[i*q+i:(i+1)*q], b.Data[i*q+i:(i+1)*q], 1e-9)
			}
		}
	}
}

// The statistics know no unit: targets whose squares overflow, or are lost, have those of
// others.
func TestInferenceOfAnyScale(t *testing.T) {
	ctx := context.Background()
	ds, _ := linearTargets(40, 3, 0.5, 2)
	want, err := Regression{}.Inference(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	for _, scale := range []float64{1e-200, 1e200} {
		scaled := &dataset.Regression{X: ds.X, Y: slices.Clone(ds.Y)}
		for i := range scaled.Y {
			scaled.Y[i] *= scale
		}
		got, err := Regression{}.Inference(ctx, scaled)
		if err != nil {
			t.Fatal(err)
		}
		wantClose(t, "T", got.T, want.T, 1e-12)
		wantClose(t, "P", got.P, want.P, 1e-11)
		wantClose(t, "of the fit", []float64{got.Deviation / scale, got.R2, got.AdjustedR2, got.F}, []float64{want.Deviation, want.R2, want.AdjustedR2, want.F}, 1e-12)
	}
}

// What is beyond the numbers is an error, not NaN.
func TestPredictionOverflows(t *testing.T) {
	huge := []float64{1e300, 1e300}
	x := mat.NewDense(2, 2, []float64{1, 1, 1e300, 1e300})
	coef := mat.NewDense(1, 2, []float64{1e100, -1e100})
	of3 := mat.NewDense(3, 2, []float64{1, 1, 1e100, -1e100, 0, 0})
	line := &RegressionModel{Coef: coef.RawRowView(0)}
	lines := &TargetsModel{Coef: coef, Intercept: []float64{0}}
	exponential := &LogLinearModel{Coef: coef.RawRowView(0)}
	two := &LogisticModel{Coef: coef, Intercept: []float64{0}}
	three := &LogisticModel{Coef: of3, Intercept: []float64{0, 0, 0}}
	errs := map[string]error{}
	_, errs["line"] = line.Predict(x)
	_, errs["line, row"] = line.PredictRow(huge)
	_, errs["lines"] = lines.Predict(x)
	_, errs["exponential"] = exponential.Predict(x)
	_, errs["exponential, row"] = exponential.PredictRow(huge)
	for name, m := range map[string]*LogisticModel{"two classes": two, "three classes": three} {
		_, errs[name] = m.Predict(x)
		_, errs[name+", row"] = m.PredictRow(huge)
		_, errs[name+", decision"] = m.Decision(x)
		_, errs[name+", decision of a row"] = m.DecisionRow(nil, huge)
		_, errs[name+", probabilities"] = m.PredictProba(x)
		_, errs[name+", probabilities of a row"] = m.PredictProbaRow(nil, huge)
	}
	for name, err := range errs {
		if !errors.Is(err, dataset.ErrNotFinite) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if z, err := (&LogLinearModel{Coef: []float64{1}}).PredictRow([]float64{1000}); err != nil || !math.IsInf(z, 1) {
		t.Errorf("e^1000 = %v, %v", z, err)
	}
}
