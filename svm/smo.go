package svm

import (
	"context"

	"github.com/sapwood-ml/sapwood/internal/simd"
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
	rows    [][]*entry
	local   local
	choices chooser
	delta   []float64 // change of b per member of the set
	terms   []float64
	used    []int
}

// solve returns the optimum of p, of which beta is changed.
func (p *problem) solve(ctx context.Context) (*solution, error) {
	s := &solver{problem: p, product: make([]float64, p.n), in: make([]bool, len(p.beta))}
	s.size = p.workingSetSize()
	defer s.release(0)
	if err := s.addProducts(ctx); err != nil {
		return nil, err
	}
	r := &solution{product: s.product, beta: p.beta}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if simd.Finite(s.product) >= 0 {
			return nil, errKernel
		}
		gap := s.choices.look(s)
		if gap < p.tol {
			r.Converged = true
			break
		}
		if r.Iterations >= p.maxIter {
			break
		}
		s.exchange()
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
		if err := s.update(ctx); err != nil {
			return nil, err
		}
	}
	r.Objective = p.objective(s.product)
	for g := range p.groups {
		r.threshold = append(r.threshold, p.threshold(s.product, g))
	}
	return r, nil
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

// exchange drops the older half of the working set and fills it up.
func (s *solver) exchange() {
	keep := 0
	if len(s.set) == s.size {
		keep = s.size / 2
		if s.size == len(s.beta) {
			keep = s.size
		}
	} else {
		keep = min(len(s.set), s.size/2)
	}
	s.release(keep)
	for _, t := range s.choices.best(s, s.size-keep) {
		s.set = append(s.set, t)
		s.in[t] = true
	}
}

// release gives up all but the newest variables of the set, as many as keep says.
func (s *solver) release(keep int) {
	drop := len(s.set) - keep
	for i := range drop {
		s.in[s.set[i]] = false
		if i < len(s.rows) {
			for _, e := range s.rows[i] {
				s.gram.cache.give(e)
			}
		}
	}
	s.local.drop(drop, len(s.rows))
	s.set = append(s.set[:0], s.set[drop:]...)
	s.rows = append(s.rows[:0], s.rows[min(drop, len(s.rows)):]...)
}

// fetch gets the rows of the variables that are new in the set.
func (s *solver) fetch(ctx context.Context) error {
	have := len(s.rows)
	for range s.set[have:] {
		s.rows = append(s.rows, nil)
	}
	for _, block := range s.blocks {
		if err := s.fetchBlock(ctx, block, have); err != nil {
			return err
		}
	}
	s.local.grow(s, have)
	return nil
}

func (s *solver) fetchBlock(ctx context.Context, block, have int) error {
	var missing []int
	var into []segment
	var fresh []*entry
	for i := have; i < len(s.set); i++ {
		sample := s.sample(s.sampleOf(s.set[i]))
		e, found := s.gram.cache.take(sample, block, s.gram.size(block))
		s.rows[i] = append(s.rows[i], e)
		if !found {
			missing = append(missing, sample)
			into = append(into, e.segment)
			fresh = append(fresh, e)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := s.gram.compute(ctx, block, missing, into, s.serial); err != nil {
		return err
	}
	for _, e := range fresh {
		s.gram.cache.put(e)
	}
	return nil
}

// update adds the kernel rows of what has changed to the product.
func (s *solver) update(ctx context.Context) error {
	s.terms, s.used = s.terms[:0], s.used[:0]
	for i, d := range s.delta {
		if d != 0 {
			s.terms = append(s.terms, d)
			s.used = append(s.used, i)
		}
	}
	offset := 0
	for b, block := range s.blocks {
		n := s.gram.size(block)
		// Long enough for the memory to be read ahead, short enough to have work for all.
		const columns = 1024
		tasks := (n + columns - 1) / columns
		err := run(ctx, tasks, max(1, 128/(len(s.used)+1)), s.serial, func(lo, hi int) {
			s.addRows(b, s.product[offset:offset+n], lo*columns, min(hi*columns, n))
		})
		if err != nil {
			return err
		}
		offset += n
	}
	return nil
}

// addRows adds elements [lo, hi) of what has changed to into, for block b.
func (s *solver) addRows(b int, into []float64, lo, hi int) {
	if s.gram.double {
		for u, i := range s.used {
			simd.Axpy(s.terms[u], s.rows[i][b].double[lo:hi], into[lo:hi])
		}
		return
	}
	var rows [4][]float32
	for u := 0; u < len(s.used); u += len(rows) {
		m := min(len(rows), len(s.used)-u)
		for r, i := range s.used[u : u+m] {
			rows[r] = s.rows[i][b].single[lo:hi]
		}
		simd.AxpySingles(s.terms[u:u+m], rows[:m], into[lo:hi])
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
		s.set = append(s.set, all[:m]...)
		if err := s.fetch(ctx); err != nil {
			return err
		}
		s.delta = s.delta[:0]
		for _, i := range all[:m] {
			s.delta = append(s.delta, start[i])
		}
		if err := s.update(ctx); err != nil {
			return err
		}
		s.release(0)
		all = all[m:]
	}
	return nil
}
