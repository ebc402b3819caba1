package svm_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/model/modeltest"
	"github.com/sapwood-ml/sapwood/svm"
)

func TestLinearClassifierGolden(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	type test struct {
		Data        string
		Step        int
		C           float64
		Weighted    bool
		NoIntercept bool `json:"no_intercept"`
		Coef        []float64
		Hinge       float64
	}
	for _, c := range golden[test](t, "linear") {
		t.Run(c.Data, func(t *testing.T) {
			ds := bundled(t, c.Data, c.Step)
			if c.Weighted {
				weigh(ds)
			}
			l := svm.LinearClassifier{C: c.C, NoIntercept: c.NoIntercept, Tol: 1e-9}
			m, err := l.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			if !m.Converged || m.Iterations > 100 {
				t.Errorf("%+v", m.Convergence)
			}
			var theta []float64
			for k, b := range m.Intercept {
				theta = append(theta, m.Coef.RawRowView(k)...)
				if !c.NoIntercept {
					theta = append(theta, b)
				}
			}
			wantClose(t, "coefficients", theta, c.Coef, 1e-9)

			l.Loss, l.Tol = svm.Hinge, 1e-6
			if m, err = l.Fit(context.Background(), ds); err != nil {
				t.Fatal(err)
			}
			if !m.Converged {
				t.Errorf("hinge: %+v", m.Convergence)
			}
			wantClose(t, "objective of the hinge", []float64{m.Objective}, []float64{c.Hinge}, 1e-6)
		})
	}
}

func TestLinearClassifierL1Golden(t *testing.T) {
	type test struct {
		Data      string
		Step      int
		C         float64
		Weighted  bool
		Objective float64
		Zeros     int
	}
	for _, c := range golden[test](t, "linear_l1") {
		t.Run(fmt.Sprint(c.Data, c.Step, c.C), func(t *testing.T) {
			ds := bundled(t, c.Data, c.Step)
			if c.Weighted {
				weigh(ds)
			}
			m, err := svm.LinearClassifier{C: c.C, Penalty: svm.L1, Tol: 1e-9}.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			if !m.Converged || m.Iterations > 1000 {
				t.Errorf("%+v", m.Convergence)
			}
			wantClose(t, "objective", []float64{m.Objective}, []float64{c.Objective}, 1e-8)
			zeros := 0
			for k, b := range m.Intercept {
				for _, v := range append([]float64{b}, m.Coef.RawRowView(k)...) {
					if v == 0 {
						zeros++
					}
				}
			}
			// Twins among the features share a coefficient in more than one way.
			if zeros < c.Zeros-len(m.Intercept) || zeros > c.Zeros+len(m.Intercept) {
				t.Errorf("%d coefficients are zero, want about %d", zeros, c.Zeros)
			}
		})
	}
}

func TestCrammerSingerGolden(t *testing.T) {
	type test struct {
		Data      string
		Step      int
		C         float64
		Weighted  bool
		Objective float64
	}
	for _, c := range golden[test](t, "crammer_singer") {
		t.Run(fmt.Sprint(c.Data, c.C), func(t *testing.T) {
			ds := bundled(t, c.Data, c.Step)
			if c.Weighted {
				weigh(ds)
			}
			m, err := svm.LinearClassifier{C: c.C, CrammerSinger: true, Tol: 1e-7, MaxIter: 100_000}.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			if !m.Converged {
				t.Errorf("%+v", m.Convergence)
			}
			wantClose(t, "objective", []float64{m.Objective}, []float64{c.Objective}, 1e-6)
			labels, err := m.Predict(ds.X)
			if err != nil {
				t.Fatal(err)
			}
			if a := metrics.Accuracy(ds.Y, labels); a < 0.95 {
				t.Errorf("accuracy %v", a)
			}
		})
	}
}

func TestLinearRegressorGolden(t *testing.T) {
	type test struct {
		C, Epsilon, Absolute float64
		Weighted             bool
		NoIntercept          bool `json:"no_intercept"`
		Coef                 []float64
	}
	for _, c := range golden[test](t, "linear_regression") {
		t.Run(fmt.Sprint(c.C, c.Epsilon), func(t *testing.T) {
			ds := dataset.Diabetes()
			ds.X = standardized(ds.X)
			mean := stat.Mean(ds.Y, nil)
			for i := range ds.Y {
				ds.Y[i] -= mean
			}
			if c.Weighted {
				weigh(ds)
			}
			l := svm.LinearRegressor{C: c.C, Epsilon: c.Epsilon, NoIntercept: c.NoIntercept, Loss: svm.SquaredEpsilonInsensitive, Tol: 1e-11}
			m, err := l.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			theta := append([]float64(nil), m.Coef...)
			if !c.NoIntercept {
				theta = append(theta, m.Intercept)
			}
			if !m.Converged || m.Iterations > 30 {
				t.Errorf("%+v", m.Convergence)
			}
			wantClose(t, "coefficients", theta, c.Coef, 1e-9)

			l.Loss, l.Tol = svm.EpsilonInsensitive, 1e-6
			if m, err = l.Fit(context.Background(), ds); err != nil {
				t.Fatal(err)
			}
			if !m.Converged {
				t.Errorf("not squared: %+v", m.Convergence)
			}
			wantClose(t, "objective", []float64{m.Objective}, []float64{c.Absolute}, 1e-8)
		})
	}
}

