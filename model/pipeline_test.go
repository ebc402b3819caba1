package model_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/decomposition"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

func TestPipelineConformance(t *testing.T) {
	t.Run("classifier", func(t *testing.T) {
		modeltest.TestClassifier(t, model.Pipe(preprocess.StandardScaler{}, linear.Logistic{}))
	})
	t.Run("regressor", func(t *testing.T) {
		modeltest.TestRegressor(t, model.Pipe(model.Chain(preprocess.StandardScaler{}, decomposition.PCA{}), linear.Ridge{}))
	})
	t.Run("supervised", func(t *testing.T) {
		selected := model.PipeSupervised(preprocess.SelectKBest{K: 3}, model.Pipe(preprocess.MinMaxScaler{}, linear.Logistic{C: 100}))
		modeltest.TestClassifier(t, selected)
	})
	t.Run("clusterer", func(t *testing.T) {
		modeltest.TestClusterer(t, model.Pipe(preprocess.StandardScaler{}, cluster.DBSCAN{}))
	})
}

func TestChainConformance(t *testing.T) {
	modeltest.TestTransformer(t, model.Chain(preprocess.StandardScaler{}, preprocess.StandardScaler{NoCentre: true}), modeltest.AllowsMissing())
}

// A pipeline is its steps, one after the other.
func TestPipeline(t *testing.T) {
	ctx := context.Background()
	train, test := dataset.Wine().Split(0.75, 1)
	piped, err := model.Pipe(preprocess.StandardScaler{}, linear.Logistic{}).Fit(ctx, train)
	if err != nil {
		t.Fatal(err)
	}

	scaler, err := preprocess.StandardScaler{}.Fit(ctx, train.Unlabeled())
	if err != nil {
		t.Fatal(err)
	}
	x, err := scaler.Transform(train.X)
	if err != nil {
		t.Fatal(err)
	}
	logistic, err := linear.Logistic{}.Fit(ctx, &dataset.Classification{X: x, Y: train.Y, Schema: train.Schema})
	if err != nil {
		t.Fatal(err)
	}
	z, err := scaler.Transform(test.X)
	if err != nil {
		t.Fatal(err)
	}
	want, err := logistic.PredictProba(z)
	if err != nil {
		t.Fatal(err)
	}
	got, err := piped.PredictProba(test.X)
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(got, want) {
		t.Error("the pipeline's probabilities are not those of its steps")
	}
	if !slices.Equal(piped.Model.Classes, train.Classes) || !slices.Equal(piped.Model.Features, train.Features) {
		t.Errorf("the last model knows the classes as %q, the features as %q", piped.Model.Classes, piped.Model.Features)
	}
	if _, err := piped.Transform(test.X); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Transform of a classifier: %v", err)
	}
}

func TestPipelineNests(t *testing.T) {
	ctx := context.Background()
	wine := dataset.Wine()
	one := model.Pipe(preprocess.StandardScaler{}, linear.Logistic{})
	for name, scores := range map[string]func() ([]float64, error){
		"pipeline as the estimator": func() ([]float64, error) {
			return model.CrossValidate(ctx, model.Pipe(preprocess.StandardScaler{NoScale: true}, one), wine, model.KFold{Seed: 3}, metrics.Accuracy)
		},
		"chain as the transformer": func() ([]float64, error) {
			return model.CrossValidate(ctx, model.Pipe(model.Chain(preprocess.StandardScaler{NoScale: true}, preprocess.StandardScaler{}), linear.Logistic{}), wine, model.KFold{Seed: 3}, metrics.Accuracy)
		},
	} {
		got, err := scores()
		if err != nil {
			t.Fatal(err)
		}
		if mean := (got[0] + got[1] + got[2] + got[3] + got[4]) / 5; mean < 0.95 {
			t.Errorf("%s: accuracy %v", name, got)
		}
	}
}

// spy is a transformer that remembers the smallest and the largest value that it
// was fitted on.
type spy struct{ saw chan<- []float64 }

type spyModel struct{}

