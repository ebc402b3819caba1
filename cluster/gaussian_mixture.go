package cluster

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// GaussianMixture describes the density of the samples by K normal distributions,
//
//	p(x) = Σₖ πₖ N(x; μₖ, Σₖ),
//
// whose parameters are those of a local maximum of the likelihood
// Σᵢ wᵢ log p(xᵢ): it starts from k-means and alternates between the probabilities
// of the components for each sample and the parameters that are best for these
// probabilities (expectation and maximisation). No iteration lowers the
// likelihood, apart from what RegCovar does. The best of Restarts runs is kept. A
// sample weight counts the sample that many times.
//
// A component that no sample belongs to any more has weight zero from then on.
//
// An iteration costs O(nKp²) with full and tied covariances and O(nKp) with
// others, in one pass over the data. Scatter is summed about the means of the
// iteration before, so that an offset of the features costs no digits.
//
// Sources: Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via
// the EM algorithm" (1977), section 4.3; Bishop, "Pattern recognition and machine
// learning" (2006), section 9.2.
type GaussianMixture struct {
	K          int        // number of components; 0 means 1
	Covariance Covariance // what the covariance matrices may be; zero means Full
	Restarts   int        // number of runs, each from a k-means of its own; 0 means 1
	MaxIter    int        // limit of iterations of a run; 0 means 100
	Tol        float64    // a run ends when the mean log-likelihood per sample changes by less; 0 means 1e-3
	RegCovar   float64    // added to the variances, which keeps them positive; 0 means 1e-6

	// Weights, Means and Precisions are where to start, instead of k-means: K
	// shares that sum to one, K × p, and inverse covariance matrices laid out as
	// Covariances of the model is. Any of them may be nil. With Means given there
	// is one run, Weights are equal unless they are given too, and Precisions are
	// those of the samples nearest to each mean.
	Weights    []float64
	Means      *mat.Dense
	Precisions *mat.Dense

	Seed uint64
}

// Covariance is a form of the covariance matrices of a mixture.
type Covariance int

const (
	Full      Covariance = iota // any matrix per component
	Tied                        // any matrix, the same for all components
	Diagonal                    // a variance per component and feature
	Spherical                   // a variance per component
)

var (
	_ model.Fitter[dataset.None, *GaussianMixtureModel] = GaussianMixture{}
	_ model.Predictor[int]                              = (*GaussianMixtureModel)(nil)
	_ model.ProbabilityPredictor                        = (*GaussianMixtureModel)(nil)
)

// Fit estimates the mixture of ds. It is an error if there are fewer samples of
// positive weight than components, if values are beyond 1e150, or if a covariance
// matrix is singular to working precision in spite of RegCovar. The model's
// Objective is the negative mean log-likelihood, the one that the last iteration
// started from. Progress is reported as "Gaussian mixture", by
// iteration; a run that converges has done all of its.
func (p GaussianMixture) Fit(ctx context.Context, ds *dataset.Unlabeled) (*GaussianMixtureModel, error) {
	p = p.withDefaults()
	if err := p.check(ds); err != nil {
		return nil, err
	}
	d, err := newData(ctx, ds)
	if err != nil {
		return nil, err
	}
	e := newExpectation(d, p)
	var best *GaussianMixtureModel
	for i := range p.Restarts {
		report := func(iterations int) {
			model.Report(ctx, model.Progress{Task: "Gaussian mixture", Done: i*p.MaxIter + iterations, Total: p.Restarts * p.MaxIter})
		}
		m, err := e.run(ctx, uint64(i), report)
		if err != nil {
			return nil, err
		}
		report(p.MaxIter)
		if best == nil || m.Objective < best.Objective {
			best = m
		}
	}
	return best, nil
}

// run is expectation and maximisation from one start. It reports the number of
// iterations before each.
func (e *expectation) run(ctx context.Context, restart uint64, report func(iterations int)) (*GaussianMixtureModel, error) {
	m, err := e.start(ctx, restart)
	if err != nil {
		return nil, err
	}
	m.Objective = math.Inf(1)
	for m.Iterations < e.params.MaxIter && !m.Converged {
		report(m.Iterations)
		next, logLikelihood, err := e.step(ctx, m.density)
		if err != nil {
			return nil, err
		}
		next.Iterations = m.Iterations + 1
		next.Objective = -logLikelihood
		next.Converged = math.Abs(next.Objective-m.Objective) < e.params.Tol
		m = next
	}
	return m, nil
}

