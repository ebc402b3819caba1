package cluster

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// GaussianMixtureModel is a mixture of K normal distributions. Its methods refuse,
// as dataset.ErrNotFinite, a sample that is so far from all components that the
// density underflows even as a logarithm (some 1e150 standard deviations).
type GaussianMixtureModel struct {
	Form    Covariance // of the covariance matrices
	Weights []float64  // K shares that sum to one
	Means   *mat.Dense // K × p
	// Covariances has the covariance matrices: if Full, one below the other, K·p × p;
	// if Tied, the one there is, p × p; if Diagonal, the variances, K × p; if
	// Spherical, the variance of each component, K × 1.
	Covariances *mat.Dense
	model.Convergence
	Schema dataset.Schema

	density *density
	scratch sync.Pool // of *[]float64, 2p + K elements
}

func init() { model.Register("cluster.GaussianMixture", 1, (*GaussianMixtureModel).restore) }

// Covariance returns the covariance matrix of component k, p × p. It panics if
// there is no such component.
func (m *GaussianMixtureModel) Covariance(k int) *mat.SymDense {
	if k < 0 || k >= len(m.Weights) {
		panic(fmt.Sprintf("cluster: component %d of %d", k, len(m.Weights)))
	}
	_, p := m.Means.Dims()
	if m.Form == Full || m.Form == Tied {
		s := mat.NewSymDense(p, nil)
		for i := range p {
			copy(s.RawSymmetric().Data[i*p+i:(i+1)*p], m.block(k)[i*p+i:])
		}
		return s
	}
	s := mat.NewSymDense(p, nil)
	variances := m.Covariances.RawRowView(k)
	for j := range p {
		s.SetSym(j, j, variances[j%len(variances)])
	}
	return s
}

// block returns the covariance matrix of component k, p × p, of a form that has one.
func (m *GaussianMixtureModel) block(k int) []float64 {
	f := factorOf(m.Form, m.Covariances, k)
	return f.data[:f.n*f.n]
}

// setVariance makes component k spherical; the form is not Tied.
func (m *GaussianMixtureModel) setVariance(k int, v float64) {
	if m.Form != Full {
		row := m.Covariances.RawRowView(k)
		for j := range row {
			row[j] = v
		}
		return
	}
	_, p := m.Means.Dims()
	block := m.block(k)
	clear(block)
	for j := range p {
		block[j*p+j] = v
	}
}

// prepare makes the density of what the exported fields say.
func (m *GaussianMixtureModel) prepare(ctx context.Context) (err error) {
	k, p := m.Means.Dims()
	m.scratch.New = func() any { s := make([]float64, 2*p+k); return &s }
	m.density, err = newDensity(ctx, m.Form, m.Weights, m.Means, m.Covariances)
	return err
}

// restore checks a loaded model.
func (m *GaussianMixtureModel) restore() error {
	if m.Means == nil || m.Means.IsEmpty() || m.Covariances == nil || m.Covariances.IsEmpty() {
		return errors.New("it has no components")
	}
	if m.Form < Full || m.Form > Spherical {
		return fmt.Errorf("it has covariances of unknown form %d", m.Form)
	}
	k, p := m.Means.Dims()
	wantRows, wantCols := m.Form.dims(k, p)
	if rows, cols := m.Covariances.Dims(); len(m.Weights) != k || rows != wantRows || cols != wantCols {
		return errors.New("the sizes of its weights, means and covariances differ")
	}
	for _, w := range m.Weights {
		if !(w >= 0) {
			return fmt.Errorf("a component has weight %v", w)
		}
	}
	if err := dataset.CheckSchema(m.Schema, p); err != nil {
		return err
	}
	return m.prepare(context.Background())
}

// Predict returns the most probable component of each row of x, the lower one on
// equality. It costs O(nKp²), or O(nKp) for diagonal and spherical covariances.
func (m *GaussianMixtureModel) Predict(x mat.Matrix) ([]int, error) {
	labels := []int{}
	err := m.each(x, func(n int) { labels = make([]int, n) }, func(i int, densities []float64) {
		labels[i] = simd.ArgMax(densities)
	})
	if err != nil {
		return nil, err
	}
	return labels, nil
}

// PredictRow returns the most probable component, the lower one on equality.
func (m *GaussianMixtureModel) PredictRow(row []float64) (int, error) {
	k, features := dims(m.Means)
	if err := dataset.CheckRow(row, features); err != nil {
		return 0, err
	}
	s := m.scratch.Get().(*[]float64)
	defer m.scratch.Put(s)
	densities, rest := (*s)[:k], (*s)[k:]
	m.density.row(densities, row, rest)
	if !usable(densities) {
		return 0, errTooFar
	}
	return simd.ArgMax(densities), nil
}

// PredictProba returns the probability of each component for each row, n × K.
func (m *GaussianMixtureModel) PredictProba(x mat.Matrix) (*mat.Dense, error) {
	k, _ := dims(m.Means)
	var probabilities *mat.Dense
	err := m.each(x, func(n int) { probabilities = mat.NewDense(n, k, nil) }, func(i int, densities []float64) {
		simd.Softmax(probabilities.RawRowView(i), densities)
	})
	if err != nil {
		return nil, err
	}
	return probabilities, nil
}

