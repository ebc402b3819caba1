package tree

import (
	"fmt"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// BoostedTree is one tree of a boosting model as it may be shown or drawn. Its
// leaves hold what they add to the raw prediction, the learning rate included.
type BoostedTree struct{ printer printer }

// Text draws the tree with a line per node, to the given depth; deeper parts
// appear as "…".
func (t *BoostedTree) Text(maxDepth int) string { return t.printer.text(maxDepth) }

// String is Text to a depth of 10.
func (t *BoostedTree) String() string { return t.Text(textDepth) }

// DOT returns the tree in the language of Graphviz; dot -Tsvg draws it.
func (t *BoostedTree) DOT() string { return t.printer.dot() }

// DiagramNode describes node i, the root being 0, as that of [ClassifierModel]
// does, but of no class and no strength.
func (t *BoostedTree) DiagramNode(i int) (lines []string, class int, strength float64, left, right int) {
	lines, left, right = t.printer.box(i)
	return lines, -1, 0, left, right
}

// Tree returns the tree of an iteration, counted from 0. An iteration that there is
// not is a [*model.ParamError].
func (m *BoostingRegressorModel) Tree(iteration int) (*BoostedTree, error) {
	return m.boosted.tree(iteration, 0, m.Schema)
}

// Tree returns the tree of an iteration, counted from 0, for an output: a class, or
// 0 where there are two classes, for which one tree gives the log odds of class 1.
// What there is not is a [*model.ParamError].
func (m *BoostingClassifierModel) Tree(iteration, output int) (*BoostedTree, error) {
	return m.boosted.tree(iteration, output, m.Schema)
}

func (m *boosted) tree(iteration, output int, schema dataset.Schema) (*BoostedTree, error) {
	if iteration < 0 || iteration >= m.kept() {
		return nil, &model.ParamError{Field: "iteration", Value: iteration, Want: "at least 0 and less than " + itoa(m.kept())}
	}
	if output < 0 || output >= len(m.trees) {
		return nil, &model.ParamError{Field: "output", Value: output, Want: "at least 0 and less than " + itoa(len(m.trees))}
	}
	e := &m.trees[output]
	t := &grown{outputs: 1}
	children := uint32(1) // the place of the next ones
	for i, at := range e.breadthFirst(e.roots[iteration]) {
		from := &e.nodes[at]
		nd := node{left: uint32(i), feature: -1}
		var value [1]float64
		if from.feature < 0 {
			e.vote(from.cut, value[:])
		} else {
			nd = node{threshold: from.threshold(), left: children, feature: from.feature}
			children += 2
			if nd.feature&categoricalBit != 0 {
				bins := &m.sets[from.cut]
				nd.threshold = float64(len(t.sets))
				set := newSet(len(schema.Levels[nd.feature&featureMask]))
				for level := range int(set[0]) {
					if bins.has(uint8(level)) {
						include(set, level)
					}
				}
				t.sets = append(t.sets, set...)
			}
		}
		t.nodes = append(t.nodes, nd)
		t.values = append(t.values, value[0])
	}
	leaf := func(i int) string { return fmt.Sprintf("%.6g", t.values[i]) }
	return &BoostedTree{printer{grown: t, schema: schema, leaf: leaf, leavesOnly: true}}, nil
}
