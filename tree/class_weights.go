package tree

import "math"

// classWeights is the criterion of classification for weights that are not whole
// numbers, or too large for [classCounts]: they are kept in fixed point, and each
// cut costs a pass over the classes. A word is a row. The gain is
// Σl_k²/l + Σr_k²/r for Gini, Σ l_k log₂(l_k/l) + Σ r_k log₂(r_k/r) for entropy.
type classWeights struct {
	impurity Impurity
	class    []int
	weights  []int64 // per row, in units
	unit     float64

	total, left []int64
	sum         int64
}

func (c *classWeights) clone() criterion {
	f := *c
	f.total = make([]int64, len(c.total))
	f.left = make([]int64, len(c.left))
	return &f
}

func (c *classWeights) enter(words []uint32) {
	clear(c.total)
	c.sum = 0
	for _, row := range words {
		c.total[c.class[row]] += c.weights[row]
		c.sum += c.weights[row]
	}
}

func (c *classWeights) weight() float64 { return float64(c.sum) * c.unit }

func (c *classWeights) pure() bool {
	for _, t := range c.total {
		if t != 0 {
			return t == c.sum
		}
	}
	return true
}

func (c *classWeights) describe(value []float64) float64 {
	for k, t := range c.total {
		value[k] = float64(t) / float64(c.sum)
	}
	if c.impurity == Entropy {
		return entropyOf(value)
	}
	return giniOf(value)
}

// side is the part of the gain that one side contributes.
func (c *classWeights) side(weight int64, less []int64, minuend []int64) float64 {
	w := float64(weight)
	sum := 0.0
	for k, t := range less {
		if minuend != nil {
			t = minuend[k] - t
		}
		v := float64(t)
		if c.impurity == Gini {
			sum += float64(v * (v / w))
		} else if t > 0 {
			sum += float64(v * math.Log2(v/w))
		}
	}
	return sum
}

func (c *classWeights) limit() float64 { return math.Inf(1) }

func (c *classWeights) decrease(gain float64) float64 {
	return (gain - c.side(c.sum, c.total, nil)) * c.unit
}

func (c *classWeights) scan(in *cuts, floor float64) (gain float64, left int, found bool) {
	clear(c.left)
	l := int64(0)
	add := func(rows []uint32) {
		for _, row := range rows {
			c.left[c.class[row]] += c.weights[row]
			l += c.weights[row]
		}
	}
	if in.missingLeft {
		add(in.missing)
	}
	first, last := in.first(), in.last()
	if first > last {
		return 0, 0, false
	}
	add(in.present[:first-1])
	for i := first; i <= last; i++ {
		row := in.present[i-1]
		c.left[c.class[row]] += c.weights[row]
		l += c.weights[row]
		if in.ties(i) || float64(l)*c.unit < in.minWeight || float64(c.sum-l)*c.unit < in.minWeight ||
			in.bound != nil && !in.admits(float64(c.left[1])/float64(l), float64(c.total[1]-c.left[1])/float64(c.sum-l)) {
			continue
		}
		if g := c.side(l, c.left, nil) + c.side(c.sum-l, c.left, c.total); g > floor {
			floor = g
			gain, left, found = g, i, true
		}
	}
	return gain, left, found
}
