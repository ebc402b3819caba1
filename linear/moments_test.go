package linear

import (
	"context"
	"math"
	"testing"
)

// Products of features that are used where they lie are those of shifted copies, and
// only features near zero are used so.
func TestProductsInPlace(t *testing.T) {
	ctx := context.Background()
	const p = maxTileGram + 5
	ds, _ := linearTargets(700, p, 1, 1)
	for _, intercept := range []bool{true, false} {
		table, err := newTable(ds, intercept)
		if err != nil {
			t.Fatal(err)
		}
		if !table.asIs() {
			t.Fatalf("features about zero are shifted by %g", table.shift)
		}
		got, err := table.products(ctx)
		if err != nil {
			t.Fatal(err)
		}
		table.weights = make([]float64, len(ds.Y))
		for i := range table.weights {
			table.weights[i] = 1
		}
		want, err := table.products(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.N {
			for j := i; j < want.N; j++ {
				g, w := got.Data[i*got.Stride+j], want.Data[i*want.Stride+j]
				size := math.Sqrt(want.Data[i*want.Stride+i] * want.Data[j*want.Stride+j])
				if !(math.Abs(g-w) <= 1e-13*size) {
					t.Fatalf("intercept %v: product of %d and %d is %g, want %g", intercept, i, j, g, w)
				}
			}
		}
	}
	for i := range ds.Y {
		ds.X.Set(i, 7, 0.1)
	}
	table, err := newTable(ds, true)
	if err != nil {
		t.Fatal(err)
	}
	if table.asIs() || table.shift[7] != 0.1 {
		t.Errorf("a constant feature is shifted by %g", table.shift[7])
	}
}
