package tree

import (
	"fmt"
	"math"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// savedTree is the format in which a tree is saved: a value per node and field.
type savedTree struct {
	Feature   []int32   // as in node
	Threshold []float64 // of the nodes that split
	Impurity  []float64
	Weight    []float64
	Decrease  []float64
	Samples   []int32
	Values    []float64 // Outputs per node
	Outputs   int
}

// savedModel is the format in which the model of a single tree is saved.
type savedModel struct {
	Tree     savedTree
	Features int
	Schema   dataset.Schema
}

func init() {
	model.RegisterState("tree.Classifier", 1,
		func(m *ClassifierModel) savedModel { return savedModel{m.grown.saved(), m.features, m.Schema} },
		func(s savedModel) (*ClassifierModel, error) {
			t, err := s.grown()
			if err != nil {
				return nil, err
			}
			if s.Schema.Classes != nil && len(s.Schema.Classes) != t.outputs {
				return nil, fmt.Errorf("%w: %d class names for %d classes", dataset.ErrShape, len(s.Schema.Classes), t.outputs)
			}
			return newClassifierModel(s.Schema, t, s.Features), nil
		})
	model.RegisterState("tree.Regressor", 1,
		func(m *RegressorModel) savedModel { return savedModel{m.grown.saved(), m.features, m.Schema} },
		func(s savedModel) (*RegressorModel, error) {
			t, err := s.grown()
			if err == nil && t.outputs != 1 {
				err = fmt.Errorf("%w: %d outputs", dataset.ErrShape, t.outputs)
			}
			return &RegressorModel{Schema: s.Schema, grown: t, features: s.Features}, err
		})
}

func (s savedModel) grown() (*grown, error) {
	if err := dataset.CheckSchema(s.Schema, s.Features); err != nil {
		return nil, err
	}
	return s.Tree.grown(s.Features)
}

func (t *grown) saved() savedTree {
	s := savedTree{
		Impurity: t.impurity, Weight: t.weight, Decrease: t.decrease, Samples: t.samples,
		Values: t.values, Outputs: t.outputs,
	}
	for _, nd := range t.nodes {
		s.Feature = append(s.Feature, nd.feature)
		if nd.feature >= 0 {
			s.Threshold = append(s.Threshold, nd.threshold)
		}
	}
	return s
}

// grown returns the tree, or an error if s is none over the given number of
// features. The nodes being in breadth-first order, the place of a child follows
// from the splits before its parent's, and every walk ends.
func (s savedTree) grown(features int) (*grown, error) {
	n := len(s.Feature)
	if n == 0 || n > math.MaxInt32 || s.Outputs < 1 || len(s.Values)%s.Outputs != 0 || len(s.Values)/s.Outputs != n ||
		len(s.Impurity) != n || len(s.Weight) != n || len(s.Decrease) != n || len(s.Samples) != n {
		return nil, fmt.Errorf("%w: a tree of %d nodes", dataset.ErrShape, n)
	}
	t := &grown{
		nodes: make([]node, n), impurity: s.Impurity, weight: s.Weight, decrease: s.Decrease, samples: s.Samples,
		values: s.Values, outputs: s.Outputs,
	}
	splits, level := 0, 1
	for i, f := range s.Feature {
		if i > 2*splits {
			return nil, fmt.Errorf("%w: node %d has no parent", dataset.ErrShape, i)
		}
		if i == level {
			t.depth++
			level = 2*splits + 1
		}
		if f < 0 {
			t.leaves++
			t.nodes[i] = node{threshold: math.Inf(1), left: uint32(i), feature: -1}
			continue
		}
		if int(f&featureMask) >= features || splits >= len(s.Threshold) {
			return nil, fmt.Errorf("%w: node %d splits by feature %d of %d", dataset.ErrShape, i, f&featureMask, features)
		}
		t.nodes[i] = node{threshold: s.Threshold[splits], left: uint32(2*splits + 1), feature: f}
		splits++
	}
	if 2*splits+1 != n || splits != len(s.Threshold) {
		return nil, fmt.Errorf("%w: %d splits in a tree of %d nodes", dataset.ErrShape, splits, n)
	}
	return t, nil
}
