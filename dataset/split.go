package dataset

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// Split divides the samples at random into a training part of about
// trainFraction·n samples and a test part of the others, each in the order of
// d. It is stratified for classification: each class is divided in that
// proportion, by largest remainder, so that the sizes of the parts are those of
// the whole to within one sample. The same seed gives the same split.
//
// The fraction is clamped to [0, 1], NaN counting as 0. Where the data set has
// two samples or more and the fraction lies strictly between 0 and 1, neither
// part is empty; otherwise one may be, and fitting on it is [ErrEmpty].
func (d *Dataset[T]) Split(trainFraction float64, seed uint64) (train, test *Dataset[T]) {
	n := d.Len()
	if n == 0 || d.validateLengths() != nil {
		return d.take(nil), d.take(nil)
	}
	if !(trainFraction > 0) {
		trainFraction = 0
	}
	want := int(math.Round(min(trainFraction, 1) * float64(n)))
	if n >= 2 && trainFraction > 0 && trainFraction < 1 {
		want = min(max(want, 1), n-1)
	}

	groups := d.strata()
	sizes := apportion(groups, n, want)
	rng := rand.New(rand.NewPCG(seed, 0))
	inTrain := make([]bool, n)
	for g, rows := range groups {
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for _, i := range rows[:sizes[g]] {
			inTrain[i] = true
		}
	}
	trainRows, testRows := make([]int, 0, want), make([]int, 0, n-want)
	for i, in := range inTrain {
		if in {
			trainRows = append(trainRows, i)
		} else {
			testRows = append(testRows, i)
		}
	}
	return d.take(trainRows), d.take(testRows)
}

// strata returns the rows of each class in ascending order, or all rows as one
// group where there are no classes.
func (d *Dataset[T]) strata() [][]int {
	classes, ok := any(d.Y).([]int)
	if !ok {
		all := make([]int, d.Len())
		for i := range all {
			all[i] = i
		}
		return [][]int{all}
	}
	byClass := map[int][]int{}
	for i, k := range classes {
		byClass[k] = append(byClass[k], i)
	}
	var groups [][]int
	for _, k := range slices.Sorted(maps.Keys(byClass)) {
		groups = append(groups, byClass[k])
	}
	return groups
}

// apportion divides want places among groups in proportion to their sizes,
// which sum to n, by largest remainder, ties to the earlier group.
func apportion(groups [][]int, n, want int) []int {
	sizes := make([]int, len(groups))
	order := make([]int, len(groups))
	remainders := make([]int64, len(groups))
	left := want
	for g, rows := range groups {
		order[g] = g
		share := int64(len(rows)) * int64(want) // which may exceed an int of 32 bits
		sizes[g], remainders[g] = int(share/int64(n)), share%int64(n)
		left -= sizes[g]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainders[b], remainders[a]) })
	for _, g := range order[:left] {
		sizes[g]++
	}
	return sizes
}
