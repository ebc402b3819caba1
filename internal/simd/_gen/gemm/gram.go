package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A width is the register tile of an instruction set: rows of A are as wide as a
// vector or more, three vectors make a row of B.
type width struct {
	suffix        string
	rows, vectors int
	lanes         int
	vector        func() reg.VecVirtual
	zero          func(v reg.VecVirtual)
}

var widths = []width{
	{"AVX512", 8, 3, 8, ZMM, func(v reg.VecVirtual) { VPXORQ(v, v, v) }},
	{"AVX2", 4, 3, 4, YMM, func(v reg.VecVirtual) { VXORPD(v, v, v) }},
}

func (w width) columns() int { return w.vectors * w.lanes }

func (w width) bytes() int { return 8 * w.lanes }

// gemmSteps emits the kernels that add chosen rank-one terms to a whole tile.
func (w width) gemmSteps() {
	TEXT("gemmSteps"+w.suffix, NOSPLIT, "func(count int, steps *uint16, a, b, c *float64, ldc int, ahead *float64, aheadStep int)")
	Doc(fmt.Sprintf("gemmSteps%s adds to a tile of %d rows and %d columns of C the products of", w.suffix, w.rows, w.columns()), "elements steps[p] on of a and of b, for p < count, which is at least 1. Meanwhile it", "fetches what lies aheadStep bytes apart from ahead on.")
	Pragma("noescape")
	count, steps := Load(Param("count"), GP64()), Load(Param("steps"), GP64())
	a, b := Load(Param("a"), GP64()), Load(Param("b"), GP64())
	c, ldc := Load(Param("c"), GP64()), Load(Param("ldc"), GP64())
	ahead, aheadStep := Load(Param("ahead"), GP64()), Load(Param("aheadStep"), GP64())
	SHLQ(Imm(3), ldc)
	acc := make([][]reg.VecVirtual, w.rows)
	for i := range acc {
		acc[i] = make([]reg.VecVirtual, w.vectors)
		for j := range acc[i] {
			acc[i][j] = w.vector()
			w.zero(acc[i][j])
		}
	}
	loop(w.suffix, count, c, ldc, w.rows, w.vectors*w.bytes(), func() {
		at, next := GP64(), GP64()
		MOVWLZX(Mem{Base: steps}, at.As32())
		MOVWLZX(Mem{Base: steps, Disp: 16}, next.As32())
		of := func(base, index reg.Register, disp int) Mem {
			return Mem{Base: base, Index: index, Scale: 8, Disp: disp}
		}
		terms := make([]reg.VecVirtual, w.vectors)
		for j := range terms {
			terms[j] = w.vector()
			VMOVUPD(of(b, at, j*w.bytes()), terms[j])
		}
		for off := 0; off < w.vectors*w.bytes(); off += 64 {
			PREFETCHT0(of(b, next, off))
		}
		PREFETCHT0(of(a, next, 0))
		for i := range acc {
			v := w.vector()
			VBROADCASTSD(of(a, at, 8*i), v)
			for j := range terms {
				VFMADD231PD(v, terms[j], acc[i][j])
			}
		}
		PREFETCHT1(Mem{Base: ahead})
		ADDQ(aheadStep, ahead)
		ADDQ(Imm(2), steps)
	})
	for i := range acc {
		for j := range acc[i] {
			VADDPD(Mem{Base: c, Disp: j * w.bytes()}, acc[i][j], acc[i][j])
			VMOVUPD(acc[i][j], Mem{Base: c, Disp: j * w.bytes()})
		}
		if i < w.rows-1 {
			ADDQ(ldc, c)
		}
	}
	VZEROUPPER()
	RET()
}

// centre emits the kernels that pack a panel of rows less their mean.
func (w width) centre() {
	TEXT("centreRows"+w.suffix, NOSPLIT, "func(m int, src *float64, lds int, mean, factors *float64, factorStep int, dst, sums *float64, marks *uint8, ldm int)")
	Doc(fmt.Sprintf("centreRows%s sets row i < m of dst, %d elements, to those of src less mean,", w.suffix, w.columns()), "times factors[i*factorStep], adds that times the factor to sums, and sets", fmt.Sprintf("marks[s*ldm+i] to 0 only if elements %d·s up to %d·(s+1) of the row are zero.", w.lanes, w.lanes))
	Pragma("noescape")
	m, src, lds := Load(Param("m"), GP64()), Load(Param("src"), GP64()), Load(Param("lds"), GP64())
	mean, factors, factorStep := Load(Param("mean"), GP64()), Load(Param("factors"), GP64()), Load(Param("factorStep"), GP64())
	dst, sums := Load(Param("dst"), GP64()), Load(Param("sums"), GP64())
	marks, ldm := Load(Param("marks"), GP64()), Load(Param("ldm"), GP64())
	SHLQ(Imm(3), lds)
	SHLQ(Imm(3), factorStep)
	var means, sum [3]reg.VecVirtual
	for j := range means {
		means[j], sum[j] = w.vector(), w.vector()
		VMOVUPD(Mem{Base: mean, Disp: j * w.bytes()}, means[j])
		VMOVUPD(Mem{Base: sums, Disp: j * w.bytes()}, sum[j])
	}
	zero := w.vector()
	w.zero(zero)
	loop := "centre" + w.suffix
	Label(loop)
	f := w.vector()
	VBROADCASTSD(Mem{Base: factors}, f)
	for off := 0; off < w.vectors*w.bytes(); off += 64 {
		PREFETCHT0(Mem{Base: src, Index: lds, Scale: 8, Disp: off})
	}
	for j := range means {
		v := w.vector()
		VMOVUPD(Mem{Base: src, Disp: j * w.bytes()}, v)
		VSUBPD(means[j], v, v)
		VMULPD(f, v, v)
		VMOVUPD(v, Mem{Base: dst, Disp: j * w.bytes()})
		VFMADD231PD(f, v, sum[j])
		mark := Mem{Base: marks}
		if j > 0 {
			mark.Index, mark.Scale = ldm, uint8(j)
		}
		const notEqual = 4 // or unordered
		if w.lanes == 8 {
			k := K()
			VCMPPD(Imm(notEqual), zero, v, k)
			KMOVB(k, mark)
			continue
		}
		bits := GP64()
		VCMPPD(Imm(notEqual), zero, v, v)
		VMOVMSKPD(v, bits.As32())
		MOVB(bits.As8(), mark)
	}
	ADDQ(lds, src)
	ADDQ(factorStep, factors)
	ADDQ(Imm(uint64(8*w.columns())), dst)
	INCQ(marks)
	DECQ(m)
	JNZ(LabelRef(loop))
	for j := range sum {
		VMOVUPD(sum[j], Mem{Base: sums, Disp: j * w.bytes()})
	}
	VZEROUPPER()
	RET()
}
