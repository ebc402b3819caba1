package tree

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// boosting are the parameters of both estimators, defaults filled in.
type boosting struct {
	iterations, leaves, depth, minLeaf, bins, patience int
	rate, l2, rows, columns, validation                float64
	seed                                               uint64
	monotone                                           []int
	levels                                             []int // per feature, 0 for a numeric one; nil if all are
}

func (b *boosting) resolve() error {
	for _, p := range []struct {
		field           string
		value           *int
		least, standard int
		most            int
	}{
		{"Iterations", &b.iterations, 1, 100, math.MaxInt32},
		{"MaxLeaves", &b.leaves, 2, 31, math.MaxInt32},
		{"MaxDepth", &b.depth, 1, noLimit, noLimit},
		{"MinSamplesLeaf", &b.minLeaf, 1, 20, noLimit},
		{"MaxBins", &b.bins, 2, mostBins, mostBins},
		{"EarlyStopping", &b.patience, 0, 0, noLimit},
	} {
		if *p.value == 0 {
			*p.value = p.standard
		}
		if *p.value < p.least || *p.value > p.most {
			want := "0 for the default, or at least " + itoa(p.least)
			if p.most == mostBins {
				want += " and at most " + itoa(p.most)
			}
			return &model.ParamError{Field: p.field, Value: *p.value, Want: want}
		}
	}
	for _, p := range []struct {
		field    string
		value    *float64
		standard float64
		most     float64
	}{
		{"LearningRate", &b.rate, 0.1, math.MaxFloat64},
		{"L2", &b.l2, 0, math.MaxFloat64},
		{"Subsample", &b.rows, 1, 1},
		{"ColumnSample", &b.columns, 1, 1},
		{"ValidationFraction", &b.validation, 0.1, 1 - 0x1p-53},
	} {
		if *p.value == 0 {
			*p.value = p.standard
		}
		if !(*p.value >= 0 && *p.value <= p.most) {
			want := "a finite number ≥ 0"
			if p.most <= 1 {
				want = "0 for the default, or a share up to 1"
			}
			return &model.ParamError{Field: p.field, Value: *p.value, Want: want}
		}
	}
	return nil
}

// booster is boosting under way.
type booster struct {
	boosting
	loss boostLoss
	team *parallel.Team
	data *binned
	y, w []float64
	all  []uint32 // rows of positive weight

	raw, g, h   [][]float64 // per output and row; h only where it is not all ones
	extents     []extent    // of the derivatives, per output
	derivatives derivatives // by the output whose tree is being grown
	residuals   residuals
	rule        splitRule
	rowSpace    [2][]uint32    // what the rows of leaves lie in
	pool        [][]derivative // histograms to be used again
	features    []int          // that the tree may use
	inTree      []bool         // the same, per feature
	found       [2][]boostSplit
}

// residuals are derivatives of the squared error by predictions of all rows, which
// the next iteration need not compute again: a leaf adds its step to those of its
// rows, and the histograms of the leaves, so shifted, sum to that of the next root.
type residuals struct {
	last    bool         // they do
	root    []derivative // the histogram of all rows; nil if the derivatives are not known
	squares float64      // sum of the squares of the derivatives
	fresh   float64      // the same when they were last computed from the predictions
	ahead   bool         // the predictions lack the steps since then
}

// catchUp adds to the predictions the steps that the residuals have taken.
func (b *booster) catchUp() {
	if !b.residuals.ahead {
		return
	}
	d, raw := &b.derivatives, b.raw[0]
	b.team.For(len(raw), boostChunk, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			steps := int64(d.words[i])>>d.layout.Count - int64(simd.NearestInteger((raw[i]-b.y[i])*d.gScale))
			raw[i] += float64(float64(steps) * d.gUnit)
		}
	})
	b.residuals.ahead = false
}

