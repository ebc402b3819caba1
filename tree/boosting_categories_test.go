package tree_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/tree"
)

// levelNames are names for k levels.
func levelNames(k int) []string {
	names := make([]string, k)
	for i := range names {
		names[i] = fmt.Sprint("level ", i)
	}
	return names
}

// goldenLevels is levels() of testdata/generate.py.
func goldenLevels() *dataset.Regression {
	n := 900
	ds := &dataset.Regression{X: mat.NewDense(n, 3, nil), Y: make([]float64, n)}
	ds.Levels = [][]string{levelNames(13), nil, levelNames(5)}
	for i := range n {
		a, b, c := (i*i*31+i*7)%13, (i*7919)%101, (i/3+i*13)%5
		ds.Y[i] = float64(a*5%13) + float64(b)/20*float64(c%2) + float64((i*104729)%1000)/500
		if c == 3 {
			ds.Y[i] += 3
		}
		ds.X.SetRow(i, []float64{float64(a), float64(b), float64(c)})
		if i%17 == 0 {
			ds.X.Set(i, 0, math.NaN())
		}
	}
	return ds
}

func TestBoostingCategoriesEqualScikitLearn(t *testing.T) {
	ds := goldenLevels()
	classes := &dataset.Classification{X: ds.X, Y: make([]int, len(ds.Y)), Schema: ds.Schema}
	for i, y := range ds.Y {
		if y > 8 {
			classes.Y[i] = 1
		}
	}
	for _, golden := range readGolden[[]goldenBoosting](t, "testdata/categories.json") {
		t.Run(fmt.Sprintf("%s %+v", golden.Loss, golden.Params), func(t *testing.T) {
			p := golden.Params
			var raw []float64
			if golden.Loss == "log_loss" {
				fit, err := tree.BoostingClassifier{Iterations: p.Iterations, MaxLeaves: p.MaxLeaves, MaxDepth: p.MaxDepth, L2: p.L2}.Fit(context.Background(), classes)
				if err != nil {
					t.Fatal(err)
				}
				decision, err := fit.Decision(ds.X)
				if err != nil {
					t.Fatal(err)
				}
				raw = mat.Col(nil, 0, decision)
			} else {
				fit, err := tree.BoostingRegressor{Iterations: p.Iterations, MaxLeaves: p.MaxLeaves, MaxDepth: p.MaxDepth, L2: p.L2}.Fit(context.Background(), ds)
				if err != nil {
					t.Fatal(err)
				}
				if raw, err = fit.Predict(ds.X); err != nil {
					t.Fatal(err)
				}
			}
			for i, want := range golden.Raw {
				if got := raw[7*i]; math.Abs(got-want[0]) > 1e-5*max(1, math.Abs(want[0])) {
					t.Fatalf("sample %d: %v, want %v", 7*i, got, want[0])
				}
			}
		})
	}
}

// With squared errors and levels of equal size, no subset of the levels makes a
// better first split.
func TestBoostingFindsTheBestSubset(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for trial := range 20 {
		k, each := 2+rng.IntN(8), 12
		n := k * each
		ds := &dataset.Regression{X: mat.NewDense(n, 1, nil), Y: make([]float64, n)}
		ds.Levels = [][]string{levelNames(k)}
		effect := rng.Perm(k)
		sums, total := make([]float64, k), 0.0
		for i := range n {
			level := i % k
			ds.X.Set(i, 0, float64(level))
			ds.Y[i] = float64(effect[level]) + 3*rng.NormFloat64()
			sums[level] += ds.Y[i]
			total += ds.Y[i]
		}
		best := 0.0
		for subset := 1; subset < 1<<k-1; subset++ {
			sum, rows := 0.0, 0
			for level := range k {
				if subset>>level&1 != 0 {
					sum += sums[level]
					rows += each
				}
			}
			best = max(best, sum*sum/float64(rows)+(total-sum)*(total-sum)/float64(n-rows)-total*total/float64(n))
		}
		fit, err := tree.BoostingRegressor{Iterations: 1, LearningRate: 1, MaxLeaves: 2, MinSamplesLeaf: 1}.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		values, err := fit.Predict(ds.X)
		if err != nil {
			t.Fatal(err)
		}
		gain := 0.0
		for _, v := range values {
			gain += (v - total/float64(n)) * (v - total/float64(n))
		}
		if math.Abs(gain-best) > 1e-9*best {
			t.Errorf("trial %d: %d levels, a gain of %v, the best is %v", trial, k, gain, best)
		}
	}
}

