package tree_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/tree"
)

// drawTable draws a small table with ties and, if asked for, missing values.
func drawTable(t *rapid.T, missing bool) *mat.Dense {
	n := rapid.IntRange(2, 40).Draw(t, "n")
	p := rapid.IntRange(1, 4).Draw(t, "p")
	values := rapid.IntRange(2, 30).Draw(t, "values")
	x := mat.NewDense(n, p, nil)
	for i := range n {
		for j := range p {
			v := rapid.IntRange(0, values).Draw(t, "x")
			x.Set(i, j, float64(v)/3)
			if missing && v == 0 {
				x.Set(i, j, math.NaN())
			}
		}
	}
	return x
}

func drawClasses(t *rapid.T, x *mat.Dense) *dataset.Classification {
	n, _ := x.Dims()
	classes := rapid.IntRange(2, min(4, n)).Draw(t, "classes")
	ds := &dataset.Classification{X: x, Y: make([]int, n)}
	for i := range n {
		ds.Y[i] = i // each class once, at least
		if i >= classes {
			ds.Y[i] = rapid.IntRange(0, classes-1).Draw(t, "y")
		}
	}
	switch rapid.IntRange(0, 2).Draw(t, "weights") {
	case 1:
		ds.Weights = make([]float64, n)
		for i := range n {
			ds.Weights[i] = float64(rapid.IntRange(1, 3).Draw(t, "w"))
		}
	case 2:
		ds.Weights = make([]float64, n)
		for i := range n {
			ds.Weights[i] = rapid.Float64Range(0.1, 2).Draw(t, "w")
		}
	}
	return ds
}

// allSplits calls visit with every way to send rows to the left by one feature,
// at most one value being the threshold.
func allSplits(x *mat.Dense, rows []int, visit func(left func(row int) bool)) {
	_, p := x.Dims()
	for f := range p {
		for _, missingLeft := range []bool{false, true} {
			for _, row := range append(slices.Clone(rows), -1) {
				threshold := math.Inf(1)
				if row >= 0 {
					threshold = x.At(row, f)
				}
				visit(func(row int) bool {
					v := x.At(row, f)
					return v <= threshold || v != v && missingLeft
				})
			}
		}
	}
}

// Every split is the best one, counting where missing values go; every leaf is
// pure or cannot be split; and training rows end where their node is.
func TestClassifierSplitsAreBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ds := drawClasses(t, drawTable(t, rapid.Bool().Draw(t, "missing")))
		c := tree.Classifier{
			Criterion:      tree.Impurity(rapid.IntRange(0, 1).Draw(t, "criterion")),
			MinSamplesLeaf: rapid.IntRange(0, 3).Draw(t, "leaf"),
		}
		fit, err := c.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		classes := slices.Max(ds.Y) + 1
		ds.Classes = make([]string, classes)
		checkSplits(t, ds.X, fit.Nodes(), classCertifier(ds, c.Criterion.String(), c.MinSamplesLeaf))
		leaves, err := fit.Apply(ds.X)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[int]int{}
		for _, leaf := range leaves {
			counts[leaf]++
		}
		for i, nd := range fit.Nodes() {
			if nd.Feature < 0 && counts[i] != nd.Samples {
				t.Fatalf("leaf %d has %d samples, %d fall into it", i, nd.Samples, counts[i])
			}
		}
	})
}

func TestRegressorSplitsAreBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := drawClasses(t, drawTable(t, rapid.Bool().Draw(t, "missing")))
		ds := &dataset.Regression{X: classes.X, Y: make([]float64, classes.Len()), Weights: classes.Weights}
		for i := range ds.Y {
			ds.Y[i] = math.Round(rapid.Float64Range(0, 10).Draw(t, "y")*1e6) / 1e6
			if rapid.Bool().Draw(t, "round") {
				ds.Y[i] = math.Trunc(ds.Y[i])
			}
		}
		ds.Y[0] = 1 // not all 0
		r := tree.Regressor{
			Criterion:      rapid.SampledFrom([]tree.Loss{tree.SquaredError, tree.AbsoluteError, tree.Poisson}).Draw(t, "criterion"),
			MinSamplesLeaf: rapid.IntRange(0, 3).Draw(t, "leaf"),
		}
		fit, err := r.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		checkSplits(t, ds.X, fit.Nodes(), regressionCertifier(ds, r.Criterion, r.MinSamplesLeaf))
	})
}

