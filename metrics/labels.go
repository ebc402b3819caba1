package metrics

import (
	"slices"
)

// labelling is two sequences of labels over the same samples, with the labels that occur
// in either renumbered 0, 1, … in ascending order. Samples of weight zero are left out
// of the search for labels, and have index -1.
type labelling struct {
	values []int   // the labels that occur, ascending
	a, b   []int32 // indices into values
}

// relabel renumbers two label sequences of equal length. Any int is a label. Cost: O(n)
// if the labels span a range of the order of n, else O(n log n).
func relabel(a, b []int, w Weights) labelling {
	l := labelling{a: make([]int32, len(a)), b: make([]int32, len(b))}
	lo, hi := a[0], a[0]
	for _, s := range [][]int{a, b} {
		lo, hi = min(lo, slices.Min(s)), max(hi, slices.Max(s))
	}
	if span := uint64(hi) - uint64(lo); span < uint64(4*len(a)+256) {
		l.byTable(a, b, w, lo, int(span)+1)
	} else {
		l.byMap(a, b, w)
	}
	return l
}

func (l *labelling) byTable(a, b []int, w Weights, lo, size int) {
	index := make([]int32, size)
	for i := range a {
		if w.at(i) != 0 {
			index[a[i]-lo], index[b[i]-lo] = 1, 1
		}
	}
	for v, present := range index {
		index[v] = -1
		if present == 1 {
			index[v] = int32(len(l.values))
			l.values = append(l.values, lo+v)
		}
	}
	for i := range a {
		l.a[i], l.b[i] = index[a[i]-lo], index[b[i]-lo]
		if w.at(i) == 0 {
			l.a[i], l.b[i] = -1, -1
		}
	}
}

func (l *labelling) byMap(a, b []int, w Weights) {
	index := map[int]int32{}
	for i := range a {
		if w.at(i) != 0 {
			index[a[i]], index[b[i]] = 0, 0
		}
	}
	for v := range index {
		l.values = append(l.values, v)
	}
	slices.Sort(l.values)
	for k, v := range l.values {
		index[v] = int32(k)
	}
	for i := range a {
		l.a[i], l.b[i] = -1, -1
		if w.at(i) != 0 {
			l.a[i], l.b[i] = index[a[i]], index[b[i]]
		}
	}
}
