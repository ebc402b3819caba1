package simd

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

const prec = 240

// bigExp is e^x by the Taylor series of x/2^k, squared k times; |x| < 2000.
func bigExp(x *big.Float) *big.Float {
	const k = 24
	r := new(big.Float).SetPrec(prec).SetMantExp(x, -k)
	sum, term := big.NewFloat(1).SetPrec(prec), big.NewFloat(1).SetPrec(prec)
	for i := 1; i < 20; i++ {
		term.Mul(term, r)
		term.Quo(term, new(big.Float).SetInt64(int64(i)))
		sum.Add(sum, term)
	}
	for range k {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigLog1p is log(1+u), 0 ≤ u ≤ 1, by Newton's method on exp from the float64
// value, which each step makes accurate to twice the digits.
func bigLog1p(u *big.Float) *big.Float {
	one := big.NewFloat(1).SetPrec(prec)
	f, _ := u.Float64()
	if f < 0x1p-80 { // where 1+u would lose digits, u − u²/2 is exact to 160 bits
		square := new(big.Float).SetPrec(prec).Mul(u, u)
		return square.Sub(u, square.SetMantExp(square, -1))
	}
	y := new(big.Float).SetPrec(prec).SetFloat64(math.Log1p(f))
	target := new(big.Float).SetPrec(prec).Add(one, u)
	for range 3 {
		// y += (1+u)·e^−y − 1
		step := bigExp(new(big.Float).Neg(y))
		step.Mul(step, target)
		y.Add(y, step.Sub(step, one))
	}
	return y
}

// ulps is |got−want| in units of the last place of want, those of subnormals at
// the least.
func ulps(got float64, want *big.Float) float64 {
	if w, _ := want.Float64(); w == got {
		// still measured below, unless both are infinite
		if math.IsInf(w, 0) {
			return 0
		}
	}
	exponent := max(want.MantExp(nil)-53, -1074)
	if want.Sign() == 0 {
		exponent = -1074
	}
	d := new(big.Float).SetPrec(prec).SetFloat64(got)
	d.Sub(d, want)
	d.SetMantExp(d, -exponent)
	f, _ := d.Float64()
	return math.Abs(f)
}

// worst applies f to points at the best level (the others agree with it bit for
// bit) and returns the largest error against reference.
func worst(t *testing.T, points []float64, f func(dst, x []float64), reference func(x *big.Float) *big.Float) (err, at float64) {
	t.Helper()
	got := make([]float64, len(points))
	f(got, points)
	for i, x := range points {
		want := reference(new(big.Float).SetPrec(prec).SetFloat64(x))
		if math.IsInf(got[i], 0) || got[i] != got[i] {
			t.Fatalf("f(%v) = %v, want %v", x, got[i], want)
		}
		if e := ulps(got[i], want); e > err {
			err, at = e, x
		}
	}
	return err, at
}

// grid covers [lo, hi] with jittered points, and numbers of all smaller
// magnitudes down to subnormals.
func grid(lo, hi float64, n int) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	var x []float64
	for i := range n {
		x = append(x, lo+(hi-lo)*(float64(i)+r.Float64())/float64(n))
	}
	for e := -1074; e < 9; e += 3 {
		for _, v := range []float64{math.Ldexp(1+r.Float64(), e), -math.Ldexp(1+r.Float64(), e)} {
			if v >= lo && v <= hi {
				x = append(x, v)
			}
		}
	}
	return x
}

func TestExpAccuracy(t *testing.T) {
	n := 8000
	if testing.Short() || raceEnabled {
		n = 500
	}
	for _, c := range []struct {
		name   string
		lo, hi float64
		bound  float64
	}{
		{"all", -745.14, 709.78, 1.1},
		{"about zero", -1, 1, 1.1},
		{"subnormal results", -745.2, -708, 1.1},
	} {
		err, at := worst(t, grid(c.lo, c.hi, n), Exp, bigExp)
		t.Logf("%s: %.3f ulp at %v", c.name, err, at)
		if err > c.bound {
			t.Errorf("%s: %.3f ulp at %v, promised %v", c.name, err, at, c.bound)
		}
	}
}

func TestExpEdges(t *testing.T) {
	const top, bottom = 709.782712893384, -745.1332191019411 // the last that do not overflow, underflow
	x := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), top, math.Nextafter(top, 1000), 1e308, bottom, math.Nextafter(bottom, -1000), -1e308, 5e-324}
	want := []float64{1, 1, math.Inf(1), 0, math.NaN(), 1.797693134862273e308, math.Inf(1), math.Inf(1), 5e-324, 0, 0, 1}
	atLevels(t, func(t *testing.T) {
		got := make([]float64, len(x))
		Exp(got, x)
		for i := range x {
			if !same(got[i], want[i]) && math.Abs(got[i]-want[i]) > 1e-15*want[i] {
				t.Errorf("exp(%v) = %v, want %v", x[i], got[i], want[i])
			}
		}
		Softplus(got, []float64{0, math.Inf(1), math.Inf(-1), math.NaN(), 1e308, -1e308})
		for i, want := range []float64{math.Ln2, math.Inf(1), 0, math.NaN(), 1e308, 0} {
			if !same(got[i], want) {
				t.Errorf("softplus %d: %v, want %v", i, got[i], want)
			}
		}
		probabilities(got, []float64{0, math.Inf(1), math.Inf(-1), math.NaN(), 1e308, -1e308})
		for i, want := range []float64{0.5, 1, 0, math.NaN(), 1, 0} {
			if !same(got[i], want) {
				t.Errorf("sigmoid %d: %v, want %v", i, got[i], want)
			}
		}
	})
}

