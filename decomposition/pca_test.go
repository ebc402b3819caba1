package decomposition_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/decomposition"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

var ctx = context.Background()

func TestPCAConformance(t *testing.T) {
	for name, pca := range map[string]decomposition.PCA{
		"zero":       {},
		"two":        {Components: 2},
		"whitening":  {Whiten: true},
		"covariance": {Solver: decomposition.SolverCovariance},
		"SVD":        {Solver: decomposition.SolverSVD},
	} {
		t.Run(name, func(t *testing.T) {
			var options []modeltest.Option
			if pca.Components == 2 {
				options = append(options, modeltest.ExpectFailure("inverse", "two of four components do not hold the whole sample"))
			}
			modeltest.TestTransformer(t, pca, options...)
		})
	}
}

func TestPCAParameters(t *testing.T) {
	modeltest.TestParamError(t, "Components", decomposition.PCA{Components: -1})
	modeltest.TestParamError(t, "Components", decomposition.PCA{Components: 5})
	modeltest.TestParamError(t, "Fraction", decomposition.PCA{Fraction: 1})
	modeltest.TestParamError(t, "Fraction", decomposition.PCA{Fraction: -0.1})
	modeltest.TestParamError(t, "Fraction", decomposition.PCA{Fraction: math.NaN()})
	modeltest.TestParamError(t, "Fraction", decomposition.PCA{Fraction: 0.5, Components: 2})
	modeltest.TestParamError(t, "MLE", decomposition.PCA{MLE: true, Components: 2})
	modeltest.TestParamError(t, "Solver", decomposition.PCA{Solver: 9})
	modeltest.TestParamError(t, "Solver", decomposition.PCA{Solver: decomposition.SolverKrylov})
}

type goldenPCA struct {
	Data                            string
	Components, Kept                int
	Fraction, Noise                 float64
	MLE, Whiten                     bool
	Vectors, Transformed            [][]float64
	Variance, Ratio, Singular, Mean []float64
	Likelihood                      []float64
}

// golden reads the cases of a file of testdata, which testdata/generate.py made.
func golden[C any](t *testing.T, name string) []C {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []C }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

func goldenData(name string) *mat.Dense {
	base, wide := strings.CutSuffix(name, " wide")
	x := map[string]func() *dataset.Classification{
		"iris": dataset.Iris, "wine": dataset.Wine, "digits": dataset.Digits, "breast cancer": dataset.BreastCancer,
	}[base]().X
	if wide {
		_, p := x.Dims()
		x = x.Slice(0, p-1, 0, p).(*mat.Dense)
	}
	return x
}

// TestPCAGolden compares all solvers with scikit-learn's full SVD, to ten
// digits: of the largest value where values are compared as one list.
func TestPCAGolden(t *testing.T) {
	solvers := map[string]decomposition.Solver{"auto": decomposition.SolverAuto, "covariance": decomposition.SolverCovariance, "SVD": decomposition.SolverSVD}
	for _, c := range golden[goldenPCA](t, "pca") {
		for name, solver := range solvers {
			t.Run(fmt.Sprint(c.Data, " ", c.Components, c.Fraction, c.MLE, c.Whiten, name), func(t *testing.T) {
				checkGolden(t, c, solver)
			})
		}
	}
}

