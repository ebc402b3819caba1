package svm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// probabilityFolds is the number of parts whose decision values come from machines
// that have not seen them.
const probabilityFolds = 5

// calibrate returns A and B of the probability 1/(1 + exp(A·d + B)) of class a given
// the decision value d of the machine of a pair of classes. The decision values
// that the sigmoid is fitted to come from cross-validation. A held-out sample is
// one whose multiplier may not leave zero, so the machines of all folds share the
// kernel rows in the cache.
func calibrate(ctx context.Context, newProblem func() *problem, positives int, seed, stream uint64) ([2]float64, error) {
	n := newProblem().n
	fold := make([]int, n)
	for i, s := range rand.New(rand.NewPCG(seed, stream)).Perm(n) {
		fold[s] = i * probabilityFolds / n
	}
	decisions := make([]float64, n)
	for held := range probabilityFolds {
		p := newProblem()
		var left [2]int // samples of either class that stay
		for s := range n {
			if fold[s] == held {
				p.lower[s], p.upper[s] = 0, 0
			} else if s < positives {
				left[0]++
			} else {
				left[1]++
			}
		}
		constant := 0.0 // where there is nothing to decide between
		switch {
		case left[0] == 0 && left[1] > 0:
			constant = -1
		case left[1] == 0 && left[0] > 0:
			constant = 1
		}
		var solved *solution
		if left[0] > 0 && left[1] > 0 {
			var err error
			if solved, err = p.solve(ctx); err != nil {
				return [2]float64{}, err
			}
		}
		for s := range n {
			if fold[s] != held {
				continue
			}
			decisions[s] = constant
			if solved != nil {
				decisions[s] = solved.product[s] - solved.threshold[0]
			}
		}
	}
	return fitSigmoid(decisions, positives), nil
}

// fitSigmoid minimises the cross entropy of 1/(1 + exp(A·d + B)) with targets that
// are drawn a little away from 0 and 1, the first samples being positive, by
// Newton's method with backtracking (Lin, Lin and Weng 2007, A note on Platt's
// probabilistic outputs for support vector machines, appendix).
func fitSigmoid(decisions []float64, positives int) [2]float64 {
	negatives := len(decisions) - positives
	high, low := float64(positives+1)/float64(positives+2), 1/float64(negatives+2)
	target := func(i int) float64 {
		if i < positives {
			return high
		}
		return low
	}
	value := func(a, b float64) float64 {
		sum := 0.0
		for i, d := range decisions {
			z := a*d + b
			// t·z + log(1+e^−z), without overflow for either sign.
			sum += target(i)*z + math.Log1p(math.Exp(-math.Abs(z))) + max(-z, 0)
		}
		return sum
	}
	a, b := 0.0, math.Log(float64(negatives+1)/float64(positives+1))
	best := value(a, b)
	for range 100 {
		haa, hbb, hab, ga, gb := 1e-12, 1e-12, 0.0, 0.0, 0.0
		for i, d := range decisions {
			e := math.Exp(-math.Abs(a*d + b))
			p, q := e/(1+e), 1/(1+e)
			if a*d+b < 0 {
				p, q = q, p
			}
			w, g := p*q, target(i)-p
			haa += w * d * d
			hbb += w
			hab += w * d
			ga += g * d
			gb += g
		}
		if math.Abs(ga) < 1e-5 && math.Abs(gb) < 1e-5 {
			break
		}
		det := haa*hbb - hab*hab
		da, db := -(hbb*ga-hab*gb)/det, -(haa*gb-hab*ga)/det
		slope := ga*da + gb*db
		step := 1.0
		for ; step >= 1e-10; step /= 2 {
			if v := value(a+step*da, b+step*db); v < best+1e-4*step*slope {
				a, b, best = a+step*da, b+step*db, v
				break
			}
		}
		if step < 1e-10 {
			break
		}
	}
	return [2]float64{a, b}
}

// probability returns 1/(1 + exp(A·d + B)), kept away from 0 and 1.
func probability(sigmoid [2]float64, decision float64) float64 {
	z := sigmoid[0]*decision + sigmoid[1]
	e := math.Exp(-math.Abs(z))
	p := 1 / (1 + e)
	if z >= 0 {
		p = e / (1 + e)
	}
	return min(max(p, 1e-7), 1-1e-7)
}

// errNoProbability tells that probabilities were not asked for.
var errNoProbability = fmt.Errorf("svm: the model was fitted without Probability: %w", errors.ErrUnsupported)

// PredictProba returns the probability of each class per row of x, n × K, of a model
// that was fitted with Probability; the error is [errors.ErrUnsupported]
// otherwise. The most probable class need not be the predicted one: probabilities
// come from sigmoids fitted by cross-validation. One-vs-rest those of the machines are
// divided by their sum.
func (m *ClassifierModel) PredictProba(x mat.Matrix) (*mat.Dense, error) {
	if m.Sigmoids == nil {
		return nil, errNoProbability
	}
	rows, err := dataset.CheckRows(x, m.features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	k := len(m.SupportCounts)
	proba := mat.NewDense(n, k, nil)
	err = m.expansion.decideAll(rows, func(i int, sums []float64) {
		values, _ := m.spare(sums)
		m.machines(values, sums)
		if k == 2 {
			p := probability(m.Sigmoids[0], -values[0])
			proba.Set(i, 0, p)
			proba.Set(i, 1, 1-p)
			return
		}
		for at, d := range values {
			values[at] = probability(m.Sigmoids[at], d)
		}
		if m.OneVsRest {
			total := floats.Sum(values)
			for c, v := range values {
				proba.Set(i, c, v/total)
			}
			return
		}
		couple(proba.RawRowView(i), values)
	})
	if err != nil {
		return nil, err
	}
	return proba, nil
}

// couple finds the class probabilities p that fit those of the pairs best: it
// minimises Σ_ab (r_ba·p_a − r_ab·p_b)² over p that sum to one (Wu, Lin and Weng
// 2004, Probability estimates for multi-class classification by pairwise coupling,
// second method, algorithm 2). pairs holds r_ab, the probability of a among a and
// b, for 0-1, 0-2, …, 1-2, …
func couple(p, pairs []float64) {
	k := len(p)
	q := make([]float64, k*k)
	at := 0
	for a := range k {
		for b := a + 1; b < k; b++ {
			r, s := pairs[at], 1-pairs[at]
			q[a*k+a] += s * s
			q[b*k+b] += r * r
			q[a*k+b], q[b*k+a] = -r*s, -r*s
			at++
		}
	}
	for a := range p {
		p[a] = 1 / float64(k)
	}
	qp := make([]float64, k)
	for range max(100, k) {
		total := 0.0
		for a := range k {
			qp[a] = 0
			for b, v := range p {
				qp[a] += q[a*k+b] * v
			}
			total += p[a] * qp[a]
		}
		worst := 0.0
		for _, v := range qp {
			worst = max(worst, math.Abs(v-total))
		}
		if worst < 0.005/float64(k) {
			break
		}
		for a := range k {
			d := (total - qp[a]) / q[a*k+a]
			p[a] += d
			total = (total + d*(d*q[a*k+a]+2*qp[a])) / (1 + d) / (1 + d)
			for b := range k {
				qp[b] = (qp[b] + d*q[a*k+b]) / (1 + d)
				p[b] /= 1 + d
			}
		}
	}
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	for a := range p {
		p[a] /= sum
	}
}
