package tree

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// The trees that a model shows add up to what it predicts.
func TestBoostedTreesAddUp(t *testing.T) {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(8, 2))
	const n, levels = 600, 40
	ds := &dataset.Classification{X: mat.NewDense(n, 2, nil), Y: make([]int, n)}
	ds.Features, ds.Levels = []string{"size", "town"}, [][]string{nil, make([]string, levels)}
	for k := range levels {
		ds.Levels[1][k] = "town " + itoa(k)
	}
	numbers := &dataset.Regression{X: ds.X, Y: make([]float64, n), Schema: ds.Schema}
	for i := range n {
		ds.X.SetRow(i, []float64{rng.NormFloat64(), float64(rng.IntN(levels))})
		numbers.Y[i] = ds.X.At(i, 0) + float64(int(ds.X.At(i, 1))*7%5)
		ds.Y[i] = min(max(int(numbers.Y[i]/2), 0), 2)
		if i%9 == 0 {
			ds.X.Set(i, rng.IntN(2), math.NaN())
		}
	}
	regressor, err := BoostingRegressor{Iterations: 5}.Fit(ctx, numbers)
	if err != nil {
		t.Fatal(err)
	}
	classifier, err := BoostingClassifier{Iterations: 4}.Fit(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	check := func(b *boosted, output int, tree func(i int) (*BoostedTree, error)) {
		t.Helper()
		for i := range n {
			row := ds.X.RawRowView(i)
			sum := 0.0
			for k := range b.iterations {
				shown, err := tree(k)
				if err != nil {
					t.Fatal(err)
				}
				g := shown.printer.grown
				sum += g.values[g.leaf(row)]
			}
			if sum += b.baseline[output]; sum != b.sumRow(row, output) {
				t.Fatalf("the trees add up to %v in row %d, want %v", sum, i, b.sumRow(row, output))
			}
		}
	}
	check(regressor.boosted, 0, regressor.Tree)
	for output := range 3 {
		check(classifier.boosted, output, func(i int) (*BoostedTree, error) { return classifier.Tree(i, output) })
	}
	var param *model.ParamError
	if _, err := regressor.Tree(5); !errors.As(err, &param) {
		t.Errorf("iteration 5 of 5: %v", err)
	}
	if _, err := classifier.Tree(0, 3); !errors.As(err, &param) {
		t.Errorf("output 3 of 3: %v", err)
	}
	if _, err := classifier.Tree(-1, 0); !errors.As(err, &param) {
		t.Errorf("iteration -1: %v", err)
	}
}

func TestBoostedTreeShown(t *testing.T) {
	ds := &dataset.Regression{X: mat.NewDense(8, 1, []float64{1, 2, 3, 4, 5, 6, 7, 8}), Y: []float64{0, 0, 0, 0, 2, 2, 4, 4}}
	ds.Features = []string{"size"}
	m, err := BoostingRegressor{Iterations: 1, LearningRate: 1, MaxLeaves: 3, MinSamplesLeaf: 1}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := m.Tree(0)
	if err != nil {
		t.Fatal(err)
	}
	const text = "├─ size ≤ 4.5: -1.5\n└─ size > 4.5\n   ├─ size ≤ 6.5: 0.5\n   └─ size > 6.5: 2.5\n"
	if got := shown.String(); got != text {
		t.Errorf("got\n%swant\n%s", got, text)
	}
	const dot = `	0 [label="size ≤ 4.5"]
	0 -> 1 [label="yes"]
	0 -> 2 [label="no"]
	1 [label="-1.5"]
	2 [label="size ≤ 6.5"]
`
	if got := shown.DOT(); !strings.Contains(got, dot) {
		t.Errorf("got\n%swant in it\n%s", got, dot)
	}
	lines, class, _, left, right := shown.DiagramNode(2)
	if len(lines) != 1 || lines[0] != "size ≤ 6.5" || class != -1 || left != 3 || right != 4 {
		t.Errorf("node 2 is drawn as %q of class %d with children %d and %d", lines, class, left, right)
	}
}
