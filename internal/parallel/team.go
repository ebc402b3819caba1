package parallel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc/panics"
)

// Team runs loops that follow one another closely and are short: its workers look
// out for the next loop for some tens of microseconds before they go to sleep, so
// that starting one costs a fraction of a microsecond instead of ten or more. The
// zero Team has no workers and runs loops on the caller's goroutine. A Team is for
// one goroutine at a time.
type Team struct {
	loop    atomic.Pointer[loop]
	asleep  atomic.Int32  // workers to be woken
	wake    chan struct{} // a token for each of those
	done    chan struct{} // the end of a loop that the caller sleeps for
	closed  atomic.Bool
	workers int // beside the caller
	running sync.WaitGroup
}

// NewTeam starts a team of GOMAXPROCS workers, of which the caller is one. Close
// it after use.
func NewTeam() *Team {
	t := &Team{workers: runtime.GOMAXPROCS(0) - 1}
	t.wake, t.done = make(chan struct{}, t.workers), make(chan struct{}, 1)
	for range t.workers {
		t.running.Go(t.work)
	}
	return t
}

// Close ends the workers and waits until they have gone.
func (t *Team) Close() {
	t.closed.Store(true)
	t.wakeAll()
	t.running.Wait()
}

// Workers returns how many workers there are, the caller included.
func (t *Team) Workers() int { return t.workers + 1 }

// For is [For] on the team.
func (t *Team) For(n, chunk int, body func(lo, hi int)) {
	_ = t.ForContext(context.Background(), n, chunk, body)
}

// ForContext is [ForContext] on the team.
func (t *Team) ForContext(ctx context.Context, n, chunk int, body func(lo, hi int)) error {
	chunk = max(chunk, 1)
	if t.workers == 0 || n <= chunk {
		for lo := 0; lo < n && ctx.Err() == nil; lo += chunk {
			body(lo, min(lo+chunk, n))
		}
		return ctx.Err()
	}
	l := &loop{ctx: ctx, n: n, chunk: chunk, body: body}
	l.left.Store(int64((n + chunk - 1) / chunk))
	t.loop.Store(l)
	t.wakeAll()
	l.take(t)
	l.wait(t)
	if caught := l.caught.Recovered(); caught != nil {
		panic(caught)
	}
	return ctx.Err()
}

// lookout is how many times a worker looks for work, or the caller for the end of
// it, before going to sleep.
const lookout = 2000

func (t *Team) work() {
	var last *loop
	for idle := 0; !t.closed.Load(); {
		if l := t.loop.Load(); l != last {
			last = l
			l.take(t)
			idle = 0
			continue
		}
		if idle++; idle < lookout {
			pause()
			continue
		}
		idle = 0
		t.asleep.Add(1)
		if (t.loop.Load() != last || t.closed.Load()) && t.stayAwake() {
			continue
		}
		<-t.wake
	}
}

// stayAwake takes back that a worker wants to be woken, unless it is being woken.
func (t *Team) stayAwake() bool {
	for {
		k := t.asleep.Load()
		if k == 0 {
			return false
		}
		if t.asleep.CompareAndSwap(k, k-1) {
			return true
		}
	}
}

func (t *Team) wakeAll() {
	if t.asleep.Load() == 0 {
		return
	}
	for range t.asleep.Swap(0) {
		t.wake <- struct{}{}
	}
}

// loop is a loop under way. Workers that come late find nothing left to take.
type loop struct {
	ctx      context.Context
	n, chunk int
	body     func(lo, hi int)
	next     atomic.Int64 // index to be taken
	left     atomic.Int64 // chunks that have not ended
	sleeper  atomic.Int32 // 1 while the caller sleeps, 2 once it is to be woken
	caught   panics.Catcher
}

// take runs chunks as long as there are some.
func (l *loop) take(t *Team) {
	for {
		lo := int(l.next.Add(int64(l.chunk))) - l.chunk
		if lo >= l.n {
			return
		}
		l.run(lo)
		if l.left.Add(-1) == 0 && l.sleeper.CompareAndSwap(1, 2) {
			t.done <- struct{}{}
		}
	}
}

// run skips the chunk if there is no need for it any more.
func (l *loop) run(lo int) {
	defer func() {
		if r := recover(); r != nil {
			l.caught.Try(func() { panic(r) })
		}
	}()
	if l.ctx.Err() == nil && l.caught.Recovered() == nil {
		l.body(lo, min(lo+l.chunk, l.n))
	}
}

// wait returns when all chunks have ended.
func (l *loop) wait(t *Team) {
	for range lookout {
		if l.left.Load() == 0 {
			return
		}
		pause()
	}
	l.sleeper.Store(1)
	if l.left.Load() == 0 && l.sleeper.CompareAndSwap(1, 0) {
		return
	}
	<-t.done
}
