package plots

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Diagram is a binary tree to be drawn. It names no type of this package, so that a
// model need not import it to be one.
type Diagram interface {
	// DiagramNode describes node i, the root being 0: the lines of text in its box; the
	// class that gives it its colour, or −1 for none; how strong that colour is, from 0
	// to 1, such as the purity of the node; and its children, both −1 for a leaf. The
	// left child is where the condition in the first line holds.
	DiagramNode(i int) (lines []string, class int, strength float64, left, right int)
}

// Tree draws a decision tree: a box per node with its text, tinted by its class, the
// root at the top. Of a tree that is deeper than maxDepth (the root has depth 0) only
// the nodes down to maxDepth are drawn, those cut off below being shown by three dots; 0
// means all.
//
// The text is as large as boxes side by side allow, at most 9 points. Some ten leaves
// are readable at 640 pixels: for more, make the picture wider or cut the depth.
func Tree(d Diagram, maxDepth int) (*plot.Plot, error) {
	if d == nil {
		return nil, fmt.Errorf("plots: no tree: %w", dataset.ErrEmpty)
	}
	t := &treeDiagram{}
	if _, err := t.add(d, 0, 0, maxDepth, map[int]bool{}); err != nil {
		return nil, err
	}
	p := newPlot("", "", "")
	p.HideAxes()
	p.X.Padding, p.Y.Padding = 0, 0
	p.Add(t)
	return p, nil
}

// maxDiagramDepth keeps a tree that is a chain from being drawn to no avail.
const maxDiagramDepth = 1000

// treeDiagram is a laid out tree.
type treeDiagram struct {
	nodes  []treeNode
	leaves int
	depth  int
}

type treeNode struct {
	lines       []string
	class       int
	strength    float64
	depth       int
	x           float64 // in units of leaves
	left, right int     // in nodes; -1: none
}

// add lays out the subtree of node i of d: leaves one beside the other, a parent in the
// middle above its children. It returns the index of the subtree's root in t.nodes.
func (t *treeDiagram) add(d Diagram, i, depth, maxDepth int, seen map[int]bool) (int, error) {
	if seen[i] {
		return 0, fmt.Errorf("plots: node %d of the tree has two parents: %w", i, dataset.ErrShape)
	}
	if depth > maxDiagramDepth {
		return 0, fmt.Errorf("plots: the tree is deeper than %d: %w", maxDiagramDepth, dataset.ErrShape)
	}
	seen[i] = true
	lines, class, strength, left, right := d.DiagramNode(i)
	if (left < 0) != (right < 0) {
		return 0, fmt.Errorf("plots: node %d of the tree has one child: %w", i, dataset.ErrShape)
	}
	node := treeNode{lines: slices.Clone(lines), class: class, strength: strength, depth: depth, left: -1, right: -1}
	at := len(t.nodes)
	t.nodes = append(t.nodes, node)
	t.depth = max(t.depth, depth)
	if left >= 0 && maxDepth > 0 && depth >= maxDepth {
		node.lines = append(node.lines, "…")
		left = -1
	}
	if left < 0 {
		node.x = float64(t.leaves)
		t.leaves++
		t.nodes[at] = node
		return at, nil
	}
	var err error
	if node.left, err = t.add(d, left, depth+1, maxDepth, seen); err != nil {
		return 0, err
	}
	if node.right, err = t.add(d, right, depth+1, maxDepth, seen); err != nil {
		return 0, err
	}
	node.x = (t.nodes[node.left].x + t.nodes[node.right].x) / 2
	t.nodes[at] = node
	return at, nil
}

// DataRange implements plot.DataRanger.
func (t *treeDiagram) DataRange() (xMin, xMax, yMin, yMax float64) {
	return -0.5, float64(t.leaves) - 0.5, -float64(t.depth) - 0.5, 0.5
}

