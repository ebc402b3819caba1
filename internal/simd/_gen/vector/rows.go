package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rows are the kernels that stream over the rows of a matrix.
func rows(v isa) {
	dotrows(v)
	axpyrows(v)
	outerrows(v)
	sqdistrows(v)
	sqdistpairs(v)
	dotaxpy4(v)
}

// A rowLoop holds the registers of a kernel that runs over the rows of a matrix.
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

// run calls body with the addresses of many rows, or of one where fewer are
// left.
func (l rowLoop) run(many int, body func(rows []reg.Register)) {
	l.runShort(many, nil, body)
}

// runShort is run that takes many rows at once only where a row has at most 32
// elements, if n is not nil: memory is read more than twice as fast in sequence
// than from four places at once.
func (l rowLoop) runShort(many int, n reg.Register, body func(rows []reg.Register)) {
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
		if n != nil {
			CMPQ(n, Imm(32))
			JG(LabelRef(one))
		}
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
	l.runShort(many, n, func(rows []reg.Register) {
		acc := v.accumulateRows(n, rows, 32, x, func(s step, row reg.Register, x, into reg.VecVirtual) {
			if s.partial != nil {
				VFMADD231PD(s.load(row), x, into)
			} else {
				VFMADD231PD(at(row, s.i, s.disp), x, into)
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

// axpyrows emits y += Σ w[r]·a[r], one row after the other. A short y stays in
// registers meanwhile.
func axpyrows(v isa) {
	v.text("axpyrows", "func(m, n int, a *float64, lda int, w, y *float64)")
	l := v.rowLoop("w")
	n, y, w := pointer("n"), pointer("y"), l.each[0]
	most := 16 // registers for y
	if v.width == 4 {
		most = 12
	}
	short := make([]string, most+1)
	for c := 1; c <= most; c++ {
		short[c] = label("short")
		CMPQ(n, U32(c*v.width))
		JLE(LabelRef(short[c]))
	}
	c := v.vec()
	l.run(1, func(rows []reg.Register) {
		VBROADCASTSD(Mem{Base: w}, c)
		v.each(n, 2, func(s step) {
			e := s.load(y)
			if s.partial != nil {
				VFMADD231PD(s.load(rows[0]), c, e)
			} else {
				VFMADD231PD(at(rows[0], s.i, s.disp), c, e)
			}
			s.store(e, y)
		})
	})
	ret()
	for vectors := 1; vectors <= most; vectors++ {
		Label(short[vectors])
		shortAxpyrows(v, l, n, y, vectors)
	}
}

// shortAxpyrows keeps y in the given number of registers, the last one of which
// may be partly used.
func shortAxpyrows(v isa, l rowLoop, n, y reg.Register, vectors int) {
	loop, end, full := label("loop"), label("end"), label("full")
	whole := (vectors - 1) * v.width
	acc := v.vecs(vectors)
	for j := range vectors - 1 {
		VMOVUPD(Mem{Base: y, Disp: 8 * j * v.width}, acc[j])
	}
	rem := GP64()
	MOVQ(n, rem)
	SUBQ(U32(whole), rem)
	CMPQ(rem, U32(v.width))
	JE(LabelRef(full))
	t := v.tail(rem)
	rows := func(last func(c, into reg.VecVirtual)) {
		c, w := v.vec(), l.each[0]
		Label(loop)
		TESTQ(l.m, l.m)
		JZ(LabelRef(end))
		VBROADCASTSD(Mem{Base: w}, c)
		for j := range vectors - 1 {
			VFMADD231PD(Mem{Base: l.a, Disp: 8 * j * v.width}, c, acc[j])
		}
		last(c, acc[vectors-1])
		ADDQ(l.lda, l.a)
		ADDQ(Imm(8), w)
		DECQ(l.m)
		JMP(LabelRef(loop))
		Label(end)
		for j := range vectors - 1 {
			VMOVUPD(acc[j], Mem{Base: y, Disp: 8 * j * v.width})
		}
	}
	t.load(Mem{Base: y, Disp: 8 * whole}, acc[vectors-1])
	rows(func(c, into reg.VecVirtual) {
		e := v.vec()
		t.load(Mem{Base: l.a, Disp: 8 * whole}, e)
		VFMADD231PD(e, c, into)
	})
	t.store(acc[vectors-1], Mem{Base: y, Disp: 8 * whole})
	ret()

	Label(full)
	loop, end = label("loop"), label("end")
	VMOVUPD(Mem{Base: y, Disp: 8 * whole}, acc[vectors-1])
	rows(func(c, into reg.VecVirtual) { VFMADD231PD(Mem{Base: l.a, Disp: 8 * whole}, c, into) })
	VMOVUPD(acc[vectors-1], Mem{Base: y, Disp: 8 * whole})
	ret()
}

// outerrows emits a[r] += w[r]·y.
func outerrows(v isa) {
	v.text("outerrows", "func(m, n int, a *float64, lda int, w, y *float64)")
	l := v.rowLoop("w")
	n, y, w := pointer("n"), pointer("y"), l.each[0]
	l.runShort(4, n, func(rows []reg.Register) {
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

// sqdistpairs emits dst[i] = sqdist(a[ao[i]:], b[bo[i]:]), fetching what of a belongs to
// the pair that is the given number ahead.
func sqdistpairs(v isa) {
	v.text("sqdistpairs", "func(m, n, ahead int, a *float64, ao *int, b *float64, bo *int, dst *float64)")
	m, n, a, ao, b, bo, dst := pointer("m"), pointer("n"), pointer("a"), pointer("ao"), pointer("b"), pointer("bo"), pointer("dst")
	pair, end := label("pair"), label("end")
	Label(pair)
	TESTQ(m, m)
	JZ(LabelRef(end))
	x, y, later, last := GP64(), GP64(), GP64(), GP64()
	Load(Param("ahead"), later)
	MOVQ(m, last)
	DECQ(last)
	CMPQ(later, last)
	CMOVQGT(last, later)
	MOVQ(Mem{Base: ao, Index: later, Scale: 8}, later)
	LEAQ(Mem{Base: a, Index: later, Scale: 8}, later)
	MOVQ(Mem{Base: ao}, x)
	LEAQ(Mem{Base: a, Index: x, Scale: 8}, x)
	MOVQ(Mem{Base: bo}, y)
	LEAQ(Mem{Base: b, Index: y, Scale: 8}, y)
	acc := v.zeroed(8 / v.width)
	v.accumulate(n, acc, func(s step, into reg.VecVirtual) {
		if s.disp%8 == 0 { // once a cache line
			PREFETCHT0(at(later, s.i, s.disp))
		}
		squaredDifference(s, s.load(x), y, into)
	})
	VMOVSD(v.sum(acc).AsX(), Mem{Base: dst})
	ADDQ(Imm(8), ao)
	ADDQ(Imm(8), bo)
	ADDQ(Imm(8), dst)
	DECQ(m)
	JMP(LabelRef(pair))
	Label(end)
	ret()
}

// dotaxpy4 emits, for four rows, y += Σ w[r]·a[r] as axpyrows does and s[r] =
// a[r]·x over eight lanes, reading the rows once: four rows of a symmetric
// product.
func dotaxpy4(v isa) {
	v.text("dotaxpyfour", "func(n int, w, a *float64, lda int, x, y, s *float64)")
	n, w, x, y, sums := pointer("n"), pointer("w"), pointer("x"), pointer("y"), pointer("s")
	p := []reg.Register{pointer("a")}
	lda := pointer("lda")
	c := v.vecs(4)
	for r := range c {
		VBROADCASTSD(Mem{Base: w, Disp: 8 * r}, c[r])
		if r > 0 {
			q := GP64()
			LEAQ(Mem{Base: p[r-1], Index: lda, Scale: 8}, q)
			p = append(p, q)
		}
	}
	per := 8 / v.width
	acc := v.zeroed(4 * per) // row r has acc[r·per:]
	lane := map[reg.VecVirtual]int{}
	for j := range per {
		lane[acc[j]] = j
	}
	v.accumulate(n, acc[:per], func(st step, first reg.VecVirtual) {
		e, f := st.load(x), st.load(y)
		for r, row := range p {
			a := st.load(row)
			VFMADD231PD(a, c[r], f)
			VFMADD231PD(a, e, acc[r*per+lane[first]])
		}
		st.store(f, y)
	})
	for r := range p {
		VMOVSD(v.sum(acc[r*per:(r+1)*per]).AsX(), Mem{Base: sums, Disp: 8 * r})
	}
	ret()
}
