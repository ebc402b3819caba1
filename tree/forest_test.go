package tree_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model/modeltest"
	"github.com/sapwood-ml/sapwood/tree"
)

const (
	drawn     = "which samples a tree draws depends on their places"
	drawnOnce = "a sample of weight 2 is drawn as one, repeated samples as two"
)

func TestForestConformance(t *testing.T) {
	random := []modeltest.Option{
		modeltest.AllowsMissing(),
		modeltest.ExpectFailure("permuted training rows", drawn),
		modeltest.ExpectFailure("integer weights", drawnOnce),
	}
	t.Run("classifier", func(t *testing.T) {
		modeltest.TestClassifier(t, tree.ForestClassifier{Trees: 13}, random...)
	})
	t.Run("regressor", func(t *testing.T) {
		modeltest.TestRegressor(t, tree.ForestRegressor{Trees: 10, MaxSamples: 0.7}, random...)
	})
	t.Run("classifier without bootstrap", func(t *testing.T) {
		modeltest.TestClassifier(t, tree.ForestClassifier{Trees: 9, NoBootstrap: true}, modeltest.AllowsMissing())
	})
	t.Run("extra trees classifier", func(t *testing.T) {
		modeltest.TestClassifier(t, tree.ExtraTreesClassifier{Trees: 20, MaxLeaves: 20}, modeltest.AllowsMissing())
	})
	t.Run("extra trees regressor", func(t *testing.T) {
		modeltest.TestRegressor(t, tree.ExtraTreesRegressor{Trees: 20}, modeltest.AllowsMissing())
	})
}

func TestForestParameters(t *testing.T) {
	modeltest.TestParamError(t, "Trees", tree.ForestClassifier{Trees: -1})
	modeltest.TestParamError(t, "Trees", tree.ExtraTreesRegressor{Trees: math.MaxInt})
	modeltest.TestParamError(t, "MaxSamples", tree.ForestClassifier{MaxSamples: 1.5})
	modeltest.TestParamError(t, "MaxSamples", tree.ForestClassifier{MaxSamples: 0.5, NoBootstrap: true})
	modeltest.TestParamError(t, "OutOfBag", tree.ForestClassifier{OutOfBag: true, NoBootstrap: true})
	modeltest.TestParamError(t, "OutOfBag", tree.ExtraTreesRegressor{OutOfBag: true})
	modeltest.TestParamError(t, "Criterion", tree.ForestRegressor{Criterion: 77})
	modeltest.TestParamError(t, "MaxFeatures", tree.ExtraTreesClassifier{MaxFeatures: 100})
}

// The scores are those of scikit-learn's forests on the same data, to within what
// another seed changes there.
func TestForestOutOfBag(t *testing.T) {
	ctx := context.Background()
	digits, err := tree.ForestClassifier{OutOfBag: true}.Fit(ctx, dataset.Digits())
	if err != nil {
		t.Fatal(err)
	}
	if s := digits.OutOfBagScore; math.Abs(s-0.975) > 0.012 {
		t.Errorf("out-of-bag accuracy %v on digits, want 0.975", s)
	}
	diabetes, err := tree.ForestRegressor{OutOfBag: true}.Fit(ctx, dataset.Diabetes())
	if err != nil {
		t.Fatal(err)
	}
	if s := diabetes.OutOfBagScore; math.Abs(s-0.424) > 0.03 {
		t.Errorf("out-of-bag R² %v on diabetes, want 0.42", s)
	}
	extra, err := tree.ExtraTreesClassifier{OutOfBag: true, Bootstrap: true}.Fit(ctx, dataset.Digits())
	if err != nil {
		t.Fatal(err)
	}
	if s := extra.OutOfBagScore; math.Abs(s-0.975) > 0.012 {
		t.Errorf("out-of-bag accuracy %v of extra trees on digits, want 0.975", s)
	}
}

// A forest of one tree that sees every sample and feature is that tree.
func TestForestOfOneTree(t *testing.T) {
	ctx := context.Background()
	ds := dataset.Wine()
	one, err := tree.Classifier{}.Fit(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	forest, err := tree.ForestClassifier{Trees: 1, NoBootstrap: true, MaxFeatures: tree.AllFeatures}.Fit(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(4, 4))
	x := mat.NewDense(500, 13, nil)
	x.Apply(func(_, j int, _ float64) float64 {
		if rng.IntN(10) == 0 {
			return math.NaN()
		}
		return ds.X.At(rng.IntN(178), j)
	}, x)
	a, err := one.PredictProba(x)
	if err != nil {
		t.Fatal(err)
	}
	b, err := forest.PredictProba(x)
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(a, b) {
		t.Error("the forest predicts other probabilities than its tree")
	}
	for f, v := range forest.FeatureImportances() {
		if w := one.FeatureImportances()[f]; math.Abs(v-w) > 1e-15 {
			t.Errorf("importance of feature %d: %v, that of the tree %v", f, v, w)
		}
	}
}

// Drawing in proportion to weights: a sample of weight 0 is never seen, and one
// class that weighs more is predicted more often.
func TestForestWeights(t *testing.T) {
	ctx := context.Background()
	n := 200
	ds := &dataset.Classification{X: mat.NewDense(n, 1, nil), Y: make([]int, n), Weights: make([]float64, n)}
	for i := range n {
		ds.Y[i] = i % 2
		ds.Weights[i] = []float64{1, 9}[i%2]
	}
	fit, err := tree.ForestClassifier{Trees: 200}.Fit(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	proba, err := fit.PredictProba(mat.NewDense(1, 1, nil))
	if err != nil {
		t.Fatal(err)
	}
	if p := proba.At(0, 1); math.Abs(p-0.9) > 0.01 {
		t.Errorf("probability %v of a class with nine tenths of the weight", p)
	}
}
