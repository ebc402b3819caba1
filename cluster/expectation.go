package cluster

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// An expectation sums over the samples what the next parameters of a mixture are
// made of, in one pass: of a block of samples the probabilities of the components,
// and right away the scatter with these as weights.
type expectation struct {
	*data
	params   GaussianMixture
	total    float64    // weight of all samples
	groups   []*scatter // of consecutive runs of perGroup rows
	perGroup int
	block    int // rows at a time
	workers  []blockScratch
}

// blockScratch is what a worker needs for a block of b samples.
type blockScratch struct {
	probabilities []float64 // b × K
	weights       []float64 // b: of a component
	differences   []float64 // b × p
}

// scatter is, for weights rᵢₖ and centres cₖ,
//
//	Σᵢ rᵢₖ,  Σᵢ rᵢₖ(xᵢ−cₖ)  and  Σᵢ rᵢₖ(xᵢ−cₖ)(xᵢ−cₖ)ᵀ,
//
// of the last the upper triangle, summed over the components where the covariance
// is tied, or the diagonal.
type scatter struct {
	weight        []float64
	first         *mat.Dense // K × p
	second        *mat.Dense // K·p × p, p × p or K × p
	logLikelihood float64
	outlier       int // row that is too far from all components, or −1
}

func newScatter(p GaussianMixture, features int) *scatter {
	form := p.Covariance
	if form == Spherical {
		form = Diagonal
	}
	rows, cols := form.dims(p.K, features)
	return &scatter{weight: make([]float64, p.K), first: mat.NewDense(p.K, features, nil), second: mat.NewDense(rows, cols, nil), outlier: -1}
}

func (s *scatter) reset() {
	clear(s.weight)
	s.first.Zero()
	s.second.Zero()
	s.logLikelihood, s.outlier = 0, -1
}

func (s *scatter) add(o *scatter) {
	simd.Add(s.weight, s.weight, o.weight)
	s.first.Add(s.first, o.first)
	s.second.Add(s.second, o.second)
	s.logLikelihood += o.logLikelihood
	if s.outlier < 0 {
		s.outlier = o.outlier
	}
}

func newExpectation(d *data, p GaussianMixture) *expectation {
	n, features := d.Dims()
	e := &expectation{data: d, params: p}
	for i := range n {
		e.total += d.Weight(i)
	}
	e.block = min(max(8192/features, 32), 256)
	// The sums take at most a tenth of the memory of the data.
	rows, cols := p.Covariance.dims(p.K, features)
	groups := min(max(n*features/(10*(rows*cols+p.K*features)), 1), 64, max(n/256, 1))
	e.perGroup = (n + groups - 1) / groups
	for range groups {
		e.groups = append(e.groups, newScatter(p, features))
	}
	for range parallel.Workers(n, e.perGroup) {
		e.workers = append(e.workers, blockScratch{
			probabilities: make([]float64, e.block*p.K),
			weights:       make([]float64, e.block),
			differences:   make([]float64, e.block*features),
		})
	}
	return e
}

