package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const rbf = "func(p int, tile, group, si, sj *float32, scale float32, rows *[]float32, at int)"

// single is a float32 repeated over 64 bytes, for use as a memory operand.
func single(name string, value float32) Mem {
	m := GLOBL("rbf_"+name, RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(math.Float32bits(value)))
	}
	return m
}

// An rbfKernel turns scores into exp2(scale·max(0, si + sj − 2·score)).
type rbfKernel struct {
	zero, minusTwo, lowest, magic, one Mem
	e                                  []Mem
	factor                             reg.VecVirtual
}

var rbfConstants *rbfKernel

// newRBF loads the scale into all lanes of factor.
func newRBF(factor reg.VecVirtual) *rbfKernel {
	if rbfConstants == nil {
		// exp2Single in tile.go of the package has the same numbers.
		rbfConstants = &rbfKernel{
			zero: single("zero", 0), minusTwo: single("minustwo", -2), one: single("one", 1),
			lowest: single("lowest", -127), magic: single("magic", 0x1.8p23+127),
			e: []Mem{
				single("e6", 0x1.41fbbcp-13), single("e5", 0x1.5f3e54p-10), single("e4", 0x1.3b2d4cp-7),
				single("e3", 0x1.c6aee8p-5), single("e2", 0x1.ebfbdcp-3), single("e1", 0x1.62e43p-1),
			},
		}
	}
	k := *rbfConstants
	k.factor = factor
	scale, err := Param("scale").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(scale.Addr, factor)
	return &k
}

// apply works on a register of scores; own is si in all lanes.
func (k *rbfKernel) apply(score, own reg.VecVirtual, sj Mem, vec func() reg.VecVirtual) {
	d, m, q := vec(), vec(), vec()
	VADDPS(sj, own, d)
	VFMADD231PS(k.minusTwo, score, d)
	VMAXPS(k.zero, d, d)
	VMULPS(k.factor, d, d)
	VMAXPS(k.lowest, d, d)
	VADDPS(k.magic, d, m) // the integer nearest d, plus 127, in the lowest bits
	VSUBPS(k.magic, m, q)
	VSUBPS(q, d, d)
	VMOVUPS(k.e[0], q)
	for _, c := range append(k.e[1:], k.one) {
		VFMADD213PS(c, d, q)
	}
	VPSLLD(Imm(23), m, m)
	VMULPS(m, q, score)
}

// rbfAVX512 writes the kernels of a group of 8 with 48 samples.
func rbfAVX512() {
	TEXT("rbfTileAVX512", NOSPLIT, rbf)
	Pragma("noescape")
	p := Load(Param("p"), GP64())
	tile := Load(Param("tile"), GP64())
	group := Load(Param("group"), GP64())
	none := GP64()
	LEAQ(noScores(), none)
	acc := group512("rbf512", p, tile, group, none)
	k := newRBF(ZMM())
	si := Load(Param("si"), GP64())
	sj := Load(Param("sj"), GP64())
	rows := Load(Param("rows"), GP64())
	at := Load(Param("at"), GP64())
	dst, own := GP64(), ZMM()
	for c := range 8 {
		VBROADCASTSS(Mem{Base: si, Disp: 4 * c}, own)
		MOVQ(Mem{Base: rows, Disp: 24 * c}, dst)
		for v := range 3 {
			score := acc[3*c+v]
			k.apply(score, own, Mem{Base: sj, Disp: 64 * v}, func() reg.VecVirtual { return ZMM() })
			VMOVUPS(score, Mem{Base: dst, Index: at, Scale: 4, Disp: 64 * v})
		}
	}
	VZEROUPPER()
	RET()
}

// rbfAVX2 is rbfAVX512 for 4 rows × 16 samples at a time.
func rbfAVX2() {
	TEXT("rbfTileAVX2", NOSPLIT, rbf)
	Pragma("noescape")
	tile := Load(Param("tile"), GP64())
	group := Load(Param("group"), GP64())
	none := GP64()
	LEAQ(noScores(), none)
	si := Load(Param("si"), GP64())
	sj := Load(Param("sj"), GP64())
	rows := Load(Param("rows"), GP64())
	at := Load(Param("at"), GP64())
	for part := range 3 {
		for quad := range 2 {
			acc, _ := quad256("rbf256", part, quad, tile, group, none)
			k := newRBF(YMM())
			dst, own := GP64(), YMM()
			for c := range 4 {
				VBROADCASTSS(Mem{Base: si, Disp: 4 * (4*quad + c)}, own)
				MOVQ(Mem{Base: rows, Disp: 24 * (4*quad + c)}, dst)
				for v := range 2 {
					score, disp := acc[2*c+v], 64*part+32*v
					k.apply(score, own, Mem{Base: sj, Disp: disp}, func() reg.VecVirtual { return YMM() })
					VMOVUPS(score, Mem{Base: dst, Index: at, Scale: 4, Disp: disp})
				}
			}
		}
	}
	VZEROUPPER()
	RET()
}

var none *Mem

// noScores is what the scores of a group begin with.
func noScores() Mem {
	if none == nil {
		m := GLOBL("rbf_none", RODATA|NOPTR)
		for i := range 8 {
			DATA(4*i, U32(0))
		}
		none = &m
	}
	return *none
}
