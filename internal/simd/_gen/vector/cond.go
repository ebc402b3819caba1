package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Predicates of VCMPPD, false where either operand is NaN.
const (
	less    = 0x11
	greater = 0x1e
)

// A cond is the outcome of a comparison, lane by lane.
type cond struct {
	v isa
	k reg.OpmaskVirtual
	m reg.VecVirtual
}

// compare compares a with b by a predicate of VCMPPD.
func (v isa) compare(predicate uint8, a reg.VecVirtual, b Op) cond {
	if v.width == 8 {
		k := K()
		VCMPPD(U8(predicate), b, a, k)
		return cond{v: v, k: k}
	}
	m := YMM()
	VCMPPD(U8(predicate), b, a, m)
	return cond{v: v, m: m}
}

// and is the condition that both hold; c is overwritten.
func (c cond) and(d cond) cond {
	if c.v.width == 8 {
		KANDB(d.k, c.k, c.k)
	} else {
		VANDPD(d.m, c.m, c.m)
	}
	return c
}

// set copies a to dst where the condition holds.
func (c cond) set(a, dst reg.VecVirtual) {
	if c.v.width == 8 {
		VMOVAPD(a, c.k, dst)
	} else {
		VBLENDVPD(c.m, a, dst, dst)
	}
}

// setIndex is set for integers.
func (c cond) setIndex(a, dst reg.VecVirtual) {
	if c.v.width == 8 {
		VMOVDQA64(a, c.k, dst)
	} else {
		VBLENDVPD(c.m, a, dst, dst)
	}
}

// constant is c where the condition holds and 0 elsewhere.
func (c cond) constant(name string) reg.VecVirtual {
	r := c.v.vec()
	if c.v.width == 8 {
		VMOVUPD_Z(constant[name], c.k, r)
	} else {
		VANDPD(constant[name], c.m, r)
	}
	return r
}

// choose is a where the condition holds and b elsewhere.
func (c cond) choose(a, b reg.VecVirtual) reg.VecVirtual {
	r := c.v.vec()
	if c.v.width == 8 {
		VBLENDMPD(a, b, c.k, r)
	} else {
		VBLENDVPD(c.m, a, b, r)
	}
	return r
}
