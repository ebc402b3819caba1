// Command gemm generates the GEMM micro-kernels for amd64, those that leave out some
// steps, and the copies that pack operands for them: transposing, plain and centring.
//
// A kernel keeps a tile of C in registers, at most 8×24 on AVX-512 and 4×12 on
// AVX2, and adds one outer product per step along k: a row of B is loaded as
// vectors, each element of a column of A is broadcast. There is one loop for each
// tile height and width in vectors, so that an edge costs what it holds; columns
// beyond the last whole vector are masked.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const signature = "func(m, n, k int, alpha float64, a *float64, rsa, csa int, b *float64, ldb int, beta float64, c *float64, ldc int, ahead *float64, aheadStep int)"

func main() {
	ConstraintExpr("!noasm")
	avx512()
	avx2()
	gemmPack()
	transpose4()
	transpose8()
	copyRows()
	for _, w := range widths {
		w.gemmSteps()
		w.centre()
	}
	Generate()
}

// tile holds the registers of a kernel. Strides are in bytes.
type tile struct {
	k, a, csa, b, ldb, c, ldc reg.GPVirtual
	packed                    reg.Register // where rows of B are copied, or nil
	row                       [8]Mem       // address of A's element in each row of the tile
	alpha, beta               Mem
}

func word(name string) reg.GPVirtual {
	r := GP64()
	Load(Param(name), r)
	return r
}

func stride(name string) reg.GPVirtual {
	r := word(name)
	SHLQ(Imm(3), r)
	return r
}

func loadOperands() (t tile) {
	t.k, t.a, t.b, t.c = word("k"), word("a"), word("b"), word("c")
	t.csa, t.ldb, t.ldc = stride("csa"), stride("ldb"), stride("ldc")
	alpha, err := Param("alpha").Resolve()
	if err != nil {
		panic(err)
	}
	beta, err := Param("beta").Resolve()
	if err != nil {
		panic(err)
	}
	t.alpha, t.beta = alpha.Addr, beta.Addr
	return t
}

func loadTile(rows int) (t tile, m, n reg.Register) {
	m, n = word("m"), word("n")
	t = loadOperands()
	t.loadRows(rows)
	return t, m, n
}

// loadRows computes the addresses of A's elements.
func (t *tile) loadRows(rows int) {
	rsa := stride("rsa")
	at := func(index reg.Register, scale uint8) Mem { return Mem{Base: t.a, Index: index, Scale: scale} }
	rsa3 := GP64()
	LEAQ(Mem{Base: rsa, Index: rsa, Scale: 2}, rsa3)
	t.row = [8]Mem{{Base: t.a}, at(rsa, 1), at(rsa, 2), at(rsa3, 1), at(rsa, 4)}
	if rows > 5 {
		rsa5, rsa7 := GP64(), GP64()
		LEAQ(Mem{Base: rsa, Index: rsa, Scale: 4}, rsa5)
		LEAQ(Mem{Base: rsa3, Index: rsa, Scale: 4}, rsa7)
		t.row[5], t.row[6], t.row[7] = at(rsa5, 1), at(rsa3, 2), at(rsa7, 1)
	}
}

// heights emits one body for each tile height, and the jumps that choose it.
func heights(width string, m reg.Register, rows int, body func(rows int)) {
	for r := rows; r > 1; r-- {
		CMPQ(m, Imm(uint64(r)))
		JE(LabelRef(fmt.Sprintf("rows%d_%s", r, width)))
	}
	for r := 1; r <= rows; r++ {
		Label(fmt.Sprintf("rows%d_%s", r, width))
		body(r)
	}
}

// sumProducts emits the loop over k.
func (t tile) sumProducts(name string, rows, bytes int, products func()) {
	// These come late, when registers are free.
	ahead, aheadStep := Load(Param("ahead"), GP64()), Load(Param("aheadStep"), GP64())
	loop(name, t.k, t.c, t.ldc, rows, bytes, func() {
		products()
		// There are slots to spare for fetching what comes next into the second-level cache.
		PREFETCHT1(Mem{Base: ahead})
		ADDQ(aheadStep, ahead)
		ADDQ(t.csa, t.a)
		ADDQ(t.ldb, t.b)
	})
}

