package decomposition

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/model"
)

// PCA learns the principal components of unlabeled data: the orthonormal
// directions v₁, v₂, … in which the centred samples have the largest variance
// that is left. They are the eigenvectors of the covariance matrix
//
//	1/(W−1) Σ wᵢ (xᵢ−μ)(xᵢ−μ)ᵀ,  W = Σ wᵢ,  μ = 1/W Σ wᵢ xᵢ,
//
// its eigenvalues the variances explained. A sample weight counts the sample
// that many times.
//
// The zero value keeps all min(n, p) components. At most one of Components,
// Fraction and MLE may be set.
type PCA struct {
	// Components is the number k of components to keep; 0 means all.
	Components int
	// Fraction, in (0, 1), keeps the fewest components that together explain more
	// than this fraction of the variance; 0 means that it does not decide.
	Fraction float64
	// MLE lets Bayesian model selection choose the number of components (Minka
	// 2000, Automatic choice of dimensionality for PCA, §4). It needs no fewer
	// samples than features.
	MLE bool
	// Whiten makes Transform divide each component by its standard deviation.
	Whiten bool
	// Solver is how the components are computed; the zero value chooses by shape.
	Solver Solver
	// Seed starts the Krylov and randomized solvers; no others draw random numbers.
	Seed uint64
}

// Solver is a way to compute principal components.
type Solver int

const (
	// SolverAuto takes SolverKrylov if fewer than a tenth of more than 1000
	// components are asked for by number, else SolverCovariance, and SolverSVD
	// where the latter would lose digits: if the smallest variance kept is below
	// 1e-5 of the largest.
	SolverAuto Solver = iota
	// SolverCovariance takes the eigenvectors of the covariance matrix, or of the
	// n×n matrix of inner products if n < p. Variances are exact to rounding
	// relative to the largest. Cost: np·min(n, p) flops, and a
	// symmetric eigenproblem of order min(n, p).
	SolverCovariance
	// SolverSVD takes the singular value decomposition of the centred data, by way
	// of a QR factorization: components of variance down to 1e-30 of the largest
	// have correct digits. Cost: twice that of SolverCovariance and more.
	SolverSVD
	// SolverKrylov finds the leading components in the block Krylov space of random
	// vectors (Musco & Musco 2015, Randomized block Krylov methods), iterated until they
	// are eigenvectors to 1e-7 of the largest eigenvalue, the variances thus to
	// about 1e-14. Cost: some 15 products of the data with 16 vectors, and 15 with their
	// transpose, in one pass over the data for both if there are up to 4096 features. It
	// falls back on SolverCovariance when that does not suffice.
	SolverKrylov
	// SolverRandomized finds the leading components in the range of a power of the
	// covariance matrix applied to k + 10 random vectors (Halko, Martinsson & Tropp
	// 2011, Finding structure with randomness), 7 powers or, if k is a tenth of all
	// directions or more, 4. It takes a fixed number of passes over the data, two per
	// power and one more, and how accurate it is depends on how fast variances decay: by
	// (λⱼ/λₖ₊₁₁)⁻¹⁵ for component j with 7. It needs Components.
	SolverRandomized
)

// PCAModel is a fitted [PCA].
type PCAModel struct {
	Components *mat.Dense // k × p, orthonormal rows
	// ExplainedVariance has the variance along each component, and
	// ExplainedVarianceRatio its part of the variance of all p features together
	// (0 if they are constant).
	ExplainedVariance, ExplainedVarianceRatio []float64
	// SingularValues are those of the centred data, √(variance·(W−1)).
	SingularValues []float64
	Mean           []float64 // μ, per feature
	// NoiseVariance is the mean variance of the min(n, p)−k directions left out, 0 if
	// there are none: σ² of probabilistic PCA (Tipping & Bishop 1999).
	NoiseVariance float64
	Whiten        bool // as in the parameters
	dataset.Schema
}

var (
	_ model.Fitter[dataset.None, *PCAModel] = PCA{}
	_ model.RowTransformer                  = (*PCAModel)(nil)
	_ model.Transformer                     = (*PCAModel)(nil)
	_ model.InverseTransformer              = (*PCAModel)(nil)
)