// pass returns the sums about the given centres, for the probabilities by d, or
// by labels if d is nil.
func (e *expectation) pass(ctx context.Context, d *density, labels []int, centers *mat.Dense) (*scatter, error) {
	err := parallel.ForWorker(ctx, e.Len(), e.perGroup, func(worker, lo, hi int) {
		s, w := e.groups[lo/e.perGroup], e.workers[worker]
		s.reset()
		for ; lo < hi && ctx.Err() == nil; lo += e.block {
			end := min(lo+e.block, hi)
			if d == nil {
				w.label(labels[lo:end], e.params.K)
			} else {
				d.block(w.probabilities, e.X, lo, end, w.differences)
				e.normalise(s, w.probabilities, lo, end)
			}
			for k := range e.params.K {
				e.accumulate(s, w, k, centers.RawRowView(k), lo, end)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	total := newScatter(e.params, len(e.mean))
	for _, g := range e.groups {
		total.add(g)
	}
	if i := total.outlier; i >= 0 {
		return nil, fmt.Errorf("row %d: %w", i, errTooFar)
	}
	return total, nil
}

var errTooFar = fmt.Errorf("%w: the sample is so far from all components that its density underflows", dataset.ErrNotFinite)

// label sets probabilities of zero and one.
func (w blockScratch) label(labels []int, k int) {
	clear(w.probabilities)
	for i, l := range labels {
		w.probabilities[i*k+int(l)] = 1
	}
}

// normalise makes probabilities of the logarithms of densities.
func (e *expectation) normalise(s *scatter, densities []float64, lo, hi int) {
	k := e.params.K
	for i := lo; i < hi; i++ {
		row := densities[(i-lo)*k:][:k]
		logDensity := simd.Softmax(row, row)
		if math.IsNaN(logDensity) || math.IsInf(logDensity, 0) {
			if s.outlier < 0 {
				s.outlier = i
			}
			return
		}
		if w := e.Weight(i); w > 0 {
			s.logLikelihood += float64(w * logDensity)
		}
	}
}

// accumulate adds what samples lo to hi contribute to component k.
func (e *expectation) accumulate(s *scatter, w blockScratch, k int, center []float64, lo, hi int) {
	p, rows := len(center), 0
	for i := lo; i < hi; i++ {
		r := w.probabilities[(i-lo)*e.params.K+k] * e.Weight(i)
		if r == 0 { // of separated components most are
			continue
		}
		w.weights[rows] = r
		s.weight[k] += r
		simd.Sub(w.differences[rows*p:][:p], e.X.RawRowView(i), center)
		rows++
	}
	if rows == 0 {
		return
	}
	weights, d := w.weights[:rows], w.differences[:rows*p]
	simd.AxpyRows(weights, d, p, s.first.RawRowView(k))
	if !e.square() {
		simd.Mul(d, d, d)
		simd.AxpyRows(weights, d, p, s.second.RawRowView(k))
		return
	}
	for i, r := range weights {
		simd.Scal(math.Sqrt(r), d[i*p:][:p])
	}
	blas64.Syrk(blas.Trans, 1, blas64.General{Rows: rows, Cols: p, Stride: p, Data: d}, 1,
		blas64.Symmetric{Uplo: blas.Upper, N: p, Stride: p, Data: s.block(e.params.Covariance, k)})
}

func (e *expectation) square() bool {
	return e.params.Covariance == Full || e.params.Covariance == Tied
}

// block returns the second moments that component k adds to.
func (s *scatter) block(form Covariance, k int) []float64 {
	m := s.second.RawMatrix()
	if form == Full {
		return m.Data[k*m.Cols*m.Cols:][:m.Cols*m.Cols]
	}
	return m.Data
}

// fromLabels returns the mixture of the samples with each label.
func (e *expectation) fromLabels(ctx context.Context, labels []int, centers *mat.Dense) (*GaussianMixtureModel, error) {
	s, err := e.pass(ctx, nil, labels, centers)
	if err != nil {
		return nil, err
	}
	m, _ := e.maximise(s, centers)
	return m, nil
}

// step returns the mixture after an iteration from d, and the mean log-likelihood
// per sample of d.
func (e *expectation) step(ctx context.Context, d *density) (*GaussianMixtureModel, float64, error) {
	s, err := e.pass(ctx, d, nil, d.means)
	if err != nil {
		return nil, 0, err
	}
	m, cancelled := e.maximise(s, d.means)
	if cancelled { // the means have moved far: sum about where they are now
		if s, err = e.pass(ctx, d, nil, m.Means); err != nil {
			return nil, 0, err
		}
		m, _ = e.maximise(s, m.Means)
	}
	return m, s.logLikelihood / e.total, m.prepare(ctx)
}

// maximise returns the mixture with the greatest likelihood for the probabilities
// that s was summed with, and whether the means are so far from the centres that
// covariances have lost digits.
func (e *expectation) maximise(s *scatter, centers *mat.Dense) (m *GaussianMixtureModel, cancelled bool) {
	m = e.newModel()
	m.Means = mat.DenseCopyOf(centers)
	p, form := len(e.mean), e.params.Covariance
	shift := make([]float64, p) // mean − centre
	lost := make([]float64, p)  // what the shift takes off the variances
	for k, weight := range s.weight {
		if form != Tied {
			clear(lost)
		}
		if weight <= 0x1p-52*e.total {
			if form != Tied {
				m.setVariance(k, e.variance+e.params.RegCovar)
			}
			continue
		}
		m.Weights[k] = weight / e.total
		for j, v := range s.first.RawRowView(k) {
			shift[j] = v / weight
		}
		mean := m.Means.RawRowView(k)
		simd.Add(mean, mean, shift)
		share := 1.0
		if form == Tied {
			share = m.Weights[k]
		}
		for j, v := range shift {
			lost[j] += share * v * v
		}
		if e.square() {
			second := s.block(form, k)
			for i, v := range shift {
				simd.Axpy(-weight*v, shift[i:], second[i*p+i:])
			}
			if form == Full {
				cancelled = e.covariance(m.block(k), second, weight, lost) || cancelled
			}
			continue
		}
		cancelled = e.variances(m.Covariances.RawRowView(k), s.second.RawRowView(k), weight, lost) || cancelled
	}
	if form == Tied {
		cancelled = e.covariance(m.block(0), s.second.RawMatrix().Data, simd.Sum(s.weight), lost)
	}
	return m, cancelled
}

// cancelledBelow is the part of what was subtracted below which a variance is
// computed again.
const cancelledBelow = 1e-4

// covariance sets dst to the symmetric matrix whose upper triangle is
// second/weight, regularised, and reports whether a variance is cancelled.
func (e *expectation) covariance(dst, second []float64, weight float64, lost []float64) (cancelled bool) {
	p := len(lost)
	for i := range p {
		for j := i; j < p; j++ {
			v := second[i*p+j] / weight
			dst[i*p+j], dst[j*p+i] = v, v
		}
		v := &dst[i*p+i]
		*v = max(*v, 0) + e.params.RegCovar
		cancelled = cancelled || *v < cancelledBelow*lost[i]
	}
	return cancelled
}

// variances is covariance for the diagonal, or for its mean.
func (e *expectation) variances(dst, second []float64, weight float64, lost []float64) (cancelled bool) {
	sum := 0.0
	for j, v := range second {
		v = max(v/weight-lost[j], 0) + e.params.RegCovar
		cancelled = cancelled || v < cancelledBelow*lost[j]
		sum += v
		if e.params.Covariance == Diagonal {
			dst[j] = v
		}
	}
	if e.params.Covariance == Spherical {
		dst[0] = sum / float64(len(second))
	}
	return cancelled
}

func (e *expectation) newModel() *GaussianMixtureModel {
	p := len(e.mean)
	rows, cols := e.params.Covariance.dims(e.params.K, p)
	return &GaussianMixtureModel{
		Form:        e.params.Covariance,
		Weights:     make([]float64, e.params.K),
		Covariances: mat.NewDense(rows, cols, nil),
		Schema:      e.Schema,
	}
}