// copyB stores a row of B, and touchB fetches part of one that comes soon. Rows that are
// still to be packed may contend for few sets of the cache, so that fewer have room.
func (t tile) copyB(b []reg.VecVirtual) {
	if t.packed == nil {
		return
	}
	size := int(b[0].Size())
	for j := range b {
		VMOVUPD(b[j], Mem{Base: t.packed, Disp: size * j})
	}
	ADDQ(Imm(uint64(size*len(b))), t.packed)
}

func (t tile) touchB(off int) {
	rows := uint8(8)
	if t.packed != nil {
		rows = 4
	}
	PREFETCHT0(Mem{Base: t.b, Index: t.ldb, Scale: rows, Disp: off})
}

// touchSteps is the number of steps between one row of C and the next.
const touchSteps = 16

// loop emits a loop of steps, of which there is at least one. The rows of C are fetched
// one by one during the last of them: all at once they would keep the operands waiting.
func loop(name string, steps, c, ldc reg.Register, rows, bytes int, step func()) {
	touch := func() {
		for off := 0; off < bytes; off += 64 {
			PREFETCHT0(Mem{Base: c, Disp: off})
		}
		ADDQ(ldc, c)
	}
	after := GP64() // steps that come after those in steps
	XORQ(after, after)
	CMPQ(steps, Imm(uint64(rows*touchSteps)))
	JG(LabelRef("long" + name))
	for range rows {
		touch()
	}
	JMP(LabelRef("loop" + name))
	Label("long" + name)
	MOVQ(U32(rows*touchSteps), after)
	SUBQ(after, steps)
	align()
	Label("loop" + name)
	step()
	DECQ(steps)
	JNZ(LabelRef("loop" + name))
	TESTQ(after, after)
	JZ(LabelRef("summed" + name))
	touch()
	MOVQ(U32(touchSteps), steps)
	SUBQ(steps, after)
	JMP(LabelRef("loop" + name))
	Label("summed" + name)
	Load(Param("c"), c)
}

func align() {
	Instruction(&ir.Instruction{Opcode: "PCALIGN", Operands: []Op{Imm(32)}})
}

// betaIsZero jumps to label if beta is 0 or -0: then C is not read.
func (t tile) betaIsZero(label string) {
	bits := GP64()
	MOVQ(t.beta, bits)
	SHLQ(Imm(1), bits)
	JZ(LabelRef(label))
}

func avx512() {
	TEXT("gemmAVX512", NOSPLIT, signature)
	Doc("gemmAVX512 computes C = alpha·A·B + beta·C for a tile of m ≤ 8 rows and n ≤ 24", "columns; A[i,p] is a[i*rsa+p*csa], B[p,j] is b[p*ldb+j] and k ≥ 1. Meanwhile it", "fetches what lies aheadStep bytes apart from ahead on.")
	Pragma("noescape")
	t, m, n := loadTile(8)

	// The last vector holds (n-1)%8+1 columns.
	bits, ones := GP64(), GP64()
	LEAQ(Mem{Base: n, Disp: -1}, bits)
	ANDQ(Imm(7), bits)
	INCQ(bits)
	MOVQ(I64(-1), ones)
	BZHIQ(bits, ones, ones)
	last := K()
	KMOVB(ones.As32(), last)

	CMPQ(n, Imm(16))
	JG(LabelRef("wide3"))
	CMPQ(n, Imm(8))
	JG(LabelRef("wide2"))
	for _, vectors := range []int{1, 2, 3} {
		width := fmt.Sprintf("wide%d", vectors)
		if vectors > 1 {
			Label(width)
		}
		heights(width, m, 8, func(rows int) {
			t.avx512(fmt.Sprintf("%dx%d", rows, vectors), rows, vectors, last)
		})
	}
}

