package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
)

// maxValues bounds the size of generated data, so that a parameter that is
// wildly too large is an error and not the end of the program.
const maxValues = min(1<<31, math.MaxInt/8)

// Blobs describes Gaussian clusters around random centres. The zero value means
// 100 samples in 3 clusters in the plane.
type Blobs struct {
	Samples   int        // 0 means 100
	Features  int        // 0 means 2, or the width of Centers
	Clusters  int        // 0 means 3, or the height of Centers
	Centers   *mat.Dense // the centres, clusters × features; nil means drawn uniformly from [-10, 10)
	Deviation float64    // standard deviation of every feature in a cluster; 0 means 1
	Seed      uint64
}

// MakeBlobs returns samples of isotropic Gaussian clusters of equal size, to
// within one sample; the class of a sample is its cluster. The distribution is
// that of scikit-learn's make_blobs. The error is a [*ParamError].
func MakeBlobs(b Blobs) (*Classification, error) {
	b.Samples = defaultInt(b.Samples, 100)
	clusters, features := 3, 2
	if b.Centers != nil {
		clusters, features = b.Centers.Dims()
	}
	if b.Centers != nil && (b.Clusters != 0 && b.Clusters != clusters || b.Features != 0 && b.Features != features) {
		return nil, &ParamError{Field: "Centers", Value: fmt.Sprintf("%d × %d", clusters, features), Want: fmt.Sprintf("Clusters × Features, which is %d × %d", b.Clusters, b.Features)}
	}
	b.Clusters, b.Features = defaultInt(b.Clusters, clusters), defaultInt(b.Features, features)
	if b.Deviation == 0 {
		b.Deviation = 1
	}
	if err := firstError(
		sizes(b.Samples, b.Features),
		between("Clusters", b.Clusters, 1, b.Samples),
		nonNegative("Deviation", b.Deviation),
	); err != nil {
		return nil, err
	}
	if b.Centers != nil {
		if err := checkCells(b.Centers, nil, false); err != nil {
			return nil, fmt.Errorf("centers: %w", err)
		}
	}

	rng := rand.New(rand.NewPCG(b.Seed, 0))
	centers := b.Centers
	if centers == nil {
		centers = mat.NewDense(b.Clusters, b.Features, nil)
		fill(centers, func() float64 { return 20*rng.Float64() - 10 })
	}
	d := newClasses(b.Samples, b.Features, b.Clusters)
	for i, row := range rng.Perm(b.Samples) {
		k := i % b.Clusters
		d.Y[row] = k
		x := d.X.RawRowView(row)
		for j, c := range centers.RawRowView(k) {
			x[j] = c + b.Deviation*rng.NormFloat64()
		}
	}
	return d, nil
}

// Moons describes two interleaving half circles. The zero value means 100
// samples without noise.
type Moons struct {
	Samples int     // 0 means 100
	Noise   float64 // standard deviation of the Gaussian noise on both coordinates
	Seed    uint64
}

// MakeMoons returns points of the plane on two half circles of radius one: class
// 0 on the upper half around (0, 0), class 1 on the lower around (1, ½). The
// points of each are evenly spaced; class 1 has one more if Samples is odd. The
// distribution is that of scikit-learn's make_moons. The error is a
// [*ParamError].
func MakeMoons(m Moons) (*Classification, error) {
	upper := func(t float64) (x, y float64) { return math.Cos(math.Pi * t), math.Sin(math.Pi * t) }
	lower := func(t float64) (x, y float64) { return 1 - math.Cos(math.Pi*t), 0.5 - math.Sin(math.Pi*t) }
	return curves(m.Samples, m.Noise, m.Seed, true, upper, lower)
}

// Circles describes a circle within a circle. The zero value means 100 samples
// without noise.
type Circles struct {
	Samples int     // 0 means 100
	Factor  float64 // radius of the inner circle, in (0, 1); 0 means 0.8
	Noise   float64 // standard deviation of the Gaussian noise on both coordinates
	Seed    uint64
}

