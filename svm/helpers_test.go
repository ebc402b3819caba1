package svm_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/svm"
)

// golden reads the cases of a file of testdata, which testdata/generate.py made.
func golden[C any](t *testing.T, name string) []C {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []C }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

// bundled returns every step-th row of a bundled data set, standardised before, or
// of the images of testdata.
func bundled(t testing.TB, name string, step int) *dataset.Classification {
	t.Helper()
	if name == "fashion" {
		return every(t, fashion(t), step)
	}
	ds := map[string]func() *dataset.Classification{
		"iris": dataset.Iris, "wine": dataset.Wine, "breast_cancer": dataset.BreastCancer, "digits": dataset.Digits,
	}[name]()
	ds.X = standardized(ds.X)
	return every(t, ds, step)
}

// fashion returns the first images of Fashion-MNIST (Xiao, Rasul and Vollgraf 2017).
func fashion(t testing.TB) *dataset.Classification {
	t.Helper()
	f, err := os.Open("testdata/fashion.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	const pixels = 784
	n := len(raw) / (pixels + 1)
	x, y := mat.NewDense(n, pixels, nil), make([]int, n)
	for i := range n {
		for j, v := range raw[i*pixels : (i+1)*pixels] {
			x.Set(i, j, float64(v)/255)
		}
		y[i] = int(raw[n*pixels+i])
	}
	ds, err := dataset.New(x, y)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// fewerSteps returns the number of steps that a fit may take: a tenth of n under the
// race detector, where the small data of the conformance suite need no more.
func fewerSteps(n int) int {
	if race.Enabled {
		return n / 10
	}
	return n
}

// targets returns a data set for regression: diabetes, or a bundled one with its
// labels as numbers.
func targets(t testing.TB, name string, step int) *dataset.Regression {
	t.Helper()
	if name != "diabetes" {
		ds := bundled(t, name, step)
		y := make([]float64, len(ds.Y))
		for i, k := range ds.Y {
			y[i] = float64(k)
		}
		return &dataset.Regression{X: ds.X, Y: y}
	}
	ds := dataset.Diabetes()
	ds.X = standardized(ds.X)
	for i := range ds.Y {
		ds.Y[i] /= 100
	}
	return every(t, ds, step)
}

func standardized(x *mat.Dense) *mat.Dense {
	n, p := x.Dims()
	z := mat.NewDense(n, p, nil)
	for j := range p {
		column := mat.Col(nil, j, x)
		mean, deviation := stat.PopMeanStdDev(column, nil)
		for i, v := range column {
			if deviation > 0 {
				z.Set(i, j, (v-mean)/deviation)
			}
		}
	}
	return z
}

func every[T dataset.Target](t testing.TB, ds *dataset.Dataset[T], step int) *dataset.Dataset[T] {
	t.Helper()
	var rows []int
	for i := 0; i < ds.Len(); i += step {
		rows = append(rows, i)
	}
	s, err := ds.Subset(rows)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// params are a peer's names for what a case is fitted with.
type params struct {
	Kernel      string
	Gamma       any
	Degree      int
	Coef0       float64
	C           float64
	Nu          float64
	Epsilon     float64
	ClassWeight string `json:"class_weight"`
	Weighted    bool
}

func (p params) kernel() svm.Kernel {
	k := svm.Kernel{Degree: p.Degree, Coef0: p.Coef0}
	k.Kind = map[string]svm.KernelKind{"rbf": svm.RBF, "linear": svm.Linear, "poly": svm.Polynomial, "sigmoid": svm.Sigmoid}[p.Kernel]
	if g, ok := p.Gamma.(float64); ok {
		k.Gamma = g
	}
	k.AutoGamma = p.Gamma == "auto"
	return k
}

// weigh gives the samples weights 1, 2, 3, 1, …
func weigh[T dataset.Target](ds *dataset.Dataset[T]) {
	ds.Weights = make([]float64, ds.Len())
	for i := range ds.Weights {
		ds.Weights[i] = float64(1 + i%3)
	}
}

// wantClose compares elementwise, relative to the largest magnitude in want.
func wantClose(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	scale := 0.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance*scale) {
			t.Errorf("%s[%d] = %.17g, want %.17g (off by %.1e of the largest)", what, i, got[i], want[i], math.Abs(got[i]-want[i])/scale)
			return
		}
	}
}

func flatten(rows [][]float64) []float64 {
	var all []float64
	for _, r := range rows {
		all = append(all, r...)
	}
	return all
}

func pick(t *testing.T, x *mat.Dense, rows []int) *mat.Dense {
	t.Helper()
	_, p := x.Dims()
	some := mat.NewDense(len(rows), p, nil)
	for i, r := range rows {
		some.SetRow(i, x.RawRowView(r))
	}
	return some
}

func label(data string, p params) string {
	return fmt.Sprintf("%s/%s gamma %v degree %d C %v ν %v %s", data, p.Kernel, p.Gamma, p.Degree, p.C, p.Nu, p.ClassWeight)
}
