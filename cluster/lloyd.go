package cluster

import (
	"context"
	"slices"
	"sort"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// A run is k-means from one set of first centres.
type run struct {
	*data
	centers    *mat.Dense
	shifts     []float64 // how far each was moved by the last update, squared
	states     []state   // of each sample
	labels     []int     // of each sample, once the run has ended
	passes     int       // over the samples, for labels
	assigned   bool      // every sample has a label
	search     *search
	all        *sums // over all samples
	perGroup   int   // consecutive rows that a worker takes
	lists      moveLists
	workers    []*worker // as many as there are at once
	bounds     *bounds   // nil for Lloyd's algorithm
	elkan      *elkan    // nil for all but Elkan's
	iterations int
	converged  bool
	inertia    float64
}

// run is k-means from one start. It reports the number of iterations before each.
func (p KMeans) run(ctx context.Context, d *data, restart uint64, report func(iterations int)) (*run, error) {
	centers, err := p.firstCenters(ctx, d, restart)
	if err != nil {
		return nil, err
	}
	r := newRun(d, centers)
	algorithm := p.Algorithm.chosen(d, p.K)
	if algorithm != Lloyd {
		r.bounds = newBounds(d, p.K)
	}
	if algorithm == Elkan {
		r.elkan = newElkan(r.bounds, p.K)
		for _, w := range r.workers {
			w.candidates = make([]int32, 0, p.K)
		}
	}
	for r.iterations < p.MaxIter && !r.converged {
		report(r.iterations)
		r.iterations++
		changed, err := r.assign(ctx)
		if err != nil {
			return nil, err
		}
		if !changed {
			r.converged = true // the means are those of the iteration before
			return r, r.finish(ctx)
		}
		r.converged = r.update() <= p.Tol*d.variance
	}
	if _, err := r.assign(ctx); err != nil { // to the centres as they are now
		return nil, err
	}
	return r, r.finish(ctx)
}

func newRun(d *data, centers *mat.Dense) *run {
	n, p := d.Dims()
	k, _ := centers.Dims()
	r := &run{
		data: d, centers: centers, shifts: make([]float64, k), states: make([]state, n),
		search: newSearch(d, k), all: newSums(k, p),
	}
	groups := min(max(n/256, 1), 32)
	r.perGroup = (n + groups - 1) / groups
	for _, b := range newBlocks(parallel.Workers(n, r.perGroup), p) {
		r.workers = append(r.workers, &worker{block: b, unsure: make([]int32, 0, batch)})
	}
	return r
}

// batch is how many samples of its group a worker looks at together: enough to fetch
// those that it needs ahead of time, and few enough to be in a cache when they are packed.
const batch = 256

// A worker has the memory to assign a group of samples.
type worker struct {
	*block
	moves      []move
	unsure     []int32 // samples of a batch that may have to change their label
	candidates []int32 // scratch of Elkan's algorithm
	pairs      pairs
}

// A move is that of a sample from one cluster to the one that it has got.
type move struct{ sample, from int32 }

// A group is consecutive samples with the moves among them. There are none in the
// list when samples get their first labels: that is all of them.
type group struct {
	lo, hi int
	moves  []move
}

// moveLists are lists that are to be used again.
type moveLists struct {
	mu   sync.Mutex
	free [][]move
}

func (l *moveLists) get() []move {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.free) - 1
	if last < 0 {
		return nil
	}
	list := l.free[last]
	l.free = l.free[:last]
	return list
}

func (l *moveLists) put(list []move) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if cap(list) > 0 {
		l.free = append(l.free, list[:0])
	}
}

// assign gives each sample the label of its nearest centre, and keeps the sums
// of the clusters up to date. It reports whether a label has changed. Every other pass
// begins at the end of the data, which the pass before has left in a cache.
func (r *run) assign(ctx context.Context) (changed bool, err error) {
	t := r.search
	t.among(r.centers)
	last, err := parallel.ReduceWorker(ctx, r.Len(), r.perGroup, func(worker, lo, hi int) group {
		if r.passes%2 == 1 {
			lo, hi = r.Len()-hi, r.Len()-lo
		}
		w := r.workers[worker]
		w.moves = r.lists.get()
		for from := lo; from < hi && ctx.Err() == nil; from += batch {
			r.assignBatch(ctx, from, min(from+batch, hi), w)
		}
		r.searchRows(w)
		return group{lo, hi, w.moves}
	}, func(before, g group) group {
		if ctx.Err() == nil { // else samples of it may have no label
			changed = changed || len(before.moves) > 0
			r.apply(before)
		}
		return g
	})
	if err != nil {
		return false, err
	}
	changed = changed || len(last.moves) > 0 || !r.assigned
	r.apply(last)
	r.assigned = true
	r.passes++
	return changed, nil
}

// assignBatch gives labels to the samples [lo, hi), but for those that it leaves in
// w.rows. It ends early once ctx is done.
func (r *run) assignBatch(ctx context.Context, lo, hi int, w *worker) {
	w.unsure = w.unsure[:0]
	if r.bounds == nil || !r.assigned {
		for i := lo; i < hi; i++ {
			w.unsure = append(w.unsure, int32(i))
		}
	} else {
		w.unsure = r.bounds.unsure(w.unsure, r.states[lo:hi], lo)
		w.unsure = r.bounds.tighten(w.unsure, r, w)
	}
	for _, i := range w.unsure {
		if r.elkan != nil && r.assigned && r.settles(int(i), w) {
			continue
		}
		w.rows = append(w.rows, i)
		if !w.full() {
			continue
		}
		if ctx.Err() != nil {
			return
		}
		r.searchRows(w)
	}
}

