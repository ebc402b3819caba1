package linear

import (
	"context"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/lapack/lapack64"
)

// In steps the factor is that of the whole, and each step asks the context.
func TestPotrfInSteps(t *testing.T) {
	const n = 3*potrfStep + 17
	rng := rand.New(rand.NewPCG(1, 1))
	whole, steps, again := newUpper(n), newUpper(n), newUpper(n)
	for i := range n {
		for j := i; j < n; j++ {
			v := rng.NormFloat64()
			if i == j {
				v = 4 * n
			}
			whole.Data[i*n+j], steps.Data[i*n+j], again.Data[i*n+j] = v, v, v
		}
	}
	want, ok := lapack64.Potrf(whole)
	if !ok {
		t.Fatal("not positive definite")
	}
	if !potrf(context.Background(), steps, 0) {
		t.Fatal("not positive definite in steps")
	}
	wantClose(t, "factor", steps.Data, want.Data, 1e-14)
	c := &countdown{Context: context.Background()}
	c.left.Store(1)
	if potrf(c, again, 0) {
		t.Error("ended well after the context did")
	}
	again.Data[(2*potrfStep+5)*(n+1)] = -1
	if potrf(context.Background(), again, 0) {
		t.Error("a negative diagonal element is taken for positive definite")
	}
}