// newBooster bins the data and makes the first predictions, baseline.
func newBooster(ctx context.Context, params boosting, loss boostLoss, x *mat.Dense, y, w []float64) (b *booster, baseline []float64, err error) {
	edges, err := chooseBins(ctx, x, params.bins, params.seed)
	if err != nil {
		return nil, nil, err
	}
	data, err := bin(ctx, x, edges, params.levels)
	if err != nil {
		return nil, nil, err
	}
	n, p, k := data.n, data.p, loss.outputs()
	baseline = loss.baseline(y, w)
	b = &booster{
		boosting: params, loss: loss, team: new(parallel.Team), data: data, y: y, w: w, all: weightedRows(n, w),
		raw: columnsOf(k, n, baseline), g: columnsOf(k, n, nil),
		extents: make([]extent, k), derivatives: newDerivatives(data),
		residuals: residuals{
			last: loss.square() && w == nil && params.rows == 1 && params.rate <= 1 && n >= packRows && n < 1<<24,
		},
		rowSpace: [2][]uint32{make([]uint32, n), make([]uint32, n)},
		inTree:   make([]bool, p), found: [2][]boostSplit{make([]boostSplit, p), make([]boostSplit, p)},
	}
	if w != nil || !loss.ones() {
		b.h = columnsOf(k, n, nil)
	}
	return b, baseline, nil
}

