package blas

import (
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"

	"github.com/sapwood-ml/sapwood/internal/simd"
)

// BenchmarkShare reports what part of the processors' rate of multiply-adds, or of
// the rate at which they read memory, a routine reaches, each against the best rate
// of a plain loop that takes turns with it. Routines of level 1 run on one
// processor, and so does the loop; what Daxpy writes is not counted.
func BenchmarkShare(b *testing.B) {
	impl := ours
	procs := runtime.GOMAXPROCS(0)
	const n, rows, columns, order, long = 1152, 100_000, 100, 1000, 16 << 20

	x, y, c := normal(n*n), normal(n*n), make([]float64, n*n)
	share(b, "gemm", "FMA", multiplyAdds(procs), n*n*n, func() {
		impl.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, x, n, y, n, 0, c, n)
	})
	share(b, "syrk", "FMA", multiplyAdds(procs), n*(n+1)/2*n, func() {
		impl.Dsyrk(blas.Upper, blas.NoTrans, n, n, 1, x, n, 0, c, n)
	})
	tall, gram := normal(rows*columns), make([]float64, columns*columns)
	share(b, "XtX", "FMA", multiplyAdds(procs), columns*(columns+1)/2*rows, func() {
		impl.Dsyrk(blas.Upper, blas.Trans, columns, rows, 1, tall, columns, 0, gram, columns)
	})
	spd, factor := make([]float64, order*order), make([]float64, order*order)
	impl.Dsyrk(blas.Upper, blas.Trans, order, order, 1, x, order, 0, spd, order)
	for i := range order {
		spd[i*order+i] += order
	}
	share(b, "cholesky", "FMA", multiplyAdds(procs), order*order*order/6, func() {
		copy(factor, spd)
		Lapack{}.Dpotrf(blas.Upper, order, factor, order)
	})

	v, product := normal(columns), make([]float64, rows)
	share(b, "gemv", "read", reads(procs), 8*rows*columns, func() {
		impl.Dgemv(blas.NoTrans, rows, columns, 1, tall, columns, v, 1, 0, product, 1)
	})
	p, q := normal(long), normal(long)
	share(b, "dot", "read", reads(1), 2*8*long, func() { impl.Ddot(long, p, 1, q, 1) })
	share(b, "axpy", "read", reads(1), 2*8*long, func() { impl.Daxpy(long, 1e-9, p, 1, q, 1) })
}

// A loop is work whose amount is known.
type loop struct {
	amount float64
	run    func()
}

func share(b *testing.B, name, of string, peak loop, amount float64, run func()) {
	b.Run(name, func(b *testing.B) {
		best := math.Inf(1)
		bestPeak := math.Inf(1)
		for b.Loop() {
			start := time.Now()
			run()
			best = min(best, time.Since(start).Seconds())
			start = time.Now()
			peak.run()
			bestPeak = min(bestPeak, time.Since(start).Seconds())
		}
		b.ReportMetric(100*(amount/best)/(peak.amount/bestPeak), "%-of-"+of)
	})
}

// multiplyAdds is a loop of register tiles whose operands never change, on each
// processor.
func multiplyAdds(procs int) loop {
	const k, repeats = 2000, 200
	m, n := simd.GemmTile()
	return loop{float64(procs * repeats * m * n * k), onEach(procs, func(int) {
		a, x, c := normal(m), normal(n), make([]float64, m*n)
		for range repeats {
			simd.Gemm(m, n, k, 1, a, 1, 0, x, 0, 0, c, n)
		}
	})}
}

// reads is a pass over 256 MB of numbers in two streams on each processor.
func reads(procs int) loop {
	const n = 16 << 20
	x, y := normal(n), normal(n)
	return loop{2 * 8 * n, onEach(procs, func(p int) {
		lo, hi := p*n/procs, (p+1)*n/procs
		simd.Dot(x[lo:hi], y[lo:hi])
	})}
}

func onEach(procs int, run func(p int)) func() {
	return func() {
		var all sync.WaitGroup
		for p := range procs {
			all.Go(func() { run(p) })
		}
		all.Wait()
	}
}
