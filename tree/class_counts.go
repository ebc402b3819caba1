package tree

import (
	"math"
	"math/bits"

	"github.com/sapwood-ml/sapwood/model"
)

// Impurity is the criterion of a classification tree: what the split of a node
// makes least, as the mean of its two sides weighted by their sizes. p_k is the
// share of class k in the weight of a node.
type Impurity int

const (
	// Gini impurity: 1 − Σ p_k².
	Gini Impurity = iota
	// Entropy: −Σ p_k log₂ p_k. The log loss is this one.
	Entropy
)

func (i Impurity) String() string {
	switch i {
	case Gini:
		return "gini"
	case Entropy:
		return "entropy"
	}
	return "unknown impurity"
}

func (i Impurity) check() error {
	if i != Gini && i != Entropy {
		return &model.ParamError{Field: "Criterion", Value: i, Want: "Gini or Entropy"}
	}
	return nil
}

// classCounts is what the criteria of classification have in common where the
// weights are whole numbers: a word holds, from its lowest bit up, the class,
// the weight less one, and the row.
type classCounts struct {
	classBits, shift      uint
	classMask, weightMask uint32

	total  []int64 // weight per class
	left   []int64 // of the rows left of the cut
	weight int64
}

// maxCount bounds the total weight so that products of two counts fit an int64.
const maxCount = 1 << 31

// newClassCounts returns the layout of the words for n rows, or false if they do
// not fit.
func newClassCounts(n, classes int, heaviest, weight float64) (classCounts, bool) {
	if weight >= maxCount {
		return classCounts{}, false
	}
	c := classCounts{classBits: uint(bits.Len(uint(classes - 1)))}
	weightBits := uint(bits.Len(uint(heaviest) - 1))
	c.shift = c.classBits + weightBits
	if c.shift+uint(bits.Len(uint(n-1))) > 32 {
		return classCounts{}, false
	}
	c.classMask = 1<<c.classBits - 1
	c.weightMask = 1<<weightBits - 1
	c.total = make([]int64, classes)
	c.left = make([]int64, classes)
	return c, true
}

func (c *classCounts) word(row, class, weight int) uint32 {
	return uint32(row)<<c.shift | uint32(weight-1)<<c.classBits | uint32(class)
}

func (c *classCounts) fork() classCounts {
	f := *c
	f.total = make([]int64, len(c.total))
	f.left = make([]int64, len(c.left))
	return f
}

func (c *classCounts) count(words []uint32) {
	clear(c.total)
	c.weight = 0
	for _, e := range words {
		w := int64(e>>c.classBits&c.weightMask) + 1
		c.total[e&c.classMask] += w
		c.weight += w
	}
}

// leftCounts sets left to the counts of the rows that lie left of the first cut,
// and returns how many of the present ones these are.
func (c *classCounts) leftCounts(in *cuts) (start int, weight int64) {
	clear(c.left)
	add := func(words []uint32) {
		for _, e := range words {
			w := int64(e>>c.classBits&c.weightMask) + 1
			c.left[e&c.classMask] += w
			weight += w
		}
	}
	if in.missingLeft {
		add(in.missing)
	}
	start = in.first() - 1
	if start < len(in.present) {
		add(in.present[:start])
	}
	return start, weight
}

func (c *classCounts) pure() bool {
	for _, t := range c.total {
		if t != 0 {
			return t == c.weight
		}
	}
	return true
}

// lastTwo returns the weights of the classes if only two are in the node.
func (c *classCounts) lastTwo() (a, b int64, ok bool) {
	for _, t := range c.total {
		switch {
		case t == 0:
		case a == 0:
			a = t
		case b == 0:
			b = t
		default:
			return 0, 0, false
		}
	}
	return a, b, true
}

func (c *classCounts) shares(value []float64) {
	for k, t := range c.total {
		value[k] = float64(t) / float64(c.weight)
	}
}