// fitBoosting learns from targets y; valid data, if any, decide when to stop.
func fitBoosting(ctx context.Context, params boosting, loss boostLoss, x *mat.Dense, y, w []float64, validX *mat.Dense, validY, validW []float64) (*boosted, error) {
	b, baseline, err := newBooster(ctx, params, loss, x, y, w)
	if err != nil {
		return nil, err
	}
	b.team = parallel.NewTeam()
	defer b.team.Close()
	m := &boosted{baseline: baseline, trees: make([]ensemble, loss.outputs()), importance: make([]float64, b.data.p)}
	var check *validation
	if validX != nil {
		if check, err = newValidation(ctx, b, validX, validY, validW, m.baseline); err != nil {
			return nil, err
		}
	}
	for i := range params.iterations {
		trees, err := b.iterate(ctx, i)
		if err != nil {
			return nil, err
		}
		for c, t := range trees {
			for _, node := range t.setNodes {
				t.nodes[node].threshold = float64(len(m.sets))
				m.sets = append(m.sets, t.left[node])
			}
			flat := t.flatten(1)
			m.trees[c].outputs = 1
			m.trees[c].add(flat, false)
			gains := append(m.trees[c].gains, flat.decrease[0], 0)
			m.trees[c].gains = append(gains, flat.decrease[1:]...)
			if check != nil {
				check.add(t, c)
			}
		}
		m.iterations = i + 1
		if check != nil && check.stop(ctx, i) {
			model.Report(ctx, model.Progress{Task: "boosting", Done: params.iterations, Total: params.iterations})
			break
		}
		model.Report(ctx, model.Progress{Task: "boosting", Done: i + 1, Total: params.iterations})
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if check != nil {
		m.truncate(check.best + 1)
	}
	m.sumImportances(b.data.p)
	m.prepare()
	return m, nil
}

// iterate grows a tree per output.
func (b *booster) iterate(ctx context.Context, iteration int) (trees []*boostTree, err error) {
	if b.residuals.root == nil {
		b.catchUp()
		if err := b.differentiate(ctx); err != nil {
			return nil, err
		}
	}
	sample := b.sample(rand.NewPCG(b.seed, uint64(iteration)+1))
	for c := range b.raw {
		t, err := b.growTree(ctx, c, sample)
		if err != nil {
			return nil, err
		}
		trees = append(trees, t)
	}
	return trees, nil
}

func columnsOf(k, n int, values []float64) [][]float64 {
	columns := make([][]float64, k)
	for c := range columns {
		columns[c] = make([]float64, n)
		if values != nil {
			for i := range columns[c] {
				columns[c][i] = values[c]
			}
		}
	}
	return columns
}

// boostChunk is how many rows a task of a parallel loop over rows has.
const boostChunk = 8192

// boostBlock is how many rows are in the first-level cache while one thing after the
// other is computed for them.
const boostBlock = 512

// window is the rows [lo, hi) of columns.
func window(columns [][]float64, lo, hi int) [][]float64 {
	part := make([][]float64, len(columns))
	moveWindow(part, columns, lo, hi)
	return part
}

func moveWindow(part, columns [][]float64, lo, hi int) {
	for c := range part {
		part[c] = columns[c][lo:hi]
	}
}

// differentiate computes the derivatives at all rows, and how large they are.
func (b *booster) differentiate(ctx context.Context) error {
	n, k := b.data.n, len(b.g)
	extents := make([]extent, (n+boostChunk-1)/boostChunk*k)
	err := b.team.ForContext(ctx, n, boostChunk, func(from, to int) {
		own := extents[from/boostChunk*k:][:k]
		raw, g, h := make([][]float64, k), make([][]float64, k), make([][]float64, len(b.h))
		for lo := from; lo < to; lo += boostBlock {
			hi := min(lo+boostBlock, to)
			moveWindow(raw, b.raw, lo, hi)
			moveWindow(g, b.g, lo, hi)
			moveWindow(h, b.h, lo, hi)
			b.loss.derivatives(b.y[lo:hi], raw, g, h)
			for c := range g {
				var second []float64
				if b.h != nil {
					second = h[c]
				}
				if b.w != nil {
					b.weigh(g[c], second, b.w[lo:hi])
				}
				own[c].add(extentOf(g[c], second))
			}
		}
	})
	clear(b.extents)
	for i, e := range extents {
		b.extents[i%k].add(e)
	}
	return err
}

// weigh multiplies derivatives by weights.
func (b *booster) weigh(g, h, w []float64) {
	simd.Mul(g, g, w)
	if b.loss.ones() {
		copy(h, w)
	} else {
		simd.Mul(h, h, w)
	}
}

// sample draws the rows and features of an iteration.
func (b *booster) sample(rng *rand.PCG) (rows []uint32) {
	rows = b.all
	if b.rows < 1 {
		m := max(int(math.Round(b.rows*float64(len(b.all)))), 1)
		rows = make([]uint32, 0, m)
		for _, i := range sampleRows(len(b.all), m, rng) {
			rows = append(rows, b.all[i])
		}
	}
	if b.features == nil || b.columns < 1 {
		m := b.data.p
		if b.columns < 1 {
			m = max(int(math.Round(b.columns*float64(m))), 1)
		}
		b.features = sampleRows(b.data.p, m, rng)
		clear(b.inTree)
		for _, f := range b.features {
			b.inTree[f] = true
		}
	}
	return rows
}

// truncate drops the trees after the first so many iterations.
func (m *boosted) truncate(iterations int) {
	if iterations >= m.iterations {
		return
	}
	m.iterations = iterations
	for c := range m.trees {
		e := &m.trees[c]
		e.nodes = e.nodes[:e.roots[iterations]]
		e.roots = e.roots[:iterations]
		e.gains = e.gains[:len(e.nodes)]
	}
}

// sumImportances makes each feature's share of the gains of all splits.
func (m *boosted) sumImportances(features int) {
	total := 0.0
	for c := range m.trees {
		e := &m.trees[c]
		for i, nd := range e.nodes {
			if nd.feature >= 0 {
				m.importance[nd.feature&featureMask] += e.gains[i]
				total += e.gains[i]
			}
		}
		e.gains = nil
	}
	for f := range m.importance {
		if total > 0 {
			m.importance[f] /= total
		}
	}
}

// validation follows the loss on rows that are not learned from.
type validation struct {
	b       *booster
	data    *binned
	y, w    []float64
	raw     [][]float64
	best    int
	lowest  float64
	weights float64
}

func newValidation(ctx context.Context, b *booster, x *mat.Dense, y, w, baseline []float64) (*validation, error) {
	data, err := bin(ctx, x, b.data.edges, b.levels)
	if err != nil {
		return nil, err
	}
	v := &validation{
		b: b, data: data, y: y, w: w, raw: columnsOf(len(baseline), data.n, baseline), lowest: math.Inf(1),
		weights: float64(data.n),
	}
	if w != nil {
		v.weights = 0
		for _, weight := range w {
			v.weights += weight
		}
	}
	return v, nil
}

func (v *validation) add(t *boostTree, c int) {
	parallel.For(v.data.n, boostChunk, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			v.raw[c][i] += t.binnedValue(v.data, i)
		}
	})
}

