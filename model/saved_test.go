package model_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/decomposition"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
	"github.com/sapwood-ml/sapwood/tree"
)

var update = flag.Bool("update", false, "write the golden files of kinds and versions that have none")

// fitted returns a model of each kind, fitted on Iris.
func fitted(t testing.TB) map[string]any {
	iris := dataset.Iris()
	lengths := &dataset.Regression{X: iris.X, Y: mat.Col(nil, 2, iris.X), Schema: dataset.Schema{Features: iris.Features, Target: "petal length"}}
	targets, err := linear.Ridge{}.FitTargets(context.Background(), iris.Unlabeled(), mat.DenseCopyOf(iris.X.Slice(0, iris.Len(), 2, 4)))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{
		"linear.Targets-1":                 targets,
		"linear.Logistic-1":                fit(t, linear.Logistic{}, iris),
		"linear.Regression-1":              fit(t, linear.Regression{}, lengths),
		"linear.RidgeCV-1":                 fit(t, linear.RidgeCV{}, lengths),
		"linear.ElasticNetCV-1":            fit(t, linear.ElasticNetCV{Count: 3, Folds: model.KFold{N: 3}}, lengths),
		"linear.LogisticCV-1":              fit(t, linear.LogisticCV{Cs: []float64{0.1, 1}, Folds: model.KFold{N: 3}}, iris),
		"linear.Path-1":                    fit(t, linear.Path{Count: 3}, lengths),
		"linear.LogLinear-1":               fit(t, linear.Poisson{}, lengths),
		"svm.Classifier-1":                 fit(t, svm.Classifier{Probability: true}, iris),
		"svm.Regressor-1":                  fit(t, svm.Regressor{Epsilon: 0.5}, lengths),
		"svm.OneClass-1":                   fit(t, svm.OneClass{Nu: 0.1}, iris.Unlabeled()),
		"svm.LinearRegressor-1":            fit(t, svm.LinearRegressor{}, lengths),
		"svm.LinearClassifier-1":           fit(t, svm.LinearClassifier{}, iris),
		"tree.BoostingClassifier-1":        fit(t, tree.BoostingClassifier{Iterations: 3, MaxLeaves: 4}, iris),
		"tree.BoostingRegressor-1":         fit(t, tree.BoostingRegressor{Iterations: 3, MaxLeaves: 4}, lengths),
		"tree.Classifier-1":                fit(t, tree.Classifier{MaxDepth: 3}, iris),
		"tree.ForestClassifier-1":          fit(t, tree.ForestClassifier{Trees: 3, MaxDepth: 2}, iris),
		"tree.ForestRegressor-1":           fit(t, tree.ForestRegressor{Trees: 3, MaxDepth: 2}, lengths),
		"tree.Regressor-1":                 fit(t, tree.Regressor{MaxDepth: 3}, lengths),
		"decomposition.TruncatedSVD-1":     fit(t, decomposition.TruncatedSVD{}, iris.Unlabeled()),
		"cluster.KMeans-1":                 fit(t, cluster.KMeans{K: 3}, iris.Unlabeled()),
		"cluster.DBSCAN-1":                 fit(t, cluster.DBSCAN{}, iris.Unlabeled()),
		"cluster.GaussianMixture-1":        fit(t, cluster.GaussianMixture{K: 3}, iris.Unlabeled()),
		"decomposition.PCA-1":              fit(t, decomposition.PCA{}, iris.Unlabeled()),
		"preprocess.Columns-1":             fit(t, preprocess.Columns{Parts: []preprocess.Part{preprocess.On(preprocess.StandardScaler{}, "0")}}, iris.Unlabeled()),
		"preprocess.MinMaxScaler-1":        fit(t, preprocess.MinMaxScaler{}, iris.Unlabeled()),
		"preprocess.MaxAbsScaler-1":        fit(t, preprocess.MaxAbsScaler{}, iris.Unlabeled()),
		"preprocess.RobustScaler-1":        fit(t, preprocess.RobustScaler{}, iris.Unlabeled()),
		"preprocess.Normalizer-1":          fit(t, preprocess.Normalizer{}, iris.Unlabeled()),
		"preprocess.OneHot-1":              fit(t, preprocess.OneHot{All: true}, iris.Unlabeled()),
		"preprocess.Ordinal-1":             fit(t, preprocess.Ordinal{All: true}, iris.Unlabeled()),
		"preprocess.SimpleImputer-1":       fit(t, preprocess.SimpleImputer{}, iris.Unlabeled()),
		"preprocess.PolynomialFeatures-1":  fit(t, preprocess.PolynomialFeatures{}, iris.Unlabeled()),
		"preprocess.KBins-1":               fit(t, preprocess.KBins{}, iris.Unlabeled()),
		"preprocess.QuantileTransformer-1": fit(t, preprocess.QuantileTransformer{Quantiles: 10}, iris.Unlabeled()),
		"preprocess.PowerTransformer-1":    fit(t, preprocess.PowerTransformer{}, iris.Unlabeled()),
		"preprocess.Selection-1":           fit(t, preprocess.SelectKBest{K: 2}, iris),
		"preprocess.StandardScaler-1":      fit(t, preprocess.StandardScaler{}, iris.Unlabeled()),
		"model.Calibrated-1":               fit(t, model.Calibrate(linear.Logistic{}), iris),
		"model.Chain-1":                    fit(t, model.Chain(preprocess.StandardScaler{}, decomposition.PCA{}), iris.Unlabeled()),
		"model.Pipeline(int)-1":            fit(t, model.Pipe(preprocess.StandardScaler{}, linear.Logistic{}), iris),
		"model.Pipeline(float64)-1":        fit(t, model.Pipe(preprocess.StandardScaler{}, linear.Regression{}), lengths),
	}
}

