package linear

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Every solver must end at the same optimum, where the gradient vanishes.
func TestLogisticSolversAgree(t *testing.T) {
	ctx := context.Background()
	for _, test := range []struct {
		name          string
		n, p, classes int
		c             float64
	}{
		{"binary on a sample first", 12000, 5, 2, 1},
		{"binary", 300, 20, 2, 100},
		{"multinomial", 500, 6, 4, 1},
		{"multinomial, little penalty", 400, 20, 3, 1e4},
	} {
		t.Run(test.name, func(t *testing.T) {
			ds := noisyClasses(test.n, test.p, test.classes, 1)
			want, err := Logistic{C: test.c, Solver: SolverNewtonCholesky, Tol: 1e-11}.Fit(ctx, ds)
			if err != nil || !want.Converged {
				t.Fatal(want, err)
			}
			for _, solver := range []Solver{SolverAuto, SolverLBFGS} {
				fit, err := Logistic{C: test.c, Solver: solver, Tol: 1e-11}.Fit(ctx, ds)
				if err != nil || !fit.Converged {
					t.Fatal(solver, fit, err)
				}
				wantClose(t, "Coef", elements(fit.Coef), elements(want.Coef), 1e-8)
				wantClose(t, "Intercept", fit.Intercept, want.Intercept, 1e-8)
				if math.Abs(want.Objective-fit.Objective) > 1e-13 {
					t.Errorf("objectives %v and %v", fit.Objective, want.Objective)
				}
			}
		})
	}
}

// With an L1 penalty that is weak, features far from zero, of unlike scale, collinear or
// more than there are samples take no more iterations than others do.
func TestProximalNewtonHardData(t *testing.T) {
	for _, test := range []struct{ n, p, classes int }{{60, 6, 3}, {60, 8, 2}, {60, 20, 3}} {
		for seed := range uint64(4) {
			rng := rand.New(rand.NewPCG(seed, 1))
			ds := noisyClasses(test.n, test.p, test.classes, seed)
			for j := range test.p {
				factor, shift := math.Pow(10, 4*rng.Float64()-2), 20*rng.Float64()
				for i := range test.n {
					ds.X.Set(i, j, factor*(shift+ds.X.At(i, j)))
					if j%3 == 1 && seed%2 == 1 {
						ds.X.Set(i, j, ds.X.At(i, j-1))
					}
				}
			}
			for _, ratio := range []float64{0.5, 1} {
				fit, err := Logistic{C: 1000, L1Ratio: ratio, Tol: 1e-6, MaxIter: 100}.Fit(context.Background(), ds)
				if err != nil || !fit.Converged {
					t.Error(test, seed, ratio, fit.Convergence, err)
				}
			}
		}
	}
}

// The Hessian is that of the definition, of weighted samples and with the penalty.
func TestHessian(t *testing.T) {
	ctx := context.Background()
	const n, p = 700, 5
	for _, classes := range []int{2, 3, 6} {
		ds := noisyClasses(n, p, classes, 3)
		weights := make([]float64, n)
		for i := range weights {
			weights[i] = float64(i % 4)
		}
		d := newDesign(ds.X, weights, true)
		f := &logisticFit{design: d, y: ds.Y, classes: classes}
		o := f.objective(d, d.penalties(0.1))
		q, theta := d.size(), f.start()
		for j := range theta {
			theta[j] = math.Sin(float64(j))
		}
		if _, err := o.evaluate(ctx, theta, make([]float64, len(theta))); err != nil {
			t.Fatal(err)
		}
		o.accept()
		got, want := mat.NewSymDense(len(theta), nil), mat.NewSymDense(len(theta), nil)
		if err := o.hessian(ctx, got); err != nil {
			t.Fatal(err)
		}
		loss := softmaxOf(ds.Y, classes)
		slope, curvature := make([]float64, loss.rows), make([]float64, loss.rows*loss.rows)
		for i := range n {
			loss.loss(i, o.predictors()[i*loss.rows:(i+1)*loss.rows], slope, curvature)
			row := append(slices.Clone(ds.X.RawRowView(i)), 1)
			for s := range theta {
				for r := s; r < len(theta); r++ {
					want.SetSym(s, r, want.At(s, r)+weights[i]/d.total*curvature[s/q*loss.rows+r/q]*row[s%q]*row[r%q])
				}
			}
		}
		for s := range theta {
			if s%q < p {
				want.SetSym(s, s, want.At(s, s)+0.1)
			}
		}
		for s := range theta {
			common := 0.0 // the direction common to all classes is bent by this
			for r := s % q; r < len(theta) && classes > 2; r += q {
				common += want.At(r, r) / float64(classes)
			}
			for r := s; r < len(theta); r++ {
				h := want.At(s, r)
				if r%q == s%q {
					h += common
				}
				if diff := math.Abs(got.At(s, r) - h); diff > 1e-13 {
					t.Errorf("%d classes: element %d, %d is %v, want %v", classes, s, r, got.At(s, r), h)
				}
			}
		}
	}
}

