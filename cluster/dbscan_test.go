package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

func fitDBSCAN(t testing.TB, p cluster.DBSCAN, ds *dataset.Unlabeled) *cluster.DBSCANModel {
	t.Helper()
	m, err := p.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDBSCANIsScikitLearns(t *testing.T) {
	text, err := os.ReadFile("testdata/dbscan.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Data       string
			Eps        float64
			MinSamples int `json:"min_samples"`
			Weights    int
			Labels     []int
			Core       []int
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	sets := map[string]func() *dataset.Classification{
		"iris": dataset.Iris, "wine": dataset.Wine, "breast_cancer": dataset.BreastCancer, "digits": dataset.Digits,
	}
	for _, c := range golden.Cases {
		t.Run(fmt.Sprintf("%s %v %d", c.Data, c.Eps, c.MinSamples), func(t *testing.T) {
			ds := sets[c.Data]().Unlabeled()
			if c.Weights > 0 {
				ds.Weights = make([]float64, ds.Len())
				for i := range ds.Weights {
					ds.Weights[i] = float64(1 + i%c.Weights)
				}
			}
			m := fitDBSCAN(t, cluster.DBSCAN{Eps: c.Eps, MinSamples: c.MinSamples}, ds)
			if !slices.Equal(m.Labels, c.Labels) {
				t.Errorf("labels %v, want %v", m.Labels, c.Labels)
			}
			if !slices.Equal(m.CoreIndices, c.Core) {
				t.Errorf("core samples %v, want %v", m.CoreIndices, c.Core)
			}
			if want := slices.Max(c.Labels) + 1; m.Clusters != want {
				t.Errorf("%d clusters, want %d", m.Clusters, want)
			}
		})
	}
}

// byDefinition finds labels and core samples by all n² distances.
func byDefinition(ds *dataset.Unlabeled, eps, enough float64) (labels []int, core []int) {
	n := ds.Len()
	near := func(i, j int) bool {
		sum := 0.0
		for k, v := range ds.X.RawRowView(i) {
			d := v - ds.X.At(j, k)
			sum += d * d
		}
		return sum <= eps*eps
	}
	isCore := make([]bool, n)
	labels = make([]int, n)
	for i := range n {
		labels[i] = -1
		sum := 0.0
		for j := range n {
			if near(i, j) {
				sum += ds.Weight(j)
			}
		}
		if isCore[i] = sum >= enough && ds.Weight(i) > 0; isCore[i] {
			core = append(core, i)
		}
	}
	next := 0
	for _, first := range core {
		if labels[first] >= 0 {
			continue
		}
		labels[first] = next
		for queue := []int{first}; len(queue) > 0; {
			i := queue[0]
			queue = queue[1:]
			for j := range n {
				if labels[j] < 0 && near(i, j) {
					labels[j] = next
					if isCore[j] {
						queue = append(queue, j)
					}
				}
			}
		}
		next++
	}
	return labels, core
}

func TestDBSCANIsByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		ds := blobs(n, rapid.SampledFrom([]int{1, 2, 3, 5, 8, 16, 40}).Draw(t, "p"), rapid.IntRange(1, 6).Draw(t, "blobs"), rapid.SampledFrom([]float64{0, 0.3, 2}).Draw(t, "spread"), rapid.Uint64().Draw(t, "seed"))
		// On a grid squares are exact: no order of summation decides.
		grid := rapid.SampledFrom([]float64{1, 4, 64}).Draw(t, "grid")
		offset := rapid.SampledFrom([]float64{0, 1e9}).Draw(t, "offset")
		ds.X.Apply(func(_, _ int, v float64) float64 { return offset + math.Round(v*grid)/grid }, ds.X)
		if rapid.Bool().Draw(t, "weighted") {
			ds.Weights = make([]float64, n)
			for i := range ds.Weights {
				ds.Weights[i] = float64((i+1)%4) / 2
			}
			ds.Weights[0] = 1
		}
		params := cluster.DBSCAN{Eps: rapid.SampledFrom([]float64{0.25, 0.5, 1, 2, 5, 100}).Draw(t, "eps"), MinSamples: rapid.IntRange(1, 9).Draw(t, "min")}
		m, err := params.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		labels, core := byDefinition(ds, params.Eps, float64(params.MinSamples))
		if !slices.Equal(m.CoreIndices, core) {
			t.Fatalf("core samples %v, want %v", m.CoreIndices, core)
		}
		if !slices.Equal(m.Labels, labels) {
			t.Fatalf("labels %v, want %v", m.Labels, labels)
		}
		// Predict says noise for the same samples, and of core samples the cluster.
		predicted, err := m.Predict(ds.X)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range predicted {
			if _, isCore := slices.BinarySearch(core, i); l != labels[i] && (isCore || l < 0 || labels[i] < 0) {
				t.Fatalf("row %d: label %d, Predict says %d", i, labels[i], l)
			}
		}
	})
}

