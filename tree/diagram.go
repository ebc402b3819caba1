package tree

// DiagramNode describes node i of [ClassifierModel.Nodes] for a drawing: the lines
// of text in its box, its class, how sure that class is, from 0 where all classes
// are equally frequent to 1 where it is the only one, and the children, both −1 for
// a leaf. It makes the model a diagram that metrics/plots can draw.
func (m *ClassifierModel) DiagramNode(i int) (lines []string, class int, strength float64, left, right int) {
	p := m.printer()
	class = m.labels[i]
	if k := float64(m.outputs); k > 1 {
		strength = max(0, (k*m.value(i)[class]-1)/(k-1))
	}
	left, right = -1, -1
	if nd := m.nodes[i]; nd.feature >= 0 {
		condition, _ := p.conditions(i)
		lines = append(lines, condition)
		left, right = int(nd.left), int(nd.left)+1
	}
	return append(lines, p.leaf(i)), class, strength, left, right
}
