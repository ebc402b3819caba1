package linear

import (
	"context"
	"math"
	"testing"
)

// The products of features, target and one are what rows in the units of the table give
// one by one: features few and many, near zero and far from it, of extreme units, with
// and without weights and an intercept.
func TestProducts(t *testing.T) {
	for _, p := range []int{1, 7, 24, 260} {
		for _, units := range []float64{1, 1e160} {
			for _, centre := range []float64{0, 1e4} {
				for _, weighted := range []bool{false, true} {
					for _, intercept := range []bool{false, true} {
						ds, _ := linearTargets(700, p, 1, 1)
						for i := range ds.Y {
							row := ds.X.RawRowView(i)
							for j := range row {
								row[j] = units * (row[j] + centre)
							}
						}
						if weighted {
							ds.Weights = make([]float64, len(ds.Y))
							for i := range ds.Weights {
								ds.Weights[i] = float64(i % 5)
							}
						}
						table, err := newTable(ds, intercept)
						if err != nil {
							t.Fatal(err)
						}
						testProducts(t, table)
					}
				}
			}
		}
	}
}

func testProducts(t *testing.T, table *table) {
	got, err := table.products(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	q := table.x.Cols + 2
	row, want := make([]float64, q), make([]float64, q*q)
	for i := range table.y {
		row[q-1] = table.fill(i, row)
		for a, v := range row {
			axpy(v, row, want[a*q:(a+1)*q])
		}
	}
	for a := range q {
		for b := a; b < q; b++ {
			g, w := got.Data[a*got.Stride+b], want[a*q+b]
			size := math.Sqrt(want[a*q+a] * want[b*q+b])
			if !(math.Abs(g-w) <= 1e-13*size) {
				t.Fatalf("%d features, scale %v, shift %v: product of %d and %d is %g, want %g", q-2, table.scale != nil, table.shift[0], a, b, g, w)
			}
		}
	}
}

// Features are shifted if the mean of one is more than a deviation from zero.
func TestShift(t *testing.T) {
	ds, _ := linearTargets(700, 9, 1, 1)
	table, err := newTable(ds, true)
	if err != nil {
		t.Fatal(err)
	}
	for j, s := range table.shift[:9] {
		if s != 0 {
			t.Errorf("feature %d, which is about zero, is shifted by %g", j, s)
		}
	}
	for i := range ds.Y {
		ds.X.Set(i, 7, 0.1)
	}
	if table, err = newTable(ds, true); err != nil {
		t.Fatal(err)
	}
	if table.shift[7] != 0.1 {
		t.Errorf("a constant feature is shifted by %g", table.shift[7])
	}
}