// Features that are all zero change nothing but the algorithm: with more of them than
// samples, coordinates of the dual are descended.
func TestLinearByEitherAlgorithm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.IntRange(1, 4).Draw(t, "p")
		n := rapid.IntRange(p+1, 25).Draw(t, "n")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		x, padded := mat.NewDense(n, p, nil), mat.NewDense(n, n+p, nil)
		target, class := make([]float64, n), make([]int, n)
		for i := range n {
			for j := range p {
				x.Set(i, j, math.Round(2*rng.NormFloat64()))
				padded.Set(i, j, x.At(i, j))
			}
			target[i] = math.Round(3 * rng.NormFloat64())
			if i < 2 {
				class[i] = i
			} else if target[i] > 0 {
				class[i] = 1
			}
		}
		c := math.Pow(10, float64(rapid.IntRange(-6, 8).Draw(t, "twice log C"))/2)
		compare := func(what string, fit func(x *mat.Dense) (model.Convergence, error)) {
			short, err := fit(x)
			if err != nil {
				t.Fatal(err)
			}
			wide, err := fit(padded)
			if err != nil {
				t.Fatal(err)
			}
			if !short.Converged || short.Objective > wide.Objective*(1+2e-7)+1e-13*c*float64(n) {
				t.Errorf("%s: %+v, by descent %+v", what, short, wide)
			}
			if wide.Converged && wide.Objective > short.Objective*(1+1e-6)+1e-6*c*float64(n) {
				t.Errorf("%s: by descent %+v, not %+v", what, wide, short)
			}
		}
		for _, loss := range []svm.Loss{svm.Hinge, svm.SquaredHinge} {
			compare("classifier", func(x *mat.Dense) (model.Convergence, error) {
				m, err := svm.LinearClassifier{C: c, Loss: loss, Tol: 1e-7, MaxIter: 2000}.Fit(context.Background(), &dataset.Classification{X: x, Y: class})
				if err != nil {
					return model.Convergence{}, err
				}
				return m.Convergence, nil
			})
		}
		epsilon := float64(rapid.IntRange(0, 8).Draw(t, "four epsilon")) / 4
		for _, loss := range []svm.RegressionLoss{svm.EpsilonInsensitive, svm.SquaredEpsilonInsensitive} {
			compare("regressor", func(x *mat.Dense) (model.Convergence, error) {
				m, err := svm.LinearRegressor{C: c, Epsilon: epsilon, Loss: loss, Tol: 1e-7, MaxIter: 2000}.Fit(context.Background(), &dataset.Regression{X: x, Y: target})
				if err != nil {
					return model.Convergence{}, err
				}
				return m.Convergence, nil
			})
		}
	})
}

// tied returns random data whose features have many ties and zeros.
func tied(rng *rand.Rand, n, p int) *dataset.Regression {
	x, y := mat.NewDense(n, p, nil), make([]float64, n)
	for i := range y {
		y[i] = 3 * rng.NormFloat64()
		for j := range p {
			x.Set(i, j, math.Round(2*rng.NormFloat64()))
		}
	}
	return &dataset.Regression{X: x, Y: y}
}

// Here 16 coefficients other than zero rest on fewer samples with an excess for a
// while: the objective is all but linear in some direction.
func TestLinearRegressorFlat(t *testing.T) {
	rng := rand.New(rand.NewPCG(0x9e, 0))
	ds := tied(rng, 22, 30)
	l := svm.LinearRegressor{C: math.Exp(rng.NormFloat64()), Epsilon: 2, Loss: svm.SquaredEpsilonInsensitive, Penalty: svm.L1, Tol: 1e-9}
	m, err := l.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if !m.Converged || m.Iterations > 100 || math.Abs(m.Objective-5.00271025069348) > 1e-12 {
		t.Errorf("%+v", m.Convergence)
	}
}

