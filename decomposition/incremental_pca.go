package decomposition

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/lapack"
	"github.com/sapwood-ml/sapwood/model"
)

// IncrementalPCA learns principal components from one batch of samples after
// the other, in memory for one batch (Ross, Lim, Lin & Yang 2008, Incremental
// learning for robust visual tracking, §2): after each, the leading singular
// values Σ and vectors V of
//
//	[ΣV; batch − its mean; √(nm/(n+m))·(mean − batch mean)]
//
// with n samples before and m in the batch. With all components kept the result
// is that of [PCA], otherwise near it. [IncrementalPCA.Fit] divides a data set into
// batches; for data that do not fit in memory, [IncrementalPCA.Start] a stream.
type IncrementalPCA struct {
	// Components is the number k of components to keep; 0 means all.
	Components int
	// Whiten makes Transform divide each component by its standard deviation.
	Whiten bool
	// BatchSize is the number of samples that Fit takes at a time; 0 means 5 per
	// feature.
	BatchSize int
}

var _ model.Fitter[dataset.None, *PCAModel] = IncrementalPCA{}

// Fit learns from ds. Errors are those of [PCA.Fit]. Progress is reported as
// "incremental PCA", in samples.
func (c IncrementalPCA) Fit(ctx context.Context, ds *dataset.Unlabeled) (*PCAModel, error) {
	if err := ds.ValidateShape(); err != nil {
		return nil, err
	}
	n, p := ds.Dims()
	if n < 2 {
		return nil, fmt.Errorf("%w: one sample has no variance", dataset.ErrShape)
	}
	if c.Components > min(n, p) {
		return nil, &model.ParamError{Field: "Components", Value: c.Components, Want: fmt.Sprintf("at most min(samples, features) = %d", min(n, p))}
	}
	size := c.BatchSize
	if size == 0 {
		size = 5 * p
	}
	stream, err := c.Start()
	if err != nil {
		return nil, err
	}
	for lo := 0; lo < n; lo += size {
		hi := min(lo+size, n)
		batch := &dataset.Unlabeled{X: ds.X.Slice(lo, hi, 0, p).(*mat.Dense), Schema: ds.Schema}
		if ds.Weights != nil {
			batch.Weights = ds.Weights[lo:hi]
		}
		if err := stream.add(ctx, batch); err != nil {
			return nil, explain(err, ds)
		}
		model.Report(ctx, model.Progress{Task: "incremental PCA", Done: hi, Total: n})
	}
	return stream.Model()
}

// Start returns a stream that has seen no samples.
func (c IncrementalPCA) Start() (*IncrementalPCAStream, error) {
	switch {
	case c.Components < 0:
		return nil, &model.ParamError{Field: "Components", Value: c.Components, Want: "not negative"}
	case c.BatchSize < 0:
		return nil, &model.ParamError{Field: "BatchSize", Value: c.BatchSize, Want: "not negative"}
	}
	return &IncrementalPCAStream{params: c}, nil
}

// An IncrementalPCAStream learns principal components from batches of samples.
// It must not be used by several goroutines at once.
type IncrementalPCAStream struct {
	params  IncrementalPCA
	samples int
	total   float64 // of the weights
	mean    []float64
	values  []float64 // singular values kept
	vectors *mat.Dense
	scatter float64 // Σ wᵢ‖xᵢ−μ‖²
	schema  dataset.Schema
}

// PartialFit learns from a further batch, of any number of samples. After an
// error the stream is as it was before.
func (s *IncrementalPCAStream) PartialFit(ctx context.Context, batch *dataset.Unlabeled) error {
	if err := batch.ValidateShape(); err != nil {
		return err
	}
	if _, p := batch.Dims(); s.mean != nil && p != len(s.mean) {
		return fmt.Errorf("%w: %d features after batches of %d", dataset.ErrShape, p, len(s.mean))
	}
	if err := s.add(ctx, batch); err != nil {
		return explain(err, batch)
	}
	return nil
}

func (s *IncrementalPCAStream) add(ctx context.Context, batch *dataset.Unlabeled) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	data := newCentred(batch.X, batch.Weights)
	if data.total == 0 {
		return nil // samples of no weight
	}
	data.exponent = 0
	if err := data.settle(ctx, nil); err != nil {
		return err
	}
	m, p := data.n, data.p
	kept := len(s.values)
	stack := mat.NewDense(kept+m+1, p, nil)
	for j, value := range s.values {
		row := stack.RawRowView(j)
		copy(row, s.vectors.RawRowView(j))
		scale(row, value)
	}
	data.fill(stack.Slice(kept, kept+m, 0, p).(*mat.Dense).RawMatrix(), 0)
	mean := make([]float64, p)
	total := s.total + data.total
	shift := stack.RawRowView(kept + m)
	for j, b := range data.mean {
		if s.mean == nil {
			mean[j] = b
			continue
		}
		mean[j] = s.mean[j] + (b-s.mean[j])*(data.total/total)
		shift[j] = math.Sqrt(s.total/total*data.total) * (s.mean[j] - b)
	}
	scatter := s.scatter
	for i := kept; i <= kept+m; i++ {
		row := vector(stack.RawRowView(i))
		scatter += blas64.Dot(row, row)
	}
	values, vectors, _, ok := lapack.SVDContext(ctx, stack, false)
	if !ok || math.IsInf(scatter, 1) {
		return failed(ctx)
	}
	k := len(values)
	if s.params.Components > 0 {
		k = min(k, s.params.Components)
	}
	s.values, s.vectors = values[:k], vectors.Slice(0, k, 0, p).(*mat.Dense)
	s.mean, s.total, s.scatter = mean, total, scatter
	s.samples += m
	s.schema = dataset.Schema{Features: batch.Features, Levels: batch.Levels}
	return nil
}

// Model returns the model of the samples so far. Its noise variance is what
// of the variance of all samples the components leave. The errors are
// [dataset.ErrEmpty], [dataset.ErrShape] for fewer samples than components or two,
// and [dataset.ErrWeights] for weights that sum to one or less.
func (s *IncrementalPCAStream) Model() (*PCAModel, error) {
	p := len(s.mean)
	if p == 0 {
		return nil, dataset.ErrEmpty
	}
	rank := min(s.samples, p)
	k := s.params.Components
	if k == 0 {
		k = rank
	}
	if s.samples < 2 || k > rank {
		return nil, fmt.Errorf("%w: %d samples of %d features for %d components", dataset.ErrShape, s.samples, p, k)
	}
	if err := enough(s.total); err != nil {
		return nil, err
	}
	data := &centred{n: s.samples, p: p, total: s.total, mean: s.mean}
	found := &spectrum{squares: make([]float64, k), vectors: s.vectors, trace: s.scatter, rank: rank}
	for j, value := range s.values[:k] {
		found.squares[j] = value * value
	}
	return PCA{Components: k, Whiten: s.params.Whiten}.newModel(&dataset.Unlabeled{Schema: s.schema}, data, found)
}
