package svm

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// crammerSinger learns all classes in one problem (Crammer and Singer 2001, On the
// algorithmic implementation of multiclass kernel-based vector machines):
//
//	minimise over θ  ½ Σ_k ‖θ_k‖² + Σ boundsᵢ max_k (1[k ≠ yᵢ] + θ_k·xᵢ − θ_yᵢ·xᵢ).
//
// The dual variables of a sample, one per class, that add up to zero and of which
// only that of its own class may be positive, and at most boundsᵢ, are optimised
// together, sample after sample in an order drawn anew for each pass (Keerthi,
// Sundararajan, Chang, Hsieh and Lin 2008, A sequential dual method for large scale
// multi-class linear SVMs). It returns θ, one row per class.
func crammerSinger(ctx context.Context, x blas64.General, class []int, classes int, bounds []float64, o linearOptions) (blas64.General, model.Convergence, error) {
	p, q := x.Cols, x.Cols
	if o.intercept {
		q++
	}
	theta := blas64.General{Rows: classes, Cols: q, Stride: q, Data: make([]float64, classes*q)}
	alpha := blas64.General{Rows: x.Rows, Cols: classes, Stride: classes, Data: make([]float64, x.Rows*classes)}
	scores := func(to []float64, row []float64) {
		for k := range to {
			of := rowOf(theta, k)
			to[k] = simd.Dot(of[:p], row)
			if o.intercept {
				to[k] += of[p]
			}
		}
	}
	squares := make([]float64, x.Rows)
	var all []int
	for i, b := range bounds {
		row := rowOf(x, i)
		if squares[i] = simd.Dot(row, row); math.IsInf(squares[i], 0) {
			return theta, model.Convergence{}, errSquares
		}
		if o.intercept {
			squares[i]++
		}
		// A sample without features or intercept is on no side of anything.
		if b > 0 && squares[i] > 0 {
			all = append(all, i)
		}
	}
	active := append([]int(nil), all...)
	rng := rand.New(rand.NewPCG(o.seed, 0))
	g, next, scratch := make([]float64, classes), make([]float64, classes), make([]float64, classes)
	var c model.Convergence
	last := math.Inf(1) // the largest violation of the last pass
	for c.Iterations < o.maxIter {
		c.Iterations++
		rng.Shuffle(len(active), func(i, j int) { active[i], active[j] = active[j], active[i] })
		largest := 0.0
		kept := active[:0]
		for step, i := range active {
			if step%1024 == 0 && ctx.Err() != nil {
				return theta, c, ctx.Err()
			}
			row, own, now := rowOf(x, i), class[i], rowOf(alpha, i)
			scores(g, row)
			for k := range g {
				if k != own {
					g[k]++
				}
			}
			slack := sampleSlack(g, now, own, bounds[i])
			if slack > last {
				continue
			}
			kept = append(kept, i)
			largest = max(largest, -slack)
			if slack > -1e-12 {
				continue
			}
			bestOfSample(next, scratch, g, now, squares[i], own, bounds[i])
			for k, v := range next {
				d := v - now[k]
				if d == 0 {
					continue
				}
				now[k] = v
				of := rowOf(theta, k)
				simd.Axpy(d, row, of[:p])
				if o.intercept {
					of[p] += d
				}
			}
		}
		whole := len(active) == len(all)
		active, last = kept, largest
		if largest <= o.tol {
			if whole {
				c.Converged = true
				break
			}
			active, last = append(active[:0], all...), math.Inf(1)
		}
	}
	c.Objective = simd.Dot(theta.Data, theta.Data) / 2
	for i, b := range bounds {
		scores(g, rowOf(x, i))
		worst := 0.0
		for k, v := range g {
			if k != class[i] {
				worst = max(worst, 1+v-g[class[i]])
			}
		}
		c.Objective += b * worst
	}
	if math.IsNaN(c.Objective) || math.IsInf(c.Objective, 0) {
		return theta, c, errSquares
	}
	return theta, c, nil
}

// sampleSlack returns how far the variables of a sample are from having to move:
// those below their upper bounds, bound for the own class and zero for the others,
// must not have a smaller slope g than any. Negative if they have to.
func sampleSlack(g, alpha []float64, own int, bound float64) float64 {
	most, least, others := math.Inf(-1), math.Inf(1), math.Inf(-1)
	for k, v := range g {
		most = max(most, v)
		upper := 0.0
		if k == own {
			upper = bound
		} else {
			others = max(others, v)
		}
		if alpha[k] < upper {
			least = min(least, v)
		}
	}
	if alpha[own] == 0 && g[own] >= others {
		return g[own] - others
	}
	return min(least-most, 0)
}

// bestOfSample solves for the variables of a sample, the others fixed: the minimum
// of ½a‖α‖² + b·α, b = g − a·now, subject to Σα = 0 and upper bounds. By its
// optimality conditions α_k = min(upper_k, (t − b_k)/a), and what is left to find is
// the t that has them add up to zero: with d = b + a·upper, Σ max(0, d_k − t) =
// a·bound, as in the projection onto a simplex.
func bestOfSample(alpha, sorted, g, now []float64, a float64, own int, bound float64) {
	for k, v := range g {
		alpha[k] = v - a*now[k]
		if k == own {
			alpha[k] += a * bound
		}
	}
	copy(sorted, alpha)
	slices.Sort(sorted)
	sum, t := -a*bound, 0.0
	for r := 1; r <= len(sorted); r++ {
		d := sorted[len(sorted)-r]
		if r > 1 && d <= t {
			break
		}
		sum += d
		t = sum / float64(r)
	}
	for k, d := range alpha {
		alpha[k] = min(0, (t-d)/a)
		if k == own {
			alpha[k] += bound
		}
	}
}
