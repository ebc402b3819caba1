package svm

import "math"

// chooser finds the variables that violate optimality most.
type chooser struct {
	up, low []float64 // per group: least f that can go up, largest that can go down
	queues  []queue   // per group two: up, and down with −f
	chosen  []int
}

// look goes over all variables and returns the largest violation in any group.
func (c *chooser) look(s *solver) float64 {
	gap := math.Inf(-1)
	c.up, c.low = c.up[:0], c.low[:0]
	for g := range s.groups {
		up, low := s.violation(s.product, g)
		c.up, c.low = append(c.up, up), append(c.low, low)
		gap = max(gap, low-up)
	}
	return gap
}

// best returns up to n variables outside the working set, taken in turn from the
// ends of the groups: the one with the least f of those that can go up, the one
// with the largest f of those that can go down, the next, … of equals the one with
// the lower index.
func (c *chooser) best(s *solver, n int) []int {
	c.chosen = c.chosen[:0]
	if n == 0 {
		return c.chosen
	}
	for len(c.queues) < 2*s.groups {
		c.queues = append(c.queues, queue{})
	}
	for i := range c.queues {
		c.queues[i].reset(n)
	}
	for t, b := range s.beta {
		if s.in[t] {
			continue
		}
		f := s.product[s.sampleOf(t)] + s.shift[t]
		g := s.groupOf(t)
		if b < s.upper[t] {
			c.queues[2*g].offer(f, t)
		}
		if b > s.lower[t] {
			c.queues[2*g+1].offer(-f, t)
		}
	}
	for i := range c.queues {
		c.queues[i].sort()
	}
	for taken := true; taken && len(c.chosen) < n; {
		taken = false
		for i := range c.queues {
			q := &c.queues[i]
			for q.next < len(q.items) {
				t := q.items[q.next].t
				q.next++
				if !s.in[t] {
					s.in[t] = true
					c.chosen = append(c.chosen, t)
					taken = true
					break
				}
			}
			if len(c.chosen) == n {
				break
			}
		}
	}
	return c.chosen
}

// A queue keeps the items with the least keys, of equal keys those with the lowest
// t: a heap with the worst item on top until it is sorted.
type queue struct {
	items []item
	limit int
	next  int
}

type item struct {
	key float64
	t   int
}

func (a item) worse(b item) bool { return a.key > b.key || a.key == b.key && a.t > b.t }

func (q *queue) reset(limit int) {
	q.items, q.limit, q.next = q.items[:0], limit, 0
}

func (q *queue) offer(key float64, t int) {
	it := item{key, t}
	if len(q.items) < q.limit {
		q.items = append(q.items, it)
		for i := len(q.items) - 1; i > 0; {
			parent := (i - 1) / 2
			if !q.items[i].worse(q.items[parent]) {
				break
			}
			q.items[i], q.items[parent] = q.items[parent], q.items[i]
			i = parent
		}
		return
	}
	if q.items[0].worse(it) {
		q.items[0] = it
		q.sink(len(q.items))
	}
}

// sink moves the top of the first n items to its place.
func (q *queue) sink(n int) {
	for i := 0; ; {
		child := 2*i + 1
		if child >= n {
			return
		}
		if child+1 < n && q.items[child+1].worse(q.items[child]) {
			child++
		}
		if !q.items[child].worse(q.items[i]) {
			return
		}
		q.items[i], q.items[child] = q.items[child], q.items[i]
		i = child
	}
}

// sort puts the items in order, the best first.
func (q *queue) sort() {
	for n := len(q.items) - 1; n > 0; n-- {
		q.items[0], q.items[n] = q.items[n], q.items[0]
		q.sink(n)
	}
}
