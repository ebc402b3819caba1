package dataset_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
)

func TestValidate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	x := func(v ...float64) *mat.Dense { return mat.NewDense(len(v)/2, 2, v) }
	for _, c := range []struct {
		name string
		ds   dataset.Classification
		want error
		text string
	}{
		{"good", dataset.Classification{X: x(1, 2, 3, 4), Y: []int{0, 1}}, nil, ""},
		{"good weights", dataset.Classification{X: x(1, 2, 3, 4), Y: []int{0, 1}, Weights: []float64{0, 1}}, nil, ""},
		{"nothing", dataset.Classification{}, dataset.ErrEmpty, ""},
		{"no rows", dataset.Classification{X: new(mat.Dense)}, dataset.ErrEmpty, ""},
		{"no targets", dataset.Classification{X: x(1, 2)}, dataset.ErrShape, "0 targets for 1 samples"},
		{"short targets", dataset.Classification{X: x(1, 2, 3, 4), Y: []int{0}}, dataset.ErrShape, "1 targets"},
		{"NaN", dataset.Classification{X: x(1, 2, 3, nan), Y: []int{0, 1}}, dataset.ErrNotFinite, "row 1, column 1 is NaN"},
		{"Inf", dataset.Classification{X: x(inf, 2, 3, 4), Y: []int{0, 1}, Schema: dataset.Schema{Features: []string{"a", "b"}}}, dataset.ErrNotFinite, "row 0, column 0 (a) is +Inf"},
		{"names", dataset.Classification{X: x(1, 2), Y: []int{0}, Schema: dataset.Schema{Features: []string{"a"}}}, dataset.ErrShape, "feature names"},
		{"levels", dataset.Classification{X: x(1, 2), Y: []int{0}, Schema: dataset.Schema{Levels: [][]string{nil}}}, dataset.ErrShape, "levels"},
		{"short weights", dataset.Classification{X: x(1, 2), Y: []int{0}, Weights: []float64{}}, dataset.ErrShape, "weights"},
		{"negative weight", dataset.Classification{X: x(1, 2), Y: []int{0}, Weights: []float64{-1}}, dataset.ErrWeights, "row 0 is -1"},
		{"NaN weight", dataset.Classification{X: x(1, 2), Y: []int{0}, Weights: []float64{nan}}, dataset.ErrWeights, "NaN"},
		{"zero weights", dataset.Classification{X: x(1, 2), Y: []int{0}, Weights: []float64{0}}, dataset.ErrWeights, "sum to 0"},
		{"huge weights", dataset.Classification{X: x(1, 2), Y: []int{0}, Weights: []float64{1e300}}, dataset.ErrWeights, "sum to 1e+300"},
		{"tiny weights", dataset.Classification{X: x(1, 2), Y: []int{0}, Weights: []float64{1e-300}}, dataset.ErrWeights, "sum to 1e-300"},
		{"negative class", dataset.Classification{X: x(1, 2), Y: []int{-1}}, dataset.ErrClasses, "row 0"},
		{"unnamed class", dataset.Classification{X: x(1, 2), Y: []int{2}, Schema: dataset.Schema{Classes: []string{"a", "b"}}}, dataset.ErrClasses, "want 0 … 1"},
		{"huge class", dataset.Classification{X: x(1, 2), Y: []int{math.MaxInt}}, dataset.ErrClasses, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.ds.Validate()
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Fatalf("err = %v, want %v", err, c.want)
			}
			if err != nil && !strings.Contains(err.Error(), c.text) {
				t.Errorf("%q does not say %q", err, c.text)
			}
		})
	}
	missing := dataset.Classification{X: x(1, nan), Y: []int{0}}
	if err := missing.ValidateShape(); err != nil {
		t.Errorf("shapes of data with NaN: %v", err)
	}
	if err := (&dataset.Classification{X: x(1, 2), Y: []int{0}, Weights: []float64{nan}}).ValidateShape(); !errors.Is(err, dataset.ErrWeights) {
		t.Errorf("shapes of data with a bad weight: %v", err)
	}
	if err := missing.ValidateMissing(); err != nil {
		t.Errorf("NaN as a missing value: %v", err)
	}
	missing.X.Set(0, 0, inf)
	if err := missing.ValidateMissing(); !errors.Is(err, dataset.ErrNotFinite) {
		t.Errorf("Inf beside a missing value: %v", err)
	}
	regression := dataset.Regression{X: x(1, 2, 3, 4), Y: []float64{1, inf}}
	if err := regression.Validate(); !errors.Is(err, dataset.ErrNotFinite) || !strings.Contains(err.Error(), "target of row 1") {
		t.Errorf("infinite target: %v", err)
	}
	if err := (*dataset.Regression)(nil).Validate(); !errors.Is(err, dataset.ErrEmpty) {
		t.Errorf("nil data set: %v", err)
	}
}