func init() { model.Register("decomposition.PCA", 1, (*PCAModel).restore) }

// Fit learns from ds. Errors are those of [dataset.Dataset.Validate],
// [*model.ParamError], [dataset.ErrShape] for a single sample,
// [dataset.ErrWeights] for weights that sum to one or less, and
// [dataset.ErrNotFinite] for values so large that their variance is not.
func (c PCA) Fit(ctx context.Context, ds *dataset.Unlabeled) (*PCAModel, error) {
	if err := ds.ValidateShape(); err != nil {
		return nil, err
	}
	if err := c.validate(ds); err != nil {
		return nil, err
	}
	data := newCentred(ds.X, ds.Weights)
	if err := enough(data.total); err != nil {
		return nil, err
	}
	wanted := min(data.n, data.p)
	if c.Components > 0 {
		wanted = c.Components
	}
	s, err := c.Solver.solve(ctx, data, wanted, c.Seed, func(s *spectrum) int {
		if c.Fraction > 0 {
			return s.explaining(c.Fraction)
		}
		return wanted
	})
	if err != nil {
		return nil, explain(err, ds)
	}
	return c.newModel(ds, data, s)
}

func (c PCA) validate(ds *dataset.Unlabeled) error {
	n, p := ds.Dims()
	if n < 2 {
		return fmt.Errorf("%w: one sample has no variance", dataset.ErrShape)
	}
	chosen := 0
	for _, set := range []bool{c.Components != 0, c.Fraction != 0, c.MLE} {
		if set {
			chosen++
		}
	}
	switch {
	case c.Components < 0 || c.Components > min(n, p):
		return &model.ParamError{Field: "Components", Value: c.Components, Want: fmt.Sprintf("at most min(samples, features) = %d, and not negative", min(n, p))}
	case !(c.Fraction >= 0 && c.Fraction < 1):
		return &model.ParamError{Field: "Fraction", Value: c.Fraction, Want: "in (0, 1), or 0"}
	case c.MLE && n < p:
		return &model.ParamError{Field: "MLE", Value: c.MLE, Want: fmt.Sprintf("false with fewer samples (%d) than features (%d)", n, p)}
	case chosen > 1 && c.MLE:
		return &model.ParamError{Field: "MLE", Value: c.MLE, Want: "false beside Components or Fraction"}
	case chosen > 1:
		return &model.ParamError{Field: "Fraction", Value: c.Fraction, Want: "0 beside Components"}
	case c.Solver < SolverAuto || c.Solver > SolverRandomized:
		return &model.ParamError{Field: "Solver", Value: c.Solver, Want: "one of the constants"}
	case c.Solver >= SolverKrylov && c.Components == 0:
		return &model.ParamError{Field: "Solver", Value: c.Solver, Want: "another without Components"}
	}
	return nil
}

// explain replaces errOverflow by what is wrong with the data: one cell that is
// not finite spoils all sums, so that they tell of it as surely as a look at
// every cell.
func explain(err error, ds *dataset.Unlabeled) error {
	if err == errOverflow {
		return cmp.Or(ds.Validate(), err)
	}
	return err
}

// enough returns an error if samples of that total weight have no variance.
func enough(total float64) error {
	if total <= 1 {
		return fmt.Errorf("%w: they sum to %v, and count samples, of which it takes two", dataset.ErrWeights, total)
	}
	return nil
}

