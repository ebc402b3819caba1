package parallel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// atProcs runs test at several values of GOMAXPROCS.
func atProcs(t *testing.T, test func(t *testing.T)) {
	for _, procs := range []int{1, 2, 7} {
		t.Run(fmt.Sprintf("procs=%d", procs), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			test(t)
		})
	}
}

func TestForVisitsEachIndexOnce(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 2, 99, 100, 101, 1000} {
			for _, chunk := range []int{-1, 0, 1, 3, 100, 5000} {
				seen := make([]atomic.Int32, n)
				For(n, chunk, func(lo, hi int) {
					if lo >= hi || hi-lo > max(chunk, 1) || lo%max(chunk, 1) != 0 {
						t.Errorf("n=%d chunk=%d: chunk [%d,%d)", n, chunk, lo, hi)
					}
					for i := lo; i < hi; i++ {
						seen[i].Add(1)
					}
				})
				for i := range seen {
					if got := seen[i].Load(); got != 1 {
						t.Fatalf("n=%d chunk=%d: index %d visited %d times", n, chunk, i, got)
					}
				}
			}
		}
	})
}

func TestForWorkerNumbers(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		const n, chunk = 500, 7
		busy := make([]atomic.Bool, Workers(n, chunk))
		err := ForWorker(context.Background(), n, chunk, func(w, lo, hi int) {
			if busy[w].Swap(true) {
				t.Errorf("worker %d runs two chunks at once", w)
			}
			runtime.Gosched()
			busy[w].Store(false)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestReduceIsTheSequentialFold(t *testing.T) {
	const n, chunk = 10_007, 64
	part := func(lo, hi int) float64 {
		s := 0.0
		for i := lo; i < hi; i++ {
			s += math.Sin(float64(i)) * 1e3
		}
		return s
	}
	want := part(0, chunk)
	for lo := chunk; lo < n; lo += chunk {
		want += part(lo, min(lo+chunk, n))
	}
	atProcs(t, func(t *testing.T) {
		got, err := Reduce(context.Background(), n, chunk, part, func(a, b float64) float64 { return a + b })
		if err != nil || got != want {
			t.Errorf("got %v, %v; want %v exactly", got, err, want)
		}
	})
	if got, err := Reduce(context.Background(), 0, chunk, part, func(a, b float64) float64 { return a + b }); got != 0 || err != nil {
		t.Errorf("empty range: got %v, %v", got, err)
	}
}

func TestInOrder(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		const n, chunk = 1003, 10
		var own [7]int // of each worker: its chunk
		next := 0      // not atomic: one at a time
		err := InOrder(context.Background(), n, chunk, func(worker, lo, hi int) {
			if lo%30 == 0 {
				runtime.Gosched()
			}
			own[worker] = lo
		}, func(worker, lo, hi int) {
			if lo != next || own[worker] != lo {
				t.Errorf("chunk %d by a worker at %d, want %d", lo, own[worker], next)
			}
			next = hi
		})
		if err != nil || next != n {
			t.Errorf("%d of %d indices, %v", next, n, err)
		}
	})
}

// Neither a panic nor an end leaves a worker waiting for its turn.
func TestInOrderEnds(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was lost")
				}
			}()
			_ = InOrder(context.Background(), 100, 1, func(_, lo, _ int) {
				if lo == 10 {
					panic("chunk 10")
				}
			}, func(_, lo, _ int) {
				if lo > 10 {
					t.Errorf("chunk %d has had its turn after a panic", lo)
				}
			})
		}()
		ctx, cancel := context.WithCancel(context.Background())
		turns := 0
		err := InOrder(ctx, 1_000_000, 1, func(_, lo, _ int) {
			if lo == 10 {
				cancel()
			}
		}, func(_, _, _ int) { turns++ })
		if !errors.Is(err, context.Canceled) || turns < 11 || turns > 100 {
			t.Errorf("err = %v after %d chunks", err, turns)
		}
	})
}

