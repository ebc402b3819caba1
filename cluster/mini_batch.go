package cluster

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// MiniBatchKMeans divides samples into K clusters like [KMeans], from one batch of
// samples after the other: each batch is assigned to the nearest centres, and each
// centre becomes the weighted mean of all samples that it was ever given. That
// costs O(BatchSize·K·p) per batch, and comes near the inertia of KMeans long
// before a pass over large data is complete.
//
// Fit draws batches at random until their inertia, smoothed over about a pass,
// no longer falls. For data that do not fit in memory, Start a stream and give it
// batches of your own.
//
// Sources: Sculley, "Web-scale k-means clustering" (2010), algorithm 1; stopping
// and the reassignment of centres that get few samples as in scikit-learn.
type MiniBatchKMeans struct {
	K                int        // number of clusters; 0 means 8
	Init             Init       // how the first centres are drawn; zero means k-means++
	Centers          *mat.Dense // first centres, K × p, instead of drawn ones
	BatchSize        int        // samples per batch of Fit; 0 means 1024
	InitSize         int        // samples that Fit draws the first centres from; 0 means 3·BatchSize, or 3·K if that is more
	MaxIter          int        // limit of passes over the data; 0 means 100
	MaxNoImprovement int        // batches in a row without a lower smoothed inertia that end Fit; 0 means 10
	NoReassign       bool       // leave centres where they are that get hardly any samples
	Seed             uint64
}

var _ model.Fitter[dataset.None, *KMeansModel] = MiniBatchKMeans{}

// reassignBelow is the share of the largest weight of a cluster below which a
// centre is moved to a sample of the batch.
const reassignBelow = 0.01

// Fit divides the samples of ds. The model's Iterations count batches; it has
// converged if the smoothed inertia ceased to fall. Errors are those of
// [KMeans.Fit]. Progress is reported as "mini-batch k-means", in batches.
func (p MiniBatchKMeans) Fit(ctx context.Context, ds *dataset.Unlabeled) (*KMeansModel, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	p = p.withDefaults()
	if err := p.kmeans().check(ds); err != nil {
		return nil, err
	}
	n := ds.Len()
	rng := rand.New(rand.NewPCG(p.Seed, 1))
	s := &MiniBatchKMeansStream{params: p, rng: rng, schema: ds.Schema}
	first := ds
	if p.InitSize < n {
		first = sample(ds, rng, p.InitSize)
		if positive(first) < p.K {
			first = ds // weights of zero left too few
		}
	}
	if err := s.start(ctx, first); err != nil {
		return nil, err
	}
	size := min(p.BatchSize, n)
	batches := (n*p.MaxIter + size - 1) / size
	stop := smoothed{patience: p.MaxNoImprovement, alpha: min(1, 2*float64(size)/float64(n+1)), least: math.Inf(1)}
	for i := 0; i < batches && !s.converged; i++ {
		batch := sample(ds, rng, size)
		if positive(batch) == 0 {
			continue
		}
		if err := s.step(ctx, batch); err != nil {
			return nil, err
		}
		s.converged = stop.done(s.inertia)
		done := i + 1
		if s.converged {
			done = batches
		}
		model.Report(ctx, model.Progress{Task: "mini-batch k-means", Done: done, Total: batches})
	}
	// The labels and the inertia of all samples for the centres that were found.
	d, err := newData(ctx, ds)
	if err != nil {
		return nil, err
	}
	r := newRun(d, s.centers)
	r.iterations, r.converged = s.batches, s.converged
	if _, err := r.assign(ctx); err != nil {
		return nil, err
	}
	if err := r.finish(ctx); err != nil {
		return nil, err
	}
	return r.model(), nil
}

// smoothed decides when the inertia of batches ceases to fall.
type smoothed struct {
	patience    int
	alpha       float64 // of the exponential mean
	mean, least float64
	batches     int
	worse       int // batches since the least mean
}

func (s *smoothed) done(inertia float64) bool {
	s.batches++
	switch s.batches {
	case 1: // says more about the first centres than about the data
		return false
	case 2:
		s.mean = inertia
	default:
		s.mean += s.alpha * (inertia - s.mean)
	}
	if s.mean < s.least {
		s.least, s.worse = s.mean, 0
		return false
	}
	s.worse++
	return s.worse >= s.patience
}

// Start returns a stream that has seen no samples.
func (p MiniBatchKMeans) Start() (*MiniBatchKMeansStream, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	p = p.withDefaults()
	return &MiniBatchKMeansStream{params: p, rng: rand.New(rand.NewPCG(p.Seed, 1))}, nil
}

// A MiniBatchKMeansStream learns clusters from batches of samples. It must not
// be used by several goroutines at once.
type MiniBatchKMeansStream struct {
	params    MiniBatchKMeans
	rng       *rand.Rand
	schema    dataset.Schema
	centers   *mat.Dense // nil before the first batch
	weight    []float64  // of the samples that each centre was given
	batches   int
	since     float64 // samples since the last reassignment
	inertia   float64 // per weight, of the last batch before its step
	converged bool
}

