package linear

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

type elasticNetCase struct {
	Name                              string
	X                                 [][]float64
	Y, Weights, Coef                  []float64
	Alpha, Ratio, Constant, Objective float64
	Intercept, Positive               bool
}

func TestElasticNetGolden(t *testing.T) {
	ctx := context.Background()
	for _, c := range golden[elasticNetCase](t, "elastic_net") {
		t.Run(c.Name, func(t *testing.T) {
			ds := newData(t, c.X, c.Y, c.Weights)
			e := ElasticNet{Alpha: c.Alpha, L1Ratio: c.Ratio, NoIntercept: !c.Intercept, Positive: c.Positive, Tol: 1e-14}
			fit, err := e.Fit(ctx, ds)
			if err != nil {
				t.Fatal(err)
			}
			checkElasticNet(t, fit, c)
			// The same through the working set, which is for many features.
			path, err := Path{L1Ratio: c.Ratio, NoIntercept: !c.Intercept, Positive: c.Positive, Tol: 1e-14}.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			if fit, err = fitByColumns(ctx, ds, path, c.Alpha); err != nil {
				t.Fatal(err)
			}
			checkElasticNet(t, fit, c)
		})
	}
}

func checkElasticNet(t *testing.T, fit *RegressionModel, c elasticNetCase) {
	t.Helper()
	if !fit.Converged {
		t.Errorf("not converged after %d sweeps, gap %g", fit.Iterations, fit.DualGap)
	}
	wantClose(t, "Coef", fit.Coef, c.Coef, 1e-9)
	wantClose(t, "Intercept", []float64{fit.Intercept}, []float64{c.Constant}, 1e-9)
	wantClose(t, "Objective", []float64{fit.Objective}, []float64{c.Objective}, 1e-11)
}

// fitByColumns solves for one α without computing all products in advance.
func fitByColumns(ctx context.Context, ds *dataset.Regression, path Path, alpha float64) (*RegressionModel, error) {
	t, err := newTable(ds, !path.NoIntercept)
	if err != nil {
		return nil, err
	}
	e := elasticNetProblem{table: t, ratio: path.L1Ratio, positive: path.Positive, tolerance: path.Tol, limit: path.MaxIter}
	if err := e.useColumns(ctx); err != nil {
		return nil, err
	}
	c, gap, err := e.solve(ctx, alpha)
	if err != nil {
		return nil, err
	}
	m := &RegressionModel{Coef: make([]float64, t.x.Cols), DualGap: gap, Convergence: c}
	m.Intercept = e.coefficients(m.Coef)
	return m, nil
}

type elasticNetCVCase struct {
	Name            string
	X, Errors, Path [][]float64
	Y, Weights      []float64
	Alphas, Coef    []float64
	Alpha, Ratio    float64
}

func TestElasticNetCVGolden(t *testing.T) {
	ctx := context.Background()
	folds := model.KFold{N: 4, NoShuffle: true}
	for _, c := range golden[elasticNetCVCase](t, "elastic_net_cv") {
		ds := newData(t, c.X, c.Y, c.Weights)
		fit, err := ElasticNetCV{L1Ratios: []float64{0.3, 0.8}, Count: 15, Folds: folds, Tol: 1e-14}.Fit(ctx, ds)
		if c.Ratio == 1 {
			fit, err = LassoCV{Count: 20, Folds: folds, Positive: c.Weights != nil, Tol: 1e-14}.Fit(ctx, ds)
		}
		if err != nil {
			t.Fatal(err)
		}
		wantClose(t, "Alphas", fit.Alphas, c.Alphas, 1e-12)
		wantClose(t, "Errors", elements(fit.Errors), flatten(c.Errors), 1e-9)
		wantClose(t, "Alpha, L1Ratio", []float64{fit.Alpha, fit.L1Ratio}, []float64{c.Alpha, c.Ratio}, 1e-12)
		wantClose(t, "Coef", fit.Coef, c.Coef, 1e-9)
		if c.Path != nil {
			path, err := Path{Count: 20, Tol: 1e-13}.Fit(ctx, ds)
			if err != nil {
				t.Fatal(err)
			}
			wantClose(t, "path", elements(path.Coef), flatten(c.Path), 1e-9)
		}
	}
}

func TestPathGolden(t *testing.T) {
	type pathCase struct {
		X, Coef              [][]float64
		Y, Alphas, Constants []float64
		Ratio                float64
		Positive             bool
	}
	for _, c := range golden[pathCase](t, "path") {
		path, err := Path{L1Ratio: c.Ratio, Positive: c.Positive, Count: 20, Tol: 1e-13}.Fit(context.Background(), newData(t, c.X, c.Y, nil))
		if err != nil {
			t.Fatal(err)
		}
		wantClose(t, "Alphas", path.Alphas, c.Alphas, 1e-12)
		wantClose(t, "Coef", elements(path.Coef), flatten(c.Coef), 1e-9)
		wantClose(t, "Intercept", path.Intercept, c.Constants, 1e-9)
	}
}

