package tree

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Keys are in the order of the numbers, and a cut divides them as its threshold.
func TestKeys(t *testing.T) {
	numbers := []float64{
		-math.MaxFloat64, -1e300, -2, math.Nextafter(-1, -2), -1, -1e-300, -math.SmallestNonzeroFloat64, math.Copysign(0, -1),
		0, math.SmallestNonzeroFloat64, 1e-300, 1, math.Nextafter(1, 2), 2, 1e300, math.MaxFloat64,
	}
	for _, v := range numbers {
		if got := numberOf(keyOf(v)); math.Float64bits(got) != math.Float64bits(v) {
			t.Errorf("the key of %v is that of %v", v, got)
		}
		if keyOf(v) <= mixedLeaf|math.MaxUint32 {
			t.Errorf("the key of %v could go left at a leaf", v)
		}
		for _, threshold := range append(numbers, math.Inf(1)) {
			nd := fork{cut: cutAt(threshold), right: 1}
			if left := nd.step(keyOf(v)) == 0; left != (v <= threshold) {
				t.Errorf("%v ≤ %v: %v", v, threshold, left)
			}
			if nd.threshold() != threshold {
				t.Errorf("threshold %v has become %v", threshold, nd.threshold())
			}
		}
	}
}

// The kernel finds the leaves that the Go code finds, whatever the shape of the
// trees, and so does each row by itself.
func TestWalks(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const n, p = 3000, 5
	x := mat.NewDense(n, p, nil)
	x.Apply(func(_, j int, _ float64) float64 { return rng.NormFloat64() * float64(j) }, x)
	labels := make([]int, n)
	for i := range labels {
		if row := x.RawRowView(i); row[2]*row[3]+row[4] > rng.NormFloat64() {
			labels[i] = 1
		}
	}
	ds, err := dataset.New(x, labels)
	if err != nil {
		t.Fatal(err)
	}
	for _, depth := range []int{1, 3, 0} {
		m, err := ForestClassifier{Trees: 4, MaxDepth: depth}.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		e := &m.forest.ensemble
		for _, rows := range []int{1, 8, 9, n} {
			b := &rowBlock{x: x}
			for range rows {
				b.rows = append(b.rows, uint32(rng.IntN(n)))
			}
			b.fill()
			for tree, root := range e.roots {
				e.walkBlock(tree, b)
				got := slices.Clone(b.leaves)
				w := walking{nodes: e.nodes, root: root, features: p, sure: 1}
				w.walkGo(b.keys, b.leaves, nil)
				if !slices.Equal(got, b.leaves) {
					t.Fatalf("depth %d, tree %d, %d rows: leaves %v, want %v", depth, tree, rows, got, b.leaves)
				}
				for i, row := range b.rows {
					if want := e.walk(root, x.RawRowView(int(row))); got[i] != want {
						t.Fatalf("depth %d, tree %d, row %d: leaf %v, want %v", depth, tree, row, got[i], want)
					}
				}
			}
		}
	}
}
