// Command vector writes the amd64 assembly of the vector kernels of package
// simd: everything but the GEMM micro-kernels. Each kernel is written once and
// emitted for AVX2 with FMA and for AVX-512. Run it by go generate in the
// package.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/buildtags"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	Constraint(buildtags.Not("noasm").ToConstraint())
	constants()
	for _, v := range []isa{{"AVX512", 8}, {"AVX2", 4}} {
		reductions(v)
		elementwise(v)
		single(v)
		pairs(v)
		gap(v)
		rows(v)
		exponentials(v)
	}
	Generate()
}

// isa is an instruction set with its number of float64 lanes.
type isa struct {
	name  string
	width int
}

// vec allocates a vector register.
func (v isa) vec() reg.VecVirtual {
	if v.width == 8 {
		return ZMM()
	}
	return YMM()
}

func (v isa) vecs(n int) []reg.VecVirtual {
	r := make([]reg.VecVirtual, n)
	for i := range r {
		r[i] = v.vec()
	}
	return r
}

func (v isa) zeroed(n int) []reg.VecVirtual {
	r := v.vecs(n)
	for _, a := range r {
		v.zero(a)
	}
	return r
}

func (v isa) zero(a reg.VecVirtual) {
	if v.width == 8 {
		VPXORQ(a, a, a)
	} else {
		VXORPD(a, a, a)
	}
}

// text begins a function. The signature uses pointers and a length: the Go side
// has checked that the slices behind them are long enough.
func (v isa) text(name, signature string) {
	TEXT(name+v.name, NOSPLIT, signature)
	Pragma("noescape")
}

// broadcast loads the float64 parameter of that name into all lanes.
func (v isa) broadcast(param string) reg.VecVirtual {
	x := XMM()
	Load(Param(param), x)
	r := v.vec()
	VBROADCASTSD(x, r)
	return r
}

func pointer(param string) reg.Register { return Load(Param(param), GP64()) }

// at is element i+disp of the array at base.
func at(base, i reg.Register, disp int) Mem {
	return Mem{Base: base, Index: i, Scale: 8, Disp: 8 * disp}
}

var labels int

// label makes a name that is unique in the file.
func label(s string) string {
	labels++
	return fmt.Sprintf("%s%d", s, labels)
}

// A tail is the mask that selects the first rem < width lanes.
type tail struct {
	v    isa
	rem  reg.GPVirtual
	k    reg.OpmaskVirtual // AVX-512
	mask reg.VecVirtual    // AVX2
}

func (v isa) tail(rem reg.GPVirtual) tail {
	t := tail{v: v, rem: rem}
	table := GP64()
	if v.width == 8 {
		t.k = K()
		LEAQ(opmasks, table)
		KMOVB(Mem{Base: table, Index: rem, Scale: 1}, t.k)
		return t
	}
	LEAQ(lanemasks.Offset(32), table)
	minus := GP64()
	MOVQ(rem, minus)
	NEGQ(minus)
	t.mask = YMM()
	VMOVUPD(Mem{Base: table, Index: minus, Scale: 8}, t.mask)
	return t
}

// load reads the selected lanes and sets the others to zero.
func (t tail) load(m Mem, dst reg.VecVirtual) {
	if t.v.width == 8 {
		VMOVUPD_Z(m, t.k, dst)
	} else {
		VMASKMOVPD(m, t.mask, dst)
	}
}

// loadOver reads the selected lanes and takes the others from the constant.
func (t tail) loadOver(constant, m Mem, dst reg.VecVirtual) {
	VMOVUPD(constant, dst)
	if t.v.width == 8 {
		VMOVUPD(m, t.k, dst)
		return
	}
	e := YMM()
	VMASKMOVPD(m, t.mask, e)
	VBLENDVPD(t.mask, e, dst, dst)
}

// clear sets the lanes of a register that are not selected to zero.
func (t tail) clear(a reg.VecVirtual) {
	if t.v.width == 8 {
		VMOVAPD_Z(a, t.k, a)
	} else {
		VANDPD(t.mask, a, a)
	}
}

