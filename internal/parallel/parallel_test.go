package parallel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
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

func TestCancel(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithCancel(context.Background())
		var done atomic.Int32
		err := ForContext(ctx, 1_000_000, 1, func(lo, hi int) {
			if done.Add(1) == 10 {
				cancel()
			}
			time.Sleep(10 * time.Microsecond)
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
		if d := done.Load(); d > 100 {
			t.Errorf("%d chunks ran after cancelling", d)
		}
		for deadline := time.Now().Add(time.Second); runtime.NumGoroutine() > before; {
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