// newModel puts the solution, which may have more components than wanted, into
// the terms of the model.
func (c PCA) newModel(ds *dataset.Unlabeled, data *centred, s *spectrum) (*PCAModel, error) {
	rank := min(data.n, data.p)
	k := len(s.squares)
	switch {
	case c.Components > 0:
		k = c.Components
	case c.Fraction > 0:
		k = s.explaining(c.Fraction)
	case c.MLE:
		k = minkaRank(s.squares, data.total)
	}
	m := &PCAModel{
		Components:             mat.DenseCopyOf(s.vectors.Slice(0, k, 0, data.p)),
		ExplainedVariance:      make([]float64, k),
		ExplainedVarianceRatio: make([]float64, k),
		SingularValues:         make([]float64, k),
		Mean:                   data.mean,
		Whiten:                 c.Whiten,
		Schema:                 dataset.Schema{Features: ds.Features, Levels: ds.Levels},
	}
	// Squares of the data are in units of 4^exponent.
	unit := math.Ldexp(1, data.exponent)
	for j, square := range s.squares[:k] {
		m.SingularValues[j] = math.Sqrt(square) * unit
		m.ExplainedVariance[j] = square / (data.total - 1) * unit * unit
		if s.trace > 0 {
			m.ExplainedVarianceRatio[j] = square / s.trace
		}
	}
	if k < rank {
		m.NoiseVariance = s.beyond(k) / float64(rank-k) / (data.total - 1) * unit * unit
	}
	if math.IsInf(m.ExplainedVariance[0], 0) {
		return nil, fmt.Errorf("%w: the variance of the first component overflows", dataset.ErrNotFinite)
	}
	return m, nil
}

// Transform returns the coordinates of the rows of x along the components,
// (x−μ)·vⱼ, n × k; divided by the standard deviation of the component for a
// whitening model, where a component without variance gives 0.
func (m *PCAModel) Transform(x mat.Matrix) (*mat.Dense, error) {
	k, p := dims(m.Components)
	rows, err := dataset.CheckRows(x, p)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	scores := mat.NewDense(n, k, nil)
	factors := m.whitening()
	eachRow(n, p*k, p, func(i int, buffer []float64) {
		m.project(rows.RawRowView(i), buffer, scores.RawRowView(i))
		for j, f := range factors {
			scores.RawRowView(i)[j] *= f
		}
	})
	return scores, nil
}

// TransformRow appends the coordinates of one row to dst.
func (m *PCAModel) TransformRow(dst, row []float64) ([]float64, error) {
	k, p := dims(m.Components)
	if err := dataset.CheckRow(row, p); err != nil {
		return nil, err
	}
	centred, _ := scratch.Get().(*[]float64)
	if centred == nil {
		centred = new([]float64)
	}
	defer scratch.Put(centred)
	*centred = slices.Grow((*centred)[:0], p)[:p]
	start := len(dst)
	dst = slices.Grow(dst, k)[:start+k]
	z := dst[start:]
	m.project(row, *centred, z)
	if m.Whiten {
		for j := range z {
			z[j] *= whiten(m.ExplainedVariance[j])
		}
	}
	return dst, nil
}

// dims is Dims, and 0, 0 for the nil matrix of a zero model.
func dims(m *mat.Dense) (rows, columns int) {
	if m == nil {
		return 0, 0
	}
	return m.Dims()
}

var scratch sync.Pool // of *[]float64, for single rows

// InverseTransform returns the points of feature space that have the given
// coordinates, μ + Σ zⱼ·vⱼ: n × p for z of n × k. What Transform has left out
// of a sample is lost.
func (m *PCAModel) InverseTransform(z mat.Matrix) (*mat.Dense, error) {
	k, p := dims(m.Components)
	rows, err := dataset.CheckRows(z, k)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	x := mat.NewDense(n, p, nil)
	factors := m.whitening()
	for j, f := range factors {
		if f != 0 {
			factors[j] = 1 / f
		}
	}
	eachRow(n, p*k, k, func(i int, buffer []float64) {
		copy(buffer, rows.RawRowView(i))
		for j, f := range factors {
			buffer[j] *= f
		}
		to := x.RawRowView(i)
		copy(to, m.Mean)
		blas64.Gemv(blas.Trans, 1, m.Components.RawMatrix(), vector(buffer), 1, vector(to))
	})
	return x, nil
}

// project writes the coordinates of a row, before whitening, and leaves the
// centred row in buffer. It is the same for a row alone and among others.
func (m *PCAModel) project(row, buffer, z []float64) {
	for j, v := range row {
		buffer[j] = v - m.Mean[j]
	}
	blas64.Gemv(blas.NoTrans, 1, m.Components.RawMatrix(), vector(buffer), 0, vector(z))
}

