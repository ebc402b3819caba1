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
	Unpenalised         bool // C is infinite, which JSON has no number for
	Intercept, Balanced bool
	Weights             []float64
	ClassWeights        []float64
	Coef, Proba         [][]float64
	Constants           []float64
}

func TestLogisticGolden(t *testing.T) {
	for _, c := range golden[logisticCase](t, "logistic") {
		t.Run(c.Name, func(t *testing.T) {
			ds := newData(t, c.X, c.Y, c.Weights)
			if c.Unpenalised {
				c.C = math.Inf(1)
			}
			fit, err := Logistic{C: c.C, NoIntercept: !c.Intercept, Balanced: c.Balanced, ClassWeights: c.ClassWeights, Tol: 1e-12}.Fit(context.Background(), ds)
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

type absoluteCase struct {
	Name      string
	X         [][]float64
	Y         []int
	Weights   []float64
	Intercept bool
	C, Ratio  float64
	Coef      [][]float64
	Constants []float64
}

func TestLogisticAbsoluteGolden(t *testing.T) {
	for _, c := range golden[absoluteCase](t, "logistic_absolute") {
		t.Run(c.Name, func(t *testing.T) {
			ds := newData(t, c.X, c.Y, c.Weights)
			fit, err := Logistic{C: c.C, L1Ratio: c.Ratio, NoIntercept: !c.Intercept, Tol: 1e-12}.Fit(context.Background(), ds)
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
