package decomposition_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/decomposition"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

func TestTruncatedSVDConformance(t *testing.T) {
	const partial = "two of four vectors do not hold the whole sample"
	modeltest.TestTransformer(t, decomposition.TruncatedSVD{}, modeltest.ExpectFailure("inverse", partial))
	t.Run("all", func(t *testing.T) {
		modeltest.TestTransformer(t, decomposition.TruncatedSVD{Components: 4})
	})
	modeltest.TestParamError(t, "Components", decomposition.TruncatedSVD{Components: 5})
	modeltest.TestParamError(t, "Components", decomposition.TruncatedSVD{Components: -1})
	modeltest.TestParamError(t, "Solver", decomposition.TruncatedSVD{Solver: -1})
}

func TestIncrementalPCAConformance(t *testing.T) {
	modeltest.TestTransformer(t, decomposition.IncrementalPCA{})
	modeltest.TestParamError(t, "Components", decomposition.IncrementalPCA{Components: 5})
	modeltest.TestParamError(t, "Components", decomposition.IncrementalPCA{Components: -1})
	modeltest.TestParamError(t, "BatchSize", decomposition.IncrementalPCA{BatchSize: -1})
}

type goldenOther struct {
	Data                            string
	Components, Batch               int
	Vectors, Transformed            [][]float64
	Variance, Ratio, Singular, Mean []float64
}

func TestTruncatedSVDGolden(t *testing.T) {
	for _, c := range golden[goldenOther](t, "truncated_svd") {
		t.Run(fmt.Sprint(c.Data, c.Components), func(t *testing.T) {
			x := goldenData(c.Data)
			m, err := decomposition.TruncatedSVD{Components: c.Components}.Fit(ctx, &dataset.Unlabeled{X: x})
			if err != nil {
				t.Fatal(err)
			}
			wantClose(t, "singular values", m.SingularValues, c.Singular, 1e-11)
			wantClose(t, "variance", m.ExplainedVariance, c.Variance, 1e-10)
			wantClose(t, "ratio", m.ExplainedVarianceRatio, c.Ratio, 1e-10)
			for j, want := range c.Vectors {
				wantClose(t, "vector", m.Components.RawRowView(j), want, 1e-10)
			}
			checkScores(t, m, x, c)
		})
	}
}

func TestIncrementalPCAGolden(t *testing.T) {
	for _, c := range golden[goldenOther](t, "incremental_pca") {
		t.Run(fmt.Sprint(c.Data, c.Components, c.Batch), func(t *testing.T) {
			x := goldenData(c.Data)
			m, err := decomposition.IncrementalPCA{Components: c.Components, BatchSize: c.Batch}.Fit(ctx, &dataset.Unlabeled{X: x})
			if err != nil {
				t.Fatal(err)
			}
			wantClose(t, "singular values", m.SingularValues, c.Singular, 1e-11)
			wantClose(t, "variance", m.ExplainedVariance, c.Variance, 1e-11)
			wantClose(t, "ratio", m.ExplainedVarianceRatio, c.Ratio, 1e-11)
			wantClose(t, "mean", m.Mean, c.Mean, 1e-13)
			for j, want := range c.Vectors {
				wantClose(t, "vector", m.Components.RawRowView(j), want, 1e-9)
			}
			checkScores(t, m, x, c)
		})
	}
}

func checkScores(t *testing.T, m interface {
	Transform(mat.Matrix) (*mat.Dense, error)
}, x *mat.Dense, c goldenOther) {
	t.Helper()
	_, p := x.Dims()
	scores, err := m.Transform(x.Slice(0, len(c.Transformed), 0, p))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range c.Transformed {
		wantClose(t, "scores", scores.RawRowView(i), want, 1e-9)
	}
}

// TestIncrementalPCAStream: batches of all sizes, one of no weight among them,
// give what the whole does, noise variance included.
func TestIncrementalPCAStream(t *testing.T) {
	x := random(500, 8, 1)
	x.Apply(func(i, j int, v float64) float64 { return v*float64(j+1) + 1000 + float64(i)/50 }, x)
	stream, err := decomposition.IncrementalPCA{}.Start()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Model(); !errors.Is(err, dataset.ErrEmpty) {
		t.Errorf("model of nothing: error %v", err)
	}
	for lo, size := 0, 1; lo < 500; lo, size = lo+size, size*2 {
		batch := &dataset.Unlabeled{X: x.Slice(lo, min(lo+size, 500), 0, 8).(*mat.Dense)}
		if err := stream.PartialFit(ctx, batch); err != nil {
			t.Fatal(err)
		}
		bad := mat.DenseCopyOf(batch.X)
		bad.Set(0, 3, math.NaN())
		if err := stream.PartialFit(ctx, &dataset.Unlabeled{X: bad}); !errors.Is(err, dataset.ErrNotFinite) {
			t.Errorf("batch with NaN: error %v", err)
		}
	}
	if err := stream.PartialFit(ctx, &dataset.Unlabeled{X: random(5, 7, 1)}); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("batch of another width: error %v", err)
	}
	got, err := stream.Model()
	if err != nil {
		t.Fatal(err)
	}
	want := fitPCA(t, decomposition.PCA{}, x)
	wantClose(t, "variance", got.ExplainedVariance, want.ExplainedVariance, 1e-12)
	wantClose(t, "mean", got.Mean, want.Mean, 1e-14)
	for j := range 8 {
		wantClose(t, "component", got.Components.RawRowView(j), want.Components.RawRowView(j), 1e-11)
	}
	three, err := decomposition.IncrementalPCA{Components: 3, BatchSize: 100}.Fit(ctx, &dataset.Unlabeled{X: x})
	if err != nil {
		t.Fatal(err)
	}
	whole := fitPCA(t, decomposition.PCA{Components: 3}, x)
	total := func(m *decomposition.PCAModel) float64 {
		return m.ExplainedVariance[0] + m.ExplainedVariance[1] + m.ExplainedVariance[2] + 5*m.NoiseVariance
	}
	wantClose(t, "total variance", []float64{total(three)}, []float64{total(whole)}, 1e-12)
}

func ExamplePCA() {
	iris := dataset.Iris()
	fit, err := decomposition.PCA{Components: 2}.Fit(context.Background(), iris.Unlabeled())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("explained: %.3f\n", fit.ExplainedVarianceRatio)
	scores, _ := fit.Transform(iris.X)
	fmt.Printf("first flower: %.2f\n", scores.RawRowView(0))
	// Output:
	// explained: [0.925 0.053]
	// first flower: [-2.68 0.32]
}