func checkGolden(t *testing.T, c goldenPCA, solver decomposition.Solver) {
	x := goldenData(c.Data)
	ds, err := dataset.New[dataset.None](x, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := decomposition.PCA{Components: c.Components, Fraction: c.Fraction, MLE: c.MLE, Whiten: c.Whiten, Solver: solver}.Fit(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	k, p := m.Components.Dims()
	if k != c.Kept {
		t.Fatalf("%d components kept, want %d", k, c.Kept)
	}
	wantClose(t, "mean", m.Mean, c.Mean, 1e-13)
	if solver == decomposition.SolverCovariance {
		wantClose(t, "variance", m.ExplainedVariance, c.Variance, 1e-12)
	} else {
		for j, v := range c.Variance {
			// Both sides round errors of ε times the largest into zeros.
			if v > 1e-20*c.Variance[0] {
				wantClose(t, fmt.Sprintf("variance %d", j), m.ExplainedVariance[j:j+1], c.Variance[j:j+1], 1e-10)
			}
		}
	}
	wantClose(t, "ratio", m.ExplainedVarianceRatio, c.Ratio, 1e-12)
	absolute := 1e-25
	if solver == decomposition.SolverCovariance {
		absolute = 1e-14
	}
	if math.Abs(m.NoiseVariance-c.Noise) > 1e-10*c.Noise+absolute*c.Variance[0] {
		t.Fatalf("noise variance %v, want %v", m.NoiseVariance, c.Noise)
	}
	checkOrthonormal(t, m.Components)
	for j, want := range c.Vectors {
		if c.Variance[j] < 1e-4*c.Variance[0] && solver == decomposition.SolverCovariance {
			continue // its accuracy is relative to the largest
		}
		wantClose(t, fmt.Sprintf("component %d", j), m.Components.RawRowView(j), want, 1e-10)
	}
	scores, err := m.Transform(x.Slice(0, len(c.Transformed), 0, p))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range c.Transformed {
		wantClose(t, "scores", scores.RawRowView(i)[:len(want)], want, 1e-10)
	}
	if c.Likelihood != nil && solver != decomposition.SolverCovariance {
		logs, err := m.LogLikelihood(x.Slice(0, len(c.Likelihood), 0, p))
		if err != nil {
			t.Fatal(err)
		}
		// scikit-learn inverts the covariance matrix for it, which costs it digits.
		tolerance := 1e-9
		if c.Noise > 0 {
			tolerance = max(tolerance, 1e-15*c.Variance[0]/c.Noise)
		}
		wantClose(t, "log-likelihood", logs, c.Likelihood, tolerance)
	}
}

// wantClose compares elementwise, relative to the largest magnitude in want.
func wantClose(t interface {
	Helper()
	Fatalf(string, ...any)
}, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	scale := 0.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance*scale) {
			t.Fatalf("%s[%d] = %.17g, want %.17g (off by %.1e of the largest)", what, i, got[i], want[i], math.Abs(got[i]-want[i])/scale)
		}
	}
}

func checkOrthonormal(t interface {
	Helper()
	Fatalf(string, ...any)
}, rows *mat.Dense) {
	t.Helper()
	var gram mat.Dense
	gram.Mul(rows, rows.T())
	k, _ := gram.Dims()
	for i := range k {
		for j := range k {
			want := 0.0
			if i == j {
				want = 1
			}
			if d := math.Abs(gram.At(i, j) - want); !(d <= 1e-12) {
				t.Fatalf("components %d and %d: inner product off by %.3g", i, j, d)
			}
		}
	}
}

// TestPCAOffset: a large common offset costs no digit. The data are rounded
// so that adding it does not round them again.
func TestPCAOffset(t *testing.T) {
	for name, x := range map[string]*mat.Dense{"tall": random(3000, 6, 1), "wide": random(20, 50, 2), "sorted": random(5000, 3, 3)} {
		x.Apply(func(i, j int, v float64) float64 {
			if name == "sorted" {
				v += float64(i) / 100
			}
			return math.Round(v*1024) / 1024 * float64(j+1)
		}, x)
		moved := mat.DenseCopyOf(x)
		moved.Apply(func(i, j int, v float64) float64 { return v + 1e8 }, x)
		for _, solver := range []decomposition.Solver{decomposition.SolverAuto, decomposition.SolverCovariance, decomposition.SolverSVD} {
			t.Run(fmt.Sprint(name, solver), func(t *testing.T) {
				here := fitPCA(t, decomposition.PCA{Components: 3, Solver: solver}, x)
				there := fitPCA(t, decomposition.PCA{Components: 3, Solver: solver}, moved)
				wantClose(t, "variance", there.ExplainedVariance, here.ExplainedVariance, 1e-13)
				wantClose(t, "ratio", there.ExplainedVarianceRatio, here.ExplainedVarianceRatio, 1e-13)
				for j := range 3 {
					// Plain sums over the rows cost some of these digits.
					wantClose(t, "component", there.Components.RawRowView(j), here.Components.RawRowView(j), 1e-11)
				}
			})
		}
	}
}

func random(n, p int, seed uint64) *mat.Dense {
	rng := rand.New(rand.NewPCG(seed, 9))
	x := mat.NewDense(n, p, nil)
	for i := range x.RawMatrix().Data {
		x.RawMatrix().Data[i] = rng.NormFloat64()
	}
	return x
}

