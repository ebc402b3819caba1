package linear

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Whenever a logistic regression says that it has converged, its gradient is as small
// as Tol says, or with an L1 penalty the distance of zero to the subdifferential is,
// and its objective as near to the minimum, of which the duality gap of a closer
// solution is the witness. All is computed here from the definition.
func TestLogisticOptimality(t *testing.T) {
	ctx := context.Background()
	all, converged := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		l := Logistic{
			C:           math.Pow(10, rapid.Float64Range(-3, 3).Draw(rt, "log10 C")),
			NoIntercept: rapid.Bool().Draw(rt, "no intercept"),
			Tol:         math.Pow(10, rapid.Float64Range(-9, -3).Draw(rt, "log10 tol")),
			MaxIter:     200,
		}
		switch rapid.SampledFrom([]string{"none", "L2", "L2", "elastic net", "L1"}).Draw(rt, "penalty") {
		case "none":
			l.C = math.Inf(1)
		case "elastic net":
			l.L1Ratio = rapid.Float64Range(0.05, 0.95).Draw(rt, "ratio")
		case "L1":
			l.L1Ratio = 1
		}
		l.Solver = rapid.SampledFrom([]Solver{SolverAuto, SolverNewtonCholesky, SolverLBFGS}).Draw(rt, "solver")
		if l.L1Ratio > 0 {
			l.Solver = SolverProximalNewton
		}
		anyScale := l.L1Ratio == 0 && rapid.Bool().Draw(rt, "any scale")
		ds, classes := drawClasses(rt, !l.NoIntercept, anyScale)
		weights := make([]float64, len(ds.Y))
		for i := range weights {
			weights[i] = ds.Weight(i)
		}
		switch rapid.SampledFrom([]string{"equal", "given", "balanced"}).Draw(rt, "class weights") {
		case "given":
			l.ClassWeights = make([]float64, classes)
			for k := range l.ClassWeights {
				l.ClassWeights[k] = math.Pow(10, rapid.Float64Range(-1, 1).Draw(rt, "log10 class weight"))
			}
			for i, k := range ds.Y {
				weights[i] *= l.ClassWeights[k]
			}
		case "balanced":
			l.Balanced = true
			ofClass := make([]float64, classes)
			for i, k := range ds.Y {
				ofClass[k] += weights[i] / sum(weights)
			}
			for i, k := range ds.Y {
				weights[i] /= float64(classes) * ofClass[k]
			}
		}
		strength := 1 / (l.C * sum(weights))
		o := newDefinition(ds.X, weights, !l.NoIntercept, strength*l.L1Ratio, strength*(1-l.L1Ratio), softmaxOf(ds.Y, classes))

		fit, err := l.Fit(ctx, ds)
		if err != nil {
			rt.Fatal(err)
		}
		// Where the fit stands, what it says of that is right.
		closer := l
		closer.Tol = min(1e-11, l.Tol)
		closest, err := closer.Fit(ctx, ds)
		if err != nil {
			rt.Fatal(err)
		}
		e, best := o.at(fit.Coef, fit.Intercept), o.point(closest.Coef, closest.Intercept)
		if rounding := o.roundingAt(e); !(e.value-best.value <= fit.DualGap+rounding) {
			rt.Errorf("%g above the minimum, DualGap %g", e.value-best.value, fit.DualGap)
		}
		if all++; !fit.Converged {
			return
		}
		converged++
		// On features of any scale the penalty may be too weak for the gap to tell anything.
		if strength > 0 && !anyScale && !(fit.DualGap <= l.Tol*fit.Objective+o.roundingOfGap(e)) {
			rt.Errorf("DualGap %g, objective %g, tolerance %g", fit.DualGap, fit.Objective, l.Tol)
		}
		// What is held to Tol/1000 is an estimate.
		excess := l.Tol / 100 * fit.Objective
		if strength == 0 && l.Solver == SolverLBFGS {
			excess = math.Inf(1) // a bad one, in directions that are nearly flat
		}
		o.check(rt, fit.Convergence, fit.Coef, fit.Intercept, l.Tol, excess, best)
	})
	if converged < all/2 {
		t.Errorf("%d of %d converged", converged, all)
	}
}

