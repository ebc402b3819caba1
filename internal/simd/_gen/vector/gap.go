package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gap emits the terms of a duality gap; see gap.go of the package, which has the
// same operations in the same order. n is a multiple of 8, and sums holds eight
// partial sums of each kind.
func gap(v isa) {
	v.text("gapterms", "func(n int, parts, theta, gradient, lambda, ridge *float64, sign, other float64, sums *float64)")
	n, parts, theta := pointer("n"), pointer("parts"), pointer("theta")
	gradient, lambda, ridge := pointer("gradient"), pointer("lambda"), pointer("ridge")
	sign, other := v.broadcast("sign"), v.broadcast("other")
	sums := pointer("sums")
	per := 8 / v.width
	var kinds [4][]reg.VecVirtual
	at8 := func(kind, j int) Mem { return Mem{Base: sums, Disp: 8 * (8*kind + j*v.width)} }
	for kind := range kinds {
		kinds[kind] = v.vecs(per)
		for j, r := range kinds[kind] {
			VMOVUPD(at8(kind, j), r)
		}
	}
	reach, penalty, squares, excess := kinds[0], kinds[1], kinds[2], kinds[3]
	zero := constant["zero"]

	i := GP64()
	XORQ(i, i)
	again, end := label("again"), label("end")
	Label(again)
	CMPQ(i, n)
	JGE(LabelRef(end))
	for j := range per {
		disp := j * v.width
		size, pull, g, l, a, b := v.vec(), v.vec(), v.vec(), v.vec(), v.vec(), v.vec()
		VMOVUPD(at(theta, i, disp), size)
		VANDPD(sign, size, pull)
		VANDNPD(size, sign, size)
		VXORPD(at(gradient, i, disp), pull, g)
		VMULPD(at(ridge, i, disp), size, pull)
		VFMADD231PD(pull, size, squares[j])
		VMOVUPD(at(lambda, i, disp), l)
		VFMADD231PD(l, size, penalty[j])
		VSUBPD(pull, g, a)
		VANDNPD(a, sign, a)
		VDIVPD(l, a, a)
		VMAXPD(reach[j], a, reach[j])
		VSUBPD(l, g, b)    // over
		VMAXPD(zero, b, a) // beyond
		VSUBPD(b, a, b)
		VSUBPD(a, pull, pull) // violation
		VMULPD(pull, pull, pull)
		VADDPD(other, l, l)
		VADDPD(l, g, g)
		VMINPD(zero, g, g)
		VFMADD231PD(g, g, pull)
		VMOVUPD(at(ridge, i, disp), a)
		VADDPD(a, a, a)
		VDIVPD(a, pull, pull)
		VFMADD231PD(b, size, pull)
		VMOVUPD(pull, at(parts, i, disp))
		VADDPD(pull, excess[j], excess[j])
	}
	ADDQ(Imm(8), i)
	JMP(LabelRef(again))
	Label(end)
	for kind, of := range kinds {
		for j, r := range of {
			VMOVUPD(r, at8(kind, j))
		}
	}
	ret()
}
