package simd

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestRows holds the row kernels to the vector kernels that they are made of,
// bit for bit, at every level.
func TestRows(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		for _, fill := range []string{"normal", "special"} {
			for _, m := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 17, 100} {
				for n := 0; n <= maxLen; n++ {
					if raceEnabled {
						n += 20
					}
					checkRowKernels(t, fill, m, n, (m+n)%3*5)
				}
				checkRowKernels(t, fill, m%20, 4100, 0)
			}
			checkRowKernels(t, fill, 5, block+7, 1)
		}
	})
}

func checkRowKernels(t *testing.T, fill string, m, n, gap int) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(m), uint64(n)))
	next := fills[fill](r)
	lda := n + gap
	size := 0
	if m > 0 {
		size = (m-1)*lda + n
	}
	a := newArray(size, m%8, next).x
	x := newArray(n, n%8, next).x
	w := newArray(m, 3, next).x
	row := func(i int) []float64 { return a[i*lda : i*lda+n] }

	dots, dists, y := newArray(m, 1, next), newArray(m, 2, next), newArray(n, 5, next)
	want := append([]float64(nil), y.x...)
	for i := range m {
		Axpy(w[i], row(i), want)
	}
	DotRows(dots.x, a, lda, x)
	SqDistRows(dists.x, x, a, lda)
	AxpyRows(w, a, lda, y.x)
	what := fmt.Sprintf("%s %d×%d, stride %d", fill, m, n, lda)
	dots.check(t, "DotRows "+what)
	dists.check(t, "SqDistRows "+what)
	y.check(t, "AxpyRows "+what)
	for i := range m {
		if got, want := dots.x[i], Dot(row(i), x); !same(got, want) {
			t.Fatalf("DotRows %s: row %d: %v, Dot %v", what, i, got, want)
		}
		if got, want := dists.x[i], SqDist(x, row(i)); !same(got, want) {
			t.Fatalf("SqDistRows %s: row %d: %v, SqDist %v", what, i, got, want)
		}
	}
	checkPairs(t, what, n, row, x, a, lda, m)
	if m >= 4 {
		z := newArray(n, 6, func(j int) float64 { return w[0] + float64(j) })
		sum := append([]float64(nil), z.x...)
		AxpyRows(w[:4], a, lda, sum)
		got := DotAxpy4((*[4]float64)(w), a, lda, x, z.x)
		z.check(t, "DotAxpy4 "+what)
		var s [4]float64
		restore := Force(Portable)
		s = DotAxpy4((*[4]float64)(w), a, lda, x, make([]float64, n))
		restore()
		for r := range s {
			if !same(got[r], s[r]) {
				t.Fatalf("DotAxpy4 %s: row %d: %v, portable %v", what, r, got[r], s[r])
			}
		}
		for j := range n {
			if !same(z.x[j], sum[j]) {
				t.Fatalf("DotAxpy4 %s: element %d: %v, AxpyRows %v", what, j, z.x[j], sum[j])
			}
		}
	}
	b := newArray(size, m%8, func(i int) float64 { return a[i] })
	OuterRows(w, x, b.x, lda)
	b.check(t, "OuterRows "+what)
	for i := range m {
		Axpy(w[i], x, row(i))
	}
	for i := range a {
		if !same(b.x[i], a[i]) {
			t.Fatalf("OuterRows %s: element %d: %v, Axpy %v", what, i, b.x[i], a[i])
		}
	}
	for j := range n {
		if !same(y.x[j], want[j]) {
			t.Fatalf("AxpyRows %s: element %d: %v, Axpy %v", what, j, y.x[j], want[j])
		}
	}
}

// checkPairs holds SqDistPairs to SqDist for the m rows in descending order, each with
// x or with a row.
func checkPairs(t *testing.T, what string, n int, row func(int) []float64, x, a []float64, lda, m int) {
	t.Helper()
	ao, bo := make([]int, m), make([]int, m)
	b := newArray(2*n, 5, func(j int) float64 {
		if j < n || m == 0 {
			return x[j%max(n, 1)]
		}
		return row(m / 2)[j-n]
	}).x
	for i := range m {
		ao[i], bo[i] = (m-1-i)*lda, i%2*n
	}
	dst := newArray(m, 3, func(int) float64 { return 0 })
	SqDistPairs(dst.x, n, a, ao, b, bo)
	dst.check(t, "SqDistPairs "+what)
	for i, got := range dst.x {
		if want := SqDist(row(m-1-i), b[bo[i]:]); !same(got, want) {
			t.Fatalf("SqDistPairs %s: pair %d: %v, SqDist %v", what, i, got, want)
		}
	}
}
