package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

var algorithms = map[string]cluster.Algorithm{"lloyd": cluster.Lloyd, "hamerly": cluster.Hamerly, "elkan": cluster.Elkan, "auto": cluster.Auto}

func fitKMeans(t testing.TB, p cluster.KMeans, ds *dataset.Unlabeled) *cluster.KMeansModel {
	t.Helper()
	m, err := p.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func rowsOf(t testing.TB, ds *dataset.Unlabeled, rows []int) *mat.Dense {
	t.Helper()
	s, err := ds.Subset(rows)
	if err != nil {
		t.Fatal(err)
	}
	return s.X
}

//go:generate sh -c "cd testdata && python3 generate.py"
func TestKMeansIsScikitLearns(t *testing.T) {
	text, err := os.ReadFile("testdata/kmeans.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Name, Data string
			First      []int
			Weights    int
			Tol        float64
			MaxIter    int `json:"max_iter"`
			Iterations int
			Inertia    float64
			Centers    [][]float64
			Labels     []int
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	sets := map[string]func() *dataset.Classification{
		"iris": dataset.Iris, "wine": dataset.Wine, "breast_cancer": dataset.BreastCancer, "digits": dataset.Digits,
	}
	for _, c := range golden.Cases {
		for name, algorithm := range algorithms {
			t.Run(c.Name+"/"+name, func(t *testing.T) {
				ds := sets[c.Data]().Unlabeled()
				if c.Weights > 0 {
					ds.Weights = make([]float64, ds.Len())
					for i := range ds.Weights {
						ds.Weights[i] = float64(i % c.Weights)
					}
				}
				m := fitKMeans(t, cluster.KMeans{
					K: len(c.First), Centers: rowsOf(t, ds, c.First), MaxIter: c.MaxIter, Tol: max(c.Tol, 1e-300), Algorithm: algorithm,
				}, ds)
				if m.Iterations != c.Iterations {
					t.Errorf("%d iterations, want %d", m.Iterations, c.Iterations)
				}
				if !(math.Abs(m.Inertia-c.Inertia) <= 1e-10*c.Inertia) {
					t.Errorf("inertia %v, want %v", m.Inertia, c.Inertia)
				}
				if !slices.Equal(m.Labels, c.Labels) {
					t.Errorf("labels %v, want %v", m.Labels, c.Labels)
				}
				for k, center := range c.Centers {
					for j, want := range center {
						if got := m.Centers.At(k, j); math.Abs(got-want) > 1e-10*max(1, math.Abs(want)) {
							t.Errorf("centre %d, feature %d: %v, want %v", k, j, got, want)
						}
					}
				}
			})
		}
	}
}

// blobs are samples around k centres, some of them repeated.
func blobs(n, p, k int, spread float64, seed uint64) *dataset.Unlabeled {
	rng := rand.New(rand.NewPCG(seed, 0))
	centers := mat.NewDense(k, p, nil)
	centers.Apply(func(_, _ int, _ float64) float64 { return 10 * rng.Float64() }, centers)
	x := mat.NewDense(n, p, nil)
	for i := range n {
		for j := range p {
			x.Set(i, j, centers.At(i%k, j)+spread*rng.NormFloat64())
		}
		if i > 0 && i%17 == 0 {
			x.SetRow(i, x.RawRowView(i-1))
		}
	}
	return &dataset.Unlabeled{X: x}
}

// All algorithms give the same model to the last bit, after any number of
// iterations.
func TestKMeansAlgorithmsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 400).Draw(t, "n")
		p := rapid.IntRange(1, 12).Draw(t, "p")
		k := rapid.IntRange(1, min(n, 25)).Draw(t, "k")
		ds := blobs(n, p, rapid.IntRange(1, 30).Draw(t, "blobs"), rapid.SampledFrom([]float64{0, 1e-9, 0.1, 3}).Draw(t, "spread"), rapid.Uint64().Draw(t, "seed"))
		if rapid.Bool().Draw(t, "grid") { // many equal distances
			ds.X.Apply(func(_, _ int, v float64) float64 { return math.Round(v) }, ds.X)
		}
		offset := rapid.SampledFrom([]float64{0, 1e8, -1e12}).Draw(t, "offset")
		ds.X.Apply(func(_, _ int, v float64) float64 { return v + offset }, ds.X)
		if k <= n-(n+3)/4 && rapid.Bool().Draw(t, "weighted") {
			ds.Weights = make([]float64, n)
			for i := range ds.Weights {
				ds.Weights[i] = float64(i%4) / 2
			}
		}
		params := cluster.KMeans{K: k, MaxIter: rapid.IntRange(1, 20).Draw(t, "iterations"), Tol: 1e-300, Seed: 1}

		params.Algorithm = cluster.Lloyd
		want, err := params.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		for name, a := range algorithms {
			params.Algorithm = a
			got, err := params.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			if got.Inertia != want.Inertia || got.Iterations != want.Iterations || !slices.Equal(got.Labels, want.Labels) ||
				!slices.Equal(got.Centers.RawMatrix().Data, want.Centers.RawMatrix().Data) {
				t.Fatalf("%s: inertia %v after %d iterations, Lloyd's algorithm %v after %d", name, got.Inertia, got.Iterations, want.Inertia, want.Iterations)
			}
		}
		// The labels are those of the nearest centres.
		if predicted, err := want.Predict(ds.X); err != nil || !slices.Equal(predicted, want.Labels) {
			t.Fatalf("labels %v, Predict says %v, %v", want.Labels, predicted, err)
		}
		for i, l := range want.Labels {
			if k, _ := want.PredictRow(ds.X.RawRowView(i)); k != l {
				t.Fatalf("row %d: label %d, PredictRow says %d", i, l, k)
			}
		}
	})
}