// The same for generalised linear models, whose tolerance is in units of the loss at
// the mean of the targets.
func TestGLMOptimality(t *testing.T) {
	ctx := context.Background()
	all, converged := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		n, p := rapid.IntRange(3, 60).Draw(rt, "n"), rapid.IntRange(1, 6).Draw(rt, "p")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		g := Tweedie{
			Power:       rapid.SampledFrom([]float64{1, 1.001, 1.5, 1.999, 2, 2.5, 3}).Draw(rt, "power"),
			Alpha:       math.Pow(10, rapid.Float64Range(-4, 2).Draw(rt, "log10 alpha")),
			NoIntercept: rapid.Bool().Draw(rt, "no intercept"),
			Tol:         math.Pow(10, rapid.Float64Range(-9, -3).Draw(rt, "log10 tol")),
		}
		if g.Power > 2 {
			g.NoIntercept = false // far from the targets, where a line through the origin may be, the loss is not convex
		}
		unit := math.Pow(10, rapid.Float64Range(-4, 4).Draw(rt, "log10 unit"))
		noise := rapid.SampledFrom([]float64{1e-3, 0.3, 1}).Draw(rt, "noise")
		ds := &dataset.Regression{X: drawFeatures(rt, rng, n, p, !g.NoIntercept, true), Y: make([]float64, n), Weights: drawWeights(rt, rng, n)}
		for i := range ds.Y {
			mu := unit * math.Exp(noise*rng.NormFloat64())
			if ds.Y[i] = mu; g.Power < 2 && noise == 1 && rng.IntN(3) == 0 {
				ds.Y[i] = 0
			}
		}
		ds.Y[0] = unit
		if rapid.IntRange(0, 3).Draw(rt, "penalised") == 0 {
			g.Alpha, g.NoPenalty = 0, true
		}
		weights := make([]float64, n)
		mean := 0.0
		for i := range weights {
			weights[i] = ds.Weight(i)
		}
		for i, y := range ds.Y {
			mean += weights[i] / sum(weights) * y
		}
		o := newDefinition(ds.X, weights, !g.NoIntercept, 0, g.Alpha, devianceOf(ds.Y, g.Power))
		o.unit = math.Pow(mean, 2-g.Power)
		if g.Power != 1 && g.Power != 2 {
			o.rounding *= 1 + 1/math.Abs(2-g.Power) + 1/(g.Power-1) // of the terms of the deviance
		}
		null := 2 * o.at(mat.NewDense(1, p, nil), []float64{math.Log(mean)}).value

		fit, err := g.Fit(ctx, ds)
		if err != nil {
			rt.Fatal(err)
		}
		if all++; !fit.Converged {
			return
		}
		converged++
		closer := g
		closer.Tol = 1e-11
		best, err := closer.Fit(ctx, ds)
		if err != nil {
			rt.Fatal(err)
		}
		excess := 10 * g.Tol / 1000 * null
		if g.NoIntercept {
			excess *= 10 // a line through the origin may fit so badly that the loss is far from quadratic
		}
		o.check(rt, fit.Convergence, mat.NewDense(1, p, fit.Coef), []float64{fit.Intercept}, g.Tol, excess, o.point(mat.NewDense(1, p, best.Coef), []float64{best.Intercept}))
	})
	if converged < all/2 {
		t.Errorf("%d of %d converged", converged, all)
	}
}

func drawClasses(rt *rapid.T, intercept, anyScale bool) (*dataset.Classification, int) {
	classes := rapid.IntRange(2, 4).Draw(rt, "classes")
	n, p := rapid.IntRange(classes, 60).Draw(rt, "n"), rapid.IntRange(1, 8).Draw(rt, "p")
	switch rapid.IntRange(0, 29).Draw(rt, "shape") {
	case 28:
		n, p, classes = 1800, 30, 2 // enough to begin with a sample of the rows
	case 29:
		n, p, classes = 40, minFeatures+20, 2 // enough for working sets
	}
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
	ds := &dataset.Classification{X: drawFeatures(rt, rng, n, p, intercept, anyScale && n*p <= 1000), Y: make([]int, n), Weights: drawWeights(rt, rng, n)}
	signal := rapid.SampledFrom([]float64{0, 1, 5}).Draw(rt, "signal")
	for i := range ds.Y {
		z := signal * (ds.X.At(i, 0) - ds.X.At(0, 0)) / (math.Abs(ds.X.At(n-1, 0)-ds.X.At(0, 0)) + 1e-9)
		ds.Y[i] = int(max(0, min(float64(classes-1), math.Round(z+rng.NormFloat64()+float64(classes-1)/2))))
	}
	for k := range classes { // of each class there is a sample with a positive weight
		if ds.Y[k] = k; ds.Weights != nil {
			ds.Weights[k] += 0.5
		}
	}
	return ds, classes
}