// MakeCircles returns points of the plane on two circles around the origin: class
// 0 on that of radius one, class 1 on that of radius Factor. The points of each
// are evenly spaced; class 1 has one more if Samples is odd. The distribution is
// that of scikit-learn's make_circles. The error is a [*ParamError].
func MakeCircles(c Circles) (*Classification, error) {
	if c.Factor == 0 {
		c.Factor = 0.8
	}
	if !(c.Factor > 0 && c.Factor < 1) {
		return nil, &ParamError{Field: "Factor", Value: c.Factor, Want: "a number between 0 and 1"}
	}
	outer := func(t float64) (x, y float64) { return math.Cos(2 * math.Pi * t), math.Sin(2 * math.Pi * t) }
	inner := func(t float64) (x, y float64) {
		x, y = outer(t)
		return c.Factor * x, c.Factor * y
	}
	return curves(c.Samples, c.Noise, c.Seed, false, outer, inner)
}

// curves returns points on two curves over [0, 1], or [0, 1) for closed ones.
func curves(samples int, noise float64, seed uint64, open bool, curve ...func(t float64) (x, y float64)) (*Classification, error) {
	samples = defaultInt(samples, 100)
	if err := firstError(sizes(samples, 2), between("Samples", samples, 2, maxValues), nonNegative("Noise", noise)); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	d := newClasses(samples, 2, 2)
	for i, row := range rng.Perm(samples) {
		k, of, at := 0, samples/2, i
		if i >= samples/2 {
			k, of, at = 1, samples-samples/2, i-samples/2
		}
		steps := of
		if open {
			steps = max(of-1, 1)
		}
		x, y := curve[k](float64(at) / float64(steps))
		d.Y[row] = k
		d.X.SetRow(row, []float64{x + noise*rng.NormFloat64(), y + noise*rng.NormFloat64()})
	}
	return d, nil
}

// ClassificationProblem describes a classification problem whose classes are unions of
// Gaussian clusters at the corners of a hypercube. The zero value means 100
// samples of 20 features, 2 of them informative, in 2 classes of 2 clusters.
type ClassificationProblem struct {
	Samples          int       // 0 means 100
	Features         int       // 0 means 20
	Informative      int       // features that tell the clusters apart; 0 means 2
	Redundant        int       // features that are linear combinations of the informative ones
	Repeated         int       // features that are copies of informative or redundant ones
	Classes          int       // 0 means 2
	ClustersPerClass int       // clusters of a class; 0 means 2
	Proportions      []float64 // of the classes, in any unit; nil means equal ones
	FlipY            float64   // fraction of samples whose class is then drawn at random
	ClassSep         float64   // half the length of the hypercube's edge; 0 means 1
	Ordered          bool      // features in the order informative, redundant, repeated, noise; else shuffled
	Seed             uint64
}

