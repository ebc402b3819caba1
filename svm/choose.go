package svm

import "math"

// A chooser finds the variables that violate optimality most.
type chooser struct {
	queues []queue // per group two: up, and down with −f
	chosen []int
}

// look goes over all variables and returns the largest violation in any group. It
// remembers up to about n variables at either end of each group, outside the
// working set, for choose.
func (c *chooser) look(s *solver, n int) float64 {
	if c.queues == nil {
		c.queues = make([]queue, 2*s.groups)
		for i := range c.queues {
			c.queues[i].bound = math.Inf(1)
		}
	}
	c.scan(s, n)
	for i := range c.queues {
		if c.queues[i].short() {
			for k := range c.queues {
				c.queues[k].bound = math.Inf(1)
			}
			c.scan(s, n)
			break
		}
	}
	gap := math.Inf(-1)
	for g := range s.groups {
		gap = max(gap, -c.queues[2*g+1].least-c.queues[2*g].least)
	}
	return gap
}

func (c *chooser) scan(s *solver, n int) {
	for i := range c.queues {
		c.queues[i].reset(n)
	}
	up, down := &c.queues[0], &c.queues[1]
	for lo := 0; lo < len(s.beta); lo += s.n {
		shift, beta := s.shift[lo:lo+s.n], s.beta[lo:lo+s.n]
		upper, lower, in := s.upper[lo:lo+s.n], s.lower[lo:lo+s.n], s.in[lo:lo+s.n]
		for i, product := range s.product[:s.n] {
			f, b := product+shift[i], beta[i]
			if s.group != nil {
				g := 2 * int(s.group[lo+i])
				up, down = &c.queues[g], &c.queues[g+1]
			}
			if b < upper[i] {
				if f < up.least {
					up.least = f
				}
				if f < up.bound && !in[i] {
					up.offer(f, lo+i)
				}
			}
			if b > lower[i] {
				if -f < down.least {
					down.least = -f
				}
				if -f < down.bound && !in[i] {
					down.offer(-f, lo+i)
				}
			}
		}
	}
}

// choose returns up to n variables outside the working set, as look found them,
// taken in turn from the ends of the groups: the one with the least f of those that
// can go up, the one with the largest f of those that can go down, the next, … of
// equals the one with the lower index.
func (c *chooser) choose(s *solver, n int) []int {
	c.chosen = c.chosen[:0]
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
// t: a heap with the worst item on top until it is sorted. Keys from bound up need
// not be offered. The bound comes from the last look, after which little has
// changed, and saves nearly all of the work.
type queue struct {
	items []item
	limit int
	next  int
	bound float64
	least float64 // of all keys, offered or not
}

type item struct {
	key float64
	t   int
}

func (a item) worse(b item) bool { return a.key > b.key || a.key == b.key && a.t > b.t }

func (q *queue) reset(limit int) {
	q.items, q.limit, q.next, q.least = q.items[:0], limit, 0, math.Inf(1)
}

// short tells that the bound has kept too many out.
func (q *queue) short() bool { return len(q.items) < q.limit/2 && !math.IsInf(q.bound, 1) }

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
	if q.limit > 0 && q.items[0].worse(it) {
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

// sort puts the items in order, the best first, and sets the bound for the next look
// somewhat above the worst.
func (q *queue) sort() {
	for n := len(q.items) - 1; n > 0; n-- {
		q.items[0], q.items[n] = q.items[n], q.items[0]
		q.sink(n)
	}
	switch n := len(q.items); {
	case n == q.limit && n > 0:
		worst := q.items[n-1].key
		q.bound = worst + (worst-q.least)/4
	case n > 0 && !math.IsInf(q.bound, 1):
		q.bound += q.bound - q.least
	}
}
