package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// pairs emits what sequential minimal optimisation does in its inner loop. The
// searches keep eight best elements, number l among those with index ≡ l mod 8,
// for Go to compare; n is a multiple of 8.
func pairs(v isa) {
	per := 8 / v.width

	v.text("axpydifference", "func(n int, d float64, x, y, f *float64)")
	n, x, y, f := pointer("n"), pointer("x"), pointer("y"), pointer("f")
	d := v.broadcast("d")
	v.each(n, 2, func(s step) {
		e, g := s.load(x), s.load(f)
		if s.partial != nil {
			VSUBPD(s.load(y), e, e)
		} else {
			VSUBPD(at(y, s.i, s.disp), e, e)
		}
		VFMADD231PD(e, d, g)
		s.store(g, f)
	})
	ret()

	v.text("leastbelow", "func(n int, f, b, upper *float64, least *float64, index *int64)")
	n, f = pointer("n"), pointer("f")
	b, upper := pointer("b"), pointer("upper")
	best, at8 := v.vecs(per), v.zeroed(per)
	for _, r := range best {
		VMOVUPD(constant["inf"], r)
	}
	v.eights(n, func(i reg.Register, j int, current reg.VecVirtual) {
		e, g := v.vec(), v.vec()
		VMOVUPD(at(b, i, j*v.width), g)
		free := v.compare(less, g, at(upper, i, j*v.width))
		VMOVUPD(at(f, i, j*v.width), e)
		better := v.compare(less, e, best[j]).and(free)
		better.set(e, best[j])
		better.setIndex(current, at8[j])
	})
	v.storeAll(best, pointer("least"))
	v.storeAll(at8, pointer("index"))
	ret()

	v.text("bestgain", "func(n int, f, b, lower, diagonal, row *float64, least, own, tau float64, most, gain *float64, index *int64)")
	n, f = pointer("n"), pointer("f")
	b, lower := pointer("b"), pointer("lower")
	diagonal, row := pointer("diagonal"), pointer("row")
	start, own, tau := v.broadcast("least"), v.broadcast("own"), v.broadcast("tau")
	gain, most, at8 := v.vecs(per), v.vecs(per), v.zeroed(per)
	for j := range per {
		VMOVUPD(constant["minusinf"], gain[j])
		VMOVUPD(constant["minusinf"], most[j])
	}
	v.eights(n, func(i reg.Register, j int, current reg.VecVirtual) {
		e, g := v.vec(), v.vec()
		VMOVUPD(at(b, i, j*v.width), g)
		free := v.compare(greater, g, at(lower, i, j*v.width))
		VMOVUPD(at(f, i, j*v.width), e)
		candidate := v.compare(greater, e, start).and(free)
		v.compare(greater, e, most[j]).and(candidate).set(e, most[j])
		VADDPD(at(diagonal, i, j*v.width), own, g)
		a := v.vec()
		VMOVUPD(at(row, i, j*v.width), a)
		VFMADD132PD(constant["minustwo"], g, a) // own + diagonal − 2·row
		VMOVAPD(tau, g)
		v.compare(greater, a, constant["zero"]).set(a, g)
		VSUBPD(start, e, e)
		VMULPD(e, e, e)
		VDIVPD(g, e, e)
		better := v.compare(greater, e, gain[j]).and(candidate)
		better.set(e, gain[j])
		better.setIndex(current, at8[j])
	})
	v.storeAll(most, pointer("most"))
	v.storeAll(gain, pointer("gain"))
	v.storeAll(at8, pointer("index"))
	ret()
}

func (v isa) storeAll(r []reg.VecVirtual, to reg.Register) {
	for j := range r {
		VMOVUPD(r[j], Mem{Base: to, Disp: 8 * j * v.width})
	}
}

// eights runs body for each vector j of each eight elements from index i; current
// holds their indices.
func (v isa) eights(n reg.Register, body func(i reg.Register, j int, current reg.VecVirtual)) {
	per := 8 / v.width
	current := v.vecs(per)
	for j, c := range current {
		VMOVUPD(iota8.Offset(8*j*v.width), c)
	}
	i := GP64()
	XORQ(i, i)
	again, end := label("again"), label("end")
	Label(again)
	CMPQ(i, n)
	JGE(LabelRef(end))
	for j, c := range current {
		body(i, j, c)
		VPADDQ(eight8, c, c)
	}
	ADDQ(Imm(8), i)
	JMP(LabelRef(again))
	Label(end)
}
