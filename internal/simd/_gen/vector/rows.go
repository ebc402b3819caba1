package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// prefetch is how far ahead of the row being read the matrix kernels ask for
// memory, in bytes.
const prefetch = 4096

// rows are the kernels that stream over the rows of a matrix.
func rows(v isa) {
	dotrows(v)
	axpyrows(v)
	outerrows(v)
	sqdistrows(v)
	dotaxpy(v)
}

// A rowLoop holds the registers of a kernel that takes the rows of a matrix four
// at a time and the last ones singly.
type rowLoop struct {
	m, a, lda reg.Register   // lda in bytes
	each      []reg.Register // pointers that move on by one element a row
}

func (v isa) rowLoop(perRow ...string) rowLoop {
	l := rowLoop{m: pointer("m"), a: pointer("a"), lda: pointer("lda")}
	SHLQ(Imm(3), l.lda)
	for _, p := range perRow {
		l.each = append(l.each, pointer(p))
	}
	return l
}

// run calls body with the addresses of one or of many rows.
func (l rowLoop) run(many int, body func(rows []reg.Register)) {
	several, one, end := label("several"), label("one"), label("end")
	block := func(n int) {
		p := []reg.Register{l.a}
		for len(p) < n {
			q := GP64()
			MOVQ(p[len(p)-1], q)
			ADDQ(l.lda, q)
			p = append(p, q)
		}
		body(p)
		MOVQ(p[n-1], l.a)
		ADDQ(l.lda, l.a)
		for _, e := range l.each {
			ADDQ(Imm(uint64(8*n)), e)
		}
		SUBQ(Imm(uint64(n)), l.m)
	}
	if many > 1 {
		Label(several)
		CMPQ(l.m, Imm(uint64(many)))
		JL(LabelRef(one))
		block(many)
		JMP(LabelRef(several))
	}
	Label(one)
	TESTQ(l.m, l.m)
	JZ(LabelRef(end))
	block(1)
	JMP(LabelRef(one))
	Label(end)
}

// ahead asks for the memory that follows what a full step reads from a row.
func ahead(s step, row reg.Register) {
	if s.partial == nil && (s.v.width == 8 || s.disp%8 == 0) {
		PREFETCHT0(at(row, s.i, s.disp).Offset(prefetch))
	}
}

// accumulateRows is accumulate for several rows at once: lanes accumulators a
// row, term being called for each row with what shared loaded.
func (v isa) accumulateRows(n reg.Register, rows []reg.Register, lanes int, shared reg.Register, term func(s step, row reg.Register, x, into reg.VecVirtual)) [][]reg.VecVirtual {
	acc := make([][]reg.VecVirtual, len(rows))
	for r := range acc {
		acc[r] = v.zeroed(lanes / v.width)
	}
	which := map[reg.VecVirtual]int{}
	for j, a := range acc[0] {
		which[a] = j
	}
	v.accumulate(n, acc[0], func(s step, first reg.VecVirtual) {
		x := s.load(shared)
		for r, row := range rows {
			term(s, row, x, acc[r][which[first]])
		}
	})
	return acc
}

// dotrows emits dst[r] = dot(a[r], x) with the sums of the dot kernel.
func dotrows(v isa) {
	v.text("dotrows", "func(m, n int, a *float64, lda int, x, dst *float64)")
	l := v.rowLoop("dst")
	n, x, dst := pointer("n"), pointer("x"), l.each[0]
	many := 1
	if v.width == 8 {
		many = 4 // AVX2 has registers for one row's 32 lanes
	}
	l.run(many, func(rows []reg.Register) {
		acc := v.accumulateRows(n, rows, 32, x, func(s step, row reg.Register, x, into reg.VecVirtual) {
			if s.partial != nil {
				VFMADD231PD(s.load(row), x, into)
			} else {
				VFMADD231PD(at(row, s.i, s.disp), x, into)
				ahead(s, row)
			}
		})
		if len(rows) == 4 {
			VMOVUPD(v.sum4(acc), Mem{Base: dst})
		} else {
			VMOVSD(v.sum(acc[0]).AsX(), Mem{Base: dst})
		}
	})
	ret()
}

