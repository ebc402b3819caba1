package parallel

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestTeamVisitsEachIndexOnce(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		team := NewTeam()
		defer team.Close()
		for round := range 300 {
			n, chunk := round%50, 1+round%4
			seen := make([]atomic.Int32, n)
			team.For(n, chunk, func(lo, hi int) {
				if lo >= hi || hi-lo > chunk || lo%chunk != 0 {
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
			if round%100 == 0 { // long enough to fall asleep
				time.Sleep(2 * time.Millisecond)
			}
		}
	})
}

// The caller sleeps while a worker is at its last chunk.
func TestTeamWaits(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		team := NewTeam()
		defer team.Close()
		for range 10 {
			var ended atomic.Int32
			team.For(4, 1, func(lo, hi int) {
				if lo > 0 {
					time.Sleep(time.Millisecond)
				}
				ended.Add(1)
			})
			if ended.Load() != 4 {
				t.Fatalf("%d of 4 chunks have ended", ended.Load())
			}
		}
	})
}

func TestTeamCancelsAndPanics(t *testing.T) {
	atProcs(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		team := NewTeam()
		ctx, cancel := context.WithCancel(context.Background())
		var ran atomic.Int32
		err := team.ForContext(ctx, 1_000_000, 1, func(lo, hi int) {
			if ran.Add(1) == 10 {
				cancel()
			} else if ran.Load() >= 10 { // the tenth may be interrupted before it cancels
				<-ctx.Done()
			}
		})
		if !errors.Is(err, context.Canceled) || ran.Load() > 100 {
			t.Errorf("err = %v after %d chunks", err, ran.Load())
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was lost")
				}
			}()
			team.For(100, 1, func(lo, hi int) {
				if lo == 50 {
					panic("chunk 50")
				}
			})
		}()
		ran.Store(0)
		team.For(10, 1, func(lo, hi int) { ran.Add(1) })
		if ran.Load() != 10 {
			t.Errorf("%d of 10 chunks after a panic", ran.Load())
		}
		team.Close()
		for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; {
			if time.Now().After(deadline) {
				t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
			}
			time.Sleep(time.Millisecond)
		}
	})
}

func TestZeroTeam(t *testing.T) {
	var team Team
	sum := 0
	team.For(10, 3, func(lo, hi int) { sum += hi - lo })
	if sum != 10 || team.Workers() != 1 {
		t.Errorf("%d of 10 indices, %d workers", sum, team.Workers())
	}
}

func BenchmarkTeamStart(b *testing.B) {
	b.ReportAllocs()
	team := NewTeam()
	defer team.Close()
	for b.Loop() {
		team.For(2, 1, func(lo, hi int) {})
	}
}
