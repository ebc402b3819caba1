package preprocess_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	pp "github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/model"
)

// Weights that are shares of a whole are as good as none where they are equal.
func TestWeightsAreShares(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	const n = 25
	x := mat.NewDense(n, 2, nil)
	x.Apply(func(i, j int, _ float64) float64 { return rng.ExpFloat64() }, x)
	shares := make([]float64, n)
	classes, targets := make([]int, n), make([]float64, n)
	for i := range shares {
		shares[i] = 1.0 / n
		classes[i] = i % 2
		targets[i] = x.At(i, 0) + rng.Float64()
	}
	for name, fit := range map[string]func(*dataset.Unlabeled) (model.Transformer, error){
		"standard": learn(pp.StandardScaler{}),
		"robust":   learn(pp.RobustScaler{Low: 0.1, High: 0.95}),
		"quantile": learn(pp.QuantileTransformer{Quantiles: 7}),
		"all":      learn(pp.QuantileTransformer{}),
		"bins":     learn(pp.KBins{Bins: 3, Ordinal: true}),
		"k-means":  learn(pp.KBins{Bins: 3, Binning: pp.KMeans, Ordinal: true}),
		"median":   learn(pp.SimpleImputer{Strategy: pp.Median}),
		"power":    learn(pp.PowerTransformer{}),
	} {
		a, err := fit(&dataset.Unlabeled{X: x, Weights: shares})
		if err != nil {
			t.Fatal(err)
		}
		b, err := fit(&dataset.Unlabeled{X: x})
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.Transform(x)
		if err != nil {
			t.Fatal(err)
		}
		want, err := b.Transform(x)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, got, want, 1e-6)
	}
	for name, score := range map[string]func(weights []float64) (*pp.SelectionModel, error){
		"F": func(w []float64) (*pp.SelectionModel, error) {
			return pp.SelectKBest{K: 1}.Fit(context.Background(), &dataset.Classification{X: x, Y: classes, Weights: w})
		},
		"χ²": func(w []float64) (*pp.SelectionModel, error) {
			return pp.SelectKBest{K: 1, Score: pp.Chi2}.Fit(context.Background(), &dataset.Classification{X: x, Y: classes, Weights: w})
		},
		"F of regression": func(w []float64) (*pp.SelectionModel, error) {
			return pp.SelectKBestRegression{K: 1}.Fit(context.Background(), &dataset.Regression{X: x, Y: targets, Weights: w})
		},
	} {
		a, err := score(shares)
		if err != nil {
			t.Fatal(err)
		}
		b, err := score(nil)
		if err != nil {
			t.Fatal(err)
		}
		for j := range a.Scores {
			if math.Abs(a.Scores[j]-b.Scores[j]) > 1e-9*b.Scores[j] || math.Abs(a.PValues[j]-b.PValues[j]) > 1e-9 {
				t.Errorf("%s of feature %d: %v, p = %v; without weights %v, p = %v", name, j, a.Scores[j], a.PValues[j], b.Scores[j], b.PValues[j])
			}
		}
	}
}

