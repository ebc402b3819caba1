package model_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/tree"
)

func TestSearch(t *testing.T) {
	ctx := context.Background()
	wine := dataset.Wine()
	candidates := model.Grid2([]int{1, 2, 5}, []tree.Impurity{tree.Gini, tree.Entropy}, func(depth int, c tree.Impurity) tree.Classifier {
		return tree.Classifier{MaxDepth: depth, Criterion: c}
	})
	folds := model.KFold{Seed: 4}
	found, err := model.Search(ctx, candidates, wine, folds, metrics.Accuracy)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Mean) != 6 || candidates[3].MaxDepth != 2 || candidates[3].Criterion != tree.Entropy {
		t.Fatalf("%d candidates, %+v", len(found.Mean), candidates)
	}
	for i, c := range candidates {
		scores, err := model.CrossValidate(ctx, c, wine, folds, metrics.Accuracy)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(scores, found.Scores[i]) {
			t.Errorf("candidate %d: scores %v, cross-validated alone %v", i, found.Scores[i], scores)
		}
		if found.Mean[i] > found.Mean[found.BestIndex] {
			t.Errorf("candidate %d is better than the best", i)
		}
	}
	if found.Best.MaxDepth != candidates[found.BestIndex].MaxDepth || found.Best.MaxDepth == 1 {
		t.Errorf("the best is %+v", found.Best)
	}

	// Pipelines are candidates too.
	logistic := model.Grid([]float64{1e-6, 1}, func(c float64) linear.Logistic { return linear.Logistic{C: c} })
	piped := slices.Concat(model.PipeEach(preprocess.StandardScaler{NoScale: true}, logistic[:1]), model.PipeEach(preprocess.StandardScaler{}, logistic))
	best, err := model.Search(ctx, piped, wine, nil, metrics.Accuracy)
	if err != nil {
		t.Fatal(err)
	}
	if best.BestIndex != 2 {
		t.Errorf("scores %v", best.Mean)
	}
}

func TestSearchHalving(t *testing.T) {
	ctx := context.Background()
	digits := dataset.Digits()
	depths := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	candidates := model.Grid(depths, func(d int) tree.Classifier { return tree.Classifier{MaxDepth: d} })
	found, err := model.SearchHalving(ctx, candidates, digits, model.KFold{N: 3}, metrics.Accuracy, model.Halving{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if found.Best.MaxDepth < 6 || found.Samples[found.BestIndex] != digits.Len() {
		t.Errorf("the best is %+v, judged by %d samples", found.Best, found.Samples[found.BestIndex])
	}
	if found.Samples[0] >= digits.Len() {
		t.Error("the worst candidate was judged by all samples")
	}
}

// A factor of any size leaves one candidate for the second round.
func TestHalvingFactor(t *testing.T) {
	candidates := model.Grid([]int{1, 2, 3}, func(d int) tree.Classifier { return tree.Classifier{MaxDepth: d} })
	for _, samples := range []int{0, 60} {
		found, err := model.SearchHalving(context.Background(), candidates, dataset.Iris(), model.KFold{N: 3}, metrics.Accuracy, model.Halving{Factor: math.MaxInt, Samples: samples})
		if err != nil {
			t.Fatal(err)
		}
		if found.Samples[found.BestIndex] != 150 {
			t.Errorf("the best is judged by %d samples", found.Samples[found.BestIndex])
		}
	}
}

func TestRandom(t *testing.T) {
	draw := func(rng *rand.Rand) float64 { return model.LogUniform(rng, 1e-3, 1e3) }
	values := model.Random(2000, 1, draw)
	if !slices.Equal(values, model.Random(2000, 1, draw)) {
		t.Error("the same seed gave other candidates")
	}
	below, mean := 0, 0.0
	for _, v := range values {
		if v < 1e-3 || v > 1e3 {
			t.Fatalf("%v is out of range", v)
		}
		if v < 1 {
			below++
		}
		mean += math.Log10(v) / 2000
	}
	if below < 900 || below > 1100 || math.Abs(mean) > 0.15 {
		t.Errorf("%d of 2000 below the middle, mean logarithm %v", below, mean)
	}
}

// A search of 200 candidates that is cancelled returns within 100 ms and leaves
// no goroutine.
func TestSearchCancel(t *testing.T) {
	blobs, err := dataset.MakeBlobs(dataset.Blobs{Samples: 4000, Features: 20, Clusters: 6, Deviation: 9})
	if err != nil {
		t.Fatal(err)
	}
	candidates := model.Random(200, 1, func(rng *rand.Rand) tree.Classifier {
		return tree.Classifier{MaxDepth: 5 + rng.IntN(20), MinSamplesLeaf: 1 + rng.IntN(3)}
	})
	before := runtime.NumGoroutine()
	latency := time.Hour
	for range 10 { // the machine may be busy
		ctx, cancel := context.WithCancel(context.Background())
		cancelled := make(chan time.Time, 1)
		time.AfterFunc(50*time.Millisecond, func() {
			cancelled <- time.Now()
			cancel()
		})
		_, err = model.Search(ctx, candidates, blobs, nil, metrics.Accuracy)
		latency = min(latency, time.Since(<-cancelled))
		if err != context.Canceled {
			t.Fatalf("err = %v", err)
		}
		if latency < 100*time.Millisecond {
			break
		}
	}
	if latency >= 100*time.Millisecond {
		t.Errorf("returned %v after it was cancelled", latency)
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

func TestSearchRefuses(t *testing.T) {
	ctx := context.Background()
	iris := dataset.Iris()
	var param *model.ParamError
	if _, err := model.Search(ctx, []tree.Classifier{}, iris, nil, metrics.Accuracy); !errors.As(err, &param) {
		t.Errorf("no candidates: %v", err)
	}
	if _, err := model.Search(ctx, []tree.Classifier{{}, {MaxDepth: -1}}, iris, nil, metrics.Accuracy); !errors.As(err, &param) || param.Field != "MaxDepth" {
		t.Errorf("a bad candidate: %v", err)
	}
	if _, err := model.SearchHalving(ctx, []tree.Classifier{{}}, iris, nil, metrics.Accuracy, model.Halving{Factor: 1}); !errors.As(err, &param) || param.Field != "Factor" {
		t.Errorf("factor 1: %v", err)
	}
}
