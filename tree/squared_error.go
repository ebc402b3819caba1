package tree

import (
	"math"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// targets are the numbers that a regression tree learns, in fixed point so that
// their sums are exact.
type targets struct {
	y []float64
	q []int64 // w·(y − centre) in multiples of unit
	w []int64 // weights in multiples of weightUnit; nil if all are one

	centre, unit, weightUnit float64
	whole                    bool // weights are whole numbers
}

// newTargets returns the fixed-point form of y about the mean, or about 0. It does
// not depend on the order of the samples.
func newTargets(y, weights []float64, centred bool) *targets {
	t := &targets{y: y, weightUnit: 1, whole: true}
	if weights != nil {
		total := 0.0
		for _, w := range weights {
			t.whole = t.whole && w == math.Trunc(w)
			total += w
		}
		t.whole = t.whole && total < maxCount
		if t.whole {
			t.w = make([]int64, len(weights))
			for i, w := range weights {
				t.w[i] = int64(w)
			}
		} else {
			t.w, t.weightUnit = fixedWeights(weights)
		}
	}
	if centred {
		// The mean of what is left about the middle is exact enough.
		low, high := math.Inf(1), math.Inf(-1)
		for _, v := range y {
			low, high = min(low, v), max(high, v)
		}
		t.centre = low/2 + high/2
		t.scale(weights)
		sum, weight := int64(0), int64(0)
		for i, q := range t.q {
			sum += q
			weight += t.weightOf(uint32(i))
		}
		t.centre += float64(sum) * t.unit / (float64(weight) * t.weightUnit)
	}
	t.scale(weights)
	return t
}

func (t *targets) scale(weights []float64) {
	terms := make([]float64, len(t.y))
	for i, v := range t.y {
		terms[i] = v - t.centre
		if weights != nil {
			terms[i] *= weights[i]
		}
	}
	// Partial sums about the mean of a node can be twice as large.
	e := fixedPoint(terms, 60)
	scale := math.Ldexp(1, e)
	t.unit = 1 / scale
	t.q = make([]int64, len(terms))
	for i, v := range t.y {
		if t.whole && weights != nil { // as often as the row would be repeated
			t.q[i] = t.w[i] * int64(math.Round((v-t.centre)*scale))
		} else {
			t.q[i] = int64(math.Round(terms[i] * scale))
		}
	}
}

func (t *targets) weightOf(row uint32) int64 {
	if t.w == nil {
		return 1
	}
	return t.w[row]
}

// targetNode are the sums over the node that a criterion of regression has
// entered.
type targetNode struct {
	*targets
	words     []uint32
	sum, size int64 // of q and w
	low, high float64
}

func (n *targetNode) enter(words []uint32) {
	n.words = words
	n.sum, n.size = 0, 0
	n.low, n.high = math.Inf(1), math.Inf(-1)
	for _, row := range words {
		v := n.y[row]
		n.sum += n.q[row]
		n.low, n.high = min(n.low, v), max(n.high, v)
	}
	n.size = int64(len(words))
	if n.w != nil {
		n.size = 0
		for _, row := range words {
			n.size += n.w[row]
		}
	}
}

func (n *targetNode) weight() float64 { return float64(n.size) * n.weightUnit }
func (n *targetNode) pure() bool      { return n.low == n.high }

func (n *targetNode) mean() float64 {
	if n.low == n.high {
		return n.low
	}
	return n.meanOf(n.sum, n.size)
}

// meanOf is the mean of targets that sum to s and weigh l.
func (n *targetNode) meanOf(s, l int64) float64 {
	return n.centre + float64(float64(s)*n.unit/(float64(l)*n.weightUnit))
}

// average is the weighted mean of f over the node, for f ≥ 0 with the given
// maximum; exact sums make it the same for every order of the rows.
func (n *targetNode) average(f func(y float64) float64, largest float64) float64 {
	if largest == 0 {
		return 0
	}
	_, e := math.Frexp(largest * n.weight())
	scale := math.Ldexp(1, min(60-e, 1000))
	sum := int64(0)
	for _, row := range n.words {
		sum += int64(f(n.y[row]) * (float64(n.weightOf(row)) * n.weightUnit) * scale)
	}
	return float64(sum) / scale / n.weight()
}

// variance is the average of (y − mean)². As most of the rows of all nodes together
// go through it, those without weights are spared the calls.
func (n *targetNode) variance(mean float64) float64 {
	if n.w != nil {
		return n.average(func(y float64) float64 { return (y - mean) * (y - mean) },
			max((n.high-mean)*(n.high-mean), (mean-n.low)*(mean-n.low)))
	}
	largest := max(n.high-mean, mean-n.low)
	if largest == 0 {
		return 0
	}
	_, e := math.Frexp(float64(largest*largest) * float64(n.size))
	scale := math.Ldexp(1, min(60-e, 1000))
	sum := int64(0)
	for _, row := range n.words {
		d := n.y[row] - mean
		sum += int64(float64(d*d) * scale)
	}
	return float64(sum) / scale / float64(n.size)
}

// leftSums returns the sums over the rows left of the first cut and how many of
// the present ones these are.
func (n *targetNode) leftSums(in *cuts) (start int, s, l int64) {
	add := func(rows []uint32) {
		for _, row := range rows {
			s += n.q[row]
			l += n.weightOf(row)
		}
	}
	if in.missingLeft {
		add(in.missing)
	}
	start = in.first() - 1
	if start < len(in.present) {
		add(in.present[:start])
	}
	return start, s, l
}

// squaredError is the mean squared error about the mean. With sums s and r of the
// targets on the two sides, measured from a point near the mean of the node, the
// gain is s²/l + r²/(N−l).
type squaredError struct {
	targetNode
	shift int64 // of the targets, per unit of weight, in the units of q
}

func newSquaredError(y, weights []float64) *squaredError {
	return &squaredError{targetNode: targetNode{targets: newTargets(y, weights, true)}}
}

func (c *squaredError) clone() criterion {
	return &squaredError{targetNode: targetNode{targets: c.targets}}
}

func (c *squaredError) enter(words []uint32) {
	c.targetNode.enter(words)
	c.shift = 0
	if c.whole {
		c.shift = c.sum / c.size
	}
}

func (c *squaredError) describe(value []float64) float64 {
	value[0] = c.mean()
	return c.variance(value[0])
}

func (c *squaredError) decrease(gain float64) float64 {
	sum := float64(c.sum - c.shift*c.size)
	return (gain - sum*sum/float64(c.size)) * c.unit * c.unit / c.weightUnit
}

// gainAt is the gain of the cut with the sum s and the weight l on one side.
func (c *squaredError) gainAt(s, l int64) float64 {
	fs, rs := float64(s), float64(c.sum-c.shift*c.size-s)
	return float64(fs*fs)/float64(l) + float64(rs*rs)/float64(c.size-l)
}

// limitRows is the largest node for which limit pays: one whose best partition a
// feature is likely to make.
const limitRows = 8

// limit is the gain of the best partition of all, which is a cut in the order of
// the targets (Fisher, J. American Statistical Association 53, 1958).
func (c *squaredError) limit() float64 {
	if !c.whole || len(c.words) > limitRows {
		return math.Inf(1)
	}
	var rows [limitRows]uint32
	for i, row := range c.words {
		j := i
		for ; j > 0 && c.y[row] < c.y[rows[j-1]]; j-- {
			rows[j] = rows[j-1]
		}
		rows[j] = row
	}
	best := 0.0
	s, l := int64(0), int64(0)
	for _, row := range rows[:len(c.words)-1] {
		w := c.weightOf(row)
		s += c.q[row] - w*c.shift
		l += w
		best = max(best, c.gainAt(s, l))
	}
	return best
}

func (c *squaredError) scan(in *cuts, floor float64) (gain float64, left int, found bool) {
	start, s, l := c.leftSums(in)
	last := in.last()
	if start >= last {
		return 0, 0, false
	}
	floor = max(floor, -1)
	total := c.sum - c.shift*c.size
	s -= c.shift * l
	allowed := func(i int, s, l int64) bool {
		return !in.ties(i) && float64(l)*c.weightUnit >= in.minWeight && float64(c.size-l)*c.weightUnit >= in.minWeight &&
			(in.bound == nil || in.admits(c.meanOf(s+c.shift*l, l), c.meanOf(c.sum-s-c.shift*l, c.size-l)))
	}
	if c.w == nil && in.rank == nil && in.bound == nil && in.minWeight <= float64(in.minLeaf) {
		k := simd.MeanCuts{S: s, L: l, Shift: c.shift, Total: total, Size: c.size, Gain: floor}
		k.Rise = float64(total) * float64(total) / float64(c.size)
		best := simd.BestMeanCut(in.present[start:last], c.q, &k)
		return k.Gain, start + best, best > 0
	}
	if !c.whole {
		for i, row := range in.present[start:last] {
			s += c.q[row]
			l += c.w[row]
			if g := c.gainAt(s, l); g > floor && allowed(start+i+1, s, l) {
				floor = g
				gain, left, found = g, start+i+1, true
			}
		}
		return gain, left, found
	}

	// The gain is sum²/N + (s·N − sum·l)²/(N·l·(N−l)). A cut is looked at more
	// closely where the second part, multiplied out, may be large enough; the
	// first part is next to nothing, as targets are measured from the mean.
	q, weights, shift := c.q, c.w, c.shift
	size, sum := float64(c.size), float64(total)
	test := (above(floor) - sum*sum/size) * size
	for i, row := range in.present[start:last] {
		w := int64(1)
		if weights != nil {
			w = weights[row]
		}
		s += q[row] - w*shift
		l += w
		fl := float64(l)
		if d := float64(s)*size - sum*fl; d*d > test*(fl*(size-fl)) {
			if g := c.gainAt(s, l); g > floor && allowed(start+i+1, s, l) {
				floor, test = g, (above(g)-sum*sum/size)*size
				gain, left, found = g, start+i+1, true
			}
		}
	}
	return gain, left, found
}

func (c *squaredError) scoresRuns() bool { return c.w == nil }

func (c *squaredError) scanRun(lists [][]uint32, lo int, floor, limit float64) (list int, gain float64, left int, found bool) {
	total := c.sum - c.shift*c.size
	k := simd.MeanCuts{Shift: c.shift, Total: total, Size: c.size, Gain: max(floor, -1), Limit: limit}
	k.Rise = float64(total) * float64(total) / float64(c.size)
	list, left = simd.BestMeanCuts(lists, lo, int(c.size), c.q, &k)
	return list, k.Gain, left, left > 0
}

// poisson is half the mean Poisson deviance about the mean, mean(y·log(y/ȳ)), of
// targets ≥ 0. With sums s and r on the two sides the gain is
// s·log(s/l) + r·log(r/(N−l)); both have to be positive.
type poisson struct{ targetNode }

func newPoisson(y, weights []float64) *poisson {
	return &poisson{targetNode{targets: newTargets(y, weights, false)}}
}

func (c *poisson) clone() criterion { return &poisson{targetNode{targets: c.targets}} }

func (c *poisson) describe(value []float64) float64 {
	mean := c.mean()
	value[0] = mean
	if mean <= 0 {
		return 0
	}
	deviance := func(y float64) float64 {
		if y == 0 {
			return mean
		}
		return max(y*math.Log(y/mean)-y+mean, 0)
	}
	return c.average(deviance, max(deviance(c.low), deviance(c.high)))
}

func (c *poisson) limit() float64 { return math.Inf(1) }

func (c *poisson) decrease(gain float64) float64 {
	if c.sum <= 0 {
		return 0
	}
	s := float64(c.sum)
	return (gain - s*math.Log(s/float64(c.size))) * c.unit
}

func (c *poisson) scan(in *cuts, floor float64) (gain float64, left int, found bool) {
	start, s, l := c.leftSums(in)
	last := in.last()
	if start >= last {
		return 0, 0, false
	}
	for i, row := range in.present[start:last] {
		s += c.q[row]
		l += c.weightOf(row)
		if s <= 0 || s >= c.sum || in.ties(start+i+1) {
			continue
		}
		fl, fr := float64(l), float64(c.size-l)
		fs, rs := float64(s), float64(c.sum-s)
		if g := float64(fs*math.Log(fs/fl)) + float64(rs*math.Log(rs/fr)); g > floor {
			if fl*c.weightUnit < in.minWeight || fr*c.weightUnit < in.minWeight ||
				in.bound != nil && !in.admits(c.meanOf(s, l), c.meanOf(c.sum-s, c.size-l)) {
				continue
			}
			floor = g
			gain, left, found = g, start+i+1, true
		}
	}
	return gain, left, found
}
