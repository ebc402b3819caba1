package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

var forms = map[string]cluster.Covariance{"full": cluster.Full, "tied": cluster.Tied, "diag": cluster.Diagonal, "spherical": cluster.Spherical}

func fitMixture(t testing.TB, p cluster.GaussianMixture, ds *dataset.Unlabeled) *cluster.GaussianMixtureModel {
	t.Helper()
	m, err := p.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func dense(rows [][]float64) *mat.Dense {
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, row := range rows {
		m.SetRow(i, row)
	}
	return m
}

func TestGaussianMixtureIsScikitLearns(t *testing.T) {
	text, err := os.ReadFile("testdata/mixture.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Name, Data, Covariance string
			First                  []int
			MaxIter                int `json:"max_iter"`
			Tol                    float64
			Iterations             int
			Converged              bool
			Precisions             [][]float64
			LowerBound             float64 `json:"lower_bound"`
			Score, BIC, AIC        float64
			Weights                []float64
			Means, Covariances     [][]float64
			Labels                 []int
			Probabilities          [][]float64
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	sets := map[string]func() *dataset.Classification{"iris": dataset.Iris, "wine": dataset.Wine}
	for _, c := range golden.Cases {
		t.Run(c.Name, func(t *testing.T) {
			ds := sets[c.Data]().Unlabeled()
			k := len(c.First)
			m := fitMixture(t, cluster.GaussianMixture{
				K: k, Covariance: forms[c.Covariance], MaxIter: c.MaxIter, Tol: max(c.Tol, 1e-300),
				Means: rowsOf(t, ds, c.First), Precisions: dense(c.Precisions),
			}, ds)
			if m.Iterations != c.Iterations || m.Converged != c.Converged {
				t.Errorf("%+v, want %d iterations, converged %v", m.Convergence, c.Iterations, c.Converged)
			}
			close := func(what string, got, want float64) {
				t.Helper()
				if !(math.Abs(got-want) <= 1e-9*max(1e-3, math.Abs(want))) {
					t.Errorf("%s: %v, want %v", what, got, want)
				}
			}
			same := func(what string, got *mat.Dense, want [][]float64) {
				t.Helper()
				if r, cols := got.Dims(); r != len(want) || cols != len(want[0]) {
					t.Fatalf("%s: %d×%d, want %d×%d", what, r, cols, len(want), len(want[0]))
				}
				for i := range want {
					for j := range want[i] {
						close(fmt.Sprintf("%s[%d,%d]", what, i, j), got.At(i, j), want[i][j])
					}
				}
			}
			number := func(what string, got float64, err error, want float64) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				close(what, got, want)
			}
			close("objective", m.Objective, -c.LowerBound)
			score, err := m.Score(ds)
			number("score", score, err, c.Score)
			bic, err := m.BIC(ds)
			number("BIC", bic, err, c.BIC)
			aic, err := m.AIC(ds)
			number("AIC", aic, err, c.AIC)
			for i, w := range c.Weights {
				close("weight", m.Weights[i], w)
			}
			same("means", m.Means, c.Means)
			same("covariances", m.Covariances, c.Covariances)
			labels, err := m.Predict(ds.X)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(labels, c.Labels) {
				t.Errorf("labels %v, want %v", labels, c.Labels)
			}
			var tenth []int
			for i := 0; i < ds.Len(); i += 10 {
				tenth = append(tenth, i)
			}
			probabilities, err := m.PredictProba(rowsOf(t, ds, tenth))
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range c.Probabilities {
				for j, want := range row {
					if got := probabilities.At(i, j); math.Abs(got-want) > 1e-9 {
						t.Errorf("probability of component %d for row %d: %v, want %v", j, tenth[i], got, want)
					}
				}
			}
		})
	}
}

// No iteration lowers the likelihood, whatever the form and the weights, as long
// as RegCovar is small against the variances.
func TestGaussianMixtureLikelihoodAscends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ds := blobs(rapid.IntRange(30, 300).Draw(t, "n"), rapid.IntRange(1, 5).Draw(t, "p"), rapid.IntRange(1, 4).Draw(t, "blobs"), 1, rapid.Uint64().Draw(t, "seed"))
		if rapid.Bool().Draw(t, "weighted") {
			ds.Weights = make([]float64, ds.Len())
			for i := range ds.Weights {
				ds.Weights[i] = float64(i%4) / 2
			}
		}
		offset := rapid.SampledFrom([]float64{0, 1e6}).Draw(t, "offset")
		ds.X.Apply(func(_, _ int, v float64) float64 { return v + offset }, ds.X)
		form := rapid.SampledFrom([]string{"full", "tied", "diag", "spherical"}).Draw(t, "form")
		params := cluster.GaussianMixture{K: rapid.IntRange(1, 3).Draw(t, "k"), Covariance: forms[form], Tol: 1e-300, RegCovar: 1e-12}
		before := math.Inf(1)
		for iterations := 1; iterations < 12; iterations++ {
			params.MaxIter = iterations
			m, err := params.Fit(context.Background(), ds)
			if err != nil { // too few samples in a component for its form
				return
			}
			for k, w := range m.Weights {
				if w*float64(ds.Len()) < 10 {
					return // a component closes in on a few samples, whose variance RegCovar props up
				}
				for j := range m.Means.RawMatrix().Cols {
					if m.Covariance(k).At(j, j) < 1e-6 {
						return
					}
				}
			}
			if m.Objective > before+1e-9 {
				t.Fatalf("iteration %d: objective rises from %v to %v", iterations, before, m.Objective)
			}
			before = m.Objective
		}
	})
}

