package linear

import (
	"context"
	"math"
	"testing"
)

// The duality gap bounds what it says of many samples, of which the dual point is moved
// on a few, and is not much more than it is for the best intercepts.
func TestDualGap(t *testing.T) {
	ctx := context.Background()
	const n, p = 4 * gapRows, 5
	for _, classes := range []int{2, 4} {
		ds := noisyClasses(n, p, classes, 5)
		ds.Weights = make([]float64, n)
		for i := range n {
			ds.Weights[i] = float64(i % 3)
			for j := range p {
				ds.X.Set(i, j, ds.X.At(i, j)+float64(3*j)) // which the intercepts must make up for
			}
		}
		for _, ratio := range []float64{0, 0.5, 1} {
			for _, c := range []float64{1e-3, 1, 1e3} {
				params := Logistic{C: c, L1Ratio: ratio}
				strength := 1 / (c * sum(ds.Weights))
				o := newDefinition(ds.X, ds.Weights, true, strength*ratio, strength*(1-ratio), softmaxOf(ds.Y, classes))
				params.Tol = 1e-11
				best, err := params.Fit(ctx, ds)
				if err != nil || !best.Converged {
					t.Fatal(best.Convergence, err)
				}
				params.Tol = 1e-2
				for _, iterations := range []int{1, 2, 100} {
					params.MaxIter = iterations
					fit, err := params.Fit(ctx, ds)
					if err != nil {
						t.Fatal(err)
					}
					e := o.at(fit.Coef, fit.Intercept)
					balanced := o.point(fit.Coef, fit.Intercept)
					above, gap := e.value-best.Objective, o.gap(balanced)+e.value-balanced.value
					if !(above <= fit.DualGap+1e-13) || !(fit.DualGap <= 2*gap+1e-2*e.value) {
						t.Errorf("%d classes, C = %v, ratio %v: %g above the minimum, DualGap %g, with the best intercepts %g", classes, c, ratio, above, fit.DualGap, gap)
					}
					if iterations == 100 && !(fit.Converged && fit.DualGap <= params.Tol*fit.Objective) {
						t.Errorf("%d classes, C = %v, ratio %v: DualGap %g, %+v", classes, c, ratio, fit.DualGap, fit.Convergence)
					}
				}
			}
		}
		free, err := Logistic{C: math.Inf(1)}.Fit(ctx, ds)
		if err != nil || free.DualGap != free.Objective {
			t.Errorf("without a penalty: DualGap %v, %v", free.DualGap, err)
		}
	}
}