// start returns the mixture that a run begins with.
func (e *expectation) start(ctx context.Context, restart uint64) (*GaussianMixtureModel, error) {
	p := e.params
	var m *GaussianMixtureModel
	if p.Means == nil || p.Precisions == nil {
		r, err := e.partition(ctx, restart)
		if err != nil {
			return nil, err
		}
		if m, err = e.fromLabels(ctx, r.labels, r.centers); err != nil {
			return nil, err
		}
	} else {
		m = e.newModel()
	}
	if p.Means != nil {
		m.Means = mat.DenseCopyOf(p.Means)
		m.Weights = make([]float64, p.K)
		for k := range m.Weights {
			m.Weights[k] = 1 / float64(p.K)
		}
	}
	if p.Weights != nil {
		total := simd.Sum(p.Weights)
		m.Weights = make([]float64, p.K)
		for k, w := range p.Weights {
			m.Weights[k] = w / total
		}
	}
	if p.Precisions != nil {
		m.Covariances = mat.DenseCopyOf(p.Precisions)
		if !invert(p.Covariance, m.Covariances) {
			return nil, &model.ParamError{Field: "Precisions", Value: "not positive definite", Want: "positive definite matrices"}
		}
	}
	return m, m.prepare(ctx)
}

// partition divides the samples by k-means, or by the nearest of the given means.
func (e *expectation) partition(ctx context.Context, restart uint64) (*run, error) {
	if e.params.Means == nil {
		return KMeans{K: e.params.K, Seed: e.params.Seed}.withDefaults().run(ctx, e.data, restart, func(int) {})
	}
	r := newRun(e.data, e.params.Means)
	if _, err := r.assign(ctx); err != nil {
		return nil, err
	}
	return r, r.finish(ctx)
}

func (p GaussianMixture) withDefaults() GaussianMixture {
	if p.K == 0 {
		p.K = 1
	}
	if p.Restarts == 0 {
		p.Restarts = 1
	}
	if p.Means != nil {
		p.Restarts = min(p.Restarts, 1)
	}
	if p.MaxIter == 0 {
		p.MaxIter = 100
	}
	if p.Tol == 0 {
		p.Tol = 1e-3
	}
	if p.RegCovar == 0 {
		p.RegCovar = 1e-6
	}
	return p
}

func (p GaussianMixture) check(ds *dataset.Unlabeled) error {
	switch {
	case p.K < 1:
		return &model.ParamError{Field: "K", Value: p.K, Want: "at least 1"}
	case p.Covariance < Full || p.Covariance > Spherical:
		return &model.ParamError{Field: "Covariance", Value: p.Covariance, Want: "Full, Tied, Diagonal or Spherical"}
	case p.Restarts < 1:
		return &model.ParamError{Field: "Restarts", Value: p.Restarts, Want: "at least 1"}
	case p.MaxIter < 1:
		return &model.ParamError{Field: "MaxIter", Value: p.MaxIter, Want: "at least 1"}
	case !(p.Tol > 0):
		return &model.ParamError{Field: "Tol", Value: p.Tol, Want: "a number > 0"}
	case !(p.RegCovar > 0) || math.IsInf(p.RegCovar, 1):
		return &model.ParamError{Field: "RegCovar", Value: p.RegCovar, Want: "a finite number > 0"}
	}
	if err := ds.Validate(); err != nil {
		return err
	}
	if n := positive(ds); n < p.K {
		return &model.ParamError{Field: "K", Value: p.K, Want: atMostSamples(n)}
	}
	return p.checkStart(ds.X.RawMatrix().Cols)
}

// checkStart checks Weights, Means and Precisions.
func (p GaussianMixture) checkStart(features int) error {
	if p.Weights != nil {
		if len(p.Weights) != p.K || !(simd.Min(p.Weights) >= 0) || !(math.Abs(simd.Sum(p.Weights)-1) <= 1e-6) {
			return &model.ParamError{Field: "Weights", Value: p.Weights, Want: "K numbers ≥ 0 that sum to one"}
		}
	}
	if err := checkShape("Means", p.Means, p.K, features); err != nil {
		return err
	}
	rows, cols := p.Covariance.dims(p.K, features)
	return checkShape("Precisions", p.Precisions, rows, cols)
}

func checkShape(field string, m *mat.Dense, rows, cols int) error {
	if m == nil {
		return nil
	}
	if r, c := m.Dims(); r != rows || c != cols {
		return &model.ParamError{Field: field, Value: shape(m), Want: fmt.Sprintf("%d×%d", rows, cols)}
	}
	if _, err := dataset.CheckRows(m, cols); err != nil {
		return &model.ParamError{Field: field, Value: err, Want: "finite values"}
	}
	return nil
}
