package tree

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sapwood-ml/sapwood/dataset"
)

func itoa(i int) string { return strconv.Itoa(i) }

// printer writes a tree for people to read.
type printer struct {
	*grown
	schema dataset.Schema
	leaf   func(i int) string // what leaf i predicts, or node i, were it a leaf

	leavesOnly bool // nothing but the leaves predicts something; nothing else is known
}

// lines are the text of node i in a drawing.
func (p printer) lines(i int) (lines []string) {
	inner := p.nodes[i].feature >= 0
	if inner {
		condition, _ := p.conditions(i)
		lines = append(lines, condition)
	}
	if !inner || !p.leavesOnly {
		lines = append(lines, p.leaf(i))
	}
	return lines
}

func (p printer) feature(f int) string {
	if f < len(p.schema.Features) {
		return p.schema.Features[f]
	}
	return fmt.Sprintf("x[%d]", f)
}

// conditions are those under which a sample goes to the left and to the right
// child of node i.
func (p printer) conditions(i int) (left, right string) {
	nd := p.nodes[i]
	f := int(nd.feature & featureMask)
	name := p.feature(f)
	if nd.feature&categoricalBit != 0 {
		in, others := levelsOf(p.sets, int(nd.threshold))
		return name + " is " + p.levels(f, in), name + " is " + p.levels(f, others)
	}
	left = fmt.Sprintf("%s ≤ %.6g", name, nd.threshold)
	right = fmt.Sprintf("%s > %.6g", name, nd.threshold)
	if math.IsInf(nd.threshold, 1) {
		return name + " is known", name + " is missing"
	}
	return left, right
}

// shownLevels is how many levels are named where a set is shown.
const shownLevels = 8

// levels names levels of feature f.
func (p printer) levels(f int, levels []int) string {
	var names []string
	for _, level := range levels {
		if len(names) == shownLevels {
			return strings.Join(names, ", ") + " or " + itoa(len(levels)-shownLevels) + " others"
		}
		name := itoa(level)
		if f < len(p.schema.Levels) && level < len(p.schema.Levels[f]) {
			name = p.schema.Levels[f][level]
		}
		names = append(names, name)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// textDepth is the depth to which String prints.
const textDepth = 10

// text draws the tree with a line per node below the root.
func (p printer) text(maxDepth int) string {
	if p.grown == nil {
		return ""
	}
	var b strings.Builder
	if p.nodes[0].feature < 0 {
		return p.leaf(0) + "\n"
	}
	type line struct {
		node      int
		prefix    string // of the lines of its children
		condition string
		depth     int
		last      bool
	}
	left, right := p.conditions(0)
	stack := []line{{node: 2, condition: right, depth: 1, last: true}, {node: 1, condition: left, depth: 1}}
	for len(stack) > 0 {
		l := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		branch, indent := "├─ ", "│  "
		if l.last {
			branch, indent = "└─ ", "   "
		}
		b.WriteString(l.prefix + branch + l.condition)
		nd := p.nodes[l.node]
		switch {
		case nd.feature < 0:
			b.WriteString(": " + p.leaf(l.node) + "\n")
		case l.depth == maxDepth:
			b.WriteString(": …\n")
		default:
			b.WriteString("\n")
			left, right := p.conditions(l.node)
			child := int(nd.left)
			prefix := l.prefix + indent
			stack = append(stack,
				line{node: child + 1, prefix: prefix, condition: right, depth: l.depth + 1, last: true},
				line{node: child, prefix: prefix, condition: left, depth: l.depth + 1})
		}
	}
	return b.String()
}

// dot writes the tree in the language of Graphviz.
func (p printer) dot() string {
	if p.grown == nil {
		return "digraph tree {\n}\n"
	}
	var b strings.Builder
	b.WriteString("digraph tree {\n\tnode [shape=box, style=rounded, fontname=\"Helvetica\"]\n\tedge [fontname=\"Helvetica\"]\n")
	for i, nd := range p.nodes {
		lines := p.lines(i)
		if !p.leavesOnly {
			lines = append(lines, fmt.Sprintf("impurity %.4g", p.impurity[i]))
		}
		fmt.Fprintf(&b, "\t%d [label=%s]\n", i, dotQuote(strings.Join(lines, "\n")))
		if nd.feature >= 0 {
			fmt.Fprintf(&b, "\t%d -> %d [label=\"yes\"]\n\t%d -> %d [label=\"no\"]\n", i, nd.left, i, nd.left+1)
		}
	}
	b.WriteString("}\n")
	return b.String()
}

func dotQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

func (m *ClassifierModel) printer() printer {
	return printer{grown: m.grown, schema: m.Schema, leaf: func(i int) string {
		k := m.labels[i]
		name := "class " + itoa(k)
		if k < len(m.Classes) {
			name = m.Classes[k]
		}
		share := ""
		if v := m.value(i)[k]; v < 1 {
			share = fmt.Sprintf("%.3g%% of ", 100*v)
		}
		return fmt.Sprintf("%s (%s%d)", name, share, m.samples[i])
	}}
}

// Text draws the tree with a line per node, to the given depth; deeper parts
// appear as "…". A leaf shows its class and, in parentheses, that class's share
// if it is not the only one and the number of training samples.
func (m *ClassifierModel) Text(maxDepth int) string { return m.printer().text(maxDepth) }

// String is Text to a depth of 10.
func (m *ClassifierModel) String() string { return m.Text(textDepth) }

// DOT returns the tree in the language of Graphviz; dot -Tsvg draws it.
func (m *ClassifierModel) DOT() string { return m.printer().dot() }