func TestKMeansAtAnyNumberOfProcessors(t *testing.T) {
	ds := blobs(6000, 9, 40, 5, 3) // 23 groups of more than one batch
	first := rowsOf(t, ds, rand.New(rand.NewPCG(3, 1)).Perm(ds.Len())[:40])
	for name, algorithm := range algorithms {
		p := cluster.KMeans{K: 40, Centers: first, MaxIter: 12, Tol: 1e-300, Algorithm: algorithm}
		want := fitKMeans(t, p, ds)
		for _, procs := range []int{1, 5} {
			before := runtime.GOMAXPROCS(procs)
			got := fitKMeans(t, p, ds)
			runtime.GOMAXPROCS(before)
			if !slices.Equal(got.Labels, want.Labels) || !mat.Equal(got.Centers, want.Centers) || got.Inertia != want.Inertia {
				t.Errorf("%s: another model at GOMAXPROCS=%d", name, procs)
			}
		}
	}
}

// A countdown is done after Err has been asked so many times.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// A fit that is cancelled anywhere within its passes ends with that error.
func TestKMeansCancelledAnywhere(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	ds := blobs(3000, 3, 5, 2, 4)
	first := rowsOf(t, ds, []int{0, 1, 2, 3, 4})
	for left := range int64(150) {
		ctx := &countdown{Context: t.Context()}
		ctx.left.Store(left)
		if _, err := (cluster.KMeans{K: 5, Centers: first, Tol: 1e-300}).Fit(ctx, ds); !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d questions: %v", left, err)
		}
	}
}

func TestKMeansInertiaDescends(t *testing.T) {
	ds := blobs(2000, 5, 9, 2, 3)
	before := math.Inf(1)
	for iterations := 1; iterations < 30; iterations++ {
		m := fitKMeans(t, cluster.KMeans{K: 12, MaxIter: iterations, Seed: 4, Init: cluster.Random, Restarts: 1, Tol: 1e-300}, ds)
		if m.Inertia > before {
			t.Fatalf("inertia rises from %v to %v at iteration %d", before, m.Inertia, iterations)
		}
		before = m.Inertia
		if m.Converged {
			return
		}
	}
}

func TestKMeansPlusPlusFindsBlobs(t *testing.T) {
	ds := blobs(3000, 6, 30, 0.01, 5)
	m := fitKMeans(t, cluster.KMeans{K: 30}, ds)
	if m.Inertia > 2*3000*6*1e-4 || !m.Converged {
		t.Errorf("inertia %v after %d iterations: some blob has no centre", m.Inertia, m.Iterations)
	}
}