func TestElasticNetConformance(t *testing.T) {
	modeltest.TestRegressor(t, Lasso{Alpha: 0.1})
	t.Run("elastic net", func(t *testing.T) { modeltest.TestRegressor(t, ElasticNet{Alpha: 0.1, Positive: true}) })
	modeltest.TestParamError(t, "Alpha", Lasso{Alpha: -1})
	modeltest.TestParamError(t, "L1Ratio", ElasticNet{L1Ratio: 2})
	modeltest.TestParamError(t, "Tol", Lasso{Tol: math.NaN()})
	modeltest.TestParamError(t, "MaxIter", Lasso{MaxIter: -1})
	modeltest.TestParamError(t, "Eps", Path{Eps: 1})
	modeltest.TestParamError(t, "Count", Path{Count: -1})
	modeltest.TestParamError(t, "Count", LassoCV{Count: math.MaxInt})
	modeltest.TestParamError(t, "L1Ratios", ElasticNetCV{L1Ratios: []float64{}})
	modeltest.TestParamError(t, "Alphas[0]", Path{Alphas: []float64{-1}})
	modeltest.TestParamError(t, "N", LassoCV{Folds: model.KFold{N: 1}})
}

// The optimality conditions hold to the accuracy that the duality gap certifies, and
// the gap is at most what was asked for: ½Σw̄(Xb−Xb*)² ≤ gap bounds the
// gradient's distance to that of the optimum, which is at most αρ.
func TestElasticNetOptimality(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, p := rapid.IntRange(2, 40).Draw(rt, "n"), rapid.IntRange(1, 60).Draw(rt, "p")
		ratio := rapid.Float64Range(0.05, 1).Draw(rt, "ratio")
		alpha := math.Pow(10, rapid.Float64Range(-4, 1).Draw(rt, "log10 alpha"))
		columns := rapid.Bool().Draw(rt, "columns")
		positive := rapid.Bool().Draw(rt, "positive")
		ds, _ := linearTargets(n, p, 1, rapid.Uint64().Draw(rt, "seed"))
		if rapid.Bool().Draw(rt, "offset") {
			offsets, factors := make([]float64, p), make([]float64, p)
			for j := range offsets {
				offsets[j], factors[j] = 1e6, 1
			}
			ds = transformed(ds, factors, offsets)
		}
		path, err := Path{Alphas: []float64{alpha}, L1Ratio: ratio, Positive: positive, Tol: 1e-10, MaxIter: 1_000_000}.withDefaults()
		if err != nil {
			rt.Fatal(err)
		}
		var fit *RegressionModel
		if columns {
			fit, err = fitByColumns(context.Background(), ds, path, alpha)
		} else {
			fit, err = ElasticNet{Alpha: alpha, L1Ratio: ratio, Positive: positive, Tol: 1e-10, MaxIter: 1_000_000}.Fit(context.Background(), ds)
		}
		if err != nil {
			rt.Fatal(err)
		}
		if !fit.Converged {
			rt.Fatalf("not converged: %+v", fit.Convergence)
		}
		variance, mean := 0.0, 0.0
		for _, y := range ds.Y {
			mean += y / float64(n)
		}
		for _, y := range ds.Y {
			variance += (y - mean) * (y - mean) / float64(n)
		}
		if fit.DualGap > 1e-10*variance+1e-15 {
			rt.Errorf("duality gap %g, variance %g", fit.DualGap, variance)
		}
		for j, b := range fit.Coef {
			g, square := 0.0, 0.0
			for i := range n {
				row := ds.X.RawRowView(i)
				g += (ds.Y[i] - fit.predict(row)) * (row[j] - ds.X.At(0, j)) / float64(n)
				square += (row[j] - ds.X.At(0, j)) * (row[j] - ds.X.At(0, j)) / float64(n)
			}
			slack := 2*math.Sqrt((2*fit.DualGap+1e-14)*(square+alpha)) + 1e-8
			g -= alpha * (1 - ratio) * b
			switch {
			case positive && b < 0:
				rt.Errorf("coefficient %d is %g", j, b)
			case positive && g > alpha*ratio+slack, !positive && math.Abs(g) > alpha*ratio+slack:
				rt.Errorf("gradient %d is %g, more than %g", j, g, alpha*ratio)
			case b != 0 && math.Abs(b) > 1e-3 && math.Abs(g-math.Copysign(alpha*ratio, b)) > slack:
				rt.Errorf("gradient %d is %g for a coefficient of %g, want %g", j, g, b, alpha*ratio)
			}
		}
	})
}

