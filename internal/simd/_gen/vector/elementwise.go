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

	v.text("scal", "func(n int, alpha float64, x *float64)")
	n, x = pointer("n"), pointer("x")
	alpha = v.broadcast("alpha")
	v.each(n, 4, func(s step) {
		e := s.load(x)
		VMULPD(e, alpha, e)
		s.store(e, x)
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
	c, s := v.broadcast("c"), v.broadcast("s")
	v.each(n, 2, func(st step) {
		a, b := st.load(x), st.load(y)
		u, w := v.vecs(2)[0], v.vecs(2)[1]
		VMULPD(b, s, u)
		VFMADD231PD(a, c, u) // c·x + s·y
		VMULPD(a, s, w)
		VFMSUB231PD(b, c, w) // c·y − s·x
		st.store(u, x)
		st.store(w, y)
	})
	ret()
}

// prefetch is how far ahead of the row being read the matrix kernels ask for
// memory, in bytes.
const prefetch = 4096

// rows are the kernels that stream over the rows of a matrix.
func rows(v isa) {
	dotrows(v)
	axpyrows(v)
	sqdistrows(v)
	dotaxpy(v)
}

// dotrows emits dst[r] = dot(a[r], x) with the sums of the dot kernel.
func dotrows(v isa) {
	v.text("dotrows", "func(m, n int, a *float64, lda int, x, dst *float64)")
	m := Load(Param("m"), GP64())
	n, a, x, dst := pointer("n"), pointer("a"), pointer("x"), pointer("dst")
	lda := Load(Param("lda"), GP64())
	SHLQ(Imm(3), lda)
	row, end := label("row"), label("end")
	Label(row)
	TESTQ(m, m)
	JZ(LabelRef(end))
	acc := v.zeroed(32 / v.width)
	v.accumulate(n, acc, func(s step, into reg.VecVirtual) {
		fma(s, a, x, into)
		if s.partial == nil && (v.width == 8 || s.disp%8 == 0) {
			PREFETCHT0(at(a, s.i, s.disp).Offset(prefetch))
		}
	})
	VMOVSD(v.sum(acc).AsX(), Mem{Base: dst})
	ADDQ(Imm(8), dst)
	ADDQ(lda, a)
	DECQ(m)
	JMP(LabelRef(row))
	Label(end)
	ret()
}

// axpyrows emits y += Σ w[r]·a[r], one row after the other for each element of
// y, four rows at a time.
func axpyrows(v isa) {
	v.text("axpyrows", "func(m, n int, a *float64, lda int, w, y *float64)")
	m := Load(Param("m"), GP64())
	n, a, w, y := pointer("n"), pointer("a"), pointer("w"), pointer("y")
	lda := Load(Param("lda"), GP64())
	SHLQ(Imm(3), lda)
	four, one, end := label("four"), label("one"), label("end")
	block := func(rows int) {
		p, c := make([]reg.Register, rows), v.vecs(rows)
		p[0] = a
		for r := range rows {
			if r > 0 {
				q := GP64()
				MOVQ(p[r-1], q)
				ADDQ(lda, q)
				p[r] = q
			}
			VBROADCASTSD(Mem{Base: w, Disp: 8 * r}, c[r])
		}
		v.each(n, 2, func(s step) {
			e := s.load(y)
			for r := range rows {
				if s.partial != nil {
					VFMADD231PD(s.load(p[r]), c[r], e)
					continue
				}
				VFMADD231PD(at(p[r], s.i, s.disp), c[r], e)
				if v.width == 8 || s.disp%8 == 0 {
					PREFETCHT0(at(p[r], s.i, s.disp).Offset(prefetch))
				}
			}
			s.store(e, y)
		})
		MOVQ(p[rows-1], a)
		ADDQ(lda, a)
		ADDQ(Imm(uint64(8*rows)), w)
		SUBQ(Imm(uint64(rows)), m)
	}
	Label(four)
	CMPQ(m, Imm(4))
	JL(LabelRef(one))
	block(4)
	JMP(LabelRef(four))
	Label(one)
	TESTQ(m, m)
	JZ(LabelRef(end))
	block(1)
	JMP(LabelRef(one))
	Label(end)
	ret()
}

// sqdistrows emits dst[r] = sqdist(x, a[r]) with the sums of the sqdist kernel,
// four rows at a time so that their chains overlap.
func sqdistrows(v isa) {
	v.text("sqdistrows", "func(m, n int, a *float64, lda int, x, dst *float64)")
	m := Load(Param("m"), GP64())
	n, a, x, dst := pointer("n"), pointer("a"), pointer("x"), pointer("dst")
	lda := Load(Param("lda"), GP64())
	SHLQ(Imm(3), lda)
	four, one, end := label("four"), label("one"), label("end")
	per := 8 / v.width
	block := func(rows int) {
		p := make([]reg.Register, rows)
		p[0] = a
		for r := 1; r < rows; r++ {
			q := GP64()
			MOVQ(p[r-1], q)
			ADDQ(lda, q)
			p[r] = q
		}
		acc := v.zeroed(rows * per) // row r has acc[r·per:]
		lane := map[reg.VecVirtual]int{}
		for j := range per {
			lane[acc[j]] = j
		}
		v.accumulate(n, acc[:per], func(s step, into reg.VecVirtual) {
			e := s.load(x)
			for r := range rows {
				squaredDifference(s, e, p[r], acc[r*per+lane[into]])
			}
		})
		for r := range rows {
			VMOVSD(v.sum(acc[r*per:(r+1)*per]).AsX(), Mem{Base: dst, Disp: 8 * r})
		}
		MOVQ(p[rows-1], a)
		ADDQ(lda, a)
		ADDQ(Imm(uint64(8*rows)), dst)
		SUBQ(Imm(uint64(rows)), m)
	}
	Label(four)
	CMPQ(m, Imm(4))
	JL(LabelRef(one))
	block(4)
	JMP(LabelRef(four))
	Label(one)
	TESTQ(m, m)
	JZ(LabelRef(end))
	block(1)
	JMP(LabelRef(one))
	Label(end)
	ret()
}

// dotaxpy emits y += alpha·a and returns a·x, with the sums of the dot kernel:
// one row of a symmetric product.
func dotaxpy(v isa) {
	v.text("dotaxpy", "func(n int, alpha float64, a, x, y *float64) float64")
	n, a, x, y := pointer("n"), pointer("a"), pointer("x"), pointer("y")
	alpha := v.broadcast("alpha")
	acc := v.zeroed(32 / v.width)
	v.accumulate(n, acc, func(s step, into reg.VecVirtual) {
		row := s.load(a)
		e := s.load(y)
		VFMADD231PD(row, alpha, e)
		s.store(e, y)
		if s.partial != nil {
			VFMADD231PD(s.load(x), row, into)
		} else {
			VFMADD231PD(at(x, s.i, s.disp), row, into)
		}
	})
	Store(v.sum(acc).AsX(), ReturnIndex(0))
	ret()
}
