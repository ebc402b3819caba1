package svm

import (
	"context"
	"math"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// tiles are vectors in single precision, packed for simd.RBFTile, from which
// Gaussian kernels are computed at twice the speed of double precision. The kernel
// of two vectors is the same to the bit wherever they are packed.
type tiles struct {
	n, p  int
	data  []float32 // tile after tile
	norms []float32 // squared, of whole tiles

	memory *entry // of both, if it is recycled
}

// singleReach is the largest γ‖x‖², of centred vectors, for which kernels are
// computed in single precision: it multiplies the error of ‖x−y‖².
const singleReach = 16

// tilesServed tells whether there are vector kernels for tiles.
func tilesServed() bool { return simd.Active() >= simd.AVX2 }

// packTiles returns the rows of x that are listed, in the coordinates of e.
func (e *evaluator) packTiles(x blas64.General, rows []int) *tiles {
	t := new(tiles)
	t.n, t.p = len(rows), e.p
	padded := t.count() * simd.NearestTile
	t.memory = newEntry(padded*(t.p+1), false)
	t.data, t.norms = t.memory.single[:padded*t.p], t.memory.single[padded*t.p:]
	parallel.For(t.count(), max(1, 1<<15/(simd.NearestTile*t.p)), func(lo, hi int) { e.fillTiles(t, x, rows, lo, hi) })
	return t
}

// resize makes room for n vectors of p coordinates.
func (t *tiles) resize(n, p int) {
	t.n, t.p = n, p
	padded := t.count() * simd.NearestTile
	t.data, t.norms = resized(t.data, padded*p), resized(t.norms, padded)
}

// fillTiles packs tiles [lo, hi).
func (e *evaluator) fillTiles(t *tiles, x blas64.General, rows []int, lo, hi int) {
	var offsets [simd.NearestTile]int
	for k := lo; k < hi; k++ {
		from := k * simd.NearestTile
		m := min(simd.NearestTile, t.n-from)
		for i, row := range rows[from : from+m] {
			offsets[i] = row * x.Stride
		}
		simd.PackTile(t.tile(k), x.Data, offsets[:m], e.center, e.scale)
		simd.TileNorms(t.p, t.tile(k), t.tileNorms(k))
	}
}

func (t *tiles) count() int { return (t.n + simd.NearestTile - 1) / simd.NearestTile }

func (t *tiles) tile(k int) []float32 {
	size := simd.NearestTile * t.p
	return t.data[k*size : (k+1)*size]
}

func (t *tiles) tileNorms(k int) *[simd.NearestTile]float32 {
	return (*[simd.NearestTile]float32)(t.norms[k*simd.NearestTile:])
}

// largestNorm returns the largest ‖x‖², +Inf if it is beyond single precision.
func (t *tiles) largestNorm() float64 {
	m := float32(0)
	for _, v := range t.norms[:t.n] {
		if v != v {
			return math.Inf(1)
		}
		m = max(m, v)
	}
	return float64(m)
}

// groups is the number of groups of simd.NearestGroup consecutive vectors.
func (t *tiles) groups() int { return (t.n + simd.NearestGroup - 1) / simd.NearestGroup }

// group writes the coordinates of a group as simd.RBFTile wants them and
// returns the squared norms.
func (t *tiles) group(dst []float32, g int) *[simd.NearestGroup]float32 {
	from := g * simd.NearestGroup
	lane := t.tile(from / simd.NearestTile)[from%simd.NearestTile:]
	for j := range t.p {
		*(*[simd.NearestGroup]float32)(dst[j*simd.NearestGroup:]) = *(*[simd.NearestGroup]float32)(lane[j*simd.NearestTile:])
	}
	return (*[simd.NearestGroup]float32)(t.norms[from:])
}

// A tileWork is the memory for computing from tiles.
type tileWork struct {
	rows   tiles // what kernels are computed of
	places []int
	groups []float32 // the same, group by group
	none   []float32 // of rows that only fill a group
}

var tileWorks = sync.Pool{New: func() any { return new(tileWork) }}

// load packs the given samples of g.
func (w *tileWork) load(g *gram, samples []int) {
	w.places = w.places[:0]
	for _, s := range samples {
		w.places = append(w.places, g.rows[s])
	}
	w.rows.resize(len(samples), g.p)
	g.fillTiles(&w.rows, g.x, w.places, 0, w.rows.count())
	size := simd.NearestGroup * g.p
	w.groups = resized(w.groups, w.rows.groups()*size)
	for i := range w.rows.groups() {
		w.rows.group(w.groups[i*size:], i)
	}
}

// resized returns a slice of n elements with the memory of s, if it has enough.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// computeTiles is compute for a gram of tiles.
func (g *gram) computeTiles(ctx context.Context, block int, samples []int, into []segment, serial bool) error {
	w := tileWorks.Get().(*tileWork)
	defer tileWorks.Put(w)
	w.load(g, samples)
	target := g.tiles[block]
	w.none = resized(w.none, paddedSize(target.n))
	// The tiles of a task stay in the second-level cache while all groups pass by.
	perTask := min(max(1, 1<<17/(simd.NearestTile*g.p)), 16)
	tasks := (target.count() + perTask - 1) / perTask
	// A tile takes about (p+15)·8 ns per group; a chunk should take some 50 µs.
	chunk := max(1, 1<<16/((g.p+15)*8*w.rows.groups()*perTask))
	return run(ctx, tasks, chunk, serial, func(lo, hi int) {
		for t := lo; t < hi; t++ {
			for i := range w.rows.groups() {
				var dst [simd.NearestGroup][]float32
				for r := range dst {
					dst[r] = w.none
					if at := i*simd.NearestGroup + r; at < len(into) {
						dst[r] = into[at].single
					}
				}
				for k := t * perTask; k < min((t+1)*perTask, target.count()); k++ {
					g.tileKernels(&w.rows, w.groups, i, target, k, &dst)
				}
			}
		}
	})
}

// tileKernels writes the kernels of group i of rows, which is in groups, with tile k
// of target to their place in dst.
func (e *evaluator) tileKernels(rows *tiles, groups []float32, i int, target *tiles, k int, dst *[simd.NearestGroup][]float32) {
	norms := (*[simd.NearestGroup]float32)(rows.norms[i*simd.NearestGroup:])
	simd.RBFTile(e.p, target.tile(k), groups[i*simd.NearestGroup*e.p:], norms, target.tileNorms(k), e.Gamma, dst, k*simd.NearestTile)
}

// paddedSize is the length of segments of n kernels: whole tiles are written.
func paddedSize(n int) int {
	return (n + simd.NearestTile - 1) / simd.NearestTile * simd.NearestTile
}

// amongTiles sets dst[r·stride+c] to the kernel of samples[r] and samples[c], for r ≥
// from and all c.
func (g *gram) amongTiles(samples []int, from int, dst []float64, stride int) {
	w := tileWorks.Get().(*tileWork)
	defer tileWorks.Put(w)
	w.load(g, samples)
	n := paddedSize(len(samples))
	w.none = resized(w.none, simd.NearestGroup*n)
	var rows [simd.NearestGroup][]float32
	for r := range rows {
		rows[r] = w.none[r*n : (r+1)*n]
	}
	for i := from / simd.NearestGroup; i < w.rows.groups(); i++ {
		for k := range w.rows.count() {
			g.tileKernels(&w.rows, w.groups, i, &w.rows, k, &rows)
		}
		for r, row := range rows {
			if at := i*simd.NearestGroup + r; at >= from && at < len(samples) {
				simd.Widen(dst[at*stride:], row[:len(samples)])
			}
		}
	}
}
