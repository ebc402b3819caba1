package svm

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync/atomic"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/model"
)

// training is what the machines of one fit share.
type training struct {
	x      blas64.General
	kernel Kernel // resolved
	gram   *gram
	solving
	serial bool
}

// solving says how exactly the machines are trained, and with how much work and
// memory.
type solving struct {
	tol              float64
	maxIter, cacheMB int
}

func (s solving) withDefaults(samples int) (solving, error) {
	switch {
	case !(s.tol >= 0) || math.IsInf(s.tol, 1):
		return s, &model.ParamError{Field: "Tol", Value: s.tol, Want: "a finite number > 0"}
	case s.maxIter < 0:
		return s, &model.ParamError{Field: "MaxIter", Value: s.maxIter, Want: "at least 1"}
	case s.cacheMB < 0 || s.cacheMB > 1<<30:
		return s, &model.ParamError{Field: "CacheMB", Value: s.cacheMB, Want: "at least 1"}
	}
	if s.tol == 0 {
		s.tol = 1e-3
	}
	if s.maxIter == 0 {
		s.maxIter = max(10_000_000, 100*samples)
	}
	if s.cacheMB == 0 {
		s.cacheMB = 200
	}
	return s, nil
}

// newTraining prepares the training on the rows of x, of the given weights, that are
// listed per block. bound is the largest that a multiplier may become.
func newTraining(x *mat.Dense, weights []float64, k Kernel, s solving, blocks [][]int, bound float64) (*training, error) {
	t := &training{x: x.RawMatrix()}
	var err error
	if t.kernel, err = k.resolve(t.x, weights); err != nil {
		return nil, err
	}
	if t.kernel.Kind == Precomputed && t.x.Rows != t.x.Cols {
		return nil, wrongShape("a precomputed kernel of %d rows and %d columns is not square", t.x.Rows, t.x.Cols)
	}
	if t.solving, err = s.withDefaults(t.x.Rows); err != nil {
		return nil, err
	}
	t.gram = newGram(newEvaluator(t.kernel, t.x), t.x, blocks, bound/t.tol, t.cacheMB<<20)
	if err := t.gram.checkDiagonal(); err != nil {
		return nil, err
	}
	if s.maxIter == 0 && bound*slices.Max(t.gram.diagonal) > t.tol*(1<<53) {
		t.maxIter = min(t.maxIter, 10_000*t.x.Rows)
	}
	return t, nil
}

// problem returns an empty problem over blocks.
func (t *training) problem(blocks []int, copies int) *problem {
	p := newProblem(t.gram, blocks, copies)
	p.tol, p.maxIter, p.serial = t.tol, t.maxIter, t.serial
	return p
}

// A job is a machine to train.
type job struct {
	problem   func() *problem
	samples   int
	positives int // of the samples, which come first
	done      func()
}

// onePerPair solves a problem for each pair of blocks, 0-1, 0-2, …, 1-2, …
func (t *training) onePerPair(ctx context.Context, calibrated bool, seed uint64, newProblem func(a, b int) *problem) ([]*solution, error) {
	var jobs []job
	blocks := len(t.gram.starts) - 1
	for a := range blocks {
		for b := a + 1; b < blocks; b++ {
			jobs = append(jobs, job{
				problem:   func() *problem { return newProblem(a, b) },
				samples:   t.gram.size(a) + t.gram.size(b),
				positives: t.gram.size(a),
				// No other pair needs the kernels between these two.
				done: func() { t.gram.forgetPair(a, b) },
			})
		}
	}
	return t.solveEach(ctx, jobs, calibrated, seed)
}

