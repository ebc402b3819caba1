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
	Sets      []uint32 `cbor:",omitempty"` // of levels, one after the other
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
	if t == nil { // of a zero model, which is refused when it is loaded
		return savedTree{}
	}
	s := savedTree{
		Impurity: t.impurity, Weight: t.weight, Decrease: t.decrease, Samples: t.samples,
		Values: t.values, Outputs: t.outputs, Sets: t.sets,
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
		values: s.Values, outputs: s.Outputs, sets: s.Sets,
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
		if f&categoricalBit != 0 && !validSet(t.nodes[i].threshold, s.Sets) {
			return nil, fmt.Errorf("%w: node %d has no set of levels", dataset.ErrShape, i)
		}
		splits++
	}
	if 2*splits+1 != n || splits != len(s.Threshold) {
		return nil, fmt.Errorf("%w: %d splits in a tree of %d nodes", dataset.ErrShape, splits, n)
	}
	return t, nil
}

// savedEnsemble is the format in which the trees of an ensemble are saved: one
// after the other, each breadth first.
type savedEnsemble struct {
	Roots     []uint32
	Feature   []int32   // as in node; leafMark for a leaf
	Threshold []float64 // of the nodes that split
	Leaf      []uint64  // of the leaves: the class, or mixedLeaf and the place among Values
	Values    []float64 // Outputs per place
	Outputs   int
	Sets      []uint32 `cbor:",omitempty"` // as in savedTree
}

// savedForest is the format in which a forest is saved.
type savedForest struct {
	Trees      savedEnsemble
	Importance []float64
	Score      float64 // out of bag
	Features   int
	Schema     dataset.Schema
}

func init() {
	model.RegisterState("tree.ForestClassifier", 1,
		func(m *ForestClassifierModel) savedForest {
			return m.forest.saved(m.OutOfBagScore, m.features, m.Schema)
		},
		func(s savedForest) (*ForestClassifierModel, error) {
			f, err := s.forest(true)
			return &ForestClassifierModel{Schema: s.Schema, OutOfBagScore: s.Score, forest: f, features: s.Features}, err
		})
	model.RegisterState("tree.ForestRegressor", 1,
		func(m *ForestRegressorModel) savedForest {
			return m.forest.saved(m.OutOfBagScore, m.features, m.Schema)
		},
		func(s savedForest) (*ForestRegressorModel, error) {
			f, err := s.forest(false)
			return &ForestRegressorModel{Schema: s.Schema, OutOfBagScore: s.Score, forest: f, features: s.Features}, err
		})
}

func (f *forest) saved(score float64, features int, schema dataset.Schema) savedForest {
	if f == nil {
		return savedForest{}
	}
	return savedForest{Trees: f.ensemble.saved(), Importance: f.importance, Score: score, Features: features, Schema: schema}
}

func (e *ensemble) saved() savedEnsemble {
	s := savedEnsemble{Roots: make([]uint32, len(e.roots)), Values: e.values, Outputs: e.outputs, Sets: e.sets}
	for k, root := range e.roots {
		s.Roots[k] = uint32(len(s.Feature))
		for _, at := range e.breadthFirst(root) {
			nd := &e.nodes[at]
			s.Feature = append(s.Feature, nd.feature)
			switch {
			case nd.feature < 0:
				s.Leaf = append(s.Leaf, nd.cut)
			case nd.feature&categoricalBit != 0:
				s.Threshold = append(s.Threshold, float64(nd.cut))
			default:
				s.Threshold = append(s.Threshold, nd.threshold())
			}
		}
	}
	return s
}

// forest returns the forest, or an error if s is none.
func (s savedForest) forest(classes bool) (*forest, error) {
	if err := dataset.CheckSchema(s.Schema, s.Features); err != nil {
		return nil, err
	}
	if k := s.Trees.Outputs; len(s.Importance) != s.Features || classes && s.Schema.Classes != nil && len(s.Schema.Classes) != k {
		return nil, fmt.Errorf("%w: a forest on %d features with %d outputs", dataset.ErrShape, s.Features, k)
	}
	var order arranger
	e, err := s.Trees.ensemble(classes, s.Features, order.arrange)
	for i := range e.nodes {
		if nd := &e.nodes[i]; nd.feature >= 0 && nd.feature&categoricalBit != 0 && !validSet(float64(nd.cut), e.sets) {
			return nil, fmt.Errorf("%w: node %d has no set of levels", dataset.ErrShape, i)
		}
	}
	return &forest{ensemble: e, importance: s.Importance}, err
}

