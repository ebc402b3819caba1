package linear

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
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

// newData returns a data set or ends the test.
func newData[T dataset.Target](t testing.TB, x [][]float64, y []T, weights []float64) *dataset.Dataset[T] {
	t.Helper()
	ds, err := dataset.FromRows(x, y)
	if err != nil {
		t.Fatal(err)
	}
	ds.Weights = weights
	return ds
}

// wantClose compares elementwise, relative to the largest magnitude in want.
func wantClose(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
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

func elements(m mat.Matrix) []float64 { return mat.DenseCopyOf(m).RawMatrix().Data }