func TestDBSCANPredictTakesTheNearest(t *testing.T) {
	x := []float64{0, 0.1, 0.2, 1, 1.1, 1.2}
	m := fitDBSCAN(t, cluster.DBSCAN{Eps: 0.5, MinSamples: 3}, &dataset.Unlabeled{X: mat.NewDense(6, 1, x)})
	for at, want := range map[float64]int{-0.4: 0, -0.6: -1, 0.5: 0, 0.7: 1, 1.7: 1, 1.8: -1} {
		if got, err := m.PredictRow([]float64{at}); err != nil || got != want {
			t.Errorf("at %v: cluster %d, %v, want %d", at, got, err, want)
		}
	}
}

// Many rows with many features are not labelled one by one, and labelled the same:
// between two clusters, as far from both, and farther than anything near the samples.
func TestDBSCANPredictOfManyRows(t *testing.T) {
	const p = 14
	n := 1500
	if testing.Short() {
		n = 300
	}
	for seed, spread := range []float64{0.3, 1, 2} {
		ds := blobs(n, p, 6, spread, uint64(seed))
		ds.X.Apply(func(i, j int, v float64) float64 { return math.Round(2*v) / 2 }, ds.X)
		for _, eps := range []float64{1.5, 4, 6} {
			m := fitDBSCAN(t, cluster.DBSCAN{Eps: eps * max(spread, 0.5)}, ds)
			testPredictByRow(t, m, blobs(n, p, 6, 1.5*spread, uint64(seed)).X)
		}
	}
	// Between two clusters, that of the lower number to either side.
	for _, side := range []float64{-1, 1} {
		x := mat.NewDense(6*64, p, nil) // no tile has both
		for i := range 6 * 64 {
			x.Set(i, 0, side*(1+float64(i/2)/64))
			side = -side
		}
		m := fitDBSCAN(t, cluster.DBSCAN{Eps: 1.25}, &dataset.Unlabeled{X: x})
		if m.Clusters != 2 {
			t.Fatalf("%d clusters", m.Clusters)
		}
		between := mat.NewDense(100, p, nil)
		for i := range 100 {
			between.Set(i, 1, float64(max(i-70, 0)%4)/4) // 0.75 is as far as Eps
		}
		labels, err := m.Predict(between)
		if err != nil || slices.Max(labels) != 0 || slices.Min(labels) != 0 {
			t.Fatalf("between clusters 0 and 1: labels %v, %v", labels, err)
		}
		for i, v := range []float64{1e5, 1e15, -1e19, 1e25, -1e100, 1e200, 1e308} {
			between.Set(10*i, 5, v)
		}
		testPredictByRow(t, m, between)
	}
}

func testPredictByRow(t *testing.T, m *cluster.DBSCANModel, x *mat.Dense) {
	t.Helper()
	labels, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range labels {
		if want, err := m.PredictRow(x.RawRowView(i)); err != nil || l != want {
			t.Fatalf("row %d: Predict says %d, PredictRow %d, %v", i, l, want, err)
		}
	}
}

// Many equal samples, and neighbourhoods that hold all samples, are no more work.
func TestDBSCANOfDenseData(t *testing.T) {
	const n = 50_000
	same := &dataset.Unlabeled{X: mat.NewDense(n, 2, slices.Repeat([]float64{3, 4}, n))}
	if m := fitDBSCAN(t, cluster.DBSCAN{MinSamples: n}, same); m.Clusters != 1 || len(m.CoreIndices) != n {
		t.Errorf("equal samples: %d clusters, %d core samples", m.Clusters, len(m.CoreIndices))
	}
	if m := fitDBSCAN(t, cluster.DBSCAN{MinSamples: n + 1}, same); m.Clusters != 0 || m.Labels[0] != -1 {
		t.Errorf("too few equal samples: %d clusters", m.Clusters)
	}
	if m := fitDBSCAN(t, cluster.DBSCAN{Eps: 8}, blobs(n, 2, 5, 1, 3)); m.Clusters != 1 {
		t.Errorf("a large Eps: %d clusters", m.Clusters)
	}
	many := n
	if race.Enabled {
		many = n / 10
	}
	if m := fitDBSCAN(t, cluster.DBSCAN{Eps: 100}, blobs(many, 10, 5, 1, 3)); m.Clusters != 1 {
		t.Errorf("a large Eps and many features: %d clusters", m.Clusters)
	}
}

