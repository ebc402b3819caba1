package tree

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// A split by a categorical feature sends a set of levels to the left. A set is the
// number of levels, followed by words with a bit for each of them; the sets of a
// tree lie one after the other. Where a node splits so, its feature has the bit
// categoricalBit and its threshold is the place of its set.

// levelCounts returns the number of levels per feature, 0 for a numeric one, or nil
// if all are numeric. A value that is none of the levels is an error, and so is a
// monotonic constraint.
func levelCounts(x *mat.Dense, schema dataset.Schema, monotone []int) ([]int, error) {
	n, p := x.Dims()
	var counts []int
	for f, names := range schema.Levels {
		if names == nil {
			continue
		}
		if counts == nil {
			counts = make([]int, p)
		}
		counts[f] = len(names)
		if monotone != nil && monotone[f] != 0 {
			return nil, &model.ParamError{Field: "Monotone", Value: monotone, Want: "0 for feature " + itoa(f) + ", which is categorical"}
		}
		for i := range n {
			if v := x.At(i, f); v == v && !(v >= 0 && v < float64(len(names)) && v == math.Trunc(v)) {
				return nil, fmt.Errorf("%w: row %d, column %d is %v, which is none of its %d levels", dataset.ErrLevel, i, f, v, len(names))
			}
		}
	}
	return counts, nil
}

// newSet returns an empty set of so many levels.
func newSet(levels int) []uint32 {
	set := make([]uint32, setWords(levels))
	set[0] = uint32(levels)
	return set
}

func setWords(levels int) int { return 1 + (levels+31)/32 }

func include(set []uint32, level int) { set[1+level>>5] |= 1 << (level & 31) }

// inSet tells whether v is a level of the set; ok is false if it is no level at all.
func inSet(set []uint32, v float64) (member, ok bool) {
	if !(v >= 0 && v < float64(set[0])) || v != math.Trunc(v) {
		return false, false
	}
	level := int(v)
	return set[1+level>>5]>>(level&31)&1 != 0, true
}

// levelsOf returns the levels of the set that starts at place, and all others.
func levelsOf(sets []uint32, place int) (in, others []int) {
	set := sets[place:]
	for level := range int(set[0]) {
		if member, _ := inSet(set, float64(level)); member {
			in = append(in, level)
		} else {
			others = append(others, level)
		}
	}
	return in, others
}

// goesLeft tells the way of v at a node that splits by a category, whose set comes
// first in sets. What is no level, and what is missing, goes the way of the missing
// values.
func goesLeft(sets []uint32, missingLeft bool, v float64) bool {
	member, ok := inSet(sets, v)
	return member || !ok && missingLeft
}

// arrange returns the present words of a node, which are in the order of their
// levels, with the levels in the order of the keys that the criterion gives them,
// equal ones as they are: the best of all ways to divide the levels in two is then
// a cut, for two classes (Breiman et al. 1984, section 4.2.2, for any concave
// impurity) and for squared error and Poisson deviance (Fisher 1958); for more
// classes and for absolute error a good one is.
func (w *growWorker) arrange(words, rank []uint32, shift uint) []uint32 {
	w.ends = w.ends[:0]
	for i := 1; i <= len(words); i++ {
		if i == len(words) || rank[words[i]>>shift] != rank[words[i-1]>>shift] {
			w.ends = append(w.ends, i)
		}
	}
	w.keys = slices.Grow(w.keys[:0], len(w.ends))[:len(w.ends)]
	w.crit.groupKeys(words, w.ends, w.keys)
	w.groups = w.groups[:0]
	for i := range w.ends {
		w.groups = append(w.groups, i)
	}
	slices.SortStableFunc(w.groups, func(a, b int) int {
		switch {
		case w.keys[a] < w.keys[b]:
			return -1
		case w.keys[a] > w.keys[b]:
			return 1
		}
		return 0
	})
	w.arranged = w.arranged[:0]
	for _, i := range w.groups {
		w.arranged = append(w.arranged, group(words, w.ends, i)...)
	}
	return w.arranged
}

// group returns the words of group i.
func group(words []uint32, ends []int, i int) []uint32 {
	if i == 0 {
		return words[:ends[0]]
	}
	return words[ends[i-1]:ends[i]]
}

// chooseLevels makes a set of the levels of the words that go left.
func (g *grower) chooseLevels(f int, left []uint32) []uint32 {
	set := newSet(g.tab.levels[f])
	for _, e := range left {
		include(set, int(g.tab.rank[f][e>>g.shift]))
	}
	return set
}