// avx512 emits a kernel; a nil mask means that all columns of the last vector are in
// use.
func (t tile) avx512(name string, rows, vectors int, last reg.OpmaskVirtual) {
	masked := func(j int) bool { return last != nil && j == vectors-1 }
	acc := make([][]reg.VecVirtual, rows)
	for i := range acc {
		acc[i] = make([]reg.VecVirtual, vectors)
		for j := range acc[i] {
			acc[i][j] = ZMM()
			VPXORQ(acc[i][j], acc[i][j], acc[i][j])
		}
	}
	t.sumProducts(name, rows, 64*vectors, func() {
		b := make([]reg.VecVirtual, vectors)
		for j := range b {
			b[j] = ZMM()
			if masked(j) {
				VMOVUPD_Z(Mem{Base: t.b, Disp: 64 * j}, last, b[j])
			} else {
				VMOVUPD(Mem{Base: t.b, Disp: 64 * j}, b[j])
			}
		}
		t.copyB(b)
		for off := 0; off < 64*vectors; off += 64 {
			t.touchB(off)
		}
		PREFETCHT0(Mem{Base: t.a, Index: t.csa, Scale: 8})
		for i := range rows {
			a := ZMM()
			VBROADCASTSD(t.row[i], a)
			for j := range b {
				VFMADD231PD(a, b[j], acc[i][j])
			}
		}
	})

	alpha, beta := ZMM(), ZMM()
	VBROADCASTSD(t.alpha, alpha)
	t.betaIsZero("overwrite" + name)
	VBROADCASTSD(t.beta, beta)
	for i := range rows {
		for j := range vectors {
			at, v := Mem{Base: t.c, Disp: 64 * j}, ZMM()
			if masked(j) {
				VMOVUPD_Z(at, last, v)
			} else {
				VMOVUPD(at, v)
			}
			VMULPD(beta, v, v)
			VFMADD231PD(alpha, acc[i][j], v)
			store512(v, at, masked(j), last)
		}
		if i < rows-1 {
			ADDQ(t.ldc, t.c)
		}
	}
	VZEROUPPER()
	RET()
	Label("overwrite" + name)
	for i := range rows {
		for j := range vectors {
			VMULPD(alpha, acc[i][j], acc[i][j])
			store512(acc[i][j], Mem{Base: t.c, Disp: 64 * j}, masked(j), last)
		}
		if i < rows-1 {
			ADDQ(t.ldc, t.c)
		}
	}
	VZEROUPPER()
	RET()
}

func store512(v reg.VecVirtual, at Mem, masked bool, last reg.OpmaskVirtual) {
	if masked {
		VMOVUPD(v, last, at)
	} else {
		VMOVUPD(v, at)
	}
}

func avx2() {
	masks := GLOBL("tailMasks", RODATA|NOPTR)
	for i := range 8 {
		v := uint64(0)
		if i < 4 {
			v = ^uint64(0)
		}
		DATA(8*i, U64(v))
	}
	TEXT("gemmAVX2", NOSPLIT, signature)
	Doc("gemmAVX2 is gemmAVX512 for a tile of m ≤ 4 rows and n = 12 or n ≤ 8 columns.")
	Pragma("noescape")
	t, m, n := loadTile(4)

	CMPQ(n, Imm(12))
	JE(LabelRef("wide3"))
	for _, shape := range []struct {
		vectors int
		masked  bool
	}{{1, false}, {1, true}, {2, false}, {2, true}, {3, false}} {
		width := fmt.Sprintf("wide%d", shape.vectors)
		next := fmt.Sprintf("beyond%d", shape.vectors)
		if shape.masked {
			width += "masked"
			next = fmt.Sprintf("beyond%dmasked", shape.vectors)
		}
		columns := 4 * shape.vectors
		switch {
		case shape.vectors == 3:
			Label(width)
		case shape.masked:
			CMPQ(n, Imm(uint64(columns)))
			JG(LabelRef(next))
		default:
			CMPQ(n, Imm(uint64(columns)))
			JNE(LabelRef(next))
		}
		var mask reg.VecVirtual
		var tail reg.GPVirtual
		if shape.masked {
			// The mask's four words start where as many ones are left as the last
			// vector has columns.
			mask, tail = YMM(), GP64()
			table, at := GP64(), GP64()
			LEAQ(masks, table)
			MOVQ(n, tail)
			ANDQ(Imm(3), tail)
			MOVQ(U32(4), at)
			SUBQ(tail, at)
			VMOVUPD(Mem{Base: table, Index: at, Scale: 8}, mask)
		}
		heights(width, m, 4, func(rows int) {
			name := fmt.Sprintf("%dx%d", rows, shape.vectors)
			if shape.masked {
				name += "masked"
			}
			t.avx2(name, rows, shape.vectors, mask, tail)
		})
		if shape.vectors < 3 {
			Label(next)
		}
	}
}

