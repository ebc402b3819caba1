package metrics_test

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/metrics"
)

func BenchmarkSilhouette(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	x, labels := mat.NewDense(10_000, 20, nil), make([]int, 10_000)
	for i := range labels {
		labels[i] = i % 8
		for j := range 20 {
			x.Set(i, j, random.NormFloat64())
		}
	}
	for b.Loop() {
		if _, err := metrics.Silhouette(b.Context(), x, labels); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMillion(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 1))
	const n = 1_000_000
	truth, predicted, score := make([]int, n), make([]int, n), make([]float64, n)
	many := make([]int, n)
	for i := range truth {
		truth[i], predicted[i], score[i], many[i] = random.IntN(2), random.IntN(2), random.NormFloat64(), random.IntN(1000)
	}
	b.Run("Accuracy", func(b *testing.B) {
		for b.Loop() {
			metrics.Accuracy(truth, predicted)
		}
	})
	b.Run("F1", func(b *testing.B) {
		for b.Loop() {
			metrics.F1(truth, predicted)
		}
	})
	b.Run("ROCAUC", func(b *testing.B) {
		for b.Loop() {
			if _, err := metrics.ROCAUC(truth, score); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("R2", func(b *testing.B) {
		for b.Loop() {
			metrics.R2(score, score)
		}
	})
	b.Run("AdjustedMutualInfo", func(b *testing.B) {
		for b.Loop() {
			metrics.AdjustedMutualInfo(many, truth)
		}
	})
}