// drawFeatures draws features as they come: of unlike scale, far from zero, some constant
// or repeated.
func drawFeatures(rt *rapid.T, rng *rand.Rand, n, p int, intercept, anyScale bool) *mat.Dense {
	x := mat.NewDense(n, p, nil)
	scale := rapid.SampledFrom([]float64{0, 0, 2, 9}).Draw(rt, "log10 scales")
	offset := rapid.SampledFrom([]float64{0, 0, 20, 1000}).Draw(rt, "offsets")
	if !intercept {
		offset = min(offset, 20) // farther off they say the same
	}
	if !anyScale {
		scale, offset = min(scale, 2), min(offset, 20)
	}
	degenerate := rapid.SampledFrom([]string{"none", "none", "constant", "repeated"}).Draw(rt, "degenerate")
	for j := range p {
		factor, shift := math.Pow(10, scale*(2*rng.Float64()-1)), offset*rng.Float64()
		for i := range n {
			x.Set(i, j, factor*(shift+rng.NormFloat64()))
			switch {
			case j > 0 && degenerate == "constant" && j%3 == 1:
				x.Set(i, j, factor)
			case j > 0 && degenerate == "repeated" && j%3 == 1:
				x.Set(i, j, x.At(i, j-1))
			}
		}
	}
	return x
}

func drawWeights(rt *rapid.T, rng *rand.Rand, n int) []float64 {
	kind := rapid.SampledFrom([]string{"none", "positive", "some zero"}).Draw(rt, "weights")
	if kind == "none" {
		return nil
	}
	w := make([]float64, n)
	for i := range w {
		if w[i] = math.Exp(rng.NormFloat64()); kind == "some zero" && i > 0 && rng.IntN(3) == 0 {
			w[i] = 0
		}
	}
	return w
}

// definition is the objective Σ wᵢ lossᵢ(b + B xᵢ) + λ₁‖B‖₁ + ½λ₂‖B‖², Σ wᵢ = 1, by its formula.
type definition struct {
	x       *mat.Dense
	weights []float64
	pointwise
	intercept    bool
	l1, l2       float64
	unit         float64   // of the loss
	centre, size []float64 // that standardise the features
	other        []float64 // a centre that the solvers might take instead
	roughness    float64   // of size, as the solvers know it
	rounding     float64   // of the value, relative
}

// pointwise is the loss of sample i with the linear predictors z, one per row of B. It
// writes the derivatives in them to slope and the second derivatives to curvature, rows × rows.
type pointwise struct {
	rows int
	loss func(i int, z, slope, curvature []float64) float64
}

func newDefinition(x *mat.Dense, weights []float64, intercept bool, l1, l2 float64, loss pointwise) *definition {
	n, p := x.Dims()
	o := &definition{x: x, pointwise: loss, intercept: intercept, l1: l1, l2: l2, unit: 1, rounding: 1e-13}
	total := sum(weights)
	for _, w := range weights {
		o.weights = append(o.weights, w/total)
	}
	o.centre, o.size = make([]float64, p), make([]float64, p)
	o.roughness = 1
	if n > 512 {
		o.roughness = 1.3 // the solvers look at a sample
	}
	moved := false
	for j := range p {
		column := mat.Col(nil, j, x)
		mean := sum(column) / float64(n)
		for _, v := range column {
			o.size[j] += (v - mean) * (v - mean) / float64(n)
		}
		o.size[j] = math.Sqrt(o.size[j])
		if o.centre[j] = mean; !intercept {
			o.size[j] = math.Hypot(o.size[j], mean)
		} else if o.size[j] <= 1e-13*math.Abs(mean) {
			o.size[j] = math.Abs(mean)
		}
		moved = moved || math.Abs(mean) > maxOffset*o.size[j] || o.size[j] > maxScale || o.size[j] < 1.0/maxScale
	}
	o.other = make([]float64, p)
	if !intercept {
		o.centre = o.other
	} else if !moved {
		o.centre, o.other = o.other, o.centre
	}
	return o
}