func fit[T dataset.Target, M any](t testing.TB, f model.Fitter[T, M], ds *dataset.Dataset[T]) M {
	t.Helper()
	m, err := f.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// answers is what a model says about some flowers.
func answers(t *testing.T, m any) map[string][]float64 {
	x := mat.DenseCopyOf(dataset.Iris().X.Slice(48, 52, 0, 4))
	said := map[string][]float64{}
	matrix := func(method string, y *mat.Dense, err error) {
		if errors.Is(err, errors.ErrUnsupported) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		said[method] = y.RawMatrix().Data
	}
	switch p := m.(type) {
	case model.Predictor[int]:
		labels, err := p.Predict(x)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range labels {
			said["Predict"] = append(said["Predict"], float64(k))
		}
	case model.Predictor[float64]:
		y, err := p.Predict(x)
		if err != nil {
			t.Fatal(err)
		}
		said["Predict"] = y
	}
	if p, ok := m.(*linear.TargetsModel); ok {
		y, err := p.Predict(x)
		matrix("Predict", y, err)
	}
	if p, ok := m.(*linear.PathModel); ok {
		for i := range p.Alphas {
			y, err := p.At(i).Predict(x)
			if err != nil {
				t.Fatal(err)
			}
			said["Predict"] = append(said["Predict"], y...)
		}
	}
	if p, ok := m.(model.ProbabilityPredictor); ok {
		y, err := p.PredictProba(x)
		matrix("PredictProba", y, err)
	}
	if p, ok := m.(model.DecisionFunction); ok {
		y, err := p.Decision(x)
		matrix("Decision", y, err)
	}
	if p, ok := m.(model.Transformer); ok {
		y, err := p.Transform(x)
		matrix("Transform", y, err)
	}
	return said
}

// Every kind and version has a file in testdata/saved that still loads and says
// what it said. Run with -update to make that of a new one; to make one anew whose
// format has changed before any release, delete its two files first.
func TestSavedModelsLoadForEver(t *testing.T) {
	const directory = "testdata/saved"
	for kind, m := range fitted(t) {
		name := filepath.Join(directory, kind)
		if _, err := os.Stat(name + ".model"); err == nil || !*update {
			continue
		}
		said, err := json.MarshalIndent(answers(t, m), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.MkdirAll(directory, 0o777), model.SaveFile(name+".model", m), os.WriteFile(name+".json", append(said, '\n'), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	known := map[string]bool{}
	for _, kind := range model.RegisteredKinds() {
		known[kind] = true
		if strings.HasPrefix(kind, "test.") {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			name := filepath.Join(directory, kind)
			m, err := model.LoadFile[any](name + ".model")
			if errors.Is(err, os.ErrNotExist) {
				t.Fatal("no golden file: add the kind to fitted, and run go test ./model -run TestSavedModels -update")
			}
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(name + ".model"); err != nil || info.Size() > 20_000 {
				t.Errorf("%d bytes, want a small model: %v", info.Size(), err)
			}
			text, err := os.ReadFile(name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want map[string][]float64
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			got := answers(t, m)
			if len(got) == 0 {
				t.Error("the model says nothing")
			}
			for method, values := range want {
				if !slices.EqualFunc(values, got[method], func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(1, math.Abs(a)) }) {
					t.Errorf("%s says %v, want %v", method, got[method], values)
				}
			}
		})
	}
	files, err := filepath.Glob(directory + "/*.model")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if kind := strings.TrimSuffix(filepath.Base(file), ".model"); !known[kind] {
			t.Errorf("%s can no longer be loaded: a kind and version stays, see Register", kind)
		}
	}
}

// A model that no Fit has returned answers with errors, and is refused when it is
// loaded or has nothing to say about rows of its own width.
func TestZeroModels(t *testing.T) {
	x := mat.NewDense(3, 4, nil)
	for kind, m := range fitted(t) {
		if strings.HasPrefix(kind, "model.") {
			continue // made of other models
		}
		t.Run(kind, func(t *testing.T) {
			zero := reflect.New(reflect.TypeOf(m).Elem()).Interface()
			var file bytes.Buffer
			if err := model.Save(&file, zero); err == nil {
				if loaded, err := model.Load[any](&file); err == nil {
					refuses(t, "loaded", loaded, x)
				}
			}
			refuses(t, "zero", zero, x)
		})
	}
}

// refuses checks that all methods of a model on rows return errors.
func refuses(t *testing.T, which string, m any, x *mat.Dense) {
	t.Helper()
	row := x.RawRowView(0)
	check := func(method string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s of the %s model gives an answer", method, which)
		}
	}
	switch p := m.(type) {
	case model.Predictor[int]:
		_, err := p.Predict(x)
		check("Predict", err)
		_, err = p.PredictRow(row)
		check("PredictRow", err)
	case model.Predictor[float64]:
		_, err := p.Predict(x)
		check("Predict", err)
		_, err = p.PredictRow(row)
		check("PredictRow", err)
	}
	if p, ok := m.(model.ProbabilityPredictor); ok {
		_, err := p.PredictProba(x)
		check("PredictProba", err)
	}
	if p, ok := m.(model.DecisionFunction); ok {
		_, err := p.Decision(x)
		check("Decision", err)
	}
	if p, ok := m.(model.Transformer); ok {
		_, err := p.Transform(x)
		check("Transform", err)
	}
	if p, ok := m.(model.RowTransformer); ok {
		_, err := p.TransformRow(nil, row)
		check("TransformRow", err)
	}
	if p, ok := m.(model.InverseTransformer); ok {
		_, err := p.InverseTransform(x)
		check("InverseTransform", err)
	}
}
