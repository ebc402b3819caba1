package svm_test

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/svm"
)

// random returns n samples of p features and a value that depends on them.
func random(n, p int) (x *mat.Dense, value []float64) {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(p)))
	x, value = mat.NewDense(n, p, nil), make([]float64, n)
	for i := range n {
		for j := range p {
			x.Set(i, j, rng.NormFloat64())
		}
		value[i] = math.Sin(x.At(i, 0)) + x.At(i, 1)*x.At(i, 1)/2 + 0.3*rng.NormFloat64()
	}
	return x, value
}

func above(value []float64, threshold float64) []int {
	y := make([]int, len(value))
	for i, v := range value {
		if v > threshold {
			y[i] = 1
		}
	}
	return y
}

// The same kernel as a function, or computed beforehand, gives the same machines.
func TestOtherKernels(t *testing.T) {
	for _, k := range []svm.Kernel{
		{Gamma: 0.02}, {Kind: svm.Linear}, {Kind: svm.Polynomial, Degree: 2, Gamma: 0.1, Coef0: 1}, {Kind: svm.Sigmoid, Gamma: 0.005},
	} {
		t.Run(k.Kind.String(), func(t *testing.T) {
			step := 9
			if race.Enabled {
				step = 18
			}
			ds := bundled(t, "digits", step)
			function := svm.Kernel{Func: func(x, y []float64) float64 {
				switch k.Kind {
				case svm.Linear:
					return floats.Dot(x, y)
				case svm.Polynomial:
					return math.Pow(k.Gamma*floats.Dot(x, y)+k.Coef0, float64(k.Degree))
				case svm.Sigmoid:
					return math.Tanh(k.Gamma * floats.Dot(x, y))
				}
				d := floats.Distance(x, y, 2)
				return math.Exp(-k.Gamma * d * d)
			}}
			n := ds.Len()
			gram := mat.NewDense(n, n, nil)
			for i := range n {
				for j := range n {
					gram.Set(i, j, function.Func(ds.X.RawRowView(i), ds.X.RawRowView(j)))
				}
			}
			want := valuesOfAll(t, k, ds.X, ds.Y)
			wantClose(t, "function", valuesOfAll(t, function, ds.X, ds.Y), want, 1e-6)
			wantClose(t, "precomputed", valuesOfAll(t, svm.Kernel{Kind: svm.Precomputed}, gram, ds.Y), want, 1e-6)
		})
	}
}

// valuesOfAll returns what machines of every formulation say of their own samples.
func valuesOfAll(t *testing.T, k svm.Kernel, x *mat.Dense, y []int) []float64 {
	t.Helper()
	target := make([]float64, len(y))
	for i, v := range y {
		target[i] = float64(v)
	}
	const tol = 1e-9
	var all []float64
	add := func(values []float64, err error) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, values...)
	}
	classes, numbers := &dataset.Classification{X: x, Y: y}, &dataset.Regression{X: x, Y: target}
	ctx := context.Background()
	decision := func(m interface {
		Decision(mat.Matrix) (*mat.Dense, error)
	}, err error) {
		if err != nil {
			t.Fatal(err)
		}
		d, err := m.Decision(x)
		if err != nil {
			t.Fatal(err)
		}
		add(d.RawMatrix().Data, nil)
	}
	decision(svm.Classifier{Kernel: k, Tol: tol}.Fit(ctx, classes))
	decision(svm.Classifier{Kernel: k, Tol: tol, OneVsRest: true}.Fit(ctx, classes))
	decision(svm.NuClassifier{Kernel: k, Nu: 0.217, Tol: tol}.Fit(ctx, classes))
	decision(svm.OneClass{Kernel: k, Nu: 0.217, Tol: tol}.Fit(ctx, classes.Unlabeled()))
	r, err := svm.Regressor{Kernel: k, Tol: tol}.Fit(ctx, numbers)
	if err != nil {
		t.Fatal(err)
	}
	add(r.Predict(x))
	if r, err = (svm.NuRegressor{Kernel: k, Nu: 0.3, Tol: tol}).Fit(ctx, numbers); err != nil {
		t.Fatal(err)
	}
	add(r.Predict(x))
	return all
}

// Kernels in single precision, of every vector level, lead to the optimum that
// exact ones lead to, as do those of samples too far apart for it.
func TestSinglePrecision(t *testing.T) {
	if race.Enabled {
		t.Skip("slow, and the conformance suite shows the races")
	}
	x, value := random(2300, 6)
	for _, far := range []float64{1, 40} {
		x.Set(0, 0, far) // 40: γ‖x‖² beyond what single precision is used for
		ds := &dataset.Classification{X: x, Y: above(value, 0.5)}
		k := svm.Kernel{Gamma: 0.2}
		exact := svm.Kernel{Func: func(x, y []float64) float64 {
			d := 0.0
			for i, v := range x {
				d += (v - y[i]) * (v - y[i])
			}
			return math.Exp(-k.Gamma * d)
		}}
		want, err := svm.Classifier{Kernel: exact}.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range simd.Available() {
			restore := simd.Force(l)
			m, err := svm.Classifier{Kernel: k}.Fit(context.Background(), ds)
			restore()
			if err != nil {
				t.Fatal(err)
			}
			if d := math.Abs(m.Objective/want.Objective - 1); !m.Converged || d > 1e-6 {
				t.Errorf("%v, farthest %v: objective %v (%v), want %v: off by %.1e", l, far, m.Objective, m.Converged, want.Objective, d)
			}
		}
	}
}

