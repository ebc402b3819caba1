package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// RepeatedKFold is a [KFold] that is repeated with other shuffles.
type RepeatedKFold struct {
	KFold
	Repeats int // 0 means 10
}

// GroupKFold divides the samples into N parts, as [KFold] does, so that samples
// of a group are in the same part: no group that trains is tested. The largest
// groups are dealt first, each to the part that has the fewest samples.
type GroupKFold struct {
	N      int   // number of folds; 0 means 5
	Groups []int // group of each sample, any numbers
}

// TimeSeriesSplit tests on parts of samples in order of time by training on
// those before: fold i of N tests on the part that ends N−1−i parts before the
// end of the data.
type TimeSeriesSplit struct {
	N        int // number of folds; 0 means 5
	Test     int // samples in a test part; 0 means n/(N+1)
	Gap      int // samples left out between training and test part
	MaxTrain int // the most samples to train on, the latest ones; 0 means all
}

// LeaveOneOut tests on each sample by training on all others: n fits, and row
// numbers in O(n²) memory.
type LeaveOneOut struct{}

// ShuffleSplit makes N independent random divisions, stratified for
// classification.
type ShuffleSplit struct {
	N            int     // 0 means 10
	TestFraction float64 // fraction of the samples to test on; 0 means 0.1
	Seed         uint64
	NoStratify   bool
}

var (
	_ Splitter = RepeatedKFold{}
	_ Splitter = GroupKFold{}
	_ Splitter = TimeSeriesSplit{}
	_ Splitter = LeaveOneOut{}
	_ Splitter = ShuffleSplit{}
)

// Folds implements [Splitter]. The errors are those of [KFold.Folds].
func (r RepeatedKFold) Folds(n int, classes []int) ([]Fold, error) {
	repeats := r.Repeats
	if repeats == 0 {
		repeats = 10
	}
	if repeats < 1 {
		return nil, &ParamError{Field: "Repeats", Value: r.Repeats, Want: "at least 1"}
	}
	var all []Fold
	k := r.KFold
	for i := range repeats {
		k.Seed = rand.NewPCG(r.Seed, uint64(i)).Uint64()
		folds, err := k.Folds(n, classes)
		if err != nil {
			return nil, err
		}
		if err := checkRowNumbers(n*len(folds), "Repeats", r.Repeats, repeats); err != nil {
			return nil, err
		}
		all = append(all, folds...)
	}
	return all, nil
}

