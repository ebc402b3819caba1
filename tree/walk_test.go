package tree_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/tree"
)

// Whatever the number of rows, rows predicted together get, bit for bit, what they
// get one by one.
func TestForestBatchesEqualRows(t *testing.T) {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(3, 4))
	ds := wavy(400)
	x := mat.NewDense(9001, 3, nil)
	x.Apply(func(i, j int, _ float64) float64 {
		if rng.IntN(20) == 0 && i%3 == 0 {
			return math.NaN()
		}
		return rng.Float64()
	}, x)
	forest, err := tree.ForestRegressor{Trees: 9}.Fit(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	extra, err := tree.ExtraTreesRegressor{Trees: 9}.Fit(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2, 7, 8, 9, 63, 511, 512, 513, 1100, 9001} {
		for name, m := range map[string]*tree.ForestRegressorModel{"forest": forest, "extra trees": extra} {
			got, err := m.Predict(x.Slice(0, n, 0, 3))
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range got {
				if want, err := m.PredictRow(x.RawRowView(i)); err != nil || want != v {
					t.Fatalf("%s, %d rows: row %d is %v, by itself %v, %v", name, n, i, v, want, err)
				}
			}
		}
	}
}

// More features than 16 bits count.
func TestForestManyFeatures(t *testing.T) {
	const n, p = 16, 1<<16 + 3
	ds := &dataset.Regression{X: mat.NewDense(n, p, nil), Y: make([]float64, n)}
	for i := range n {
		ds.Y[i] = float64(i * i)
		ds.X.Set(i, p-1, float64(i))
		ds.X.Set(i, p-1-1<<16, 100)
	}
	m, err := tree.ExtraTreesRegressor{Trees: 2}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Predict(ds.X)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if v != ds.Y[i] {
			t.Errorf("row %d: %v, want %v", i, v, ds.Y[i])
		}
	}
}
