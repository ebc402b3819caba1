package simd

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// BenchmarkPeak measures what the processor offers: multiply-adds per second where
// nothing is fetched, and the rate at which memory is read, on one processor and on
// all.
func BenchmarkPeak(b *testing.B) {
	for _, procs := range []int{1, runtime.GOMAXPROCS(0)} {
		b.Run(fmt.Sprintf("fma-%d", procs), func(b *testing.B) {
			// All steps along k read the same column of A and row of B.
			const k = 2000
			m, n := GemmTile()
			onEach(b, procs, func() func() {
				a, x, c := ramp(m), ramp(n), ramp(m*n)
				return func() { Gemm(m, n, k, 1, a, 1, 0, x, 0, 0, c, n) }
			})
			b.ReportMetric(float64(2*m*n*k*procs)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
		})
		b.Run(fmt.Sprintf("read-%d", procs), func(b *testing.B) {
			const n = 16 << 20
			onEach(b, procs, func() func() {
				x := ramp(n / procs)
				return func() { Sum(x) }
			})
			b.ReportMetric(8*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
		})
	}
}

// onEach runs b.N rounds of the function that prepare returns on each of the
// processors at once.
func onEach(b *testing.B, procs int, prepare func() func()) {
	rounds := make([]func(), procs)
	for p := range rounds {
		rounds[p] = prepare()
	}
	b.ResetTimer()
	var all sync.WaitGroup
	for _, round := range rounds {
		all.Go(func() {
			for range b.N {
				round()
			}
		})
	}
	all.Wait()
}
