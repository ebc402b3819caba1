package svm

import (
	"math/bits"
	"sync"
)

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
	class      int // of the size of the segment
	sample     int
	key, bytes int
	users      int
	next, prev *entry
}

func newCache(limit, samples int, double bool) *cache {
	c := &cache{limit: limit, samples: samples, double: double, entries: make(map[int]*entry, min(samples, 1<<10))}
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
	length := paddedSize(n)
	bytes := length * c.elementBytes()
	for c.held+bytes > c.limit && c.lru.prev != &c.lru {
		c.forget(c.lru.prev)
	}
	e = newEntry(length, c.double)
	e.sample, e.key, e.bytes, e.users = sample, key, bytes, 1
	c.held += bytes
	return e, false
}

// forget drops an entry that is not in use.
func (c *cache) forget(e *entry) {
	e.unlink()
	delete(c.entries, e.key)
	c.held -= e.bytes
	e.recycle()
}

// drop forgets the segments of samples [lo, hi) and a block that are not in use.
func (c *cache) drop(lo, hi, block int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for sample := lo; sample < hi; sample++ {
		if e := c.entries[block*c.samples+sample]; e != nil && e.users == 0 {
			c.forget(e)
		}
	}
}

// empty forgets everything, after which the cache must not be used.
func (c *cache) empty() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.lru.prev != &c.lru {
		c.forget(c.lru.prev)
	}
}

// recycled holds entries that nobody uses, by class, twice for both precisions:
// fresh memory is several times as expensive to write to.
var recycled [2 * 64 * 8]sync.Pool

// newEntry returns an entry whose segment has n elements of any value.
func newEntry(n int, double bool) *entry {
	class, size := sizeClass(n)
	if double {
		class += len(recycled) / 2
	}
	e, _ := recycled[class].Get().(*entry)
	switch {
	case e == nil && double:
		e = &entry{class: class, segment: segment{double: make([]float64, size)}}
	case e == nil:
		e = &entry{class: class, segment: segment{single: make([]float32, size)}}
	}
	if double {
		e.double = e.double[:n]
	} else {
		e.single = e.single[:n]
	}
	return e
}

func (e *entry) recycle() { recycled[e.class].Put(e) }

// sizeClass returns the least size from n up that has four binary digits followed
// by zeros, and the number of that size.
func sizeClass(n int) (class, size int) {
	shift := max(0, bits.Len(uint(n))-4)
	head := (n + 1<<shift - 1) >> shift // up to 16
	return shift*8 + head, head << shift
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
		e.recycle()
		return
	}
	e.prev, e.next = &c.lru, c.lru.next
	e.prev.next, e.next.prev = e, e
}

func (e *entry) unlink() {
	e.prev.next, e.next.prev = e.next, e.prev
	e.next, e.prev = nil, nil
}