// The blocks of the Hessian, computed anew, are those of the Hessian itself.
func TestHessianBlocks(t *testing.T) {
	ctx := context.Background()
	const n, p, classes = 300, 4, 3
	ds := noisyClasses(n, p, classes, 2)
	d := newDesign(ds.X, nil, true)
	o := newSoftmaxObjective(d, ds.Y, classes, d.penalties(0.1))
	q := d.size()
	theta, gradient := make([]float64, classes*q), make([]float64, classes*q)
	for j := range theta {
		theta[j] = math.Sin(float64(j))
	}
	if _, err := o.evaluate(ctx, theta, gradient); err != nil {
		t.Fatal(err)
	}
	o.accept()
	h := newHessianBlocks(d, o.penalty, classes, 1.0/classes, o.curvatures)
	if err := h.start(ctx); err != nil {
		t.Fatal(err)
	}
	for iteration, decrement := range []float64{1, 1e-2, 0.99e-2, 0.98e-2} { // the last two are slow
		renewed, err := h.renew(ctx, decrement, 1e-9)
		if err != nil || renewed != (iteration == 3) {
			t.Fatal(iteration, renewed, err)
		}
	}
	w := o.curvatures()
	for c := range classes {
		block := mat.NewSymDense(q, nil)
		for i := range n {
			row := append(slices.Clone(ds.X.RawRowView(i)), 1)
			if w[c][i] > negligible*sum(w[c])/n {
				block.SymRankOne(block, w[c][i]/n, mat.NewVecDense(q, row))
			}
		}
		for j := range p {
			block.SetSym(j, j, block.At(j, j)+0.1)
		}
		var product mat.VecDense
		v := theta[:q]
		product.MulVec(block, mat.NewVecDense(q, v))
		h.factors[c].solve(product.RawVector().Data)
		wantClose(t, "solution", product.RawVector().Data, v, 1e-12)
	}
}

func BenchmarkLogistic(b *testing.B) {
	for _, c := range []struct {
		name          string
		n, p, classes int
	}{{"100kx50", 100000, 50, 2}, {"20kx200x10", 20000, 200, 10}} {
		b.Run(c.name, func(b *testing.B) {
			ds := noisyClasses(c.n, c.p, c.classes, 1)
			for b.Loop() {
				fit, err := Logistic{}.Fit(context.Background(), ds)
				if err != nil || !fit.Converged {
					b.Fatal(fit.Convergence, err)
				}
				b.ReportMetric(float64(fit.Iterations), "iterations")
			}
		})
	}
}

// Working sets lead to the same optimum as all features at once.
func TestLogisticWorkingSets(t *testing.T) {
	ctx := context.Background()
	for _, classes := range []int{2, 3} {
		ds := noisyClasses(150, minFeatures+50, classes, 4)
		params := Logistic{C: 0.3, L1Ratio: 0.9, Tol: 1e-11, Solver: SolverProximalNewton}
		fit, err := params.Fit(ctx, ds)
		if err != nil || !fit.Converged {
			t.Fatal(fit.Convergence, err)
		}
		strength := 1 / (params.C * 150)
		d := newDesign(ds.X, nil, true)
		f := &logisticFit{design: d, y: ds.Y, classes: classes, penalty: d.penalties(0.1 * strength), lambda: d.absolutePenalties(0.9 * strength)}
		theta := f.start()
		c, err := f.solveAbsolute(ctx, d, f.objective(d, f.penalty), theta, f.lambda, stopping{tolerance: 1e-11, limit: 1000})
		if err != nil || !c.Converged {
			t.Fatal(c, err)
		}
		coef, intercept := f.coefficients(theta)
		wantClose(t, "Coef", elements(fit.Coef), elements(coef), 1e-8)
		wantClose(t, "Intercept", centred(fit.Intercept), centred(intercept), 1e-8)
		if math.Abs(c.Objective-fit.Objective) > 1e-12 {
			t.Errorf("objectives %v and %v", fit.Objective, c.Objective)
		}
	}
}

// The method for many coefficients ends at the same optimum.
func TestLogisticProximalGradient(t *testing.T) {
	ctx := context.Background()
	for _, classes := range []int{2, 3} {
		ds := noisyClasses(300, 10, classes, 3)
		fit, err := Logistic{C: 0.05, L1Ratio: 0.7, Tol: 1e-11}.Fit(ctx, ds)
		if err != nil || !fit.Converged {
			t.Fatal(fit, err)
		}
		d := newDesign(ds.X, nil, true)
		strength := 1 / (0.05 * 300)
		f := &logisticFit{design: d, y: ds.Y, classes: classes, penalty: d.penalties(0.3 * strength)}
		var o objective = newPointObjective(d, newBinaryLoss(ds.Y, nil), f.penalty)
		theta := make([]float64, d.size())
		if classes > 2 {
			o = newSoftmaxObjective(d, ds.Y, classes, f.penalty)
			theta = make([]float64, d.size()*classes)
		}
		lambda, scale := make([]float64, len(theta)), make([]float64, len(theta))
		for j := range theta {
			scale[j] = 1
			if j%d.size() < 10 {
				lambda[j] = 0.7 * strength
			}
		}
		c, err := minimizeProximalGradient(ctx, o, theta, lambda, scale, stopping{tolerance: 1e-10, limit: 20000})
		if err != nil || !c.Converged {
			t.Fatal(c, err)
		}
		coef, _ := f.coefficients(theta)
		wantClose(t, "Coef", elements(coef), elements(fit.Coef), 1e-7)
		if math.Abs(c.Objective-fit.Objective) > 1e-12 {
			t.Errorf("objectives %v and %v", c.Objective, fit.Objective)
		}
	}
}
