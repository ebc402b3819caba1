package dataset_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// near fails the test if got is further from want than tolerance.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v ± %v", what, got, want, tolerance)
	}
}

// ofClass returns the values of a feature in the samples of class k.
func ofClass(d *dataset.Classification, k, feature int) []float64 {
	var values []float64
	for i, y := range d.Y {
		if y == k {
			values = append(values, d.X.At(i, feature))
		}
	}
	return values
}

func TestMakeBlobs(t *testing.T) {
	centers := mat.NewDense(2, 3, []float64{-5, 0, 5, 1, 2, 3})
	d, err := dataset.MakeBlobs(dataset.Blobs{Samples: 20001, Centers: centers, Deviation: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if counts := dataset.ClassCounts(d); !slices.Equal(counts, []int{10001, 10000}) {
		t.Errorf("counts %v", counts)
	}
	for k := range 2 {
		for j := range 3 {
			mean, sd := stat.MeanStdDev(ofClass(d, k, j), nil)
			near(t, "mean", mean, centers.At(k, j), 0.1)
			near(t, "deviation", sd, 2, 0.1)
		}
	}

	// Drawn centres are uniform in [-10, 10).
	d, err = dataset.MakeBlobs(dataset.Blobs{Samples: 3000, Clusters: 3000, Features: 1, Deviation: 1e-9})
	if err != nil {
		t.Fatal(err)
	}
	x := mat.Col(nil, 0, d.X)
	mean, sd := stat.MeanStdDev(x, nil)
	near(t, "mean of the centres", mean, 0, 0.4)
	near(t, "deviation of the centres", sd, 20/math.Sqrt(12), 0.3)
	if floats.Min(x) < -10.1 || floats.Max(x) > 10.1 {
		t.Errorf("centres from %v to %v", floats.Min(x), floats.Max(x))
	}

	d, err = dataset.MakeBlobs(dataset.Blobs{})
	if err != nil {
		t.Fatal(err)
	}
	if n, p := d.Dims(); n != 100 || p != 2 || !slices.Equal(dataset.ClassCounts(d), []int{34, 33, 33}) || slices.IsSorted(d.Y) {
		t.Errorf("by default %d × %d, %v", n, p, d.Y)
	}
}

func TestMakeMoonsAndCircles(t *testing.T) {
	moons, err := dataset.MakeMoons(dataset.Moons{Samples: 201})
	if err != nil {
		t.Fatal(err)
	}
	circles, err := dataset.MakeCircles(dataset.Circles{Samples: 201, Factor: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*dataset.Classification{moons, circles} {
		if counts := dataset.ClassCounts(d); !slices.Equal(counts, []int{100, 101}) {
			t.Errorf("counts %v", counts)
		}
	}
	for i, k := range moons.Y {
		x, y := moons.X.At(i, 0), moons.X.At(i, 1)
		if k == 1 {
			x, y = 1-x, 0.5-y
		}
		near(t, "radius", math.Hypot(x, y), 1, 1e-12)
		if y < -1e-12 {
			t.Error("a point on the wrong half")
		}
	}
	for i, k := range circles.Y {
		near(t, "radius", mat.Norm(circles.X.RowView(i), 2), 1-0.5*float64(k), 1e-12)
	}
	// The ends of a half circle are points of it, the circle has each point once.
	near(t, "left end", floats.Min(ofClass(moons, 0, 0)), -1, 1e-12)
	x := ofClass(circles, 0, 0)
	near(t, "sum of evenly spaced points", floats.Sum(x), 0, 1e-12)

	noisy, err := dataset.MakeCircles(dataset.Circles{Samples: 20000, Noise: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	squares := 0.0
	for i, k := range noisy.Y {
		if k == 0 {
			squares += math.Pow(mat.Norm(noisy.X.RowView(i), 2), 2)
		}
	}
	near(t, "mean square of the radius", squares/10000, 1+2*0.01, 0.01)
}

func TestMakeClassification(t *testing.T) {
	d, err := dataset.MakeClassification(dataset.ClassificationProblem{
		Samples: 4000, Features: 12, Informative: 4, Redundant: 3, Repeated: 2, Classes: 3, ClustersPerClass: 2,
		Proportions: []float64{2, 1, 1}, ClassSep: 3, Ordered: true, Seed: 3,
	})
	if err != nil {
		t.Fatal(err)
	}
	if counts := dataset.ClassCounts(d); !slices.Equal(counts, []int{2000, 1000, 1000}) {
		t.Errorf("counts %v", counts)
	}
	// Redundant and repeated features add nothing to the rank, noise does.
	var svd mat.SVD
	for columns, rank := range map[int]int{4: 4, 7: 4, 9: 4, 12: 7} {
		if !svd.Factorize(d.X.Slice(0, 4000, 0, columns), mat.SVDNone) {
			t.Fatal("no singular values")
		}
		if got := svd.Rank(1e-10); got != rank {
			t.Errorf("the first %d features are of rank %d, want %d", columns, got, rank)
		}
	}
	for j := 9; j < 12; j++ {
		mean, sd := stat.MeanStdDev(mat.Col(nil, j, d.X), nil)
		near(t, "mean of noise", mean, 0, 0.06)
		near(t, "deviation of noise", sd, 1, 0.05)
	}

	// One cluster per class: its mean is a corner.
	d, err = dataset.MakeClassification(dataset.ClassificationProblem{
		Samples: 20000, Features: 2, Classes: 4, ClustersPerClass: 1, ClassSep: 5, Ordered: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	corners := map[[2]bool]bool{}
	for k := range 4 {
		x, y := stat.Mean(ofClass(d, k, 0), nil), stat.Mean(ofClass(d, k, 1), nil)
		near(t, "corner", math.Abs(x), 5, 0.1)
		near(t, "corner", math.Abs(y), 5, 0.1)
		corners[[2]bool{x > 0, y > 0}] = true
	}
	if len(corners) != 4 {
		t.Error("two clusters share a corner")
	}

	flipped, err := dataset.MakeClassification(dataset.ClassificationProblem{Samples: 20000, Features: 2, ClustersPerClass: 1, ClassSep: 100, FlipY: 0.3, Ordered: true})
	if err != nil {
		t.Fatal(err)
	}
	// Two clusters, far apart: 15 % of the labels are those of the other.
	side := make([]float64, 0, 20000)
	for i, k := range flipped.Y {
		x := flipped.X.RawRowView(i)
		first := flipped.X.RawRowView(0)
		if (x[0]*first[0] > 0 && x[1]*first[1] > 0) == (k == flipped.Y[0]) {
			side = append(side, 1)
		} else {
			side = append(side, 0)
		}
	}
	rate := stat.Mean(side, nil)
	near(t, "rate of flipped labels", min(rate, 1-rate), 0.15, 0.02)
}

func TestMakeRegression(t *testing.T) {
	d, coef, err := dataset.MakeRegression(dataset.RegressionProblem{Samples: 500, Features: 20, Informative: 5, Bias: 7, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	informative := 0
	for _, c := range coef {
		if c != 0 {
			informative++
		}
		if c < 0 || c >= 100 {
			t.Errorf("coefficient %v", c)
		}
	}
	if informative != 5 {
		t.Errorf("%d informative features", informative)
	}
	for i, y := range d.Y {
		near(t, "target", y, 7+floats.Dot(coef, d.X.RawRowView(i)), 1e-9)
	}
	noisy, coef, err := dataset.MakeRegression(dataset.RegressionProblem{Samples: 20000, Features: 3, Noise: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i := range noisy.Y {
		noisy.Y[i] -= floats.Dot(coef, noisy.X.RawRowView(i))
	}
	mean, sd := stat.MeanStdDev(noisy.Y, nil)
	near(t, "mean of the noise", mean, 0, 0.06)
	near(t, "deviation of the noise", sd, 2, 0.05)

	low, _, err := dataset.MakeRegression(dataset.RegressionProblem{Samples: 60, Features: 40, EffectiveRank: 5, TailStrength: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	var svd mat.SVD
	if !svd.Factorize(low.X, mat.SVDNone) {
		t.Fatal("no singular values")
	}
	for i, s := range svd.Values(nil) {
		r := float64(i) / 5
		near(t, "singular value", s, 0.9*math.Exp(-r*r)+0.1*math.Exp(-0.1*r), 1e-12)
	}
}

func TestMakeFriedman1(t *testing.T) {
	d, err := dataset.MakeFriedman1(dataset.Friedman1{Samples: 20000, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	for j := range 10 {
		x := mat.Col(nil, j, d.X)
		mean, sd := stat.MeanStdDev(x, nil)
		near(t, "mean", mean, 0.5, 0.01)
		near(t, "deviation", sd, 1/math.Sqrt(12), 0.01)
	}
	x := d.X.RawRowView(3)
	near(t, "target", d.Y[3], 10*math.Sin(math.Pi*x[0]*x[1])+20*math.Pow(x[2]-0.5, 2)+10*x[3]+5*x[4], 1e-12)
	near(t, "correlation with x₃", stat.Correlation(mat.Col(nil, 3, d.X), d.Y, nil), 0.59, 0.03)
	near(t, "correlation with x₉", stat.Correlation(mat.Col(nil, 9, d.X), d.Y, nil), 0, 0.03)
}

func TestMakeIsSeeded(t *testing.T) {
	data := func(seed uint64) [][]float64 {
		blobs, err1 := dataset.MakeBlobs(dataset.Blobs{Seed: seed})
		moons, err2 := dataset.MakeMoons(dataset.Moons{Noise: 1, Seed: seed})
		classes, err3 := dataset.MakeClassification(dataset.ClassificationProblem{Seed: seed})
		linear, _, err4 := dataset.MakeRegression(dataset.RegressionProblem{Seed: seed})
		friedman, err5 := dataset.MakeFriedman1(dataset.Friedman1{Seed: seed})
		if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
			t.Fatal(err)
		}
		return [][]float64{blobs.X.RawMatrix().Data, moons.X.RawMatrix().Data, classes.X.RawMatrix().Data, linear.X.RawMatrix().Data, friedman.X.RawMatrix().Data}
	}
	one, again, two := data(1), data(1), data(2)
	for i := range one {
		if !slices.Equal(one[i], again[i]) || slices.Equal(one[i], two[i]) {
			t.Errorf("generator %d is not a function of the seed", i)
		}
	}
}

func TestMakeRefuses(t *testing.T) {
	for field, make := range map[string]func() (any, error){
		"Samples":  func() (any, error) { return dataset.MakeBlobs(dataset.Blobs{Samples: -1}) },
		"Features": func() (any, error) { return dataset.MakeBlobs(dataset.Blobs{Features: math.MaxInt}) },
		"Clusters": func() (any, error) { return dataset.MakeBlobs(dataset.Blobs{Clusters: 101}) },
		"Centers": func() (any, error) {
			return dataset.MakeBlobs(dataset.Blobs{Features: 3, Centers: mat.NewDense(1, 1, nil)})
		},
		"Deviation":   func() (any, error) { return dataset.MakeBlobs(dataset.Blobs{Deviation: -1}) },
		"Noise":       func() (any, error) { return dataset.MakeMoons(dataset.Moons{Noise: math.MaxFloat64}) },
		"Factor":      func() (any, error) { return dataset.MakeCircles(dataset.Circles{Factor: 1}) },
		"Informative": func() (any, error) { return dataset.MakeClassification(dataset.ClassificationProblem{Classes: 3}) },
		"Redundant":   func() (any, error) { return dataset.MakeClassification(dataset.ClassificationProblem{Redundant: 19}) },
		"ClustersPerClass": func() (any, error) {
			return dataset.MakeClassification(dataset.ClassificationProblem{ClustersPerClass: math.MaxInt})
		},
		"FlipY": func() (any, error) { return dataset.MakeClassification(dataset.ClassificationProblem{FlipY: 2}) },
		"Proportions": func() (any, error) {
			return dataset.MakeClassification(dataset.ClassificationProblem{Proportions: []float64{0, 0}})
		},
		"TailStrength": func() (any, error) {
			_, _, err := dataset.MakeRegression(dataset.RegressionProblem{TailStrength: -1})
			return nil, err
		},
		"Bias": func() (any, error) {
			_, _, err := dataset.MakeRegression(dataset.RegressionProblem{Bias: math.Inf(1)})
			return nil, err
		},
	} {
		_, err := make()
		var parameter *dataset.ParamError
		if !errors.As(err, &parameter) || parameter.Field != field {
			t.Errorf("%s: err = %v", field, err)
		}
	}
	if _, err := dataset.MakeFriedman1(dataset.Friedman1{Features: 4}); err == nil {
		t.Error("Friedman1 of 4 features")
	}
	if _, err := dataset.MakeBlobs(dataset.Blobs{Centers: mat.NewDense(1, 1, []float64{math.NaN()})}); !errors.Is(err, dataset.ErrNotFinite) {
		t.Error("a centre of NaN")
	}
	if _, err := dataset.MakeBlobs(dataset.Blobs{Centers: new(mat.Dense)}); err == nil {
		t.Error("no centres")
	}
}