// avx2 emits a kernel; a nil mask means that all columns of the last vector are
// in use.
func (t tile) avx2(name string, rows, vectors int, mask reg.VecVirtual, tail reg.GPVirtual) {
	masked := func(j int) bool { return mask != nil && j == vectors-1 }
	acc := make([][]reg.VecVirtual, rows)
	for i := range acc {
		acc[i] = make([]reg.VecVirtual, vectors)
		for j := range acc[i] {
			acc[i][j] = YMM()
			VXORPD(acc[i][j], acc[i][j], acc[i][j])
		}
	}
	t.sumProducts(name, rows, 32*vectors, func() {
		b := make([]reg.VecVirtual, vectors)
		for j := range b {
			b[j] = YMM()
			if masked(j) {
				VMASKMOVPD(Mem{Base: t.b, Disp: 32 * j}, mask, b[j])
			} else {
				VMOVUPD(Mem{Base: t.b, Disp: 32 * j}, b[j])
			}
		}
		t.copyB(b)
		t.touchB(0)
		if vectors == 3 {
			t.touchB(64)
		}
		PREFETCHT0(Mem{Base: t.a, Index: t.csa, Scale: 8})
		for i := range rows {
			a := YMM()
			VBROADCASTSD(t.row[i], a)
			for j := range b {
				VFMADD231PD(a, b[j], acc[i][j])
			}
		}
	})

	alpha := YMM()
	VBROADCASTSD(t.alpha, alpha)
	t.betaIsZero("overwrite" + name)
	beta := YMM()
	VBROADCASTSD(t.beta, beta)
	row := GP64()
	MOVQ(t.c, row)
	for i := range rows {
		for j := range vectors {
			at, v := Mem{Base: row, Disp: 32 * j}, YMM()
			if masked(j) {
				VMASKMOVPD(at, mask, v)
			} else {
				VMOVUPD(at, v)
			}
			VMULPD(beta, v, v)
			VFMADD213PD(v, alpha, acc[i][j])
		}
		if i < rows-1 {
			ADDQ(t.ldc, row)
		}
	}
	JMP(LabelRef("store" + name))
	Label("overwrite" + name)
	for i := range rows {
		for j := range vectors {
			VMULPD(alpha, acc[i][j], acc[i][j])
		}
	}
	Label("store" + name)
	if mask == nil {
		t.storeRows(rows, vectors, acc, 0)
		return
	}
	// Masked stores take microcode on some processors.
	CMPQ(tail, Imm(2))
	JE(LabelRef("two" + name))
	JG(LabelRef("three" + name))
	t.storeRows(rows, vectors, acc, 1)
	Label("two" + name)
	t.storeRows(rows, vectors, acc, 2)
	Label("three" + name)
	t.storeRows(rows, vectors, acc, 3)
}

// storeRows writes the tile and returns; tail is the number of columns of the
// last vector, or 0 for all.
func (t tile) storeRows(rows, vectors int, acc [][]reg.VecVirtual, tail int) {
	row := GP64()
	MOVQ(t.c, row)
	for i := range rows {
		for j := range vectors {
			v, at := acc[i][j], Mem{Base: row, Disp: 32 * j}
			if j < vectors-1 || tail == 0 {
				VMOVUPD(v, at)
				continue
			}
			if tail == 1 {
				VMOVSD(v.AsX(), at)
				continue
			}
			VMOVUPD(v.AsX(), at)
			if tail == 3 {
				VEXTRACTF128(Imm(1), v, v.AsX())
				VMOVSD(v.AsX(), Mem{Base: row, Disp: 32*j + 16})
			}
		}
		if i < rows-1 {
			ADDQ(t.ldc, row)
		}
	}
	VZEROUPPER()
	RET()
}

// gemmPack emits the kernels that pack B.
func gemmPack() {
	for _, w := range widths {
		TEXT("gemmPack"+w.suffix, NOSPLIT, "func(k int, alpha float64, a *float64, rsa, csa int, b *float64, ldb int, beta float64, c *float64, ldc int, packed, ahead *float64, aheadStep int)")
		Doc(fmt.Sprintf("gemmPack%s is gemm%s for a tile of %d rows and %d columns, and copies the rows", w.suffix, w.suffix, w.rows, w.columns()), "of B to packed, one after the other.")
		Pragma("noescape")
		t := loadOperands()
		t.packed = word("packed")
		t.loadRows(w.rows)
		if w.suffix == "AVX512" {
			t.avx512("pack"+w.suffix, w.rows, w.vectors, nil)
		} else {
			t.avx2("pack"+w.suffix, w.rows, w.vectors, nil, nil)
		}
	}
}

