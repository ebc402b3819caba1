package metrics_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics"
)

func TestUndefinedClusterScores(t *testing.T) {
	one, each := []int{7, 7, 7}, []int{1, 2, 3}
	for name, score := range clusterScores {
		if got := score(nil, nil); !math.IsNaN(got) {
			t.Errorf("%s of no samples = %v, want NaN", name, got)
		}
		if got := score([]int{1, 2}, []int{1}); !math.IsNaN(got) {
			t.Errorf("%s of lengths that differ = %v, want NaN", name, got)
		}
		if name == "MutualInfo" {
			continue
		}
		for _, labels := range [][]int{one, each} {
			if got := score(labels, labels); got != 1 {
				t.Errorf("%s of %v with itself = %v, want 1", name, labels, got)
			}
		}
	}
	for name, want := range map[string]float64{
		"AdjustedRand": 0, "MutualInfo": 0, "NormalizedMutualInfo": 0, "AdjustedMutualInfo": 0,
		"Homogeneity": 1, "Completeness": 0, "VMeasure": 0,
	} {
		if got := clusterScores[name](one, each); got != want {
			t.Errorf("%s of one cluster against singletons = %v, want %v", name, got, want)
		}
	}
}

func TestUnusableClustersAreAnError(t *testing.T) {
	x := mat.NewDense(4, 1, []float64{1, 2, 3, 4})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, score := range geometryScores {
		for _, c := range []struct {
			name   string
			x      mat.Matrix
			labels []int
			want   error
		}{
			{"no matrix", nil, nil, dataset.ErrEmpty},
			{"too few labels", x, []int{0, 1}, dataset.ErrShape},
			{"one cluster", x, []int{5, 5, 5, 5}, dataset.ErrClasses},
			{"a cluster each", x, []int{1, 2, 3, 4}, dataset.ErrClasses},
			{"a NaN", mat.NewDense(3, 1, []float64{1, math.NaN(), 2}), []int{0, 0, 1}, dataset.ErrNotFinite},
		} {
			if _, err := score(t.Context(), c.x, c.labels); !errors.Is(err, c.want) {
				t.Errorf("%s of %s: error %v, want %v", name, c.name, err, c.want)
			}
		}
	}
	if _, err := metrics.Silhouette(canceled, x, []int{0, 0, 1, 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("silhouette of a context that is done: error %v", err)
	}
}

var geometryScores = map[string]func(ctx context.Context, x mat.Matrix, labels []int) (float64, error){
	"Silhouette":       metrics.Silhouette,
	"CalinskiHarabasz": func(_ context.Context, x mat.Matrix, l []int) (float64, error) { return metrics.CalinskiHarabasz(x, l) },
	"DaviesBouldin":    func(_ context.Context, x mat.Matrix, l []int) (float64, error) { return metrics.DaviesBouldin(x, l) },
}

func TestPointsAtTheCentres(t *testing.T) {
	x := mat.NewDense(4, 2, []float64{0.1, 0.2, 0.1, 0.2, 0.3, 0.4, 0.3, 0.4})
	for name, want := range map[string]float64{"Silhouette": 1, "CalinskiHarabasz": 1, "DaviesBouldin": 0} {
		if got, err := geometryScores[name](t.Context(), x, []int{0, 0, 1, 1}); err != nil || got != want {
			t.Errorf("%s = %v, %v; want %v", name, got, err, want)
		}
	}
	same := mat.NewDense(4, 2, []float64{1, 2, 1, 2, 1, 2, 1, 2})
	for name, want := range map[string]float64{"Silhouette": 0, "CalinskiHarabasz": 1, "DaviesBouldin": 0} {
		if got, err := geometryScores[name](t.Context(), same, []int{0, 0, 1, 1}); err != nil || got != want {
			t.Errorf("%s of equal points = %v, %v; want %v", name, got, err, want)
		}
	}
}

// The expectation that AdjustedMutualInfo takes off is the mean over all
// permutations, counted here one by one.
func TestExpectedMutualInfoIsTheMeanOverPermutations(t *testing.T) {
	a, b := []int{0, 0, 0, 1, 1, 2, 2}, []int{0, 1, 1, 1, 0, 0, 0}
	total, count := 0.0, 0.0
	var permute func(k int)
	shuffled := slices.Clone(b)
	permute = func(k int) {
		if k == len(shuffled) {
			total += metrics.MutualInfo(a, shuffled)
			count++
			return
		}
		for i := k; i < len(shuffled); i++ {
			shuffled[k], shuffled[i] = shuffled[i], shuffled[k]
			permute(k + 1)
			shuffled[k], shuffled[i] = shuffled[i], shuffled[k]
		}
	}
	permute(0)
	mean := total / count
	entropy := (metrics.MutualInfo(a, a) + metrics.MutualInfo(b, b)) / 2
	want := (metrics.MutualInfo(a, b) - mean) / (entropy - mean)
	if got := metrics.AdjustedMutualInfo(a, b); !same(got, want) {
		t.Errorf("adjusted mutual information = %v, want %v", got, want)
	}
}

func TestClusterAgreementProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(rt, "n")
		label := rapid.OneOf(rapid.IntRange(-2, 4), rapid.Int())
		a := rapid.SliceOfN(label, n, n).Draw(rt, "a")
		b := rapid.SliceOfN(label, n, n).Draw(rt, "b")
		renamed := make([]int, n)
		for i, v := range a {
			renamed[i] = ^v
		}
		for name, score := range clusterScores {
			got := score(a, b)
			if math.IsNaN(got) || got > 1 && name != "MutualInfo" || got < 0 && name != "AdjustedRand" && name != "AdjustedMutualInfo" {
				rt.Errorf("%s = %v is out of range", name, got)
			}
			if other := score(renamed, b); !near(got, other) {
				rt.Errorf("%s = %v, with clusters renamed %v", name, got, other)
			}
			swapped := score(b, a)
			if name == "Homogeneity" {
				swapped = metrics.Completeness(b, a)
			}
			if name == "Completeness" {
				swapped = metrics.Homogeneity(b, a)
			}
			if !near(got, swapped) {
				rt.Errorf("%s = %v, with arguments exchanged %v", name, got, swapped)
			}
		}
		if v, i := metrics.VMeasure(a, b), metrics.NormalizedMutualInfo(a, b); !near(v, i) {
			rt.Errorf("V = %v, normalised mutual information = %v", v, i)
		}
	})
}

