package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// accumulate emits a loop over n elements whose element i goes to lane
// i mod lanes of the accumulators it returns.
func (v isa) accumulate(n reg.Register, acc []reg.VecVirtual, term func(s step, into reg.VecVirtual)) {
	i, rem := GP64(), GP64()
	XORQ(i, i)
	MOVQ(n, rem)
	lanes := len(acc) * v.width
	many, rest, done := label("many"), label("rest"), label("done")
	last := make([]string, len(acc))
	for j := range last {
		last[j] = label("last")
	}
	Label(many)
	CMPQ(rem, U32(lanes))
	JL(LabelRef(rest))
	for j := range acc {
		term(step{v: v, i: i, disp: j * v.width}, acc[j])
	}
	ADDQ(U32(lanes), i)
	SUBQ(U32(lanes), rem)
	JMP(LabelRef(many))
	Label(rest)
	for j := range len(acc) - 1 {
		CMPQ(rem, U32(v.width))
		JL(LabelRef(last[j]))
		term(step{v: v, i: i}, acc[j])
		ADDQ(U32(v.width), i)
		SUBQ(U32(v.width), rem)
	}
	for j := len(acc) - 1; j >= 0; j-- {
		Label(last[j])
		TESTQ(rem, rem)
		JZ(LabelRef(done))
		t := v.tail(rem)
		term(step{v: v, i: i, partial: &t}, acc[j])
		if j > 0 {
			JMP(LabelRef(done))
		}
	}
	Label(done)
}

// reduction emits a function of n elements of the named arrays that accumulates
// over 32 lanes and adds them up. Up to one vector takes a way of its own, with
// the same result.
func (v isa) reduction(name string, arrays []string, term func(s step, p []reg.Register, into reg.VecVirtual)) {
	v.text(name, "func(n int, "+strings.Join(arrays, ", ")+" *float64) float64")
	n := pointer("n")
	p := make([]reg.Register, len(arrays))
	for i, a := range arrays {
		p[i] = pointer(a)
	}
	body := func(s step, into reg.VecVirtual) { term(s, p, into) }
	short := label("short")
	CMPQ(n, U32(v.width))
	JLE(LabelRef(short))
	acc := v.zeroed(32 / v.width)
	v.accumulate(n, acc, body)
	Store(v.sum(acc).AsX(), ReturnIndex(0))
	ret()
	Label(short)
	one := v.zeroed(1)
	v.accumulate(n, one, body)
	Store(v.sum(one).AsX(), ReturnIndex(0))
	ret()
}

// fma adds a[i]·b[i] to the accumulator.
func fma(s step, a, b reg.Register, into reg.VecVirtual) {
	x := s.load(a)
	if s.partial != nil {
		VFMADD231PD(s.load(b), x, into)
	} else {
		VFMADD231PD(at(b, s.i, s.disp), x, into)
	}
}

// and clears the bits of x that are clear in the constant.
func (v isa) and(constant Mem, x reg.VecVirtual) {
	if v.width == 8 {
		VPANDQ(constant, x, x)
	} else {
		VANDPD(constant, x, x)
	}
}

func reductions(v isa) {
	v.reduction("dot", []string{"x", "y"}, func(s step, p []reg.Register, into reg.VecVirtual) {
		fma(s, p[0], p[1], into)
	})
	v.reduction("sum", []string{"x"}, func(s step, p []reg.Register, into reg.VecVirtual) {
		VADDPD(s.load(p[0]), into, into)
	})
	v.reduction("asum", []string{"x"}, func(s step, p []reg.Register, into reg.VecVirtual) {
		x := s.load(p[0])
		v.and(constant["abs"], x)
		VADDPD(x, into, into)
	})

	v.text("sqdist", "func(n int, x, y *float64) float64")
	n, x, y := pointer("n"), pointer("x"), pointer("y")
	acc := v.zeroed(8 / v.width)
	v.accumulate(n, acc, func(s step, into reg.VecVirtual) { squaredDifference(s, s.load(x), y, into) })
	Store(v.sum(acc).AsX(), ReturnIndex(0))
	ret()

	// The sum of 0·x is NaN where an element is not finite, and 0 otherwise.
	v.text("zerosum", "func(n int, x *float64) float64")
	n, x = pointer("n"), pointer("x")
	acc = v.zeroed(4)
	zero := v.zeroed(1)[0]
	v.accumulate(n, acc, func(s step, into reg.VecVirtual) {
		if s.partial != nil {
			VFMADD231PD(s.load(x), zero, into)
		} else {
			VFMADD231PD(at(x, s.i, s.disp), zero, into)
		}
	})
	Store(v.sum(acc).AsX(), ReturnIndex(0))
	ret()

	extremum(v, "max", "minusinf")
	extremum(v, "min", "inf")
	extremum(v, "absmax", "")
	find(v, "find")
	find(v, "absfind")
}