func TestKMeansRestartsKeepTheBest(t *testing.T) {
	ds := dataset.Digits().Unlabeled()
	params := cluster.KMeans{K: 10, Init: cluster.Random, Restarts: 1}
	one := fitKMeans(t, params, ds)
	params.Restarts = 5
	if five := fitKMeans(t, params, ds); five.Inertia > one.Inertia {
		t.Errorf("the best of five has inertia %v, the first of them %v", five.Inertia, one.Inertia)
	}
}

func TestKMeansSmallest(t *testing.T) {
	x := mat.NewDense(4, 1, []float64{1, 2, 9, 12})
	ds := &dataset.Unlabeled{X: x}
	if m := fitKMeans(t, cluster.KMeans{K: 1}, ds); m.Centers.At(0, 0) != 6 || m.Inertia != 25+16+9+36 {
		t.Errorf("one cluster: centre %v, inertia %v", m.Centers.At(0, 0), m.Inertia)
	}
	if m := fitKMeans(t, cluster.KMeans{K: 4}, ds); m.Inertia != 0 {
		t.Errorf("as many clusters as samples: inertia %v", m.Inertia)
	}
	if m := fitKMeans(t, cluster.KMeans{K: 2}, ds); !slices.Equal(sorted(m.Centers), []float64{1.5, 10.5}) {
		t.Errorf("two clusters: centres %v", m.Centers)
	}
	same := &dataset.Unlabeled{X: mat.NewDense(5, 2, slices.Repeat([]float64{3, 4}, 5))}
	if m := fitKMeans(t, cluster.KMeans{K: 3}, same); m.Inertia != 0 || !m.Converged {
		t.Errorf("identical samples: %+v", m)
	}
}

func sorted(m *mat.Dense) []float64 {
	v := mat.Col(nil, 0, m)
	slices.Sort(v)
	return v
}

func TestKMeansTransform(t *testing.T) {
	ds := dataset.Iris().Unlabeled()
	m := fitKMeans(t, cluster.KMeans{K: 3}, ds)
	distances, err := m.Transform(ds.X)
	if err != nil {
		t.Fatal(err)
	}
	labels, err := m.Predict(ds.X)
	if err != nil {
		t.Fatal(err)
	}
	inertia := 0.0
	for i, l := range labels {
		row := distances.RawRowView(i)
		if slices.Index(row, slices.Min(row)) != l || l != m.Labels[i] {
			t.Fatalf("row %d: label %d, distances %v", i, l, row)
		}
		inertia += row[l] * row[l]
	}
	if math.Abs(inertia-m.Inertia) > 1e-12*inertia {
		t.Errorf("squared distances sum to %v, inertia is %v", inertia, m.Inertia)
	}
}

// Rows of any size, beside centres of any size, get the label that each gets alone.
func TestKMeansPredictOfExtremeRows(t *testing.T) {
	const p = 3
	var rows []float64
	for _, v := range []float64{0, 1e-300, 1e-161, 1e-150, 0.5, 1, 1e20, 1e100, 1e155, 1e200, math.MaxFloat64} {
		rows = append(rows, v, 0, 0, v, v, v, -v, v, 0)
	}
	x := mat.NewDense(len(rows)/p, p, rows)
	for _, scale := range []float64{0, 1e-200, 1e-161, 1e-155, 1e-140, 1e-30, 1, 1e30, 1e140, 1e300} {
		m := &cluster.KMeansModel{Centers: mat.NewDense(4, p, nil)}
		for k, v := range []float64{0.25 + 1e-3, -1, 0.25, 1} {
			m.Centers.SetRow(k, []float64{v * scale, scale, -v * scale})
		}
		labels, err := m.Predict(x)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range labels {
			if want, _ := m.PredictRow(x.RawRowView(i)); got != want {
				t.Errorf("centres of %g, row %v: label %d, alone %d", scale, x.RawRowView(i), got, want)
			}
		}
	}
}

func TestKMeansConformance(t *testing.T) {
	modeltest.TestClusterer(t, cluster.KMeans{K: 3, Seed: 1},
		modeltest.ExpectFailure("permuted training rows", "first centres are drawn by row"))
}

// With given first centres the result does not depend on the order of rows.
func TestKMeansConformanceFromGivenCenters(t *testing.T) {
	for name, a := range algorithms {
		t.Run(name, func(t *testing.T) { modeltest.TestClusterer(t, fromCorners{cluster.KMeans{K: 3, Algorithm: a}}) })
	}
}

