package neighbors

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

func random(n, p int, equal int, seed uint64) *mat.Dense {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := mat.NewDense(n, p, nil)
	for i := range n {
		for j := range p {
			x.Set(i, j, rng.NormFloat64())
		}
		if equal > 0 && i%equal != 0 {
			x.SetRow(i, x.RawRowView(i/equal*equal))
		}
	}
	return x
}

// Every node has the points that it says, within the limits that it gives.
func TestTree(t *testing.T) {
	for _, c := range []struct{ n, p, equal int }{{1, 1, 0}, {32, 2, 0}, {33, 2, 0}, {1000, 3, 0}, {1000, 3, 7}, {2000, 2, 2000}, {500, 40, 0}} {
		x := random(c.n, c.p, c.equal, 1)
		tree, err := NewTree(context.Background(), x)
		if err != nil {
			t.Fatal(err)
		}
		rows := slices.Clone(tree.Rows)
		slices.Sort(rows)
		for i, row := range rows {
			if row != int32(i) {
				t.Fatalf("%+v: row %d is at no position", c, i)
			}
		}
		query := random(5, c.p, 0, 2)
		for number, node := range tree.Nodes {
			number := int32(number)
			if node.Right == 0 && node.Hi-node.Lo > LeafSize {
				t.Fatalf("%+v: a leaf of %d points", c, node.Hi-node.Lo)
			}
			if node.Right > 0 {
				left, right := tree.Nodes[number+1], tree.Nodes[node.Right]
				if left.Lo != node.Lo || left.Hi != right.Lo || right.Hi != node.Hi {
					t.Fatalf("%+v: children %+v and %+v of %+v", c, left, right, node)
				}
			}
			for q := range 5 {
				y := query.RawRowView(q)
				low, high := tree.Nearest(number, y), tree.Farthest(number, y)
				for at := node.Lo; at < node.Hi; at++ {
					if d := simd.SqDist(y, tree.Point(int(at))); d < low || d > high {
						t.Fatalf("%+v: squared distance %v, limits are %v and %v", c, d, low, high)
					}
				}
			}
			first := tree.Point(int(node.Lo))
			for at := node.Lo; at < node.Hi; at++ {
				if d := simd.SqDist(first, tree.Point(int(at))); d > tree.Diagonal(number) {
					t.Fatalf("%+v: squared distance %v, the diagonal is %v", c, d, tree.Diagonal(number))
				}
			}
		}
		distances := make([]float64, LeafSize)
		for at, row := range tree.Rows {
			if !slices.Equal(tree.Point(at), x.RawRowView(int(row))) {
				t.Fatalf("%+v: position %d is not row %d", c, at, row)
			}
			lo := int32(at)
			tree.Distances(distances, query.RawRowView(0), lo, lo+1)
			if distances[0] != simd.SqDist(query.RawRowView(0), x.RawRowView(int(row))) {
				t.Fatalf("%+v: distance %v", c, distances[0])
			}
		}
	}
}

func TestTreeCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewTree(ctx, random(100, 2, 0, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
