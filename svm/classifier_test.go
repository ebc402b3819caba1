package svm_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/model/modeltest"
	"github.com/sapwood-ml/sapwood/svm"
)

// goldenMachines is a golden case of a classifier.
type goldenMachines struct {
	Data       string
	Step       int
	Params     params
	Gamma      float64
	Objectives []float64
	Intercept  []float64
	Support    []int
	Predict    []int
	Rows       []int
	Decision   [][]float64
	Pairs      [][]float64
}

// testMachines compares the models that fit gives with the cases of a file.
func testMachines(t *testing.T, name string, fit func(p params, ds *dataset.Classification) (*svm.ClassifierModel, error)) {
	t.Helper()
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	for _, c := range golden[goldenMachines](t, name) {
		t.Run(label(c.Data, c.Params), func(t *testing.T) {
			ds := bundled(t, c.Data, c.Step)
			if c.Params.Weighted {
				weigh(ds)
			}
			m, err := fit(c.Params, ds)
			if err != nil {
				t.Fatal(err)
			}
			c.check(t, m, ds)
		})
	}
}

func (c goldenMachines) check(t *testing.T, m *svm.ClassifierModel, ds *dataset.Classification) {
	t.Helper()
	if !m.Converged {
		t.Error("not converged")
	}
	wantClose(t, "γ", []float64{m.Kernel.Gamma}, []float64{c.Gamma}, 1e-12)
	var objectives []float64
	for _, p := range m.Pairs {
		objectives = append(objectives, p.Objective)
	}
	wantClose(t, "objective", objectives, c.Objectives, 1e-9)
	wantClose(t, "intercept", m.Intercept, c.Intercept, 1e-8)
	labels, err := m.Predict(ds.X)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(labels, c.Predict) {
		t.Errorf("predictions differ: %v, want %v", labels, c.Predict)
	}
	if c.Support != nil && !slices.Equal(m.Support, c.Support) {
		t.Errorf("support is %d %v, want %d %v", len(m.Support), m.Support, len(c.Support), c.Support)
	}
	x := pick(t, ds.X, c.Rows)
	decision, err := m.Decision(x)
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "decision", decision.RawMatrix().Data, flatten(c.Decision), 1e-8)
	if m.OneVsRest {
		return
	}
	pairs, err := m.DecisionPairs(x)
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "pairs", pairs.RawMatrix().Data, flatten(c.Pairs), 1e-8)
}

func TestClassifierGolden(t *testing.T) {
	testMachines(t, "classifier", func(p params, ds *dataset.Classification) (*svm.ClassifierModel, error) {
		return svm.Classifier{C: p.C, Kernel: p.kernel(), Balanced: p.ClassWeight == "balanced", Tol: 1e-10}.Fit(context.Background(), ds)
	})
}

func TestOneVsRestGolden(t *testing.T) {
	testMachines(t, "one_vs_rest", func(p params, ds *dataset.Classification) (*svm.ClassifierModel, error) {
		return svm.Classifier{C: p.C, Kernel: p.kernel(), OneVsRest: true, Tol: 1e-10}.Fit(context.Background(), ds)
	})
}

// Two classes have one machine either way, and a model of more has no pairs.
func TestOneVsRestPairs(t *testing.T) {
	ds := bundled(t, "breast_cancer", 5)
	want, err := svm.Classifier{}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	got, err := svm.Classifier{OneVsRest: true}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if got.OneVsRest || !slices.Equal(got.Intercept, want.Intercept) || !mat.Equal(got.DualCoef, want.DualCoef) {
		t.Errorf("of two classes: %v %v, want %v", got.OneVsRest, got.Intercept, want.Intercept)
	}
	m, err := svm.Classifier{OneVsRest: true, Probability: true}.Fit(context.Background(), dataset.Iris())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.DecisionPairs(dataset.Iris().X); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("decision values of pairs: error %v", err)
	}
	proba, err := m.PredictProba(dataset.Iris().X)
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, k := range dataset.Iris().Y {
		if math.Abs(floats.Sum(proba.RawRowView(i))-1) > 1e-12 {
			t.Fatalf("row %d: probabilities %v", i, proba.RawRowView(i))
		}
		if floats.MaxIdx(proba.RawRowView(i)) != k {
			wrong++
		}
	}
	if wrong > 8 {
		t.Errorf("%d of 150 most probable classes are wrong", wrong)
	}
}

func TestNuClassifierGolden(t *testing.T) {
	testMachines(t, "nu_classifier", func(p params, ds *dataset.Classification) (*svm.ClassifierModel, error) {
		return svm.NuClassifier{Nu: p.Nu, Kernel: p.kernel(), Tol: 1e-13}.Fit(context.Background(), ds)
	})
}

func TestClassifierConformance(t *testing.T) {
	for name, c := range map[string]svm.Classifier{
		"RBF":         {},
		"linear":      {Kernel: svm.Kernel{Kind: svm.Linear}, C: 10},
		"polynomial":  {Kernel: svm.Kernel{Kind: svm.Polynomial, Coef0: 1}},
		"sigmoid":     {Kernel: svm.Kernel{Kind: svm.Sigmoid, Gamma: 0.01}},
		"one-vs-rest": {OneVsRest: true, Kernel: svm.Kernel{Kind: svm.Polynomial, Degree: 2, Coef0: 1}},
		"balanced":    {Balanced: true, BreakTies: true, CacheMB: 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.Tol = 1e-9        // for what only agrees as far as the solver goes
			c.MaxIter = 100_000 // kernels of features near 1e8 are all but equal
			modeltest.TestClassifier(t, c)
		})
	}
}

func TestClassifierParameters(t *testing.T) {
	for field, c := range map[string]svm.Classifier{
		"C":                {C: -1},
		"Tol":              {Tol: -1},
		"MaxIter":          {MaxIter: -1},
		"CacheMB":          {CacheMB: -5},
		"ClassWeights":     {ClassWeights: []float64{1}},
		"Balanced":         {ClassWeights: []float64{1, 1, 1}, Balanced: true},
		"Kernel.Kind":      {Kernel: svm.Kernel{Kind: 9}},
		"Kernel.Gamma":     {Kernel: svm.Kernel{Gamma: -1}},
		"Kernel.Degree":    {Kernel: svm.Kernel{Kind: svm.Polynomial, Degree: -1}},
		"Kernel.AutoGamma": {Kernel: svm.Kernel{Gamma: 1, AutoGamma: true}},
	} {
		modeltest.TestParamError(t, field, c)
	}
}
