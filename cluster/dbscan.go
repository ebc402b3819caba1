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
// Neighbours are found by a k-d tree, and where many samples lie within Eps of each
// other they are taken together: a fit costs O(n log n) for few features, however
// large Eps is. With more than about 15 features the tree rules out little, and
// the cost comes near O(n²p).
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
	core, err := p.core(ctx, ds, progress)
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
	if err := m.join(ctx, progress); err != nil {
		return nil, err
	}
	progress.reach(ctx, 2*n)
	return m, m.labelBorder(ctx, ds, core, progress)
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
func (p DBSCAN) core(ctx context.Context, ds *dataset.Unlabeled, progress *scan) ([]bool, error) {
	tree, err := neighbors.NewTree(ctx, ds.X)
	if err != nil {
		return nil, err
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
	err = parallel.ForContext(ctx, ds.Len(), samplesPerTask, func(lo, hi int) {
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

// crowded reports whether the weight within a squared distance of x is enough.
func crowded(tree *neighbors.Tree, ds *dataset.Unlabeled, weight []float64, x []float64, square, enough float64) bool {
	var stack neighbors.Stack
	var distances [neighbors.LeafSize]float64
	sum := 0.0
	stack.Push(0)
	for {
		node, ok := stack.Pop()
		if !ok || sum >= enough {
			return sum >= enough
		}
		if tree.Nearest(node, x) > square {
			continue
		}
		if tree.Farthest(node, x) <= square {
			sum += weight[node]
			continue
		}
		t := tree.Nodes[node]
		if t.Right > 0 {
			stack.Push(node + 1)
			stack.Push(t.Right)
			continue
		}
		tree.Distances(distances[:], x, t.Lo, t.Hi)
		for i, row := range tree.Rows[t.Lo:t.Hi] {
			if distances[i] <= square {
				sum += ds.Weight(int(row))
			}
		}
	}
}

// join finds the clusters of the core samples and labels these.
func (m *DBSCANModel) join(ctx context.Context, progress *scan) error {
	tree, err := neighbors.NewTree(ctx, m.CoreSamples)
	if err != nil {
		return err
	}
	n := len(tree.Rows)
	c := &components{tree: tree, square: m.Eps * m.Eps, sets: newSets(n), cell: make([]bool, len(tree.Nodes))}
	c.joinCells(0)
	err = parallel.ForContext(ctx, n, samplesPerTask, func(lo, hi int) {
		for at := lo; at < hi && ctx.Err() == nil; at++ {
			c.joinNeighbors(int32(at))
		}
		progress.add(ctx, hi-lo)
	})
	if err != nil {
		return err
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
	return nil
}

// take keeps the tree of the core samples, for what is asked about other ones.
func (m *DBSCANModel) take(tree *neighbors.Tree) {
	m.tree = tree
	m.labels = make([]int32, len(tree.Rows))
	for at, row := range tree.Rows {
		m.labels[at] = int32(m.Labels[m.CoreIndices[row]])
	}
}

// components are the clusters of core samples as they grow together.
type components struct {
	tree   *neighbors.Tree
	square float64
	sets   sets   // of positions
	cell   []bool // by node: its points are neighbours of each other, one set
}

// joinCells joins the points of the nodes that are small enough for all to be
// neighbours.
func (c *components) joinCells(node int32) {
	t := c.tree.Nodes[node]
	c.cell[node] = c.tree.Diagonal(node) <= c.square
	if c.cell[node] {
		for at := t.Lo + 1; at < t.Hi; at++ {
			c.sets.join(t.Lo, at)
		}
		return
	}
	if t.Right > 0 {
		c.joinCells(node + 1)
		c.joinCells(t.Right)
	}
}

// joinNeighbors joins the point at a position with its neighbours. Of a cell that
// it is joined with already, or once it is, the others are not looked at.
func (c *components) joinNeighbors(at int32) {
	var stack neighbors.Stack
	x := c.tree.Point(int(at))
	stack.Push(0)
	for {
		node, ok := stack.Pop()
		if !ok {
			return
		}
		t := c.tree.Nodes[node]
		if c.cell[node] {
			if c.sets.find(t.Lo) != c.sets.find(at) && c.touches(node, x) {
				c.sets.join(t.Lo, at)
			}
			continue
		}
		if c.tree.Nearest(node, x) > c.square {
			continue
		}
		if t.Right > 0 {
			stack.Push(node + 1)
			stack.Push(t.Right)
			continue
		}
		var distances [neighbors.LeafSize]float64
		c.tree.Distances(distances[:], x, t.Lo, t.Hi)
		for i := t.Lo; i < t.Hi; i++ {
			if distances[i-t.Lo] <= c.square {
				c.sets.join(i, at)
			}
		}
	}
}

// touches reports whether a point of a node is a neighbour of x.
func (c *components) touches(node int32, x []float64) bool {
	var stack neighbors.Stack
	stack.Push(node)
	for {
		node, ok := stack.Pop()
		if !ok {
			return false
		}
		if c.tree.Nearest(node, x) > c.square {
			continue
		}
		t := c.tree.Nodes[node]
		if t.Right > 0 {
			stack.Push(node + 1)
			stack.Push(t.Right)
			continue
		}
		var distances [neighbors.LeafSize]float64
		c.tree.Distances(distances[:], x, t.Lo, t.Hi)
		for _, d := range distances[:t.Hi-t.Lo] {
			if d <= c.square {
				return true
			}
		}
	}
}

// labelBorder labels the samples that are not core samples but near one.
func (m *DBSCANModel) labelBorder(ctx context.Context, ds *dataset.Unlabeled, core []bool, progress *scan) error {
	square := m.Eps * m.Eps
	return parallel.ForContext(ctx, ds.Len(), samplesPerTask, func(lo, hi int) {
		for i := lo; i < hi && ctx.Err() == nil; i++ {
			if !core[i] {
				m.Labels[i] = m.lowest(ds.X.RawRowView(i), square)
			}
		}
		progress.add(ctx, hi-lo)
	})
}

// lowest returns the lowest cluster with a core sample within a squared distance
// of x, or −1.
func (m *DBSCANModel) lowest(x []float64, square float64) int {
	var stack neighbors.Stack
	var distances [neighbors.LeafSize]float64
	lowest := int32(math.MaxInt32)
	stack.Push(0)
	for {
		node, ok := stack.Pop()
		if !ok || lowest == 0 {
			break
		}
		if m.tree.Nearest(node, x) > square {
			continue
		}
		t := m.tree.Nodes[node]
		if t.Right > 0 {
			stack.Push(node + 1)
			stack.Push(t.Right)
			continue
		}
		m.tree.Distances(distances[:], x, t.Lo, t.Hi)
		for i, label := range m.labels[t.Lo:t.Hi] {
			if distances[i] <= square {
				lowest = min(lowest, label)
			}
		}
	}
	if lowest == math.MaxInt32 {
		return -1
	}
	return int(lowest)
}

// Predict returns for each row of x the cluster of the nearest core sample, the
// lower one on equality, or −1 if none is within Eps. For a training sample this is
// its label, unless the sample is at the border of several clusters.
func (m *DBSCANModel) Predict(x mat.Matrix) ([]int, error) {
	d, err := dataset.CheckRows(x, m.Features)
	if err != nil {
		return nil, err
	}
	n, _ := d.Dims()
	labels := make([]int, n)
	parallel.For(n, samplesPerTask, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			labels[i] = m.nearest(d.RawRowView(i))
		}
	})
	return labels, nil
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
