package tree_test

import (
	"context"
	"slices"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/tree"
)

func TestDiagramNode(t *testing.T) {
	fit, err := tree.Classifier{MaxDepth: 2}.Fit(context.Background(), dataset.Iris())
	if err != nil {
		t.Fatal(err)
	}
	for i, node := range fit.Nodes() {
		lines, class, strength, left, right := fit.DiagramNode(i)
		isLeaf := node.Feature < 0
		if isLeaf != (left == -1 && right == -1) || !isLeaf && (left != node.Left || right != node.Right) {
			t.Errorf("node %d has the children %d and %d, want those of %+v", i, left, right, node)
		}
		if share := node.Value[class]; share != slices.Max(node.Value) || strength < 0 || strength > 1 || (share == 1) != (strength == 1) {
			t.Errorf("node %d with shares %v has class %d, strength %v", i, node.Value, class, strength)
		}
		if want := map[bool]int{true: 1, false: 2}[isLeaf]; len(lines) != want {
			t.Errorf("node %d has the lines %q, want %d", i, lines, want)
		}
	}
	if _, _, strength, _, _ := fit.DiagramNode(0); strength != 0 {
		t.Errorf("the root of three equally frequent classes has strength %v, want 0", strength)
	}
}

func TestDiagramNodeOfRegression(t *testing.T) {
	fit, err := tree.Regressor{MaxDepth: 2}.Fit(context.Background(), dataset.Diabetes())
	if err != nil {
		t.Fatal(err)
	}
	nodes := fit.Nodes()
	for i, node := range nodes {
		lines, class, strength, left, right := fit.DiagramNode(i)
		isLeaf := node.Feature < 0
		if isLeaf != (left == -1 && right == -1) || !isLeaf && (left != node.Left || right != node.Right) {
			t.Errorf("node %d has the children %d and %d, want those of %+v", i, left, right, node)
		}
		if want := max(0, 1-node.Impurity/nodes[0].Impurity); class != 0 || strength != want {
			t.Errorf("node %d has class %d, strength %v, want 0, %v", i, class, strength, want)
		}
		if want := map[bool]int{true: 1, false: 2}[isLeaf]; len(lines) != want {
			t.Errorf("node %d has the lines %q, want %d", i, lines, want)
		}
	}
}