func fitPCA(t interface{ Fatal(...any) }, pca decomposition.PCA, x *mat.Dense) *decomposition.PCAModel {
	m, err := pca.Fit(ctx, &dataset.Unlabeled{X: x})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPCAWhitened: whitened scores have unit covariance, and the inverse
// transform undoes whitening.
func TestPCAWhitened(t *testing.T) {
	x := dataset.Wine().X
	n, _ := x.Dims()
	m := fitPCA(t, decomposition.PCA{Components: 5, Whiten: true}, x)
	z, err := m.Transform(x)
	if err != nil {
		t.Fatal(err)
	}
	for a := range 5 {
		for b := range 5 {
			dot := mat.Dot(z.ColView(a), z.ColView(b)) / float64(n-1)
			want := 0.0
			if a == b {
				want = 1
			}
			if math.Abs(dot-want) > 1e-9 {
				t.Errorf("covariance of scores %d and %d is %v", a, b, dot)
			}
		}
	}
	plain := fitPCA(t, decomposition.PCA{Components: 5}, x)
	back, err := m.InverseTransform(z)
	if err != nil {
		t.Fatal(err)
	}
	y, _ := plain.Transform(x)
	want, err := plain.InverseTransform(y)
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "inverse", back.RawMatrix().Data, want.RawMatrix().Data, 1e-13)
	total := 0.0
	for _, r := range m.ExplainedVarianceRatio {
		total += r
	}
	if !(total < 1) {
		t.Errorf("5 of 13 components explain a fraction of %v", total)
	}
}

// TestPCACovariance: with all components the model's covariance is that of the
// data, and its likelihood that of the normal distribution with it.
func TestPCACovariance(t *testing.T) {
	x := dataset.Iris().X
	m := fitPCA(t, decomposition.PCA{}, x)
	n, p := x.Dims()
	got := m.Covariance()
	for a := range p {
		for b := range p {
			want := 0.0
			for i := range n {
				want += (x.At(i, a) - m.Mean[a]) * (x.At(i, b) - m.Mean[b]) / float64(n-1)
			}
			if math.Abs(got.At(a, b)-want) > 1e-13 {
				t.Errorf("covariance of %d and %d: %v, want %v", a, b, got.At(a, b), want)
			}
		}
	}
	constant := mat.NewDense(5, 2, []float64{1, 2, 1, 3, 1, 4, 1, 5, 1, 7})
	if _, err := fitPCA(t, decomposition.PCA{}, constant).LogLikelihood(constant); !errors.Is(err, decomposition.ErrSingular) {
		t.Errorf("likelihood under a singular covariance: error %v", err)
	}
}

func TestPCASmallData(t *testing.T) {
	one := mat.NewDense(1, 3, []float64{1, 2, 3})
	if _, err := (decomposition.PCA{}).Fit(ctx, &dataset.Unlabeled{X: one}); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("one sample: error %v", err)
	}
	light := &dataset.Unlabeled{X: random(10, 3, 1), Weights: make([]float64, 10)}
	for i := range light.Weights {
		light.Weights[i] = 0.1
	}
	if _, err := (decomposition.PCA{}).Fit(ctx, light); !errors.Is(err, dataset.ErrWeights) {
		t.Errorf("weights that sum to one: error %v", err)
	}
	huge := random(10, 3, 1)
	huge.Scale(1e200, huge)
	if _, err := (decomposition.PCA{}).Fit(ctx, &dataset.Unlabeled{X: huge}); !errors.Is(err, dataset.ErrNotFinite) {
		t.Errorf("variances beyond the range: error %v", err)
	}
	var param *model.ParamError
	if _, err := (decomposition.PCA{MLE: true}).Fit(ctx, &dataset.Unlabeled{X: random(3, 5, 1)}); !errors.As(err, &param) || param.Field != "MLE" {
		t.Errorf("MLE with fewer samples than features: error %v", err)
	}
	// Two samples: one direction, the rest without variance.
	m := fitPCA(t, decomposition.PCA{}, mat.NewDense(2, 3, []float64{0, 0, 0, 3, 4, 0}))
	wantClose(t, "variance", m.ExplainedVariance, []float64{12.5, 0}, 1e-15)
	wantClose(t, "component", m.Components.RawRowView(0), []float64{0.6, 0.8, 0}, 1e-15)
}

