package simd

import (
	"fmt"
	"testing"
)

// BenchmarkRows streams matrices that lie in the first, the second and no cache.
func BenchmarkRows(b *testing.B) {
	for _, s := range [][2]int{{100, 10}, {30, 100}, {1000, 100}, {100_000, 100}} {
		m, n := s[0], s[1]
		a, x, w := make([]float64, m*n), make([]float64, n), make([]float64, m)
		for i := range a {
			a[i] = float64(i % 7) // pages never written to would all be one
		}
		for _, k := range []struct {
			name string
			run  func()
		}{
			{"DotRows", func() { DotRows(w, a, n, x) }},
			{"AxpyRows", func() { AxpyRows(w, a, n, x) }},
			{"SqDistRows", func() { SqDistRows(w, x, a, n) }},
			{"OuterRows", func() { OuterRows(w, x, a, n) }},
			{"Finite", func() { Finite(a) }},
		} {
			b.Run(fmt.Sprintf("%s-%dx%d", k.name, m, n), func(b *testing.B) {
				for _, l := range Available()[1:] {
					b.Run(l.String(), func(b *testing.B) {
						defer Force(l)()
						b.SetBytes(int64(8 * m * n))
						for b.Loop() {
							k.run()
						}
					})
				}
			})
		}
	}
}
