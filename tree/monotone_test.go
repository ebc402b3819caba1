package tree_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/model/modeltest"
	"github.com/sapwood-ml/sapwood/tree"
)

// wavy returns targets that rise with feature 0 and fall with feature 1, but for
// noise and waves.
func wavy(n int) *dataset.Regression {
	rng := rand.New(rand.NewPCG(8, 8))
	ds := &dataset.Regression{X: mat.NewDense(n, 3, nil), Y: make([]float64, n)}
	for i := range n {
		for j := range 3 {
			ds.X.Set(i, j, rng.Float64())
		}
		row := ds.X.RawRowView(i)
		ds.Y[i] = 5 + 2*row[0] + math.Sin(12*row[0]) - row[1] + math.Cos(9*row[1]) + row[2]*row[2] + 0.5*rng.NormFloat64()
	}
	return ds
}

// violations counts the steps along features 0 and 1 on which predictions go the
// wrong way.
func violations(t *testing.T, predict func(x *mat.Dense) []float64) (wrong int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(9, 9))
	const ways, steps = 200, 60
	for j, sign := range []float64{1, -1} {
		x := mat.NewDense(ways*steps, 3, nil)
		for i := range ways {
			row := []float64{rng.Float64(), rng.Float64(), rng.Float64()}
			for k := range steps {
				row[j] = float64(k) / (steps - 1)
				x.SetRow(i*steps+k, row)
			}
		}
		values := predict(x)
		for i, v := range values {
			if i%steps > 0 && sign*v < sign*values[i-1]-1e-12 {
				wrong++
			}
		}
	}
	return wrong
}

func TestMonotoneConstraints(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	ctx := context.Background()
	ds := wavy(2000)
	signs := []int{1, -1, 0}
	regressors := map[string]func(signs []int) (func([]float64) (float64, error), error){
		"medians": func(s []int) (func([]float64) (float64, error), error) {
			m, err := tree.Regressor{Monotone: s, Criterion: tree.AbsoluteError, MinSamplesLeaf: 2}.Fit(ctx, ds)
			return m.PredictRow, err
		},
		"weighted medians": func(s []int) (func([]float64) (float64, error), error) {
			weighted := *ds
			weighted.Weights = make([]float64, ds.Len())
			for i := range weighted.Weights {
				weighted.Weights[i] = float64(1 + i%3)
			}
			m, err := tree.Regressor{Monotone: s, Criterion: tree.AbsoluteError, MinSamplesLeaf: 2}.Fit(ctx, &weighted)
			return m.PredictRow, err
		},
		"tree": func(s []int) (func([]float64) (float64, error), error) {
			m, err := tree.Regressor{Monotone: s, MinSamplesLeaf: 3}.Fit(ctx, ds)
			return m.PredictRow, err
		},
		"best first": func(s []int) (func([]float64) (float64, error), error) {
			m, err := tree.Regressor{Monotone: s, MaxLeaves: 60, Criterion: tree.Poisson}.Fit(ctx, ds)
			return m.PredictRow, err
		},
		"forest": func(s []int) (func([]float64) (float64, error), error) {
			m, err := tree.ForestRegressor{Monotone: s, Trees: 10}.Fit(ctx, ds)
			return m.PredictRow, err
		},
		"extra trees": func(s []int) (func([]float64) (float64, error), error) {
			m, err := tree.ExtraTreesRegressor{Monotone: s, Trees: 10}.Fit(ctx, ds)
			return m.PredictRow, err
		},
		"boosting": func(s []int) (func([]float64) (float64, error), error) {
			m, err := tree.BoostingRegressor{Monotone: s}.Fit(ctx, ds)
			return m.PredictRow, err
		},
		"boosting, absolute error": func(s []int) (func([]float64) (float64, error), error) {
			m, err := tree.BoostingRegressor{Monotone: s, Loss: tree.AbsoluteError, MaxLeaves: 60}.Fit(ctx, ds)
			return m.PredictRow, err
		},
		"boosting, quantile": func(s []int) (func([]float64) (float64, error), error) {
			m, err := tree.BoostingRegressor{Monotone: s, Loss: tree.Quantile, Quantile: 0.8, LearningRate: 0.3}.Fit(ctx, ds)
			return m.PredictRow, err
		},
	}
	for name, fit := range regressors {
		for _, s := range [][]int{signs, nil} {
			predict, err := fit(s)
			if err != nil {
				t.Fatal(name, err)
			}
			wrong := violations(t, func(x *mat.Dense) []float64 {
				values := make([]float64, x.RawMatrix().Rows)
				for i := range values {
					if values[i], err = predict(x.RawRowView(i)); err != nil {
						t.Fatal(err)
					}
				}
				return values
			})
			if (s == nil) != (wrong > 0) {
				t.Errorf("%s with constraints %v: %d steps go the wrong way", name, s, wrong)
			}
		}
	}
}

func TestMonotoneProbabilities(t *testing.T) {
	ctx := context.Background()
	r := wavy(2000)
	ds := &dataset.Classification{X: r.X, Y: make([]int, r.Len())}
	for i, v := range r.Y {
		if v > 6 {
			ds.Y[i] = 1
		}
	}
	signs := []int{1, -1, 0}
	type proba interface {
		PredictProba(mat.Matrix) (*mat.Dense, error)
	}
	models := map[string]func() (proba, error){
		"gini":     func() (proba, error) { return tree.Classifier{Monotone: signs}.Fit(ctx, ds) },
		"entropy":  func() (proba, error) { return tree.Classifier{Monotone: signs, Criterion: tree.Entropy}.Fit(ctx, ds) },
		"balanced": func() (proba, error) { return tree.Classifier{Monotone: signs, Balanced: true}.Fit(ctx, ds) },
		"forest":   func() (proba, error) { return tree.ForestClassifier{Monotone: signs, Trees: 10}.Fit(ctx, ds) },
		"boosting": func() (proba, error) { return tree.BoostingClassifier{Monotone: signs}.Fit(ctx, ds) },
	}
	for name, fit := range models {
		m, err := fit()
		if err != nil {
			t.Fatal(name, err)
		}
		if wrong := violations(t, func(x *mat.Dense) []float64 {
			p, err := m.PredictProba(x)
			if err != nil {
				t.Fatal(err)
			}
			return mat.Col(nil, 1, p)
		}); wrong > 0 {
			t.Errorf("%s: %d steps go the wrong way", name, wrong)
		}
	}
}

func TestMonotoneParameters(t *testing.T) {
	modeltest.TestParamError(t, "Monotone", tree.Classifier{Monotone: []int{1}})
	modeltest.TestParamError(t, "Monotone", tree.Regressor{Monotone: []int{1, 2, 0, 0}})
	modeltest.TestParamError(t, "Monotone", tree.ForestRegressor{Monotone: []int{}})
	modeltest.TestParamError(t, "Monotone", tree.BoostingRegressor{Monotone: []int{1, 0, 0}, Loss: tree.Quantile})
	modeltest.TestParamError(t, "Monotone", tree.BoostingClassifier{Monotone: []int{0, 0, 0, -2}})
	iris := dataset.Iris()
	for name, err := range map[string]error{
		"tree":     second(tree.Classifier{Monotone: []int{1, 0, 0, 0}}.Fit(context.Background(), iris)),
		"boosting": second(tree.BoostingClassifier{Monotone: []int{1, 0, 0, 0}}.Fit(context.Background(), iris)),
	} {
		if err == nil {
			t.Errorf("%s: no error for constraints on three classes", name)
		}
	}
}

func second[A, B any](_ A, b B) B { return b }
