package linear

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/model"
)

// solveOnWorkingSets minimises f(θ) + Σ λⱼ|θⱼ| from theta, which it overwrites with
// the solution, for more coefficients than a Hessian is affordable of. It solves for
// the features that are not zero and those that violate the optimality
// conditions most, or come nearest to it, gathered into a matrix of their own;
// computes the gradient for all features, which is one pass over the data; and
// chooses again, at most as many new features as there are ones that are not zero:
// the outer loop of Massias, Gramfort and Salmon (2018, Celer, §3), for other losses.
func (f *logisticFit) solveOnWorkingSets(ctx context.Context, o logisticObjective, theta []float64, stop stopping) (model.Convergence, error) {
	lambda := slices.Repeat(f.lambda, len(theta)/f.size())
	gradient, violation := make([]float64, len(theta)), make([]float64, len(theta))
	var result, part model.Convergence
	var last []int
	strict := false // part is as exact as the whole is to be
	for {
		value, err := o.evaluate(ctx, theta, gradient)
		if err != nil {
			return result, err
		}
		o.accept()
		subgradient(violation, theta, gradient, lambda)
		stationary := o.stationary(violation)
		result.Objective = value + absolutePenalty(theta, lambda)
		whole := stop
		result.Converged = (last == nil || strict && part.Converged) && whole.met(theta, gradient, stationary, f.excess(violation, last), result.Objective)
		if result.Converged || result.Iterations >= stop.limit || strict && part.Iterations == 0 {
			return result, nil
		}
		features := f.workingSet(theta, gradient)
		goal := stop
		goal.limit -= result.Iterations
		if strict = stationary <= 10*stop.tolerance || slices.Equal(features, last); !strict {
			goal.tolerance = 0.1 * stationary // more would be wasted on a choice of features that will change
			goal.gap = nil
		}
		last = features
		if part, err = f.solveFor(ctx, features, theta, goal); err != nil {
			return result, err
		}
		result.Iterations += part.Iterations
	}
}

// smallCurvature is a second derivative of the loss, p(1−p), of few samples that
// still matter: that at p = 0.01.
const smallCurvature = 0.01

// excess estimates how much the objective could fall by what the coefficients
// violate the optimality conditions, except those of some features.
func (f *logisticFit) excess(violation []float64, except []int) float64 {
	others := make([]bool, f.size())
	for j := range f.x.Cols {
		others[j] = true
	}
	for _, j := range except {
		others[j] = false
	}
	total := 0.0
	for k, v := range violation {
		if j := k % f.size(); others[j] {
			total += v * v / (2 * smallCurvature * f.spread[j] * f.spread[j])
		}
	}
	return total
}

// workingSet returns the features that are not zero for all classes and as many
// others, at least minWorking, those nearest to being so first; fewer if that
// keeps the Hessian affordable.
func (f *logisticFit) workingSet(theta, gradient []float64) []int {
	type candidate struct {
		feature int
		slack   float64
	}
	var chosen []int
	var others []candidate
	q := f.size()
	for j := range f.x.Cols {
		slack, zero := math.Inf(1), true
		for at := j; at < len(theta); at += q {
			zero = zero && theta[at] == 0
			slack = min(slack, (f.lambda[j]-math.Abs(gradient[at]))/f.spread[j])
		}
		if !zero {
			chosen = append(chosen, j)
		} else {
			others = append(others, candidate{j, slack})
		}
	}
	slices.SortFunc(others, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.slack, b.slack), cmp.Compare(a.feature, b.feature))
	})
	more := max(minWorking, len(chosen))
	if affordable := maxNewtonAbsolute*q/len(theta) - 1 - len(chosen); affordable >= minWorking/4 {
		more = min(more, affordable)
	}
	for _, o := range others[:min(len(others), more)] {
		chosen = append(chosen, o.feature)
	}
	slices.Sort(chosen)
	return chosen
}

// solveFor minimises over the coefficients of the given features and the intercepts.
func (f *logisticFit) solveFor(ctx context.Context, features []int, theta []float64, stop stopping) (model.Convergence, error) {
	d := f.columns(features)
	q, m := f.size(), d.size()
	at := slices.Clone(features) // where in theta of a class
	if f.intercept {
		at = append(at, q-1)
	}
	pick := func(from []float64) []float64 {
		to := make([]float64, 0, m)
		for _, j := range at {
			to = append(to, from[j])
		}
		return to
	}
	var part []float64
	for c := 0; c < len(theta); c += q {
		part = append(part, pick(theta[c:c+q])...)
	}
	penalty, lambda := pick(f.penalty), pick(f.lambda)
	o := f.objective(d, penalty)
	if stop.gap != nil {
		dual := &duality{d, o, penalty, lambda}
		stop.gap = func(theta, gradient []float64, value float64) float64 {
			return 2 * dual.gap(ctx, theta, gradient, value) // the other features have their part in that of all
		}
	}
	c, err := f.solveAbsolute(ctx, d, o, part, lambda, stop)
	for k, v := range part {
		theta[k/m*q+at[k%m]] = v
	}
	return c, err
}

// columns returns the design of the given features only, a copy.
func (d *design) columns(features []int) *design {
	s := *d
	s.x = blas64.General{Rows: d.x.Rows, Cols: len(features), Stride: len(features), Data: make([]float64, d.x.Rows*len(features))}
	s.spread, s.shift, s.scale = nil, nil, nil
	for _, j := range features {
		s.spread = append(s.spread, d.spread[j])
	}
	parallel.For(d.x.Rows, rowChunk(d.x.Rows, len(features)), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			from, to := d.x.Data[i*d.x.Stride:], s.x.Data[i*s.x.Stride:]
			for k, j := range features {
				to[k] = from[j]
			}
		}
	})
	return &s
}
