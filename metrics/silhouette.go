package metrics

import (
	"context"
	"math"
	"sort"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	_ "github.com/sapwood-ml/sapwood/internal/blas" // fast kernels for Gemm
	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// Silhouette is the mean silhouette width of the points of a clustering, from −1 to 1,
// higher being better; see [SilhouetteSamples] for the value of a point, arguments,
// errors and cost.
func Silhouette(ctx context.Context, x mat.Matrix, labels []int) (float64, error) {
	widths, err := SilhouetteSamples(ctx, x, labels)
	if err != nil {
		return 0, err
	}
	return Weights(nil).mean(len(widths), func(i int) float64 { return widths[i] }), nil
}

// SilhouetteSamples returns the silhouette width of each point,
//
//	(b − a) / max(a, b),
//
// with a its mean Euclidean distance to the other points of its cluster and b that to
// the points of the nearest other cluster: near 1 well inside its cluster, 0 between two
// clusters, negative if another would suit it better. It is 0 for a point that is alone
// in its cluster or lies upon all points of both.
//
// x is n×p; a label may be any int. Errors: no samples, lengths that differ, a value
// that is not finite, fewer than 2 or more than n−1 clusters, and ctx.Err() once ctx is
// done. Cost: O(n²p) time, on all cores, and O(np) memory: distances are formed in
// blocks.
//
// Source: Rousseeuw (1987), "Silhouettes: a graphical aid to the interpretation and
// validation of cluster analysis".
func SilhouetteSamples(ctx context.Context, x mat.Matrix, labels []int) ([]float64, error) {
	c, err := newClusters(x, labels)
	if err != nil {
		return nil, err
	}
	n, _ := c.x.Dims()
	order := c.byCluster()
	s := newSilhouette(c, order)
	widths := make([]float64, n)
	scratch := make([]silhouetteScratch, parallel.Workers(n, silhouetteRows))
	err = parallel.ForWorker(ctx, n, silhouetteRows, func(worker, lo, hi int) {
		s.widths(lo, hi, &scratch[worker], func(i int, width float64) { widths[order[i]] = width })
	})
	if err != nil {
		return nil, err
	}
	return widths, nil
}

// Distances are formed in blocks of this many rows and columns: both parts of x and the
// block then stay in the second-level cache for some hundred features.
const (
	silhouetteRows    = 64
	silhouetteColumns = 256
)

// silhouette holds the points ordered by cluster, so that the distances to a cluster are
// a contiguous range.
type silhouette struct {
	points *mat.Dense
	norms  []float64 // squared
	start  []int     // of each cluster, and n
}

type silhouetteScratch struct {
	products []float64   // rows × columns
	sums     [][]float64 // rows × clusters
}

func newSilhouette(c *clusters, order []int) *silhouette {
	n, p := c.x.Dims()
	s := &silhouette{points: mat.NewDense(n, p, nil), norms: make([]float64, n), start: []int{0}}
	for i, sample := range order {
		s.points.SetRow(i, c.x.RawRowView(sample))
		for _, v := range c.x.RawRowView(sample) {
			s.norms[i] += float64(v * v)
		}
	}
	for k, size := range c.sizes {
		s.start = append(s.start, s.start[k]+size)
	}
	return s
}

// widths passes on the silhouette width of each of the points lo to hi.
func (s *silhouette) widths(lo, hi int, scratch *silhouetteScratch, put func(i int, width float64)) {
	k := len(s.start) - 1
	if scratch.products == nil {
		scratch.products = make([]float64, silhouetteRows*silhouetteColumns)
		scratch.sums = make([][]float64, silhouetteRows)
		for i := range scratch.sums {
			scratch.sums[i] = make([]float64, k)
		}
	}
	for _, sums := range scratch.sums {
		clear(sums)
	}
	n := len(s.norms)
	for from := 0; from < n; from += silhouetteColumns {
		s.addDistances(lo, hi, from, min(from+silhouetteColumns, n), scratch)
	}
	own := 0
	for i := lo; i < hi; i++ {
		for i >= s.start[own+1] {
			own++
		}
		put(i, s.width(scratch.sums[i-lo], own))
	}
}

// addDistances adds the distances of points lo to hi from points from to to.
func (s *silhouette) addDistances(lo, hi, from, to int, scratch *silhouetteScratch) {
	x := s.points.RawMatrix()
	rows, columns := hi-lo, to-from
	products := blas64.General{Rows: rows, Cols: columns, Stride: columns, Data: scratch.products[:rows*columns]}
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, rowsOf(x, lo, hi), rowsOf(x, from, to), 0, products)
	first := sort.SearchInts(s.start, from+1) - 1 // cluster of point from
	for i := range rows {
		norm, point := s.norms[lo+i], s.points.RawRowView(lo+i)
		cluster, total := first, 0.0
		for j, product := range products.Data[i*columns : (i+1)*columns] {
			if from+j == s.start[cluster+1] {
				scratch.sums[i][cluster] += total
				cluster, total = cluster+1, 0
			}
			both := norm + s.norms[from+j]
			d := both - 2*product
			// The expansion has lost digits where the points are near each other.
			if d < cancelled*both {
				d = squaredDistance(point, s.points.RawRowView(from+j))
			}
			total += math.Sqrt(d)
		}
		scratch.sums[i][cluster] += total
	}
}

// rowsOf returns rows lo to hi of x.
func rowsOf(x blas64.General, lo, hi int) blas64.General {
	x.Rows, x.Data = hi-lo, x.Data[lo*x.Stride:(hi-1)*x.Stride+x.Cols]
	return x
}

// cancelled is the share of ‖x‖² + ‖y‖² below which ‖x−y‖² is formed from the
// differences: above it the expansion has lost three digits at most.
const cancelled = 1e-3

// width is the silhouette width of a point of cluster own with the given sums of
// distances to each cluster.
func (s *silhouette) width(sums []float64, own int) float64 {
	size := func(k int) float64 { return float64(s.start[k+1] - s.start[k]) }
	if size(own) == 1 {
		return 0
	}
	a, b := sums[own]/(size(own)-1), math.Inf(1)
	for k, total := range sums {
		if k != own {
			b = min(b, total/size(k))
		}
	}
	if a == 0 && b == 0 {
		return 0
	}
	return (b - a) / max(a, b)
}
