package svm

import "sync"

// cache keeps segments within a number of bytes, forgetting first what has not
// been used for longest. Segments in use are never forgotten, even if that means
// going beyond the bounds. It may be used by several goroutines.
type cache struct {
	mu      sync.Mutex
	limit   int // bytes
	held    int
	samples int
	double  bool
	entries map[int]*entry
	lru     entry // a ring: the next entry was used last
}

type entry struct {
	segment
	key, bytes int
	users      int
	next, prev *entry
}

func newCache(limit, samples int, double bool) *cache {
	c := &cache{limit: limit, samples: samples, double: double, entries: map[int]*entry{}}
	c.lru.next, c.lru.prev = &c.lru, &c.lru
	return c
}

// elementBytes is the size of a kernel in the cache.
func (c *cache) elementBytes() int {
	if c.double {
		return 8
	}
	return 4
}

// take returns the segment of a sample and a block of n samples, for use until it
// is given back. If it was not in the cache, the caller has to fill it and then
// call put; until then nobody else sees it.
func (c *cache) take(sample, block, n int) (e *entry, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := block*c.samples + sample
	if e := c.entries[key]; e != nil {
		if e.users == 0 {
			e.unlink()
		}
		e.users++
		return e, true
	}
	e = &entry{key: key, bytes: n * c.elementBytes(), users: 1}
	for c.held+e.bytes > c.limit && c.lru.prev != &c.lru {
		old := c.lru.prev
		old.unlink()
		delete(c.entries, old.key)
		c.held -= old.bytes
		if old.bytes == e.bytes {
			e.segment = old.segment
		}
	}
	c.held += e.bytes
	if e.single == nil && e.double == nil {
		if c.double {
			e.double = make([]float64, n)
		} else {
			e.single = make([]float32, n)
		}
	}
	return e, false
}

// put makes a filled segment known.
func (c *cache) put(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[e.key] == nil { // else somebody has been faster
		c.entries[e.key] = e
	}
}

// give gives a segment back.
func (c *cache) give(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.users--
	if e.users > 0 {
		return
	}
	if c.entries[e.key] != e {
		c.held -= e.bytes
		return
	}
	e.prev, e.next = &c.lru, c.lru.next
	e.prev.next, e.next.prev = e, e
}

func (e *entry) unlink() {
	e.prev.next, e.next.prev = e.next, e.prev
	e.next, e.prev = nil, nil
}
