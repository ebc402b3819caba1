package tree_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/tree"
)

// goldenTree is a tree grown by scikit-learn.
type goldenTree struct {
	Set, Criterion string
	Weighted       bool
	Params         struct {
		MaxDepth            int     `json:"max_depth"`
		MinSamplesSplit     int     `json:"min_samples_split"`
		MinSamplesLeaf      int     `json:"min_samples_leaf"`
		MaxLeaves           int     `json:"max_leaf_nodes"`
		MinImpurityDecrease float64 `json:"min_impurity_decrease"`
	}
	Feature, Left, Right, Samples []int
	Threshold, Impurity           []float64
	Value                         [][]float64
}

func (g goldenTree) name() string {
	return fmt.Sprintf("%s %s %+v weighted=%v", g.Set, g.Criterion, g.Params, g.Weighted)
}

func readGolden[T any](t *testing.T, file string) (v T) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// goldenWeights are the weights_for of testdata/generate.py.
func goldenWeights(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 0.5 + float64(i*37%101)/101
	}
	return w
}

// certifier computes the gains of splits by their definition.
type certifier struct {
	x *mat.Dense
	w []float64
	// impurity of a set of rows times its weight.
	impurity func(rows []int) float64
	minLeaf  int
}

// decrease is the fall of weight × impurity when rows are split.
func (c certifier) decrease(rows []int, left func(row int) bool) (float64, string) {
	var l, r []int
	key := make([]byte, len(rows))
	for i, row := range rows {
		if left(row) {
			l = append(l, row)
		} else {
			r = append(r, row)
			key[i] = 1
		}
	}
	if key[0] == 1 { // sides have no names
		for i := range key {
			key[i] ^= 1
		}
	}
	return c.impurity(rows) - c.impurity(l) - c.impurity(r), string(key)
}

// best returns the largest decrease over all cuts of rows and the number of
// different partitions that reach it to within rounding.
func (c certifier) best(rows []int) (float64, int) {
	_, p := c.x.Dims()
	best := math.Inf(-1)
	type found struct {
		decrease float64
		key      string
	}
	var all []found
	for f := range p {
		sorted := slices.Clone(rows)
		slices.SortFunc(sorted, func(a, b int) int {
			return int(math.Copysign(1, c.x.At(a, f)-c.x.At(b, f)))
		})
		for i := max(c.minLeaf, 1); i <= len(sorted)-max(c.minLeaf, 1); i++ {
			t := c.x.At(sorted[i-1], f)
			if c.x.At(sorted[i], f) == t {
				continue
			}
			d := c.impurity(rows) - c.impurity(sorted[:i]) - c.impurity(sorted[i:])
			if d < best-c.tolerance(rows) {
				continue
			}
			best = max(best, d)
			_, key := c.decrease(rows, func(row int) bool { return c.x.At(row, f) <= t })
			all = append(all, found{d, key})
		}
	}
	partitions := map[string]bool{}
	for _, a := range all {
		if a.decrease >= best-c.tolerance(rows) {
			partitions[a.key] = true
		}
	}
	return best, len(partitions)
}

func (c certifier) tolerance(rows []int) float64 {
	return 1e-10 * max(math.Abs(c.impurity(rows)), 1e-3)
}

