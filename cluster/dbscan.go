package cluster

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/neighbors"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/model"
)

// DBSCAN finds clusters of any shape where samples lie densely, and leaves out
// those that lie alone. A sample is a core sample if the samples within the
// distance Eps, itself among them, have a weight of at least MinSamples. Core
// samples within Eps of each other are in the same cluster; other samples within
// Eps of a core sample are at the border of its cluster, and the rest are noise.
//
// Clusters are numbered by their first core sample. A sample at the border of
// several clusters is given to the one with the lowest number. So labels are those
// of scikit-learn, with one exception: a sample of weight zero is never a core
// sample, as if it were not there.
//
// For fewer than 8 features neighbours are found by a k-d tree, and where many
// samples lie within Eps of each other they are taken together: a fit costs
// O(n log n), however large Eps is. With more features a tree rules out little.
// Then all samples are compared, but for those in boxes too far apart, by blocks in
// float32, and by a distance in float64 unless they are clearly farther apart than
// Eps: O(n²p) at most, at the speed of a product of matrices, and 12 bytes per
// value of the data. On AVX2 and AVX-512 this takes from a half of the tree's time, with
// 8 features and separate clusters, to a tenth of it; elsewhere the tree is followed.
//
// Sources: Ester, Kriegel, Sander and Xu, "A density-based algorithm for
// discovering clusters in large spatial databases with noise" (1996); cells of
// mutual neighbours and their union as in Wang, Gu and Shun, "Theoretically-efficient and
// practical parallel DBSCAN" (2020), section 4.
type DBSCAN struct {
	Eps        float64 // distance of neighbours; 0 means 0.5
	MinSamples int     // weight of the neighbours of a core sample; 0 means 5
}

// DBSCANModel is a division into clusters and noise.
type DBSCANModel struct {
	Labels      []int      // cluster of each training sample, −1 for noise
	Clusters    int        // number of clusters
	CoreIndices []int      // rows of the core samples in the training data, ascending
	CoreSamples *mat.Dense // these rows; nil if there are none
	Eps         float64    // distance of neighbours
	Features    int        // number of features
	Schema      dataset.Schema

	tree   *neighbors.Tree // of CoreSamples
	labels []int32         // of the core samples, by position in the tree
}

var (
	_ model.Fitter[dataset.None, *DBSCANModel] = DBSCAN{}
	_ model.Predictor[int]                     = (*DBSCANModel)(nil)
)

func init() { model.Register("cluster.DBSCAN", 1, (*DBSCANModel).restore) }

// Fit divides the samples of ds. The errors are those of dataset.Validate and
// *model.ParamError. Progress is reported as "DBSCAN", by neighbourhood: of each
// sample three are looked at.
func (p DBSCAN) Fit(ctx context.Context, ds *dataset.Unlabeled) (*DBSCANModel, error) {
	if p.Eps == 0 {
		p.Eps = 0.5
	}
	if p.MinSamples == 0 {
		p.MinSamples = 5
	}
	if !(p.Eps > 0) || math.IsInf(p.Eps, 1) {
		return nil, &model.ParamError{Field: "Eps", Value: p.Eps, Want: "a finite number > 0"}
	}
	if p.MinSamples < 1 {
		return nil, &model.ParamError{Field: "MinSamples", Value: p.MinSamples, Want: "at least 1"}
	}
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	n, features := ds.Dims()
	m := &DBSCANModel{Labels: make([]int, n), Eps: p.Eps, Features: features, Schema: ds.Schema}
	for i := range m.Labels {
		m.Labels[i] = -1
	}
	progress := &scan{total: 3 * int64(n)}
	tree, err := neighbors.NewTree(ctx, ds.X)
	if err != nil {
		return nil, err
	}
	d := tiled(ctx, ds)
	core, err := p.core(ctx, ds, d, tree, progress)
	if err != nil {
		return nil, err
	}
	for i, is := range core {
		if is {
			m.CoreIndices = append(m.CoreIndices, i)
		}
	}
	if len(m.CoreIndices) == 0 {
		progress.reach(ctx, 3*n)
		return m, nil
	}
	m.CoreSamples = mat.NewDense(len(m.CoreIndices), features, nil)
	for at, i := range m.CoreIndices {
		m.CoreSamples.SetRow(at, ds.X.RawRowView(i))
	}
	t, err := m.join(ctx, d, progress)
	if err != nil {
		return nil, err
	}
	progress.reach(ctx, 2*n)
	var others []int // next to each other those that lie together
	for _, row := range tree.Rows {
		if !core[row] {
			others = append(others, int(row))
		}
	}
	if err := m.labelBorder(ctx, ds, t, others, progress); err != nil {
		return nil, err
	}
	progress.reach(ctx, 3*n)
	return m, nil
}