func checkSplits(t *rapid.T, x *mat.Dense, nodes []tree.Node, c certifier) {
	n, _ := x.Dims()
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	rows := map[int][]int{0: all}
	for i, nd := range nodes {
		own := rows[i]
		best := math.Inf(-1)
		allSplits(x, own, func(left func(int) bool) {
			var l, r []int
			for _, row := range own {
				if left(row) {
					l = append(l, row)
				} else {
					r = append(r, row)
				}
			}
			if len(l) >= max(c.minLeaf, 1) && len(r) >= max(c.minLeaf, 1) {
				best = max(best, c.impurity(own)-c.impurity(l)-c.impurity(r))
			}
		})
		if nd.Feature < 0 {
			if !math.IsInf(best, -1) && c.impurity(own) > 1e-9 {
				t.Fatalf("leaf %d is impure and could be split", i)
			}
			continue
		}
		for _, row := range own {
			v := x.At(row, nd.Feature)
			side := nd.Right
			if v <= nd.Threshold || v != v && nd.MissingLeft {
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

// A tree depends on the order of the values only: mapping a feature by a
// monotone function leaves every sample in its leaf.
func TestMonotoneMapKeepsThePartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawTable(t, true)
		ds := drawClasses(t, x)
		c := tree.Classifier{MaxDepth: 4}
		before, err := c.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		mapped := mat.DenseCopyOf(x)
		mapped.Apply(func(_, j int, v float64) float64 {
			return []func(float64) float64{math.Exp, math.Cbrt, func(v float64) float64 { return v*1e-9 + 1 }, func(v float64) float64 { return v * 1e300 }}[j](v)
		}, mapped)
		after, err := c.Fit(context.Background(), &dataset.Classification{X: mapped, Y: ds.Y, Weights: ds.Weights})
		if err != nil {
			t.Fatal(err)
		}
		a, err := before.Apply(x)
		if err != nil {
			t.Fatal(err)
		}
		b, err := after.Apply(mapped)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a, b) {
			t.Fatalf("leaves %v, after mapping %v", a, b)
		}
	})
}

// chain returns data that make a tree n − 1 deep: where the classes alternate, the
// best cut parts the outermost sample from the others.
func chain(n int) *dataset.Classification {
	ds := &dataset.Classification{X: mat.NewDense(n, 1, nil), Y: make([]int, n)}
	for i, row := range rand.New(rand.NewPCG(1, 2)).Perm(n) {
		ds.X.Set(row, 0, float64(i))
		ds.Y[row] = i % 2
	}
	return ds
}

func TestDeepChain(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	const n = 15_000
	fit, err := tree.Classifier{}.Fit(context.Background(), chain(n))
	if err != nil {
		t.Fatal(err)
	}
	if fit.Depth() != n-1 || fit.Leaves() != n {
		t.Errorf("depth %d, %d leaves, want %d and %d", fit.Depth(), fit.Leaves(), n-1, n)
	}
	if k, err := fit.PredictRow([]float64{n / 2}); err != nil || k != n/2%2 {
		t.Errorf("predicted %d, %v", k, err)
	}
	if text := fit.Text(3); len(text) > 1000 {
		t.Errorf("text to depth 3 has %d bytes", len(text))
	}
	if dot := fit.DOT(); len(dot) < n {
		t.Errorf("DOT has %d bytes", len(dot))
	}
}

// The sum of the node sizes of a chain is n²/2, and so is the time.
func BenchmarkDeepChain(b *testing.B) {
	ds := chain(50_000)
	for b.Loop() {
		fit, err := tree.Classifier{}.Fit(context.Background(), ds)
		if err != nil || fit.Depth() != 49_999 {
			b.Fatal(err, fit.Depth())
		}
	}
}
