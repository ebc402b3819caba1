package tree_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/model/modeltest"
	"github.com/sapwood-ml/sapwood/tree"
)

func TestBoostingConformance(t *testing.T) {
	options := []modeltest.Option{
		modeltest.AllowsMissing(),
		modeltest.ExpectFailure("integer weights", "bins and the least number of samples in a leaf go by samples, not weights"),
	}
	short, long := 20, 60
	if race.Enabled { // ten times slower, and the iterations are all alike
		short, long = 8, 20
	}
	t.Run("classifier", func(t *testing.T) {
		modeltest.TestClassifier(t, tree.BoostingClassifier{Iterations: short, MinSamplesLeaf: 5}, options...)
	})
	for _, r := range []tree.BoostingRegressor{
		{}, {Loss: tree.AbsoluteError}, {Loss: tree.Quantile, Quantile: 0.4}, {Loss: tree.Poisson}, {Loss: tree.Gamma, L2: 0.1},
	} {
		t.Run("regressor "+r.Loss.String(), func(t *testing.T) {
			r.MinSamplesLeaf, r.Iterations = 5, long
			modeltest.TestRegressor(t, r, options...)
		})
	}
}

type goldenBoosting struct {
	Set, Loss string
	Weighted  bool
	Params    struct {
		Iterations int     `json:"max_iter"`
		MaxLeaves  int     `json:"max_leaf_nodes"`
		MaxDepth   int     `json:"max_depth"`
		L2         float64 `json:"l2_regularization"`
		Rate       float64 `json:"learning_rate"`
		Bins       int     `json:"max_bins"`
	}
	Raw      [][]float64 // of every 7th sample
	MeanLoss float64     `json:"mean_loss"` // instead of Raw
}

// Scikit-learn keeps derivatives in float32, which is what the tolerance is for.
func TestBoostingEqualsScikitLearn(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	losses := map[string]tree.Loss{
		"squared_error": tree.SquaredError, "absolute_error": tree.AbsoluteError, "quantile": tree.Quantile,
		"poisson": tree.Poisson, "gamma": tree.Gamma,
	}
	for _, golden := range readGolden[[]goldenBoosting](t, "testdata/boosting.json") {
		t.Run(fmt.Sprintf("%s %s %+v weighted=%v", golden.Set, golden.Loss, golden.Params, golden.Weighted), func(t *testing.T) {
			p := golden.Params
			var raw *mat.Dense
			if golden.Set == "diabetes" || golden.Set == "continuous" {
				ds := dataset.Diabetes()
				if golden.Set == "continuous" {
					ds = continuous()
				}
				fit, err := tree.BoostingRegressor{
					Loss: losses[golden.Loss], Quantile: 0.3,
					Iterations: p.Iterations, MaxLeaves: p.MaxLeaves, MaxDepth: p.MaxDepth, L2: p.L2, LearningRate: p.Rate, MaxBins: p.Bins,
				}.Fit(context.Background(), ds)
				if err != nil {
					t.Fatal(err)
				}
				values, err := fit.Predict(ds.X)
				if err != nil {
					t.Fatal(err)
				}
				if golden.Loss == "poisson" || golden.Loss == "gamma" {
					for i, v := range values {
						values[i] = math.Log(v)
					}
				}
				if golden.MeanLoss > 0 {
					loss := 0.0
					for i, v := range values {
						d := ds.Y[i] - v
						loss += max(0.3*d, -0.7*d) / float64(len(values))
					}
					if loss > 1.01*golden.MeanLoss {
						t.Errorf("mean loss %v, want %v", loss, golden.MeanLoss)
					}
				}
				raw = mat.NewDense(len(values), 1, values)
			} else {
				ds := classificationSets[golden.Set]()
				if golden.Set == "wine" { // class 0 against the others
					ds.Classes = ds.Classes[:2]
					for i, k := range ds.Y {
						ds.Y[i] = max(1-k, 0)
					}
				}
				if golden.Weighted {
					ds.Weights = goldenWeights(ds.Len())
				}
				fit, err := tree.BoostingClassifier{
					Iterations: p.Iterations, MaxLeaves: p.MaxLeaves, MaxDepth: p.MaxDepth, L2: p.L2, LearningRate: p.Rate,
				}.Fit(context.Background(), ds)
				if err != nil {
					t.Fatal(err)
				}
				if raw, err = fit.Decision(ds.X); err != nil {
					t.Fatal(err)
				}
			}
			worst := 0.0
			for i, want := range golden.Raw {
				for c, w := range want {
					worst = max(worst, math.Abs(raw.At(7*i, c)-w)/max(math.Abs(w), 1))
				}
			}
			if worst > 1e-4 {
				t.Errorf("raw predictions differ by %v", worst)
			}
		})
	}
}

