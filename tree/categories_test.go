package tree_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/tree"
)

// nominal returns n samples with a categorical feature of 40 levels, whose effect
// has nothing to do with their order, one of 3 levels and a number; some values
// are missing.
func nominal(n int) *dataset.Regression {
	rng := rand.New(rand.NewPCG(5, 6))
	ds := &dataset.Regression{X: mat.NewDense(n, 3, nil), Y: make([]float64, n)}
	ds.Features = []string{"town", "colour", "size"}
	ds.Levels = make([][]string, 3)
	effect := make([]float64, 40)
	for k := range effect {
		ds.Levels[0] = append(ds.Levels[0], fmt.Sprintf("town %d", k))
		effect[k] = rng.NormFloat64()
	}
	ds.Levels[1] = []string{"red", "green", "blue"}
	for i := range n {
		town, colour, size := rng.IntN(40), rng.IntN(3), rng.Float64()
		ds.X.SetRow(i, []float64{float64(town), float64(colour), size})
		ds.Y[i] = effect[town] + size + 0.1*rng.NormFloat64()
		if colour == 1 {
			ds.Y[i]++
		}
		if rng.IntN(30) == 0 {
			ds.X.Set(i, rng.IntN(3), math.NaN())
		}
	}
	return ds
}

func drawLevels(t *rapid.T) *dataset.Classification {
	n := rapid.IntRange(3, 30).Draw(t, "n")
	levels := rapid.IntRange(2, 6).Draw(t, "levels")
	ds := &dataset.Classification{X: mat.NewDense(n, 2, nil), Y: make([]int, n)}
	ds.Levels = [][]string{make([]string, levels), nil}
	for k := range levels {
		ds.Levels[0][k] = fmt.Sprint("level ", k)
	}
	missing := rapid.Bool().Draw(t, "missing")
	for i := range n {
		ds.X.Set(i, 0, float64(rapid.IntRange(0, levels-1).Draw(t, "level")))
		ds.X.Set(i, 1, float64(rapid.IntRange(0, 3).Draw(t, "number")))
		if missing && rapid.IntRange(0, 5).Draw(t, "gone") == 0 {
			ds.X.Set(i, 0, math.NaN())
		}
		ds.Y[i] = min(i, 1)
		if i > 1 {
			ds.Y[i] = rapid.IntRange(0, 1).Draw(t, "y")
		}
	}
	switch rapid.IntRange(0, 2).Draw(t, "weights") {
	case 1:
		for range n {
			ds.Weights = append(ds.Weights, float64(rapid.IntRange(1, 3).Draw(t, "w")))
		}
	case 2:
		for range n {
			ds.Weights = append(ds.Weights, rapid.Float64Range(0.1, 2).Draw(t, "w"))
		}
	}
	return ds
}

// checkLevelSplits goes down the tree with all rows and compares each split with
// every set of levels of feature 0 and every threshold of feature 1.
func checkLevelSplits(t *rapid.T, x *mat.Dense, levels int, nodes []tree.Node, c certifier) {
	n, _ := x.Dims()
	rows := map[int][]int{}
	for i := range n {
		rows[0] = append(rows[0], i)
	}
	for i, nd := range nodes {
		own := rows[i]
		best := math.Inf(-1)
		try := func(left func(row int) bool) {
			var l, r []int
			for _, row := range own {
				if left(row) {
					l = append(l, row)
				} else {
					r = append(r, row)
				}
			}
			if len(l) > 0 && len(r) > 0 {
				best = max(best, c.impurity(own)-c.impurity(l)-c.impurity(r))
			}
		}
		for set := range 1 << (levels + 1) { // the last bit is for missing values
			try(func(row int) bool {
				v := x.At(row, 0)
				if v != v {
					v = float64(levels)
				}
				return set>>int(v)&1 != 0
			})
		}
		for v := range 3 {
			try(func(row int) bool { return x.At(row, 1) <= float64(v) })
		}
		if nd.Feature < 0 {
			if !math.IsInf(best, -1) && c.impurity(own) > 1e-9 {
				t.Fatalf("leaf %d is impure and could be split", i)
			}
			continue
		}
		for _, row := range own {
			v := x.At(row, nd.Feature)
			left := v <= nd.Threshold
			if nd.Feature == 0 {
				left = slices.Contains(nd.Levels, int(v)) && v == v
			}
			side := nd.Right
			if left || v != v && nd.MissingLeft {
				side = nd.Left
			}
			rows[side] = append(rows[side], row)
		}
		got := c.impurity(own) - c.impurity(rows[nd.Left]) - c.impurity(rows[nd.Right])
		if got < best-1e-9*max(1, c.impurity(own)) {
			t.Fatalf("node %d lowers the impurity by %v, the best split by %v", i, got, best)
		}
	}
}