// LogLikelihood returns log p(x) of each row.
func (m *GaussianMixtureModel) LogLikelihood(x mat.Matrix) ([]float64, error) {
	var logs []float64
	err := m.each(x, func(n int) { logs = make([]float64, n) }, func(i int, densities []float64) {
		logs[i] = simd.LogSumExp(densities, densities)
	})
	if err != nil {
		return nil, err
	}
	return logs, nil
}

// each computes log(πₖ N(x; μₖ, Σₖ)) for each row. The errors are those of
// dataset.CheckRows, and errTooFar with the row.
func (m *GaussianMixtureModel) each(x mat.Matrix, begin func(n int), row func(i int, densities []float64)) error {
	k, features := dims(m.Means)
	d, err := dataset.CheckRows(x, features)
	if err != nil {
		return err
	}
	n, _ := d.Dims()
	begin(n)
	work := k
	if m.Form == Full || m.Form == Tied {
		work = k * (1 + features/4)
	}
	chunk := rowsPerTask(work, features)
	bad := parallel.First(n, chunk, func(lo, hi int) int {
		s := m.scratch.Get().(*[]float64)
		defer m.scratch.Put(s)
		densities, rest := (*s)[:k], (*s)[k:]
		for i := lo; i < hi; i++ {
			m.density.row(densities, d.RawRowView(i), rest)
			if !usable(densities) {
				return i
			}
			row(i, densities)
		}
		return -1
	})
	if bad >= 0 {
		return fmt.Errorf("row %d: %w", bad, errTooFar)
	}
	return nil
}

// usable reports whether the largest of the logarithms is a number, and all others
// are comparable to it.
func usable(densities []float64) bool {
	largest := math.Inf(-1)
	for _, v := range densities {
		if math.IsNaN(v) {
			return false
		}
		largest = max(largest, v)
	}
	return !math.IsInf(largest, 0)
}

// Score returns the mean log-likelihood per sample, Σ wᵢ log p(xᵢ) / Σ wᵢ.
func (m *GaussianMixtureModel) Score(ds *dataset.Unlabeled) (float64, error) {
	total, weight, err := m.score(ds)
	return total / weight, err
}

// score returns Σ wᵢ log p(xᵢ) and Σ wᵢ.
func (m *GaussianMixtureModel) score(ds *dataset.Unlabeled) (total, weight float64, err error) {
	if err := ds.ValidateShape(); err != nil {
		return 0, 1, err
	}
	logs, err := m.LogLikelihood(ds.X)
	if err != nil {
		return 0, 1, err
	}
	for i, l := range logs {
		total += float64(ds.Weight(i) * l)
		weight += ds.Weight(i)
	}
	return total, weight, nil
}

// BIC returns Schwarz's criterion −2 Σ wᵢ log p(xᵢ) + q log Σ wᵢ, with q the number
// of parameters: the lower, the better is a model among others of the same data.
func (m *GaussianMixtureModel) BIC(ds *dataset.Unlabeled) (float64, error) {
	total, weight, err := m.score(ds)
	return float64(m.parameters())*math.Log(weight) - 2*total, err
}

// AIC returns Akaike's criterion −2 Σ wᵢ log p(xᵢ) + 2q; see BIC.
func (m *GaussianMixtureModel) AIC(ds *dataset.Unlabeled) (float64, error) {
	total, _, err := m.score(ds)
	return 2*float64(m.parameters()) - 2*total, err
}

// parameters returns the number of free parameters.
func (m *GaussianMixtureModel) parameters() int {
	k, p := m.Means.Dims()
	q := k - 1 + k*p
	switch m.Form {
	case Full:
		return q + k*p*(p+1)/2
	case Tied:
		return q + p*(p+1)/2
	case Diagonal:
		return q + k*p
	}
	return q + k
}

// Sample draws n samples from the mixture, n × p, and says which component each is
// from. It is a [*model.ParamError] if n is less than one, or n·p above 2³¹.
func (m *GaussianMixtureModel) Sample(n int, seed uint64) (x *mat.Dense, components []int, err error) {
	const maxValues = min(1<<31, math.MaxInt/8)
	k, p := m.Means.Dims()
	if n < 1 || n > maxValues/p {
		return nil, nil, &model.ParamError{Field: "n", Value: n, Want: fmt.Sprintf("a number from 1 to %d", maxValues/p)}
	}
	factors := make([]blas64.Triangular, k) // Σ = UᵀU
	for c := range k {
		s := m.Covariance(c).RawSymmetric()
		t, ok := lapack64.Potrf(s)
		if !ok {
			return nil, nil, fmt.Errorf("cluster: the covariance matrix of component %d is not positive definite", c)
		}
		factors[c] = t
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	x, components = mat.NewDense(n, p, nil), make([]int, n)
	for i := range n {
		c := m.draw(rng.Float64())
		row := x.RawRowView(i)
		for j := range row {
			row[j] = rng.NormFloat64()
		}
		blas64.Trmv(blas.Trans, factors[c], blas64.Vector{N: p, Inc: 1, Data: row})
		simd.Add(row, row, m.Means.RawRowView(c))
		components[i] = c
	}
	return x, components, nil
}

// draw returns the component at u, in [0, 1), of the cumulated weights.
func (m *GaussianMixtureModel) draw(u float64) int {
	last := 0
	u *= simd.Sum(m.Weights)
	for c, w := range m.Weights {
		if w == 0 {
			continue
		}
		if last = c; u < w {
			break
		}
		u -= w
	}
	return last
}
