package svm

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// descendDual minimises the dual
//
//	½ βᵀ(XXᵀ + D)β − Σ yᵢβᵢ + ε Σ|βᵢ|,  lowerᵢ ≤ βᵢ ≤ upperᵢ,
//
// coordinate by coordinate in an order drawn anew for each pass, leaving out
// variables at a bound, or at zero, that seem to stay there (Hsieh, Chang, Lin,
// Keerthi and Sundararajan 2008; Ho and Lin 2012). Bounds are C·weight and D is
// zero, or for a squared loss there are none and D = 1/(2·C·weight). Classification
// has ε = 0 and β of the sign of y.
func (f *linearProblem) descendDual(ctx context.Context) ([]float64, model.Convergence, error) {
	p := f.x.Cols
	theta, beta := make([]float64, f.size), make([]float64, len(f.y))
	squares := make([]float64, len(f.y))
	var all []int
	for i, b := range f.bounds {
		if b == 0 {
			continue
		}
		row := rowOf(f.x, i)
		squares[i] = simd.Dot(row, row)
		if f.intercept {
			squares[i]++
		}
		if math.IsInf(squares[i], 0) {
			return nil, model.Convergence{}, errSquares
		}
		all = append(all, i)
	}
	active := append([]int(nil), all...)
	rng := rand.New(rand.NewPCG(f.seed, 0))
	var c model.Convergence
	last := math.Inf(1) // the largest violation of the last pass
	for c.Iterations < f.maxIter {
		c.Iterations++
		rng.Shuffle(len(active), func(i, j int) { active[i], active[j] = active[j], active[i] })
		largest := 0.0
		kept := active[:0]
		for step, i := range active {
			if step%4096 == 0 && ctx.Err() != nil {
				return nil, c, ctx.Err()
			}
			row, v := rowOf(f.x, i), f.variable(i)
			z := simd.Dot(row, theta[:p])
			if f.intercept {
				z += theta[p]
			}
			g := z - f.y[i] + v.damping*beta[i]
			slack := v.slack(g, beta[i])
			if slack > last {
				continue
			}
			kept = append(kept, i)
			largest = max(largest, -slack)
			if slack > -1e-12 {
				continue
			}
			curvature := max(squares[i]+v.damping, math.SmallestNonzeroFloat64)
			next := min(max(soft(curvature*beta[i]-g, v.epsilon)/curvature, v.lower), v.upper)
			d := next - beta[i]
			beta[i] = next
			simd.Axpy(d, row, theta[:p])
			if f.intercept {
				theta[p] += d
			}
		}
		whole := len(active) == len(all)
		active, last = kept, largest
		if largest <= f.tol {
			if whole {
				c.Converged = true
				break
			}
			// Nothing left to do among the active: look at all again.
			active, last = append(active[:0], all...), math.Inf(1)
		}
	}
	z := make([]float64, len(f.y))
	if err := f.margins(ctx, z, theta); err != nil {
		return nil, c, err
	}
	c.Objective = f.value(z, theta)
	if math.IsNaN(c.Objective) || math.IsInf(c.Objective, 0) {
		return nil, c, errSquares
	}
	return theta, c, nil
}

// A dualVariable is what holds for one variable of the dual.
type dualVariable struct {
	lower, upper, damping, epsilon float64
}

func (f *linearProblem) variable(i int) dualVariable {
	v := dualVariable{lower: -f.bounds[i], upper: f.bounds[i], epsilon: max(f.slack, 0)}
	if f.squared {
		v.lower, v.upper, v.damping = math.Inf(-1), math.Inf(1), 1/(2*f.bounds[i])
	}
	if f.slack < 0 {
		if f.y[i] > 0 {
			v.lower = 0
		} else {
			v.upper = 0
		}
	}
	return v
}

// slack returns how far a variable is from having to move, g being the slope of the
// smooth part: negative if it has to.
func (v dualVariable) slack(g, beta float64) float64 {
	right, left := math.Inf(1), math.Inf(-1) // slopes either way
	if beta < v.upper {
		right = g + v.epsilon
		if beta < 0 {
			right = g - v.epsilon
		}
	}
	if beta > v.lower {
		left = g - v.epsilon
		if beta > 0 {
			left = g + v.epsilon
		}
	}
	return min(right, -left)
}
