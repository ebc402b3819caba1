package linear

import (
	"context"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/model/modeltest"
)

type ridgeCase struct {
	Name                       string
	X                          [][]float64
	Y, Weights, Coef           []float64
	Alpha, Constant, Objective float64
	Intercept                  bool
	LeftOut                    float64 `json:"left_out"`
}

func TestRidgeGolden(t *testing.T) {
	ctx := context.Background()
	for _, c := range golden[ridgeCase](t, "ridge") {
		t.Run(c.Name, func(t *testing.T) {
			ds := newData(t, c.X, c.Y, c.Weights)
			fit, err := Ridge{Alpha: c.Alpha, NoIntercept: !c.Intercept}.Fit(ctx, ds)
			if err != nil {
				t.Fatal(err)
			}
			wantClose(t, "Coef", fit.Coef, c.Coef, 1e-11)
			wantClose(t, "Intercept", []float64{fit.Intercept}, []float64{c.Constant}, 1e-10)
			wantClose(t, "Objective", []float64{fit.Objective}, []float64{c.Objective}, 1e-11)

			cv, err := RidgeCV{Alphas: []float64{c.Alpha, 1e9}, NoIntercept: !c.Intercept}.Fit(ctx, ds)
			if err != nil {
				t.Fatal(err)
			}
			wantClose(t, "Errors", cv.Errors[:1], []float64{c.LeftOut}, 1e-9)
			if cv.Alpha == c.Alpha && (!slices.Equal(cv.Coef, fit.Coef) || cv.Intercept != fit.Intercept) {
				t.Errorf("RidgeCV has other coefficients than Ridge with its Alpha")
			}
		})
	}
}

func TestRidgeConformance(t *testing.T) {
	modeltest.TestRegressor(t, Ridge{})
	modeltest.TestParamError(t, "Alpha", Ridge{Alpha: -1})
	modeltest.TestParamError(t, "Alphas[1]", RidgeCV{Alphas: []float64{1, math.NaN()}})
	// Leaving out a repeated row is not leaving out its weight: the choice of α
	// differs unless there is but one.
	t.Run("cv", func(t *testing.T) { modeltest.TestRegressor(t, RidgeCV{Alphas: []float64{2}}) })
}

// The gradient of the objective vanishes: XᵀWr = α·b, whatever the shape and the
// scale of the features.
func TestRidgeOptimality(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, p := rapid.IntRange(1, 30).Draw(rt, "n"), rapid.IntRange(1, 30).Draw(rt, "p")
		alpha := math.Pow(10, rapid.Float64Range(-8, 6).Draw(rt, "log10 alpha"))
		ds, _ := linearTargets(n, p, 1, rapid.Uint64().Draw(rt, "seed"))
		fit, err := Ridge{Alpha: alpha}.Fit(context.Background(), ds)
		if err != nil {
			rt.Fatal(err)
		}
		gradient, sizes := make([]float64, p), make([]float64, p)
		for i := range n {
			row := ds.X.RawRowView(i)
			r := ds.Y[i] - fit.predict(row)
			for j, v := range row {
				gradient[j] += r * v
				sizes[j] += math.Abs(v) * (math.Abs(ds.Y[i]) + math.Abs(fit.Intercept))
			}
		}
		for j, g := range gradient {
			if math.Abs(g-alpha*fit.Coef[j]) > 1e-12*(sizes[j]+alpha*math.Abs(fit.Coef[j])) {
				rt.Errorf("gradient %d is %g, want %g", j, g, alpha*fit.Coef[j])
			}
		}
	})
}

func TestRidgeBadlyScaled(t *testing.T) {
	ctx := context.Background()
	for _, shape := range [][2]int{{50, 4}, {4, 9}} {
		ds, _ := linearTargets(shape[0], shape[1], 0.5, 4)
		plain, err := Ridge{Alpha: 2}.Fit(ctx, ds)
		if err != nil {
			t.Fatal(err)
		}
		plainCV, err := RidgeCV{Alphas: []float64{1, 10, 100}}.Fit(ctx, ds)
		if err != nil {
			t.Fatal(err)
		}
		for _, factor := range []float64{1e140, 1e-140} {
			factors, offsets := make([]float64, shape[1]), make([]float64, shape[1])
			for j := range factors {
				factors[j] = factor
			}
			scaled := transformed(ds, factors, offsets)
			fit, err := Ridge{Alpha: 2 * factor * factor}.Fit(ctx, scaled)
			if err != nil {
				t.Fatal(err)
			}
			cv, err := RidgeCV{Alphas: []float64{factor * factor, 10 * factor * factor, 100 * factor * factor}}.Fit(ctx, scaled)
			if err != nil {
				t.Fatal(err)
			}
			for j := range fit.Coef {
				fit.Coef[j] *= factor
			}
			wantClose(t, "Coef", fit.Coef, plain.Coef, 1e-12)
			wantClose(t, "Errors", cv.Errors, plainCV.Errors, 1e-9)
		}
	}
}

func TestRidgeCVChooses(t *testing.T) {
	ds, _ := linearTargets(30, 20, 3, 5)
	alphas := []float64{1e-6, 1, 30, 1e6}
	fit, err := RidgeCV{Alphas: alphas}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.Index(alphas, fit.Alpha); i < 0 || fit.Errors[i] != slices.Min(fit.Errors) {
		t.Errorf("chose %v of %v with errors %v", fit.Alpha, alphas, fit.Errors)
	}
}
