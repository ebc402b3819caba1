package lapack

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func BenchmarkEigSym(b *testing.B) {
	for _, n := range []int{20, 100, 500, 1000} {
		a := symmetricCases(n)["normal"]
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				EigSym(a)
			}
		})
		if n > 500 {
			continue
		}
		b.Run(fmt.Sprint("gonum/", n), func(b *testing.B) {
			for b.Loop() {
				var e mat.EigenSym
				e.Factorize(a, true)
			}
		})
	}
}