// An offset of the features moves the means and nothing else.
func TestGaussianMixtureIgnoresOffsets(t *testing.T) {
	for name, form := range forms {
		ds := blobs(400, 3, 2, 1, 8)
		ds.X.Apply(func(_, _ int, v float64) float64 { return math.Round(1024*v) / 1024 }, ds.X) // stays exact
		moved := &dataset.Unlabeled{X: mat.DenseCopyOf(ds.X)}
		moved.X.Apply(func(_, _ int, v float64) float64 { return v + 1<<30 }, moved.X)
		params := cluster.GaussianMixture{K: 2, Covariance: form, Means: rowsOf(t, ds, []int{0, 1}), MaxIter: 10, Tol: 1e-300}
		a := fitMixture(t, params, ds)
		params.Means = rowsOf(t, moved, []int{0, 1})
		b := fitMixture(t, params, moved)
		if math.Abs(a.Objective-b.Objective) > 1e-5 {
			t.Errorf("%s: objective %v, with offset %v", name, a.Objective, b.Objective)
		}
		if !mat.EqualApprox(a.Covariances, b.Covariances, 1e-5) {
			t.Errorf("%s: covariances %v, with offset %v", name, mat.Formatted(a.Covariances), mat.Formatted(b.Covariances))
		}
	}
}

// Means far from all samples are forgotten, along with the digits that the
// distance costs.
func TestGaussianMixtureFromFarMeans(t *testing.T) {
	ds := blobs(300, 2, 1, 1, 9)
	want := fitMixture(t, cluster.GaussianMixture{}, ds)
	for name, form := range forms {
		rows, cols := 2, 2
		if form == cluster.Spherical {
			rows, cols = 1, 1
		} else if form == cluster.Diagonal {
			rows = 1
		}
		precisions := mat.NewDense(rows, cols, nil)
		for i := range rows {
			precisions.Set(i, i, 1e-12)
		}
		for j := range cols {
			precisions.Set(min(j, rows-1), j, 1e-12)
			if rows == 2 && j == 1 {
				precisions.Set(1, 0, 0)
			}
		}
		m := fitMixture(t, cluster.GaussianMixture{Covariance: form, Means: mat.NewDense(1, 2, []float64{1e9, -1e9}), Precisions: precisions, MaxIter: 1}, ds)
		variance := 0.0
		for j := range 2 {
			variance += want.Covariance(0).At(j, j) / 2
			if got, want := m.Means.At(0, j), want.Means.At(0, j); math.Abs(got-want) > 1e-6 {
				t.Errorf("%s: mean %v, want %v", name, got, want)
			}
		}
		if got := (m.Covariance(0).At(0, 0) + m.Covariance(0).At(1, 1)) / 2; math.Abs(got-variance) > 1e-9 {
			t.Errorf("%s: variance %v, want %v", name, got, variance)
		}
	}
}

