package preprocess_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	pp "github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/model"
)

type table [][]*float64

func (t table) dense() *mat.Dense {
	if t == nil {
		return nil
	}
	m := mat.NewDense(len(t), len(t[0]), nil)
	for i, row := range t {
		for j, v := range row {
			m.Set(i, j, math.NaN())
			if v != nil {
				m.Set(i, j, *v)
			}
		}
	}
	return m
}

type golden struct {
	Weights []float64
	Cases   map[string]struct {
		Fit, On, Transform, Inverse table
		Y                           []float64
	}
	Scores map[string][]float64
}

func readGolden(t *testing.T) golden {
	t.Helper()
	text, err := os.ReadFile("testdata/preprocess.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// near fails the test where got is not want to the given relative tolerance.
func near(t *testing.T, what string, got, want *mat.Dense, tolerance float64) {
	t.Helper()
	gn, gp := got.Dims()
	n, p := want.Dims()
	if gn != n || gp != p {
		t.Errorf("%s: %d × %d, want %d × %d", what, gn, gp, n, p)
		return
	}
	for i := range n {
		for j := range p {
			g, w := got.At(i, j), want.At(i, j)
			if math.IsNaN(g) && math.IsNaN(w) {
				continue
			}
			if !(math.Abs(g-w) <= tolerance*max(1, math.Abs(w))) {
				t.Errorf("%s: row %d, column %d is %v, want %v", what, i, j, g, w)
				return
			}
		}
	}
}

// learn fits a transformer of any type.
func learn[T dataset.Target, M model.Transformer](f model.Fitter[T, M]) func(*dataset.Dataset[T]) (model.Transformer, error) {
	return func(ds *dataset.Dataset[T]) (model.Transformer, error) { return f.Fit(context.Background(), ds) }
}

func TestGolden(t *testing.T) {
	g := readGolden(t)
	plain := map[string]func(*dataset.Unlabeled) (model.Transformer, error){
		"standard":                learn(pp.StandardScaler{}),
		"standard missing":        learn(pp.StandardScaler{}),
		"standard weighted":       learn(pp.StandardScaler{}),
		"standard only centred":   learn(pp.StandardScaler{NoScale: true}),
		"minmax":                  learn(pp.MinMaxScaler{}),
		"minmax range":            learn(pp.MinMaxScaler{Min: -3, Max: 2}),
		"minmax clip":             learn(pp.MinMaxScaler{Clip: true}),
		"maxabs":                  learn(pp.MaxAbsScaler{}),
		"robust":                  learn(pp.RobustScaler{}),
		"robust unit":             learn(pp.RobustScaler{Low: 0.1, High: 0.8, UnitVariance: true}),
		"l2":                      learn(pp.Normalizer{}),
		"l1":                      learn(pp.Normalizer{Norm: pp.L1}),
		"max":                     learn(pp.Normalizer{Norm: pp.Max}),
		"onehot":                  learn(pp.OneHot{All: true}),
		"onehot missing":          learn(pp.OneHot{All: true}),
		"onehot drop":             learn(pp.OneHot{All: true, DropFirst: true}),
		"onehot ignore":           learn(pp.OneHot{All: true, Unknown: pp.UnknownIgnored}),
		"onehot rare":             learn(pp.OneHot{All: true, MinFrequency: 4, Unknown: pp.UnknownInfrequent}),
		"onehot rare share":       learn(pp.OneHot{All: true, MinFrequency: 0.15, Unknown: pp.UnknownIgnored, DropFirst: true}),
		"onehot rare most":        learn(pp.OneHot{All: true, MaxCategories: 3, Unknown: pp.UnknownInfrequent}),
		"onehot rare both":        learn(pp.OneHot{All: true, MaxCategories: 4, MinFrequency: 2}),
		"onehot rare all":         learn(pp.OneHot{All: true, MaxCategories: 1}),
		"ordinal":                 learn(pp.Ordinal{All: true}),
		"ordinal unknown":         learn(pp.Ordinal{All: true, Unknown: pp.UnknownIgnored}),
		"ordinal rare":            learn(pp.Ordinal{All: true, MinFrequency: 4}),
		"ordinal rare most":       learn(pp.Ordinal{All: true, MaxCategories: 3, Unknown: pp.UnknownIgnored}),
		"impute mean":             learn(pp.SimpleImputer{}),
		"impute median":           learn(pp.SimpleImputer{Strategy: pp.Median}),
		"impute most frequent":    learn(pp.SimpleImputer{Strategy: pp.MostFrequent}),
		"impute constant":         learn(pp.SimpleImputer{Strategy: pp.Constant, Fill: -7}),
		"impute indicator":        learn(pp.SimpleImputer{Indicator: true}),
		"polynomial":              learn(pp.PolynomialFeatures{}),
		"polynomial cubic":        learn(pp.PolynomialFeatures{Degree: 3, NoBias: true}),
		"polynomial interactions": learn(pp.PolynomialFeatures{Degree: 3, Interactions: true}),
		"bins uniform":            learn(pp.KBins{Bins: 4, Binning: pp.Uniform, Ordinal: true}),
		"bins quantile":           learn(pp.KBins{Ordinal: true}),
		"bins onehot":             learn(pp.KBins{Bins: 4}),
		"bins k-means":            learn(pp.KBins{Bins: 4, Binning: pp.KMeans, Ordinal: true}),
		"bins k-means far":        learn(pp.KBins{Bins: 6, Binning: pp.KMeans, Ordinal: true}),
		"bins k-means weighted":   learn(pp.KBins{Bins: 3, Binning: pp.KMeans, Ordinal: true}),
		"quantile":                learn(pp.QuantileTransformer{}),
		"quantile few":            learn(pp.QuantileTransformer{Quantiles: 11}),
		"quantile normal":         learn(pp.QuantileTransformer{Normal: true}),
		"power":                   learn(pp.PowerTransformer{}),
		"power missing":           learn(pp.PowerTransformer{}),
		"power box-cox":           learn(pp.PowerTransformer{Power: pp.BoxCox}),
		"power raw":               learn(pp.PowerTransformer{NoStandardize: true}),
		"variance":                learn(pp.VarianceThreshold{}),
		"variance above":          learn(pp.VarianceThreshold{Threshold: 2}),
	}
	// What is not a closed form agrees to the accuracy of scikit-learn's search for λ;
	// its MinMaxScaler loses digits of a feature far from zero.
	loose := map[string]float64{"minmax range": 1e-9, "power": 1e-6, "power missing": 1e-6, "power box-cox": 1e-6, "power raw": 1e-5}
	for name, c := range g.Cases {
		t.Run(name, func(t *testing.T) {
			var m model.Transformer
			var err error
			x := c.Fit.dense()
			switch {
			case plain[name] != nil:
				ds := &dataset.Unlabeled{X: x}
				if strings.HasSuffix(name, "weighted") {
					ds.Weights = g.Weights
				}
				m, err = plain[name](ds)
			case name == "best f" || name == "best chi2":
				ds := &dataset.Classification{X: x}
				for _, y := range c.Y {
					ds.Y = append(ds.Y, int(y))
				}
				if name == "best f" {
					m, err = learn(pp.SelectKBest{K: 4})(ds)
				} else {
					m, err = learn(pp.SelectKBest{K: 3, Score: pp.Chi2})(ds)
				}
			case name == "best regression":
				m, err = learn(pp.SelectKBestRegression{K: 2})(&dataset.Regression{X: x, Y: c.Y})
			default:
				t.Fatal("no transformer")
			}
			if err != nil {
				t.Fatal(err)
			}
			tolerance := max(loose[name], 1e-10)
			z, err := m.Transform(c.On.dense())
			if err != nil {
				t.Fatal(err)
			}
			near(t, "Transform", z, c.Transform.dense(), tolerance)
			if c.Inverse != nil {
				back, err := m.(model.InverseTransformer).InverseTransform(z)
				if err != nil {
					t.Fatal(err)
				}
				near(t, "InverseTransform", back, c.Inverse.dense(), tolerance)
			}
			if namer, ok := m.(model.FeatureNamer); ok {
				_, p := z.Dims()
				if names := namer.Output().Features; names != nil && len(names) != p {
					t.Errorf("%d names %q of %d features", len(names), names, p)
				}
			}
			row := m.(model.RowTransformer)
			for i := range c.On {
				got, err := row.TransformRow([]float64{42}, c.On.dense().RawRowView(i))
				if err != nil {
					t.Fatal(err)
				}
				for j, v := range got[1:] {
					if math.Float64bits(v) != math.Float64bits(z.At(i, j)) {
						t.Fatalf("TransformRow of row %d is %v, Transform says %v", i, got, z.RawRowView(i))
					}
				}
			}
		})
	}
}

func TestScores(t *testing.T) {
	want := readGolden(t).Scores
	wine := dataset.Wine()
	ctx := context.Background()
	f, err := pp.SelectKBest{}.Fit(ctx, wine)
	if err != nil {
		t.Fatal(err)
	}
	chi2, err := pp.SelectKBest{Score: pp.Chi2}.Fit(ctx, wine)
	if err != nil {
		t.Fatal(err)
	}
	alcohol := &dataset.Regression{X: mat.DenseCopyOf(wine.X.Slice(0, 178, 1, 13)), Y: mat.Col(nil, 0, wine.X)}
	r, err := pp.SelectKBestRegression{}.Fit(ctx, alcohol)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]float64{"f": f.Scores, "fp": f.PValues, "chi2": chi2.Scores, "chi2p": chi2.PValues, "r": r.Scores, "rp": r.PValues} {
		for j, v := range got {
			if math.Abs(v-want[name][j]) > 1e-9*math.Abs(want[name][j])+1e-300 {
				t.Errorf("%s of feature %d is %v, want %v", name, j, v, want[name][j])
			}
		}
	}
}