func (s spy) Fit(_ context.Context, ds *dataset.Unlabeled) (spyModel, error) {
	s.saw <- mat.Col(nil, 0, ds.X)
	return spyModel{}, nil
}

func (spyModel) Transform(x mat.Matrix) (*mat.Dense, error) { return mat.DenseCopyOf(x), nil }

// No test sample of a fold reaches a transformer that is fitted in it, whatever
// the folds, however deep the transformer, in a search as in a cross-validation.
func TestNoLeak(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(12, 40).Draw(t, "samples")
		ds := &dataset.Classification{X: mat.NewDense(n, 1, nil), Y: make([]int, n)}
		groups := make([]int, n)
		for i := range n {
			ds.X.Set(i, 0, float64(i)) // a sample is known by its value
			ds.Y[i] = i % 2
			groups[i] = i % 6
		}
		parts, seed := rapid.IntRange(2, 5).Draw(t, "parts"), rapid.Uint64().Draw(t, "seed")
		folds := rapid.SampledFrom([]model.Splitter{
			model.KFold{N: parts, Seed: seed}, model.KFold{N: parts, NoStratify: true, NoShuffle: true},
			model.RepeatedKFold{KFold: model.KFold{N: parts, Seed: seed}, Repeats: 2}, model.GroupKFold{N: parts, Groups: groups},
			model.TimeSeriesSplit{N: parts, Gap: 1}, model.LeaveOneOut{}, model.ShuffleSplit{N: parts, TestFraction: 0.3, Seed: seed},
		}).Draw(t, "folds")
		divisions, err := folds.Folds(n, ds.Y)
		if err != nil {
			t.Fatal(err)
		}
		saw := make(chan []float64, 4*len(divisions))
		piped := model.Pipe(model.Chain(spy{saw}, spy{saw}), majority{})
		fits := 2 * len(divisions)
		if rapid.Bool().Draw(t, "search") {
			fits *= 2
			_, err = model.Search(context.Background(), slices.Repeat([]model.Fitter[int, *spiedPipeline]{piped}, 2), ds, folds, agreement)
		} else {
			_, err = model.CrossValidate(context.Background(), piped, ds, folds, agreement)
		}
		if err != nil {
			t.Fatal(err)
		}
		close(saw)
		seen := 0
		for values := range saw {
			seen++
			if !slices.ContainsFunc(divisions, func(f model.Fold) bool {
				return slices.EqualFunc(f.Train, values, func(row int, v float64) bool { return float64(row) == v })
			}) {
				t.Errorf("a transformer saw the samples %v, which are the training part of no fold", values)
			}
		}
		if seen != fits {
			t.Errorf("%d fits, want %d in %d folds", seen, fits, len(divisions))
		}
	})
}

type spiedPipeline = model.PipelineModel[*model.ChainedModel[spyModel, spyModel], *majorityModel, int]

func TestSaveLoad(t *testing.T) {
	ctx := context.Background()
	train, test := dataset.Wine().Split(0.75, 1)
	fit, err := model.Pipe(model.Chain(preprocess.StandardScaler{NoScale: true}, preprocess.StandardScaler{}), linear.Logistic{}).Fit(ctx, train)
	if err != nil {
		t.Fatal(err)
	}
	want, err := fit.PredictProba(test.X)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := model.Save(&file, fit); err != nil {
		t.Fatal(err)
	}
	saved := slices.Clone(file.Bytes())
	file.WriteString("what follows")

	typed, err := model.Load[*model.PipelineModel[*model.ChainedModel[*preprocess.StandardScalerModel, *preprocess.StandardScalerModel], *linear.LogisticModel, int]](&file)
	if err != nil {
		t.Fatal(err)
	}
	if file.String() != "what follows" {
		t.Errorf("Load left %q", file.String())
	}
	untyped, err := model.Load[model.Predictor[int]](bytes.NewReader(saved))
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]model.Predictor[int]{"typed": typed, "as an interface": untyped} {
		got, err := m.(model.ProbabilityPredictor).PredictProba(test.X)
		if err != nil {
			t.Fatal(err)
		}
		if !mat.Equal(got, want) {
			t.Errorf("%s: the loaded model says something else", name)
		}
		var again bytes.Buffer
		if err := model.Save(&again, m); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Bytes(), saved) {
			t.Errorf("%s: saved again, the file differs", name)
		}
	}

	name := t.TempDir() + "/model"
	for range 2 {
		if err := model.SaveFile(name, fit.Model); err != nil {
			t.Fatal(err)
		}
	}
	logistic, err := model.LoadFile[*linear.LogisticModel](name)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range fit.Model.Coef.RawMatrix().Data {
		if math.Float64bits(v) != math.Float64bits(logistic.Coef.RawMatrix().Data[i]) {
			t.Fatal("a coefficient differs")
		}
	}
}