// Solutions over more variables than the working set holds satisfy the optimality
// conditions of regression: with the residual r = y − f, |r| ≤ ε where β = 0, r = ±ε
// where 0 < |β| < C, and |r| ≥ ε where |β| = C.
func TestRegressorOptimality(t *testing.T) {
	if race.Enabled {
		t.Skip("slow, and the conformance suite shows the races")
	}
	const n, c, tol = 900, 5.0, 1e-6
	x, value := random(n, 4)
	ds := &dataset.Regression{X: x, Y: value}
	ctx := context.Background()
	tube, err := svm.Regressor{C: c, Epsilon: 0.2, Tol: tol}.Fit(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	checkTube(t, "ε", tube, ds, c, tol)
	const nu = 0.4
	narrow, err := svm.NuRegressor{C: c, Nu: nu, Tol: tol}.Fit(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	checkTube(t, "ν", narrow, ds, c, tol)
	if sum := floats.Norm(narrow.DualCoef, 1); math.Abs(sum/(c*nu*n)-1) > 1e-9 {
		t.Errorf("Σ|β| = %v, want %v", sum, c*nu*n)
	}
}

func checkTube(t *testing.T, what string, m *svm.RegressorModel, ds *dataset.Regression, c, tol float64) {
	t.Helper()
	if !m.Converged {
		t.Errorf("%s: not converged", what)
	}
	beta := make([]float64, ds.Len())
	for i, row := range m.Support {
		beta[row] = m.DualCoef[i]
	}
	if sum := floats.Sum(beta); math.Abs(sum) > 1e-9*floats.Norm(beta, 1) {
		t.Errorf("%s: Σβ = %v", what, sum)
	}
	predicted, err := m.Predict(ds.X)
	if err != nil {
		t.Fatal(err)
	}
	free := 0
	for i, b := range beta {
		r := ds.Y[i] - predicted[i]
		if b < 0 {
			r = -r
		}
		switch size := math.Abs(b); {
		case size > c:
			t.Errorf("%s: β%d = %v is out of bounds", what, i, b)
		case b == 0 && math.Abs(r) > m.Epsilon+tol, size == c && r < m.Epsilon-tol:
			t.Errorf("%s: β%d = %v, but the residual is %v", what, i, b, r)
		case size > 0 && size < c:
			free++
			if math.Abs(r-m.Epsilon) > tol {
				t.Errorf("%s: β%d = %v is free, but the residual is %v", what, i, b, r)
			}
		}
	}
	if free < 50 {
		t.Errorf("%s: only %d free multipliers: too easy", what, free)
	}
}

// A kernel matrix of 200,000 samples would be 160 GB; a fit keeps to its cache.
func TestManySamples(t *testing.T) {
	if race.Enabled || testing.Short() {
		t.Skip("slow")
	}
	const n, cacheMB = 200_000, 32
	x, value := random(n, 2)
	ds := &dataset.Classification{X: x, Y: above(value, 0.5)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m, err := svm.Classifier{CacheMB: cacheMB, MaxIter: 100}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if m.Converged {
		t.Error("converged in 100 steps")
	}
	if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > cacheMB+150 {
		t.Errorf("%d MB allocated", mb)
	}
}

// Cancelling ends a fit of large steps at once.
func TestCancelLarge(t *testing.T) {
	if race.Enabled || testing.Short() {
		t.Skip("slow")
	}
	x, value := random(20_000, 40)
	ds := &dataset.Regression{X: x, Y: value}
	var late time.Duration
	for range 10 { // the machine may be busy otherwise
		ctx, cancel := context.WithTimeout(context.Background(), 150*time.Millisecond)
		_, err := svm.Regressor{C: 1000, Tol: 1e-6}.Fit(ctx, ds)
		late = time.Since(deadline(ctx))
		cancel()
		if err != context.DeadlineExceeded {
			t.Fatalf("error %v", err)
		}
		if late <= 100*time.Millisecond {
			return
		}
	}
	t.Errorf("returned %v after the deadline", late)
}

func deadline(ctx context.Context) time.Time {
	d, _ := ctx.Deadline()
	return d
}

// What cannot be solved in MaxIter steps ends and says so; where the kernel is not
// positive semidefinite there may be no end but that.
func TestNotConverging(t *testing.T) {
	x, value := random(700, 3)
	y := above(value, 0.5)
	for name, c := range map[string]svm.Classifier{
		"few steps":  {MaxIter: 7},
		"indefinite": {Kernel: svm.Kernel{Kind: svm.Sigmoid, Gamma: 9, Coef0: -5}, C: 1e6, MaxIter: 20_000},
		"huge C":     {C: 1e9, Tol: 1e-12, MaxIter: 20_000},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := c.Fit(context.Background(), &dataset.Classification{X: x, Y: y})
			if err != nil {
				t.Fatal(err)
			}
			if m.Converged && name != "indefinite" || m.Iterations > c.MaxIter {
				t.Errorf("%+v", m.Convergence)
			}
		})
	}
}

// Where rounding hides what is left of the violation, and steps are far too short to
// reach C, the default number of steps is soon over.
func TestHopelessScale(t *testing.T) {
	x, value := random(40, 3)
	x.Scale(1e100, x)
	m, err := svm.Classifier{Kernel: svm.Kernel{Kind: svm.Linear}}.Fit(context.Background(), &dataset.Classification{X: x, Y: above(value, 0.5)})
	if err != nil {
		t.Fatal(err)
	}
	if m.Converged || m.Iterations != 400_000 {
		t.Errorf("%+v", m.Convergence)
	}
}
