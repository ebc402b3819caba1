package cluster

import (
	"context"
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/neighbors"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// tiles find the neighbours of points with so many features that following a
// tree costs more than to compare everything: squared distances come in float32
// by the tile, as ‖x‖² − 2x·y + ‖y‖² about the mean, and say with certainty which
// pairs lie farther apart than asked. Of the others, a distance in float64 decides.
//
// Points stand in the order of a tree, so that those of a tile lie together, and
// tiles whose bounding boxes are too far apart are passed over.
type tiles struct {
	*data
	tree   *neighbors.Tree
	square float64       // how far neighbours may be, squared
	limit  float32       // the same, scaled and rounded up
	rivals []simd.Rivals // the points, in groups
	boxes  []float64     // of each tile, p lower limits and p upper ones
}

// tiledFeatures is the number of features from which on tiles are compared.
const tiledFeatures = 8

// tiled returns what tiles of the samples are made with, or nil where trees are to
// be followed: with few features, where the comparison has no vector kernel, and
// where squares overflow.
func tiled(ctx context.Context, ds *dataset.Unlabeled) *data {
	if _, p := ds.Dims(); p < tiledFeatures || simd.Active() < simd.AVX2 {
		return nil
	}
	d, err := newData(ctx, &dataset.Unlabeled{X: ds.X})
	if err != nil {
		return nil // if ctx is done, that comes to light in a moment
	}
	return d
}

// newTiles makes tiles of the points of a tree, in O(np).
func newTiles(ctx context.Context, d *data, tree *neighbors.Tree, eps float64) (*tiles, error) {
	n, p := len(tree.Rows), len(d.mean)
	t := &tiles{
		data: d, tree: tree, square: eps * eps,
		rivals: make([]simd.Rivals, (n+simd.NearestGroup-1)/simd.NearestGroup),
		boxes:  make([]float64, (n+simd.NearestTile-1)/simd.NearestTile*2*p),
	}
	t.limit = t.scaled(t.square)
	err := parallel.ForContext(ctx, n, simd.NearestTile, func(lo, hi int) {
		for at := lo; at < hi; at += simd.NearestGroup {
			t.rivals[at/simd.NearestGroup] = d.rivalsOf(make([]float32, p*simd.NearestGroup), min(simd.NearestGroup, n-at), func(k int) []float64 {
				return tree.Point(at + k)
			})
		}
		box := t.box(lo / simd.NearestTile)
		for at := lo; at < hi; at++ {
			extend(box, tree.Point(at), at == lo)
		}
	})
	return t, err
}

// scaled returns no less than a square, scaled.
func (t *tiles) scaled(square float64) float32 {
	return float32(min(square*t.scale*t.scale*(1+0x1p-20), math.MaxFloat32))
}

// count returns the number of tiles.
func (t *tiles) count() int { return (len(t.tree.Rows) + simd.NearestTile - 1) / simd.NearestTile }

func (t *tiles) box(tile int) []float64 { return t.boxes[tile*2*len(t.mean):][:2*len(t.mean)] }

// extend makes a bounding box hold a point, alone if it is the first.
func extend(box, point []float64, first bool) {
	low, high := box[:len(point)], box[len(point):]
	if first {
		copy(low, point)
		copy(high, point)
		return
	}
	for j, v := range point {
		low[j] = min(low[j], v)
		high[j] = max(high[j], v)
	}
}

// A query is a tile of points whose neighbours are looked for.
type query struct {
	x       []float64
	offsets []int  // of the points in x, at most simd.NearestTile
	open    uint64 // bit s: point s is still looking
	box     []float64
	tile    []float32
	norms   [simd.NearestTile]float32
	limits  [simd.NearestTile]float32
	weights [simd.NearestTile]float32 // all 0: their sums are of no interest
	found   simd.Comparison
}

func (t *tiles) newQueries(workers int) []*query {
	queries := make([]*query, workers)
	for i := range queries {
		q := &query{
			offsets: make([]int, 0, simd.NearestTile),
			box:     make([]float64, 2*len(t.mean)),
			tile:    make([]float32, len(t.mean)*simd.NearestTile),
		}
		for s := range q.limits {
			q.limits[s] = t.limit
		}
		queries[i] = q
	}
	return queries
}

// begin makes a query of points of x.
func (t *tiles) begin(q *query, x []float64, offsets []int) {
	q.x, q.offsets = x, offsets
	q.open = 1<<len(offsets) - 1
	for s := range offsets {
		extend(q.box, q.point(s), s == 0)
	}
	simd.PackTile(q.tile, x, offsets, t.mean, t.scale)
	simd.TileNorms(len(t.mean), q.tile, &q.norms)
}

// beginAt makes a query of a tile.
func (t *tiles) beginAt(q *query, tile int) {
	p := len(t.mean)
	offsets := q.offsets[:0]
	for at := tile * simd.NearestTile; at < min((tile+1)*simd.NearestTile, len(t.tree.Rows)); at++ {
		offsets = append(offsets, at*p)
	}
	t.begin(q, t.tree.Points(), offsets)
}

func (q *query) point(s int) []float64 { return q.x[q.offsets[s]:][:len(q.box)/2] }

// near reports whether point s of the query and the point at a position are
// neighbours.
func (t *tiles) near(q *query, s, at int) bool {
	return simd.SqDist(q.point(s), t.tree.Point(at)) <= t.square
}

// visit calls meet for the points of a tile that may be neighbours of a point of
// the query that is still looking; near tells whether they are. meet returns
// whether the latter has seen enough.
func (t *tiles) visit(q *query, tile int, meet func(s, at int) (enough bool)) {
	if q.open == 0 || t.apart(q.box, t.box(tile)) {
		return
	}
	n, p := len(t.tree.Rows), len(t.mean)
	for at := tile * simd.NearestTile; at < min((tile+1)*simd.NearestTile, n) && q.open != 0; at += simd.NearestGroup {
		t.rivals[at/simd.NearestGroup].Compare(p, q.tile, q.norms[:], q.limits[:], q.weights[:], &q.found)
		for k, maybe := range q.found.Improves[:min(simd.NearestGroup, n-at)] {
			for maybe &= q.open; maybe != 0; maybe &= maybe - 1 {
				if s := bits.TrailingZeros64(maybe); meet(s, at+k) {
					q.open &^= 1 << s
				}
			}
		}
	}
}

// apart reports whether no two points of two boxes are neighbours.
func (t *tiles) apart(a, b []float64) bool { return t.gap(a, b) > t.beyond(t.square) }

// beyond returns what a gap exceeds only if no distance is as small as square.
func (t *tiles) beyond(square float64) float64 { return square * (1 + 2*relativeError(len(t.mean))) }

// gap returns the squared distance of two boxes, or some of it that shows them apart.
func (t *tiles) gap(a, b []float64) float64 {
	p := len(a) / 2
	lowA, highA, lowB, highB := a[:p], a[p:][:p], b[:p], b[p:][:p]
	limit, square := t.beyond(t.square), 0.0
	for j, v := range lowA {
		if gap := max(v-highB[j], lowB[j]-highA[j]); gap > 0 {
			if square += gap * gap; square > limit {
				break
			}
		}
	}
	return square
}

// core reports which samples have neighbours of enough weight, themselves
// included.
func (t *tiles) core(ctx context.Context, weight func(row int) float64, enough float64, progress *scan) ([]bool, error) {
	n := len(t.tree.Rows)
	core := make([]bool, n)
	queries := t.newQueries(parallel.Workers(n, simd.NearestTile))
	err := parallel.ForWorker(ctx, n, simd.NearestTile, func(worker, lo, hi int) {
		q := queries[worker]
		own := lo / simd.NearestTile
		t.beginAt(q, own)
		for s := range hi - lo {
			if weight(int(t.tree.Rows[lo+s])) == 0 {
				q.open &^= 1 << s
			}
		}
		var sums [simd.NearestTile]float64
		meet := func(s, at int) bool {
			if t.near(q, s, at) {
				sums[s] += weight(int(t.tree.Rows[at]))
			}
			return sums[s] >= enough
		}
		// From the own tile outwards: near ones are likely to have enough.
		for away := 0; (own-away >= 0 || own+away < t.count()) && q.open != 0 && ctx.Err() == nil; away++ {
			if own-away >= 0 {
				t.visit(q, own-away, meet)
			}
			if away > 0 && own+away < t.count() {
				t.visit(q, own+away, meet)
			}
		}
		for s := range hi - lo {
			core[t.tree.Rows[lo+s]] = sums[s] >= enough
		}
		progress.add(ctx, hi-lo)
	})
	return core, err
}

// join makes one set of neighbours.
func (t *tiles) join(ctx context.Context, sets sets, progress *scan) error {
	n := len(t.tree.Rows)
	queries := t.newQueries(parallel.Workers(n, simd.NearestTile))
	return parallel.ForWorker(ctx, n, simd.NearestTile, func(worker, lo, hi int) {
		q := queries[worker]
		own := lo / simd.NearestTile
		t.beginAt(q, own)
		meet := func(s, at int) bool {
			i, j := int32(lo+s), int32(at)
			if sets.find(i) != sets.find(j) && t.near(q, s, at) {
				sets.join(i, j)
			}
			return false
		}
		for tile := own; tile < t.count() && ctx.Err() == nil; tile++ {
			first := tile * simd.NearestTile
			if !sets.joined(lo, hi, first, min(first+simd.NearestTile, n)) {
				t.visit(q, tile, meet)
			}
		}
		progress.add(ctx, hi-lo)
	})
}

// lowest calls set with the lowest label of the neighbours of each of the given
// rows of x that has any. Labels are by position.
func (t *tiles) lowest(ctx context.Context, x *mat.Dense, rows []int, labels []int32, set func(row, label int), progress *scan) error {
	raw := x.RawMatrix()
	queries := t.newQueries(parallel.Workers(len(rows), simd.NearestTile))
	return parallel.ForWorker(ctx, len(rows), simd.NearestTile, func(worker, lo, hi int) {
		q := queries[worker]
		offsets := q.offsets[:0]
		for _, row := range rows[lo:hi] {
			offsets = append(offsets, row*raw.Stride)
		}
		t.begin(q, raw.Data, offsets)
		var lowest [simd.NearestTile]int32
		for s := range lowest {
			lowest[s] = math.MaxInt32
		}
		meet := func(s, at int) bool {
			if labels[at] < lowest[s] && t.near(q, s, at) {
				lowest[s] = labels[at]
			}
			return lowest[s] == 0
		}
		for tile := 0; tile < t.count() && q.open != 0 && ctx.Err() == nil; tile++ {
			t.visit(q, tile, meet)
		}
		for s, row := range rows[lo:hi] {
			if lowest[s] < math.MaxInt32 {
				set(row, int(lowest[s]))
			}
		}
		progress.add(ctx, hi-lo)
	})
}

// queriesPerTask is how many rows are put in the order of a tree to be labelled.
const queriesPerTask = 16 * simd.NearestTile

// nearest sets labels to that of the nearest neighbour of each row of x, the lower one
// on equality, or to −1. The labels of the points are by position.
//
// Some rows at a time are put in the order of a tree, so that those of a tile lie
// together, too.
func (t *tiles) nearest(x *mat.Dense, of []int32, labels []int) {
	n, p := x.Dims()
	queries := t.newQueries(parallel.Workers(n, queriesPerTask))
	_ = parallel.ForWorker(context.Background(), n, queriesPerTask, func(worker, lo, hi int) {
		q, gaps := queries[worker], make([]float64, t.count())
		// It fails when its context is done, only.
		tree, _ := neighbors.NewTree(context.Background(), x.Slice(lo, hi, 0, p).(*mat.Dense))
		for at := 0; at < hi-lo; at += simd.NearestTile {
			rows := tree.Rows[at:min(at+simd.NearestTile, hi-lo)]
			offsets := q.offsets[:0]
			for s := range rows {
				offsets = append(offsets, (at+s)*p)
			}
			t.begin(q, tree.Points(), offsets)
			found := t.nearestOf(q, of, gaps)
			for s, row := range rows {
				labels[lo+int(row)] = int(found[s])
			}
		}
	})
}

// nearestOf returns the labels for a query. gaps is scratch memory, an element for
// each tile.
func (t *tiles) nearestOf(q *query, of []int32, gaps []float64) (labels [simd.NearestTile]int32) {
	var least [simd.NearestTile]float64 // squared distance to what gives the label
	for s := range q.offsets {
		labels[s], least[s], q.limits[s] = -1, t.square, t.limit
	}
	meet := func(s, at int) bool {
		d := simd.SqDist(q.point(s), t.tree.Point(at))
		if d < least[s] || d == least[s] && (labels[s] < 0 || of[at] < labels[s]) {
			labels[s], least[s], q.limits[s] = of[at], d, t.scaled(d)
		}
		return false
	}
	first := 0
	for tile := range gaps {
		gaps[tile] = t.gap(q.box, t.box(tile))
		if gaps[tile] < gaps[first] {
			first = tile
		}
	}
	// From the tile that lies nearest outwards: the nearer what is found, the more tiles
	// are too far.
	far := t.beyond(t.square)
	see := func(tile int) {
		if tile >= 0 && tile < len(gaps) && gaps[tile] <= far {
			t.visit(q, tile, meet)
			far = t.beyond(slices.Max(least[:len(q.offsets)]))
		}
	}
	see(first)
	for away := 1; away <= max(first, len(gaps)-1-first); away++ {
		see(first - away)
		see(first + away)
	}
	return labels
}
