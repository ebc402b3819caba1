package linear

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// duality computes the duality gap of a penalised logistic regression,
//
//	1/W Σ wᵢ (ℓᵢ(zᵢ) + ℓᵢ*(uᵢ)) + Ω(θ) + Ω*(−g),  g = 1/W Σ wᵢ uᵢ xᵢ,
//
// where ℓ* and Ω* are the conjugates of the loss and of the penalty (Rockafellar 1970,
// Convex Analysis, §31). It bounds how far the objective is above its minimum whatever
// the uᵢ, if with intercepts 1/W Σ wᵢ uᵢ = 0. The derivatives of the losses have all but
// that: their sum is the gradient in the intercepts, small and not zero; so some of them
// are moved until it is. The rest is known from the gradient of the objective, without
// a look at the data.
type duality struct {
	*design
	objective logisticObjective
	penalty   []float64 // of one class: factors of ½θ²
	lambda    []float64 // and of |θ|; nil without an L1 penalty
}

// gap returns the duality gap at the base of the objective, theta, where its smooth part
// has the gradient and the whole the value; or the value if that is less, which is for a
// dual point of zeros, or there is none.
func (d *duality) gap(ctx context.Context, theta, gradient []float64, value float64) float64 {
	g, loss, ok := d.balanced(ctx, gradient)
	if !ok {
		return value
	}
	// What Fenchel's inequality loses in each coefficient, the conjugate of λ|θ| + ½μθ²
	// being max(|v|−λ, 0)²/2μ; or, which is less where μ is small, with the conjugate on
	// Σ λ|θ| ≤ value, where the minimum is.
	whole, bounded, beyond := 0.0, 0.0, 0.0
	q := d.size()
	for k, t := range theta {
		j := k % q
		if j == d.x.Cols {
			continue // an intercept
		}
		l, mu := 0.0, d.penalty[j]
		if d.lambda != nil {
			l = d.lambda[j]
		}
		v := mu*t - g[k] // minus the derivative of the loss
		excess, violation := max(math.Abs(v)-l, 0), g[k]
		if t != 0 {
			violation += math.Copysign(l, t)
		}
		missed := t*violation - mu*t*t/2 // λ|θ| + ½μθ² − vθ
		bounded += missed
		if excess > 0 && v*t >= 0 {
			// The sum of the two, without their cancellation.
			if t == 0 {
				violation = excess
			}
			whole += halfSquare(violation, mu)
		} else {
			whole += missed + halfSquare(excess, mu)
		}
		if excess > 0 {
			beyond = max(beyond, excess/l)
		}
	}
	if d.lambda != nil {
		whole = min(whole, bounded+value*beyond)
	}
	return min(loss+max(whole, 0), value)
}

func halfSquare(v, curvature float64) float64 {
	if v == 0 {
		return 0
	}
	return v * v / curvature / 2
}

// gapRows is how many rows the dual point is moved on, at least, if there are so many.
const gapRows = 512

// balanced returns the gradient for a dual point whose sums vanish, and what that point
// loses in Fenchel's inequality for the losses. It reports false if it finds none.
func (d *duality) balanced(ctx context.Context, gradient []float64) (balanced []float64, loss float64, ok bool) {
	if !d.intercept {
		return gradient, 0, true
	}
	step := max(1, d.x.Rows/gapRows)
	balanced, loss, ok = d.balancedOn(ctx, d.every(step), step, gradient)
	if !ok && step > 1 {
		balanced, loss, ok = d.balancedOn(ctx, d.design, 1, gradient)
	}
	return balanced, loss, ok
}

// balancedOn moves the dual point on s, every step-th row: probabilities p become
// p∘(1 + a − p·a), with a the same for all rows. That is linear in a, so that for given
// sums a is the solution of K linear equations; and the loss is the mean
// Kullback–Leibler divergence, of which the mean of Σ p(a − p·a)² is a bound.
func (d *duality) balancedOn(ctx context.Context, s *design, step int, gradient []float64) (balanced []float64, loss float64, ok bool) {
	q, p := d.size(), d.x.Cols
	rows := len(gradient) / q
	k := max(rows, 2) // two classes have predictors 0 and z
	sums := make([]float64, k)
	for c := range rows {
		sums[k-rows+c] = gradient[c*q+p]
	}
	if rows == 1 {
		sums[0] = -sums[1]
	}
	z, h := d.objective.predictors(), mat.NewSymDense(k, nil)
	probabilities := make([]float64, s.x.Rows*k)
	for i := range s.x.Rows {
		own := probabilities[i*k : (i+1)*k]
		copy(own[k-rows:], z[i*step*rows:][:rows])
		simd.Softmax(own, own)
		w := s.weight(i) / d.total
		raw := h.RawSymmetric()
		for a, v := range own {
			axpy(-w*v, own[a:], raw.Data[a*k+a:(a+1)*k])
			raw.Data[a*k+a] += w * v
		}
	}
	// The same for all classes changes nothing.
	flat := mat.Trace(h) / float64(k)
	for a := range k {
		for b := a; b < k; b++ {
			h.SetSym(a, b, h.At(a, b)+flat)
		}
	}
	var factor scaledCholesky
	if !factor.factorizeAny(ctx, h) {
		return nil, 0, false
	}
	tilt := make([]float64, k)
	for c, v := range sums {
		tilt[c] = -v
	}
	factor.solve(tilt)

	change := make([]float64, s.x.Rows*rows)
	left := slices.Clone(sums)
	for i := range s.x.Rows {
		own, w := probabilities[i*k:(i+1)*k], s.weight(i)/d.total
		mean := dot(own, tilt)
		for c, v := range own {
			t := tilt[c] - mean
			if !(t >= -1) {
				return nil, 0, false // a negative probability
			}
			loss += w * v * t * t
			left[c] += w * v * t
			if c >= k-rows {
				change[i*rows+c-(k-rows)] = w * v * t
			}
		}
	}
	for _, v := range left {
		if !(math.Abs(v) <= 1e-8*simd.AbsSum(sums)+unit) {
			return nil, 0, false
		}
	}
	balanced = slices.Clone(gradient)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, blas64.General{Rows: s.x.Rows, Cols: rows, Stride: rows, Data: change}, s.x, 1,
		blas64.General{Rows: rows, Cols: p, Stride: q, Data: balanced})
	return balanced, loss, true
}