// What is no level is predicted as missing values are; every way of predicting
// agrees, whatever the number of leaves, before and after saving.
func TestBoostingPredictsCategories(t *testing.T) {
	ctx := context.Background()
	ds := goldenLevels()
	x := mat.NewDense(300, 3, nil)
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range 300 {
		x.SetRow(i, []float64{float64(rng.IntN(16) - 1), rng.Float64() * 100, float64(rng.IntN(5))})
		switch rng.IntN(8) {
		case 0:
			x.Set(i, 0, math.NaN())
		case 1:
			x.Set(i, 2, math.NaN())
		case 2:
			x.Set(i, 0, 2.5)
		case 3:
			x.Set(i, 0, 1e300)
		}
	}
	for _, leaves := range []int{31, 60} {
		for _, r := range []tree.BoostingRegressor{
			{}, {Subsample: 0.7, ColumnSample: 0.7, Seed: 3}, {Loss: tree.AbsoluteError, EarlyStopping: 5}, {Monotone: []int{0, 1, 0}},
		} {
			r.MaxLeaves, r.Iterations, r.MinSamplesLeaf = leaves, 30, 5
			fit, err := r.Fit(ctx, ds)
			if err != nil {
				t.Fatal(err)
			}
			var saved bytes.Buffer
			if err := model.Save(&saved, fit); err != nil {
				t.Fatal(err)
			}
			again, err := model.Load[*tree.BoostingRegressorModel](&saved)
			if err != nil {
				t.Fatal(err)
			}
			want, err := fit.Predict(x)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range want {
				if v, err := fit.PredictRow(x.RawRowView(i)); err != nil || v != w {
					t.Fatalf("%d leaves: row %d alone: %v, %v, want %v", leaves, i, v, err, w)
				}
			}
			for _, l := range simd.Available() {
				restore := simd.Force(l)
				got, err := again.Predict(x)
				restore()
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%d leaves, %v: saved and loaded, another model: %v", leaves, l, err)
				}
			}
			known := []float64{math.NaN(), 50, 1}
			missing, err := fit.PredictRow(known)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range []float64{-1, 13, 254, 255, 1e9, 0.5} {
				known[0] = v
				if got, err := fit.PredictRow(known); err != nil || got != missing {
					t.Errorf("%d leaves: level %v: %v, %v, want %v as for a missing one", leaves, v, got, err, missing)
				}
			}
		}
	}
}

func TestBoostingCategoryErrors(t *testing.T) {
	ctx := context.Background()
	ds := goldenLevels()
	var p *model.ParamError
	if _, err := (tree.BoostingRegressor{Monotone: []int{1, 0, 0}}).Fit(ctx, ds); !errors.As(err, &p) || p.Field != "Monotone" {
		t.Errorf("a constraint on levels: %v", err)
	}
	ds.Levels[0] = levelNames(256)
	if _, err := (tree.BoostingRegressor{}).Fit(ctx, ds); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("256 levels: %v", err)
	}
}

// A feature with Levels is split by sets of levels, in whatever order they stand.
func ExampleBoostingRegressor_categories() {
	days := []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
	trips := []float64{40, 42, 41, 40, 60, 90, 88}
	ds := &dataset.Regression{X: mat.NewDense(210, 1, nil), Y: make([]float64, 210)}
	ds.Features, ds.Levels = []string{"day"}, [][]string{days}
	for i := range ds.Y {
		ds.X.Set(i, 0, float64(i%7))
		ds.Y[i] = trips[i%7] + float64(i%2)
	}
	fit, err := tree.BoostingRegressor{Iterations: 1, LearningRate: 1, MaxLeaves: 3}.Fit(context.Background(), ds)
	if err != nil {
		fmt.Println(err)
		return
	}
	for day, name := range days {
		v, err := fit.PredictRow([]float64{float64(day)})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %.1f  ", name, v)
	}
	// Output: Mon 41.2  Tue 41.2  Wed 41.2  Thu 41.2  Fri 60.5  Sat 89.5  Sun 89.5
}