func TestGaussianMixtureDegenerate(t *testing.T) {
	same := &dataset.Unlabeled{X: mat.NewDense(6, 2, slices.Repeat([]float64{3, 4}, 6))}
	constant := dataset.Iris().Unlabeled()
	constant.X = mat.DenseCopyOf(constant.X)
	for i := range constant.Len() {
		constant.X.Set(i, 2, 0.1)
	}
	for name, form := range forms {
		m := fitMixture(t, cluster.GaussianMixture{K: 3, Covariance: form}, same)
		if labels, err := m.Predict(same.X); err != nil || slices.Max(labels) != 0 {
			t.Errorf("%s, identical samples: labels %v, %v", name, labels, err)
		}
		if math.Abs(m.Weights[0]-1) > 1e-12 || m.Means.At(0, 0) != 3 || math.Abs(m.Covariance(0).At(1, 1)-1e-6) > 1e-12 {
			t.Errorf("%s, identical samples: weights %v, mean %v, variance %v", name, m.Weights, m.Means.RawRowView(0), m.Covariance(0).At(1, 1))
		}
		m = fitMixture(t, cluster.GaussianMixture{K: 2, Covariance: form}, constant)
		if score, err := m.Score(constant); err != nil || math.IsNaN(score) || m.Means.At(1, 2) != 0.1 {
			t.Errorf("%s, constant feature: score %v, %v, mean %v", name, score, err, m.Means.RawRowView(1))
		}
	}
	huge := &dataset.Unlabeled{X: mat.NewDense(3, 2, []float64{1, 1, 1e12, 1e12, 3e12, 3e12})}
	if _, err := (cluster.GaussianMixture{}).Fit(context.Background(), huge); err == nil || !strings.Contains(err.Error(), "RegCovar") {
		t.Errorf("a singular covariance matrix: %v", err)
	}
	m := fitMixture(t, cluster.GaussianMixture{K: 2}, dataset.Iris().Unlabeled())
	if _, err := m.PredictRow([]float64{1e300, 1, 1, 1}); !errors.Is(err, dataset.ErrNotFinite) {
		t.Errorf("a sample beyond all components: %v", err)
	}
	if _, err := m.PredictProba(mat.NewDense(1, 4, []float64{1e300, 1, 1, 1})); !errors.Is(err, dataset.ErrNotFinite) {
		t.Errorf("a sample beyond all components: %v", err)
	}
}

// The density of one component underflows even as a logarithm, that of the other
// does not.
func TestGaussianMixtureUnderflow(t *testing.T) {
	m := fitMixture(t, cluster.GaussianMixture{
		K: 2, MaxIter: 1, RegCovar: 1e-320,
		Means:      mat.NewDense(2, 2, []float64{0, 0, 1e149, 1e149}),
		Precisions: mat.NewDense(4, 2, []float64{1e300, 0, 0, 1e300, 1e-298, 0, 0, 1e-298}),
	}, &dataset.Unlabeled{X: mat.NewDense(6, 2, []float64{0, 0, 1e-150, 2e-150, 2e-150, 1e-150, 1e149, 0, 0, 1e149, 2e149, 2e149})})
	far := mat.NewDense(1, 2, []float64{1e160, 1e160})
	probabilities, err := m.PredictProba(far)
	if err != nil || probabilities.At(0, 0) != 0 || probabilities.At(0, 1) != 1 {
		t.Errorf("probabilities %v, %v", probabilities, err)
	}
	if k, err := m.PredictRow(far.RawRowView(0)); err != nil || k != 1 {
		t.Errorf("component %d, %v", k, err)
	}
}

func TestGaussianMixtureSample(t *testing.T) {
	ds := dataset.Iris().Unlabeled()
	for name, form := range forms {
		m := fitMixture(t, cluster.GaussianMixture{K: 2, Covariance: form}, ds)
		x, components, err := m.Sample(40_000, 7)
		if err != nil {
			t.Fatal(err)
		}
		counts := make([]float64, 2)
		for _, c := range components {
			counts[c]++
		}
		for c, n := range counts {
			if math.Abs(n/40_000-m.Weights[c]) > 0.01 {
				t.Errorf("%s: component %d has %v samples of 40000, its weight is %v", name, c, n, m.Weights[c])
			}
			mean := make([]float64, 4)
			scatter := mat.NewSymDense(4, nil)
			for i, k := range components {
				if k != c {
					continue
				}
				d := make([]float64, 4)
				for j := range d {
					d[j] = x.At(i, j) - m.Means.At(c, j)
					mean[j] += d[j] / n
				}
				scatter.SymRankOne(scatter, 1/n, mat.NewVecDense(4, d))
			}
			for i := range 4 {
				if math.Abs(mean[i]) > 0.05 {
					t.Errorf("%s: mean of samples is off by %v", name, mean)
				}
				for j := range 4 {
					if got, want := scatter.At(i, j), m.Covariance(c).At(i, j); math.Abs(got-want) > 0.05 {
						t.Errorf("%s: covariance %d, %d is %v, want %v", name, i, j, got, want)
					}
				}
			}
		}
		again, _, err := m.Sample(40_000, 7)
		if err != nil || !mat.Equal(x, again) {
			t.Errorf("%s: the same seed draws other samples (%v)", name, err)
		}
		if _, _, err := m.Sample(math.MaxInt, 7); err == nil {
			t.Error("more samples than there is memory for are accepted")
		}
		if _, _, err := m.Sample(0, 7); err == nil {
			t.Error("no samples: no error")
		}
	}
}

