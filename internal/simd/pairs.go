package simd

import "math"

// The kernels of this file are the inner loop of sequential minimal
// optimisation: the choice of a pair by second-order information (Fan, Chen, Lin
// 2005, "Working Set Selection Using Second Order Information", §2) and the update
// that follows. Slices must have at most 2¹⁵ elements.

// AxpyDifference computes f[i] += d·(x[i] − y[i]), the difference rounded and the
// rest fused, over the length of f; x and y must not be shorter.
func AxpyDifference(d float64, x, y, f []float64) {
	x, y = x[:len(f)], y[:len(f)]
	reads(x)
	reads(y)
	writes(f)
	axpyDifference(d, x, y, f)
}

// LeastBelow returns the smallest of those f[i] for which b[i] < upper[i], and the
// lowest index at which it is; −1 and +Inf if there is none below +Inf. NaN is
// passed over.
func LeastBelow(f, b, upper []float64) (index int, least float64) {
	b, upper = b[:len(f)], upper[:len(f)]
	reads(f)
	reads(b)
	reads(upper)
	s := newSearch(math.Inf(1))
	n := len(f) &^ 7
	leastBelow(f[:n], b, upper, &s)
	for i := n; i < len(f); i++ {
		leastBelow1(f, b, upper, i, &s)
	}
	index, least = s.index(0), s.value[0]
	for l := 1; l < 8; l++ {
		if v := s.value[l]; v < least || v == least && s.index(l) < index {
			index, least = s.index(l), v
		}
	}
	if math.IsInf(least, 1) {
		return -1, least
	}
	return index, least
}

// BestGain searches among those i for which b[i] > lower[i] and f[i] > least. It
// returns the largest f, and where the gain (f[i] − least)²/a[i] is largest, with
// a[i] = own + diagonal[i] − 2·row[i], or tau where that is not positive: the
// lowest such index and the gain. Without a candidate it returns −1 and −Inf. NaN
// is passed over.
func BestGain(f, b, lower, diagonal, row []float64, least, own, tau float64) (index int, gain, most float64) {
	n := len(f)
	b, lower, diagonal, row = b[:n], lower[:n], diagonal[:n], row[:n]
	reads(f)
	reads(b)
	reads(lower)
	reads(diagonal)
	reads(row)
	s := newSearch(math.Inf(-1))
	whole := n &^ 7
	bestGain(f[:whole], b, lower, diagonal, row, least, own, tau, &s)
	for i := whole; i < n; i++ {
		bestGain1(f, b, lower, diagonal, row, least, own, tau, i, &s)
	}
	index, gain, most = s.index(0), s.value[0], s.most[0]
	for l := 1; l < 8; l++ {
		if v := s.value[l]; v > gain || v == gain && s.index(l) < index {
			index, gain = s.index(l), v
		}
		most = max(most, s.most[l])
	}
	if math.IsInf(gain, -1) {
		return -1, gain, most
	}
	return index, gain, most
}

// A search holds the best element so far among those with index ≡ l mod 8.
type search struct {
	value, most [8]float64
	at          [8]int64
}

func newSearch(worst float64) search {
	var s search
	for l := range s.value {
		s.value[l], s.most[l] = worst, worst
	}
	return s
}

func (s *search) index(l int) int { return int(s.at[l]) }

func axpyDifferenceGo(d float64, x, y, f []float64) {
	for i, v := range x {
		f[i] = math.FMA(v-y[i], d, f[i])
	}
}

func leastBelowGo(f, b, upper []float64, s *search) {
	for i := range f {
		leastBelow1(f, b, upper, i, s)
	}
}

func leastBelow1(f, b, upper []float64, i int, s *search) {
	if l := i % 8; b[i] < upper[i] && f[i] < s.value[l] {
		s.value[l], s.at[l] = f[i], int64(i)
	}
}

func bestGainGo(f, b, lower, diagonal, row []float64, least, own, tau float64, s *search) {
	for i := range f {
		bestGain1(f, b, lower, diagonal, row, least, own, tau, i, s)
	}
}

func bestGain1(f, b, lower, diagonal, row []float64, least, own, tau float64, i int, s *search) {
	v, l := f[i], i%8
	if !(b[i] > lower[i] && v > least) {
		return
	}
	if v > s.most[l] {
		s.most[l] = v
	}
	a := math.FMA(row[i], -2, own+diagonal[i])
	if !(a > 0) {
		a = tau
	}
	d := v - least
	if gain := float64(d*d) / a; gain > s.value[l] {
		s.value[l], s.at[l] = gain, int64(i)
	}
}
