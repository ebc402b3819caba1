package decomposition_test

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/decomposition"
)

func BenchmarkPCA(b *testing.B) {
	bench := func(name string, pca decomposition.PCA, data func() *mat.Dense) {
		b.Run(name, func(b *testing.B) {
			x := data()
			for b.Loop() {
				fitPCA(b, pca, x)
			}
		})
	}
	bench("100kx100-10", decomposition.PCA{Components: 10}, func() *mat.Dense { return random(100_000, 100, 1) })
	bench("20kx784-50", decomposition.PCA{Components: 50}, func() *mat.Dense { return random(20_000, 784, 1) })
	bench("2kx2k-50", decomposition.PCA{Components: 50}, func() *mat.Dense {
		x := random(2000, 2000, 1)
		x.Scale(0.1, x)
		var signal mat.Dense
		signal.Mul(random(2000, 50, 2), random(50, 2000, 3))
		x.Add(x, &signal)
		return x
	})
}
