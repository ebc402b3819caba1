package decomposition_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/decomposition"
)

// images returns rows of which most runs of eight columns are zero, the others
// positive: shifted by offset, and by twice that every other column.
func images(n, p int, offset float64) *mat.Dense {
	x := random(n, p, 11)
	on := random(n, (p+7)/8, 12)
	x.Apply(func(i, j int, v float64) float64 {
		v = math.Abs(v) * (1 + 10/float64(j+1))
		if on.At(i, j/8) < 0.5 {
			v = 0
		}
		return math.Round(1024*v)/1024 + offset*float64(1+j%2)
	}, x)
	return x
}

// TestPCAScatter holds the scatter matrix, whose products are formed of the data as
// they are where the means are small next to the deviations, against the decomposition
// of the centred data: zeros, offsets on both sides of that limit, offsets far beyond
// it, and weights.
func TestPCAScatter(t *testing.T) {
	testPCAScatter(t, 264)
	testPCAScatter(t, 30)
}

func testPCAScatter(t *testing.T, p int) {
	const n, k = 400, 6
	offsets := []float64{0, 0.5, 0.7, 0.8, 0.9, 1, 1.5, 1e8}
	if testing.Short() {
		offsets = []float64{0.5, 1e8}
	}
	for _, offset := range offsets {
		x := images(n, p, offset)
		weights := make([]float64, n)
		for i := range weights {
			weights[i] = 0.5 + float64(i%3)
		}
		for name, ds := range map[string]*dataset.Unlabeled{"plain": {X: x}, "weighted": {X: x, Weights: weights}} {
			t.Run(fmt.Sprint(p, "/", offset, "/", name), func(t *testing.T) {
				fit := func(solver decomposition.Solver) *decomposition.PCAModel {
					m, err := decomposition.PCA{Components: k, Solver: solver}.Fit(ctx, ds)
					if err != nil {
						t.Fatal(err)
					}
					return m
				}
				got, want := fit(decomposition.SolverCovariance), fit(decomposition.SolverSVD)
				checkOrthonormal(t, got.Components)
				wantClose(t, "mean", got.Mean, want.Mean, 1e-13)
				for j := range k {
					wantClose(t, fmt.Sprint("variance ", j), got.ExplainedVariance[j:j+1], want.ExplainedVariance[j:j+1], 1e-12)
					wantClose(t, fmt.Sprint("component ", j), got.Components.RawRowView(j), want.Components.RawRowView(j), 1e-10)
				}
				wantClose(t, "noise", []float64{got.NoiseVariance}, []float64{want.NoiseVariance}, 1e-12)
			})
		}
	}
}

// TestPCAProcessors: the same components to the bit on one processor and on three,
// where sums and products are dealt to all.
func TestPCAProcessors(t *testing.T) {
	testPCAProcessors(t, images(500, 270, 0.5), decomposition.SolverCovariance, decomposition.SolverKrylov, decomposition.SolverRandomized, decomposition.SolverSVD)
	testPCAProcessors(t, images(4000, 50, 0.5), decomposition.SolverCovariance)
}

func testPCAProcessors(t *testing.T, x *mat.Dense, solvers ...decomposition.Solver) {
	for _, solver := range solvers {
		fit := func(processors int) *decomposition.PCAModel {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			return fitPCA(t, decomposition.PCA{Components: 4, Solver: solver}, x)
		}
		one, three := fit(1), fit(3)
		if !mat.Equal(one.Components, three.Components) || !slices.Equal(one.ExplainedVariance, three.ExplainedVariance) || !slices.Equal(one.Mean, three.Mean) {
			t.Errorf("solver %v: results depend on the number of processors", solver)
		}
	}
}

// TestPCAScatterNotFinite: products that leave out zeros do not hide what is not
// finite from the check of the result.
func TestPCAScatterNotFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		x := images(400, 300, 0)
		x.Set(123, 217, bad)
		if _, err := (decomposition.PCA{Components: 3}).Fit(ctx, &dataset.Unlabeled{X: x}); !errors.Is(err, dataset.ErrNotFinite) {
			t.Errorf("%v: error %v", bad, err)
		}
	}
}

// TestPCAIdenticalRows: no variance anywhere, and still orthonormal components.
func TestPCAIdenticalRows(t *testing.T) {
	for _, p := range []int{1, 5, 260} {
		if p > 5 && testing.Short() {
			continue
		}
		x := mat.NewDense(265, p, nil)
		x.Apply(func(_, j int, _ float64) float64 { return 0.1 + 1e6*float64(j) }, x)
		for _, solver := range []decomposition.Solver{decomposition.SolverAuto, decomposition.SolverCovariance, decomposition.SolverSVD, decomposition.SolverRandomized} {
			m := fitPCA(t, decomposition.PCA{Components: 1, Solver: solver}, x)
			checkOrthonormal(t, m.Components)
			if v := m.ExplainedVariance[0]; !(v >= 0 && v < 1e-18*(1+1e12*float64(p*p))) {
				t.Errorf("%d features, solver %v: variance %v", p, solver, v)
			}
			if r := m.ExplainedVarianceRatio[0]; !(r >= 0 && r <= 1) {
				t.Errorf("%d features, solver %v: ratio %v", p, solver, r)
			}
		}
	}
}