// Of all sets of levels, the best one is found, for two classes and for numbers.
func TestCategorySplitsAreBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ds := drawLevels(t)
		levels := len(ds.Levels[0])
		c := tree.Classifier{Criterion: tree.Impurity(rapid.IntRange(0, 1).Draw(t, "criterion"))}
		fit, err := c.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		ds.Classes = make([]string, 2)
		checkLevelSplits(t, ds.X, levels, fit.Nodes(), classCertifier(ds, c.Criterion.String(), 0))

		numbers := &dataset.Regression{X: ds.X, Weights: ds.Weights, Schema: dataset.Schema{Levels: ds.Levels}}
		for i := range ds.Y {
			numbers.Y = append(numbers.Y, 1+math.Round(rapid.Float64Range(0, 10).Draw(t, "y")*1e6)/1e6)
			if i%2 == 0 {
				numbers.Y[i] = math.Trunc(numbers.Y[i])
			}
		}
		r := tree.Regressor{Criterion: rapid.SampledFrom([]tree.Loss{tree.SquaredError, tree.Poisson}).Draw(t, "loss")}
		grown, err := r.Fit(context.Background(), numbers)
		if err != nil {
			t.Fatal(err)
		}
		checkLevelSplits(t, ds.X, levels, grown.Nodes(), regressionCertifier(numbers, r.Criterion, 0))
	})
}

// More classes, medians and random sets: no promise of the best split, but of a
// tree that parts what can be parted, the same for weights and repeated rows.
func TestCategoriesWithWeightsAndRepeats(t *testing.T) {
	ctx := context.Background()
	numbers := nominal(150)
	rng := rand.New(rand.NewPCG(7, 7))
	var rows []int
	numbers.Weights = make([]float64, 150)
	classes := &dataset.Classification{X: numbers.X, Y: make([]int, 150), Weights: numbers.Weights, Schema: numbers.Schema}
	for i := range 150 {
		classes.Y[i] = int(3*math.Abs(numbers.Y[i])) % 4
		numbers.Weights[i] = float64(1 + rng.IntN(3))
		for range int(numbers.Weights[i]) {
			rows = append(rows, i)
		}
	}
	repeated := mat.NewDense(len(rows), 3, nil)
	numbersRepeated := &dataset.Regression{X: repeated, Schema: numbers.Schema}
	classesRepeated := &dataset.Classification{X: repeated, Schema: numbers.Schema}
	for k, i := range rows {
		repeated.SetRow(k, numbers.X.RawRowView(i))
		numbersRepeated.Y = append(numbersRepeated.Y, numbers.Y[i])
		classesRepeated.Y = append(classesRepeated.Y, classes.Y[i])
	}
	same := func(name string, a, b []tree.Node) {
		t.Helper()
		for _, nodes := range [][]tree.Node{a, b} {
			for i := range nodes { // what is rounded is not compared
				nodes[i].Samples, nodes[i].Impurity, nodes[i].Value = 0, 0, nil
			}
		}
		if len(a) < 50 || !reflect.DeepEqual(a, b) {
			t.Errorf("%s: %d nodes with weights, %d with repeated rows, or not the same", name, len(a), len(b))
		}
	}
	for _, random := range []bool{false, true} {
		for _, c := range []tree.Impurity{tree.Gini, tree.Entropy} {
			a, err := tree.Classifier{Criterion: c, RandomSplits: random}.Fit(ctx, classes)
			b, err2 := tree.Classifier{Criterion: c, RandomSplits: random}.Fit(ctx, classesRepeated)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			same(c.String(), a.Nodes(), b.Nodes())
		}
		for _, l := range []tree.Loss{tree.SquaredError, tree.AbsoluteError} {
			a, err := tree.Regressor{Criterion: l, RandomSplits: random}.Fit(ctx, numbers)
			b, err2 := tree.Regressor{Criterion: l, RandomSplits: random}.Fit(ctx, numbersRepeated)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if l == tree.AbsoluteError { // whose gains are rounded
				continue
			}
			same(l.String(), a.Nodes(), b.Nodes())
		}
	}
}

