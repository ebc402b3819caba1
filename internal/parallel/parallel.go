// Package parallel runs loops over fixed chunks of an index range. It is the
// only place of the library that starts goroutines.
//
// Chunk boundaries depend on n and the chunk size alone, never on the number
// of processors, and [Reduce] merges in chunk order: what is computed through
// this package is bit-identical at every GOMAXPROCS. A panic in a chunk is
// carried to the caller once the other workers have stopped. Loops nest
// freely: no loop waits for a worker of another.
package parallel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"
)

// For calls body(lo, hi) for each chunk [lo, hi) of [0, n); all chunks but the
// last have the given size. Choose a size that gives a chunk at least 20 µs of
// work: starting workers costs about as much.
func For(n, chunk int, body func(lo, hi int)) {
	_ = ForContext(context.Background(), n, chunk, body)
}

// ForContext is For that starts no further chunk once ctx is done, and then
// returns ctx.Err() after the running chunks have ended.
func ForContext(ctx context.Context, n, chunk int, body func(lo, hi int)) error {
	return ForWorker(ctx, n, chunk, func(_, lo, hi int) { body(lo, hi) })
}

// ForWorker is ForContext that also tells body which worker runs it, a number
// in [0, Workers(n, chunk)), for scratch memory that is kept per worker. What a
// chunk computes must not depend on that number.
func ForWorker(ctx context.Context, n, chunk int, body func(worker, lo, hi int)) error {
	if chunk < 1 {
		chunk = 1
	}
	workers := Workers(n, chunk)
	if workers <= 1 {
		for lo := 0; lo < n; lo += chunk {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			body(0, lo, min(lo+chunk, n))
		}
		return ctx.Err()
	}
	var next atomic.Int64
	var wg conc.WaitGroup
	for w := range workers {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					next.Store(int64(n)) // let the others stop before the panic goes on
					panic(r)
				}
			}()
			for ctx.Err() == nil {
				lo := int(next.Add(int64(chunk))) - chunk
				if lo >= n {
					return
				}
				body(w, lo, min(lo+chunk, n))
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// InOrder is ForWorker that calls then for each chunk after its body, on the same
// worker and in chunk order: the worker waits until then has run for the chunks
// before. So results in the memory of a worker are merged in an order that does not
// depend on the number of processors.
func InOrder(ctx context.Context, n, chunk int, body, then func(worker, lo, hi int)) error {
	var (
		mu     sync.Mutex
		turn   = sync.NewCond(&mu)
		next   int  // lo of the chunk whose turn it is
		failed bool // a chunk has panicked
	)
	return ForWorker(ctx, n, chunk, func(worker, lo, hi int) {
		done := false
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			next, failed = hi, failed || !done
			turn.Broadcast()
		}()
		body(worker, lo, hi)
		mu.Lock()
		for next != lo && !failed {
			turn.Wait()
		}
		ours := !failed
		mu.Unlock()
		if ours {
			then(worker, lo, hi)
		}
		done = true
	})
}

// Workers returns how many workers a loop over n indices in chunks of the given
// size uses: GOMAXPROCS, or fewer where there are fewer chunks.
func Workers(n, chunk int) int {
	chunk = max(chunk, 1)
	return min(runtime.GOMAXPROCS(0), (n+chunk-1)/chunk)
}

// Reduce computes part(lo, hi) for each chunk of [0, n) and folds the parts in
// chunk order: merge(… merge(part₀, part₁) …, partₘ). The result is that of a
// sequential loop over the same chunks, whatever the number of processors; for
// n = 0 it is the zero A. A part is merged as soon as all parts before it have
// been.
func Reduce[A any](ctx context.Context, n, chunk int, part func(lo, hi int) A, merge func(into, from A) A) (A, error) {
	return ReduceWorker(ctx, n, chunk, func(_, lo, hi int) A { return part(lo, hi) }, merge)
}

// First returns the least index that find(lo, hi) reports for a chunk of [0, n), −1 if
// it reports −1, which is none, for all.
func First(n, chunk int, find func(lo, hi int) int) int {
	if n == 0 {
		return -1
	}
	first, _ := Reduce(context.Background(), n, chunk, find, func(a, b int) int {
		if a >= 0 {
			return a
		}
		return b
	})
	return first
}

// ReduceWorker is Reduce that also tells part which worker runs it, as [ForWorker]
// does.
func ReduceWorker[A any](ctx context.Context, n, chunk int, part func(worker, lo, hi int) A, merge func(into, from A) A) (A, error) {
	chunk = max(chunk, 1)
	var (
		mu      sync.Mutex
		total   A
		merged  int           // chunks folded into total
		waiting = map[int]A{} // by chunk, until those before have been
	)
	err := ForWorker(ctx, n, chunk, func(worker, lo, hi int) {
		a := part(worker, lo, hi)
		mu.Lock()
		defer mu.Unlock()
		if lo/chunk != merged {
			waiting[lo/chunk] = a
			return
		}
		for next := true; next; {
			if merged == 0 {
				total = a
			} else {
				total = merge(total, a)
			}
			merged++
			if a, next = waiting[merged]; next {
				delete(waiting, merged)
			}
		}
	})
	return total, err
}