// fromCorners is k-means from three corners of a cube.
type fromCorners struct{ cluster.KMeans }

func (f fromCorners) Fit(ctx context.Context, ds *dataset.Unlabeled) (*cluster.KMeansModel, error) {
	if _, p := ds.Dims(); p > 0 {
		f.Centers = mat.NewDense(3, p, nil)
		f.Centers.Apply(func(k, j int, _ float64) float64 {
			if j%3 == k {
				return 3
			}
			return 0
		}, f.Centers)
	}
	return f.KMeans.Fit(ctx, ds)
}

func TestKMeansParams(t *testing.T) {
	for field, p := range map[string]cluster.KMeans{
		"K":         {K: -1},
		"Init":      {Init: 7},
		"Restarts":  {Restarts: -1},
		"MaxIter":   {MaxIter: -1},
		"Tol":       {Tol: math.NaN()},
		"Algorithm": {Algorithm: -1},
		"Centers":   {K: 2, Centers: mat.NewDense(2, 3, nil)},
	} {
		modeltest.TestParamError(t, field, p)
	}
	modeltest.TestParamError(t, "K", cluster.KMeans{K: 61})
	modeltest.TestParamError(t, "Centers", cluster.KMeans{K: 3, Centers: mat.NewDense(2, 4, nil)})
	huge := &dataset.Unlabeled{X: mat.NewDense(10, 1, slices.Repeat([]float64{1e200}, 10))}
	if _, err := (cluster.KMeans{K: 2}).Fit(context.Background(), huge); !errors.Is(err, dataset.ErrNotFinite) {
		t.Errorf("values whose squares overflow: %v", err)
	}
}

// A fit allocates less than a tenth of the data: of 80 MB, and of 400 MB if
// SAPWOOD_LARGE_TESTS is set.
func TestKMeansMemory(t *testing.T) {
	n, p := 200_000, 50
	if os.Getenv("SAPWOOD_LARGE_TESTS") != "" {
		n = 1_000_000
	}
	ds := blobs(n, p, 20, 1, 6)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fitKMeans(t, cluster.KMeans{K: 20, MaxIter: 5}, ds)
	runtime.ReadMemStats(&after)
	bytes, data := after.TotalAlloc-before.TotalAlloc, uint64(n*p*8)
	if bytes > data/10 {
		t.Errorf("%d bytes allocated for %d of data", bytes, data)
	}
	t.Logf("%.1f %% of the data allocated", 100*float64(bytes)/float64(data))
}

func BenchmarkKMeans(b *testing.B) {
	for _, shape := range []struct{ n, p, k int }{{200_000, 20, 50}, {50_000, 100, 100}} {
		ds := blobs(shape.n, shape.p, shape.k, 1, 1)
		for _, name := range []string{"lloyd", "hamerly"} {
			b.Run(fmt.Sprintf("%dx%d-%d/%s", shape.n, shape.p, shape.k, name), func(b *testing.B) {
				first := rowsOf(b, ds, rand.New(rand.NewPCG(1, 1)).Perm(shape.n)[:shape.k])
				b.ReportAllocs()
				for b.Loop() {
					fitKMeans(b, cluster.KMeans{K: shape.k, Centers: first, MaxIter: 50, Algorithm: algorithms[name]}, ds)
				}
			})
		}
	}
}

func TestFirstCentersAreThoseOfFit(t *testing.T) {
	ds := dataset.Iris().Unlabeled()
	first, err := cluster.KMeans{K: 5, Seed: 3}.FirstCenters(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := cluster.KMeans{K: 5, Seed: 3}.Fit(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	given, err := cluster.KMeans{K: 5, Centers: first}.Fit(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(drawn.Centers, given.Centers) {
		t.Error("a fit from the first centres given differs from the one that drew them")
	}
	if _, err := (cluster.KMeans{K: 151}).FirstCenters(t.Context(), ds); err == nil {
		t.Error("more centres than samples: no error")
	}
}

func BenchmarkFirstCenters(b *testing.B) {
	ds := blobs(200_000, 20, 50, 0.5, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (cluster.KMeans{K: 50}).FirstCenters(b.Context(), ds); err != nil {
			b.Fatal(err)
		}
	}
}