func softmaxOf(y []int, classes int) pointwise {
	if classes == 2 {
		return pointwise{1, func(i int, z, slope, curvature []float64) float64 {
			s := float64(2*y[i] - 1)
			wrong := 1 / (1 + math.Exp(s*z[0]))
			slope[0], curvature[0] = -s*wrong, wrong*(1-wrong)
			return math.Log1p(math.Exp(-math.Abs(z[0]))) + max(-s*z[0], 0)
		}}
	}
	return pointwise{classes, func(i int, z, slope, curvature []float64) float64 {
		largest, total := math.Inf(-1), 0.0
		for _, v := range z {
			largest = max(largest, v)
		}
		for k, v := range z {
			slope[k] = math.Exp(v - largest)
			total += slope[k]
		}
		for k := range z {
			slope[k] /= total
		}
		for a, p := range slope {
			for b, q := range slope {
				curvature[a*classes+b] = -p * q
			}
			curvature[a*classes+a] += p
		}
		slope[y[i]]--
		return math.Log(total) + largest - z[y[i]]
	}}
}

// devianceOf is half the unit deviance.
func devianceOf(y []float64, power float64) pointwise {
	return pointwise{1, func(i int, z, slope, curvature []float64) float64 {
		y, mu := y[i], math.Exp(z[0])
		a, b := y*math.Exp((1-power)*z[0]), math.Exp((2-power)*z[0])
		slope[0], curvature[0] = b-a, (2-power)*b+(power-1)*a
		switch {
		case power == 1 && y == 0:
			return mu
		case power == 1:
			return mu - y + y*math.Log(y/mu)
		case power == 2:
			return y/mu - 1 - math.Log(y/mu)
		}
		return math.Pow(y, 2-power)/((1-power)*(2-power)) - a/(1-power) + b/(2-power)
	}}
}

// evaluation is what is known of a definition at a point.
type evaluation struct {
	value       float64
	coef, slope *mat.Dense // B; the derivative of the averaged loss without penalty
	slope0      []float64  // that for the intercepts
	curvature0  *mat.Dense // and the second one
	intercept   []float64
	terms       float64 // mean sum of the magnitudes that z is a sum of
}

func (o *definition) at(coef *mat.Dense, intercept []float64) *evaluation {
	n, p := o.x.Dims()
	e := &evaluation{coef: coef, intercept: intercept, slope: mat.NewDense(o.rows, p, nil), slope0: make([]float64, o.rows), curvature0: mat.NewDense(o.rows, o.rows, nil)}
	z, slope, curvature := make([]float64, o.rows), make([]float64, o.rows), make([]float64, o.rows*o.rows)
	for i := range n {
		for k := range z {
			z[k] = intercept[k]
			e.terms += o.weights[i] * math.Abs(z[k])
			for j, b := range coef.RawRowView(k) {
				z[k] += b * o.x.At(i, j)
				e.terms += o.weights[i] * math.Abs(b*o.x.At(i, j))
			}
		}
		e.value += o.weights[i] * o.loss(i, z, slope, curvature)
		for k, s := range slope {
			axpy(o.weights[i]*s, o.x.RawRowView(i), e.slope.RawRowView(k))
		}
		axpy(o.weights[i], slope, e.slope0)
		axpy(o.weights[i], curvature, e.curvature0.RawMatrix().Data)
	}
	for _, b := range coef.RawMatrix().Data {
		e.value += o.l1*math.Abs(b) + o.l2/2*b*b
	}
	return e
}