// transpose4 emits the copy of four rows of a matrix into columns four wide.
func transpose4() {
	TEXT("transpose4AVX2", NOSPLIT, "func(n int, src *float64, lds int, dst *float64, ldd int)")
	Doc("transpose4AVX2 sets dst[p*ldd+i] = src[i*lds+p] for i < 4 and p < n; n is a", "multiple of 4.")
	Pragma("noescape")
	n, src, lds := Load(Param("n"), GP64()), Load(Param("src"), GP64()), Load(Param("lds"), GP64())
	dst, ldd := Load(Param("dst"), GP64()), Load(Param("ldd"), GP64())
	SHLQ(Imm(3), lds)
	SHLQ(Imm(3), ldd)
	lds3, ldd3 := GP64(), GP64()
	LEAQ(Mem{Base: lds, Index: lds, Scale: 2}, lds3)
	LEAQ(Mem{Base: ldd, Index: ldd, Scale: 2}, ldd3)
	next := GP64() // the four rows that come next
	LEAQ(Mem{Base: src, Index: lds, Scale: 4}, next)
	align()
	Label("block")
	at := func(base, stride, stride3 reg.Register) [4]Mem {
		return [4]Mem{{Base: base}, {Base: base, Index: stride, Scale: 1}, {Base: base, Index: stride, Scale: 2}, {Base: base, Index: stride3, Scale: 1}}
	}
	for _, m := range at(next, lds, lds3) {
		PREFETCHT0(m)
	}
	// Halves are combined while loading: the low half of a vector from one row,
	// the high half from the row two below, which leaves one unpack.
	r := at(src, lds, lds3)
	low02, low13, high02, high13 := YMM(), YMM(), YMM(), YMM()
	half := func(m Mem) Mem { m.Disp += 16; return m }
	VMOVUPD(r[0], low02.AsX())
	VINSERTF128(Imm(1), r[2], low02, low02)
	VMOVUPD(r[1], low13.AsX())
	VINSERTF128(Imm(1), r[3], low13, low13)
	VMOVUPD(half(r[0]), high02.AsX())
	VINSERTF128(Imm(1), half(r[2]), high02, high02)
	VMOVUPD(half(r[1]), high13.AsX())
	VINSERTF128(Imm(1), half(r[3]), high13, high13)
	out := [4]reg.VecVirtual{YMM(), YMM(), YMM(), YMM()}
	VUNPCKLPD(low13, low02, out[0])
	VUNPCKHPD(low13, low02, out[1])
	VUNPCKLPD(high13, high02, out[2])
	VUNPCKHPD(high13, high02, out[3])
	w := at(dst, ldd, ldd3)
	for i := range out {
		VMOVUPD(out[i], w[i])
	}
	ADDQ(Imm(32), src)
	ADDQ(Imm(32), next)
	LEAQ(Mem{Base: dst, Index: ldd, Scale: 4}, dst)
	SUBQ(Imm(4), n)
	JNZ(LabelRef("block"))
	VZEROUPPER()
	RET()
}

// transpose8 emits the copy of eight rows of a matrix into columns eight wide.
func transpose8() {
	TEXT("transpose8AVX512", NOSPLIT, "func(n int, src *float64, lds int, dst *float64, ldd int)")
	Doc("transpose8AVX512 sets dst[p*ldd+i] = src[i*lds+p] for i < 8 and p < n; n is a", "multiple of 8.")
	Pragma("noescape")
	n, src, lds, dst, ldd := word("n"), word("src"), stride("lds"), word("dst"), stride("ldd")
	rows := func(base, stride, stride3, fifth reg.Register) (r [8]Mem) {
		for i, b := range []reg.Register{base, fifth} {
			r[4*i] = Mem{Base: b}
			r[4*i+1] = Mem{Base: b, Index: stride, Scale: 1}
			r[4*i+2] = Mem{Base: b, Index: stride, Scale: 2}
			r[4*i+3] = Mem{Base: b, Index: stride3, Scale: 1}
		}
		return r
	}
	lds3, ldd3, fifth, next, nextFifth := GP64(), GP64(), GP64(), GP64(), GP64()
	LEAQ(Mem{Base: lds, Index: lds, Scale: 2}, lds3)
	LEAQ(Mem{Base: ldd, Index: ldd, Scale: 2}, ldd3)
	LEAQ(Mem{Base: src, Index: lds, Scale: 4}, fifth)
	LEAQ(Mem{Base: src, Index: lds, Scale: 8}, next) // the eight rows that come next
	LEAQ(Mem{Base: next, Index: lds, Scale: 4}, nextFifth)
	align()
	Label("block8")
	for _, m := range rows(next, lds, lds3, nextFifth) {
		PREFETCHT0(m)
	}
	// As in transpose4, halves are combined while loading; pairs of rows are then
	// interleaved, and what belongs together of four pairs is put side by side.
	r := rows(src, lds, lds3, fifth)
	dstFifth := GP64()
	LEAQ(Mem{Base: dst, Index: ldd, Scale: 4}, dstFifth)
	w := rows(dst, ldd, ldd3, dstFifth)
	for half := range 2 {
		load := func(i int) reg.VecVirtual {
			v := ZMM()
			low, high := r[i], r[i+2]
			low.Disp, high.Disp = 32*half, 32*half
			VMOVUPD(low, v.AsY())
			VINSERTF64X4(Imm(1), high, v, v)
			return v
		}
		v0, v1, v4, v5 := load(0), load(1), load(4), load(5)
		for odd, interleave := range []func(...Op){VUNPCKLPD, VUNPCKHPD} {
			first, second, column, later := ZMM(), ZMM(), ZMM(), ZMM()
			interleave(v1, v0, first)
			interleave(v5, v4, second)
			VSHUFF64X2(Imm(0x88), second, first, column)
			VSHUFF64X2(Imm(0xDD), second, first, later)
			VMOVUPD(column, w[4*half+odd])
			VMOVUPD(later, w[4*half+odd+2])
		}
	}
	for _, p := range []reg.Register{src, fifth, next, nextFifth} {
		ADDQ(Imm(64), p)
	}
	LEAQ(Mem{Base: dst, Index: ldd, Scale: 8}, dst)
	SUBQ(Imm(8), n)
	JNZ(LabelRef("block8"))
	VZEROUPPER()
	RET()
}

// copyRows emits the copy of rows four elements at a time.
func copyRows() {
	TEXT("copyRowsAVX2", NOSPLIT, "func(m, n int, src *float64, lds int, dst *float64, ldd int)")
	Doc("copyRowsAVX2 sets dst[i*ldd+j] = src[i*lds+j] for i < m and j < n; n is a multiple", "of 4 and at most 24, m at least 1.")
	Pragma("noescape")
	m, n := Load(Param("m"), GP64()), Load(Param("n"), GP64())
	src, lds := Load(Param("src"), GP64()), Load(Param("lds"), GP64())
	dst, ldd := Load(Param("dst"), GP64()), Load(Param("ldd"), GP64())
	SHLQ(Imm(3), lds)
	SHLQ(Imm(3), ldd)
	ahead := GP64() // 16 rows
	LEAQ(Mem{Base: lds, Index: lds, Scale: 1}, ahead)
	for _, width := range []int{24, 12, 8} {
		CMPQ(n, Imm(uint64(width)))
		JE(LabelRef(fmt.Sprintf("copy%d", width)))
	}
	row := GP64()
	Label("anyRow")
	XORQ(row, row)
	Label("anyColumn")
	v := YMM()
	VMOVUPD(Mem{Base: src, Index: row, Scale: 8}, v)
	VMOVUPD(v, Mem{Base: dst, Index: row, Scale: 8})
	ADDQ(Imm(4), row)
	CMPQ(row, n)
	JL(LabelRef("anyColumn"))
	ADDQ(lds, src)
	ADDQ(ldd, dst)
	DECQ(m)
	JNZ(LabelRef("anyRow"))
	VZEROUPPER()
	RET()
	for _, width := range []int{24, 12, 8} {
		label := fmt.Sprintf("copy%d", width)
		Label(label)
		for off := 0; off < 8*width; off += 64 {
			PREFETCHT0(Mem{Base: src, Index: ahead, Scale: 8, Disp: off})
		}
		for off := 0; off < 8*width; off += 32 {
			v := YMM()
			VMOVUPD(Mem{Base: src, Disp: off}, v)
			VMOVUPD(v, Mem{Base: dst, Disp: off})
		}
		ADDQ(lds, src)
		ADDQ(ldd, dst)
		DECQ(m)
		JNZ(LabelRef(label))
		VZEROUPPER()
		RET()
	}
}
