package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func (v isa) load(c string) reg.VecVirtual {
	r := v.vec()
	VMOVUPD(constant[c], r)
	return r
}

// horner emits acc = acc·x + c.
func horner(acc, x reg.VecVirtual, c string) { VFMADD213PD(constant[c], x, acc) }

// pair emits b·x + a.
func (v isa) pair(a, b string, x reg.VecVirtual) reg.VecVirtual {
	r := v.load(b)
	horner(r, x, a)
	return r
}

// exp emits e to the power x, the steps of exp in exp.go of the package. The
// clamps have x as the last operand in Intel's order, so that NaN survives.
func (v isa) exp(x reg.VecVirtual) reg.VecVirtual {
	c := v.load("explo")
	VMAXPD(x, c, c)
	hi := v.load("exphi")
	VMINPD(c, hi, c)
	k := v.load("log2e")
	horner(k, c, "magic")
	VSUBPD(constant["magic"], k, k)
	r := c
	VFNMADD231PD(constant["ln2hi"], k, r)
	VFNMADD231PD(constant["ln2lo"], k, r)

	r2, r4 := v.vec(), v.vec()
	VMULPD(r, r, r2)
	q23, q45, q67, q89, q := v.pair("e2", "e3", r), v.pair("e4", "e5", r), v.pair("e6", "e7", r), v.pair("e8", "e9", r), v.pair("e10", "e11", r)
	VMULPD(r2, r2, r4)
	VFMADD213PD(q89, r2, q)   // q = q·r² + q89
	VFMADD231PD(q45, r2, q23) // q23 += q45·r²
	VFMADD213PD(q67, r2, q)   // q = q·r² + q67
	VFMADD213PD(q23, r4, q)   // q = q·r⁴ + q23
	VFMADD213PD(r, r2, q)     // q = q·r² + r
	VADDPD(constant["one"], q, q)

	if v.width == 8 {
		VSCALEFPD(k, q, q)
		return q
	}
	// Scale by halves of k: the first product is exact, so that the result is
	// rounded once where it is subnormal.
	t, k2 := v.load("half"), v.vec()
	horner(t, k, "magic")
	VSUBPD(constant["magic"], t, k2)
	VSUBPD(k2, k, k2)
	VADDPD(constant["magic"], k2, k2)
	for _, h := range []reg.VecVirtual{t, k2} {
		VPSLLQ(Imm(52), h, h)
		VPADDQ(constant["one"], h, h)
		VMULPD(h, q, q)
	}
	return q
}

// expMinusAbs emits e to the power −|x|.
func (v isa) expMinusAbs(x reg.VecVirtual) reg.VecVirtual {
	m := v.load("sign")
	if v.width == 8 {
		VPORQ(x, m, m)
	} else {
		VORPD(x, m, m)
	}
	return v.exp(m)
}

// log1p emits log(1+u) for 0 ≤ u ≤ 1, the steps of log1p in exp.go.
func (v isa) log1p(u reg.VecVirtual) reg.VecVirtual {
	big := v.compare(greater, u, constant["sqrt2m1"])
	one, base := big.constant("one"), big.constant("ln2")
	s, den := v.vec(), v.vec()
	VADDPD(constant["two"], one, den)
	VADDPD(u, den, den)
	VSUBPD(one, u, s)
	VDIVPD(den, s, s)
	z := v.vec()
	VMULPD(s, s, z)
	p := v.load("l6")
	for _, l := range []string{"l5", "l4", "l3", "l2", "l1", "l0"} {
		horner(p, z, l)
	}
	VMULPD(s, z, z)
	VADDPD(s, s, s)
	VFMADD213PD(s, z, p) // 2s + s³·p(s²)
	VADDPD(base, p, p)
	return p
}

// positive emits max(x, 0), NaN for NaN.
func (v isa) positive(x reg.VecVirtual) reg.VecVirtual {
	r := v.vec()
	v.zero(r)
	VMAXPD(x, r, r)
	return r
}

