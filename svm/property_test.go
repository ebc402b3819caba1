package svm_test

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/svm"
)

// Any fit of a two-class machine satisfies the optimality conditions
//
//	0 ≤ α ≤ C·w, Σ yα = 0, and with y·d the margins: ≥ 1−tol where α = 0,
//	1 ± tol where 0 < α < C·w, ≤ 1+tol where α = C·w.
func TestClassifierOptimality(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(t, "n")
		p := rapid.IntRange(1, 4).Draw(t, "p")
		x := mat.NewDense(n, p, nil)
		y := make([]int, n)
		flat := rapid.Bool().Draw(t, "all features equal")
		for i := range n {
			y[i] = i % 2
			for j := range p {
				if !flat {
					// A coarse grid, so that samples repeat, with either class.
					x.Set(i, j, float64(rapid.IntRange(-3, 3).Draw(t, "x")))
				}
			}
		}
		ds := &dataset.Classification{X: x, Y: y}
		heaviest := 1.0
		if rapid.Bool().Draw(t, "weighted") {
			heaviest = 100
			ds.Weights = make([]float64, n)
			for i := range n {
				ds.Weights[i] = rapid.SampledFrom([]float64{0.01, 1, 1, 7, 100}).Draw(t, "w")
			}
		}
		c := svm.Classifier{
			C:       math.Pow(10, rapid.Float64Range(-3, 6).Draw(t, "log C")),
			Kernel:  svm.Kernel{Kind: rapid.SampledFrom([]svm.KernelKind{svm.RBF, svm.Linear, svm.Polynomial}).Draw(t, "kernel"), Degree: 2, Coef0: 1},
			Tol:     1e-3,
			MaxIter: 100_000,
		}
		m, err := c.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		decision, err := m.Decision(x)
		if err != nil {
			t.Fatal(err)
		}
		alpha := make([]float64, n)
		sum, size := 0.0, 0.0
		for k, i := range m.Support {
			alpha[i] = m.DualCoef.At(0, k)
			sum += alpha[i]
			size += math.Abs(alpha[i])
		}
		if math.Abs(sum) > 1e-9*size {
			t.Errorf("Σ yα = %v", sum)
		}
		// What rounding may do: the sums have terms of this size.
		slack := c.Tol + 1e-11*size*(1+kernelScale(m.Kernel, x))
		if !m.Converged {
			// Large bounds and a kernel of low rank take very many steps.
			if c.C*heaviest < 100 && slack < 2*c.Tol {
				t.Errorf("not converged after %d steps", m.Iterations)
			}
			return
		}
		for i := range n {
			s := float64(2*y[i] - 1)
			a, bound := s*alpha[i], c.C*ds.Weight(i)
			margin := s * decision.At(i, 0)
			switch {
			case a < 0 || a > bound*(1+1e-15):
				t.Errorf("sample %d: α = %v is not in [0, %v]", i, a, bound)
			case a < bound && margin < 1-slack:
				t.Errorf("sample %d: α = %v < %v, but the margin is %v", i, a, bound, margin)
			case a > 0 && margin > 1+slack:
				t.Errorf("sample %d: α = %v > 0, but the margin is %v", i, a, margin)
			}
		}
	})
}

// kernelScale is the largest kernel of a sample with itself.
func kernelScale(k svm.Kernel, x *mat.Dense) float64 {
	n, _ := x.Dims()
	largest := 1.0
	for i := range n {
		dot := mat.Dot(x.RowView(i), x.RowView(i))
		switch k.Kind {
		case svm.Linear:
			largest = max(largest, dot)
		case svm.Polynomial:
			largest = max(largest, math.Pow(k.Gamma*dot+k.Coef0, float64(k.Degree)))
		}
	}
	return largest
}