// With many features, too, values may be of any size, and far from each other.
func TestDBSCANOfExtremeValues(t *testing.T) {
	const p = 12
	x := mat.NewDense(5, p, nil)
	row := func(i int, v float64) { x.SetRow(i, slices.Repeat([]float64{v}, p)) }
	for _, scale := range []float64{1e-150, 1e-30, 1, 1e30, 1e145, 1e200} {
		for i, v := range []float64{0, 1, 2, 1e6, 1e6 + 1} {
			row(i, v*scale)
		}
		eps := 1.0001 * math.Sqrt(p) * scale
		want := []int{0, 0, 0, 1, 1}
		if scale == 1e200 { // squared distances overflow, and so does that of Eps
			want = []int{0, 0, 0, 0, 0}
		}
		m := fitDBSCAN(t, cluster.DBSCAN{Eps: eps, MinSamples: 2}, &dataset.Unlabeled{X: x})
		if !slices.Equal(m.Labels, want) {
			t.Errorf("scale %g: labels %v, want %v", scale, m.Labels, want)
		}
	}
	// A sample of weight 0 may lie beyond everything.
	row(4, 1e140)
	for i := range 4 {
		row(i, float64(i))
	}
	ds := &dataset.Unlabeled{X: x, Weights: []float64{1, 1, 1, 1, 0}}
	if m := fitDBSCAN(t, cluster.DBSCAN{Eps: 4, MinSamples: 2}, ds); !slices.Equal(m.Labels, []int{0, 0, 0, 0, -1}) {
		t.Errorf("a far sample of weight 0: labels %v", m.Labels)
	}
}

// With many features: the same at any number of processors, and soon cancelled.
func TestDBSCANOfManyFeatures(t *testing.T) {
	ds := blobs(2000, 20, 10, 1, 4)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first *cluster.DBSCANModel
	for _, procs := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(procs)
		m := fitDBSCAN(t, cluster.DBSCAN{Eps: 4.5}, ds)
		if first == nil {
			first = m
		}
		if !slices.Equal(m.Labels, first.Labels) || !slices.Equal(m.CoreIndices, first.CoreIndices) {
			t.Errorf("%d processors give another model", procs)
		}
	}
	if first.Clusters < 10 || !slices.Contains(first.Labels, -1) || len(first.CoreIndices) == 2000 {
		t.Errorf("%d clusters, %d core samples: too plain a case", first.Clusters, len(first.CoreIndices))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop := model.WithProgress(ctx, func(p model.Progress) {
		if p.Done*10 > p.Total { // while core samples are looked for
			cancel()
		}
	})
	if _, err := (cluster.DBSCAN{Eps: 4.5}).Fit(stop, ds); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestDBSCANConformance(t *testing.T) {
	modeltest.TestClusterer(t, cluster.DBSCAN{Eps: 1.5})
	for field, p := range map[string]cluster.DBSCAN{
		"Eps":        {Eps: math.NaN()},
		"MinSamples": {MinSamples: -1},
	} {
		modeltest.TestParamError(t, field, p)
	}
}

// BenchmarkDBSCANPredict labels rows at once and one by one.
func BenchmarkDBSCANPredict(b *testing.B) {
	for _, shape := range []struct {
		n, p int
		eps  float64
	}{{20_000, 12, 3}, {10_000, 50, 9}} {
		all := blobs(shape.n+4096, shape.p, 10, 1, 1).X
		m := fitDBSCAN(b, cluster.DBSCAN{Eps: shape.eps}, &dataset.Unlabeled{X: all.Slice(0, shape.n, 0, shape.p).(*mat.Dense)})
		x := all.Slice(shape.n, shape.n+4096, 0, shape.p)
		b.Run(fmt.Sprintf("%dx%d/at once", shape.n, shape.p), func(b *testing.B) {
			for b.Loop() {
				if _, err := m.Predict(x); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("%dx%d/32 at a time", shape.n, shape.p), func(b *testing.B) {
			for b.Loop() {
				for i := 0; i < 4096; i += 32 {
					if _, err := m.Predict(x.(*mat.Dense).Slice(i, i+32, 0, shape.p)); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkDBSCAN(b *testing.B) {
	for _, shape := range []struct {
		n, p int
		eps  float64
	}{{100_000, 2, 0.1}, {100_000, 2, 2}, {50_000, 5, 1}, {10_000, 50, 9}} {
		ds := blobs(shape.n, shape.p, 10, 1, 1)
		b.Run(fmt.Sprintf("%dx%d-%v", shape.n, shape.p, shape.eps), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fitDBSCAN(b, cluster.DBSCAN{Eps: shape.eps}, ds)
			}
		})
	}
}
