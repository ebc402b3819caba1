package cluster

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// firstCenters returns the centres from which a run starts.
func (p KMeans) firstCenters(ctx context.Context, d *data, restart uint64) (*mat.Dense, error) {
	if p.Centers != nil {
		return mat.DenseCopyOf(p.Centers), nil
	}
	rng := rand.New(rand.NewPCG(p.Seed, restart))
	if p.Init == Random {
		return d.rows(randomRows(d, p.K, rng)), nil
	}
	rows, err := plusPlus(ctx, d, p.K, rng)
	return d.rows(rows), err
}

func (d *data) rows(rows []int) *mat.Dense {
	_, p := d.Dims()
	m := mat.NewDense(max(len(rows), 1), p, nil)
	for to, from := range rows {
		m.SetRow(to, d.X.RawRowView(from))
	}
	return m
}

// randomRows draws k rows by weight without replacement: those with the least
// Eᵢ/wᵢ, Eᵢ being exponentially distributed (Efraimidis and Spirakis, "Weighted
// random sampling with a reservoir", 2006).
func randomRows(d *data, k int, rng *rand.Rand) []int {
	n := d.Len()
	key, rows := make([]float64, n), make([]int, n)
	for i := range n {
		rows[i] = i
		key[i] = rng.ExpFloat64() / d.Weight(i)
	}
	slices.SortStableFunc(rows, func(a, b int) int {
		switch {
		case key[a] < key[b]:
			return -1
		case key[a] > key[b]:
			return 1
		}
		return 0
	})
	return rows[:k]
}

// plusPlus draws k rows by greedy k-means++: of 2 + ⌊ln k⌋ candidates, each drawn
// in proportion to w·D², the squared distance to the nearest centre so far, the
// one that lowers ΣwD² most becomes the next centre.
//
// A candidate at least twice as far from a sample's centre as the sample is can
// not be nearer to it: its distance is not computed (Raff, "Exact acceleration of
// k-means++ and k-means‖", 2021).
func plusPlus(ctx context.Context, d *data, k int, rng *rand.Rand) ([]int, error) {
	s := newSeeding(d)
	first := s.draw(rng, func(i int) float64 { return d.Weight(i) })
	if err := s.add(ctx, first); err != nil {
		return nil, err
	}
	trials := 2 + int(math.Log(float64(k)))
	candidates := make([]int, trials)
	for len(s.chosen) < k {
		for t := range candidates {
			candidates[t] = s.draw(rng, func(i int) float64 { return d.Weight(i) * s.square[i] })
		}
		best, err := s.best(ctx, candidates)
		if err != nil {
			return nil, err
		}
		if err := s.add(ctx, best); err != nil {
			return nil, err
		}
	}
	return s.chosen, nil
}

// A seeding is the state of k-means++.
type seeding struct {
	*data
	chosen []int     // rows that are centres
	square []float64 // of each sample, the squared distance to the nearest of them
	owner  []int32   // which of them that is
	chunk  int
}

func newSeeding(d *data) *seeding {
	n, p := d.Dims()
	s := &seeding{data: d, square: make([]float64, n), owner: make([]int32, n), chunk: rowsPerTask(2, p)}
	for i := range s.square {
		s.square[i] = math.Inf(1)
	}
	return s
}

// draw returns a row, drawn in proportion to the given mass. Without any mass,
// as when all samples lie on centres, it is drawn by weight.
func (s *seeding) draw(rng *rand.Rand, mass func(i int) float64) int {
	n := s.Len()
	chunks := (n + s.chunk - 1) / s.chunk
	until := make([]float64, chunks)
	parallel.For(n, s.chunk, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			until[lo/s.chunk] += mass(i)
		}
	})
	for c := 1; c < chunks; c++ {
		until[c] += until[c-1]
	}
	total := until[chunks-1]
	if !(total > 0) {
		return s.draw(rng, func(i int) float64 { return s.Weight(i) })
	}
	target := rng.Float64() * total
	c := min(sort.Search(chunks, func(c int) bool { return until[c] > target }), chunks-1)
	at := 0.0
	if c > 0 {
		at = until[c-1]
	}
	last := -1
	for i := c * s.chunk; i < min((c+1)*s.chunk, n); i++ {
		if m := mass(i); m > 0 {
			last = i
			if at += m; at > target {
				break
			}
		}
	}
	if last < 0 { // rounding took the target beyond the chunk's mass
		for last = n - 1; !(mass(last) > 0); last-- {
		}
	}
	return last
}

// best returns the candidate that lowers the potential ΣwD² most, the first of
// them on equality.
func (s *seeding) best(ctx context.Context, candidates []int) (int, error) {
	apart := make([][]float64, len(candidates)) // a quarter of the squared distance to each centre
	for t, row := range candidates {
		apart[t] = s.quarters(row)
	}
	potentials, err := parallel.Reduce(ctx, s.Len(), s.chunk, func(lo, hi int) []float64 {
		part := make([]float64, len(candidates))
		for i := lo; i < hi; i++ {
			w, square, owner, x := s.Weight(i), s.square[i], s.owner[i], s.X.RawRowView(i)
			for t, row := range candidates {
				d := square
				if apart[t][owner] < square {
					d = min(d, simd.SqDist(x, s.X.RawRowView(row)))
				}
				part[t] += w * d
			}
		}
		return part
	}, func(a, b []float64) []float64 {
		simd.Add(a, a, b)
		return a
	})
	if err != nil {
		return 0, err
	}
	return candidates[slices.Index(potentials, slices.Min(potentials))], nil
}

// quarters returns a quarter of the squared distance of a row to each centre.
func (s *seeding) quarters(row int) []float64 {
	q := make([]float64, len(s.chosen))
	for c, center := range s.chosen {
		q[c] = simd.SqDist(s.X.RawRowView(row), s.X.RawRowView(center)) / 4
	}
	return q
}

// add makes a row a centre.
func (s *seeding) add(ctx context.Context, row int) error {
	apart := s.quarters(row)
	center := s.X.RawRowView(row)
	added := int32(len(s.chosen))
	s.chosen = append(s.chosen, row)
	return parallel.ForContext(ctx, s.Len(), s.chunk, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			if added > 0 && apart[s.owner[i]] >= s.square[i] {
				continue
			}
			if d := simd.SqDist(s.X.RawRowView(i), center); d < s.square[i] {
				s.square[i], s.owner[i] = d, added
			}
		}
	})
}