func giniOf(shares []float64) float64 {
	sum := 0.0
	for _, p := range shares {
		sum += float64(p * (1 - p))
	}
	return sum
}

func entropyOf(shares []float64) float64 {
	sum := 0.0
	for _, p := range shares {
		if p > 0 {
			sum -= float64(p * math.Log2(p))
		}
	}
	return math.Abs(sum) // not −0
}

// gini2 is the Gini impurity of two classes. With N₁ of N in class 1, of which l₁
// of l go left, the impurity falls by 2/N · (l₁N − N₁l)²/(l(N−l)), the gain being
// what follows the dot.
type gini2 struct{ classCounts }

func (c *gini2) clone() criterion              { return &gini2{c.fork()} }
func (c *gini2) enter(words []uint32)          { c.count(words) }
func (c *gini2) weight() float64               { return float64(c.classCounts.weight) }
func (c *gini2) decrease(gain float64) float64 { return 2 * gain / float64(c.classCounts.weight) }
func (c *gini2) limit() float64 {
	parted := float64(c.total[1] * c.total[0]) // by a cut between the classes
	return parted * parted / parted
}
func (c *gini2) describe(value []float64) float64 { c.shares(value); return giniOf(value) }

func (c *gini2) scan(in *cuts, floor float64) (gain float64, left int, found bool) {
	start, l := c.leftCounts(in)
	last := in.last()
	if start >= last {
		return 0, 0, false
	}
	l1 := c.left[1]
	n1, n := c.total[1], c.classCounts.weight
	classBits, weightMask := c.classBits&31, c.weightMask
	floor = max(floor, -1)
	test := above(floor)
	for i, e := range in.present[start:last] {
		w := int64(e>>classBits&weightMask) + 1
		l += w
		l1 += w & -int64(e&1)
		d := float64(l1*n - n1*l)
		sides := float64(l * (n - l))
		if d*d > test*sides {
			if in.ties(start+i+1) || float64(l) < in.minWeight || float64(n-l) < in.minWeight ||
				in.bound != nil && !in.admits(float64(l1)/float64(l), float64(n1-l1)/float64(n-l)) {
				continue
			}
			if g := d * d / sides; g > floor {
				floor, test = g, above(g)
				gain, left, found = g, start+i+1, true
			}
		}
	}
	return gain, left, found
}

// giniK is the Gini impurity of any number of classes; the gain is
// Σl_k²/l + Σr_k²/r. Moving weight w of class k to the left changes Σl_k² by
// w(2l_k + w).
type giniK struct {
	classCounts
	squares int64 // Σ total²
}

func (c *giniK) clone() criterion                 { return &giniK{classCounts: c.fork()} }
func (c *giniK) weight() float64                  { return float64(c.classCounts.weight) }
func (c *giniK) describe(value []float64) float64 { c.shares(value); return giniOf(value) }

func (c *giniK) enter(words []uint32) {
	c.count(words)
	c.squares = 0
	for _, t := range c.total {
		c.squares += t * t
	}
}

func (c *giniK) decrease(gain float64) float64 {
	return gain - float64(c.squares)/float64(c.classCounts.weight)
}

func (c *giniK) limit() float64 {
	if a, b, ok := c.lastTwo(); ok {
		return float64(a*a)/float64(a) + float64(b*b)/float64(b)
	}
	return math.Inf(1)
}

