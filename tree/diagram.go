package tree

// DiagramNode describes node i of [ClassifierModel.Nodes] for a drawing: the lines
// of text in its box, its class, how sure that class is, from 0 where all classes
// are equally frequent to 1 where it is the only one, and the children, both −1 for
// a leaf and where there is no such node. It makes the model a diagram that
// metrics/plots can draw.
func (m *ClassifierModel) DiagramNode(i int) (lines []string, class int, strength float64, left, right int) {
	if !m.has(i) {
		return nil, 0, 0, -1, -1
	}
	class = m.labels[i]
	if k := float64(m.outputs); k > 1 {
		strength = max(0, (k*m.value(i)[class]-1)/(k-1))
	}
	lines, left, right = m.printer().box(i)
	return lines, class, strength, left, right
}

// DiagramNode describes node i of [RegressorModel.Nodes] as that of [ClassifierModel]
// does. All nodes are of class 0, and what is shown by strength is the part of the
// root's impurity that is gone.
func (m *RegressorModel) DiagramNode(i int) (lines []string, class int, strength float64, left, right int) {
	if !m.has(i) {
		return nil, 0, 0, -1, -1
	}
	if root := m.impurity[0]; root > 0 {
		strength = min(max(1-m.impurity[i]/root, 0), 1)
	}
	lines, left, right = m.printer().box(i)
	return lines, 0, strength, left, right
}

// box returns the text of node i in a drawing, and its children, both −1 for a leaf.
func (p printer) box(i int) (lines []string, left, right int) {
	left, right = -1, -1
	if !p.has(i) {
		return nil, left, right
	}
	if nd := p.nodes[i]; nd.feature >= 0 {
		left, right = int(nd.left), int(nd.left)+1
	}
	return p.lines(i), left, right
}

// has tells whether there is a node i.
func (t *grown) has(i int) bool { return t != nil && i >= 0 && i < len(t.nodes) }