// squaredDifference adds (x−y[i])² to the accumulator.
func squaredDifference(s step, x reg.VecVirtual, y reg.Register, into reg.VecVirtual) {
	d := s.v.vec()
	if s.partial != nil {
		VSUBPD(s.load(y), x, d)
	} else {
		VSUBPD(at(y, s.i, s.disp), x, d)
	}
	VFMADD231PD(d, d, into)
}

// extremum emits the largest or smallest element; NaN is passed over, and an
// empty array gives the neutral element, or 0 for absmax. MAX and MIN return
// their last operand in Intel's order, which is the accumulator, where the other
// is NaN.
func extremum(v isa, name, neutral string) {
	op := func(from Op, into reg.VecVirtual) {
		if name == "min" {
			VMINPD(into, from, into)
		} else {
			VMAXPD(into, from, into)
		}
	}
	v.text(name, "func(n int, x *float64) float64")
	n, x := pointer("n"), pointer("x")
	acc := v.zeroed(4)
	if name != "absmax" {
		for _, a := range acc {
			VMOVUPD(constant[neutral], a)
		}
	}
	v.accumulate(n, acc, func(s step, into reg.VecVirtual) {
		e := v.vec()
		switch {
		case s.partial == nil:
			VMOVUPD(at(x, s.i, s.disp), e)
		case name == "absmax":
			s.partial.load(at(x, s.i, 0), e)
		default: // the lanes that are not selected must not become candidates
			s.partial.loadOver(constant[neutral], at(x, s.i, 0), e)
		}
		if name == "absmax" {
			v.and(constant["abs"], e)
		}
		op(e, into)
	})
	Store(v.fold(acc, op).AsX(), ReturnIndex(0))
	ret()
}

// find emits the search for the first element, or absolute value, that equals
// the given one; it returns n if there is none.
func find(v isa, name string) {
	v.text(name, "func(n int, x *float64, value float64) int")
	n, x := Load(Param("n"), GP64()).(reg.GPVirtual), pointer("x")
	value := v.broadcast("value")
	i, rem := GP64(), GP64()
	XORQ(i, i)
	MOVQ(n, rem)
	bits := GP64()
	test := func(e reg.VecVirtual) {
		if name == "absfind" {
			v.and(constant["abs"], e)
		}
		if v.width == 8 {
			k := K()
			VCMPPD(Imm(0), value, e, k)
			KMOVB(k, bits.As32())
		} else {
			m := v.vec()
			VCMPPD(Imm(0), value, e, m)
			VMOVMSKPD(m, bits.As32())
		}
		TESTL(bits.As32(), bits.As32())
	}
	loop, last, found, none := label("loop"), label("last"), label("found"), label("none")
	Label(loop)
	CMPQ(rem, U32(v.width))
	JL(LabelRef(last))
	e := v.vec()
	VMOVUPD(at(x, i, 0), e)
	test(e)
	JNZ(LabelRef(found))
	ADDQ(U32(v.width), i)
	SUBQ(U32(v.width), rem)
	JMP(LabelRef(loop))
	Label(last)
	TESTQ(rem, rem)
	JZ(LabelRef(none))
	t := v.tail(rem)
	t.load(at(x, i, 0), e)
	test(e)
	JZ(LabelRef(none))
	Label(found)
	BSFQ(bits, bits)
	ADDQ(bits, i)
	CMPQ(i, n) // a lane past the end holds 0, which may be the value
	JGE(LabelRef(none))
	Store(i, ReturnIndex(0))
	ret()
	Label(none)
	Store(n, ReturnIndex(0))
	ret()
}