// predictsRows fits a pipeline of a transformer and a linear classifier, and
// returns its PredictRow.
func predictsRows[A model.Transformer](f model.Fitter[dataset.None, A]) func(*testing.T, *dataset.Classification) func([]float64) (int, error) {
	return func(t *testing.T, ds *dataset.Classification) func([]float64) (int, error) {
		return fit(t, model.Pipe(f, linear.Logistic{}), ds).PredictRow
	}
}

// Predicting a row allocates nothing whatever transformers it goes through.
func TestPipelineRowAllocatesNothing(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector drops what pools hold")
	}
	wine := dataset.Wine()
	numeric := preprocess.OnNumeric(model.Chain(preprocess.SimpleImputer{Indicator: true}, preprocess.StandardScaler{}))
	for name, pipe := range map[string]func(*testing.T, *dataset.Classification) func([]float64) (int, error){
		"StandardScaler":      predictsRows(preprocess.StandardScaler{}),
		"MinMaxScaler":        predictsRows(preprocess.MinMaxScaler{}),
		"MaxAbsScaler":        predictsRows(preprocess.MaxAbsScaler{}),
		"RobustScaler":        predictsRows(preprocess.RobustScaler{}),
		"Normalizer":          predictsRows(preprocess.Normalizer{}),
		"QuantileTransformer": predictsRows(preprocess.QuantileTransformer{Normal: true}),
		"PowerTransformer":    predictsRows(preprocess.PowerTransformer{}),
		"PolynomialFeatures":  predictsRows(preprocess.PolynomialFeatures{}),
		"KBins":               predictsRows(preprocess.KBins{Binning: preprocess.KMeans}),
		"OneHot":              predictsRows(preprocess.OneHot{All: true, MinFrequency: 3}),
		"Ordinal":             predictsRows(preprocess.Ordinal{All: true}),
		"SimpleImputer":       predictsRows(preprocess.SimpleImputer{}),
		"VarianceThreshold":   predictsRows(preprocess.VarianceThreshold{}),
		"PCA":                 predictsRows(decomposition.PCA{Components: 3, Whiten: true}),
		"IncrementalPCA":      predictsRows(decomposition.IncrementalPCA{}),
		"TruncatedSVD":        predictsRows(decomposition.TruncatedSVD{}),
		"KMeans":              predictsRows(cluster.KMeans{}),
		"Chain":               predictsRows(model.Chain(preprocess.StandardScaler{NoScale: true}, preprocess.StandardScaler{})),
		"Columns":             predictsRows(preprocess.Columns{Parts: []preprocess.Part{numeric, preprocess.On(preprocess.KBins{}, "alcohol")}}),
		"SelectKBest": func(t *testing.T, ds *dataset.Classification) func([]float64) (int, error) {
			return fit(t, model.PipeSupervised(preprocess.SelectKBest{K: 3}, linear.Logistic{}), ds).PredictRow
		},
		"pipelines in pipelines": func(t *testing.T, ds *dataset.Classification) func([]float64) (int, error) {
			return fit(t, model.Pipe(preprocess.StandardScaler{}, model.Pipe(decomposition.PCA{}, model.Calibrate(linear.Logistic{}))), ds).PredictRow
		},
	} {
		predict, row := pipe(t, wine), wine.X.RawRowView(0)
		if _, err := predict(row); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if allocs := testing.AllocsPerRun(100, func() { _, _ = predict(row) }); allocs > 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}
