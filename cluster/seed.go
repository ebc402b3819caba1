package cluster

import (
	"context"
	"math"
	"math/bits"
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
// A round is one pass over the samples, which also brings D² up to date with the
// winner of the round before.
func plusPlus(ctx context.Context, d *data, k int, rng *rand.Rand) ([]int, error) {
	s := newSeeding(d, 2+int(math.Log(float64(k))))
	if err := s.first(ctx, s.draw(rng)); err != nil {
		return nil, err
	}
	for len(s.chosen) < k {
		for t := range s.candidates {
			s.candidates[t] = s.draw(rng)
		}
		if err := s.compete(ctx); err != nil {
			return nil, err
		}
	}
	return s.chosen, nil
}

// A seeding is the state of k-means++. Distances in it are in the units of
// data.scale, and so inaccurate in float32 only that no draw shows it.
type seeding struct {
	*data
	chosen     []int     // rows that are centres
	candidates []int     // rows that may be the next
	winner     int       // which of them is the last chosen
	nearest    []float32 // of each sample, the squared distance to the nearest of the chosen, D²; the last of these may not be heeded yet
	norms      []float32 // ‖x−μ‖²
	weights    []float32 // divided by the largest; 0 after the last sample
	columns    int       // the number of candidates, rounded up to groups
	improves   []uint64  // of each tile and candidate, bit s: the candidate may be nearer to sample s
	chunk      int       // rows per task
	mass       []float64 // of each chunk and candidate, ΣwD² if it is chosen
	until      []float64 // ΣwD² of the samples up to the end of each chunk
	even       bool      // all D are zero: rows are drawn by w alone
	tiles      []float32 // the samples, for simd.Rivals; nil if they take too much memory
	blocks     []*block  // per worker, for a tile of them then
}

// tilesLimit is how many numbers a seeding copies at most.
const tilesLimit = 1 << 23

func newSeeding(d *data, candidates int) *seeding {
	n, p := d.Dims()
	tiles := (n + simd.NearestTile - 1) / simd.NearestTile
	s := &seeding{
		data:       d,
		candidates: make([]int, candidates),
		nearest:    make([]float32, tiles*simd.NearestTile),
		norms:      make([]float32, tiles*simd.NearestTile),
		weights:    make([]float32, tiles*simd.NearestTile),
		columns:    (candidates + simd.NearestGroup - 1) / simd.NearestGroup * simd.NearestGroup,
		chunk:      max(rowsPerTask(1, p)/simd.NearestTile, 1) * simd.NearestTile,
		even:       true,
	}
	s.improves = make([]uint64, tiles*s.columns)
	chunks := (n + s.chunk - 1) / s.chunk
	s.mass = make([]float64, chunks*s.columns)
	s.until = make([]float64, chunks)
	s.blocks = newBlocks(parallel.Workers(n, s.chunk), p)
	if tiles*simd.NearestTile*p <= tilesLimit {
		s.tiles = make([]float32, tiles*simd.NearestTile*p)
	}
	heaviest := 1.0
	if d.Weights != nil {
		heaviest = slices.Max(d.Weights)
	}
	for i := range n {
		s.weights[i] = float32(d.Weight(i) / heaviest)
	}
	s.accumulate()
	return s
}

// accumulate sets until.
func (s *seeding) accumulate() {
	sum := 0.0
	for c := range s.until {
		if !s.even {
			sum += s.mass[c*s.columns+s.winner]
		} else {
			for i := c * s.chunk; i < min((c+1)*s.chunk, s.Len()); i++ {
				sum += float64(s.weights[i])
			}
		}
		s.until[c] = sum
	}
	if !s.even && !(sum > 0) {
		s.even = true // and stays so
		s.accumulate()
	}
}

// draw returns a row, drawn in proportion to wD², or to w.
func (s *seeding) draw(rng *rand.Rand) int {
	chunks := len(s.until)
	target := rng.Float64() * s.until[chunks-1]
	c := min(sort.Search(chunks, func(c int) bool { return s.until[c] > target }), chunks-1)
	at := 0.0
	if c > 0 {
		at = s.until[c-1]
	}
	lo, hi := c*s.chunk, min((c+1)*s.chunk, s.Len())
	s.heed(lo, hi)
	last := -1
	for i := lo; i < hi; i++ {
		if m := s.share(i); m > 0 {
			last = i
			if at += m; at > target {
				break
			}
		}
	}
	if last < 0 { // rounding took the target into a chunk without mass
		s.heed(0, s.Len())
		for last = s.Len() - 1; last > 0 && !(s.share(last) > 0); last-- {
		}
	}
	return last
}

// share is what the probability of drawing sample i is proportional to.
func (s *seeding) share(i int) float64 {
	if s.even {
		return float64(s.weights[i])
	}
	return float64(s.weights[i]) * float64(s.nearest[i])
}

// square returns the squared distance of two rows.
func (s *seeding) square(i, j int) float32 {
	d := simd.SqDist(s.X.RawRowView(i), s.X.RawRowView(j)) * s.scale * s.scale
	return float32(min(d, math.MaxFloat32)) // more only where the weight is nothing beside the others'
}

// heed brings D² of the rows [lo, hi), whole tiles, up to date with the last
// centre.
func (s *seeding) heed(lo, hi int) {
	for ; lo < hi && len(s.chosen) > 1; lo += simd.NearestTile {
		improves := s.improves[lo/simd.NearestTile*s.columns+s.winner]
		for ; improves != 0; improves &= improves - 1 {
			i := lo + bits.TrailingZeros64(improves)
			s.nearest[i] = min(s.nearest[i], s.square(i, s.chosen[len(s.chosen)-1]))
		}
	}
}

// first makes a row the first centre.
func (s *seeding) first(ctx context.Context, row int) error {
	s.chosen = append(s.chosen, row)
	s.even = false
	err := parallel.ForWorker(ctx, s.Len(), s.chunk, func(worker, lo, hi int) {
		for i := lo; i < hi; i++ {
			if s.weights[i] > 0 {
				s.nearest[i] = s.square(i, row)
			}
			s.mass[lo/s.chunk*s.columns] += s.share(i)
		}
		for ; lo < hi; lo += simd.NearestTile {
			tile := s.pack(worker, lo)
			simd.TileNorms(len(s.mean), tile, (*[simd.NearestTile]float32)(s.norms[lo:]))
		}
	})
	s.accumulate()
	return err
}

// pack returns the tile of the samples from lo on.
func (s *seeding) pack(worker, lo int) []float32 {
	b, x, p := s.blocks[worker], s.X.RawMatrix(), len(s.mean)
	tile := b.tile
	if s.tiles != nil {
		tile = s.tiles[lo*p:][:simd.NearestTile*p]
	}
	offsets := b.offsets[:min(simd.NearestTile, x.Rows-lo)]
	for i := range offsets {
		offsets[i] = (lo + i) * x.Stride
	}
	simd.PackTile(tile, x.Data, offsets, s.mean, s.scale)
	return tile
}

// compete chooses the candidate that makes ΣwD² least, the first on equality.
func (s *seeding) compete(ctx context.Context) error {
	rivals := s.rivals()
	err := parallel.ForWorker(ctx, s.Len(), s.chunk, func(worker, lo, hi int) {
		s.heed(lo, hi)
		mass := s.mass[lo/s.chunk*s.columns:][:s.columns]
		clear(mass)
		for g := range rivals {
			s.compare(&rivals[g], g*simd.NearestGroup, worker, lo, hi, mass)
		}
	})
	if err != nil {
		return err
	}
	least := math.Inf(1)
	for t := range s.candidates {
		potential := 0.0
		for c := range s.until {
			potential += s.mass[c*s.columns+t]
		}
		if potential < least {
			s.winner, least = t, potential
		}
	}
	s.chosen = append(s.chosen, s.candidates[s.winner])
	s.accumulate()
	return nil
}

// compare finds what a group of candidates, from the given one on, does for the
// rows [lo, hi), and adds their ΣwD² to mass.
func (s *seeding) compare(rivals *simd.Rivals, from, worker, lo, hi int, mass []float64) {
	var found simd.Comparison
	p := len(s.mean)
	for ; lo < hi; lo += simd.NearestTile {
		var tile []float32
		if s.tiles != nil {
			tile = s.tiles[lo*p:]
		} else {
			tile = s.pack(worker, lo)
		}
		rivals.Compare(p, tile, s.norms[lo:], s.nearest[lo:], s.weights[lo:], &found)
		improves := s.improves[lo/simd.NearestTile*s.columns+from:]
		present := uint64(1)<<min(simd.NearestTile, hi-lo) - 1
		for k := range min(simd.NearestGroup, len(s.candidates)-from) {
			improves[k] = found.Improves[k] & present
			for close := found.Close[k] & present; close != 0; close &= close - 1 {
				i := lo + bits.TrailingZeros64(close)
				mass[from+k] += float64(s.weights[i]) * float64(min(s.nearest[i], s.square(i, s.candidates[from+k])))
			}
		}
	}
	for k, sums := range found.Sums {
		for _, v := range sums {
			mass[from+k] += float64(v)
		}
	}
}

// rivals returns the candidates as the kernel takes them.
func (s *seeding) rivals() []simd.Rivals {
	rivals := make([]simd.Rivals, s.columns/simd.NearestGroup)
	for g := range rivals {
		candidates := s.candidates[min(g*simd.NearestGroup, len(s.candidates)):]
		rivals[g] = s.rivalsOf(make([]float32, len(s.mean)*simd.NearestGroup), min(simd.NearestGroup, len(candidates)), func(k int) []float64 {
			return s.X.RawRowView(candidates[k])
		})
	}
	return rivals
}

// rivalsOf returns count points as the kernel takes them, in the given memory.
// What fills up the group lies infinitely far away.
//
// A squared distance ‖x‖² − 2x·c + ‖c‖² of p+2 terms is in error by at most
// (p+8)·2⁻²⁴·(‖x‖ + ‖c‖)² (see search.scoreError), which is below twice the sum of
// squares; what it is compared with is rounded, too.
func (d *data) rivalsOf(memory []float32, count int, point func(k int) []float64) simd.Rivals {
	p := len(d.mean)
	slope := 2 * float64(p+12) * 0x1p-24
	r := simd.Rivals{Centers: memory, Slope: float32(slope), Trust: 1000}
	radius := 0.0
	for k := range r.Squares {
		if k >= count {
			r.Squares[k] = float32(math.Inf(1))
			continue
		}
		square := 0.0
		for j, v := range point(k) {
			v = (v - d.mean[j]) * d.scale
			r.Centers[j*simd.NearestGroup+k] = float32(-2 * v)
			square += v * v
		}
		r.Squares[k] = float32(square)
		radius = max(radius, square)
	}
	r.Least = float32(slope*radius + float64(p)*0x1p-123)
	return r
}