// ensemble returns the trees, or an error if s are none. As in [savedTree.grown],
// the place of a child follows from the splits before its parent's. The function
// is called for each tree when it is the last one.
func (s savedEnsemble) ensemble(classes bool, features int, each func(*ensemble)) (none ensemble, err error) {
	n := len(s.Feature)
	if n == 0 || n > math.MaxInt32 || len(s.Roots) == 0 || s.Roots[0] != 0 ||
		s.Outputs < 1 || len(s.Values)%s.Outputs != 0 || !classes && s.Outputs != 1 {
		return none, fmt.Errorf("%w: %d trees with %d nodes", dataset.ErrShape, len(s.Roots), n)
	}
	e := ensemble{nodes: make([]fork, 0, n+len(s.Roots)), values: s.Values, outputs: s.Outputs, sets: s.Sets}
	places := uint64(len(s.Values) / s.Outputs)
	thresholds, leaves := s.Threshold, s.Leaf
	for k, root := range s.Roots {
		end := uint32(n)
		if k+1 < len(s.Roots) {
			end = s.Roots[k+1]
		}
		if end <= root || end > uint32(n) {
			return none, fmt.Errorf("%w: tree %d ends at node %d", dataset.ErrShape, k, end)
		}
		base := uint32(len(e.nodes))
		e.roots = append(e.roots, base)
		next := root + 1 // the place of the next child
		for i := root; i < end; i++ {
			feature := s.Feature[i]
			switch {
			case i >= next:
				return none, fmt.Errorf("%w: node %d has no parent", dataset.ErrShape, i)
			case feature >= 0:
				if int(feature&featureMask) >= features || len(thresholds) == 0 {
					return none, fmt.Errorf("%w: node %d splits by feature %d of %d", dataset.ErrShape, i, feature&featureMask, features)
				}
				f := fork{cut: cutAt(thresholds[0]), right: base + nodesAtRoot + next - root, feature: feature}
				if feature&categoricalBit != 0 {
					if f.cut = uint64(thresholds[0]); float64(f.cut) != thresholds[0] {
						return none, fmt.Errorf("%w: node %d has no set of levels", dataset.ErrShape, i)
					}
				}
				e.append(f)
				thresholds = thresholds[1:]
				next += 2
			default:
				if len(leaves) == 0 || !validLeaf(leaves[0], classes, uint64(s.Outputs), places) {
					return none, fmt.Errorf("%w: leaf %d has no value", dataset.ErrShape, i)
				}
				e.append(fork{cut: leaves[0], feature: leafMark})
				leaves = leaves[1:]
			}
		}
		if next != end {
			return none, fmt.Errorf("%w: tree %d has children beyond its end", dataset.ErrShape, k)
		}
		each(&e)
	}
	if len(thresholds)+len(leaves) > 0 {
		return none, fmt.Errorf("%w: %d thresholds and %d leaves too many", dataset.ErrShape, len(thresholds), len(leaves))
	}
	return e, nil
}

// validSet tells whether there is a set of levels at the given place of sets.
func validSet(place float64, sets []uint32) bool {
	if !(place >= 0 && place < float64(len(sets))) || place != math.Trunc(place) {
		return false
	}
	set := sets[int(place):]
	return setWords(int(set[0])) <= len(set)
}

func validLeaf(payload uint64, classes bool, outputs, places uint64) bool {
	if payload&mixedLeaf != 0 {
		return payload&^mixedLeaf < places
	}
	return classes && payload < outputs
}

// savedBoosting is the format in which boosted trees are saved.
type savedBoosting struct {
	Trees      []savedEnsemble // per output
	Sets       [][8]uint32     // of levels, which nodes with categoricalBit refer to
	Baseline   []float64
	Importance []float64
	Iterations int
	Log        bool // predictions are the exponential of the sum
	Features   int
	Schema     dataset.Schema
}

func init() {
	model.RegisterState("tree.BoostingClassifier", 1,
		func(m *BoostingClassifierModel) savedBoosting { return m.boosted.saved(false, m.features, m.Schema) },
		func(s savedBoosting) (*BoostingClassifierModel, error) {
			b, err := s.boosted()
			return &BoostingClassifierModel{Schema: s.Schema, boosted: b, features: s.Features}, err
		})
	model.RegisterState("tree.BoostingRegressor", 1,
		func(m *BoostingRegressorModel) savedBoosting { return m.boosted.saved(m.log, m.features, m.Schema) },
		func(s savedBoosting) (*BoostingRegressorModel, error) {
			b, err := s.boosted()
			if err == nil && len(b.trees) != 1 {
				err = fmt.Errorf("%w: %d outputs", dataset.ErrShape, len(b.trees))
			}
			return &BoostingRegressorModel{Schema: s.Schema, boosted: b, features: s.Features, log: s.Log}, err
		})
}

func (b *boosted) saved(log bool, features int, schema dataset.Schema) savedBoosting {
	if b == nil {
		return savedBoosting{}
	}
	s := savedBoosting{
		Baseline: b.baseline, Importance: b.importance, Iterations: b.iterations,
		Log: log, Features: features, Schema: schema,
	}
	for c := range b.trees {
		s.Trees = append(s.Trees, b.trees[c].saved())
	}
	for _, set := range b.sets {
		s.Sets = append(s.Sets, set)
	}
	return s
}

func (s savedBoosting) boosted() (*boosted, error) {
	if err := dataset.CheckSchema(s.Schema, s.Features); err != nil {
		return nil, err
	}
	if k := len(s.Trees); k == 0 || len(s.Baseline) != k || len(s.Importance) != s.Features ||
		k > 1 && s.Schema.Classes != nil && len(s.Schema.Classes) != k {
		return nil, fmt.Errorf("%w: boosting of %d outputs on %d features", dataset.ErrShape, k, s.Features)
	}
	b := &boosted{baseline: s.Baseline, importance: s.Importance, iterations: s.Iterations}
	for _, t := range s.Trees {
		e, err := t.ensemble(false, s.Features, func(*ensemble) {})
		if err == nil && len(e.roots) != s.Iterations {
			err = fmt.Errorf("%w: %d trees for %d iterations", dataset.ErrShape, len(e.roots), s.Iterations)
		}
		if err != nil {
			return nil, err
		}
		for i, nd := range e.nodes {
			if nd.feature >= 0 && nd.feature&categoricalBit != 0 {
				if nd.cut >= uint64(len(s.Sets)) {
					return nil, fmt.Errorf("%w: node %d refers to set %d of %d", dataset.ErrShape, i, nd.cut, len(s.Sets))
				}
			}
		}
		b.trees = append(b.trees, e)
	}
	for _, set := range s.Sets {
		b.sets = append(b.sets, set)
	}
	b.prepare()
	return b, nil
}
