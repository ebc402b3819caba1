package cluster_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

func TestMiniBatchComesNearKMeans(t *testing.T) {
	for name, ds := range map[string]*dataset.Unlabeled{"blobs": blobs(20_000, 5, 12, 1, 8), "digits": dataset.Digits().Unlabeled()} {
		t.Run(name, func(t *testing.T) {
			full := fitKMeans(t, cluster.KMeans{K: 12, Restarts: 3}, ds)
			fit, err := cluster.MiniBatchKMeans{K: 12}.Fit(context.Background(), ds)
			if err != nil {
				t.Fatal(err)
			}
			if fit.Inertia > 1.15*full.Inertia {
				t.Errorf("inertia %v, k-means has %v", fit.Inertia, full.Inertia)
			}
			if !fit.Converged || fit.Iterations < 10 {
				t.Errorf("%+v", fit.Convergence)
			}
			labels, err := fit.Predict(ds.X)
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range labels {
				if l != fit.Labels[i] {
					t.Fatalf("row %d: label %d, Predict says %d", i, fit.Labels[i], l)
				}
			}
		})
	}
}

// From given centres, and batch by batch, a stream goes the way of scikit-learn's
// partial_fit.
func TestMiniBatchStreamIsScikitLearns(t *testing.T) {
	text, err := os.ReadFile("testdata/mini_batch.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Data          string
			First         []int
			Size, Weights int
			Centers       [][][]float64
			Labels        []int
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	sets := map[string]func() *dataset.Classification{"iris": dataset.Iris, "wine": dataset.Wine}
	for _, c := range golden.Cases {
		t.Run(fmt.Sprintf("%s/%d", c.Data, c.Size), func(t *testing.T) {
			ds := sets[c.Data]().Unlabeled()
			n, p := ds.Dims()
			ds.Weights = slices.Repeat([]float64{1}, n)
			if c.Weights > 0 {
				for i := range ds.Weights {
					ds.Weights[i] = float64(i%c.Weights + 1)
				}
			}
			stream, err := cluster.MiniBatchKMeans{K: len(c.First), Centers: rowsOf(t, ds, c.First), NoReassign: true}.Start()
			if err != nil {
				t.Fatal(err)
			}
			var m *cluster.KMeansModel
			for b, centers := range c.Centers {
				lo, hi := b*c.Size, min((b+1)*c.Size, n)
				batch := &dataset.Unlabeled{X: ds.X.Slice(lo, hi, 0, p).(*mat.Dense), Weights: ds.Weights[lo:hi]}
				if err := stream.PartialFit(t.Context(), batch); err != nil {
					t.Fatal(err)
				}
				if m, err = stream.Model(); err != nil {
					t.Fatal(err)
				}
				for k, center := range centers {
					for j, want := range center {
						if got := m.Centers.At(k, j); math.Abs(got-want) > 1e-11*math.Abs(want) {
							t.Fatalf("batch %d, centre %d, feature %d: %v, want %v", b, k, j, got, want)
						}
					}
				}
			}
			if labels, err := m.Predict(ds.X); err != nil || !slices.Equal(labels, c.Labels) {
				t.Errorf("labels %v, %v, want %v", labels, err, c.Labels)
			}
		})
	}
}

// A centre is the mean of all samples that it was given: with one cluster, the
// mean of the data, whatever the batches.
func TestMiniBatchStreamTakesMeans(t *testing.T) {
	ds := dataset.Iris().Unlabeled()
	ds.Weights = make([]float64, ds.Len())
	for i := range ds.Weights {
		ds.Weights[i] = float64(i % 3)
	}
	stream, err := cluster.MiniBatchKMeans{K: 1}.Start()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Model(); !errors.Is(err, dataset.ErrEmpty) {
		t.Errorf("a model of nothing: %v", err)
	}
	for lo := 0; lo < 150; lo += 25 {
		batch := &dataset.Unlabeled{X: ds.X.Slice(lo, lo+25, 0, 4).(*mat.Dense), Weights: ds.Weights[lo : lo+25]}
		if err := stream.PartialFit(context.Background(), batch); err != nil {
			t.Fatal(err)
		}
	}
	got, err := stream.Model()
	if err != nil {
		t.Fatal(err)
	}
	want := fitKMeans(t, cluster.KMeans{K: 1}, ds)
	for j := range 4 {
		if g, w := got.Centers.At(0, j), want.Centers.At(0, j); math.Abs(g-w) > 1e-13*w {
			t.Errorf("feature %d: centre %v, mean %v", j, g, w)
		}
	}
	if got.Iterations != 6 {
		t.Errorf("%d batches, want 6", got.Iterations)
	}
	if err := stream.PartialFit(context.Background(), &dataset.Unlabeled{X: mat.NewDense(2, 3, nil)}); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("a batch of other width: %v", err)
	}
}

// A centre far from all samples, which gets none, is moved to one.
func TestMiniBatchReassignsLostCenters(t *testing.T) {
	ds := blobs(5000, 2, 3, 0.1, 9)
	first := rowsOf(t, ds, []int{0, 1, 2})
	first.SetRow(2, []float64{1e3, 1e3})
	fit := func(noReassign bool) float64 {
		m, err := cluster.MiniBatchKMeans{K: 3, Centers: first, NoReassign: noReassign}.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		return m.Inertia
	}
	if kept, moved := fit(true), fit(false); moved > kept/10 {
		t.Errorf("inertia %v with the lost centre moved, %v without", moved, kept)
	}
}

func TestMiniBatchConformance(t *testing.T) {
	modeltest.TestClusterer(t, cluster.MiniBatchKMeans{K: 3, Seed: 1},
		modeltest.ExpectFailure("permuted training rows", "batches are drawn by row"),
		modeltest.ExpectFailure("integer weights", "batches are drawn by row"),
	)
	for field, p := range map[string]cluster.MiniBatchKMeans{
		"K":                {K: -1},
		"BatchSize":        {BatchSize: -1},
		"InitSize":         {InitSize: -1},
		"MaxIter":          {MaxIter: -1},
		"MaxNoImprovement": {MaxNoImprovement: -1},
		"Init":             {Init: 9},
		"Centers":          {K: 2, Centers: mat.NewDense(2, 3, nil)},
	} {
		modeltest.TestParamError(t, field, p)
	}
}
