package tree

import "sync"

// perWorker holds scratch memory for the workers of parallel loops, made when a
// worker first asks for it.
type perWorker[T any] struct {
	make  func() *T
	mu    sync.Mutex
	items []*T
}

func (p *perWorker[T]) get(worker int) *T {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.items) <= worker {
		p.items = append(p.items, p.make())
	}
	return p.items[worker]
}