func (c *giniK) scan(in *cuts, floor float64) (gain float64, left int, found bool) {
	start, l := c.leftCounts(in)
	last := in.last()
	if start >= last {
		return 0, 0, false
	}
	sl, sr := int64(0), int64(0)
	for k, t := range c.left {
		sl += t * t
		sr += (c.total[k] - t) * (c.total[k] - t)
	}
	n := c.classCounts.weight
	classBits, weightMask, classMask := c.classBits&31, c.weightMask, c.classMask
	lefts, totals := c.left, c.total
	floor = max(floor, -1)
	test := above(floor)
	for i, e := range in.present[start:last] {
		w := int64(e>>classBits&weightMask) + 1
		k := e & classMask
		lk := lefts[k]
		lefts[k] = lk + w
		sl += w * (2*lk + w)
		sr -= w * (2*(totals[k]-lk) - w)
		l += w
		fl, fr := float64(l), float64(n-l)
		if float64(float64(sl)*fr)+float64(float64(sr)*fl) > test*float64(fl*fr) {
			if in.ties(start+i+1) || fl < in.minWeight || fr < in.minWeight {
				continue
			}
			if g := float64(sl)/fl + float64(sr)/fr; g > floor {
				floor, test = g, above(g)
				gain, left, found = g, start+i+1, true
			}
		}
	}
	return gain, left, found
}

// entropyK is the entropy of any number of classes; the gain is
// Σ T(l_k) − T(l) + Σ T(r_k) − T(r) with T(c) = c·log₂c from a table in fixed
// point, so that it, too, is exact and updated in constant time.
type entropyK struct {
	classCounts
	table []int64
	unit  float64 // what 1 in the table stands for
	node  int64   // Σ T(total_k) − T(weight)
}

// maxEntropyTable bounds the size of the table of c·log₂c.
const maxEntropyTable = 1 << 24

func newEntropyK(c classCounts, weight int64) *entropyK {
	_, e := math.Frexp(float64(weight) * math.Log2(float64(weight)+1))
	scale := math.Ldexp(1, 51-e) // sums of table entries are exact as floats
	table := make([]int64, weight+1)
	for i := range table[1:] {
		v := float64(i + 1)
		table[i+1] = int64(math.Round(v * math.Log2(v) * scale))
	}
	return &entropyK{classCounts: c, table: table, unit: 1 / scale}
}

func (c *entropyK) clone() criterion {
	return &entropyK{classCounts: c.fork(), table: c.table, unit: c.unit}
}
func (c *entropyK) weight() float64                  { return float64(c.classCounts.weight) }
func (c *entropyK) describe(value []float64) float64 { c.shares(value); return entropyOf(value) }

func (c *entropyK) enter(words []uint32) {
	c.count(words)
	c.node = -c.table[c.classCounts.weight]
	for _, t := range c.total {
		c.node += c.table[t]
	}
}

func (c *entropyK) decrease(gain float64) float64 {
	return (gain - float64(c.node)) * c.unit
}

func (c *entropyK) limit() float64 {
	if _, _, ok := c.lastTwo(); ok {
		return 0
	}
	return math.Inf(1)
}

func (c *entropyK) scan(in *cuts, floor float64) (gain float64, left int, found bool) {
	start, l := c.leftCounts(in)
	last := in.last()
	if start >= last {
		return 0, 0, false
	}
	table := c.table
	sum := int64(0) // Σ T(l_k) + Σ T(r_k)
	for k, t := range c.left {
		sum += table[t] + table[c.total[k]-t]
	}
	n := c.classCounts.weight
	lefts, totals := c.left, c.total
	best := int64(math.MinInt64)
	if floor > -1<<53 {
		best = int64(math.Floor(floor)) // a gain is a whole number
	}
	for i, e := range in.present[start:last] {
		w := int64(e>>c.classBits&c.weightMask) + 1
		k := e & c.classMask
		lk, tk := lefts[k], totals[k]
		lefts[k] = lk + w
		sum += table[lk+w] - table[lk] + table[tk-lk-w] - table[tk-lk]
		l += w
		if g := sum - table[l] - table[n-l]; g > best {
			if in.ties(start+i+1) || float64(l) < in.minWeight || float64(n-l) < in.minWeight ||
				in.bound != nil && !in.admits(float64(lefts[1])/float64(l), float64(totals[1]-lefts[1])/float64(n-l)) {
				continue
			}
			best = g
			gain, left, found = float64(g), start+i+1, true
		}
	}
	return gain, left, found
}