func TestFromRows(t *testing.T) {
	y := []float64{5, 6}
	ds, err := dataset.FromRows([][]float64{{1, 2}, {3, 4}}, y)
	if err != nil {
		t.Fatal(err)
	}
	y[0] = 9
	if ds.X.At(1, 0) != 3 || ds.Y[0] != 5 {
		t.Error("values are not copies of the rows")
	}
	if _, err := dataset.FromRows([][]float64{{1, 2}, {3}}, y); !errors.Is(err, dataset.ErrShape) || !strings.Contains(err.Error(), "row 1") {
		t.Errorf("ragged rows: %v", err)
	}
	if _, err := dataset.FromRows[int](nil, nil); !errors.Is(err, dataset.ErrEmpty) {
		t.Errorf("no rows: %v", err)
	}
	if _, err := dataset.FromRows[dataset.None]([][]float64{{1}}, nil); err != nil {
		t.Errorf("unlabeled: %v", err)
	}
}

func TestSubset(t *testing.T) {
	ds := &dataset.Classification{X: mat.NewDense(3, 1, []float64{10, 11, 12}), Y: []int{0, 1, 2}, Weights: []float64{1, 2, 3}}
	s, err := ds.Subset([]int{2, 0, 2})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.X.RawMatrix().Data, []float64{12, 10, 12}) || !slices.Equal(s.Y, []int{2, 0, 2}) || !slices.Equal(s.Weights, []float64{3, 1, 3}) {
		t.Errorf("subset %v %v %v", s.X.RawMatrix().Data, s.Y, s.Weights)
	}
	for _, rows := range [][]int{{-1}, {3}} {
		if _, err := ds.Subset(rows); !errors.Is(err, dataset.ErrShape) {
			t.Errorf("rows %v: %v", rows, err)
		}
	}
	if s, err := ds.Subset(nil); err != nil || s.Len() != 0 {
		t.Errorf("no rows: %v, %v", s, err)
	}
}

func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 60).Draw(t, "y")
		fraction := rapid.Float64Range(-0.5, 1.5).Draw(t, "fraction")
		seed := rapid.Uint64().Draw(t, "seed")
		x := mat.NewDense(len(y), 1, nil)
		for i := range y {
			x.Set(i, 0, float64(i))
		}
		ds := &dataset.Classification{X: x, Y: y}
		train, test := ds.Split(fraction, seed)

		n := float64(len(y))
		size := max(0, min(1, fraction)) * n
		if math.Abs(float64(train.Len())-size) > 1 || train.Len()+test.Len() != len(y) {
			t.Fatalf("%d + %d samples of %d at fraction %v", train.Len(), test.Len(), len(y), fraction)
		}
		if len(y) > 1 && fraction > 0 && fraction < 1 && (train.Len() == 0 || test.Len() == 0) {
			t.Fatal("an empty part")
		}
		counts, got := dataset.ClassCounts(ds), make([]int, 4)
		seen := map[float64]bool{}
		for part, d := range []*dataset.Classification{train, test} {
			for i, k := range d.Y {
				row := d.X.At(i, 0)
				if seen[row] || y[int(row)] != k || i > 0 && row <= d.X.At(i-1, 0) {
					t.Fatal("rows are repeated, mislabelled or out of order")
				}
				seen[row] = true
				if part == 0 {
					got[k]++
				}
			}
		}
		for k, c := range counts {
			if want := float64(c) * float64(train.Len()) / n; math.Abs(float64(got[k])-want) >= 1 {
				t.Fatalf("%d of %d samples of class %d, want about %v", got[k], c, k, want)
			}
		}
		again, _ := ds.Split(fraction, seed)
		if !slices.Equal(again.Y, train.Y) {
			t.Fatal("the same seed gave another split")
		}
	})
	train, test := (&dataset.Regression{}).Split(0.5, 1)
	if train.Len() != 0 || test.Len() != 0 {
		t.Error("split of nothing")
	}
	train, test = (&dataset.Regression{}).Split(math.NaN(), 1)
	if train.Len() != 0 || test.Len() != 0 {
		t.Error("split by NaN")
	}
}