func TestCancel(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithCancel(context.Background())
		var done atomic.Int32
		err := ForContext(ctx, 1_000_000, 1, func(lo, hi int) {
			if done.Add(1) == 10 {
				cancel()
			} else if done.Load() >= 10 { // the tenth may be interrupted before it cancels
				<-ctx.Done()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		if d := done.Load(); d > 100 {
			t.Errorf("%d chunks ran after cancelling", d)
		}
		for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; {
			if time.Now().After(deadline) {
				t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
			}
			time.Sleep(time.Millisecond)
		}
	})
}

func TestPanicReachesTheCaller(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("the panic was lost")
			}
		}()
		For(100, 1, func(lo, hi int) {
			if lo == 50 {
				panic("chunk 50")
			}
		})
	})
}

func TestNested(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		var count atomic.Int32
		For(20, 1, func(lo, hi int) {
			For(20, 1, func(lo, hi int) {
				For(5, 1, func(lo, hi int) { count.Add(1) })
			})
		})
		if count.Load() != 2000 {
			t.Errorf("%d of 2000", count.Load())
		}
	})
}

func BenchmarkForStart(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		For(2, 1, func(lo, hi int) {})
	}
}

type tasks struct {
	seen    []atomic.Int32
	workers int
	started atomic.Int64
	fail    int
	t       *testing.T
}

func (s *tasks) Task(worker, i int) {
	if worker < 0 || worker >= s.workers {
		s.t.Errorf("worker %d of %d", worker, s.workers)
	}
	if i == s.fail {
		panic("boom")
	}
	s.seen[i].Add(1)
	s.started.Add(1)
}

func TestRun(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		for _, n := range []int{0, 1, 2, 100} {
			s := &tasks{seen: make([]atomic.Int32, n), workers: workers, fail: -1, t: t}
			Run(n, workers, s)
			for i := range s.seen {
				if got := s.seen[i].Load(); got != 1 {
					t.Fatalf("%d workers: task %d of %d ran %d times", workers, i, n, got)
				}
			}
		}
	}
}

// waiting tasks need the ones before them.
type waiting struct{ done []atomic.Bool }

func (w *waiting) Task(_, i int) {
	for i > 0 && !w.done[i-1].Load() {
		runtime.Gosched()
	}
	w.done[i].Store(true)
}

func TestRunTakesTasksInOrder(t *testing.T) {
	w := &waiting{make([]atomic.Bool, 500)}
	Run(len(w.done), 7, w)
	if !w.done[len(w.done)-1].Load() {
		t.Fatal("the last task did not run")
	}
}

func TestRunPanics(t *testing.T) {
	for _, workers := range []int{1, 3} {
		s := &tasks{seen: make([]atomic.Int32, 1000), workers: workers, fail: 5, t: t}
		func() {
			defer func() {
				if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), "boom") {
					t.Errorf("%d workers: recovered %v", workers, v)
				}
			}()
			Run(1000, workers, s)
		}()
		again := &tasks{seen: make([]atomic.Int32, 10), workers: workers, fail: -1, t: t}
		Run(10, workers, again)
		if again.started.Load() != 10 {
			t.Errorf("%d workers: %d tasks ran after a panic", workers, again.started.Load())
		}
	}
}

type nothing struct{}

func (nothing) Task(int, int) {}

func BenchmarkRunStart(b *testing.B) {
	b.ReportAllocs()
	var t Tasks = nothing{}
	for b.Loop() {
		Run(8, 2, t)
	}
}

func TestFirst(t *testing.T) {
	for _, c := range []struct{ n, from, want int }{{100, 0, 0}, {100, 37, 37}, {100, 99, 99}, {100, 100, -1}, {0, 0, -1}} {
		got := First(c.n, 7, func(lo, hi int) int {
			if at := max(lo, c.from); at < hi {
				return at
			}
			return -1
		})
		if got != c.want {
			t.Errorf("first of %d from %d is %d, want %d", c.n, c.from, got, c.want)
		}
	}
}