// restore checks a loaded model.
func (m *PCAModel) restore() error {
	if m.Components == nil || m.Components.IsEmpty() {
		return errors.New("it has no components")
	}
	k, p := m.Components.Dims()
	if len(m.Mean) != p || len(m.ExplainedVariance) != k || len(m.ExplainedVarianceRatio) != k || len(m.SingularValues) != k {
		return fmt.Errorf("%w: %d components of %d features, %d means, %d variances", dataset.ErrShape, k, p, len(m.Mean), len(m.ExplainedVariance))
	}
	return dataset.CheckSchema(m.Schema, p)
}

// whitening returns what each coordinate is multiplied by, nil if not
// whitening.
func (m *PCAModel) whitening() []float64 {
	if !m.Whiten {
		return nil
	}
	factors := make([]float64, len(m.ExplainedVariance))
	for j, v := range m.ExplainedVariance {
		factors[j] = whiten(v)
	}
	return factors
}

// whiten returns what a coordinate of the given variance is multiplied by.
func whiten(variance float64) float64 {
	if variance > 0 {
		return 1 / math.Sqrt(variance)
	}
	return 0
}

// ErrSingular is returned where a likelihood is asked for under a model that
// gives some directions no variance at all.
var ErrSingular = errors.New("the covariance of the model is singular")

// LogLikelihood returns the logarithm of the density at each row of x under
// probabilistic PCA (Tipping & Bishop 1999): a normal distribution with the
// variance of the components along them, and NoiseVariance in all directions
// orthogonal to them. Its mean over the rows is scikit-learn's score. The error
// is [ErrSingular] where one of these variances is zero.
func (m *PCAModel) LogLikelihood(x mat.Matrix) ([]float64, error) {
	k, p := dims(m.Components)
	rows, err := dataset.CheckRows(x, p)
	if err != nil {
		return nil, err
	}
	constant := float64(p) * math.Log(2*math.Pi)
	for _, v := range m.ExplainedVariance {
		if !(v > 0) {
			return nil, ErrSingular
		}
		constant += math.Log(v)
	}
	if k < p {
		if !(m.NoiseVariance > 0) {
			return nil, ErrSingular
		}
		constant += float64(p-k) * math.Log(m.NoiseVariance)
	}
	n, _ := rows.Dims()
	logs := make([]float64, n)
	eachRow(n, 2*p*k, p+k, func(i int, buffer []float64) {
		rest, z := buffer[:p], buffer[p:]
		m.project(rows.RawRowView(i), rest, z)
		// What the components leave is computed as a vector: a difference of
		// squared lengths would cancel.
		blas64.Gemv(blas.Trans, -1, m.Components.RawMatrix(), vector(z), 1, vector(rest))
		sum := constant
		for j, v := range m.ExplainedVariance {
			sum += z[j] / v * z[j]
		}
		if k < p {
			sum += blas64.Dot(vector(rest), vector(rest)) / m.NoiseVariance
		}
		logs[i] = -sum / 2
	})
	return logs, nil
}

// Covariance returns the p×p covariance matrix of the model's normal
// distribution, Σ (λⱼ−σ²)·vⱼvⱼᵀ + σ²·I with λⱼ the explained variances and σ²
// the noise variance.
func (m *PCAModel) Covariance() *mat.SymDense {
	k, p := m.Components.Dims()
	scaled := mat.DenseCopyOf(m.Components)
	for j := range k {
		f := math.Sqrt(max(m.ExplainedVariance[j]-m.NoiseVariance, 0))
		blas64.Scal(f, vector(scaled.RawRowView(j)))
	}
	c := mat.NewSymDense(p, nil)
	c.SymOuterK(1, scaled.T())
	for j := range p {
		c.SetSym(j, j, c.At(j, j)+m.NoiseVariance)
	}
	return c
}

// eachRow calls body for all rows in parallel, given the work for each in
// flops, with scratch memory.
func eachRow(n, work, scratch int, body func(i int, buffer []float64)) {
	chunk := max(1, 200_000/max(work, 1))
	buffers := make([]float64, parallel.Workers(n, chunk)*scratch)
	_ = parallel.ForWorker(context.Background(), n, chunk, func(worker, lo, hi int) {
		for i := lo; i < hi; i++ {
			body(i, buffers[worker*scratch:(worker+1)*scratch])
		}
	})
}

func vector(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }
