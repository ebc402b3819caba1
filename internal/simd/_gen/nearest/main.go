// Command nearest writes the amd64 assembly of the nearest-centre kernels of
// package simd. Run it by go generate in the package.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/buildtags"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rowBytes is the distance between features in a tile: 48 float32.
const rowBytes = 48 * 4

func main() {
	Constraint(buildtags.Not("noasm").ToConstraint())
	nearestAVX512()
	scoresAVX512()
	potentialsAVX512()
	rbfAVX512()
	nearestAVX2()
	scoresAVX2()
	potentialsAVX2()
	rbfAVX2()
	packAVX2()
	normsAVX2()
	Generate()
}

// nearestAVX512 keeps 8 centres × 48 samples in registers.
func nearestAVX512() {
	TEXT("nearestAVX512", NOSPLIT, "func(groups, p int, tile, centers, minusHalf *float32, best, second *float32, index *int32, first int32)")
	Pragma("noescape")
	groups := Load(Param("groups"), GP64())
	p := Load(Param("p"), GP64())
	tile := Load(Param("tile"), GP64())
	centers := Load(Param("centers"), GP64())
	half := Load(Param("minusHalf"), GP64())
	best := Load(Param("best"), GP64())
	second := Load(Param("second"), GP64())
	index := Load(Param("index"), GP64())

	base, one := ZMM(), ZMM()
	r := Load(Param("first"), GP32()).(reg.GPVirtual)
	VPBROADCASTD(r.As32(), base)
	MOVL(U32(1), r.As32())
	VPBROADCASTD(r.As32(), one)

	Label("group512")
	acc := group512("group512", p, tile, centers, half)

	for v := range 3 {
		bst, sec, idx, cur, low := ZMM(), ZMM(), ZMM(), ZMM(), ZMM()
		VMOVUPS(Mem{Base: best, Disp: 64 * v}, bst)
		VMOVUPS(Mem{Base: second, Disp: 64 * v}, sec)
		VMOVDQU32(Mem{Base: index, Disp: 64 * v}, idx)
		VMOVDQA32(base, cur)
		for c := range 8 {
			a, higher := acc[3*c+v], K()
			VMINPS(bst, a, low)
			VMAXPS(low, sec, sec)
			VCMPPS(Imm(0x1e), bst, a, higher) // a > best
			VMOVDQA32(cur, higher, idx)
			VMAXPS(a, bst, bst)
			if c < 7 {
				VPADDD(one, cur, cur)
			}
		}
		if v == 2 {
			VPADDD(one, cur, base)
		}
		VMOVUPS(bst, Mem{Base: best, Disp: 64 * v})
		VMOVUPS(sec, Mem{Base: second, Disp: 64 * v})
		VMOVDQU32(idx, Mem{Base: index, Disp: 64 * v})
	}
	ADDQ(Imm(32), half)
	DECQ(groups)
	JNZ(LabelRef("group512"))
	VZEROUPPER()
	RET()
}

// group512 emits the scores of 8 centres × 48 samples, and moves centers to the
// next group.
func group512(label string, p, tile, centers, half reg.Register) []reg.VecVirtual {
	acc := make([]reg.VecVirtual, 24)
	for c := range 8 {
		for v := range 3 {
			acc[3*c+v] = ZMM()
			VBROADCASTSS(Mem{Base: half, Disp: 4 * c}, acc[3*c+v])
		}
	}
	z, n := GP64(), GP64()
	MOVQ(tile, z)
	MOVQ(p, n)
	Label(label + "_feature")
	x := []reg.VecVirtual{ZMM(), ZMM(), ZMM()}
	for v := range 3 {
		VMOVUPS(Mem{Base: z, Disp: 64 * v}, x[v])
	}
	for c := range 8 {
		b := ZMM()
		VBROADCASTSS(Mem{Base: centers, Disp: 4 * c}, b)
		for v := range 3 {
			VFMADD231PS(x[v], b, acc[3*c+v])
		}
	}
	ADDQ(U32(rowBytes), z)
	ADDQ(Imm(32), centers)
	DECQ(n)
	JNZ(LabelRef(label + "_feature"))
	return acc
}

// scoresAVX512 stores what nearestAVX512 would compare.
func scoresAVX512() {
	TEXT("scoresAVX512", NOSPLIT, "func(p int, tile, centers, minusHalf, scores *float32)")
	Pragma("noescape")
	p := Load(Param("p"), GP64())
	tile := Load(Param("tile"), GP64())
	centers := Load(Param("centers"), GP64())
	half := Load(Param("minusHalf"), GP64())
	scores := Load(Param("scores"), GP64())
	acc := group512("scores512", p, tile, centers, half)
	for c := range 8 {
		for v := range 3 {
			VMOVUPS(acc[3*c+v], Mem{Base: scores, Disp: rowBytes*c + 64*v})
		}
	}
	VZEROUPPER()
	RET()
}

// potentials is the type of the functions that compare candidates.
const potentials = "func(p int, tile, candidates, squares, norms, nearest, weights *float32, slope, least, times float32, sums *float32, improves, close *uint64)"

// broadcast loads a parameter into all lanes of a register.
func broadcast(param string, to reg.VecVirtual) {
	x := XMM()
	Load(Param(param), x)
	VBROADCASTSS(x, to)
}

// potentialsAVX512 compares 8 candidates × 48 samples.
func potentialsAVX512() {
	TEXT("potentialsAVX512", NOSPLIT, potentials)
	Pragma("noescape")
	slack, trusted := AllocLocal(rowBytes), AllocLocal(rowBytes)
	p := Load(Param("p"), GP64())
	tile := Load(Param("tile"), GP64())
	candidates := Load(Param("candidates"), GP64())
	squares := Load(Param("squares"), GP64())
	norms := Load(Param("norms"), GP64())
	slope, least, times := ZMM(), ZMM(), ZMM()
	broadcast("slope", slope)
	broadcast("least", least)
	broadcast("times", times)
	for v := range 3 {
		e := ZMM()
		VMOVAPS(least, e)
		VFMADD231PS(Mem{Base: norms, Disp: 64 * v}, slope, e)
		VMOVUPS(e, slack.Offset(64*v))
		VMULPS(times, e, e)
		VMOVUPS(e, trusted.Offset(64*v))
	}
	acc := group512("potentials512", p, tile, candidates, squares)
	nearest := Load(Param("nearest"), GP64())
	weights := Load(Param("weights"), GP64())
	sums := Load(Param("sums"), GP64())
	improves := Load(Param("improves"), GP64())
	close := Load(Param("close"), GP64())
	for c := range 8 {
		sum := ZMM()
		VMOVUPS(Mem{Base: sums, Disp: 64 * c}, sum)
		for v := range 3 {
			d, low, better, doubtful, sure := acc[3*c+v], ZMM(), K(), K(), K()
			VADDPS(Mem{Base: norms, Disp: 64 * v}, d, d)
			VSUBPS(slack.Offset(64*v), d, low)
			VCMPPS(Imm(0x19), Mem{Base: nearest, Disp: 64 * v}, low, better) // not low ≥ nearest
			VCMPPS(Imm(0x1a), trusted.Offset(64*v), d, better, doubtful)     // and not d > trusted
			KMOVW(better, Mem{Base: improves, Disp: 8*c + 2*v})
			KMOVW(doubtful, Mem{Base: close, Disp: 8*c + 2*v})
			KNOTW(doubtful, sure)
			VMINPS(Mem{Base: nearest, Disp: 64 * v}, d, low)
			VFMADD231PS(Mem{Base: weights, Disp: 64 * v}, low, sure, sum)
		}
		VMOVUPS(sum, Mem{Base: sums, Disp: 64 * c})
	}
	VZEROUPPER()
	RET()
}

// nearestAVX2 keeps 4 centres × 16 samples in registers.
func nearestAVX2() {
	TEXT("nearestAVX2", NOSPLIT, "func(groups, p int, tile, centers, minusHalf *float32, best, second *float32, index *int32, first int32)")
	Pragma("noescape")
	groups := Load(Param("groups"), GP64())
	tile := Load(Param("tile"), GP64())
	centers := Load(Param("centers"), GP64())
	half := Load(Param("minusHalf"), GP64())
	best := Load(Param("best"), GP64())
	second := Load(Param("second"), GP64())
	index := Load(Param("index"), GP64())

	base, one := YMM(), YMM()
	first := XMM()
	VMOVD(Load(Param("first"), GP32()), first)
	VPBROADCASTD(first, base)
	VPCMPEQD(one, one, one)
	VPSRLD(Imm(31), one, one)

	Label("group256")
	for part := range 3 {
		for quad := range 2 {
			acc, y := quad256("group256", part, quad, tile, centers, half)
			if part == 2 && quad == 1 {
				MOVQ(y, centers) // the next group
			}

			cur := YMM()
			for v := range 2 {
				bst, sec, idx, low, higher := YMM(), YMM(), YMM(), YMM(), YMM()
				disp := 64*part + 32*v
				VMOVUPS(Mem{Base: best, Disp: disp}, bst)
				VMOVUPS(Mem{Base: second, Disp: disp}, sec)
				VMOVUPS(Mem{Base: index, Disp: disp}, idx)
				VMOVDQA(base, cur)
				for c := range 4 {
					a := acc[2*c+v]
					VMINPS(bst, a, low)
					VMAXPS(low, sec, sec)
					VCMPPS(Imm(0x1e), bst, a, higher) // a > best
					VBLENDVPS(higher, cur, idx, idx)
					VMAXPS(a, bst, bst)
					VPADDD(one, cur, cur)
				}
				VMOVUPS(bst, Mem{Base: best, Disp: disp})
				VMOVUPS(sec, Mem{Base: second, Disp: disp})
				VMOVUPS(idx, Mem{Base: index, Disp: disp})
			}
			if quad == 0 || part == 2 {
				VMOVDQA(cur, base)
			} else { // back to the first centre of the group
				four := YMM()
				VPSLLD(Imm(2), one, four)
				VPSUBD(four, base, base)
			}
		}
	}
	ADDQ(Imm(32), half)
	DECQ(groups)
	JNZ(LabelRef("group256"))
	VZEROUPPER()
	RET()
}

// quad256 emits the scores of 4 of 8 centres × 16 of 48 samples, and returns
// where the next group of centres is.
func quad256(label string, part, quad int, tile, centers, half reg.Register) (acc []reg.VecVirtual, next reg.GPVirtual) {
	for c := range 4 {
		for range 2 {
			a := YMM()
			VBROADCASTSS(Mem{Base: half, Disp: 4 * (4*quad + c)}, a)
			acc = append(acc, a)
		}
	}
	z, n := GP64(), GP64()
	next = GP64()
	MOVQ(tile, z)
	MOVQ(centers, next)
	Load(Param("p"), n)
	feature := fmt.Sprintf("%s_%d%d", label, part, quad)
	Label(feature)
	x := []reg.VecVirtual{YMM(), YMM()}
	for v := range 2 {
		VMOVUPS(Mem{Base: z, Disp: 64*part + 32*v}, x[v])
	}
	for c := range 4 {
		b := YMM()
		VBROADCASTSS(Mem{Base: next, Disp: 4 * (4*quad + c)}, b)
		for v := range 2 {
			VFMADD231PS(x[v], b, acc[2*c+v])
		}
	}
	ADDQ(U32(rowBytes), z)
	ADDQ(Imm(32), next)
	DECQ(n)
	JNZ(LabelRef(feature))
	return acc, next
}

// scoresAVX2 stores what nearestAVX2 would compare.
func scoresAVX2() {
	TEXT("scoresAVX2", NOSPLIT, "func(p int, tile, centers, minusHalf, scores *float32)")
	Pragma("noescape")
	tile := Load(Param("tile"), GP64())
	centers := Load(Param("centers"), GP64())
	half := Load(Param("minusHalf"), GP64())
	scores := Load(Param("scores"), GP64())
	for part := range 3 {
		for quad := range 2 {
			acc, _ := quad256("scores256", part, quad, tile, centers, half)
			for c := range 4 {
				for v := range 2 {
					VMOVUPS(acc[2*c+v], Mem{Base: scores, Disp: rowBytes*(4*quad+c) + 64*part + 32*v})
				}
			}
		}
	}
	VZEROUPPER()
	RET()
}

// potentialsAVX2 is potentialsAVX512 for 4 candidates × 16 samples at a time.
func potentialsAVX2() {
	TEXT("potentialsAVX2", NOSPLIT, potentials)
	Pragma("noescape")
	slack, trusted := AllocLocal(rowBytes), AllocLocal(rowBytes)
	tile := Load(Param("tile"), GP64())
	candidates := Load(Param("candidates"), GP64())
	squares := Load(Param("squares"), GP64())
	norms := Load(Param("norms"), GP64())
	slope, least, times := YMM(), YMM(), YMM()
	broadcast("slope", slope)
	broadcast("least", least)
	broadcast("times", times)
	for v := range 6 {
		e := YMM()
		VMOVAPS(least, e)
		VFMADD231PS(Mem{Base: norms, Disp: 32 * v}, slope, e)
		VMOVUPS(e, slack.Offset(32*v))
		VMULPS(times, e, e)
		VMOVUPS(e, trusted.Offset(32*v))
	}
	nearest := Load(Param("nearest"), GP64())
	weights := Load(Param("weights"), GP64())
	bits := GP64()
	for part := range 3 {
		for quad := range 2 {
			acc, _ := quad256("potentials256", part, quad, tile, candidates, squares)
			sums, improves, close := GP64(), GP64(), GP64()
			Load(Param("sums"), sums)
			Load(Param("improves"), improves)
			Load(Param("close"), close)
			for c := range 4 {
				for v := range 2 {
					d, low, better, doubtful := acc[2*c+v], YMM(), YMM(), YMM()
					row, word, lanes := 64*part+32*v, 8*(4*quad+c)+2*part+v, 64*(4*quad+c)+32*v
					VADDPS(Mem{Base: norms, Disp: row}, d, d)
					VSUBPS(slack.Offset(row), d, low)
					VCMPPS(Imm(0x19), Mem{Base: nearest, Disp: row}, low, better) // not low ≥ nearest
					VCMPPS(Imm(0x1a), trusted.Offset(row), d, doubtful)           // not d > trusted
					VANDPS(better, doubtful, doubtful)
					VMOVMSKPS(better, bits.As32())
					MOVB(bits.As8(), Mem{Base: improves, Disp: word})
					VMOVMSKPS(doubtful, bits.As32())
					MOVB(bits.As8(), Mem{Base: close, Disp: word})
					VMINPS(Mem{Base: nearest, Disp: row}, d, low)
					VMULPS(Mem{Base: weights, Disp: row}, low, low)
					VANDNPS(low, doubtful, low) // without the doubtful
					VADDPS(Mem{Base: sums, Disp: lanes}, low, low)
					VMOVUPS(low, Mem{Base: sums, Disp: lanes})
				}
			}
		}
	}
	VZEROUPPER()
	RET()
}

// packAVX2 transposes 8 samples, 4 features at a time.
func packAVX2() {
	TEXT("packRowsAVX2", NOSPLIT, "func(quads int, x *float64, offsets *int, mean *float64, scale float64, tile *float32)")
	Pragma("noescape")
	quads := Load(Param("quads"), GP64())
	x := Load(Param("x"), GP64())
	offsets := Load(Param("offsets"), GP64())
	mean := Load(Param("mean"), GP64())
	tile := Load(Param("tile"), GP64())
	s, scale := XMM(), YMM()
	Load(Param("scale"), s)
	VBROADCASTSD(s, scale)
	rows := make([]reg.GPVirtual, 8)
	for r := range rows {
		rows[r] = GP64()
		MOVQ(Mem{Base: offsets, Disp: 8 * r}, rows[r])
		LEAQ(Mem{Base: x, Index: rows[r], Scale: 8}, rows[r])
	}
	Label("quad")
	mu := YMM()
	VMOVUPD(Mem{Base: mean}, mu)
	half := make([]reg.VecVirtual, 8)
	for r := range half {
		y := YMM()
		VMOVUPD(Mem{Base: rows[r]}, y)
		VSUBPD(mu, y, y)
		VMULPD(scale, y, y)
		half[r] = XMM()
		VCVTPD2PSY(y, half[r])
		ADDQ(Imm(32), rows[r])
	}
	a := make([]reg.VecVirtual, 4) // samples r and r+4
	for r := range a {
		a[r] = half[r].AsY().(reg.VecVirtual)
		VINSERTF128(Imm(1), half[r+4], a[r], a[r])
	}
	t := []reg.VecVirtual{YMM(), YMM(), YMM(), YMM()}
	VUNPCKLPS(a[1], a[0], t[0])
	VUNPCKHPS(a[1], a[0], t[1])
	VUNPCKLPS(a[3], a[2], t[2])
	VUNPCKHPS(a[3], a[2], t[3])
	f := []reg.VecVirtual{YMM(), YMM(), YMM(), YMM()}
	VUNPCKLPD(t[2], t[0], f[0])
	VUNPCKHPD(t[2], t[0], f[1])
	VUNPCKLPD(t[3], t[1], f[2])
	VUNPCKHPD(t[3], t[1], f[3])
	for j := range f {
		VMOVUPS(f[j], Mem{Base: tile, Disp: rowBytes * j})
	}
	ADDQ(U32(4*rowBytes), tile)
	ADDQ(Imm(32), mean)
	DECQ(quads)
	JNZ(LabelRef("quad"))
	VZEROUPPER()
	RET()
}

// normsAVX2 sums the squares of each sample of a tile.
func normsAVX2() {
	TEXT("tileNormsAVX2", NOSPLIT, "func(p int, tile, norms *float32)")
	Pragma("noescape")
	n := Load(Param("p"), GP64())
	tile := Load(Param("tile"), GP64())
	norms := Load(Param("norms"), GP64())
	sums := make([]reg.VecVirtual, 6)
	for v := range sums {
		sums[v] = YMM()
		VXORPS(sums[v], sums[v], sums[v])
	}
	Label("feature")
	for v := range sums {
		x := YMM()
		VMOVUPS(Mem{Base: tile, Disp: 32 * v}, x)
		VFMADD231PS(x, x, sums[v])
	}
	ADDQ(U32(rowBytes), tile)
	DECQ(n)
	JNZ(LabelRef("feature"))
	for v := range sums {
		VMOVUPS(sums[v], Mem{Base: norms, Disp: 32 * v})
	}
	VZEROUPPER()
	RET()
}