// MakeClassification returns samples of Gaussian clusters, each with a random
// covariance, at distinct corners of a hypercube in the space of the informative
// features; the other features are combinations and copies of them, and standard
// normal noise. The distribution is that of scikit-learn's make_classification,
// whose defaults differ in having 2 redundant features and 1 % of the classes
// flipped. Source: I. Guyon, "Design of experiments for the NIPS 2003 variable
// selection benchmark" (2003). The error is a [*ParamError].
func MakeClassification(c ClassificationProblem) (*Classification, error) {
	c.Samples, c.Features = defaultInt(c.Samples, 100), defaultInt(c.Features, 20)
	c.Informative, c.Classes, c.ClustersPerClass = defaultInt(c.Informative, 2), defaultInt(c.Classes, 2), defaultInt(c.ClustersPerClass, 2)
	if c.ClassSep == 0 {
		c.ClassSep = 1
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	clusters := c.Classes * c.ClustersPerClass
	counts := c.counts(clusters)
	rng := rand.New(rand.NewPCG(c.Seed, 0))
	columns := make([]int, c.Features) // where each feature goes
	for j := range columns {
		columns[j] = j
	}
	if !c.Ordered {
		rng.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
	}
	symmetric := func() float64 { return 2*rng.Float64() - 1 }
	corners := hypercube(clusters, c.Informative, rng)
	combine := mat.NewDense(c.Informative, max(c.Redundant, 1), nil)
	fill(combine, symmetric)
	originals := make([]int, c.Repeated)
	for j := range originals {
		originals[j] = int(float64(c.Informative+c.Redundant-1)*rng.Float64() + 0.5)
	}

	d := newClasses(c.Samples, c.Features, c.Classes)
	rows := rng.Perm(c.Samples)
	normal := make([]float64, c.Informative)
	x := make([]float64, c.Features)
	spread := mat.NewDense(c.Informative, c.Informative, nil)
	for k, count := range counts {
		fill(spread, symmetric)
		for _, row := range rows[:count] {
			for j := range normal {
				normal[j] = rng.NormFloat64()
			}
			for j := range c.Informative {
				x[j] = c.ClassSep * corners[k][j]
				for i, v := range normal {
					x[j] += v * spread.At(i, j)
				}
			}
			at := c.Informative
			for j := range c.Redundant {
				x[at+j] = 0
				for i, v := range x[:c.Informative] {
					x[at+j] += v * combine.At(i, j)
				}
			}
			at += c.Redundant
			for j, from := range originals {
				x[at+j] = x[from]
			}
			for j := at + c.Repeated; j < c.Features; j++ {
				x[j] = rng.NormFloat64()
			}
			for j, v := range x {
				d.X.Set(row, columns[j], v)
			}
			d.Y[row] = k % c.Classes
			if rng.Float64() < c.FlipY {
				d.Y[row] = rng.IntN(c.Classes)
			}
		}
		rows = rows[count:]
	}
	return d, nil
}

func (c ClassificationProblem) validate() error {
	err := firstError(
		sizes(c.Samples, c.Features),
		between("Informative", c.Informative, 1, c.Features),
		between("Redundant", c.Redundant, 0, c.Features-c.Informative),
		between("Repeated", c.Repeated, 0, c.Features-c.Informative-c.Redundant),
		between("Classes", c.Classes, 1, min(c.Samples, maxClasses)),
		between("ClustersPerClass", c.ClustersPerClass, 1, c.Samples/max(c.Classes, 1)),
		nonNegative("ClassSep", c.ClassSep),
	)
	if err != nil {
		return err
	}
	if corners := c.Classes * c.ClustersPerClass; c.Informative < 62 && corners > 1<<c.Informative {
		return &ParamError{Field: "Informative", Value: c.Informative, Want: fmt.Sprintf("enough features for a corner of the hypercube for each of %d clusters", corners)}
	}
	if !(c.FlipY >= 0 && c.FlipY <= 1) {
		return &ParamError{Field: "FlipY", Value: c.FlipY, Want: "a fraction from 0 to 1"}
	}
	if c.Proportions == nil {
		return nil
	}
	sum := 0.0
	for _, w := range c.Proportions {
		if !(w >= 0) {
			sum = math.NaN()
		}
		sum += w
	}
	if len(c.Proportions) != c.Classes || !(sum > 0) || math.IsInf(sum, 1) {
		return &ParamError{Field: "Proportions", Value: c.Proportions, Want: fmt.Sprintf("%d numbers ≥ 0 that are not all 0", c.Classes)}
	}
	return nil
}

// counts returns the number of samples of each cluster; cluster k is of class
// k mod Classes.
func (c ClassificationProblem) counts(clusters int) []int {
	sum := 0.0
	for _, w := range c.Proportions {
		sum += w
	}
	counts := make([]int, clusters)
	left := c.Samples
	for k := range counts {
		share := 1 / float64(c.Classes)
		if c.Proportions != nil {
			share = c.Proportions[k%c.Classes] / sum
		}
		counts[k] = min(int(float64(c.Samples)*share/float64(c.ClustersPerClass)), left)
		left -= counts[k]
	}
	for k := range left {
		counts[k%clusters]++
	}
	return counts
}

// hypercube returns distinct corners of the cube [-1, 1]^dims.
func hypercube(corners, dims int, rng *rand.Rand) [][]float64 {
	seen := map[string]bool{}
	cube := make([][]float64, 0, corners)
	key := make([]byte, dims)
	for len(cube) < corners {
		corner := make([]float64, dims)
		for j := range corner {
			key[j] = byte(rng.IntN(2))
			corner[j] = 2*float64(key[j]) - 1
		}
		if !seen[string(key)] {
			seen[string(key)] = true
			cube = append(cube, corner)
		}
	}
	return cube
}

// RegressionProblem describes a linear regression problem. The zero value means 100 samples
// of 100 features, 10 of them informative, without noise.
type RegressionProblem struct {
	Samples       int     // 0 means 100
	Features      int     // 0 means 100
	Informative   int     // features with a coefficient that is not zero; 0 means 10, or Features if that is less
	Bias          float64 // added to the target
	EffectiveRank int     // number of directions that explain most of X, see MakeRegression; 0 means independent features
	TailStrength  float64 // weight, in [0, 1], of the other directions
	Noise         float64 // standard deviation of the Gaussian noise on the target
	Ordered       bool    // the informative features come first; else shuffled
	Seed          uint64
}

// MakeRegression returns y = X·coef + Bias + noise, and coef: Informative
// coefficients are drawn uniformly from [0, 100), the others are zero. X is
// standard normal or, with EffectiveRank r, a product of random orthonormal
// matrices and singular values (1-TailStrength)·exp(-(i/r)²) +
// TailStrength·exp(-i/10r). The distribution is that of scikit-learn's
// make_regression, whose tail strength is 0.5 by default. The error is a
// [*ParamError].
func MakeRegression(l RegressionProblem) (d *Regression, coef []float64, err error) {
	l.Samples, l.Features = defaultInt(l.Samples, 100), defaultInt(l.Features, 100)
	l.Informative = min(defaultInt(l.Informative, 10), l.Features)
	if err := firstError(
		sizes(l.Samples, l.Features),
		between("Informative", l.Informative, 1, l.Features),
		between("EffectiveRank", l.EffectiveRank, 0, maxValues),
		nonNegative("Noise", l.Noise),
	); err != nil {
		return nil, nil, err
	}
	if !(l.TailStrength >= 0 && l.TailStrength <= 1) {
		return nil, nil, &ParamError{Field: "TailStrength", Value: l.TailStrength, Want: "a fraction from 0 to 1"}
	}
	if math.IsNaN(l.Bias) || math.IsInf(l.Bias, 0) {
		return nil, nil, &ParamError{Field: "Bias", Value: l.Bias, Want: "a finite number"}
	}

	rng := rand.New(rand.NewPCG(l.Seed, 0))
	d = &Regression{X: mat.NewDense(l.Samples, l.Features, nil), Y: make([]float64, l.Samples)}
	if l.EffectiveRank == 0 {
		fill(d.X, rng.NormFloat64)
	} else {
		lowRank(d.X, float64(l.EffectiveRank), l.TailStrength, rng)
	}
	coef = make([]float64, l.Features)
	for j := range l.Informative {
		coef[j] = 100 * rng.Float64()
	}
	if !l.Ordered {
		rng.Shuffle(len(coef), func(i, j int) { coef[i], coef[j] = coef[j], coef[i] })
	}
	for i := range d.Y {
		d.Y[i] = l.Bias + l.Noise*rng.NormFloat64()
		for j, v := range d.X.RawRowView(i) {
			d.Y[i] += float64(v * coef[j])
		}
	}
	return d, coef, nil
}

// lowRank fills x with a matrix of a bell-shaped and a fat-tailed part of
// singular values.
func lowRank(x *mat.Dense, rank, tail float64, rng *rand.Rand) {
	n, p := x.Dims()
	k := min(n, p)
	u, v := orthonormal(n, k, rng), orthonormal(p, k, rng)
	for i := range k {
		s := (1-tail)*math.Exp(-math.Pow(float64(i)/rank, 2)) + tail*math.Exp(-0.1*float64(i)/rank)
		blas64.Scal(s, blas64.Vector{N: n, Data: u.RawMatrix().Data[i:], Inc: k})
	}
	x.Mul(u, v.T())
}

// orthonormal returns random orthonormal columns.
func orthonormal(n, k int, rng *rand.Rand) *mat.Dense {
	q := mat.NewDense(n, k, nil)
	fill(q, rng.NormFloat64)
	tau := make([]float64, k)
	size := make([]float64, 1)
	lapack64.Geqrf(q.RawMatrix(), tau, size, -1)
	work := make([]float64, max(int(size[0]), k*64))
	lapack64.Geqrf(q.RawMatrix(), tau, work, len(work))
	lapack64.Orgqr(q.RawMatrix(), tau, work, len(work))
	return q
}

// Friedman1 describes Friedman's first regression problem. The zero value means
// 100 samples of 10 features without noise.
type Friedman1 struct {
	Samples  int     // 0 means 100
	Features int     // at least 5; 0 means 10
	Noise    float64 // standard deviation of the Gaussian noise on the target
	Seed     uint64
}

// MakeFriedman1 returns X uniform in [0, 1) and
//
//	y = 10·sin(π·x₀·x₁) + 20·(x₂ - ½)² + 10·x₃ + 5·x₄ + noise
//
// of which the other features are independent. The distribution is that of
// scikit-learn's make_friedman1. Source: J. Friedman, "Multivariate adaptive
// regression splines", The Annals of Statistics 19 (1991), section 4.3. The error
// is a [*ParamError].
func MakeFriedman1(f Friedman1) (*Regression, error) {
	f.Samples, f.Features = defaultInt(f.Samples, 100), defaultInt(f.Features, 10)
	if err := firstError(sizes(f.Samples, f.Features), between("Features", f.Features, 5, maxValues), nonNegative("Noise", f.Noise)); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(f.Seed, 0))
	d := &Regression{X: mat.NewDense(f.Samples, f.Features, nil), Y: make([]float64, f.Samples)}
	fill(d.X, rng.Float64)
	for i := range d.Y {
		x := d.X.RawRowView(i)
		d.Y[i] = 10*math.Sin(math.Pi*x[0]*x[1]) + 20*(x[2]-0.5)*(x[2]-0.5) + 10*x[3] + 5*x[4] + f.Noise*rng.NormFloat64()
	}
	return d, nil
}

func newClasses(samples, features, classes int) *Classification {
	d := &Classification{X: mat.NewDense(samples, features, nil), Y: make([]int, samples)}
	for k := range classes {
		d.Classes = append(d.Classes, strconv.Itoa(k))
	}
	return d
}

func fill(m *mat.Dense, value func() float64) {
	data := m.RawMatrix().Data
	for i := range data {
		data[i] = value()
	}
}

func defaultInt(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

func firstError(errs ...error) error {
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}

func between(field string, v, low, high int) error {
	if v < low || v > high {
		return &ParamError{Field: field, Value: v, Want: fmt.Sprintf("a number from %d to %d", low, high)}
	}
	return nil
}

// nonNegative leaves room for what is drawn on that scale.
func nonNegative(field string, v float64) error {
	if !(v >= 0 && v <= 1e150) {
		return &ParamError{Field: field, Value: v, Want: "a number from 0 to 1e150"}
	}
	return nil
}

func sizes(samples, features int) error {
	if err := firstError(between("Samples", samples, 1, maxValues), between("Features", features, 1, maxValues)); err != nil {
		return err
	}
	if samples > features {
		return between("Samples", samples, 1, maxValues/features)
	}
	return between("Features", features, 1, maxValues/samples)
}