// compare walks both trees. Scikit-learn breaks ties between equal splits at
// random, so: every split of either tree must be as good as the best of all
// splits of its samples, and where there is one best partition only, the trees
// must agree on it.
func (c certifier) compare(t *testing.T, golden goldenTree, ours []tree.Node, exact func(theirs, ours int)) {
	t.Helper()
	n, _ := c.x.Dims()
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	type pair struct {
		theirs, ours int // −1: not compared any more
		rows         []int
	}
	compared, ties := 0, 0
	stack := []pair{{0, 0, all}}
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		best, partitions := math.NaN(), 0
		search := func() (float64, int) {
			if math.IsNaN(best) {
				best, partitions = c.best(p.rows)
			}
			return best, partitions
		}
		side := func(feature int, threshold float64) func(int) bool {
			return func(row int) bool { return c.x.At(row, feature) <= threshold }
		}
		part := func(left func(int) bool) (l, r []int) {
			for _, row := range p.rows {
				if left(row) {
					l = append(l, row)
				} else {
					r = append(r, row)
				}
			}
			return l, r
		}
		if p.theirs >= 0 && p.ours >= 0 {
			compared++
			if golden.Samples[p.theirs] != len(p.rows) || ours[p.ours].Samples != len(p.rows) {
				t.Fatalf("node %d: %d samples, ours %d, want %d", p.theirs, golden.Samples[p.theirs], ours[p.ours].Samples, len(p.rows))
			}
			if golden.Impurity[p.theirs] < 1e-12 {
				// Under weights, rounding makes pure nodes impure there, and splits them.
				p.theirs = -1
				if ours[p.ours].Feature >= 0 {
					t.Fatalf("node %d is pure and has been split", p.ours)
				}
				continue
			}
			if leaf := golden.Left[p.theirs] < 0; leaf != (ours[p.ours].Feature < 0) {
				t.Fatalf("node %d is a leaf of one tree only (theirs: %v)", p.theirs, leaf)
			}
			exact(p.theirs, p.ours)
		}
		var theirKey, ourKey string
		if p.theirs >= 0 && golden.Left[p.theirs] >= 0 {
			var d float64
			d, theirKey = c.decrease(p.rows, side(golden.Feature[p.theirs], golden.Threshold[p.theirs]))
			if b, _ := search(); d < b-c.tolerance(p.rows) {
				t.Fatalf("node %d of the golden tree lowers the impurity by %v, the best split by %v: the certifier is wrong", p.theirs, d, b)
			}
		}
		if p.ours >= 0 && ours[p.ours].Feature >= 0 {
			o := ours[p.ours]
			var d float64
			d, ourKey = c.decrease(p.rows, side(o.Feature, o.Threshold))
			if b, _ := search(); d < b-c.tolerance(p.rows) {
				t.Fatalf("node %d lowers the impurity by %v, the best split by %v", p.ours, d, b)
			}
		}
		if theirKey != "" && ourKey != "" && theirKey == ourKey {
			o := ours[p.ours]
			l, r := part(side(o.Feature, o.Threshold))
			theirLeft, theirRight := golden.Left[p.theirs], golden.Right[p.theirs]
			if o.Feature == golden.Feature[p.theirs] {
				if a, b := o.Threshold, golden.Threshold[p.theirs]; math.Abs(a-b) > 1e-6*max(math.Abs(b), 1) {
					t.Errorf("node %d: threshold %v, want %v", p.theirs, a, b)
				}
			} else if theirs, _ := part(side(golden.Feature[p.theirs], golden.Threshold[p.theirs])); !slices.Equal(theirs, l) {
				theirLeft, theirRight = theirRight, theirLeft
			}
			stack = append(stack, pair{theirLeft, o.Left, l}, pair{theirRight, o.Right, r})
			continue
		}
		if theirKey != "" && ourKey != "" && partitions == 1 {
			t.Fatalf("node %d: another split than theirs, though there is one best", p.theirs)
		}
		// From here on each on its own.
		if theirKey != "" {
			ties++
			l, r := part(side(golden.Feature[p.theirs], golden.Threshold[p.theirs]))
			stack = append(stack, pair{golden.Left[p.theirs], -1, l}, pair{golden.Right[p.theirs], -1, r})
		}
		if ourKey != "" {
			o := ours[p.ours]
			l, r := part(side(o.Feature, o.Threshold))
			stack = append(stack, pair{-1, o.Left, l}, pair{-1, o.Right, r})
		}
	}
	t.Logf("%d nodes, %d compared, %d splits certified after ties", len(ours), compared, ties)
}

func classCertifier(ds *dataset.Classification, criterion string, minLeaf int) certifier {
	sums := make([]float64, len(ds.Classes))
	return certifier{
		x: ds.X, w: ds.Weights, minLeaf: minLeaf,
		impurity: func(rows []int) float64 {
			clear(sums)
			total, gini, entropy := 0.0, 0.0, 0.0
			for _, row := range rows {
				sums[ds.Y[row]] += ds.Weight(row)
				total += ds.Weight(row)
			}
			for _, s := range sums {
				gini += s * (1 - s/total)
				if s > 0 {
					entropy -= s * math.Log2(s/total)
				}
			}
			if criterion == "entropy" {
				return entropy
			}
			return gini
		},
	}
}

var classificationSets = map[string]func() *dataset.Classification{
	"iris": dataset.Iris, "wine": dataset.Wine, "breast_cancer": dataset.BreastCancer, "digits": dataset.Digits,
}

