package linear

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

type logisticCase struct {
	Name                string
	X                   [][]float64
	Y                   []int
	C                   float64
	Intercept, Balanced bool
	Weights             []float64
	Coef, Proba         [][]float64
	Constants           []float64
}

func TestLogisticGolden(t *testing.T) {
	for _, c := range golden[logisticCase](t, "logistic") {
		t.Run(c.Name, func(t *testing.T) {
			ds := newData(t, c.X, c.Y, c.Weights)
			fit, err := Logistic{C: c.C, NoIntercept: !c.Intercept, Balanced: c.Balanced, Tol: 1e-12}.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			if !fit.Converged {
				t.Errorf("not converged after %d iterations", fit.Iterations)
			}
			wantClose(t, "Coef", elements(fit.Coef), flatten(c.Coef), 1e-9)
			wantClose(t, "Intercept", fit.Intercept, c.Constants, 1e-9)
			proba, err := fit.PredictProba(mat.NewDense(5, len(c.X[0]), flatten(c.X[:5])))
			if err != nil {
				t.Fatal(err)
			}
			wantClose(t, "PredictProba", elements(proba), flatten(c.Proba), 1e-9)
			t.Logf("%d iterations", fit.Iterations)
		})
	}
}

// noisyClasses draws n samples of p normal features, with classes drawn from a
// multinomial model of them.
func noisyClasses(n, p, classes int, seed uint64) *dataset.Classification {
	rng := rand.New(rand.NewPCG(seed, 0))
	b := make([]float64, p*classes)
	for j := range b {
		b[j] = rng.NormFloat64() * 2 / math.Sqrt(float64(p))
	}
	x := mat.NewDense(n, p, nil)
	y := make([]int, n)
	for i := range n {
		row := x.RawRowView(i)
		for j := range row {
			row[j] = rng.NormFloat64()
		}
		best := math.Inf(-1)
		for k := range classes {
			z := -math.Log(rng.ExpFloat64()) // Gumbel noise: the largest is drawn from the softmax
			for j, v := range row {
				z += v * b[k*p+j]
			}
			if z > best {
				best, y[i] = z, k
			}
		}
	}
	return &dataset.Classification{X: x, Y: y}
}

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

func TestLogisticSeparable(t *testing.T) {
	x := [][]float64{{1, 0}, {2, 1}, {3, 0}, {-1, 1}, {-2, 0}, {-3, 2}}
	ctx := context.Background()
	for _, y := range [][]int{{1, 1, 1, 0, 0, 0}, {2, 1, 2, 0, 0, 0}} {
		ds := newData(t, x, y, nil)
		fit, err := Logistic{C: math.Inf(1)}.Fit(ctx, ds)
		if err != nil {
			t.Fatal(err)
		}
		labels, _ := fit.Predict(ds.X)
		if !fit.Separated || fit.Converged || !slices.Equal(labels, y) {
			t.Errorf("classes %v: Separated %v, Converged %v, predicted %v", y, fit.Separated, fit.Converged, labels)
		}
		penalised, err := Logistic{C: 1e6}.Fit(ctx, ds)
		if err != nil || !penalised.Converged || penalised.Separated {
			t.Errorf("with a penalty: %+v, %v", penalised, err)
		}
	}
	overlapping, err := Logistic{C: math.Inf(1)}.Fit(ctx, newData(t, x, []int{1, 1, 0, 0, 1, 0}, nil))
	if err != nil || overlapping.Separated || !overlapping.Converged {
		t.Errorf("overlapping classes: %+v, %v", overlapping, err)
	}
}

// Far from the boundary the smaller probability is e^−|z| to the last digits.
func TestLogisticTails(t *testing.T) {
	m := &LogisticModel{Coef: mat.NewDense(1, 1, []float64{1}), Intercept: []float64{0}}
	multi := &LogisticModel{Coef: mat.NewDense(3, 1, []float64{0, 1, 0}), Intercept: []float64{0, 0, -1000}}
	for _, z := range []float64{-700, -300, -40, 40, 300, 700} {
		for _, m := range []*LogisticModel{m, multi} {
			p, err := m.PredictProba(mat.NewDense(1, 1, []float64{z}))
			if err != nil {
				t.Fatal(err)
			}
			small := p.At(0, 1)
			if z > 0 {
				small = p.At(0, 0)
			}
			if want := math.Exp(-math.Abs(z)); math.Abs(small-want) > 1e-15*want {
				t.Errorf("z = %v: probability %v, want %v", z, small, want)
			}
		}
	}
	// The loss of one sample far on the right side is tiny, not zero.
	loss := newBinaryLoss([]int{1}, nil).sum(0, []float64{50}, nil, nil)
	if want := math.Exp(-50); math.Abs(loss-want) > 1e-14*want {
		t.Errorf("loss %v, want %v", loss, want)
	}
}