// continuous has more values than bins, none twice.
func continuous() *dataset.Regression {
	ds := &dataset.Regression{X: mat.NewDense(1000, 3, nil), Y: make([]float64, 1000)}
	for i := range ds.Y {
		row := ds.X.RawRowView(i)
		for j, c := range []float64{0.6180339887498949, 0.4142135623730951, 0.7320508075688772} {
			row[j] = math.Mod(float64(i+1)*c, 1)
		}
		ds.Y[i] = row[0] + float64(4*(row[1]-0.5)*(row[2]-0.5))
	}
	return ds
}

func TestBoostingParameters(t *testing.T) {
	for field, c := range map[string]tree.BoostingClassifier{
		"Iterations":         {Iterations: -1},
		"LearningRate":       {LearningRate: -0.1},
		"MaxLeaves":          {MaxLeaves: 1},
		"MaxDepth":           {MaxDepth: -1},
		"MinSamplesLeaf":     {MinSamplesLeaf: -1},
		"L2":                 {L2: math.NaN()},
		"MaxBins":            {MaxBins: 256},
		"Subsample":          {Subsample: 1.1},
		"ColumnSample":       {ColumnSample: -1},
		"EarlyStopping":      {EarlyStopping: -1},
		"ValidationFraction": {ValidationFraction: 1},
	} {
		modeltest.TestParamError(t, field, c)
	}
	modeltest.TestParamError(t, "Quantile", tree.BoostingRegressor{Quantile: 1})
	modeltest.TestParamError(t, "Loss", tree.BoostingRegressor{Loss: 9})
}

// Stopping early keeps fewer trees, which predict new samples as well; drawing rows
// and columns still learns.
func TestBoostingStopsAndSamples(t *testing.T) {
	ctx := context.Background()
	train, test := dataset.Digits().Split(0.7, 3)
	accuracy := func(c tree.BoostingClassifier) (float64, int) {
		fit, err := c.Fit(ctx, train)
		if err != nil {
			t.Fatal(err)
		}
		labels, err := fit.Predict(test.X)
		if err != nil {
			t.Fatal(err)
		}
		right := 0
		for i, k := range labels {
			if k == test.Y[i] {
				right++
			}
		}
		return float64(right) / float64(len(labels)), fit.Iterations()
	}
	iterations, least := 80, 0.95
	if race.Enabled { // ten times slower
		iterations, least = 10, 0.9
	}
	full, n := accuracy(tree.BoostingClassifier{Iterations: iterations, LearningRate: 0.3})
	if full < least || n != iterations {
		t.Errorf("accuracy %v after %d iterations", full, n)
	}
	early, n := accuracy(tree.BoostingClassifier{Iterations: iterations, LearningRate: 0.3, EarlyStopping: 5})
	if early < full-0.02 || n >= iterations && !race.Enabled {
		t.Errorf("accuracy %v after %d iterations, stopping early; %v without", early, n, full)
	}
	sampled, _ := accuracy(tree.BoostingClassifier{Iterations: iterations, LearningRate: 0.3, Subsample: 0.5, ColumnSample: 0.5, Seed: 7})
	if sampled < full-0.02 {
		t.Errorf("accuracy %v on half the rows and columns, %v on all", sampled, full)
	}
}

// Bins of many values hold about equally many rows; a frequent value has its own.
func TestBoostingFindsAStepAmongManyValues(t *testing.T) {
	n := 5000
	rng := rand.New(rand.NewPCG(1, 1))
	ds := &dataset.Regression{X: mat.NewDense(n, 2, nil), Y: make([]float64, n)}
	for i := range n {
		v := math.Exp(3 * rng.NormFloat64())
		if i%3 == 0 {
			v = 1
		}
		ds.X.Set(i, 0, v)
		ds.X.Set(i, 1, rng.Float64())
		if v == 1 {
			ds.Y[i] = 10
		}
	}
	fit, err := tree.BoostingRegressor{Iterations: 5, LearningRate: 1}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ x, want float64 }{{1, 10}, {0.5, 0}, {2, 0}, {1e9, 0}, {-1e9, 0}} {
		if v, err := fit.PredictRow([]float64{c.x, 0.5}); err != nil || math.Abs(v-c.want) > 0.3 {
			t.Errorf("at %v: %v, %v, want %v", c.x, v, err, c.want)
		}
	}
	if imp := fit.FeatureImportances(); imp[0] < 0.99 {
		t.Errorf("importances %v, want nearly all on the first feature", imp)
	}
}