// Plot implements plot.Plotter.
func (t *treeDiagram) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := text.Style{Font: t.fontFor(c, p), XAlign: text.XCenter, YAlign: text.YCenter, Handler: p.TextHandler}
	edge := draw.LineStyle{Color: ink, Width: vg.Points(0.7)}
	for _, n := range t.nodes {
		for _, child := range []int{n.left, n.right} {
			if child >= 0 {
				to := t.nodes[child]
				c.StrokeLine2(edge, x(n.x), y(-float64(n.depth)), x(to.x), y(-float64(to.depth)))
			}
		}
	}
	for _, n := range t.nodes {
		at := vg.Point{X: x(n.x), Y: y(-float64(n.depth))}
		t.drawNode(&c, style, n, at)
	}
	if root := t.nodes[0]; root.left >= 0 {
		t.drawAnswers(&c, style, x, y, root)
	}
}

func (t *treeDiagram) drawNode(c *draw.Canvas, style text.Style, n treeNode, at vg.Point) {
	width, height := nodeSize(style, n)
	fill := mix(color.NRGBA{A: 0xFF}, 0.04)
	if n.class >= 0 {
		fill = mix(colorOf(n.class), 0.1+0.5*max(0, min(1, n.strength)))
	}
	c.FillPolygon(fill, box(at, width, height))
	corners := box(at, width, height)
	c.StrokeLines(draw.LineStyle{Color: ink, Width: vg.Points(0.5)}, append(corners, corners[0]))
	style.Color = readableOn(fill)
	line := lineHeight(style)
	for i, s := range n.lines {
		c.FillText(style, vg.Point{X: at.X, Y: at.Y + line*vg.Length(float64(len(n.lines)-1)/2-float64(i))}, s)
	}
}

// drawAnswers writes yes and no on the edges of the root; it is the same for all nodes.
func (t *treeDiagram) drawAnswers(c *draw.Canvas, style text.Style, x, y func(float64) vg.Length, root treeNode) {
	style.Color = ink
	for _, answer := range []struct {
		child int
		text  string
		align text.XAlignment
	}{{root.left, "yes  ", text.XRight}, {root.right, "  no", text.XLeft}} {
		style.XAlign = answer.align
		child := t.nodes[answer.child]
		middle := vg.Point{X: (x(root.x) + x(child.x)) / 2, Y: (y(0) + y(-1)) / 2}
		middle.Y += 0.6 * style.Font.Size // off the edge
		c.FillText(style, middle, answer.text)
	}
}

func lineHeight(style text.Style) vg.Length { return 1.25 * style.Font.Size }

// nodeSize returns the size of the box of a node.
func nodeSize(style text.Style, n treeNode) (width, height vg.Length) {
	for _, s := range n.lines {
		width = max(width, style.Width(s))
	}
	return width + 0.9*style.Font.Size, lineHeight(style)*vg.Length(len(n.lines)) + 0.5*style.Font.Size
}

// fontFor returns the largest font with which no box leaves the picture or touches its
// neighbour on the same level or the level below.
func (t *treeDiagram) fontFor(c draw.Canvas, p *plot.Plot) font.Font {
	x, y := p.Transforms(&c)
	levels := make([][]treeNode, t.depth+1) // from left to right
	for _, n := range t.nodes {
		levels[n.depth] = append(levels[n.depth], n)
	}
	for _, level := range levels {
		slices.SortFunc(level, func(a, b treeNode) int {
			if a.x < b.x {
				return -1
			}
			return 1
		})
	}
	fits := func(style text.Style) bool {
		for _, level := range levels {
			for i, n := range level {
				width, height := nodeSize(style, n)
				if x(n.x)-width/2 < c.Min.X || x(n.x)+width/2 > c.Max.X || height > 0.8*(y(1)-y(0)) {
					return false
				}
				if i > 0 {
					before, _ := nodeSize(style, level[i-1])
					if x(level[i-1].x)+before/2+0.4*style.Font.Size > x(n.x)-width/2 {
						return false
					}
				}
			}
		}
		return true
	}
	size := 9.0
	for size > 1 && !fits(text.Style{Font: sans(size), Handler: p.TextHandler}) {
		size *= 0.97
	}
	return sans(size)
}