// store writes the selected lanes. AVX2 goes by halves: masked stores are slow
// on AMD processors.
func (t tail) store(src reg.VecVirtual, m Mem) {
	if t.v.width == 8 {
		VMOVUPD(src, t.k, m)
		return
	}
	one, done := label("one"), label("stored")
	x := XMM()
	at := GP64()
	LEAQ(m, at)
	VMOVAPD(src.AsX(), x)
	TESTQ(U32(2), t.rem)
	JZ(LabelRef(one))
	VMOVUPD(x, Mem{Base: at})
	ADDQ(Imm(16), at)
	VEXTRACTF128(Imm(1), src, x)
	Label(one)
	TESTQ(U32(1), t.rem)
	JZ(LabelRef(done))
	VMOVSD(x, Mem{Base: at})
	Label(done)
}

// A step handles one vector, or the rest of one, of an elementwise loop.
type step struct {
	v       isa
	i       reg.GPVirtual
	disp    int
	partial *tail
}

func (s step) load(base reg.Register) reg.VecVirtual {
	r := s.v.vec()
	if s.partial != nil {
		s.partial.load(at(base, s.i, 0), r)
	} else {
		VMOVUPD(at(base, s.i, s.disp), r)
	}
	return r
}

func (s step) store(src reg.VecVirtual, base reg.Register) {
	if s.partial != nil {
		s.partial.store(src, at(base, s.i, 0))
	} else {
		VMOVUPD(src, at(base, s.i, s.disp))
	}
}

// each runs body over n elements: unroll vectors at a time, then one, then the
// rest under a mask.
func (v isa) each(n reg.Register, unroll int, body func(step)) {
	v.eachWhole(n, unroll, body, func(i, rem reg.GPVirtual) {
		t := v.tail(rem)
		body(step{v: v, i: i, partial: &t})
	})
}

// eachWhole is each with another way to take the last rem elements.
func (v isa) eachWhole(n reg.Register, unroll int, body func(step), rest func(i, rem reg.GPVirtual)) {
	i, rem := GP64(), GP64()
	XORQ(i, i)
	MOVQ(n, rem)
	many, one, last, done := label("many"), label("one"), label("last"), label("done")
	if unroll > 1 {
		Label(many)
		CMPQ(rem, U32(unroll*v.width))
		JL(LabelRef(one))
		for j := range unroll {
			body(step{v: v, i: i, disp: j * v.width})
		}
		ADDQ(U32(unroll*v.width), i)
		SUBQ(U32(unroll*v.width), rem)
		JMP(LabelRef(many))
	}
	Label(one)
	CMPQ(rem, U32(v.width))
	JL(LabelRef(last))
	body(step{v: v, i: i})
	ADDQ(U32(v.width), i)
	SUBQ(U32(v.width), rem)
	JMP(LabelRef(one))
	Label(last)
	TESTQ(rem, rem)
	JZ(LabelRef(done))
	rest(i, rem)
	Label(done)
}

// sum adds the lanes of acc by halves into lane 0 of the register returned:
// lane l takes lane l+h for h = half the lanes, a quarter, … The accumulators
// are overwritten.
func (v isa) sum(acc []reg.VecVirtual) reg.VecVirtual {
	return v.fold(acc, func(from Op, into reg.VecVirtual) { VADDPD(from, into, into) })
}

// fold reduces as sum does, by any operation.
func (v isa) fold(acc []reg.VecVirtual, op func(from Op, into reg.VecVirtual)) reg.VecVirtual {
	for h := len(acc) / 2; h > 0; h /= 2 {
		for j := range h {
			op(acc[j+h], acc[j])
		}
	}
	y := YMM()
	if v.width == 8 {
		low := YMM()
		VMOVAPD(acc[0].AsY(), low)
		VEXTRACTF64X4(Imm(1), acc[0], y)
		op(y, low)
		acc[0] = low
	}
	x := XMM()
	low := XMM()
	VMOVAPD(acc[0].AsX(), low)
	if v.width == 8 {
		VEXTRACTF64X2(Imm(1), acc[0].AsY(), x) // the other one ends at register 15
	} else {
		VEXTRACTF128(Imm(1), acc[0].AsY(), x)
	}
	op(x, low)
	VUNPCKHPD(low, low, x)
	op(x, low)
	return low
}

func ret() {
	VZEROUPPER()
	RET()
}