// A least subgradient of zero certifies the optimum with the L1 penalty.
func TestLinearRegressorOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, p := rapid.IntRange(1, 30).Draw(t, "n"), rapid.IntRange(1, 40).Draw(t, "p")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		ds := tied(rng, n, p)
		x, y := ds.X, ds.Y
		l := svm.LinearRegressor{
			C: math.Exp(rng.NormFloat64()), Epsilon: rapid.Float64Range(0, 2).Draw(t, "epsilon"),
			Loss: svm.SquaredEpsilonInsensitive, Penalty: svm.L1, Tol: 1e-9,
		}
		m, err := l.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		if !m.Converged {
			t.Fatalf("%+v", m.Convergence)
		}
		gradient, curvature := make([]float64, p+1), make([]float64, p+1)
		for i := range y {
			e := m.Intercept - y[i]
			for j, w := range m.Coef {
				e += w * x.At(i, j)
			}
			e = 2 * l.C * math.Copysign(max(0, math.Abs(e)-l.Epsilon), e)
			for j := range p {
				gradient[j] += e * x.At(i, j)
			}
			gradient[p] += e
			if e != 0 {
				for j := range p {
					curvature[j] += 2 * l.C * x.At(i, j) * x.At(i, j)
				}
				curvature[p] += 2 * l.C
			}
		}
		for j, w := range append(m.Coef, m.Intercept) {
			violation := max(0, math.Abs(gradient[j])-1)
			if w != 0 {
				violation = math.Abs(gradient[j] + math.Copysign(1, w))
			}
			// By violation²/(2·curvature) the objective could fall: less than its rounding
			// cannot be asked for.
			if limit := max(1e-5, math.Sqrt(2*curvature[j]*1e-14*m.Objective)); violation > limit {
				t.Fatalf("coefficient %d is %v, slope %v: %+v", j, w, gradient[j], m.Convergence)
			}
		}
	})
}

// Both ways to minimise the squared hinge end in the same place: descent is taken
// where there are fewer samples than features.
func TestLinearClassifierWide(t *testing.T) {
	ds := every(t, bundled(t, "digits", 1), 36)
	ds.Classes = nil
	for i, k := range ds.Y {
		ds.Y[i] = k % 2
	}
	wide, err := svm.LinearClassifier{Tol: 1e-8, MaxIter: 100_000}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if n, p := ds.Dims(); n > p {
		t.Fatalf("%d samples of %d features are not wide", n, p)
	}
	twice := ds
	rows := make([]int, 2*ds.Len())
	for i := range rows {
		rows[i] = i % ds.Len()
	}
	if twice, err = ds.Subset(rows); err != nil {
		t.Fatal(err)
	}
	newton, err := svm.LinearClassifier{C: 0.5, Tol: 1e-9}.Fit(context.Background(), twice)
	if err != nil {
		t.Fatal(err)
	}
	if !wide.Converged || !newton.Converged {
		t.Errorf("%+v, %+v", wide.Convergence, newton.Convergence)
	}
	wantClose(t, "coefficients", wide.Coef.RawRowView(0), newton.Coef.RawRowView(0), 1e-6)
}

func TestLinearClassifierConformance(t *testing.T) {
	modeltest.TestClassifier(t, svm.LinearClassifier{Tol: 1e-9})
	t.Run("hinge", func(t *testing.T) {
		modeltest.TestClassifier(t, svm.LinearClassifier{Loss: svm.Hinge, Tol: 1e-8}, modeltest.Tolerance(1e-5))
	})
}

func TestLinearClassifierPenaltiesConformance(t *testing.T) {
	t.Run("L1", func(t *testing.T) {
		modeltest.TestClassifier(t, svm.LinearClassifier{Penalty: svm.L1, Tol: 1e-10}, modeltest.Tolerance(1e-5))
	})
	t.Run("Crammer-Singer", func(t *testing.T) {
		modeltest.TestClassifier(t, svm.LinearClassifier{CrammerSinger: true, Tol: 1e-10, MaxIter: 3000}, modeltest.Tolerance(1e-4))
	})
}

func TestLinearRegressorConformance(t *testing.T) {
	modeltest.TestRegressor(t, svm.LinearRegressor{Tol: 1e-8}, modeltest.Tolerance(1e-5))
	t.Run("squared", func(t *testing.T) {
		modeltest.TestRegressor(t, svm.LinearRegressor{Loss: svm.SquaredEpsilonInsensitive, Epsilon: 0.1, Tol: 1e-11})
	})
}

func TestLinearClassifierParameters(t *testing.T) {
	modeltest.TestParamError(t, "C", svm.LinearClassifier{C: -1})
	modeltest.TestParamError(t, "Tol", svm.LinearClassifier{Tol: -1})
	modeltest.TestParamError(t, "MaxIter", svm.LinearClassifier{MaxIter: -1})
	modeltest.TestParamError(t, "Loss", svm.LinearClassifier{Loss: 7})
	modeltest.TestParamError(t, "ClassWeights", svm.LinearClassifier{ClassWeights: []float64{1}})
	modeltest.TestParamError(t, "Penalty", svm.LinearClassifier{Penalty: 7})
	modeltest.TestParamError(t, "Penalty", svm.LinearClassifier{Penalty: svm.L1, Loss: svm.Hinge})
	modeltest.TestParamError(t, "CrammerSinger", svm.LinearClassifier{CrammerSinger: true, Penalty: svm.L1})
}

func TestLinearRegressorParameters(t *testing.T) {
	modeltest.TestParamError(t, "C", svm.LinearRegressor{C: math.Inf(1)})
	modeltest.TestParamError(t, "Epsilon", svm.LinearRegressor{Epsilon: -1})
	modeltest.TestParamError(t, "Loss", svm.LinearRegressor{Loss: 7})
	modeltest.TestParamError(t, "Penalty", svm.LinearRegressor{Penalty: svm.L1})
}