// Large clusterings that are independent score zero, with no digits lost to large factorials.
func TestIndependentClusteringsScoreZero(t *testing.T) {
	const n = 200_000
	a, b := make([]int, n), make([]int, n)
	for i := range a {
		a[i], b[i] = i%20, i/20%25
	}
	for name, score := range clusterScores {
		if got := score(a, b); math.Abs(got) > 1e-3 {
			t.Errorf("%s of independent clusterings = %v", name, got)
		}
	}
}

// naiveSilhouette follows the definition.
func naiveSilhouette(x *mat.Dense, labels []int) []float64 {
	n, _ := x.Dims()
	widths := make([]float64, n)
	for i := range n {
		total, count := map[int]float64{}, map[int]float64{}
		for j := range n {
			if i == j {
				continue
			}
			d := 0.0
			for f, v := range x.RawRowView(i) {
				d = math.Hypot(d, v-x.At(j, f))
			}
			total[labels[j]] += d
			count[labels[j]]++
		}
		if count[labels[i]] == 0 {
			continue
		}
		a, b := total[labels[i]]/count[labels[i]], math.Inf(1)
		for k := range total {
			if k != labels[i] {
				b = min(b, total[k]/count[k])
			}
		}
		if a != 0 || b != 0 {
			widths[i] = (b - a) / max(a, b)
		}
	}
	return widths
}

// Several blocks, clusters across their boundaries, many clusters, duplicates, offsets and scales.
func TestSilhouetteFollowsTheDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name          string
		n, p, k       int
		offset, scale float64
	}{
		{"blocks", 700, 3, 4, 0, 1},
		{"many clusters", 600, 2, 250, 0, 1},
		{"wide", 300, 40, 3, 0, 1},
		{"far away", 300, 2, 3, 1e7, 1},
		{"near the limits", 100, 2, 3, 0, 1e250},
		{"tiny", 100, 2, 3, 0, 1e-250},
	} {
		x, labels := mat.NewDense(c.n, c.p, nil), make([]int, c.n)
		for i := range labels {
			labels[i] = random.IntN(c.k)
			for j := range c.p {
				x.Set(i, j, c.offset+c.scale*(random.NormFloat64()+float64(labels[i]%5)))
			}
			if i%10 == 9 {
				x.SetRow(i, x.RawRowView(i-1)) // a duplicate, perhaps in another cluster
			}
		}
		got, err := metrics.SilhouetteSamples(t.Context(), x, labels)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range naiveSilhouette(x, labels) {
			if math.Abs(got[i]-want) > 1e-12 {
				t.Errorf("%s: silhouette[%d] = %v, want %v", c.name, i, got[i], want)
				break
			}
		}
	}
}

func TestSilhouetteIsTheSameOnAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	random := rand.New(rand.NewPCG(3, 4))
	x, labels := mat.NewDense(500, 5, nil), make([]int, 500)
	for i := range labels {
		labels[i] = i % 3
		for j := range 5 {
			x.Set(i, j, random.NormFloat64())
		}
	}
	var first []float64
	for _, cores := range []int{1, 2, 5} {
		runtime.GOMAXPROCS(cores)
		widths, err := metrics.SilhouetteSamples(t.Context(), x, labels)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = widths
		}
		if !slices.Equal(widths, first) {
			t.Errorf("the silhouette differs on %d cores", cores)
		}
	}
}