func exponentials(v isa) {
	v.text("exp", "func(n int, dst, x *float64)")
	n, dst, x := pointer("n"), pointer("dst"), pointer("x")
	v.each(n, 1, func(s step) { s.store(v.exp(s.load(x)), dst) })
	ret()

	v.text("softplus", "func(n int, dst, x *float64)")
	n, dst, x = pointer("n"), pointer("dst"), pointer("x")
	v.each(n, 1, func(s step) {
		e := s.load(x)
		l := v.log1p(v.expMinusAbs(e))
		VADDPD(v.positive(e), l, l)
		s.store(l, dst)
	})
	ret()

	v.text("logistic", "func(n int, loss, resid, curv, z, y *float64)")
	n, loss, resid, curv, z, y := pointer("n"), pointer("loss"), pointer("resid"), pointer("curv"), pointer("z"), pointer("y")
	v.each(n, 1, func(s step) {
		e, t := s.load(z), s.load(y)
		u := v.expMinusAbs(e)
		l := v.log1p(u)
		b := v.positive(e)
		VFNMADD231PD(t, e, b) // max(z,0) − y·z
		VADDPD(b, l, l)
		s.store(l, loss)
		v.logisticDerivatives(s, e, u, t, resid, curv)
	})
	ret()

	v.text("logisticDerivatives", "func(n int, resid, curv, z, y *float64)")
	n, resid, curv, z, y = pointer("n"), pointer("resid"), pointer("curv"), pointer("z"), pointer("y")
	v.each(n, 1, func(s step) {
		e, t := s.load(z), s.load(y)
		v.logisticDerivatives(s, e, v.expMinusAbs(e), t, resid, curv)
	})
	ret()

	// dst = exp(x − shift), and the sum over eight lanes.
	v.text("expsum", "func(n int, dst, x *float64, shift float64) float64")
	n, dst, x = pointer("n"), pointer("dst"), pointer("x")
	shift := v.broadcast("shift")
	acc := v.zeroed(8 / v.width)
	v.accumulate(n, acc, func(s step, into reg.VecVirtual) {
		e := s.load(x)
		VSUBPD(shift, e, e)
		e = v.exp(e)
		s.store(e, dst)
		if s.partial != nil {
			s.partial.clear(e)
		}
		VADDPD(e, into, into)
	})
	Store(v.sum(acc).AsX(), ReturnIndex(0))
	ret()

	// row = exp(−gamma·max(0, si + sj − 2·row))
	v.text("rbf", "func(n int, row, sj *float64, si, minusgamma float64)")
	n, row, sj := pointer("n"), pointer("row"), pointer("sj")
	si, minusgamma := v.broadcast("si"), v.broadcast("minusgamma")
	v.each(n, 1, func(s step) {
		t, d := s.load(row), s.load(sj)
		VADDPD(si, d, d)
		VFMADD231PD(constant["minustwo"], t, d)
		d = v.positive(d)
		VMULPD(minusgamma, d, d)
		s.store(v.exp(d), row)
	})
	ret()
}

// logisticDerivatives emits those of logistic for margins z and targets y, given u
// = e^−|z|.
func (v isa) logisticDerivatives(s step, z, u, y reg.VecVirtual, resid, curv reg.Register) {
	p, q := v.sigmoids(z, u)
	h := v.vec()
	VMULPD(p, q, h)
	s.store(h, curv)
	not := v.load("one")
	VSUBPD(y, not, not)
	VMULPD(y, q, q)
	VFMSUB213PD(q, not, p) // (1−y)·p − y·q
	s.store(p, resid)
}

// sigmoids emits 1/(1+e^−x) and 1/(1+e^x), given u = e^−|x|.
func (v isa) sigmoids(x, u reg.VecVirtual) (p, q reg.VecVirtual) {
	den := v.load("one")
	big := v.vec()
	VADDPD(u, den, den)
	VMOVUPD(constant["one"], big)
	VDIVPD(den, big, big)
	small := v.vec()
	VMULPD(u, big, small)
	positive := v.compare(greater, x, constant["zero"])
	return positive.choose(big, small), positive.choose(small, big)
}
