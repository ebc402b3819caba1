package decomposition

import (
	"context"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// TestOperatorNormal holds the two products of one pass against two passes, for data
// that are centred and for those whose mean is taken from the products, for fewer
// rows than sums are formed side by side, for a view, and for rows too long for one
// pass.
func TestOperatorNormal(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	normal := func(rows, cols int) *mat.Dense {
		m := mat.NewDense(rows, cols, nil)
		for i := range m.RawMatrix().Data {
			m.RawMatrix().Data[i] = rng.NormFloat64()
		}
		return m
	}
	for _, shape := range [][2]int{{300, 70}, {5, 40}, {9, 3000}, {70, fusedFeatures + 3}} {
		for _, offset := range []float64{0.5, 100} {
			n, p := shape[0], shape[1]
			x := normal(n+2, p+5).Slice(1, n+1, 3, p+3).(*mat.Dense)
			x.Apply(func(_, _ int, v float64) float64 { return v + offset }, x)
			o, err := newOperator(context.Background(), newCentred(x, nil))
			if err != nil {
				t.Fatal(err)
			}
			if (o.mean == nil) != (offset == 100) {
				t.Fatalf("offset %v: the data are copied, or not", offset)
			}
			for range 2 { // the second time in memory of the first
				v := normal(16, p).RawMatrix()
				y, wantY := newBlock(n, 16), newBlock(n, 16)
				z, wantZ := newBlock(16, p), newBlock(16, p)
				if err := o.normal(context.Background(), v, y, z); err != nil {
					t.Fatal(err)
				}
				o.times(blas.Trans, v, wantY)
				o.transposed(blas.Trans, wantY, wantZ)
				for _, pair := range [][2]blas64.General{{y, wantY}, {z, wantZ}} {
					scale := floats.Norm(pair[1].Data, 2)
					if d := floats.Distance(pair[0].Data, pair[1].Data, 2); !(d <= 1e-13*scale) {
						t.Errorf("%d×%d, offset %v: off by %.3g of %.3g", n, p, offset, d, scale)
					}
				}
			}
		}
	}
}

// TestOrthonormalBlock has rows that are independent, that depend on each other nearly
// and altogether, and that lie within the basis but for a little: what is said to be
// orthonormal is, and the remainder is L·Q.
func TestOrthonormalBlock(t *testing.T) {
	const p, size, b = 90, 24, 8
	rng := rand.New(rand.NewPCG(5, 2))
	all := newBlock(size+b, p)
	for i := range all.Data {
		all.Data[i] = rng.NormFloat64()
	}
	basis, block := rows(all, 0, size), rows(all, size, size+b)
	if !orthonormalBlock(basis, rows(all, 0, 0), nil) {
		t.Fatal("random rows are dependent")
	}
	random := append([]float64(nil), block.Data...)
	for name, c := range map[string]struct {
		make func(row, j int) float64
		full bool
	}{
		"independent":     {func(i, j int) float64 { return random[i*p+j] }, true},
		"graded":          {func(i, j int) float64 { return random[i*p+j] * []float64{1, 1e-3, 1e-5, 1e-7, 1, 1e-2, 1e-6, 1e-8}[i] }, true},
		"nearly the same": {func(i, j int) float64 { return random[j] + 1e-7*random[i*p+j] }, true},
		"in the basis":    {func(i, j int) float64 { return basis.Data[i*p+j] + 1e-9*random[i*p+j] }, true},
		"the same":        {func(i, j int) float64 { return random[j] }, false},
		"zero":            {func(i, j int) float64 { return 0 }, false},
	} {
		for i := range b {
			for j := range p {
				block.Data[i*p+j] = c.make(i, j)
			}
		}
		var rest mat.Dense
		rest.CloneFrom(dense(block))
		var part, along mat.Dense
		for range 2 {
			part.Mul(&rest, dense(basis).T())
			along.Mul(&part, dense(basis))
			rest.Sub(&rest, &along)
		}
		coupling := make([]float64, b*b)
		if full := orthonormalBlock(block, basis, coupling); full != c.full {
			t.Errorf("%s: full rank is %v", name, full)
		}
		if !c.full {
			continue
		}
		var gram, again mat.Dense
		gram.Mul(dense(block), dense(all).T())
		for i := range b {
			gram.Set(i, size+i, gram.At(i, size+i)-1)
		}
		if e := mat.Norm(&gram, 2); !(e < 1e-13) {
			t.Errorf("%s: orthonormal but for %.3g", name, e)
		}
		again.Mul(mat.NewDense(b, b, coupling), dense(block))
		again.Sub(&again, &rest)
		if e := mat.Norm(&again, 2); !(e < 1e-14*mat.Norm(&rest, 2)+1e-15) {
			t.Errorf("%s: L·Q is off by %.3g", name, e)
		}
	}
}

func dense(a blas64.General) *mat.Dense {
	var m mat.Dense
	m.SetRawMatrix(a)
	return &m
}
