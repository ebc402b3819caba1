package preprocess_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	pp "github.com/sapwood-ml/sapwood/dataset/preprocess"
)

// Bins end halfway between the means of what is in them, and each has something
// in it, however far apart the values lie.
func TestKMeansBins(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for trial := range 50 {
		n, bins := 20+rng.IntN(200), 2+rng.IntN(7)
		values := make([]float64, n)
		for i := range values {
			values[i] = 1e6 + math.Exp(4*rng.NormFloat64())
			if trial%2 == 0 {
				values[i] = float64(rng.IntN(12)) // fewer distinct values than samples
			}
		}
		distinct := len(slices.Compact(slices.Sorted(slices.Values(values))))
		x := mat.NewDense(n, 1, values)
		m, err := pp.KBins{Bins: bins, Binning: pp.KMeans, Ordinal: true}.Fit(context.Background(), &dataset.Unlabeled{X: x})
		if err != nil {
			t.Fatal(err)
		}
		edges := m.Edges[0]
		k := len(edges) - 1
		if k != min(bins, distinct) {
			t.Fatalf("%d bins of %d values, want %d: %v", k, distinct, bins, edges)
		}
		z, err := m.Transform(x)
		if err != nil {
			t.Fatal(err)
		}
		sums, counts := make([]float64, k), make([]float64, k)
		for i, v := range values {
			sums[int(z.At(i, 0))] += v - edges[0]
			counts[int(z.At(i, 0))]++
		}
		for b := range k {
			if counts[b] == 0 {
				t.Fatalf("trial %d: bin %d of %v is empty", trial, b, edges)
			}
			if b == 0 {
				continue
			}
			middle := edges[0] + (sums[b-1]/counts[b-1]+sums[b]/counts[b])/2
			if math.Abs(edges[b]-middle) > 0.02*(edges[k]-edges[0]) {
				t.Errorf("trial %d: bin %d begins at %v, halfway between the means is %v", trial, b, edges[b], middle)
			}
		}
	}
}
