package cluster

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// A search finds the nearest centre of samples, a block at a time. It compares
// the scores
//
//	(x−μ)·(c−μ) − ½‖c−μ‖²
//
// which order centres as distances do, in float32, and keeps the two highest of
// each sample. Where these lie too close to be told apart for certain, distances
// in float64 decide: a handful of samples in ten thousand. μ is the mean of the
// data, so that an offset costs no digits, and everything is scaled by a power of
// two to the size of one.
type search struct {
	*data
	centers   *mat.Dense
	packed    []float32 // cₖ − μ in groups, as simd.Nearest takes them
	minusHalf []float32 // −½‖cₖ−μ‖²
	radius    float64   // maxₖ ‖cₖ−μ‖, scaled
}

func newSearch(d *data, k int) *search {
	groups := (k + simd.NearestGroup - 1) / simd.NearestGroup
	return &search{
		data:      d,
		packed:    make([]float32, groups*simd.NearestGroup*len(d.mean)),
		minusHalf: make([]float32, groups*simd.NearestGroup),
	}
}

// among makes it a search among the given centres.
func (t *search) among(centers *mat.Dense) {
	k, p := centers.Dims()
	t.centers, t.radius = centers, 0
	for c := range t.minusHalf {
		if c >= k {
			t.minusHalf[c] = float32(math.Inf(-1))
			continue
		}
		group := t.packed[c/simd.NearestGroup*simd.NearestGroup*p+c%simd.NearestGroup:]
		square := 0.0
		for j, v := range centers.RawRowView(c) {
			v = (v - t.mean[j]) * t.scale
			group[j*simd.NearestGroup] = float32(v)
			square += v * v
		}
		t.minusHalf[c] = float32(-square / 2)
		t.radius = max(t.radius, math.Sqrt(square))
	}
}

// A block is some samples to search for, and what was found.
type block struct {
	rows    []int32                   // of the data, at most simd.NearestTile
	nearest [simd.NearestTile]int32   // the nearest centre of each
	upper   [simd.NearestTile]float64 // no less than the distance to the nearest centre, scaled
	lower   [simd.NearestTile]float64 // no more than the distance to any other centre, scaled

	tile         []float32
	offsets      [simd.NearestTile]int
	norms        [simd.NearestTile]float32
	best, second [simd.NearestTile]float32
}

func newBlocks(n, p int) []*block {
	blocks := make([]*block, n)
	for i := range blocks {
		blocks[i] = &block{rows: make([]int32, 0, simd.NearestTile), tile: make([]float32, p*simd.NearestTile)}
	}
	return blocks
}

func (b *block) full() bool { return len(b.rows) == simd.NearestTile }

// pack puts the samples of b.rows into its tile.
func (t *search) pack(b *block) {
	x := t.X.RawMatrix()
	for s, i := range b.rows {
		b.offsets[s] = int(i) * x.Stride
	}
	simd.PackTile(b.tile, x.Data, b.offsets[:len(b.rows)], t.mean, t.scale)
	simd.TileNorms(len(t.mean), b.tile, &b.norms)
}

// scoreError bounds the error of a score of a sample that has the given computed
// ‖x−μ‖².
//
// A score is a sum of p+1 terms of data that were rounded themselves: its error is
// at most (p+6)·2⁻²⁴·(‖x−μ‖ + radius/2)·radius (Higham, "Accuracy and stability of
// numerical algorithms", 2002, section 3.1). Denormals lose p·2⁻¹²⁶ more.
func (t *search) scoreError(square float64) float64 {
	p := float64(len(t.mean))
	norm := math.Sqrt(square) * (1 + t.normError())
	return t.normError()*t.radius*(norm+t.radius/2) + p*0x1p-125
}

// normError bounds the relative error of a computed ‖x−μ‖².
func (t *search) normError() float64 { return float64(len(t.mean)+8) * 0x1p-24 }

// search fills in what belongs to b.rows.
func (t *search) search(b *block) {
	if len(b.rows) == 0 {
		return
	}
	t.pack(b)
	simd.NoNearest(&b.best, &b.second)
	simd.Nearest(len(t.mean), b.tile, t.packed, t.minusHalf, &b.best, &b.second, &b.nearest, 0)
	t.decide(b)
}

// decide settles what the best scores of each sample leave open, and bounds
// distances.
func (t *search) decide(b *block) {
	for s := range b.rows {
		square := float64(b.norms[s])
		margin := 2 * t.scoreError(square)
		first, second := float64(b.best[s]), float64(b.second[s])
		if !(first-second > margin) { // also where something is not finite
			t.exact(b, s)
			continue
		}
		margin += t.normError() * square
		b.upper[s] = math.Sqrt(max(0, square-2*first+margin))
		b.lower[s] = math.Sqrt(max(0, square-2*second-margin))
	}
}

// exact decides sample s of the block by distances.
func (t *search) exact(b *block, s int) {
	row := t.X.RawRowView(int(b.rows[s]))
	best, first, second := nearestTwo(t.centers, row)
	b.nearest[s] = int32(best)
	slack := relativeError(len(row))
	b.upper[s] = math.Sqrt(first) * t.scale * (1 + slack)
	b.lower[s] = math.Sqrt(second) * t.scale * (1 - slack)
}

// fewRows is the number of rows below which their nearest centres are found one
// by one.
const fewRows = 16

// nearestOfAll sets labels to the nearest centre of each row of x.
func nearestOfAll(labels []int, x, centers *mat.Dense) {
	k, p := centers.Dims()
	t := newSearch(newMoments(p).of(&dataset.Unlabeled{X: centers}, 0, k).data(&dataset.Unlabeled{X: x}), k)
	t.among(centers)
	chunk := simd.NearestTile * max(1, 30_000/(k*(p+8)))
	blocks := newBlocks(parallel.Workers(len(labels), chunk), p)
	_ = parallel.ForWorker(context.Background(), len(labels), chunk, func(worker, lo, hi int) {
		b := blocks[worker]
		for ; lo < hi; lo += simd.NearestTile {
			b.rows = b.rows[:0]
			for i := lo; i < min(lo+simd.NearestTile, hi); i++ {
				b.rows = append(b.rows, int32(i))
			}
			t.search(b)
			for s, i := range b.rows {
				if !(b.upper[s] < largest*t.scale) { // squares may overflow
					t.exact(b, s)
				}
				labels[i] = int(b.nearest[s])
			}
		}
	})
}

// relativeError bounds the relative error of a distance in float64, computed
// from p terms, and of the few operations on it.
func relativeError(p int) float64 { return (float64(p) + 16) * 0x1p-53 }