func TestLassoDegenerate(t *testing.T) {
	ctx := context.Background()
	x := [][]float64{{1, 5, 2}, {2, 5, 4}, {3, 5, 6}, {4, 5, 8}}
	fit, err := Lasso{Alpha: 0.1}.Fit(ctx, newData(t, x, []float64{1, 3, 2, 5}, nil))
	if err != nil || !fit.Converged || fit.Coef[1] != 0 {
		t.Errorf("constant and collinear columns: %+v, %v", fit, err)
	}
	fit, err = Lasso{}.Fit(ctx, newData(t, x, []float64{2, 2, 2, 2}, nil))
	if err != nil || !fit.Converged || fit.Intercept != 2 || mat.Sum(mat.NewVecDense(3, fit.Coef)) != 0 {
		t.Errorf("constant target: %+v, %v", fit, err)
	}
	path, err := Path{}.Fit(ctx, newData(t, x, []float64{2, 2, 2, 2}, nil))
	if err != nil || len(path.Alphas) != 100 {
		t.Errorf("path of a constant target: %v", err)
	}
	fit, err = Lasso{}.Fit(ctx, newData(t, x[:1], []float64{7}, nil))
	if err != nil || fit.Intercept != 7 {
		t.Errorf("one sample: %+v, %v", fit, err)
	}
	ds, _ := linearTargets(40, 700, 1, 1)
	for _, factor := range []float64{1e140, 1e-140} {
		factors := make([]float64, 700)
		for j := range factors {
			factors[j] = factor
		}
		plain, err := Lasso{Alpha: 0.5, Tol: 1e-12}.Fit(ctx, ds)
		if err != nil {
			t.Fatal(err)
		}
		scaled, err := Lasso{Alpha: 0.5 * factor, Tol: 1e-12}.Fit(ctx, transformed(ds, factors, make([]float64, 700)))
		if err != nil {
			t.Fatal(err)
		}
		for j := range scaled.Coef {
			scaled.Coef[j] *= factor
		}
		wantClose(t, "Coef", scaled.Coef, plain.Coef, 1e-8)
	}
}

// TestPathGap holds models of a path to its promise: the objective, computed from
// the data, is no further above the minimum than the duality gap, which is no larger
// than was asked for, and there are no more sweeps than allowed.
// A model keeps its values of α when the caller reuses the slice.
func TestPathOwnsItsAlphas(t *testing.T) {
	alphas := []float64{1, 0.1}
	m, err := Path{Alphas: alphas}.Fit(context.Background(), dataset.Diabetes())
	if err != nil {
		t.Fatal(err)
	}
	alphas[0] = 7
	if m.Alphas[0] != 1 {
		t.Errorf("α is %v after the caller wrote to the slice, was 1", m.Alphas[0])
	}
}

func TestPathGap(t *testing.T) {
	ctx := context.Background()
	ds, _ := linearTargets(150, 60, 1, 3)
	n := float64(len(ds.Y))
	for _, ratio := range []float64{0.1, 0.5, 1} {
		for _, positive := range []bool{false, true} {
			objective := func(m *RegressionModel, alpha float64) float64 {
				squares, sizes, coefSquares := 0.0, 0.0, 0.0
				for i, y := range ds.Y {
					r := y - m.predict(ds.X.RawRowView(i))
					squares += r * r
				}
				for _, b := range m.Coef {
					sizes += math.Abs(b)
					coefSquares += b * b
				}
				return squares/(2*n) + alpha*ratio*sizes + alpha*(1-ratio)/2*coefSquares
			}
			path, err := Path{L1Ratio: ratio, Positive: positive}.Fit(ctx, ds)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(path.Alphas); i += 5 {
				alpha := path.Alphas[i]
				best, err := ElasticNet{Alpha: alpha, L1Ratio: ratio, Positive: positive, Tol: 1e-12}.Fit(ctx, ds)
				if err != nil {
					t.Fatal(err)
				}
				m := path.At(i)
				got, least := objective(m, alpha), objective(best, alpha)
				if gap := m.DualGap; got-least > gap+1e-10*least || gap > 1e-6*got {
					t.Errorf("ratio %g, positive %v, alpha %g: objective %g, %g above the minimum, duality gap %g", ratio, positive, alpha, got, got-least, gap)
				}
			}
			short, err := Path{L1Ratio: ratio, Positive: positive, MaxIter: 1}.Fit(ctx, ds)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range short.Convergence {
				if c.Iterations > 1 {
					t.Errorf("ratio %g, positive %v, alpha %g: %d sweeps", ratio, positive, short.Alphas[i], c.Iterations)
				}
			}
		}
	}
}