// searchRows gives labels to the samples of w.rows, and empties the list.
func (r *run) searchRows(w *worker) {
	if r.elkan != nil {
		r.search.searchAll(w.block, r.elkan)
	} else {
		r.search.search(w.block)
	}
	for s, row := range w.rows {
		r.relabel(int(row), int(w.nearest[s]), w)
		if r.bounds != nil {
			r.states[row] = r.bounds.state(int(w.nearest[s]), w.upper[s], w.lower[s])
		}
	}
	w.rows = w.rows[:0]
}

// apply brings the sums of the clusters up to date.
func (r *run) apply(g group) {
	if !r.assigned {
		for i := g.lo; i < g.hi; i++ {
			r.all.move(r.X.RawRowView(i), r.Weight(i), -1, r.label(i))
		}
	}
	for _, m := range g.moves {
		i := int(m.sample)
		r.all.move(r.X.RawRowView(i), r.Weight(i), int(m.from), r.label(i))
	}
	r.lists.put(g.moves)
}

// label returns the cluster of sample i, −1 if it has none yet.
func (r *run) label(i int) int {
	if r.bounds == nil {
		return r.states[i] - 1
	}
	return r.states[i]&labelMask - 1
}

// settles reports whether sample i has got its label without a search among all
// centres.
func (r *run) settles(i int, w *worker) bool {
	next, ok := r.elkan.settle(i, r.centers, r.states[i], w.candidates)
	if ok {
		r.relabel(i, next&labelMask-1, w)
		r.states[i] = next
	}
	return ok
}

// relabel gives sample i a label, which is a move if it had another.
func (r *run) relabel(i, to int, w *worker) {
	from := r.label(i)
	if to == from {
		return
	}
	if r.assigned {
		w.moves = append(w.moves, move{int32(i), int32(from)})
	}
	r.states[i] = to + 1
}

// update moves each centre to the mean of its cluster and returns Σ‖Δcₖ‖².
func (r *run) update() float64 {
	r.relocated().means(r.centers, r.shifts)
	if r.bounds != nil {
		r.bounds.moved(r.shifts, r.centers, r.elkan)
	}
	total := 0.0
	for _, square := range r.shifts {
		total += square
	}
	return total
}

// relocated returns the sums after each empty cluster has been given the sample that
// lies farthest from its centre, the next-farthest going to the next cluster, which is
// taken from its own: those over all samples if no cluster is empty, else others.
func (r *run) relocated() *sums {
	var empty []int
	for c, samples := range r.all.samples {
		if samples == 0 {
			empty = append(empty, c)
		}
	}
	if len(empty) == 0 {
		return r.all
	}
	total := newSums(r.centers.Dims())
	total.add(r.all)
	for e, i := range r.farthest(len(empty)) {
		total.move(r.X.RawRowView(i), r.Weight(i), r.label(i), empty[e])
	}
	return total
}

// farthest returns the samples that lie farthest from their centres, count of them
// or as many as do not lie on it, in descending order of distance, by index on equality.
func (r *run) farthest(count int) []int {
	rows, distances := make([]int, 0, count+1), make([]float64, 0, count+1)
	for i := range r.Len() {
		if r.Weight(i) == 0 {
			continue
		}
		d := simd.SqDist(r.X.RawRowView(i), r.centers.RawRowView(r.label(i)))
		if d == 0 || len(rows) == count && d <= distances[count-1] {
			continue
		}
		at := sort.Search(len(rows), func(q int) bool { return distances[q] < d })
		rows, distances = slices.Insert(rows, at, i), slices.Insert(distances, at, d)
		if len(rows) > count {
			rows, distances = rows[:count], distances[:count]
		}
	}
	return rows
}

// finish makes labels of the states, in their memory, and computes the inertia. It
// leaves what else it needed to the next run.
func (r *run) finish(ctx context.Context) (err error) {
	for i := range r.states {
		r.states[i] = r.label(i)
	}
	r.labels, r.states = r.states, nil
	r.bounds, r.elkan, r.workers = nil, nil, nil
	n, p := r.Dims()
	r.inertia, err = parallel.Reduce(ctx, n, rowsPerTask(1, p), func(lo, hi int) float64 {
		sum := 0.0
		for i := lo; i < hi; i++ {
			sum += r.Weight(i) * simd.SqDist(r.X.RawRowView(i), r.centers.RawRowView(r.labels[i]))
		}
		return sum
	}, func(a, b float64) float64 { return a + b })
	return err
}

// model returns what the run has found.
func (r *run) model() *KMeansModel {
	return &KMeansModel{
		Centers:     r.centers,
		Labels:      r.labels,
		Inertia:     r.inertia,
		Convergence: model.Convergence{Iterations: r.iterations, Converged: r.converged, Objective: r.inertia},
		Schema:      r.Schema,
	}
}