func TestClassifierEqualsScikitLearn(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	for _, golden := range readGolden[[]goldenTree](t, "testdata/classifier.json") {
		t.Run(golden.name(), func(t *testing.T) {
			ds := classificationSets[golden.Set]()
			if golden.Weighted {
				ds.Weights = goldenWeights(ds.Len())
			}
			p := golden.Params
			c := tree.Classifier{
				MaxDepth: p.MaxDepth, MinSamplesSplit: p.MinSamplesSplit, MinSamplesLeaf: p.MinSamplesLeaf,
				MaxLeaves: p.MaxLeaves, MinImpurityDecrease: p.MinImpurityDecrease,
			}
			if golden.Criterion == "entropy" {
				c.Criterion = tree.Entropy
			}
			fit, err := c.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			nodes := fit.Nodes()
			classCertifier(ds, golden.Criterion, p.MinSamplesLeaf).compare(t, golden, nodes, func(theirs, ours int) {
				if a, b := nodes[ours].Impurity, golden.Impurity[theirs]; math.Abs(a-b) > 1e-10 {
					t.Errorf("node %d: impurity %v, want %v", theirs, a, b)
				}
				for k, want := range golden.Value[theirs] {
					if got := nodes[ours].Value[k]; math.Abs(got-want) > 1e-10 {
						t.Errorf("node %d: share %v of class %d, want %v", theirs, got, k, want)
					}
				}
			})
		})
	}
}

func regressionCertifier(ds *dataset.Regression, criterion tree.Loss, minLeaf int) certifier {
	return certifier{
		x: ds.X, w: ds.Weights, minLeaf: minLeaf,
		impurity: func(rows []int) float64 {
			sum, weight := 0.0, 0.0
			for _, row := range rows {
				sum += ds.Weight(row) * ds.Y[row]
				weight += ds.Weight(row)
			}
			mean := sum / weight
			total := 0.0
			switch criterion {
			case tree.SquaredError:
				for _, row := range rows {
					total += ds.Weight(row) * (ds.Y[row] - mean) * (ds.Y[row] - mean)
				}
			case tree.Poisson:
				if sum <= 0 && weight > 0 {
					return math.Inf(1)
				}
				for _, row := range rows {
					if y := ds.Y[row]; y > 0 {
						total += ds.Weight(row) * y * math.Log(y/mean)
					}
				}
			case tree.AbsoluteError:
				sorted := slices.Clone(rows)
				slices.SortFunc(sorted, func(a, b int) int { return cmp.Compare(ds.Y[a], ds.Y[b]) })
				below, i := 0.0, 0
				for ; i < len(sorted)-1 && below+ds.Weight(sorted[i]) < weight/2; i++ {
					below += ds.Weight(sorted[i])
				}
				for _, row := range rows {
					total += ds.Weight(row) * math.Abs(ds.Y[row]-ds.Y[sorted[i]])
				}
			}
			return total
		},
	}
}

func TestRegressorEqualsScikitLearn(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	criteria := map[string]tree.Loss{
		"squared_error": tree.SquaredError, "absolute_error": tree.AbsoluteError, "poisson": tree.Poisson,
	}
	for _, golden := range readGolden[[]goldenTree](t, "testdata/regressor.json") {
		t.Run(golden.name(), func(t *testing.T) {
			ds := dataset.Diabetes()
			if golden.Weighted {
				ds.Weights = goldenWeights(ds.Len())
			}
			p := golden.Params
			r := tree.Regressor{
				Criterion: criteria[golden.Criterion],
				MaxDepth:  p.MaxDepth, MinSamplesLeaf: p.MinSamplesLeaf, MaxLeaves: p.MaxLeaves,
			}
			fit, err := r.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			nodes := fit.Nodes()
			regressionCertifier(ds, r.Criterion, p.MinSamplesLeaf).compare(t, golden, nodes, func(theirs, ours int) {
				if a, b := nodes[ours].Impurity, golden.Impurity[theirs]; math.Abs(a-b) > 1e-10*max(b, 1) {
					t.Errorf("node %d: impurity %v, want %v", theirs, a, b)
				}
				if a, b := nodes[ours].Value[0], golden.Value[theirs][0]; math.Abs(a-b) > 1e-10*b {
					t.Errorf("node %d: value %v, want %v", theirs, a, b)
				}
			})
		})
	}
}
