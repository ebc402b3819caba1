package cluster_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
)

// k-means++ and single runs from it reach inertias that are distributed as
// scikit-learn's, by the Kolmogorov-Smirnov test on 300 seeds each.
func TestKMeansRestartsAreDistributedAsScikitLearns(t *testing.T) {
	if race.Enabled {
		t.Skip("numerics")
	}
	text, err := os.ReadFile("testdata/restarts.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Sets []struct {
			Data        string
			K, Weights  int
			First, Last []float64
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	sets := map[string]func() *dataset.Classification{"iris": dataset.Iris, "wine": dataset.Wine, "digits": dataset.Digits}
	for _, c := range golden.Sets {
		t.Run(fmt.Sprintf("%s/%d", c.Data, c.K), func(t *testing.T) {
			ds := sets[c.Data]().Unlabeled()
			if c.Weights > 0 {
				ds.Weights = make([]float64, ds.Len())
				for i := range ds.Weights {
					ds.Weights[i] = float64(i%c.Weights + 1)
				}
			}
			var first, last []float64
			for seed := range c.Last {
				p := cluster.KMeans{K: c.K, Seed: uint64(seed)}
				centers, err := p.FirstCenters(t.Context(), ds)
				if err != nil {
					t.Fatal(err)
				}
				distances, err := (&cluster.KMeansModel{Centers: centers}).Transform(ds.X)
				if err != nil {
					t.Fatal(err)
				}
				inertia := 0.0
				for i := range ds.Len() {
					d := slices.Min(distances.RawRowView(i))
					inertia += ds.Weight(i) * d * d
				}
				first = append(first, inertia)
				last = append(last, fitKMeans(t, p, ds).Inertia)
			}
			sameDistribution(t, "first centres", first, c.First)
			sameDistribution(t, "converged", last, c.Last)
		})
	}
}

// sameDistribution is the two-sample Kolmogorov-Smirnov test: an error at a level
// of one in a hundred.
func sameDistribution(t *testing.T, name string, a, b []float64) {
	t.Helper()
	d := largestDifference(a, b)
	n := float64(len(a)*len(b)) / float64(len(a)+len(b))
	if limit := math.Sqrt(math.Log(2/0.01) / 2 / n); d > limit {
		t.Errorf("%s: distributions of inertia differ by %.3f, more than %.3f", name, d, limit)
	} else {
		t.Logf("%s: distributions of inertia differ by %.3f, limit %.3f", name, d, limit)
	}
}

// largestDifference returns that of two empirical distribution functions. Values
// are equal to nine digits.
func largestDifference(a, b []float64) float64 {
	slices.Sort(a)
	slices.Sort(b)
	below := func(s []float64, v float64) float64 {
		i, _ := slices.BinarySearch(s, v)
		return float64(i) / float64(len(s))
	}
	d := 0.0
	for _, v := range slices.Concat(a, b) {
		v *= 1 + 1e-9
		d = max(d, math.Abs(below(a, v)-below(b, v)))
	}
	return d
}