// point is at for the intercepts that are best with the coefficients.
func (o *definition) point(coef *mat.Dense, intercept []float64) *evaluation {
	e := o.at(coef, intercept)
	for step := 0; o.intercept && step < 30; step++ {
		h := mat.DenseCopyOf(e.curvature0)
		if o.rows > 1 { // the same for all classes changes nothing
			h.Apply(func(_, _ int, v float64) float64 { return v + e.curvature0.At(0, 0) }, h)
		}
		var newton mat.VecDense
		if err := newton.SolveVec(h, mat.NewVecDense(o.rows, e.slope0)); err != nil {
			break
		}
		next := make([]float64, o.rows)
		for k := range next {
			next[k] = e.intercept[k] - newton.AtVec(k)
		}
		better := o.at(coef, next)
		if norm2(better.slope0) >= norm2(e.slope0) {
			break
		}
		e = better
	}
	return e
}

// gap returns the duality gap, which bounds how far the value at e is above the
// minimum. For the dual point made of the derivatives of the losses, which is feasible
// where those in the intercepts vanish, Fenchel's inequality is an equality in the loss:
// what remains is that of the penalty, coefficient by coefficient, of which an L1 penalty
// alone is at the minimum no more than the value here.
func (o *definition) gap(e *evaluation) float64 {
	if o.l1 == 0 && o.l2 == 0 {
		return math.Inf(1)
	}
	gap, largest := 0.0, 0.0
	for j, b := range e.coef.RawMatrix().Data {
		g := e.slope.RawMatrix().Data[j]
		beyond := max(math.Abs(g)-o.l1, 0)
		largest = max(largest, beyond)
		gap += o.l1*math.Abs(b) + o.l2/2*b*b + b*g
		if o.l2 > 0 {
			gap += beyond * beyond / (2 * o.l2)
		}
	}
	if o.l2 == 0 {
		gap += largest * e.value / o.l1
	}
	return gap
}

// roundingAt is what of the value may be due to rounding.
func (o *definition) roundingAt(e *evaluation) float64 {
	return o.rounding * (e.value + o.unit*(1+e.terms))
}

// roundingOfGap is what of the duality gap may be due to rounding of the gradient.
func (o *definition) roundingOfGap(e *evaluation) float64 {
	whole, bounded, beyond := 0.0, 0.0, 0.0
	for k := range o.rows {
		for j, s := range o.size {
			r := o.rounding * (1 + e.terms) * math.Hypot(s, o.centre[j])
			whole += r * r / (2 * o.l2)
			bounded += r * math.Abs(e.coef.At(k, j))
			beyond = max(beyond, r/o.l1)
		}
	}
	if o.l1 > 0 {
		whole = min(whole, bounded+beyond*e.value)
	}
	return whole
}

// violation returns by how much the optimality conditions are violated at most, per
// coefficient of standardised features.
func (o *definition) violation(e *evaluation) (largest float64) {
	for k := range o.rows {
		if o.intercept {
			largest = max(largest, math.Abs(e.slope0[k]))
		}
		for j, s := range o.size {
			b := e.coef.At(k, j)
			g := e.slope.At(k, j) - o.centre[j]*e.slope0[k] + o.l2*b
			switch {
			case b > 0:
				g += o.l1
			case b < 0:
				g -= o.l1
			default:
				g = max(math.Abs(g)-o.l1, 0)
			}
			largest = max(largest, math.Abs(g/s))
		}
	}
	return largest
}

// check holds a converged fit to its tolerance and to an excess of the objective.
func (o *definition) check(rt *rapid.T, c model.Convergence, coef *mat.Dense, intercept []float64, tolerance, excess float64, best *evaluation) {
	e := o.at(coef, intercept)
	rounding := o.roundingAt(e)
	if !(math.Abs(e.value-c.Objective) <= 10*rounding) {
		rt.Errorf("Objective %v, by the definition %v", c.Objective, e.value)
	}
	worst := o.violation(e)
	if len(o.weights) > 512 { // by a sample the solvers may have decided otherwise
		o.centre, o.other = o.other, o.centre
		worst = min(worst, o.violation(e))
	}
	if !(worst <= o.roughness*tolerance*o.unit+100*rounding) {
		rt.Errorf("optimality violated by %g, tolerance %g", worst/o.unit, tolerance)
	}
	above := e.value - best.value
	if gap := o.gap(best); gap < excess { // with a weak penalty it tells little
		above += gap
	}
	if !(above <= excess+rounding) {
		rt.Errorf("%g above the minimum, want at most %g but for rounding", above, excess)
	}
}
