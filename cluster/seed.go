package cluster

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// FirstCenters returns the K × p centres from which the first run of Fit starts:
// with k-means++, K rows of the data that lie far from each other. The errors are
// those of Fit.
func (p KMeans) FirstCenters(ctx context.Context, ds *dataset.Unlabeled) (*mat.Dense, error) {
	p = p.withDefaults()
	if err := p.check(ds); err != nil {
		return nil, err
	}
	d, err := newData(ctx, ds)
	if err != nil {
		return nil, err
	}
	return p.firstCenters(ctx, d, 0)
}

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
	if err := s.add(ctx, s.draw(rng), -1); err != nil {
		return nil, err
	}
	candidates := make([]int, 2+int(math.Log(float64(k))))
	for len(s.chosen) < k {
		for t := range candidates {
			candidates[t] = s.draw(rng)
		}
		best, err := s.best(ctx, candidates)
		if err != nil {
			return nil, err
		}
		if err := s.add(ctx, candidates[best], best); err != nil {
			return nil, err
		}
	}
	return s.chosen, nil
}

// A seeding is the state of k-means++.
type seeding struct {
	*data
	chosen   []int     // rows that are centres
	square   []float64 // of each sample, the squared distance to the nearest of them, D²
	owner    []int32   // which of them that is
	improves []uint8   // bit t mod 8: whether candidate t may be nearer
	chunk    int       // rows per task
	until    []float64 // Σ wD² of the samples up to the end of each chunk; Σ w where all D are zero, or infinite as at the start
	even     bool      // rows are drawn by w alone
	blocks   []*block  // per worker
}

func newSeeding(d *data) *seeding {
	n, p := d.Dims()
	s := &seeding{data: d, square: make([]float64, n), owner: make([]int32, n), improves: make([]uint8, n), chunk: rowsPerTask(2, p), even: true}
	for i := range s.square {
		s.square[i] = math.Inf(1)
	}
	s.until = make([]float64, (n+s.chunk-1)/s.chunk)
	s.blocks = newBlocks(parallel.Workers(n, s.chunk), p)
	s.sumMass()
	return s
}

// mass is what the probability of drawing sample i is proportional to.
func (s *seeding) mass(i int) float64 {
	if s.even {
		return s.Weight(i)
	}
	return s.Weight(i) * s.square[i]
}

func (s *seeding) sumMass() {
	parallel.For(s.Len(), s.chunk, func(lo, hi int) {
		sum := 0.0
		for i := lo; i < hi; i++ {
			sum += s.mass(i)
		}
		s.until[lo/s.chunk] = sum
	})
	for c := 1; c < len(s.until); c++ {
		s.until[c] += s.until[c-1]
	}
}

// draw returns a row, drawn in proportion to its mass.
func (s *seeding) draw(rng *rand.Rand) int {
	chunks := len(s.until)
	target := rng.Float64() * s.until[chunks-1]
	c := min(sort.Search(chunks, func(c int) bool { return s.until[c] > target }), chunks-1)
	at := 0.0
	if c > 0 {
		at = s.until[c-1]
	}
	last := -1
	for i := c * s.chunk; i < min((c+1)*s.chunk, s.Len()); i++ {
		if m := s.mass(i); m > 0 {
			last = i
			if at += m; at > target {
				break
			}
		}
	}
	if last < 0 { // rounding took the target into a chunk without mass
		for last = s.Len() - 1; !(s.mass(last) > 0); last-- {
		}
	}
	return last
}

// best returns the number of the candidate that lowers the potential ΣwD² most,
// the first of them on equality.
func (s *seeding) best(ctx context.Context, candidates []int) (int, error) {
	c := newContest(s, candidates)
	parts := make([][]float64, len(s.until))
	err := parallel.ForWorker(ctx, s.Len(), s.chunk, func(worker, lo, hi int) {
		b, part := s.blocks[worker], make([]float64, len(candidates))
		far := 0.0 // potential of the samples that no candidate can be nearer to
		for i := lo; i < hi; i++ {
			s.improves[i] = 0
			if c.nearest[s.owner[i]] >= s.square[i] {
				far += s.Weight(i) * s.square[i]
				continue
			}
			b.rows = append(b.rows, int32(i))
			if b.full() {
				c.settle(b, part)
			}
		}
		c.settle(b, part)
		for t := range part {
			part[t] += far * s.scale * s.scale
		}
		parts[lo/s.chunk] = part
	})
	if err != nil {
		return 0, err
	}
	potentials := make([]float64, len(candidates))
	for _, part := range parts {
		simd.Add(potentials, potentials, part)
	}
	return slices.Index(potentials, slices.Min(potentials)), nil
}

// A contest compares candidates for the next centre.
type contest struct {
	*seeding
	search  *search
	rows    []int
	nearest []float64 // of each centre, a quarter of the squared distance to the nearest candidate
}

func newContest(s *seeding, candidates []int) *contest {
	c := &contest{seeding: s, rows: candidates, search: newSearch(s.data, s.data.rows(candidates)), nearest: make([]float64, len(s.chosen))}
	for o, center := range s.chosen {
		c.nearest[o] = math.Inf(1)
		for _, row := range candidates {
			c.nearest[o] = min(c.nearest[o], simd.SqDist(s.X.RawRowView(row), s.X.RawRowView(center))/4)
		}
	}
	return c
}

// settle adds to part what the samples of b contribute to the potential of each
// candidate, and empties b.
//
// Squared distances from scores are good enough to compare candidates by wherever
// their error is below one part in a thousand; elsewhere they are computed anew.
func (c *contest) settle(b *block, part []float64) {
	if len(b.rows) == 0 {
		return
	}
	t, p := c.search, len(c.mean)
	t.pack(b)
	rescale := t.scale * t.scale
	var scores [simd.NearestGroup * simd.NearestTile]float32
	for g := 0; g < len(c.rows); g += simd.NearestGroup {
		simd.TileScores(p, b.tile, t.packed[g*p:], t.minusHalf[g:], &scores)
		for s, row := range b.rows {
			i := int(row)
			w, square := c.Weight(i), c.square[i]*rescale
			norm := float64(b.norms[s])
			slack := 2*t.scoreError(norm) + t.normError()*norm
			improves := uint8(0)
			for k := range min(simd.NearestGroup, len(c.rows)-g) {
				d := norm - 2*float64(scores[k*simd.NearestTile+s])
				if d-slack >= square {
					part[g+k] += w * square
					continue
				}
				improves |= 1 << k
				if !(d > 1000*slack) { // also where something is not finite
					d = simd.SqDist(c.X.RawRowView(i), c.X.RawRowView(c.rows[g+k])) * rescale
				}
				part[g+k] += w * min(d, square)
			}
			c.improves[i] |= improves
		}
	}
	b.rows = b.rows[:0]
}

// add makes a row a centre: a candidate of the contest before, of the given
// number, or, as the first, none (−1).
func (s *seeding) add(ctx context.Context, row, candidate int) error {
	center := s.X.RawRowView(row)
	added := int32(len(s.chosen))
	s.chosen = append(s.chosen, row)
	err := parallel.ForContext(ctx, s.Len(), s.chunk, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			if candidate >= 0 && s.improves[i]&(1<<(candidate%simd.NearestGroup)) == 0 {
				continue
			}
			if d := simd.SqDist(s.X.RawRowView(i), center); d < s.square[i] {
				s.square[i], s.owner[i] = d, added
			}
		}
	})
	s.even = false
	s.sumMass()
	if !(s.until[len(s.until)-1] > 0) { // all samples lie on centres
		s.even = true
		s.sumMass()
	}
	return err
}