// Forests on categories: batches equal rows, a saved forest predicts the same, and
// levels are worth more than their numbers.
func TestForestsOnCategories(t *testing.T) {
	ctx := context.Background()
	ds := nominal(1500)
	train, test := ds.Split(0.7, 1)
	plain := *train
	plain.Schema = dataset.Schema{}
	for name, fit := range map[string]func(*dataset.Regression) (*tree.ForestRegressorModel, error){
		"forest": func(d *dataset.Regression) (*tree.ForestRegressorModel, error) {
			return tree.ForestRegressor{Trees: 10, MinSamplesLeaf: 5}.Fit(ctx, d)
		},
		"extra trees": func(d *dataset.Regression) (*tree.ForestRegressorModel, error) {
			return tree.ExtraTreesRegressor{Trees: 10, MinSamplesLeaf: 5}.Fit(ctx, d)
		},
	} {
		m, err := fit(train)
		if err != nil {
			t.Fatal(err)
		}
		predicted, err := m.Predict(test.X)
		if err != nil {
			t.Fatal(err)
		}
		var saved bytes.Buffer
		if err := model.Save(&saved, m); err != nil {
			t.Fatal(err)
		}
		again, err := model.Load[*tree.ForestRegressorModel](&saved)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := again.Predict(test.X)
		if err != nil || !slices.Equal(loaded, predicted) {
			t.Errorf("%s: loaded, it predicts something else, %v", name, err)
		}
		numeric, err := fit(&plain)
		if err != nil {
			t.Fatal(err)
		}
		without, err := numeric.Predict(test.X)
		if err != nil {
			t.Fatal(err)
		}
		errWith, errWithout := 0.0, 0.0
		for i, v := range predicted {
			if one, err := m.PredictRow(test.X.RawRowView(i)); err != nil || one != v {
				t.Fatalf("%s: row %d is %v, by itself %v, %v", name, i, v, one, err)
			}
			errWith += (v - test.Y[i]) * (v - test.Y[i])
			errWithout += (without[i] - test.Y[i]) * (without[i] - test.Y[i])
		}
		if name == "forest" && errWith > 0.9*errWithout {
			t.Errorf("squared error %v with categories, %v with numbers", errWith, errWithout)
		}
		if errWith/float64(len(test.Y)) > 0.8 {
			t.Errorf("%s: mean squared error %v", name, errWith/float64(len(test.Y)))
		}
	}
}

func TestCategoriesShown(t *testing.T) {
	ctx := context.Background()
	x := mat.NewDense(8, 1, []float64{0, 0, 1, 1, 2, 2, 3, 3})
	ds := &dataset.Classification{X: x, Y: []int{1, 1, 0, 0, 1, 1, 0, 0}}
	ds.Features, ds.Classes = []string{"colour"}, []string{"no", "yes"}
	ds.Levels = [][]string{{"red", "green", "blue", "grey", "never seen"}}
	fit, err := tree.Classifier{}.Fit(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	const want = "├─ colour is green or grey: no (4)\n└─ colour is red, blue or never seen: yes (4)\n"
	if got := fit.Text(3); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if dot := fit.DOT(); !strings.Contains(dot, "colour is green or grey") {
		t.Errorf("DOT does not name the levels:\n%s", dot)
	}
	if nd := fit.Nodes()[0]; !slices.Equal(nd.Levels, []int{1, 3}) || nd.Threshold != 0 {
		t.Errorf("the root is %+v", nd)
	}
	for _, v := range []float64{4, 5, -1, 0.5, math.NaN()} { // the way of missing values
		if k, err := fit.PredictRow([]float64{v}); err != nil || k != 1 {
			t.Errorf("%v is predicted %d, %v", v, k, err)
		}
	}
	pruned, err := tree.Classifier{CCPAlpha: 0.01}.Fit(ctx, ds)
	if err != nil || pruned.Text(3) != want {
		t.Errorf("pruned, it is %v, %v", pruned, err)
	}
	many, err := tree.Regressor{MaxDepth: 1}.Fit(ctx, nominal(500))
	if err != nil || !strings.Contains(many.Text(3), "others") {
		t.Errorf("a split with many levels is shown as %v, %v", many, err)
	}
	var saved bytes.Buffer
	if err := model.Save(&saved, fit); err != nil {
		t.Fatal(err)
	}
	again, err := model.Load[*tree.ClassifierModel](&saved)
	if err != nil || again.Text(3) != want {
		t.Errorf("loaded, it is %v, %v", again, err)
	}
}

func TestCategoriesMistaken(t *testing.T) {
	ctx := context.Background()
	for _, v := range []float64{-1, 0.5, 3} {
		ds := nominal(20)
		ds.X.Set(7, 1, v)
		_, err := tree.Regressor{}.Fit(ctx, ds)
		_, err2 := tree.ExtraTreesRegressor{Trees: 1}.Fit(ctx, ds)
		if !errors.Is(err, dataset.ErrLevel) || !errors.Is(err2, dataset.ErrLevel) {
			t.Errorf("level %v: %v, %v", v, err, err2)
		}
	}
	var bad *model.ParamError
	if _, err := (tree.Regressor{Monotone: []int{0, 1, 0}}).Fit(ctx, nominal(20)); !errors.As(err, &bad) {
		t.Errorf("a monotonic constraint on levels: %v", err)
	}
	if _, err := (tree.Regressor{Monotone: []int{0, 0, 1}}).Fit(ctx, nominal(20)); err != nil {
		t.Errorf("a monotonic constraint beside levels: %v", err)
	}
}