func TestGaussianMixtureRestartsKeepTheBest(t *testing.T) {
	ds := blobs(300, 2, 9, 2, 12)
	one := fitMixture(t, cluster.GaussianMixture{K: 6, Covariance: cluster.Diagonal}, ds)
	if ten := fitMixture(t, cluster.GaussianMixture{K: 6, Covariance: cluster.Diagonal, Restarts: 10}, ds); ten.Objective > one.Objective {
		t.Errorf("the best of ten has objective %v, the first of them %v", ten.Objective, one.Objective)
	}
}

func TestGaussianMixtureConformance(t *testing.T) {
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			modeltest.TestClusterer(t, mixtureFromCorners{cluster.GaussianMixture{K: 3, Covariance: form}})
		})
	}
	t.Run("k-means", func(t *testing.T) {
		modeltest.TestClusterer(t, cluster.GaussianMixture{K: 3})
	})
}

// mixtureFromCorners starts from three corners of a cube.
type mixtureFromCorners struct{ cluster.GaussianMixture }

func (f mixtureFromCorners) Fit(ctx context.Context, ds *dataset.Unlabeled) (*cluster.GaussianMixtureModel, error) {
	if _, p := ds.Dims(); p > 0 {
		f.Means = mat.NewDense(3, p, nil)
		f.Means.Apply(func(k, j int, _ float64) float64 {
			if j%3 == k {
				return 3
			}
			return 0
		}, f.Means)
	}
	return f.GaussianMixture.Fit(ctx, ds)
}

func TestGaussianMixtureParams(t *testing.T) {
	for field, p := range map[string]cluster.GaussianMixture{
		"K":          {K: -1},
		"Covariance": {Covariance: 4},
		"Restarts":   {Restarts: -1},
		"MaxIter":    {MaxIter: -1},
		"Tol":        {Tol: -1},
		"RegCovar":   {RegCovar: math.Inf(1)},
		"Weights":    {K: 2, Weights: []float64{1, -1}},
		"Means":      {K: 2, Means: mat.NewDense(2, 3, nil)},
		"Precisions": {K: 2, Precisions: mat.NewDense(4, 4, nil)},
	} {
		modeltest.TestParamError(t, field, p)
	}
	modeltest.TestParamError(t, "K", cluster.GaussianMixture{K: 61})
	modeltest.TestParamError(t, "Weights", cluster.GaussianMixture{K: 2, Weights: []float64{0.5, 0.6}})
	modeltest.TestParamError(t, "Precisions", cluster.GaussianMixture{Precisions: mat.NewDense(4, 4, nil)})
	modeltest.TestParamError(t, "Precisions", cluster.GaussianMixture{Covariance: cluster.Spherical, Precisions: mat.NewDense(1, 1, []float64{math.NaN()})})
}

func BenchmarkGaussianMixture(b *testing.B) {
	for _, shape := range []struct{ n, p, k int }{{100_000, 10, 10}, {20_000, 50, 10}} {
		ds := blobs(shape.n, shape.p, shape.k, 1, 1)
		for _, name := range []string{"full", "tied", "diag", "spherical"} {
			b.Run(fmt.Sprintf("%dx%d-%d/%s", shape.n, shape.p, shape.k, name), func(b *testing.B) {
				first := rowsOf(b, ds, rand.New(rand.NewPCG(1, 1)).Perm(shape.n)[:shape.k])
				b.ReportAllocs()
				for b.Loop() {
					fitMixture(b, cluster.GaussianMixture{K: shape.k, Covariance: forms[name], Means: first, MaxIter: 10, Tol: 1e-300}, ds)
				}
			})
		}
	}
}