// What Validate would refuse is an error of CheckClasses, too.
func TestCheckClassesShape(t *testing.T) {
	if _, err := dataset.CheckClasses(nil); !errors.Is(err, dataset.ErrEmpty) {
		t.Errorf("no data set: %v", err)
	}
	x := mat.NewDense(2, 1, nil)
	for _, d := range []*dataset.Classification{{X: x, Y: []int{0, -1}}, {X: x, Y: []int{0, 7}, Schema: dataset.Schema{Classes: []string{"a", "b"}}}} {
		if _, err := dataset.CheckClasses(d); !errors.Is(err, dataset.ErrClasses) {
			t.Errorf("classes %v: %v", d.Y, err)
		}
	}
	if _, err := dataset.CheckClasses(&dataset.Classification{X: x, Y: []int{0, 1}, Weights: []float64{1}}); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("too few weights: %v", err)
	}
}

func TestCheckClasses(t *testing.T) {
	ds := &dataset.Classification{X: mat.NewDense(3, 1, nil), Y: []int{0, 2, 2}, Schema: dataset.Schema{Classes: []string{"a", "b", "c"}}}
	if _, err := dataset.CheckClasses(ds); !errors.Is(err, dataset.ErrClasses) || !strings.Contains(err.Error(), "class 1 (b)") {
		t.Errorf("a class without samples: %v", err)
	}
	ds.Y = []int{0, 1, 2}
	if k, err := dataset.CheckClasses(ds); k != 3 || err != nil {
		t.Errorf("three classes: %d, %v", k, err)
	}
	ds.Weights = []float64{1, 0, 1}
	if _, err := dataset.CheckClasses(ds); !errors.Is(err, dataset.ErrClasses) {
		t.Errorf("a class of weight zero: %v", err)
	}
	ds = &dataset.Classification{X: mat.NewDense(2, 1, nil), Y: []int{0, 0}}
	if _, err := dataset.CheckClasses(ds); !errors.Is(err, dataset.ErrClasses) {
		t.Errorf("one class: %v", err)
	}
}

func TestCheckRows(t *testing.T) {
	x := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	if got, err := dataset.CheckRows(x, 3); got != x || err != nil {
		t.Errorf("a dense matrix: %p, %v", got, err)
	}
	if got, err := dataset.CheckRows(x.T(), 2); err != nil || got.At(2, 1) != 6 {
		t.Errorf("a transposed matrix: %v, %v", got, err)
	}
	if _, err := dataset.CheckRows(x, 2); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("wrong width: %v", err)
	}
	for _, empty := range []mat.Matrix{nil, (*mat.Dense)(nil), new(mat.Dense)} {
		if _, err := dataset.CheckRows(empty, 3); !errors.Is(err, dataset.ErrEmpty) {
			t.Errorf("%T: %v", empty, err)
		}
	}
	x.Set(1, 2, math.NaN())
	if _, err := dataset.CheckRows(x, 3); !errors.Is(err, dataset.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	if _, err := dataset.CheckRowsMissing(x, 3); err != nil {
		t.Errorf("a missing value: %v", err)
	}
	row := []float64{1, 2, math.Inf(-1)}
	if err := dataset.CheckRow(row, 3); !errors.Is(err, dataset.ErrNotFinite) || !strings.Contains(err.Error(), "column 2") {
		t.Errorf("-Inf: %v", err)
	}
	if err := dataset.CheckRow(row, 4); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("short row: %v", err)
	}
}