// scan counts the neighbourhoods that have been looked at and reports a
// hundred times.
type scan struct {
	total int64
	done  atomic.Int64
}

func (s *scan) add(ctx context.Context, neighborhoods int) {
	done := s.done.Add(int64(neighborhoods))
	if done*100/s.total != (done-int64(neighborhoods))*100/s.total {
		model.Report(ctx, model.Progress{Task: "DBSCAN", Done: int(done), Total: int(s.total)})
	}
}

func (s *scan) reach(ctx context.Context, neighborhoods int) {
	s.add(ctx, neighborhoods-int(s.done.Load()))
}

// core reports which samples are core samples.
func (p DBSCAN) core(ctx context.Context, ds *dataset.Unlabeled, d *data, tree *neighbors.Tree, progress *scan) ([]bool, error) {
	if d != nil {
		t, err := newTiles(ctx, d, tree, p.Eps)
		if err != nil {
			return nil, err
		}
		return t.core(ctx, ds.Weight, float64(p.MinSamples), progress)
	}
	weight := make([]float64, len(tree.Nodes))
	for i := len(tree.Nodes) - 1; i >= 0; i-- {
		node := tree.Nodes[i]
		if node.Right > 0 {
			weight[i] = weight[i+1] + weight[node.Right]
			continue
		}
		for _, row := range tree.Rows[node.Lo:node.Hi] {
			weight[i] += ds.Weight(int(row))
		}
	}
	square, enough := p.Eps*p.Eps, float64(p.MinSamples)
	core := make([]bool, ds.Len())
	err := parallel.ForContext(ctx, ds.Len(), samplesPerTask, func(lo, hi int) {
		for at := lo; at < hi && ctx.Err() == nil; at++ {
			if row := int(tree.Rows[at]); ds.Weight(row) > 0 {
				core[row] = crowded(tree, ds, weight, tree.Point(at), square, enough)
			}
		}
		progress.add(ctx, hi-lo)
	})
	return core, err
}

// samplesPerTask is how many neighbourhoods a task looks at.
const samplesPerTask = 64

// join finds the clusters of the core samples and labels these. It returns the
// tiles of the core samples, if it has made them.
func (m *DBSCANModel) join(ctx context.Context, d *data, progress *scan) (t *tiles, err error) {
	tree, err := neighbors.NewTree(ctx, m.CoreSamples)
	if err != nil {
		return nil, err
	}
	n := len(tree.Rows)
	c := &components{tree: tree, square: m.Eps * m.Eps, sets: newSets(n)}
	if d != nil {
		if t, err = newTiles(ctx, d, tree, m.Eps); err == nil {
			err = t.join(ctx, c.sets, progress)
		}
	} else {
		err = c.join(ctx, progress)
	}
	if err != nil {
		return nil, err
	}
	positions := make([]int32, n) // of the core samples, in the order of rows
	for at, row := range tree.Rows {
		positions[row] = int32(at)
	}
	number := make([]int, n) // of the cluster, by root; 0 means none yet
	for i, at := range positions {
		root := c.sets.find(at)
		if number[root] == 0 {
			m.Clusters++
			number[root] = m.Clusters
		}
		m.Labels[m.CoreIndices[i]] = number[root] - 1
	}
	m.take(tree)
	return t, nil
}

// take keeps the tree of the core samples, for what is asked about other ones.
func (m *DBSCANModel) take(tree *neighbors.Tree) {
	m.tree = tree
	m.labels = make([]int32, len(tree.Rows))
	for at, row := range tree.Rows {
		m.labels[at] = int32(m.Labels[m.CoreIndices[row]])
	}
}

// labelBorder labels the samples in the given rows, which are no core samples, by
// core samples near them.
func (m *DBSCANModel) labelBorder(ctx context.Context, ds *dataset.Unlabeled, t *tiles, rows []int, progress *scan) error {
	if t != nil {
		return t.lowest(ctx, ds.X, rows, m.labels, func(row, label int) { m.Labels[row] = label }, progress)
	}
	square := m.Eps * m.Eps
	return parallel.ForContext(ctx, len(rows), samplesPerTask, func(lo, hi int) {
		for _, row := range rows[lo:hi] {
			if ctx.Err() != nil {
				return
			}
			m.Labels[row] = m.lowest(ds.X.RawRowView(row), square)
		}
		progress.add(ctx, hi-lo)
	})
}

