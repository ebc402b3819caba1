package model

import (
	"context"
	"sync"
)

// Progress tells how far a long piece of work has come.
type Progress struct {
	Task  string // what is being done: "forest", "cross-validation", …
	Done  int    // units of work done
	Total int    // units of work in all; 0 where that is not known
}

type progressKey struct{}

type reporter struct {
	mu     sync.Mutex
	report func(Progress)
}

// WithProgress returns a context under which long work calls report as it goes
// on. The calls come one at a time, though from different goroutines; work
// waits while report runs, so it should return quickly. Tasks within tasks
// report too, under their own names.
func WithProgress(ctx context.Context, report func(Progress)) context.Context {
	if report == nil {
		return ctx
	}
	return context.WithValue(ctx, progressKey{}, &reporter{report: report})
}

// Report passes p to the function given to [WithProgress], if there is one. It
// is for estimators to call, at most some hundred times per fit.
func Report(ctx context.Context, p Progress) {
	if r, ok := ctx.Value(progressKey{}).(*reporter); ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.report(p)
	}
}