// probabilities are the residuals of the logistic loss for targets of 0.
func probabilities(dst, z []float64) {
	LogisticDerivatives(dst, make([]float64, len(z)), z, make([]float64, len(z)))
}

func TestSoftplusSigmoidAccuracy(t *testing.T) {
	n := 3000
	if testing.Short() || raceEnabled {
		n = 300
	}
	one := big.NewFloat(1).SetPrec(prec)
	softplus := func(x *big.Float) *big.Float {
		y := bigLog1p(bigExp(new(big.Float).Neg(new(big.Float).Abs(x))))
		if x.Sign() > 0 {
			y.Add(y, x)
		}
		return y
	}
	sigmoid := func(x *big.Float) *big.Float {
		d := bigExp(new(big.Float).Neg(x))
		return d.Quo(one, d.Add(d, one))
	}
	for _, r := range [][2]float64{{-745, 709}, {-40, 40}, {-2, 2}} {
		points := grid(r[0], r[1], n)
		err, at := worst(t, points, Softplus, softplus)
		t.Logf("softplus on %v: %.3f ulp at %v", r, err, at)
		if err > 3 {
			t.Errorf("softplus on %v: %.3f ulp at %v", r, err, at)
		}
		err, at = worst(t, points, probabilities, sigmoid)
		t.Logf("sigmoid on %v: %.3f ulp at %v", r, err, at)
		if err > 4 {
			t.Errorf("sigmoid on %v: %.3f ulp at %v", r, err, at)
		}
	}
}

// TestLogistic compares the fused pass with its parts.
func TestLogistic(t *testing.T) {
	z := grid(-700, 700, 500) // where math.Exp neither overflows nor underflows
	z = append(z, grid(-4, 4, 500)...)
	for _, target := range []float64{0, 1, 0.25} {
		n := len(z)
		y, loss, resid, curv := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range y {
			y[i] = target
		}
		Logistic(loss, resid, curv, z, y)
		first, second := make([]float64, n), make([]float64, n)
		LogisticDerivatives(first, second, z, y)
		if !slices.Equal(first, resid) || !slices.Equal(second, curv) {
			t.Errorf("y=%v: other derivatives without losses", target)
		}
		for i, v := range z {
			p, q := 1/(1+math.Exp(-v)), 1/(1+math.Exp(v))
			wantLoss := math.Log1p(math.Exp(-math.Abs(v))) + (math.Max(v, 0) - target*v)
			wantResid := p - target
			switch target {
			case 0:
				wantResid = p
			case 1:
				wantResid = -q
			}
			for _, c := range [][2]float64{{loss[i], wantLoss}, {resid[i], wantResid}, {curv[i], p * q}} {
				if math.Abs(c[0]-c[1]) > 1e-14*math.Abs(c[1])+5e-324 && math.Abs(c[0]-c[1]) > 1e-14*math.Abs(target*(1-target)) {
					t.Fatalf("z=%v y=%v: got %v, want %v", v, target, c[0], c[1])
				}
			}
		}
	}
}

