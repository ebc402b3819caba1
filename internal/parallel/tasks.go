package parallel

import (
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc/panics"
)

// Tasks is a loop whose body is a method: a loop kept in memory that is used
// again and again starts without allocating.
type Tasks interface {
	// Task runs task i on the given worker, a number below the number of workers
	// that Run was told to use.
	Task(worker, i int)
}

// Run calls t.Task(worker, i) for each i in [0, n) on at most the given number
// of workers. Tasks are taken in ascending order and every task that is taken is
// run to its end, so a task may wait for an earlier one. A panic is carried to
// the caller once the other workers have stopped. Run allocates nothing in the
// steady state.
func Run(n, workers int, t Tasks) {
	workers = min(workers, n)
	if workers <= 1 {
		for i := range n {
			t.Task(0, i)
		}
		return
	}
	r := idle.Get().(*run)
	r.tasks, r.n = t, int64(n)
	r.next.Store(0)
	r.worker.Store(0)
	// A lone new goroutine would wait in its creator's queue for tens of
	// microseconds before another processor takes it: start all, then wait.
	r.wg.Add(workers)
	for range workers {
		go r.start()
	}
	r.wg.Wait()
	caught := r.caught.Recovered()
	r.tasks, r.caught = nil, panics.Catcher{}
	idle.Put(r)
	if caught != nil {
		panic(caught)
	}
}

type run struct {
	tasks        Tasks
	n            int64
	next, worker atomic.Int64
	wg           sync.WaitGroup
	caught       panics.Catcher
	start, loop  func() // methods, bound once: a go statement with arguments allocates
}

var idle = sync.Pool{New: func() any {
	r := new(run)
	r.start, r.loop = r.work, r.takeTasks
	return r
}}

func (r *run) work() {
	defer r.wg.Done()
	r.caught.Try(r.loop)
	if r.caught.Recovered() != nil {
		r.next.Store(r.n) // let the others stop
	}
}

func (r *run) takeTasks() {
	worker := int(r.worker.Add(1)) - 1
	for {
		i := r.next.Add(1) - 1
		if i >= r.n {
			return
		}
		r.tasks.Task(worker, int(i))
	}
}