// Folds implements [Splitter]. Fewer groups than folds are a [dataset.ErrShape].
func (g GroupKFold) Folds(n int, _ []int) ([]Fold, error) {
	parts := g.N
	if parts == 0 {
		parts = 5
	}
	if parts < 2 {
		return nil, &ParamError{Field: "N", Value: g.N, Want: "at least 2 folds"}
	}
	if len(g.Groups) != n {
		return nil, &ParamError{Field: "Groups", Value: fmt.Sprintf("%d numbers", len(g.Groups)), Want: fmt.Sprintf("one for each of %d samples", n)}
	}
	size := map[int]int{}
	for _, group := range g.Groups {
		size[group]++
	}
	groups := make([]int, 0, len(size))
	for group := range size {
		groups = append(groups, group)
	}
	if len(groups) < parts {
		return nil, fmt.Errorf("%w: %d groups for %d folds", dataset.ErrShape, len(groups), parts)
	}
	slices.SortFunc(groups, func(a, b int) int {
		if size[a] != size[b] {
			return size[b] - size[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
	partOf, load := map[int]int{}, make([]int, parts)
	for _, group := range groups {
		part := slices.Index(load, slices.Min(load))
		partOf[group] = part
		load[part] += size[group]
	}
	part := make([]int, n)
	for i, group := range g.Groups {
		part[i] = partOf[group]
	}
	return foldsOf(part, parts), nil
}

// Folds implements [Splitter]. Too few samples are a [dataset.ErrShape], more folds
// than there may be a [*ParamError].
func (t TimeSeriesSplit) Folds(n int, _ []int) ([]Fold, error) {
	parts := t.N
	if parts == 0 {
		parts = 5
	}
	for _, p := range []struct {
		field     string
		value, at int
	}{{"N", parts, 1}, {"Test", t.Test, 0}, {"Gap", t.Gap, 0}, {"MaxTrain", t.MaxTrain, 0}} {
		if p.value < p.at || p.value > math.MaxInt32 {
			return nil, &ParamError{Field: p.field, Value: p.value, Want: fmt.Sprintf("from %d to %d", p.at, math.MaxInt32)}
		}
	}
	size := t.Test
	if size == 0 {
		size = n / (parts + 1)
	}
	if n < 1 || size == 0 || size > (n-t.Gap-1)/parts {
		return nil, fmt.Errorf("%w: %d samples for %d folds that test on %d after a gap of %d", dataset.ErrShape, n, parts, size, t.Gap)
	}
	each := n
	if t.MaxTrain > 0 && t.MaxTrain < n-size {
		each = t.MaxTrain + size
	}
	if err := checkRowNumbers(each, "N", t.N, parts); err != nil {
		return nil, err
	}
	folds := make([]Fold, parts)
	for f := range folds {
		test := n - (parts-f)*size
		end := test - t.Gap
		start := 0
		if t.MaxTrain > 0 {
			start = max(0, end-t.MaxTrain)
		}
		folds[f] = Fold{Train: sequence(start, end), Test: sequence(test, test+size)}
	}
	return folds, nil
}

// Folds implements [Splitter]. Fewer than two samples are a [dataset.ErrShape], as are
// more than 131,072, whose row numbers would take 128 GB.
func (LeaveOneOut) Folds(n int, _ []int) ([]Fold, error) {
	if n < 2 {
		return nil, fmt.Errorf("%w: %d samples to leave one out of", dataset.ErrShape, n)
	}
	if n > maxRowNumbers/n {
		return nil, fmt.Errorf("%w: %d samples to leave one out of, of which there may be %.0f", dataset.ErrShape, n, math.Sqrt(maxRowNumbers))
	}
	folds := make([]Fold, n)
	for i := range folds {
		folds[i] = Fold{Train: slices.Concat(sequence(0, i), sequence(i+1, n)), Test: []int{i}}
	}
	return folds, nil
}

// Folds implements [Splitter]. Fewer than two samples are a [dataset.ErrShape], no
// or far too many folds and a fraction outside (0, 1) a [*ParamError].
func (s ShuffleSplit) Folds(n int, classes []int) ([]Fold, error) {
	splits, fraction := s.N, s.TestFraction
	if splits == 0 {
		splits = 10
	}
	if fraction == 0 {
		fraction = 0.1
	}
	if splits < 1 {
		return nil, &ParamError{Field: "N", Value: s.N, Want: "at least 1"}
	}
	if !(fraction > 0 && fraction < 1) {
		return nil, &ParamError{Field: "TestFraction", Value: s.TestFraction, Want: "between 0 and 1"}
	}
	if n < 2 {
		return nil, fmt.Errorf("%w: %d samples to split", dataset.ErrShape, n)
	}
	if err := checkRowNumbers(n, "N", s.N, splits); err != nil {
		return nil, err
	}
	if classes == nil || s.NoStratify {
		classes = make([]int, n)
	}
	if len(classes) != n {
		return nil, fmt.Errorf("%w: %d classes for %d samples", dataset.ErrShape, len(classes), n)
	}
	// A data set whose only feature is the row's number.
	numbered := &dataset.Classification{X: mat.NewDense(n, 1, nil), Y: classes}
	for i := range n {
		numbered.X.Set(i, 0, float64(i))
	}
	rows := func(d *dataset.Classification) []int {
		numbers := make([]int, d.Len())
		for i := range numbers {
			numbers[i] = int(d.X.At(i, 0))
		}
		return numbers
	}
	folds := make([]Fold, splits)
	for f := range folds {
		train, test := numbered.Split(1-fraction, rand.NewPCG(s.Seed, uint64(f)).Uint64())
		folds[f] = Fold{Train: rows(train), Test: rows(test)}
	}
	return folds, nil
}

// foldsOf returns the folds of samples that are divided into parts.
func foldsOf(part []int, parts int) []Fold {
	folds := make([]Fold, parts)
	for i, own := range part {
		for f := range folds {
			if f == own {
				folds[f].Test = append(folds[f].Test, i)
			} else {
				folds[f].Train = append(folds[f].Train, i)
			}
		}
	}
	return folds
}

// sequence returns the numbers from start to end, without end.
func sequence(start, end int) []int {
	numbers := make([]int, max(0, end-start))
	for i := range numbers {
		numbers[i] = start + i
	}
	return numbers
}