// Between weights that are whole numbers, the quantiles of bins are the inverse of
// the distribution function, and those that interpolate change without a jump.
func TestFractionalWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	const n = 40
	x := mat.NewDense(n, 1, nil)
	order, weights, total := make([]int, n), make([]float64, n), 0.0
	for i := range n {
		x.Set(i, 0, rng.NormFloat64())
		order[i], weights[i] = i, 0.3+2*rng.Float64()
		total += weights[i]
	}
	slices.SortFunc(order, func(a, b int) int {
		if x.At(a, 0) < x.At(b, 0) {
			return -1
		}
		return 1
	})
	m, err := pp.KBins{Bins: 8}.Fit(context.Background(), &dataset.Unlabeled{X: x, Weights: weights})
	if err != nil {
		t.Fatal(err)
	}
	for k := 1; k < 8; k++ {
		below, i := weights[order[0]], 0
		for below < float64(k)/8*total {
			i++
			below += weights[order[i]]
		}
		if got, want := m.Edges[0][k], x.At(order[i], 0); got != want {
			t.Errorf("quantile %d of 8 is %v, the distribution function passes it at %v", k, got, want)
		}
	}

	median := func(w []float64) float64 {
		m, err := pp.SimpleImputer{Strategy: pp.Median}.Fit(context.Background(), &dataset.Unlabeled{X: x, Weights: w})
		if err != nil {
			t.Fatal(err)
		}
		return m.Fill[0]
	}
	for range 50 {
		for i := range weights {
			weights[i] = float64(1 + rng.IntN(3))
		}
		at := median(weights)
		i, was := rng.IntN(n), 0.0
		was, weights[i] = weights[i], weights[i]-1e-9
		if near := median(weights); math.Abs(near-at) > 1e-7 {
			t.Errorf("the median is %v, and %v for a weight of 1e-9 less than %v", at, near, was)
		}
	}
}

// A constant feature has one bin, whatever the rounding of its edges.
func TestUniformBinsOfConstant(t *testing.T) {
	for _, v := range []float64{3, 1e8 / 3, 0.1, -0.7, math.Nextafter(1, 2)} {
		for _, bins := range []int{2, 5, 7} {
			for _, high := range []float64{v, math.Nextafter(v, 10)} {
				ds := &dataset.Unlabeled{X: mat.NewDense(3, 1, []float64{v, high, v})}
				m, err := pp.KBins{Bins: bins, Binning: pp.Uniform}.Fit(context.Background(), ds)
				if err != nil {
					t.Errorf("%d bins from %v to %v: %v", bins, v, high, err)
				} else if v == high && len(m.Edges[0]) != 2 {
					t.Errorf("%d bins of constant %v end at %v", bins, v, m.Edges[0])
				}
			}
		}
	}
}

// A fit that fails returns no model.
func TestNoModelWithError(t *testing.T) {
	ctx := context.Background()
	wide := &dataset.Unlabeled{X: mat.NewDense(2, 1, []float64{-math.MaxFloat64, math.MaxFloat64})}
	if m, err := (pp.MinMaxScaler{}).Fit(ctx, wide); m != nil || err == nil {
		t.Errorf("MinMaxScaler: %v, %v", m, err)
	}
	if m, err := (pp.RobustScaler{}).Fit(ctx, wide); m != nil || err == nil {
		t.Errorf("RobustScaler: %v, %v", m, err)
	}
	iris := dataset.Iris()
	if m, err := (pp.SelectKBest{K: 9}).Fit(ctx, iris); m != nil || err == nil {
		t.Errorf("SelectKBest: %v, %v", m, err)
	}
	if m, err := (pp.SelectKBestRegression{K: 99}).Fit(ctx, dataset.Diabetes()); m != nil || err == nil {
		t.Errorf("SelectKBestRegression: %v, %v", m, err)
	}
}

// A fit of many categories looks at its context while it indexes them, too.
func TestIndexingCancelled(t *testing.T) {
	iris := dataset.Iris().Unlabeled()
	for name, fit := range map[string]func(context.Context) error{
		"OneHot":  func(ctx context.Context) error { _, err := pp.OneHot{All: true}.Fit(ctx, iris); return err },
		"Ordinal": func(ctx context.Context) error { _, err := pp.Ordinal{All: true}.Fit(ctx, iris); return err },
	} {
		// One look at first and one per feature while they are learnt, then those of the index.
		left := 1 + 4 + 2
		if err := fit(countdown{context.Background(), &left}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v after the context ended", name, err)
		}
	}
}

// countdown is a context that ends when it has been looked at often enough.
type countdown struct {
	context.Context
	left *int
}

func (c countdown) Err() error {
	if *c.left--; *c.left < 0 {
		return context.Canceled
	}
	return nil
}