func TestLogisticBadlyScaled(t *testing.T) {
	ds := noisyClasses(400, 4, 2, 7)
	ctx := context.Background()
	plain, err := Logistic{C: math.Inf(1), Tol: 1e-12}.Fit(ctx, ds)
	if err != nil || !plain.Converged {
		t.Fatal(plain, err)
	}
	factors := []float64{1e150, 1e-150, 1e8, 1}
	offsets := []float64{0, 0, 1e10, 1e8}
	moved := &dataset.Classification{X: mat.DenseCopyOf(ds.X), Y: ds.Y}
	for i := range ds.Len() {
		for j := range factors {
			moved.X.Set(i, j, ds.X.At(i, j)*factors[j]+offsets[j])
		}
	}
	fit, err := Logistic{C: math.Inf(1), Tol: 1e-12}.Fit(ctx, moved)
	if err != nil || !fit.Converged {
		t.Fatal(fit, err)
	}
	got := make([]float64, 4)
	for j := range got {
		got[j] = fit.Coef.At(0, j) * factors[j]
	}
	wantClose(t, "Coef", got, elements(plain.Coef), 1e-6) // the offset of 1e8 costs eight digits of x
}

func TestLogisticDegenerate(t *testing.T) {
	ctx := context.Background()
	constant := newData(t, [][]float64{{5, 1}, {5, 2}, {5, 3}, {5, 5}, {5, 4}}, []int{0, 0, 1, 1, 0}, nil)
	collinear := newData(t, [][]float64{{1, 2, 3}, {2, 4, 1}, {3, 6, 2}, {5, 10, 0}, {4, 8, 7}, {2, 4, 2}}, []int{0, 1, 1, 0, 0, 0}, nil)
	wide := noisyClasses(5, 30, 2, 1)
	wide3 := noisyClasses(12, 30, 3, 1)
	zero := newData(t, [][]float64{{0}, {0}, {0}}, []int{0, 1, 1}, nil)
	for name, ds := range map[string]*dataset.Classification{"constant column": constant, "collinear": collinear, "wide": wide, "wide, three classes": wide3, "zero": zero} {
		for _, c := range []float64{1, math.Inf(1)} {
			fit, err := Logistic{C: c}.Fit(ctx, ds)
			if err != nil {
				t.Fatal(name, err)
			}
			if !fit.Converged && !fit.Separated {
				t.Errorf("%s, C = %v: neither converged nor separated: %+v", name, c, fit.Convergence)
			}
			for _, v := range append(elements(fit.Coef), fit.Intercept...) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%s, C = %v: coefficient %v", name, c, v)
				}
			}
		}
	}
}

func TestLogisticRefuses(t *testing.T) {
	ctx := context.Background()
	ds := noisyClasses(20, 2, 2, 1)
	for _, c := range []struct {
		field  string
		params Logistic
	}{
		{"C", Logistic{C: -1}},
		{"Tol", Logistic{Tol: math.NaN()}},
		{"MaxIter", Logistic{MaxIter: -1}},
		{"ClassWeights", Logistic{ClassWeights: []float64{1}}},
		{"Solver", Logistic{Solver: SolverProximalNewton + 1}},
		{"Solver", Logistic{Solver: SolverProximalNewton}},
		{"Solver", Logistic{Solver: SolverLBFGS, L1Ratio: 0.5}},
	} {
		var param *model.ParamError
		if _, err := c.params.Fit(ctx, ds); !errors.As(err, &param) || param.Field != c.field {
			t.Errorf("%s: %v", c.field, err)
		}
	}
	if _, err := (Logistic{}).Fit(ctx, newData(t, [][]float64{{1}, {2}}, []int{0, 0}, nil)); !errors.Is(err, dataset.ErrClasses) {
		t.Errorf("one class: %v", err)
	}
}