// stop tells whether the loss has not become lower for as many iterations as there
// is patience for.
func (v *validation) stop(ctx context.Context, iteration int) bool {
	sum, err := parallel.Reduce(ctx, v.data.n, boostChunk, func(lo, hi int) float64 {
		losses := make([]float64, hi-lo)
		v.b.loss.losses(v.y[lo:hi], window(v.raw, lo, hi), losses)
		sum := 0.0
		for i, l := range losses {
			if v.w != nil {
				l *= v.w[lo+i]
			}
			sum += l
		}
		return sum
	}, func(a, b float64) float64 { return a + b })
	if err != nil {
		return true
	}
	if mean := sum / max(v.weights, 1e-300); mean < v.lowest-math.Abs(v.lowest)*1e-7 || iteration == 0 {
		v.lowest, v.best = mean, iteration
	}
	return iteration-v.best >= v.b.patience
}

// binnedValue is the value of the leaf that row i of the data falls into.
func (t *boostTree) binnedValue(data *binned, i int) float64 {
	at := int32(0)
	for t.nodes[at].feature >= 0 {
		nd := &t.nodes[at]
		bin := data.cols[nd.feature&featureMask][i]
		left := t.left[at].has(bin)
		at = nd.left + 1
		if left {
			at = nd.left
		}
	}
	return t.values[at]
}

// take returns a histogram to be filled.
func (b *booster) take() []derivative {
	if k := len(b.pool); k > 0 {
		hist := b.pool[k-1]
		b.pool = b.pool[:k-1]
		return hist
	}
	return make([]derivative, b.data.p*histogramStride)
}

func (b *booster) give(hist []derivative) {
	if hist != nil {
		b.pool = append(b.pool, hist)
	}
}

// residualQuantile is that of the residuals of the given rows.
func (b *booster) residualQuantile(c int, rows []uint32, q float64) float64 {
	values := make([]weighted, len(rows))
	for i, r := range rows {
		values[i] = weighted{b.y[r] - b.raw[c][r], 1}
		if b.w != nil {
			values[i].weight = b.w[r]
		}
	}
	return weightedQuantile(values, q)
}

// leafValue is what the tree for output c is to add in a leaf: the Newton step
// −G/(H+λ), or a quantile of the residuals, times the learning rate.
func (b *booster) leafValue(c int, leaf *boostLeaf) float64 {
	if q, renew := b.loss.quantile(); renew {
		v := b.residualQuantile(c, leaf.rows, q)
		return b.rate * min(max(v, leaf.bounds.low), leaf.bounds.high)
	}
	if b.derivatives.rough && b.monotone == nil && b.rule.uncertainty(leaf.sum) > 1e-3 {
		g, h := 0.0, 0.0
		for _, r := range leaf.rows {
			g += b.g[c][r]
			h += b.h[c][r]
		}
		return b.rate * newtonStep(g, h, b.l2)
	}
	return b.rate * b.rule.step(leaf.sum)
}

// step is −G/(H+λ).
func (s *splitRule) step(sum derivative) float64 {
	return newtonStep(float64(sum.A)*s.gUnit, float64(sum.B>>s.countBits)*s.hUnit, s.l2)
}

// uncertainty is how wrong a step may be because derivatives were rounded.
func (s *splitRule) uncertainty(sum derivative) float64 {
	rows, h := float64(s.count(sum.B)), float64(sum.B>>s.countBits)*s.hUnit+s.l2
	return rows / 2 * (s.gUnit + math.Abs(s.step(sum))*s.hUnit) / h
}

func newtonStep(g, h, l2 float64) float64 {
	if h+l2 <= 0 {
		return 0
	}
	return -g / (h + l2)
}
