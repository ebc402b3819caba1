package preprocess

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// kMeans returns the centres, ascending, of the k clusters of the values that
// k-means finds, or the distinct values where there are no more than k.
//
// It begins with the middles of k ranges of the same width and takes the steps of
// S. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information
// Theory 28 (1982), until none moves a value, or the squares of the centres'
// movements sum to 1e-4 of the variance or less, or there were 300. A cluster
// without values begins anew with the one that is farthest from its centre.
//
// Clusters are ranges of the sorted values, so that a step costs O(k·log n).
func (s sample) kMeans(k int) []float64 {
	values, weights := s.distinct()
	n := len(values)
	if n <= k {
		return values
	}
	centres := make([]float64, k)
	for c := range centres {
		q := (float64(c) + 0.5) / float64(k)
		centres[c] = values[0]*(1-q) + values[n-1]*q
	}
	_, variance := s.moments()
	sums := newPrefixSums(values, weights)
	start := make([]int, k+1) // cluster c holds values[start[c]:start[c+1]]
	start[k] = n
	old := make([]float64, k)
	for step := range 300 {
		changed := step == 0
		for c := 1; c < k; c++ {
			middle := centres[c-1]/2 + centres[c]/2
			end := sort.Search(n, func(i int) bool { return values[i] > middle })
			changed = changed || end != start[c]
			start[c] = end
		}
		copy(old, centres)
		var empty []int
		for c := range centres {
			if start[c] == start[c+1] {
				empty = append(empty, c)
			} else {
				centres[c] = sums.mean(start[c], start[c+1])
			}
		}
		if empty != nil {
			relocate(centres, old, empty, start, values, weights)
		}
		shift := 0.0
		for c, centre := range centres {
			shift += (centre - old[c]) * (centre - old[c])
		}
		slices.Sort(centres)
		if !changed || shift <= 1e-4*variance {
			break
		}
	}
	return centres
}

// relocate moves the centres of empty clusters to the values that are farthest
// from their old centres, one each, and takes these out of their clusters'
// means. No cluster loses its last value.
func relocate(centres, old []float64, empty, start []int, values, weights []float64) {
	var far []int // in descending order of distance
	cluster, distance := make([]int, len(values)), make([]float64, len(values))
	for c := range centres {
		for i := start[c]; i < start[c+1]; i++ {
			cluster[i], distance[i] = c, math.Abs(values[i]-old[c])
			far = append(far, i)
		}
	}
	slices.SortStableFunc(far, func(a, b int) int { return cmp.Compare(distance[b], distance[a]) })
	left := slices.Clone(weights)
	taken := make([]int, len(centres))
	for _, i := range far {
		if len(empty) == 0 {
			break
		}
		if c := cluster[i]; taken[c] < start[c+1]-start[c]-1 {
			taken[c]++
			left[i] = 0
			centres[empty[0]] = values[i]
			empty = empty[1:]
		}
	}
	sums := newPrefixSums(values, left)
	for c, n := range taken {
		if n > 0 {
			centres[c] = sums.mean(start[c], start[c+1])
		}
	}
}

// prefixSums gives the weighted mean of any range of values in constant time. A
// sum is a pair of floats, so that a short range late in a long table loses no
// digits.
type prefixSums struct {
	origin               float64
	weight, moment, rest []float64 // of the values before an index; moment+rest is Σ weight·(value-origin)
}

func newPrefixSums(values, weights []float64) *prefixSums {
	n := len(values)
	s := &prefixSums{values[n/2], make([]float64, n+1), make([]float64, n+1), make([]float64, n+1)}
	for i, v := range values {
		s.weight[i+1] = s.weight[i] + weights[i]
		term := weights[i] * (v - s.origin)
		sum := s.moment[i] + term
		// What rounding took away: D. Knuth, "The Art of Computer Programming", volume 2,
		// section 4.2.2, theorem B.
		part := sum - s.moment[i]
		s.rest[i+1] = s.rest[i] + ((s.moment[i] - (sum - part)) + (term - part))
		s.moment[i+1] = sum
	}
	return s
}

// mean returns the mean of values[from:to].
func (s *prefixSums) mean(from, to int) float64 {
	moment := (s.moment[to] - s.moment[from]) + (s.rest[to] - s.rest[from])
	return s.origin + moment/(s.weight[to]-s.weight[from])
}
