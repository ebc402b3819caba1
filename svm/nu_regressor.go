package svm

import (
	"context"
	"math"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// NuRegressor learns ν-support vector regression (Schölkopf, Smola, Williamson and
// Bartlett 2000, New support vector algorithms, §3), which finds the width ε of
// the tube of free errors: at most a fraction ν of the samples, by weight, lie
// outside it, and at least ν are support vectors. It solves
//
//	minimise over β⁺, β⁻  ½ ΣΣ βᵢβⱼ K(xᵢ, xⱼ) − Σ yᵢβᵢ,  β = β⁺ − β⁻,
//	subject to            0 ≤ β⁺ᵢ, β⁻ᵢ ≤ C·wᵢ, Σβ⁺ = Σβ⁻ = C·ν·Σw/2.
//
// The zero value has C = 1, ν = ½ and a Gaussian kernel of scaled γ. For cost see
// [Regressor].
type NuRegressor struct {
	C       float64 // weight of errors against flatness; 0 means 1
	Nu      float64 // in (0, 1]; 0 means 0.5
	Kernel  Kernel  // Gaussian of scaled γ if not set
	Tol     float64 // as that of [Classifier], in units of y; 0 means 1e-3
	MaxIter int     // as that of Classifier
	CacheMB int     // as that of Classifier
}

// Fit learns from ds; for errors see [Regressor.Fit].
func (r NuRegressor) Fit(ctx context.Context, ds *dataset.Regression) (*RegressorModel, error) {
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	c, err := positive("C", r.C, 1)
	if err != nil {
		return nil, err
	}
	nu, err := fraction(r.Nu)
	if err != nil {
		return nil, err
	}
	t, err := newTraining(ds.X, ds.Weights, r.Kernel, solving{r.Tol, r.MaxIter, r.CacheMB}, [][]int{weightyRows(ds)}, c*heaviest(ds))
	if err != nil {
		return nil, err
	}
	defer t.gram.release()
	p := t.problem([]int{0}, 2)
	p.groups, p.group = 2, make([]int8, 2*p.n)
	total := 0.0
	for s, row := range t.gram.rows {
		bound := c * ds.Weight(row)
		total += bound
		p.upper[s], p.shift[s] = bound, -ds.Y[row]
		p.lower[p.n+s], p.shift[p.n+s] = -bound, -ds.Y[row]
		p.group[p.n+s] = 1
	}
	// Both copies of a sample begin at the same height, so that β = 0 and no kernel
	// is needed.
	rest := nu * total / 2
	for s := range p.n {
		b := min(rest, p.upper[s])
		p.beta[s], p.beta[p.n+s] = b, -b
		rest -= b
	}
	p.alone = true
	solution, err := p.solve(ctx)
	if err != nil {
		return nil, err
	}
	// At the tube's upper edge f = Kb − y is −b − ε, at the lower −b + ε.
	m := newRegressorModel(t, ds, solution)
	m.Intercept = -(solution.threshold[0] + solution.threshold[1]) / 2
	m.Epsilon = (solution.threshold[1] - solution.threshold[0]) / 2
	return m, nil
}

// fraction returns ν, 0.5 for 0.
func fraction(nu float64) (float64, error) {
	if nu == 0 {
		return 0.5, nil
	}
	if !(nu > 0 && nu <= 1) || math.IsNaN(nu) {
		return 0, &model.ParamError{Field: "Nu", Value: nu, Want: "a number in (0, 1]"}
	}
	return nu, nil
}
