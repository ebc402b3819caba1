package metrics

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// CalinskiHarabasz is the variance ratio of a clustering of points: the dispersion
// between the clusters over that within,
//
//	(Σₖ nₖ ‖cₖ − c‖² / (K−1)) / (Σᵢ ‖xᵢ − c(i)‖² / (n−K)),
//
// with c the mean of all points and cₖ of those in cluster k. At least 0, higher is
// better; no unit and no upper bound. If all points lie at the centres of their clusters
// it is 1, as in scikit-learn.
//
// x is n×p; a label may be any int. Errors: no samples, lengths that differ, a value
// that is not finite, fewer than 2 or more than n−1 clusters. Cost: O(np).
//
// Source: Caliński and Harabasz (1974), "A dendrite method for cluster analysis".
func CalinskiHarabasz(x mat.Matrix, labels []int) (float64, error) {
	c, err := newClusters(x, labels)
	if err != nil {
		return 0, err
	}
	n, p := c.x.Dims()
	origin := make([]float64, p) // where the mean of all points is
	var between, within sum
	for k, centroid := range c.centroids {
		between.add(float64(c.sizes[k]) * squaredDistance(centroid, origin))
	}
	for i, k := range c.index {
		within.add(squaredDistance(c.x.RawRowView(i), c.centroids[k]))
	}
	if within.value() == 0 {
		return 1, nil
	}
	k := len(c.sizes)
	return between.value() / within.value() * float64(n-k) / float64(k-1), nil
}

// DaviesBouldin is the mean over the clusters of their similarity to the most similar
// other,
//
//	1/K Σₖ max over l≠k of (sₖ + sₗ) / ‖cₖ − cₗ‖,
//
// with sₖ the mean distance of the points of cluster k to its mean cₖ. At least 0, and
// lower is better. As in scikit-learn two clusters with the same centre are not
// compared, and it is 0 if all points lie at the centres of their clusters, or all
// centres coincide.
//
// Arguments and errors are those of [CalinskiHarabasz]. Cost: O(np + K²p).
//
// Source: Davies and Bouldin (1979), "A cluster separation measure".
func DaviesBouldin(x mat.Matrix, labels []int) (float64, error) {
	c, err := newClusters(x, labels)
	if err != nil {
		return 0, err
	}
	spread := make([]sum, len(c.sizes))
	for i, k := range c.index {
		spread[k].add(math.Sqrt(squaredDistance(c.x.RawRowView(i), c.centroids[k])))
	}
	var total sum
	for k, centroid := range c.centroids {
		worst := 0.0
		for l, other := range c.centroids {
			if d := math.Sqrt(squaredDistance(centroid, other)); l != k && d > 0 {
				both := spread[k].value()/float64(c.sizes[k]) + spread[l].value()/float64(c.sizes[l])
				worst = max(worst, both/d)
			}
		}
		total.add(worst)
	}
	return total.value() / float64(len(c.sizes)), nil
}

// clusters are the points of a clustering.
type clusters struct {
	x         *mat.Dense // the points, centred
	index     []int32    // of the cluster of each sample
	sizes     []int
	centroids [][]float64
}

// newClusters wants at least one cluster more than one, and one less than samples.
func newClusters(x mat.Matrix, labels []int) (*clusters, error) {
	d, err := dense(x)
	if err != nil {
		return nil, err
	}
	n, p := d.Dims()
	if n != len(labels) {
		return nil, fmt.Errorf("metrics: %d labels for %d rows: %w", len(labels), n, dataset.ErrShape)
	}
	l := relabel(labels, labels, nil)
	k := len(l.values)
	if k < 2 || k >= n {
		return nil, fmt.Errorf("metrics: %d clusters of %d samples; 2 to n−1 are wanted: %w", k, n, dataset.ErrClasses)
	}
	d = centred(d)
	c := &clusters{x: d, index: l.a, sizes: make([]int, k), centroids: make([][]float64, k)}
	sums := make([]sum, k*p)
	for i, k := range c.index {
		c.sizes[k]++
		for j, v := range d.RawRowView(i) {
			sums[int(k)*p+j].add(v)
		}
	}
	all := values(sums)
	for k := range c.centroids {
		c.centroids[k] = all[k*p : (k+1)*p]
		for j := range c.centroids[k] {
			c.centroids[k][j] /= float64(c.sizes[k])
		}
	}
	return c, nil
}

// centred returns the points moved so that their mean is at the origin, where no digits
// are lost to a common offset, and scaled by a power of two if their squares would
// overflow or vanish. The scores of clusters depend neither on place nor unit.
func centred(x *mat.Dense) *mat.Dense {
	n, p := x.Dims()
	moved := mat.DenseCopyOf(x)
	if largest := largestAbs(moved); largest > 1e100 {
		scaleBy(moved, largest)
	}
	for j := range p {
		mean := Weights(nil).mean(n, func(i int) float64 { return moved.At(i, j) })
		for i := range n {
			moved.Set(i, j, moved.At(i, j)-mean)
		}
	}
	if largest := largestAbs(moved); largest > 0 && largest < 1e-100 {
		scaleBy(moved, largest)
	}
	return moved
}

func largestAbs(x *mat.Dense) float64 { return max(mat.Max(x), -mat.Min(x)) }

// scaleBy divides x by the power of two next above the largest value.
func scaleBy(x *mat.Dense, largest float64) {
	_, exponent := math.Frexp(largest)
	x.Apply(func(_, _ int, v float64) float64 { return math.Ldexp(v, -exponent) }, x)
}

// byCluster returns the samples ordered by cluster.
func (c *clusters) byCluster() []int {
	order := make([]int, len(c.index))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(c.index[a]) - int(c.index[b]) })
	return order
}

func squaredDistance(a, b []float64) float64 {
	d := 0.0
	for j, v := range a {
		diff := v - b[j]
		d += float64(diff * diff)
	}
	return d
}
