package linear

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

type targetsCase struct {
	Name               string
	X, Y, Coef         [][]float64
	Weights, Constants []float64
	Predicted          [][]float64
	Alpha              float64
	Intercept          bool
}

func fitCase(c targetsCase, ds *dataset.Unlabeled, y *mat.Dense) (*TargetsModel, error) {
	if c.Alpha > 0 {
		return Ridge{Alpha: c.Alpha, NoIntercept: !c.Intercept}.FitTargets(context.Background(), ds, y)
	}
	return Regression{NoIntercept: !c.Intercept}.FitTargets(context.Background(), ds, y)
}

func TestTargetsGolden(t *testing.T) {
	for _, c := range golden[targetsCase](t, "targets") {
		t.Run(c.Name, func(t *testing.T) {
			ds := newData[dataset.None](t, c.X, nil, c.Weights)
			y := mat.NewDense(len(c.Y), len(c.Y[0]), flatten(c.Y))
			fit, err := fitCase(c, ds, y)
			if err != nil {
				t.Fatal(err)
			}
			predicted, err := fit.Predict(ds.X)
			if err != nil {
				t.Fatal(err)
			}
			for k := range c.Coef {
				wantClose(t, "Coef", fit.Coef.RawRowView(k), c.Coef[k], 1e-10)
				column := mat.Col(nil, k, predicted)
				wanted := make([]float64, len(column))
				for i := range wanted {
					wanted[i] = c.Predicted[i][k]
				}
				wantClose(t, "Predict", column, wanted, 1e-10)
				// One target at a time gives the same.
				single := newData(t, c.X, mat.Col(nil, k, y), c.Weights)
				var alone *RegressionModel
				if c.Alpha > 0 {
					alone, err = Ridge{Alpha: c.Alpha, NoIntercept: !c.Intercept}.Fit(context.Background(), single)
				} else {
					alone, err = Regression{NoIntercept: !c.Intercept}.Fit(context.Background(), single)
				}
				if err != nil {
					t.Fatal(err)
				}
				at := fit.At(k)
				wantClose(t, "Coef of one", at.Coef, alone.Coef, 1e-12)
				wantClose(t, "Intercept of one", []float64{at.Intercept}, []float64{alone.Intercept}, 1e-11)
				if at.Rank != alone.Rank || math.Abs(at.Objective-alone.Objective) > 1e-8*(alone.Objective+unit) {
					t.Errorf("rank %d and objective %g, alone %d and %g", at.Rank, at.Objective, alone.Rank, alone.Objective)
				}
			}
			var saved bytes.Buffer
			if err := model.Save(&saved, fit); err != nil {
				t.Fatal(err)
			}
			again, err := model.Load[*TargetsModel](&saved)
			if err != nil || !mat.Equal(again.Coef, fit.Coef) {
				t.Error("not the same after saving:", err)
			}
		})
	}
}

func TestTargetsNonNegative(t *testing.T) {
	ds, _ := linearTargets(60, 5, 1, 3)
	y := mat.NewDense(60, 2, nil)
	y.SetCol(0, ds.Y)
	for i, v := range ds.Y {
		y.Set(i, 1, -3*v)
	}
	params := Regression{NonNegative: true}
	fit, err := params.FitTargets(context.Background(), ds.Unlabeled(), y)
	if err != nil {
		t.Fatal(err)
	}
	for k := range 2 {
		alone, err := params.Fit(context.Background(), &dataset.Regression{X: ds.X, Y: mat.Col(nil, k, y)})
		if err != nil {
			t.Fatal(err)
		}
		wantClose(t, "Coef", fit.At(k).Coef, alone.Coef, 1e-12)
	}
}

func TestTargetsRefuses(t *testing.T) {
	ctx := context.Background()
	ds, _ := linearTargets(10, 3, 1, 3)
	nan := mat.NewDense(10, 2, nil)
	nan.Set(4, 1, math.NaN())
	for name, c := range map[string]struct {
		y    *mat.Dense
		want error
	}{"none": {nil, dataset.ErrEmpty}, "fewer": {mat.NewDense(9, 1, nil), dataset.ErrShape}, "NaN": {nan, dataset.ErrNotFinite}} {
		if _, err := (Regression{}).FitTargets(ctx, ds.Unlabeled(), c.y); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fit, err := Ridge{}.FitTargets(ctx, ds.Unlabeled(), mat.NewDense(10, 2, nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fit.Predict(mat.NewDense(2, 4, nil)); !errors.Is(err, dataset.ErrShape) {
		t.Error("too wide:", err)
	}
	var param *model.ParamError
	if _, err := (Ridge{Alpha: -1}).FitTargets(ctx, ds.Unlabeled(), nan); !errors.As(err, &param) {
		t.Error("alpha:", err)
	}
}
