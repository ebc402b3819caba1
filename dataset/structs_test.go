package dataset_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

type passenger struct {
	Age      *float64 `dataset:"age"`
	Sex      string   `dataset:"sex"`
	Class    int8
	Ticket   string  `dataset:"-"`
	Weight   float32 `dataset:",weight"`
	Survived string  `dataset:"survived,target"`
	cabin    string
}

func passengers() []passenger {
	age := 29.0
	return []passenger{
		{Age: &age, Sex: "male", Class: 3, Ticket: "x", Weight: 1, Survived: "yes", cabin: "B"},
		{Sex: "", Class: 1, Weight: 2, Survived: "no"},
		{Age: &age, Sex: "female", Class: 2, Weight: 0.5, Survived: "yes"},
	}
}

func TestStructs(t *testing.T) {
	got, err := dataset.ClassificationOf(passengers())
	if err != nil {
		t.Fatal(err)
	}
	want := &dataset.Classification{
		X:       mat.NewDense(3, 3, []float64{29, 1, 3, nan, nan, 1, 29, 0, 2}),
		Y:       []int{1, 0, 1},
		Weights: []float64{1, 2, 0.5},
		Schema: dataset.Schema{
			Features: []string{"age", "sex", "Class"}, Levels: [][]string{nil, {"female", "male"}, nil},
			Target: "survived", Classes: []string{"no", "yes"},
		},
	}
	diff(t, got, want)
	pointers := []*passenger{&passengers()[0]}
	unlabeled, err := dataset.UnlabeledOf(pointers)
	if err != nil || unlabeled.Len() != 1 {
		t.Errorf("%v, %v", unlabeled, err)
	}
	regression, err := dataset.RegressionOf([]struct {
		X bool
		Y uint16 `dataset:"price,target"`
	}{{true, 7}})
	if err != nil || regression.Y[0] != 7 || regression.X.At(0, 0) != 1 || regression.Target != "price" {
		t.Errorf("%v, %v", regression, err)
	}
}

func TestStructsRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		run  func() error
		want error
	}{
		"no target":      {func() error { _, err := dataset.ClassificationOf([]struct{ X int }{{1}}); return err }, dataset.ErrShape},
		"no structs":     {func() error { _, err := dataset.UnlabeledOf([]int{1}); return err }, dataset.ErrShape},
		"nothing":        {func() error { _, err := dataset.UnlabeledOf([]passenger{}); return err }, dataset.ErrEmpty},
		"nil":            {func() error { _, err := dataset.UnlabeledOf([]*passenger{nil}); return err }, dataset.ErrEmpty},
		"a channel":      {func() error { _, err := dataset.UnlabeledOf([]struct{ X chan int }{{}}); return err }, dataset.ErrShape},
		"infinite":       {func() error { _, err := dataset.UnlabeledOf([]struct{ X float64 }{{math.Inf(1)}}); return err }, dataset.ErrNotFinite},
		"missing target": {func() error { _, err := dataset.ClassificationOf([]passenger{{}}); return err }, dataset.ErrClasses},
		"text target":    {func() error { _, err := dataset.RegressionOf(passengers()); return err }, dataset.ErrShape},
		"no features":    {func() error { _, err := dataset.UnlabeledOf([]struct{ x int }{{}}); return err }, dataset.ErrEmpty},
	} {
		if err := c.run(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRow(t *testing.T) {
	d, err := dataset.ClassificationOf(passengers())
	if err != nil {
		t.Fatal(err)
	}
	same := func(a, b float64) bool { return a == b || a != a && b != b }
	for name, c := range map[string]struct {
		row  func() ([]float64, error)
		want []float64
	}{
		"values":  {func() ([]float64, error) { return d.Row(29, "male", "3") }, []float64{29, 1, 3}},
		"missing": {func() ([]float64, error) { return d.Row(nil, "", nan) }, []float64{nan, nan, nan}},
		"indices": {func() ([]float64, error) { return d.Row(float32(1.5), 0, uint8(2)) }, []float64{1.5, 0, 2}},
		"map":     {func() ([]float64, error) { return d.RowOf(map[string]any{"sex": "female", "Class": 2}) }, []float64{nan, 0, 2}},
		"strings": {func() ([]float64, error) { return d.RowOf(map[string]string{"age": " 4 "}) }, []float64{4, nan, nan}},
		"struct":  {func() ([]float64, error) { return d.RowOf(passengers()[2]) }, []float64{29, 0, 2}},
	} {
		if got, err := c.row(); err != nil || !slices.EqualFunc(got, c.want, same) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
	}
	for name, row := range map[string]func() ([]float64, error){
		"RowOf takes a map":    func() ([]float64, error) { return d.Row(1) },
		"feature 0 (age)":      func() ([]float64, error) { return d.Row("old", "male", 3) },
		"none of its 2 levels": func() ([]float64, error) { return d.Row(1, 2, 3) },
		"neither a number":     func() ([]float64, error) { return d.Row([]int{}, "male", 3) },
		`no feature "height"`:  func() ([]float64, error) { return d.RowOf(map[string]any{"height": 2}) },
		"not a int":            func() ([]float64, error) { return d.RowOf(3) },
	} {
		if _, err := row(); !errors.Is(err, dataset.ErrShape) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	row, err := d.Row(1, "robot", "5")
	if !errors.Is(err, dataset.ErrLevel) || !strings.Contains(err.Error(), `feature 1 (sex) is "robot"`) || !slices.Equal(row, []float64{1, 2, 5}) {
		t.Errorf("new levels: %v, %v", row, err)
	}
	if _, err := d.Row(1, "robot", []int{}); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("a new level and a list: %v", err)
	}
	if _, err := d.Row(math.Inf(1), "male", 3); !errors.Is(err, dataset.ErrNotFinite) {
		t.Error(err)
	}
}
