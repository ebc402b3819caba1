package svm

import (
	"context"
	"math"

	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// solver is the state of solving a problem. In each outer step it takes a working
// set of variables, computes the kernel rows that it lacks in one go, solves the
// problem over the set by steps in pairs of variables, and brings the gradient up
// to date. Half of the set is replaced each time, by the variables that violate
// optimality most.
type solver struct {
	*problem
	product []float64 // Kb

	size    int    // of the working set
	set     []int  // variables, the newest last
	in      []bool // per variable: is in the set
	rows    []kernelRow
	local   local
	choices chooser
	cycle   cycle
	delta   []float64 // change of b per member of the set
	added   []kernelRow
	terms   []float64 // what added is multiplied by
}

// A kernelRow is what the cache holds for one sample: a segment per block.
type kernelRow []*entry

// solve returns the optimum of p, of which beta is changed.
func (p *problem) solve(ctx context.Context) (*solution, error) {
	s := &solver{problem: p, product: make([]float64, p.n), in: make([]bool, len(p.beta))}
	s.size = p.workingSetSize()
	defer s.local.release()
	defer s.keep(0)
	if err := s.addProducts(ctx); err != nil {
		return nil, err
	}
	r := &solution{product: s.product, beta: p.beta}
	closing := closing{problem: p}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if simd.Finite(s.product) >= 0 {
			return nil, errKernel
		}
		s.keep(s.kept())
		room := s.size - len(s.set)
		gap := s.choices.look(s, room)
		closing.report(ctx, gap)
		if gap < p.tol {
			r.Converged = true
			break
		}
		if r.Iterations >= p.maxIter {
			break
		}
		s.set = append(s.set, s.choices.choose(s, room)...)
		if err := s.fetch(ctx); err != nil {
			return nil, err
		}
		steps, err := s.solveLocally(ctx, gap, p.maxIter-r.Iterations)
		if err != nil {
			return nil, err
		}
		r.Iterations += steps
		if steps == 0 {
			break // the pair that violates most cannot be moved: rounding is all that is left
		}
		if err := s.add(ctx, s.rows, s.delta, s.product); err != nil {
			return nil, err
		}
		if err := s.accelerate(ctx); err != nil {
			return nil, err
		}
	}
	closing.report(ctx, 0)
	r.Objective = p.objective(s.product)
	for g := range p.groups {
		r.threshold = append(r.threshold, p.threshold(s.product, g))
	}
	return r, nil
}

// closing reports how far the gap of a problem that is alone has closed: how much
// of the way from its first value to the tolerance, in logarithms and percent.
type closing struct {
	*problem
	first   float64
	percent int // reported last
}

func (c *closing) report(ctx context.Context, gap float64) {
	if !c.alone {
		return
	}
	if c.first == 0 {
		c.first = gap
	}
	percent := 100
	if gap >= c.tol {
		percent = min(99, int(100*math.Log(c.first/gap)/math.Log(c.first/c.tol)))
	}
	if percent > c.percent {
		c.percent = percent
		model.Report(ctx, model.Progress{Task: "support vector machine", Done: percent, Total: 100})
	}
}

// workingSetSize is all variables of a small problem; else a power of two that
// grows with the problem, as far as the cache has room for twice its rows.
func (p *problem) workingSetSize() int {
	nv := len(p.beta)
	if nv <= smallProblem {
		return nv
	}
	size := 64
	for size < 512 && size*64 < nv {
		size *= 2
	}
	rowBytes := p.n * p.gram.cache.elementBytes()
	for size > 4 && 2*size*rowBytes > p.gram.cache.limit {
		size /= 2
	}
	return size
}

// smallProblem is the number of variables up to which all are in the working set.
const smallProblem = 512

// kept is the number of variables that stay in the set: half of a full one, unless
// all fit.
func (s *solver) kept() int {
	if s.size == len(s.beta) {
		return len(s.set)
	}
	return min(len(s.set), s.size/2)
}

// keep gives up all but the newest n variables of the set.
func (s *solver) keep(n int) {
	drop := len(s.set) - n
	for _, t := range s.set[:drop] {
		s.in[t] = false
	}
	if len(s.rows) > 0 { // as many as variables, or none after a failure
		s.give(s.rows[:drop])
		s.local.drop(drop, len(s.rows))
		s.rows = append(s.rows[:0], s.rows[drop:]...)
	}
	s.set = append(s.set[:0], s.set[drop:]...)
}

