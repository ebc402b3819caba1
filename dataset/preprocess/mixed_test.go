package preprocess_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	pp "github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/model"
)

// mixed returns a table with a numeric and two categorical columns, with gaps.
func mixed() *dataset.Unlabeled {
	nan := math.NaN()
	return &dataset.Unlabeled{
		X: mat.NewDense(5, 3, []float64{
			1, 0, 2,
			nan, 1, 0,
			3, 1, nan,
			5, 0, 2,
			7, 1, 2,
		}),
		Schema: dataset.Schema{
			Features: []string{"age", "sex", "deck"},
			Levels:   [][]string{nil, {"female", "male"}, {"A", "B", "C"}},
		},
	}
}

func TestOneHotOfLevels(t *testing.T) {
	m, err := pp.OneHot{}.Fit(context.Background(), mixed())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"age", "sex=female", "sex=male", "deck=A", "deck=B", "deck=C", "deck=missing"}
	if got := m.Output().Features; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	z, err := m.Transform(mixed().X)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	near(t, "Transform", z, mat.NewDense(5, 7, []float64{
		1, 1, 0, 0, 0, 1, 0,
		nan, 0, 1, 1, 0, 0, 0,
		3, 0, 1, 0, 0, 0, 1,
		5, 1, 0, 0, 0, 1, 0,
		7, 0, 1, 0, 0, 1, 0,
	}), 0)
	back, err := m.InverseTransform(z)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "InverseTransform", back, mixed().X, 0)

	// A missing sex did not occur.
	_, err = m.TransformRow(nil, []float64{1, nan, 0})
	if err == nil || !strings.Contains(err.Error(), "column 1 (sex) is missing") {
		t.Errorf("a value that did not occur: %v", err)
	}
	bad := mixed()
	bad.X.Set(3, 1, 2)
	if _, err := (pp.OneHot{}).Fit(context.Background(), bad); !errors.Is(err, dataset.ErrShape) || !strings.Contains(err.Error(), "row 3, column 1 (sex)") {
		t.Errorf("an index that is no level: %v", err)
	}
}

// Rare levels share a feature, the missing value among them, and a new level of a
// raw row is one of them.
func TestInfrequentLevels(t *testing.T) {
	ds := mixed()
	m, err := pp.OneHot{MinFrequency: 2, Unknown: pp.UnknownInfrequent}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"age", "sex=female", "sex=male", "deck=C", "deck=infrequent"}
	if got := m.Output().Features; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	row, err := ds.Row(2, "male", "Z")
	if !errors.Is(err, dataset.ErrLevel) || !strings.Contains(err.Error(), "deck") {
		t.Errorf("a new level: %v", err)
	}
	z, err := m.TransformRow(nil, row)
	if err != nil || !slices.Equal(z, []float64{2, 0, 1, 0, 1}) {
		t.Errorf("a row with a new level becomes %v, %v", z, err)
	}
	back, err := m.InverseTransform(mat.NewDense(1, 5, z))
	if err != nil || back.At(0, 1) != 1 || !math.IsNaN(back.At(0, 2)) {
		t.Errorf("and back again %v, %v", back, err)
	}
	// No sex is infrequent: one that is new has neither.
	if z, err = m.TransformRow(nil, []float64{2, 2, 2}); err != nil || !slices.Equal(z, []float64{2, 0, 0, 1, 0}) {
		t.Errorf("a row with a new sex becomes %v, %v", z, err)
	}
	for _, v := range []float64{-1, 0.5, 2, 1e300} {
		strict, err := pp.OneHot{}.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := strict.TransformRow(nil, []float64{2, v, 2}); !errors.Is(err, dataset.ErrShape) {
			t.Errorf("index %v of two levels: %v", v, err)
		}
	}
}

func TestOrdinalOfLevels(t *testing.T) {
	m, err := pp.Ordinal{Order: map[string][]string{"deck": {"C", "A", "B"}}}.Fit(context.Background(), mixed())
	if err != nil {
		t.Fatal(err)
	}
	z, err := m.Transform(mixed().X)
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	near(t, "Transform", z, mat.NewDense(5, 3, []float64{1, 0, 0, nan, 1, 1, 3, 1, nan, 5, 0, 0, 7, 1, 0}), 0)
	back, err := m.InverseTransform(z)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "InverseTransform", back, mixed().X, 0)
}

func TestImputerOfLevels(t *testing.T) {
	m, err := pp.SimpleImputer{Indicator: true}.Fit(context.Background(), mixed())
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{4, 1, 2}; !slices.Equal(m.Fill, want) {
		t.Errorf("fills in %v, want %v", m.Fill, want)
	}
	out := m.Output()
	if want := []string{"age", "sex", "deck", "age missing", "deck missing"}; !slices.Equal(out.Features, want) || len(out.Levels) != 5 {
		t.Errorf("output %+v", out)
	}
	// Levels go through to the encoder behind it.
	chain, err := model.Chain(pp.SimpleImputer{}, pp.OneHot{}).Fit(context.Background(), mixed())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"age", "sex=female", "sex=male", "deck=A", "deck=B", "deck=C"}; !slices.Equal(chain.Output().Features, want) {
		t.Errorf("the chain makes %q", chain.Output().Features)
	}
	empty := mixed()
	for i := range 5 {
		empty.X.Set(i, 0, math.NaN())
	}
	if _, err := (pp.SimpleImputer{}).Fit(context.Background(), empty); !errors.Is(err, dataset.ErrEmpty) || !strings.Contains(err.Error(), "column 0 (age)") {
		t.Errorf("a column without values: %v", err)
	}
}

// Weights count as copies, for quantiles too.
func TestWeightsAreCopies(t *testing.T) {
	values := []float64{3, 1, 4, 1, 5, 9, 2, 6}
	weights := []float64{1, 2, 0, 3, 1, 1, 2, 1}
	var copies []float64
	for i, w := range weights {
		for range int(w) {
			copies = append(copies, values[i])
		}
	}
	weighted := &dataset.Unlabeled{X: mat.NewDense(8, 1, values), Weights: weights}
	repeated := &dataset.Unlabeled{X: mat.NewDense(len(copies), 1, copies)}
	for name, fit := range map[string]func(*dataset.Unlabeled) (model.Transformer, error){
		"robust":   learn(pp.RobustScaler{Low: 0.1, High: 0.95}),
		"quantile": learn(pp.QuantileTransformer{Quantiles: 7}),
		"bins":     learn(pp.KBins{Bins: 3, Ordinal: true}),
		"k-means":  learn(pp.KBins{Bins: 3, Binning: pp.KMeans, Ordinal: true}),
		"median":   learn(pp.SimpleImputer{Strategy: pp.Median}),
		"frequent": learn(pp.SimpleImputer{Strategy: pp.MostFrequent}),
		"power":    learn(pp.PowerTransformer{}),
	} {
		a, err := fit(weighted)
		if err != nil {
			t.Fatal(err)
		}
		b, err := fit(repeated)
		if err != nil {
			t.Fatal(err)
		}
		x, err := a.Transform(weighted.X)
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.Transform(weighted.X)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, x, y, 1e-6)
	}
}
