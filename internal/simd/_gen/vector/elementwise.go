package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func elementwise(v isa) {
	v.text("axpy", "func(n int, alpha float64, x, y *float64)")
	n, x, y := pointer("n"), pointer("x"), pointer("y")
	alpha := v.broadcast("alpha")
	v.each(n, 4, func(s step) {
		e := s.load(y)
		if s.partial != nil {
			VFMADD231PD(s.load(x), alpha, e)
		} else {
			VFMADD231PD(at(x, s.i, s.disp), alpha, e)
		}
		s.store(e, y)
	})
	ret()

	v.text("axpyfour", "func(n int, w, x0, x1, x2, x3, y *float64)")
	n, y = pointer("n"), pointer("y")
	four := []reg.Register{pointer("x0"), pointer("x1"), pointer("x2"), pointer("x3")}
	w, c := pointer("w"), v.vecs(4)
	for r := range c {
		VBROADCASTSD(Mem{Base: w, Disp: 8 * r}, c[r])
	}
	v.each(n, 2, func(s step) {
		e := s.load(y)
		for r, x := range four {
			if s.partial != nil {
				VFMADD231PD(s.load(x), c[r], e)
			} else {
				VFMADD231PD(at(x, s.i, s.disp), c[r], e)
			}
		}
		s.store(e, y)
	})
	ret()

	v.text("scal", "func(n int, alpha float64, x *float64)")
	n, x = pointer("n"), pointer("x")
	alpha = v.broadcast("alpha")
	v.eachWhole(n, 4, func(s step) {
		e := s.load(x)
		VMULPD(e, alpha, e)
		s.store(e, x)
	}, func(i, rem reg.GPVirtual) {
		// By parts: what is written under a mask is slow to be read again at once.
		LEAQ(at(x, i, 0), x)
		for part := v.width / 2; part > 0; part /= 2 {
			next := label("next")
			TESTQ(U32(part), rem)
			JZ(LabelRef(next))
			e := YMM()
			switch part {
			case 4:
				VMULPD(Mem{Base: x}, alpha.AsY(), e)
				VMOVUPD(e, Mem{Base: x})
			case 2:
				VMULPD(Mem{Base: x}, alpha.AsX(), e.AsX())
				VMOVUPD(e.AsX(), Mem{Base: x})
			case 1:
				VMULSD(Mem{Base: x}, alpha.AsX(), e.AsX())
				VMOVSD(e.AsX(), Mem{Base: x})
			}
			if part > 1 {
				ADDQ(U32(8*part), x)
			}
			Label(next)
		}
	})
	ret()

	for _, op := range []struct {
		name string
		do   func(...Op)
	}{{"add", VADDPD}, {"sub", VSUBPD}, {"mul", VMULPD}} {
		v.text(op.name, "func(n int, dst, x, y *float64)")
		n, dst, x, y := pointer("n"), pointer("dst"), pointer("x"), pointer("y")
		v.each(n, 4, func(s step) {
			e := s.load(x)
			if s.partial != nil {
				op.do(s.load(y), e, e)
			} else {
				op.do(at(y, s.i, s.disp), e, e)
			}
			s.store(e, dst)
		})
		ret()
	}

	v.text("rot", "func(n int, x, y *float64, c, s float64)")
	n, x, y = pointer("n"), pointer("x"), pointer("y")
	cosine, sine := v.broadcast("c"), v.broadcast("s")
	v.each(n, 2, func(st step) {
		a, b := st.load(x), st.load(y)
		u, w := v.vecs(2)[0], v.vecs(2)[1]
		VMULPD(b, sine, u)
		VFMADD231PD(a, cosine, u) // c·x + s·y
		VMULPD(a, sine, w)
		VFMSUB231PD(b, cosine, w) // c·y − s·x
		st.store(u, x)
		st.store(w, y)
	})
	ret()
}

// single emits the kernels between float32 and float64, for n a multiple of 8.
func single(v isa) {
	loop := func(n reg.Register, body func(i reg.Register, disp int)) {
		i := GP64()
		XORQ(i, i)
		again, end := label("again"), label("end")
		Label(again)
		CMPQ(i, n)
		JGE(LabelRef(end))
		for disp := 0; disp < 8; disp += v.width {
			body(i, disp)
		}
		ADDQ(Imm(8), i)
		JMP(LabelRef(again))
		Label(end)
		ret()
	}
	half := func(base, i reg.Register, disp int) Mem {
		return Mem{Base: base, Index: i, Scale: 4, Disp: 4 * disp}
	}

	v.text("axpysingle", "func(n int, alpha float64, x *float32, y *float64)")
	n, x, y := pointer("n"), pointer("x"), pointer("y")
	alpha := v.broadcast("alpha")
	loop(n, func(i reg.Register, disp int) {
		e, f := v.vec(), v.vec()
		VCVTPS2PD(half(x, i, disp), e)
		VMOVUPD(at(y, i, disp), f)
		VFMADD231PD(e, alpha, f)
		VMOVUPD(f, at(y, i, disp))
	})

	v.text("axpysinglefour", "func(n int, w *float64, x0, x1, x2, x3 *float32, y *float64)")
	n, y = pointer("n"), pointer("y")
	four := []reg.Register{pointer("x0"), pointer("x1"), pointer("x2"), pointer("x3")}
	w, c := pointer("w"), v.vecs(4)
	for r := range c {
		VBROADCASTSD(Mem{Base: w, Disp: 8 * r}, c[r])
	}
	loop(n, func(i reg.Register, disp int) {
		f := v.vec()
		VMOVUPD(at(y, i, disp), f)
		for r, x := range four {
			e := v.vec()
			VCVTPS2PD(half(x, i, disp), e)
			VFMADD231PD(e, c[r], f)
		}
		VMOVUPD(f, at(y, i, disp))
	})

	v.text("widen", "func(n int, dst *float64, x *float32)")
	n, x = pointer("n"), pointer("x")
	wide := pointer("dst")
	loop(n, func(i reg.Register, disp int) {
		e := v.vec()
		VCVTPS2PD(half(x, i, disp), e)
		VMOVUPD(e, at(wide, i, disp))
	})

	v.text("narrow", "func(n int, dst *float32, x *float64)")
	n, x = pointer("n"), pointer("x")
	dst := pointer("dst")
	loop(n, func(i reg.Register, disp int) {
		if v.width == 8 {
			r := YMM()
			VCVTPD2PS(at(x, i, disp), r)
			VMOVUPS(r, half(dst, i, disp))
		} else {
			r := XMM()
			VCVTPD2PSY(at(x, i, disp), r)
			VMOVUPS(r, half(dst, i, disp))
		}
	})
}
