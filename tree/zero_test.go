package tree_test

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/tree"
)

// The zero value of a model has learned nothing: it shows nothing and refuses to
// predict, without a panic.
func TestZeroModels(t *testing.T) {
	type single interface {
		fmt.Stringer
		Text(int) string
		DOT() string
		Nodes() []tree.Node
		Depth() int
		Leaves() int
		PruningPath() []tree.PruningStep
		FeatureImportances() []float64
		Apply(mat.Matrix) ([]int, error)
		DiagramNode(int) ([]string, int, float64, int, int)
	}
	for _, m := range []single{new(tree.ClassifierModel), new(tree.RegressorModel)} {
		if m.Text(3) != "" || m.String() != "" || m.DOT() != "digraph tree {\n}\n" || len(m.Nodes()) > 0 || m.Depth() != 0 ||
			m.Leaves() != 0 || len(m.PruningPath()) > 0 || len(m.FeatureImportances()) > 0 {
			t.Errorf("a zero %T shows something", m)
		}
		if lines, _, _, left, right := m.DiagramNode(0); lines != nil || left != -1 || right != -1 {
			t.Errorf("a zero %T has a node", m)
		}
		if _, err := m.Apply(mat.NewDense(1, 1, nil)); err == nil {
			t.Errorf("a zero %T applies", m)
		}
	}
	for _, m := range []interface {
		Trees() int
		FeatureImportances() []float64
	}{new(tree.ForestClassifierModel), new(tree.ForestRegressorModel)} {
		if m.Trees() != 0 || len(m.FeatureImportances()) > 0 {
			t.Errorf("a zero %T shows something", m)
		}
	}
	for _, m := range []interface {
		fmt.Stringer
		Iterations() int
		FeatureImportances() []float64
	}{new(tree.BoostingClassifierModel), new(tree.BoostingRegressorModel)} {
		if m.Iterations() != 0 || len(m.FeatureImportances()) > 0 || m.String() == "" {
			t.Errorf("a zero %T shows something", m)
		}
	}
	if _, err := new(tree.BoostingClassifierModel).Tree(0, 0); err == nil {
		t.Error("a zero BoostingClassifierModel has a tree")
	}
	if _, err := new(tree.BoostingRegressorModel).Tree(0); err == nil {
		t.Error("a zero BoostingRegressorModel has a tree")
	}
	if b := new(tree.BoostedTree); b.Text(3) != "" || b.String() != "" || b.DOT() == "" {
		t.Error("a zero BoostedTree shows something")
	} else if lines, _, _, _, _ := b.DiagramNode(0); lines != nil {
		t.Error("a zero BoostedTree has a node")
	}
	for _, row := range [][]float64{nil, {}, {1}} {
		for _, m := range []any{
			new(tree.ClassifierModel), new(tree.ForestClassifierModel), new(tree.BoostingClassifierModel),
			new(tree.RegressorModel), new(tree.ForestRegressorModel), new(tree.BoostingRegressorModel),
		} {
			var err error
			switch m := m.(type) {
			case interface {
				PredictRow([]float64) (int, error)
				PredictProbaRow(dst, row []float64) ([]float64, error)
			}:
				if _, err = m.PredictProbaRow(nil, row); err == nil {
					t.Errorf("a zero %T gives probabilities", m)
				}
				_, err = m.PredictRow(row)
			case interface {
				PredictRow([]float64) (float64, error)
			}:
				_, err = m.PredictRow(row)
			}
			if err == nil {
				t.Errorf("a zero %T predicts %v", m, row)
			}
		}
	}
}