// PartialFit learns from a batch. The first one must have K samples, as the first
// centres are drawn from it; errors are those of [KMeans.Fit], and leave the
// stream as it was.
func (s *MiniBatchKMeansStream) PartialFit(ctx context.Context, batch *dataset.Unlabeled) error {
	if s.centers == nil {
		if err := s.params.kmeans().check(batch); err != nil {
			return err
		}
		if err := s.start(ctx, batch); err != nil {
			return err
		}
		s.schema = batch.Schema
	} else if err := batch.Validate(); err != nil {
		return err
	}
	if _, p := batch.Dims(); p != s.centers.RawMatrix().Cols {
		return fmt.Errorf("%w: a batch of %d features, those before had %d", dataset.ErrShape, p, s.centers.RawMatrix().Cols)
	}
	return s.step(ctx, batch)
}

// Model returns the clusters as they are now. Its Inertia is that of the last
// batch, before its step, per unit of weight, and it has no Labels. Before the
// first batch the error is [dataset.ErrEmpty].
func (s *MiniBatchKMeansStream) Model() (*KMeansModel, error) {
	if s.centers == nil {
		return nil, fmt.Errorf("%w: the stream has seen no samples", dataset.ErrEmpty)
	}
	return &KMeansModel{
		Centers:     mat.DenseCopyOf(s.centers),
		Inertia:     s.inertia,
		Convergence: model.Convergence{Iterations: s.batches, Objective: s.inertia},
		Schema:      s.schema,
	}, nil
}

// start draws the first centres.
func (s *MiniBatchKMeansStream) start(ctx context.Context, from *dataset.Unlabeled) error {
	d, err := newData(ctx, from)
	if err != nil {
		return err
	}
	centers, err := s.params.kmeans().firstCenters(ctx, d, 0)
	if err != nil {
		return err
	}
	s.centers, s.weight = centers, make([]float64, s.params.K)
	return nil
}

// step moves each centre to the mean of all samples that it was given so far.
func (s *MiniBatchKMeansStream) step(ctx context.Context, batch *dataset.Unlabeled) error {
	d, err := newData(ctx, batch)
	if err != nil {
		return err
	}
	r := newRun(d, s.centers)
	if _, err := r.assign(ctx); err != nil {
		return err
	}
	if err := r.finish(ctx); err != nil {
		return err
	}
	s.batches++
	sums := r.all
	next, means := mat.DenseCopyOf(s.centers), make([]float64, len(d.mean))
	weight := 0.0
	for c := range s.weight {
		w := sums.weight(c)
		weight += w
		if sums.samples[c] == 0 {
			continue
		}
		s.weight[c] += w
		sums.mean(c, means)
		row := next.RawRowView(c)
		for j, mean := range means {
			row[j] += (mean - row[j]) * (w / s.weight[c])
		}
	}
	s.centers, s.inertia = next, r.inertia/weight
	s.since += float64(batch.Len())
	if !s.params.NoReassign && (slices.Min(s.weight) == 0 || s.since >= 10*float64(s.params.K)) {
		s.since = 0
		s.reassign(batch)
	}
	return nil
}

// reassign moves the centres that were given hardly any samples, at most half as
// many as the batch has, to samples of the batch.
func (s *MiniBatchKMeansStream) reassign(batch *dataset.Unlabeled) {
	limit := reassignBelow * slices.Max(s.weight)
	var poor []int
	least := math.Inf(1) // weight of a centre that stays
	for c, w := range s.weight {
		if w < limit {
			poor = append(poor, c)
		} else {
			least = min(least, w)
		}
	}
	slices.SortStableFunc(poor, func(a, b int) int {
		if s.weight[a] < s.weight[b] {
			return -1
		}
		if s.weight[a] > s.weight[b] {
			return 1
		}
		return 0
	})
	rows := s.rng.Perm(batch.Len())
	for i, c := range poor[:min(len(poor), batch.Len()/2)] {
		s.centers.SetRow(c, batch.X.RawRowView(rows[i]))
		s.weight[c] = least
	}
}

// sample draws n rows with replacement.
func sample(ds *dataset.Unlabeled, rng *rand.Rand, n int) *dataset.Unlabeled {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = rng.IntN(ds.Len())
	}
	s, err := ds.Subset(rows)
	if err != nil {
		panic(err) // the rows are in range, and ds was validated
	}
	return s
}

// kmeans returns the parameters that the two estimators share.
func (p MiniBatchKMeans) kmeans() KMeans {
	return KMeans{K: p.K, Init: p.Init, Centers: p.Centers, Seed: p.Seed}.withDefaults()
}

func (p MiniBatchKMeans) withDefaults() MiniBatchKMeans {
	if p.K == 0 {
		p.K = 8
	}
	if p.BatchSize == 0 {
		p.BatchSize = 1024
	}
	if p.InitSize == 0 {
		p.InitSize = 3 * p.BatchSize
	}
	p.InitSize = max(p.InitSize, 3*p.K)
	if p.MaxIter == 0 {
		p.MaxIter = 100
	}
	if p.MaxNoImprovement == 0 {
		p.MaxNoImprovement = 10
	}
	return p
}

func (p MiniBatchKMeans) check() error {
	for _, f := range []struct {
		name  string
		value int
	}{
		{"K", p.K}, {"BatchSize", p.BatchSize}, {"InitSize", p.InitSize}, {"MaxIter", p.MaxIter}, {"MaxNoImprovement", p.MaxNoImprovement},
	} {
		if f.value < 0 {
			return &model.ParamError{Field: f.name, Value: f.value, Want: "not negative"}
		}
	}
	return nil
}