// Predict returns for each row of x the cluster of the nearest core sample, the
// lower one on equality, or −1 if none is within Eps. For a training sample this is
// its label, unless the sample is at the border of several clusters. Rows with 12
// features or more are compared by blocks, as in a fit, unless they are few: with 50
// features that takes a fifth of the tree's time.
func (m *DBSCANModel) Predict(x mat.Matrix) ([]int, error) {
	d, err := dataset.CheckRows(x, m.Features)
	if err != nil {
		return nil, err
	}
	n, _ := d.Dims()
	labels := make([]int, n)
	if t := m.tiles(n); t != nil {
		t.nearest(d, m.labels, labels)
		return labels, nil
	}
	parallel.For(n, samplesPerTask, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			labels[i] = m.nearest(d.RawRowView(i))
		}
	})
	return labels, nil
}

// predictFeatures is the number of features from which on tiles of the core samples are
// compared with n rows, n being at least 64 and a 64th of the core samples, for which it
// pays to make them. With fewer features the way along a tree is short, since it need
// not go farther than to what is nearest so far.
const predictFeatures = 12

// tiles returns tiles of the core samples for n rows, or nil where the tree is to be
// followed.
func (m *DBSCANModel) tiles(n int) *tiles {
	if m.Features < predictFeatures || n < max(64, len(m.labels)/64) || m.tree == nil {
		return nil
	}
	ctx := context.Background()
	d := tiled(ctx, &dataset.Unlabeled{X: m.CoreSamples})
	if d == nil || !(m.Eps*d.scale < 1e15) { // the squares of neighbours are finite in float32
		return nil
	}
	t, err := newTiles(ctx, d, m.tree, m.Eps)
	if err != nil {
		return nil // never: the context is not done
	}
	return t
}

// PredictRow returns what Predict does.
func (m *DBSCANModel) PredictRow(row []float64) (int, error) {
	if err := dataset.CheckRow(row, m.Features); err != nil {
		return 0, err
	}
	return m.nearest(row), nil
}

func (m *DBSCANModel) nearest(x []float64) int {
	if m.tree == nil {
		return -1
	}
	var stack neighbors.Stack
	var distances [neighbors.LeafSize]float64
	label, least := int32(-1), m.Eps*m.Eps
	stack.Push(0)
	for {
		node, ok := stack.Pop()
		if !ok {
			return int(label)
		}
		if m.tree.Nearest(node, x) > least {
			continue
		}
		t := m.tree.Nodes[node]
		if t.Right > 0 {
			left, right := node+1, t.Right
			if m.tree.Nearest(left, x) < m.tree.Nearest(right, x) {
				left, right = right, left
			}
			stack.Push(left)
			stack.Push(right) // the nearer one is seen first
			continue
		}
		m.tree.Distances(distances[:], x, t.Lo, t.Hi)
		for i, l := range m.labels[t.Lo:t.Hi] {
			if d := distances[i]; d < least || d == least && (label < 0 || l < label) {
				label, least = l, d
			}
		}
	}
}

// restore checks a loaded model.
func (m *DBSCANModel) restore() error {
	if m.Features < 1 || !(m.Eps > 0) || math.IsInf(m.Eps, 1) {
		return fmt.Errorf("it has %d features and an Eps of %v", m.Features, m.Eps)
	}
	if err := dataset.CheckSchema(m.Schema, m.Features); err != nil {
		return err
	}
	if len(m.CoreIndices) == 0 {
		return nil
	}
	x, err := dataset.CheckRows(m.CoreSamples, m.Features)
	if err != nil {
		return err
	}
	if n, _ := x.Dims(); n != len(m.CoreIndices) {
		return errors.New("it has a different number of core samples and of their indices")
	}
	for _, i := range m.CoreIndices {
		if i < 0 || i >= len(m.Labels) {
			return fmt.Errorf("core sample %d is none of its %d samples", i, len(m.Labels))
		}
		if l := m.Labels[i]; l < 0 || l >= m.Clusters || l > math.MaxInt32 {
			return fmt.Errorf("core sample %d is in cluster %d", i, l)
		}
	}
	tree, err := neighbors.NewTree(context.Background(), x)
	if err != nil {
		return err
	}
	m.take(tree)
	return nil
}