// sum4 is sum for four rows of accumulators at once: row r's in lane r.
func (v isa) sum4(acc [][]reg.VecVirtual) reg.VecVirtual {
	quarter := make([]reg.VecVirtual, 4) // four lanes each
	for r, a := range acc {
		for h := len(a) / 2; h > 0; h /= 2 {
			for j := range h {
				VADDPD(a[j+h], a[j], a[j])
			}
		}
		quarter[r] = YMM()
		VEXTRACTF64X4(Imm(1), a[0], quarter[r])
		VADDPD(quarter[r], a[0].AsY(), quarter[r])
	}
	// None of the instructions may be without an EVEX form: the registers may be
	// beyond the first sixteen.
	pair := func(a, b reg.VecVirtual) reg.VecVirtual { // a0+a2, a1+a3, b0+b2, b1+b3
		low, high := YMM(), YMM()
		VSHUFF64X2(Imm(0), b, a, low)
		VSHUFF64X2(Imm(3), b, a, high)
		VADDPD(high, low, low)
		return low
	}
	p, q := pair(quarter[0], quarter[1]), pair(quarter[2], quarter[3])
	sums, odd := YMM(), YMM()
	VUNPCKLPD(q, p, sums)
	VUNPCKHPD(q, p, odd)
	VADDPD(odd, sums, sums) // rows 0, 2, 1, 3
	VPERMPD(Imm(0xd8), sums, sums)
	return sums
}

// axpyrows emits y += Σ w[r]·a[r], one row after the other for each element of
// y, four rows at a time.
func axpyrows(v isa) {
	v.text("axpyrows", "func(m, n int, a *float64, lda int, w, y *float64)")
	l := v.rowLoop("w")
	n, y, w := pointer("n"), pointer("y"), l.each[0]
	l.run(4, func(rows []reg.Register) {
		c := v.vecs(len(rows))
		for r := range rows {
			VBROADCASTSD(Mem{Base: w, Disp: 8 * r}, c[r])
		}
		v.each(n, 2, func(s step) {
			e := s.load(y)
			for r, row := range rows {
				if s.partial != nil {
					VFMADD231PD(s.load(row), c[r], e)
				} else {
					VFMADD231PD(at(row, s.i, s.disp), c[r], e)
					ahead(s, row)
				}
			}
			s.store(e, y)
		})
	})
	ret()
}

// outerrows emits a[r] += w[r]·y.
func outerrows(v isa) {
	v.text("outerrows", "func(m, n int, a *float64, lda int, w, y *float64)")
	l := v.rowLoop("w")
	n, y, w := pointer("n"), pointer("y"), l.each[0]
	l.run(4, func(rows []reg.Register) {
		c := v.vecs(len(rows))
		for r := range rows {
			VBROADCASTSD(Mem{Base: w, Disp: 8 * r}, c[r])
		}
		v.each(n, 1, func(s step) {
			e := s.load(y)
			for r, row := range rows {
				a := s.load(row)
				VFMADD231PD(e, c[r], a)
				s.store(a, row)
			}
		})
	})
	ret()
}

// sqdistrows emits dst[r] = sqdist(x, a[r]) with the sums of the sqdist kernel,
// four rows at a time so that their chains overlap.
func sqdistrows(v isa) {
	v.text("sqdistrows", "func(m, n int, a *float64, lda int, x, dst *float64)")
	l := v.rowLoop("dst")
	n, x, dst := pointer("n"), pointer("x"), l.each[0]
	l.run(4, func(rows []reg.Register) {
		acc := v.accumulateRows(n, rows, 8, x, func(s step, row reg.Register, x, into reg.VecVirtual) {
			squaredDifference(s, x, row, into)
		})
		for r := range rows {
			VMOVSD(v.sum(acc[r]).AsX(), Mem{Base: dst, Disp: 8 * r})
		}
	})
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
