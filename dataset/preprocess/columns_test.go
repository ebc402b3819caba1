package preprocess_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	pp "github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

func TestColumns(t *testing.T) {
	m, err := pp.Columns{Parts: []pp.Part{
		pp.OnCategorical(pp.OneHot{}),
		pp.OnNumeric(model.Chain(pp.SimpleImputer{}, pp.MinMaxScaler{})),
	}}.Fit(context.Background(), mixed())
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"sex=female", "sex=male", "deck=A", "deck=B", "deck=C", "deck=missing", "age"}; !slices.Equal(m.Output().Features, want) {
		t.Errorf("names %q, want %q", m.Output().Features, want)
	}
	z, err := m.Transform(mixed().X)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Transform", z, mat.NewDense(5, 7, []float64{
		1, 0, 0, 0, 1, 0, 0,
		0, 1, 1, 0, 0, 0, 0.5,
		0, 1, 0, 0, 0, 1, 1. / 3,
		1, 0, 0, 0, 1, 0, 2. / 3,
		0, 1, 0, 0, 1, 0, 1,
	}), 1e-15)
	var file bytes.Buffer
	if err := model.Save(&file, m); err != nil {
		t.Fatal(err)
	}
	loaded, err := model.Load[*pp.ColumnsModel](&file)
	if err != nil {
		t.Fatal(err)
	}
	row := mixed().X.RawRowView(1)
	got, err := loaded.TransformRow(nil, row)
	if err != nil || !slices.Equal(got, z.RawRowView(1)) {
		t.Errorf("the loaded model makes %v, %v", got, err)
	}
	buffer := make([]float64, 0, 20)
	if allocs := testing.AllocsPerRun(100, func() { _, _ = m.TransformRow(buffer, row) }); allocs > 0 && !race.Enabled {
		t.Errorf("%v allocations", allocs)
	}

	rest, err := pp.Columns{Parts: []pp.Part{pp.On(pp.SimpleImputer{}, "age")}}.Fit(context.Background(), mixed())
	if err != nil {
		t.Fatal(err)
	}
	if out := rest.Output(); !slices.Equal(out.Features, []string{"age", "sex", "deck"}) || len(out.Levels[1]) != 2 {
		t.Errorf("output %+v", out)
	}
	if y, err := rest.TransformRow(nil, []float64{math.NaN(), 1, math.NaN()}); err != nil || y[0] != 4 || y[1] != 1 || !math.IsNaN(y[2]) {
		t.Errorf("%v, %v", y, err)
	}
}

func TestColumnsConformance(t *testing.T) {
	conforms(t, "Columns", pp.Columns{Parts: []pp.Part{pp.On(pp.StandardScaler{}, "0", "2"), pp.On(pp.MinMaxScaler{}, "1")}}, modeltest.AllowsMissing())
}

func TestColumnsRefuses(t *testing.T) {
	var param *model.ParamError
	for name, c := range map[string]pp.Columns{
		"unknown": {Parts: []pp.Part{pp.On(pp.OneHot{}, "height")}},
		"none":    {Parts: []pp.Part{pp.On(pp.OneHot{})}},
		"empty":   {Parts: []pp.Part{{}}},
	} {
		if _, err := c.Fit(context.Background(), mixed()); !errors.As(err, &param) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (pp.Columns{DropRest: true}).Fit(context.Background(), mixed()); !errors.Is(err, dataset.ErrEmpty) {
		t.Errorf("nothing kept: %v", err)
	}
}
