package cluster

import (
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// sums are the weighted sums of the samples of each cluster. They are kept in
// pairs of numbers, high + low, so that adding a sample and taking it away again
// leaves no trace: centres do not depend on the order in which samples came and
// went.
type sums struct {
	high, low *mat.Dense // K × (p+1), the weight in the last column
	samples   []int      // of positive weight
	next      []float64  // scratch of means
}

func newSums(k, p int) *sums {
	return &sums{high: mat.NewDense(k, p+1, nil), low: mat.NewDense(k, p+1, nil), samples: make([]int, k), next: make([]float64, p)}
}

// move takes a sample from one cluster (none if −1) to another.
func (s *sums) move(x []float64, w float64, from, to int) {
	if w == 0 {
		return
	}
	if from >= 0 {
		s.accumulate(from, x, -w)
		s.samples[from]--
	}
	s.accumulate(to, x, w)
	s.samples[to]++
}

func (s *sums) accumulate(cluster int, x []float64, w float64) {
	high, low := s.high.RawRowView(cluster), s.low.RawRowView(cluster)
	for j, v := range x {
		high[j], low[j] = addPair(high[j], low[j], float64(w*v))
	}
	p := len(x)
	high[p], low[p] = addPair(high[p], low[p], w)
}

// addPair returns high + low + v, the rounding error of high + v kept in low
// (Knuth's TwoSum).
func addPair(high, low, v float64) (float64, float64) {
	sum := high + v
	z := sum - high
	return sum, low + ((high - (sum - z)) + (v - z))
}

func (s *sums) add(t *sums) {
	for c := range s.samples {
		high, low, tHigh, tLow := s.high.RawRowView(c), s.low.RawRowView(c), t.high.RawRowView(c), t.low.RawRowView(c)
		for j, v := range tHigh {
			high[j], low[j] = addPair(high[j], low[j], v)
			low[j] += tLow[j]
		}
		s.samples[c] += t.samples[c]
	}
}

// weight returns the weight of a cluster.
func (s *sums) weight(c int) float64 {
	_, q := s.high.Dims()
	return s.high.At(c, q-1) + s.low.At(c, q-1)
}

// mean sets dst to the mean of a cluster that has samples.
func (s *sums) mean(c int, dst []float64) {
	w := s.weight(c)
	for j := range dst {
		dst[j] = (s.high.At(c, j) + s.low.At(c, j)) / w
	}
}

// means sets the centres, and shifts to the squared distances that this moves them.
// The centre of a cluster without samples joins the heaviest cluster's.
func (s *sums) means(centers *mat.Dense, shifts []float64) {
	next := s.next
	move := func(c int) {
		row := centers.RawRowView(c)
		shifts[c] = simd.SqDist(row, next)
		copy(row, next)
	}
	heaviest, most := 0, -1.0
	for c, samples := range s.samples {
		if samples == 0 {
			continue
		}
		if w := s.weight(c); w > most {
			heaviest, most = c, w
		}
		s.mean(c, next)
		move(c)
	}
	copy(next, centers.RawRowView(heaviest))
	for c, samples := range s.samples {
		if samples == 0 {
			move(c)
		}
	}
}