// fetch gets the rows of the variables that are new in the set.
func (s *solver) fetch(ctx context.Context) error {
	have := len(s.rows)
	rows, err := s.take(ctx, s.set[have:])
	if err != nil {
		s.give(s.rows)
		s.rows = s.rows[:0]
		return err
	}
	s.rows = append(s.rows, rows...)
	s.local.grow(s, have)
	return nil
}

// take returns the kernel rows of the samples of variables, until they are given
// back.
func (s *solver) take(ctx context.Context, variables []int) ([]kernelRow, error) {
	rows := make([]kernelRow, len(variables))
	entries := make([]*entry, len(variables)*len(s.blocks))
	for i := range rows {
		rows[i] = entries[i*len(s.blocks) : i*len(s.blocks) : (i+1)*len(s.blocks)]
	}
	for _, block := range s.blocks {
		if err := s.takeBlock(ctx, block, variables, rows); err != nil {
			s.give(rows)
			return nil, err
		}
	}
	return rows, nil
}

func (s *solver) takeBlock(ctx context.Context, block int, variables []int, rows []kernelRow) error {
	var fresh []*entry
	for i, t := range variables {
		e, found := s.gram.cache.take(s.sample(s.sampleOf(t)), block, s.gram.size(block))
		rows[i] = append(rows[i], e)
		if !found {
			fresh = append(fresh, e)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	missing, into := make([]int, len(fresh)), make([]segment, len(fresh))
	for i, e := range fresh {
		missing[i], into[i] = e.sample, e.segment
	}
	if err := s.gram.compute(ctx, block, missing, into, s.serial); err != nil {
		return err
	}
	for _, e := range fresh {
		s.gram.cache.put(e)
	}
	return nil
}

func (s *solver) give(rows []kernelRow) {
	for _, row := range rows {
		for _, e := range row {
			s.gram.cache.give(e)
		}
	}
}

// add adds the rows, times terms, to into, which holds a number per sample.
func (s *solver) add(ctx context.Context, rows []kernelRow, terms, into []float64) error {
	s.added, s.terms = s.added[:0], s.terms[:0]
	for i, v := range terms {
		if v != 0 {
			s.added = append(s.added, rows[i])
			s.terms = append(s.terms, v)
		}
	}
	offset := 0
	for b, block := range s.blocks {
		n := s.gram.size(block)
		// Long enough for the memory to be read ahead, short enough to have work for all.
		const columns = 1024
		tasks := (n + columns - 1) / columns
		err := run(ctx, tasks, max(1, 128/(len(s.added)+1)), s.serial, func(lo, hi int) {
			s.addColumns(b, into[offset:offset+n], lo*columns, min(hi*columns, n))
		})
		if err != nil {
			return err
		}
		offset += n
	}
	return nil
}

// addColumns is add for elements [lo, hi) of block b, which is what into is of.
func (s *solver) addColumns(b int, into []float64, lo, hi int) {
	if s.gram.double {
		for i, row := range s.added {
			simd.Axpy(s.terms[i], row[b].double[lo:hi], into[lo:hi])
		}
		return
	}
	var rows [4][]float32
	for i := 0; i < len(s.added); i += len(rows) {
		m := min(len(rows), len(s.added)-i)
		for r, row := range s.added[i : i+m] {
			rows[r] = row[b].single[lo:hi]
		}
		simd.AxpySingles(s.terms[i:i+m], rows[:m], into[lo:hi])
	}
}

// addProducts computes the product at a start other than zero.
func (s *solver) addProducts(ctx context.Context) error {
	start := make([]float64, s.n)
	for t, b := range s.beta {
		start[s.sampleOf(t)] += b
	}
	var all []int
	for i, b := range start {
		if b != 0 {
			all = append(all, i)
		}
	}
	for len(all) > 0 {
		m := min(len(all), s.size)
		terms := make([]float64, m)
		for i, sample := range all[:m] {
			terms[i] = start[sample]
		}
		if err := s.addRows(ctx, all[:m], terms, s.product); err != nil {
			return err
		}
		all = all[m:]
	}
	return nil
}

// addRows adds the rows of the samples of variables, times terms, to into.
func (s *solver) addRows(ctx context.Context, variables []int, terms, into []float64) error {
	rows, err := s.take(ctx, variables)
	if err != nil {
		return err
	}
	defer s.give(rows)
	return s.add(ctx, rows, terms, into)
}