// addSet appends to the arena the set of a node that is split, together with the
// levels that no row of the node has if those are to go left, and returns its place.
func (g *grower) addSet(a *arena, nd open, cut chosen, missingLeft bool) float64 {
	place := len(a.sets)
	a.sets = append(a.sets, cut.set...)
	if missingLeft {
		seen := newSet(int(cut.set[0]))
		list := g.lists[nd.via][nd.lo:nd.hi]
		for _, e := range list {
			if v := g.tab.x.At(int(e>>g.shift), cut.feature); v == v {
				include(seen, int(v))
			}
		}
		for level := range int(cut.set[0]) {
			if member, _ := inSet(seen, float64(level)); !member {
				include(a.sets[place:], level)
			}
		}
	}
	return float64(place)
}

// randomLevels draws which of the levels that a node has go left, not all and not
// none; every such set is as likely.
func randomLevels(words []uint32, column []float64, shift uint, levels int, rng *rand.PCG) []uint32 {
	seen := newSet(levels)
	for _, e := range words {
		if v := column[e>>shift]; v == v {
			include(seen, int(v))
		}
	}
	for {
		set := newSet(levels)
		all, none := true, true
		for k, present := range seen[1:] {
			set[1+k] = present & uint32(rng.Uint64()>>32)
			all = all && set[1+k] == present
			none = none && set[1+k] == 0
		}
		if !all && !none {
			return set
		}
	}
}

// principal fills in the keys of groups of rows by the shares of three or more
// classes in them, table being the weight of class k in group g at g·K + k: their
// place along the first principal component of the shares, weighted by the
// groups (Coppersmith, Hong and Hosking, Data Mining and Knowledge Discovery 3,
// 1999). For two classes that is the order of the shares of class 1.
func principal(table []float64, classes int, keys []float64) {
	groups := len(keys)
	weights, mean, total := make([]float64, groups), make([]float64, classes), 0.0
	for g := range groups {
		row := table[g*classes : (g+1)*classes]
		for _, v := range row {
			weights[g] += v
		}
		total += weights[g]
		for k, v := range row {
			mean[k] += v
			row[k] = v / weights[g]
		}
	}
	if classes == 2 {
		for g := range keys {
			keys[g] = table[2*g+1]
		}
		return
	}
	for k := range mean {
		mean[k] /= total
	}
	cov := make([]float64, classes*classes)
	for g, w := range weights {
		row := table[g*classes : (g+1)*classes]
		for i := range row {
			di := w * (row[i] - mean[i])
			for j := range row {
				cov[i*classes+j] += float64(di * (row[j] - mean[j]))
			}
		}
	}
	// Power iteration from the axis of the largest variance.
	axis := 0
	for k := range classes {
		if cov[k*classes+k] > cov[axis*classes+axis] {
			axis = k
		}
	}
	const iterations = 50
	direction, next := make([]float64, classes), make([]float64, classes)
	direction[axis] = 1
	for range iterations {
		largest := 0.0
		for i := range next {
			next[i] = 0
			for j, v := range direction {
				next[i] += float64(cov[i*classes+j] * v)
			}
			largest = max(largest, math.Abs(next[i]))
		}
		if largest == 0 { // all groups are alike
			break
		}
		for i := range next {
			direction[i] = next[i] / largest
		}
	}
	for g := range keys {
		keys[g] = 0
		for k, v := range direction {
			keys[g] += float64(v * (table[g*classes+k] - mean[k]))
		}
	}
}

func (c *classCounts) groupKeys(words []uint32, ends []int, keys []float64) {
	classes := len(c.total)
	table := make([]float64, len(keys)*classes)
	for g := range keys {
		for _, e := range group(words, ends, g) {
			table[g*classes+int(e&c.classMask)] += float64(e>>c.classBits&c.weightMask) + 1
		}
	}
	principal(table, classes, keys)
}

func (c *classWeights) groupKeys(words []uint32, ends []int, keys []float64) {
	classes := len(c.total)
	table := make([]float64, len(keys)*classes)
	for g := range keys {
		for _, row := range group(words, ends, g) {
			table[g*classes+c.class[row]] += float64(c.weights[row])
		}
	}
	principal(table, classes, keys)
}

// groupKeys are the means of the groups.
func (n *targetNode) groupKeys(words []uint32, ends []int, keys []float64) {
	for g := range keys {
		s, l := int64(0), int64(0)
		for _, row := range group(words, ends, g) {
			s += n.q[row]
			l += n.weightOf(row)
		}
		keys[g] = float64(s) / float64(l)
	}
}

// groupKeys are the medians of the groups, the lower of two.
func (c *absoluteError) groupKeys(words []uint32, ends []int, keys []float64) {
	var sorted []uint32
	for g := range keys {
		sorted = append(sorted[:0], group(words, ends, g)...)
		slices.SortFunc(sorted, func(a, b uint32) int { return int(c.rank[a]) - int(c.rank[b]) })
		total, below := int64(0), int64(0)
		for _, row := range sorted {
			total += c.weightOf(row)
		}
		for _, row := range sorted {
			below += c.weightOf(row)
			if 2*below >= total {
				keys[g] = c.y[row]
				break
			}
		}
	}
}