// TestPCAOfManyDirections holds the solvers for few of many components against
// the full decomposition, on data of low rank with noise and on data without
// structure, where Krylov has to give way and the randomized solver is about right.
func TestPCAOfManyDirections(t *testing.T) {
	n, p, rank := 700, 620, 12
	if testing.Short() {
		n, p = 350, 310
	}
	x := random(n, p, 5)
	x.Scale(0.05, x)
	var signal mat.Dense
	signal.Mul(random(n, rank, 6), random(rank, p, 7))
	x.Add(x, &signal)
	shifted := func(by float64) *mat.Dense {
		var y mat.Dense
		y.Apply(func(_, j int, v float64) float64 { return v + by*float64(1+j%3) }, x)
		return &y
	}
	for name, x := range map[string]*mat.Dense{
		"low rank": x, "wide": mat.DenseCopyOf(x.T()), "offset": shifted(1), "far off": shifted(1e8), "noise": random(n, p, 8),
	} {
		if race.Enabled && name != "wide" && name != "offset" {
			continue // those have the same loops
		}
		want := fitPCA(t, decomposition.PCA{Components: 10, Solver: decomposition.SolverSVD}, x)
		for _, solver := range []decomposition.Solver{decomposition.SolverKrylov, decomposition.SolverRandomized} {
			t.Run(fmt.Sprint(name, "/", solver), func(t *testing.T) {
				got := fitPCA(t, decomposition.PCA{Components: 10, Solver: solver, Seed: 4}, x)
				checkOrthonormal(t, got.Components)
				if name == "noise" && solver == decomposition.SolverRandomized {
					for j, v := range got.ExplainedVariance {
						if w := want.ExplainedVariance[j]; v > w*(1+1e-12) || v < 0.9*w {
							t.Errorf("variance %d is %v, at most %v is there", j, v, w)
						}
					}
					return
				}
				wantClose(t, "variance", got.ExplainedVariance, want.ExplainedVariance, 1e-12)
				wantClose(t, "noise", []float64{got.NoiseVariance}, []float64{want.NoiseVariance}, 1e-10)
				wantClose(t, "ratio", got.ExplainedVarianceRatio, want.ExplainedVarianceRatio, 1e-12)
				for j := range 10 {
					wantClose(t, fmt.Sprint("component ", j), got.Components.RawRowView(j), want.Components.RawRowView(j), 1e-5)
				}
			})
		}
	}
}

// The randomized solver has all components where there are hardly more.
func TestPCARandomizedSmall(t *testing.T) {
	x := dataset.Wine().X
	got := fitPCA(t, decomposition.PCA{Components: 11, Solver: decomposition.SolverRandomized}, x)
	want := fitPCA(t, decomposition.PCA{Components: 11, Solver: decomposition.SolverSVD}, x)
	wantClose(t, "variance", got.ExplainedVariance, want.ExplainedVariance, 1e-10)
	constant := fitPCA(t, decomposition.PCA{Components: 2, Solver: decomposition.SolverRandomized}, mat.NewDense(5, 3, nil))
	wantClose(t, "variance of constant data", constant.ExplainedVariance, []float64{0, 0}, 0)
	checkOrthonormal(t, constant.Components)
}

func TestPCAProperties(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n, p := rapid.IntRange(2, 60).Draw(r, "n"), rapid.IntRange(1, 20).Draw(r, "p")
		x := random(n, p, rapid.Uint64().Draw(r, "seed"))
		decay := rapid.Float64Range(0, 3).Draw(r, "decay")
		offset := rapid.Float64Range(-1e6, 1e6).Draw(r, "offset")
		x.Apply(func(i, j int, v float64) float64 { return v*math.Exp(-decay*float64(j)) + offset }, x)
		m := fitPCA(r, decomposition.PCA{}, x)
		checkOrthonormal(r, m.Components)
		total := 0.0
		for j, v := range m.ExplainedVariance {
			if !(v >= 0) || j > 0 && v > m.ExplainedVariance[j-1]*(1+1e-12) {
				r.Fatalf("variances %v", m.ExplainedVariance)
			}
			total += m.ExplainedVarianceRatio[j]
		}
		if math.Abs(total-1) > 1e-10 {
			r.Fatalf("all components explain a fraction of %v", total)
		}
		z, err := m.Transform(x)
		if err != nil {
			r.Fatal(err)
		}
		if n > p {
			back, err := m.InverseTransform(z)
			if err != nil {
				r.Fatal(err)
			}
			wantClose(r, "inverse", back.RawMatrix().Data, x.RawMatrix().Data, 1e-12)
		}
	})
}

func TestNamesOfSolvers(t *testing.T) {
	for want, solver := range map[string]decomposition.Solver{
		"SolverAuto": decomposition.SolverAuto, "SolverCovariance": decomposition.SolverCovariance, "SolverSVD": decomposition.SolverSVD,
		"SolverKrylov": decomposition.SolverKrylov, "SolverRandomized": decomposition.SolverRandomized, "Solver(5)": decomposition.Solver(5),
	} {
		if got := solver.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
