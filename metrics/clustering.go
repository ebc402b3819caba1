package metrics

import (
	"math"
	"math/big"
	"slices"
)

// AdjustedRand is the adjusted Rand index of two clusterings: the share of the pairs of
// samples on which they agree (together in both, or apart in both), scaled so that 1 is
// the same partition and 0 what independent clusterings of the same sizes get on
// average; at least −0.5. Labels are names only, any int will do, and the two may have
// different numbers of clusters. It is symmetric.
//
// It is 1 if both put all samples into one cluster, or both each into its own. It is NaN
// for no samples and lengths that differ. Cost: O(n log n).
//
// Source: Hubert and Arabie (1985), "Comparing partitions".
func AdjustedRand(truth, predicted []int) float64 {
	c, ok := newContingency(truth, predicted)
	if !ok {
		return math.NaN()
	}
	if c.identical() {
		return 1
	}
	together, a, b := pairs(c.cells...), pairs(c.rows...), pairs(c.columns...)
	all := pairs(c.n)
	// (together − ab/all) / ((a+b)/2 − ab/all), times 2·all; whole numbers, because the
	// differences cancel.
	chance := new(big.Int).Mul(a, b)
	chance.Lsh(chance, 1)
	num := new(big.Int).Mul(together, all)
	num.Lsh(num, 1).Sub(num, chance)
	den := new(big.Int).Add(a, b)
	den.Mul(den, all).Sub(den, chance)
	ratio, _ := new(big.Rat).SetFrac(num, den).Float64()
	return ratio
}

// pairs returns Σ k(k−1)/2.
func pairs(counts ...int) *big.Int {
	total := new(big.Int)
	for _, k := range counts {
		k := big.NewInt(int64(k))
		total.Add(total, k.Mul(k, new(big.Int).Sub(k, big.NewInt(1))))
	}
	return total.Rsh(total, 1)
}

// MutualInfo is the mutual information of two clusterings in nats,
//
//	Σᵢⱼ nᵢⱼ/n ln(n nᵢⱼ / (aᵢ bⱼ)),
//
// with nᵢⱼ samples in cluster i of the one and j of the other, aᵢ and bⱼ the sizes of
// the clusters. At least 0, at most the smaller entropy. It grows with the number of
// clusters: to compare clusterings take [AdjustedMutualInfo].
//
// It is NaN for no samples and lengths that differ. Cost: O(n log n).
func MutualInfo(truth, predicted []int) float64 {
	c, ok := newContingency(truth, predicted)
	if !ok {
		return math.NaN()
	}
	return c.mutualInfo()
}

// NormalizedMutualInfo is [MutualInfo] divided by the mean of the entropies of both
// clusterings: from 0 to 1, which is the same partition. It is not adjusted for chance.
// It equals [VMeasure].
//
// It is 1 if both have a single cluster and 0 if only one of them has. It is NaN for no
// samples and lengths that differ. Cost: O(n log n).
//
// Source: Vinh, Epps and Bailey (2010), "Information theoretic measures for clusterings
// comparison", with the arithmetic mean.
func NormalizedMutualInfo(truth, predicted []int) float64 {
	c, ok := newContingency(truth, predicted)
	switch {
	case !ok:
		return math.NaN()
	case c.identical():
		return 1
	}
	return min(1, c.mutualInfo()/c.meanEntropy())
}

// AdjustedMutualInfo is the mutual information of two clusterings adjusted for chance,
//
//	(I − E) / (H − E)
//
// with I the [MutualInfo], E its expectation over random clusterings with the same
// cluster sizes, and H the mean of both entropies: 1 for the same partition, about 0 for
// independent ones, possibly negative.
//
// It is 1 if both have a single cluster and 0 if only one of them has. It is NaN for no
// samples and lengths that differ. Cost: O(n log n + d) with d the sum over all pairs of
// different sizes (a, b) of clusters of √min(a, b), or so; at most O(n^1.25).
//
// Source: Vinh, Epps and Bailey (2010), "Information theoretic measures for clusterings
// comparison", with the arithmetic mean.
func AdjustedMutualInfo(truth, predicted []int) float64 {
	c, ok := newContingency(truth, predicted)
	switch {
	case !ok:
		return math.NaN()
	case c.identical():
		return 1
	case len(c.rows) == 1 || len(c.columns) == 1:
		return 0
	}
	expected := c.expectedMutualInfo()
	num, den := c.mutualInfo()-expected, c.meanEntropy()-expected
	// Where chance alone reaches the mean entropy both differences are rounding errors.
	const epsilon = 0x1p-52
	return num / max(den, epsilon)
}

// Homogeneity is 1 − H(truth|predicted)/H(truth): from 0 to 1, and 1 if each predicted
// cluster has samples of one class only. It is 1 if there is only one class.
//
// It is NaN for no samples and lengths that differ. Cost: O(n log n).
//
// Source: Rosenberg and Hirschberg (2007), "V-measure: a conditional entropy-based
// external cluster evaluation measure".
func Homogeneity(truth, predicted []int) float64 {
	c, ok := newContingency(truth, predicted)
	if !ok {
		return math.NaN()
	}
	return c.homogeneity()
}

// Completeness is [Homogeneity] with the arguments exchanged: 1 if all samples of each
// class are in one predicted cluster.
func Completeness(truth, predicted []int) float64 { return Homogeneity(predicted, truth) }

