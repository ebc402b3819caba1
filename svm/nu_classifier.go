package svm

import (
	"context"
	"fmt"
	"math"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// NuClassifier learns a ν-support vector machine (Schölkopf, Smola, Williamson and
// Bartlett 2000, New support vector algorithms, §5), which has a fraction in the
// place of C: of the samples of two classes, by weight, at most ν lie on the wrong
// side of the margin, and at least ν are support vectors. It solves
//
//	minimise over α  ½ ΣΣ αᵢαⱼ yᵢyⱼ K(xᵢ, xⱼ),
//	subject to       0 ≤ αᵢ ≤ wᵢ, Σ yᵢαᵢ = 0, Σ αᵢ = ν·Σw,
//
// and scales the solution to a margin of 1, so that it is that of a [Classifier]
// for some C. More classes are told apart two by two as there. The zero value
// has ν = ½ and a Gaussian kernel of scaled γ. For cost see Classifier.
type NuClassifier struct {
	Nu           float64   // in (0, 1]; 0 means 0.5
	Kernel       Kernel    // Gaussian of scaled γ if not set
	ClassWeights []float64 // as those of [Classifier]
	Balanced     bool      // as that of Classifier
	BreakTies    bool      // as that of Classifier
	Tol          float64   // as that of Classifier, before the scaling; 0 means 1e-3
	MaxIter      int       // as that of Classifier
	CacheMB      int       // as that of Classifier
}

var _ model.Fitter[int, *ClassifierModel] = NuClassifier{}

// Fit learns from ds. Beside the errors of [Classifier.Fit], a ν that is too large
// for a pair of classes is a [*model.ParamError]: ν/2 of the weight of both must
// not be more than the weight of either.
func (c NuClassifier) Fit(ctx context.Context, ds *dataset.Classification) (*ClassifierModel, error) {
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	classes, err := dataset.CheckClasses(ds)
	if err != nil {
		return nil, err
	}
	nu, err := fraction(c.Nu)
	if err != nil {
		return nil, err
	}
	weights, err := classWeights(ds, classes, c.ClassWeights, c.Balanced)
	if err != nil {
		return nil, err
	}
	if err := feasible(ds.Y, weights, classes, nu); err != nil {
		return nil, err
	}
	t, err := newTraining(ds.X, ds.Weights, c.Kernel, solving{c.Tol, c.MaxIter, c.CacheMB}, rowsByClass(ds, classes), largestOf(weights))
	if err != nil {
		return nil, err
	}
	defer t.gram.release()
	bounds := make([]float64, len(t.gram.rows))
	for s, row := range t.gram.rows {
		bounds[s] = weights[row]
	}
	machines, err := t.onePerPair(ctx, false, 0, func(a, b int) *problem { return t.nuProblem(bounds, nu, a, b) })
	if err != nil {
		return nil, err
	}
	for _, s := range machines {
		s.scaleMargin()
	}
	return newClassifierModel(t, ds, classes, machines, c.BreakTies, false), nil
}

// feasible returns an error if ν is too large for a pair of classes.
func feasible(y []int, weights []float64, classes int, nu float64) error {
	total := make([]float64, classes)
	for i, k := range y {
		total[k] += weights[i]
	}
	for a := range classes {
		for b := range a {
			if limit := 2 * min(total[a], total[b]) / (total[a] + total[b]); nu > limit*(1+1e-12) {
				return &model.ParamError{Field: "Nu", Value: nu, Want: fmt.Sprintf("at most %.3g, for the weights of classes %d and %d", limit, b, a)}
			}
		}
	}
	return nil
}

// nuProblem is the problem of ν-SVC, class a being the positive one.
func (t *training) nuProblem(bounds []float64, nu float64, a, b int) *problem {
	p := t.problem([]int{a, b}, 1)
	p.groups, p.group = 2, make([]int8, p.n)
	positives := t.gram.size(a)
	total := 0.0
	for s := range p.n {
		total += bounds[p.sample(s)]
	}
	rest := [2]float64{nu * total / 2, nu * total / 2}
	for s := range p.n {
		bound := bounds[p.sample(s)]
		if s < positives {
			p.upper[s] = bound
			p.beta[s] = min(bound, rest[0])
			rest[0] -= p.beta[s]
			continue
		}
		p.group[s], p.lower[s] = 1, -bound
		p.beta[s] = -min(bound, rest[1])
		rest[1] += p.beta[s]
	}
	return p
}

// scaleMargin turns the solution of ν-SVC, where f is ρ₀ at the positive margin and
// ρ₁ at the negative one, into one of margin 1 with a single threshold.
func (s *solution) scaleMargin() {
	half := (s.threshold[0] - s.threshold[1]) / 2
	s.threshold = []float64{(s.threshold[0] + s.threshold[1]) / 2}
	if !(half > 0) || math.IsInf(1/half, 1) {
		return // no margin: the classes cannot be told apart
	}
	for i := range s.beta {
		s.beta[i] /= half
	}
	s.threshold[0] /= half
	s.Objective /= half * half
}
