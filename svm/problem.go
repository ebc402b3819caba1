package svm

import (
	"errors"
	"math"

	"github.com/sapwood-ml/sapwood/model"
)

// A problem is the one quadratic program that all kernel machines come down to,
//
//	minimise   ½ Σ_st K_st b_s b_t + Σ_t shift_t β_t,   b_s = Σ β_t over the variables t of sample s,
//	subject to lower_t ≤ β_t ≤ upper_t and Σ β_t unchanged over the variables of each group,
//
// starting from a feasible β. β_t is y_t α_t in the usual notation, and what the
// solver works with is f_t = (Kb)_s + shift_t, the derivative of the objective by
// β_t. β is optimal where f_i ≥ f_j for all i, j of a group such that β_i can go
// up and β_j down.
//
// Variable t is of sample t mod n. There are n variables, or 2n for regression.
type problem struct {
	gram   *gram
	blocks []int // whose samples take part, one block after the other
	n      int   // number of samples

	beta, lower, upper, shift []float64
	group                     []int8 // of each variable; nil for one group
	groups                    int

	tol     float64
	maxIter int
	serial  bool // keep to the calling goroutine
	alone   bool // is all there is to fit, and reports how it gets on
}

// A solution of a problem.
type solution struct {
	model.Convergence
	product   []float64 // Kb, per sample
	threshold []float64 // ρ per group: f is ρ at the free variables
	beta      []float64
	sigmoid   [2]float64 // of probabilities, where asked for
}

// newProblem returns a problem over blocks of g with the given number of variables
// per sample, all bounds and coefficients zero.
func newProblem(g *gram, blocks []int, copies int) *problem {
	p := &problem{gram: g, blocks: blocks, groups: 1}
	for _, b := range blocks {
		p.n += g.size(b)
	}
	nv := copies * p.n
	all := make([]float64, 4*nv)
	p.beta, p.lower, p.upper, p.shift = all[:nv:nv], all[nv:2*nv:2*nv], all[2*nv:3*nv:3*nv], all[3*nv:]
	return p
}

// sample returns the number in gram of a sample of the problem.
func (p *problem) sample(s int) int {
	for _, b := range p.blocks {
		size := p.gram.size(b)
		if s < size {
			return p.gram.starts[b] + s
		}
		s -= size
	}
	panic("svm: no such sample")
}

func (p *problem) sampleOf(t int) int {
	if t >= p.n {
		return t - p.n
	}
	return t
}

func (p *problem) groupOf(t int) int {
	if p.group == nil {
		return 0
	}
	return int(p.group[t])
}

// errKernel is what a kernel without finite values ends in.
var errKernel = errors.New("svm: the kernel of the training samples is not finite; are the features far too large?")

// checkDiagonal looks for kernels of samples with themselves that are not finite.
func (g *gram) checkDiagonal() error {
	for _, v := range g.diagonal {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errKernel
		}
	}
	return nil
}

// violation returns, over the variables of a group, the least f among those that
// can go up and the largest among those that can go down.
func (p *problem) violation(product []float64, group int) (up, low float64) {
	up, low = math.Inf(1), math.Inf(-1)
	for t, b := range p.beta {
		if p.groupOf(t) != group {
			continue
		}
		f := product[p.sampleOf(t)] + p.shift[t]
		if b < p.upper[t] {
			up = min(up, f)
		}
		if b > p.lower[t] {
			low = max(low, f)
		}
	}
	return up, low
}

// threshold returns ρ of a group: the mean of f over the free variables, which all
// have the same f at the optimum, or the middle of the range that optimality
// leaves where there is none.
func (p *problem) threshold(product []float64, group int) float64 {
	sum, free := 0.0, 0
	for t, b := range p.beta {
		if p.groupOf(t) == group && b > p.lower[t] && b < p.upper[t] {
			sum += product[p.sampleOf(t)] + p.shift[t]
			free++
		}
	}
	if free > 0 {
		return sum / float64(free)
	}
	up, low := p.violation(product, group)
	switch {
	case math.IsInf(up, 0) && math.IsInf(low, 0):
		return 0
	case math.IsInf(up, 0):
		return low
	case math.IsInf(low, 0):
		return up
	}
	return up/2 + low/2
}

// objective returns the value of the objective.
func (p *problem) objective(product []float64) float64 {
	sum := 0.0
	for t, b := range p.beta {
		sum += b * (product[p.sampleOf(t)]/2 + p.shift[t])
	}
	return sum
}