// VMeasure is the harmonic mean of [Homogeneity] and [Completeness], from 0 to 1. It
// equals [NormalizedMutualInfo].
func VMeasure(truth, predicted []int) float64 {
	h, c := Homogeneity(truth, predicted), Completeness(truth, predicted)
	if h+c == 0 {
		return 0
	}
	return 2 * h * c / (h + c)
}

// contingency counts the samples by their clusters in two clusterings.
type contingency struct {
	n             int
	rows, columns []int // sizes of the clusters of either
	cells         []int // the counts that are not zero
	row, column   []int // of each cell
}

// newContingency fails for no samples and lengths that differ.
func newContingency(a, b []int) (*contingency, bool) {
	if Weights(nil).checkPair(len(a), len(b)) != nil {
		return nil, false
	}
	la, lb := relabel(a, a, nil), relabel(b, b, nil)
	c := &contingency{n: len(a), rows: make([]int, len(la.values)), columns: make([]int, len(lb.values))}
	keys := make([]int, len(a))
	for i := range a {
		c.rows[la.a[i]]++
		c.columns[lb.a[i]]++
		keys[i] = int(la.a[i])*len(lb.values) + int(lb.a[i])
	}
	slices.Sort(keys)
	for i, key := range keys {
		if i == 0 || key != keys[i-1] {
			c.cells = append(c.cells, 0)
			c.row = append(c.row, key/len(lb.values))
			c.column = append(c.column, key%len(lb.values))
		}
		c.cells[len(c.cells)-1]++
	}
	return c, true
}

// identical reports whether both clusterings are the same partition.
func (c *contingency) identical() bool {
	return len(c.cells) == len(c.rows) && len(c.cells) == len(c.columns)
}

func (c *contingency) mutualInfo() float64 {
	var info sum
	for k, count := range c.cells {
		a, b := float64(c.rows[c.row[k]]), float64(c.columns[c.column[k]])
		info.add(float64(count) * math.Log(float64(count)*float64(c.n)/(a*b)))
	}
	return max(0, info.value()/float64(c.n))
}

// entropy returns the entropy in nats of a clustering with the given sizes.
func (c *contingency) entropy(sizes []int) float64 {
	var h sum
	for _, size := range sizes {
		h.add(-float64(size) * math.Log(float64(size)/float64(c.n)))
	}
	return h.value() / float64(c.n)
}

func (c *contingency) meanEntropy() float64 {
	return (c.entropy(c.rows) + c.entropy(c.columns)) / 2
}

func (c *contingency) homogeneity() float64 {
	// As many cells as columns: each has one class. It decides without rounding.
	if len(c.rows) == 1 || len(c.cells) == len(c.columns) {
		return 1
	}
	return min(1, c.mutualInfo()/c.entropy(c.rows))
}

// expectedMutualInfo is the mean of mutualInfo over all permutations of one of the
// clusterings. A cell of clusters of sizes a and b then has a hypergeometric
// distribution, so clusters of the same size need to be looked at once.
func (c *contingency) expectedMutualInfo() float64 {
	rows, columns := multiplicities(c.rows), multiplicities(c.columns)
	var total sum
	for _, a := range rows {
		for _, b := range columns {
			total.add(float64(a.times) * float64(b.times) * expectedCell(a.size, b.size, c.n))
		}
	}
	return total.value()
}

type multiplicity struct{ size, times int }

// multiplicities returns the different sizes, ascending, and how often each occurs.
func multiplicities(sizes []int) []multiplicity {
	sorted := slices.Clone(sizes)
	slices.Sort(sorted)
	var all []multiplicity
	for _, size := range sorted {
		if len(all) == 0 || all[len(all)-1].size != size {
			all = append(all, multiplicity{size: size})
		}
		all[len(all)-1].times++
	}
	return all
}

// expectedCell returns E[k/n ln(n k / (a b))] for k the size of the intersection of
// random sets of sizes a and b out of n.
//
// The probabilities follow from that of the most likely k by their ratios, and are
// divided by their sum: unlike with factorials by lgamma, no digits are lost for large
// n. The walk ends where what is left is below the rounding of the sum.
func expectedCell(a, b, n int) float64 {
	low, high := max(0, a+b-n), min(a, b)
	mode := int((float64(a) + 1) * (float64(b) + 1) / (float64(n) + 2))
	mode = max(low, min(high, mode))
	fa, fb, fn := float64(a), float64(b), float64(n)
	var weight, total sum
	visit := func(k int, p float64) {
		weight.add(p)
		if k > 0 {
			total.add(p * float64(k) / fn * math.Log(fn*float64(k)/(fa*fb)))
		}
	}
	const negligible = 1e-22
	p := 1.0
	for k := mode; k <= high && p > negligible; k++ {
		visit(k, p)
		f := float64(k)
		p *= (fa - f) / (f + 1) * (fb - f) / (fn - fa - fb + f + 1)
	}
	p = 1.0
	for k := mode; k > low && p > negligible; k-- {
		f := float64(k)
		p *= f / (fa - f + 1) * (fn - fa - fb + f) / (fb - f + 1)
		visit(k-1, p)
	}
	return total.value() / weight.value()
}