func TestLogisticPredictRowAllocatesNothing(t *testing.T) {
	for _, classes := range []int{2, 3} {
		ds := noisyClasses(50, 3, classes, 1)
		fit, err := Logistic{}.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		row := ds.X.RawRowView(0)
		if n := testing.AllocsPerRun(100, func() { _, _ = fit.PredictRow(row) }); n != 0 {
			t.Errorf("%d classes: %v allocations", classes, n)
		}
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

type absoluteCase struct {
	Name      string
	X         [][]float64
	Y         []int
	C, Ratio  float64
	Coef      [][]float64
	Constants []float64
}

func TestLogisticAbsoluteGolden(t *testing.T) {
	for _, c := range golden[absoluteCase](t, "logistic_absolute") {
		t.Run(c.Name, func(t *testing.T) {
			ds := newData(t, c.X, c.Y, nil)
			fit, err := Logistic{C: c.C, L1Ratio: c.Ratio, Tol: 1e-12}.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			if !fit.Converged {
				t.Errorf("not converged after %d iterations", fit.Iterations)
			}
			wantClose(t, "Coef", elements(fit.Coef), flatten(c.Coef), 1e-8)
			wantClose(t, "Intercept", centred(fit.Intercept), centred(c.Constants), 1e-8)
		})
	}
}

// With more coefficients than a Hessian is computed of, on working sets.
func TestLogisticAbsoluteWide(t *testing.T) {
	type wideCase struct {
		Name        string
		N, P        int
		Y, Features []int
		C, Ratio    float64
		Coef        [][]float64
		Constants   []float64
	}
	for _, c := range golden[wideCase](t, "logistic_absolute_wide") {
		t.Run(c.Name, func(t *testing.T) {
			x := mat.NewDense(c.N, c.P, nil)
			for k := range x.RawMatrix().Data {
				h := uint32(k) * 2654435761
				h = (h ^ h>>16) * 2246822519
				h = (h ^ h>>13) * 3266489917
				x.RawMatrix().Data[k] = float64(h^h>>16)/(1<<32) - 0.5
			}
			ds, err := dataset.New(x, c.Y)
			if err != nil {
				t.Fatal(err)
			}
			fit, err := Logistic{C: c.C, L1Ratio: c.Ratio, Solver: SolverProximalNewton, Tol: 1e-12}.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			if !fit.Converged {
				t.Errorf("not converged after %d iterations", fit.Iterations)
			}
			want := mat.NewDense(len(c.Coef), c.P, nil)
			for k, row := range c.Coef {
				for l, v := range row {
					want.Set(k, c.Features[l], v)
				}
			}
			wantClose(t, "Coef", elements(fit.Coef), elements(want), 1e-8)
			wantClose(t, "Intercept", centred(fit.Intercept), centred(c.Constants), 1e-8)
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

// centred returns the intercepts of several classes less their mean, which has
// no influence.
func centred(v []float64) []float64 {
	if len(v) == 1 {
		return v
	}
	c := slices.Clone(v)
	for i := range c {
		c[i] -= sum(v) / float64(len(v))
	}
	return c
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

func TestLogisticCVGolden(t *testing.T) {
	type cvCase struct {
		X, Errors [][]float64
		Y         []int
		Cs        []float64
		C         float64
	}
	c := golden[cvCase](t, "logistic_cv")[0]
	ds := newData(t, c.X, c.Y, nil)
	fit, err := LogisticCV{Cs: c.Cs, Folds: model.KFold{N: 3, NoShuffle: true}, Tol: 1e-10}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "Errors", elements(fit.Errors), flatten(c.Errors), 1e-9)
	direct, err := Logistic{C: c.C, Tol: 1e-10}.Fit(context.Background(), ds)
	if err != nil || fit.C != c.C || !mat.Equal(fit.Coef, direct.Coef) {
		t.Errorf("C = %v, want %v with the coefficients of Logistic; %v", fit.C, c.C, err)
	}
	named, err := LogisticCV{Cs: c.Cs, Folds: model.KFold{N: 3, NoShuffle: true}, Solver: SolverLBFGS, Tol: 1e-10}.Fit(context.Background(), ds)
	if err != nil || mat.Equal(named.Coef, fit.Coef) {
		t.Errorf("with another solver the coefficients are the same to the bit; %v", err)
	} else {
		wantClose(t, "Coef with L-BFGS", elements(named.Coef), elements(fit.Coef), 1e-8)
	}
	var param *model.ParamError
	if _, err := (LogisticCV{Solver: SolverProximalNewton}).Fit(context.Background(), ds); !errors.As(err, &param) || param.Field != "Solver" {
		t.Errorf("a solver for L1 penalties: %v", err)
	}
	if _, err := (LogisticCV{Cs: []float64{1, -1}}).Fit(context.Background(), ds); !errors.As(err, &param) || param.Field != "Cs[1]" {
		t.Errorf("negative C: %v", err)
	}
}