func TestSoftmax(t *testing.T) {
	atLevels(t, func(t *testing.T) {
		x := []float64{1000, 1001, 999.5}
		p := make([]float64, 3)
		lse := Softmax(p, x)
		s := math.Exp(-1) + 1 + math.Exp(-1.5)
		if want := 1001 + math.Log(s); math.Abs(lse-want) > 1e-12 {
			t.Errorf("log-sum-exp %v, want %v", lse, want)
		}
		for i := range x {
			if want := math.Exp(x[i]-1001) / s; math.Abs(p[i]-want) > 1e-15 {
				t.Errorf("softmax[%d] = %v, want %v", i, p[i], want)
			}
		}
		if got := LogSumExp(p, x); got != lse {
			t.Errorf("LogSumExp %v, Softmax %v", got, lse)
		}
		if got := Softmax(p, []float64{1, math.NaN(), 2}); got == got || p[0] == p[0] || p[2] == p[2] {
			t.Errorf("NaN is lost: %v, %v", got, p)
		}
		if got := Softmax(nil, nil); !math.IsInf(got, -1) {
			t.Errorf("no elements: %v", got)
		}
		if got := LogSumExp(p, []float64{math.Inf(-1), 3}); got != 3 {
			t.Errorf("log(0+e³) = %v", got)
		}
	})
}

func TestSoftmaxRows(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, k := range []int{1, 2, 3, 10, 17, 300} {
		const n = 500
		z, want := make([]float64, n*k), make([]float64, k)
		y, loss := make([]int, n), make([]float64, n)
		for i := range z {
			z[i] = 30 * r.NormFloat64()
		}
		for i := range y {
			y[i] = r.IntN(k)
		}
		p := append([]float64(nil), z...)
		SoftmaxRows(p, k, y, loss)
		for i, class := range y {
			row := z[i*k : i*k+k]
			Softmax(want, row)
			for c := range row {
				if got := p[i*k+c]; math.Abs(got-want[c]) > 1e-14*want[c]+5e-324 {
					t.Fatalf("%d classes, row %d, class %d: %v, Softmax %v", k, i, c, got, want[c])
				}
			}
			others := 0.0 // Σ e^(z[c]−z[class]) but for the class itself
			for c, v := range row {
				if c != class {
					others += math.Exp(v - row[class])
				}
			}
			if want := math.Log1p(others); math.Abs(loss[i]-want) > 1e-13*want {
				t.Fatalf("%d classes, row %d: loss %v, want %v", k, i, loss[i], want)
			}
		}
	}
	z, loss := []float64{1, math.NaN(), 2, 3, 4, 5}, make([]float64, 2)
	SoftmaxRows(z, 3, []int{0, 2}, loss)
	if loss[0] == loss[0] || z[0] == z[0] || loss[1] != loss[1] {
		t.Errorf("NaN in the first row: %v, %v", z, loss)
	}
}

func TestRBF(t *testing.T) {
	row, sj := []float64{2, 0, 3}, []float64{5, 1, 4.5}
	RBF(row, sj, 1, 0.5)
	for j, want := range []float64{math.Exp(-0.5 * 2), math.Exp(-0.5 * 2), 1} { // 1+4.5−6 < 0
		if math.Abs(row[j]-want) > 1e-15 {
			t.Errorf("row[%d] = %v, want %v", j, row[j], want)
		}
	}
}