// solveEach returns a solution per job, with the sigmoid of its probabilities if
// these are asked for.
func (t *training) solveEach(ctx context.Context, jobs []job, calibrated bool, seed uint64) ([]*solution, error) {
	// The largest come first, so that none is left running alone at the end.
	order := make([]int, len(jobs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(jobs[b].samples, jobs[a].samples) })
	t.serial = len(jobs) >= 2*parallel.Workers(len(jobs), 1) && len(jobs) > 1
	solutions := make([]*solution, len(jobs))
	errs := make([]error, len(jobs))
	solveCtx, stop := context.WithCancel(ctx)
	defer stop()
	var done atomic.Int64
	err := parallel.ForContext(solveCtx, len(jobs), 1, func(i, _ int) {
		at := order[i]
		j := jobs[at]
		machine := j.problem()
		machine.alone = len(jobs) == 1 && !calibrated
		solutions[at], errs[at] = machine.solve(solveCtx)
		if calibrated && errs[at] == nil {
			solutions[at].sigmoid, errs[at] = calibrate(solveCtx, j.problem, j.positives, seed, uint64(at))
		}
		if errs[at] != nil {
			stop()
			return
		}
		if j.done != nil {
			j.done()
		}
		if !machine.alone {
			model.Report(ctx, model.Progress{Task: "support vector machine", Done: int(done.Add(1)), Total: len(jobs)})
		}
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	for _, e := range errs {
		if e != nil && e != context.Canceled {
			return nil, e
		}
	}
	return solutions, err
}

// newClassifierModel puts the machines of the pairs together.
func newClassifierModel(t *training, ds *dataset.Classification, classes int, machines []*solution, breakTies, calibrated bool) *ClassifierModel {
	g := t.gram
	coef := mat.NewDense(classes-1, len(g.rows), nil) // per sample
	m := &ClassifierModel{Kernel: t.kernel, BreakTies: breakTies, Schema: ds.Schema}
	sign := 1.0
	if classes == 2 {
		sign = -1
	}
	at := 0
	for a := range classes {
		for b := a + 1; b < classes; b++ {
			s := machines[at]
			positives := g.size(a)
			for i, v := range s.beta {
				if i < positives {
					coef.Set(b-1, g.starts[a]+i, sign*v)
				} else {
					coef.Set(a, g.starts[b]+i-positives, sign*v)
				}
			}
			m.Intercept = append(m.Intercept, -sign*s.threshold[0])
			at++
		}
	}
	m.complete(t, ds, classes, machines, coef, calibrated)
	return m
}

// complete fills in what the machines tell in the same way for every way to combine
// them, coef holding their coefficients per sample.
func (m *ClassifierModel) complete(t *training, ds *dataset.Classification, classes int, machines []*solution, coef *mat.Dense, calibrated bool) {
	m.Converged = true
	for _, s := range machines {
		if calibrated {
			m.Sigmoids = append(m.Sigmoids, s.sigmoid)
		}
		m.Pairs = append(m.Pairs, s.Convergence)
		m.Iterations += s.Iterations
		m.Objective += s.Objective
		m.Converged = m.Converged && s.Converged
	}
	g := t.gram
	rows, _ := coef.Dims()
	m.SupportCounts = make([]int, classes)
	var keep []int
	for k := range classes {
		for s := g.starts[k]; s < g.starts[k+1]; s++ {
			for r := range rows {
				if coef.At(r, s) != 0 {
					keep = append(keep, s)
					m.SupportCounts[k]++
					break
				}
			}
		}
	}
	m.Support, m.SupportVectors, m.DualCoef = t.support(keep, coef)
	_, m.features = ds.Dims()
	m.prepare()
}

// support returns the rows of the samples that are kept, their coordinates (nil for
// a precomputed kernel), and their columns of the coefficients; nil for no sample.
func (t *training) support(keep []int, coef *mat.Dense) (rows []int, vectors, kept *mat.Dense) {
	rows = make([]int, len(keep))
	for i, s := range keep {
		rows[i] = t.gram.rows[s]
	}
	if len(keep) == 0 {
		return rows, nil, nil
	}
	outputs, _ := coef.Dims()
	kept = mat.NewDense(outputs, len(keep), nil)
	for r := range outputs {
		for i, s := range keep {
			kept.Set(r, i, coef.At(r, s))
		}
	}
	if t.kernel.Kind != Precomputed || t.kernel.Func != nil {
		vectors = mat.NewDense(len(keep), t.x.Cols, nil)
		for i, row := range rows {
			copy(vectors.RawRowView(i), rowOf(t.x, row))
		}
	}
	return rows, vectors, kept
}
