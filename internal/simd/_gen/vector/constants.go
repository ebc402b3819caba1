package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// Masks for the rest of a vector; see isa.tail.
var opmasks, lanemasks Mem

// iota8 holds the integers from 0 to 7, eight8 eight times 8.
var iota8, eight8 Mem

// constant is a float64 repeated over 64 bytes, for use as a memory operand of
// either width.
var constant = map[string]Mem{}

func constants() {
	opmasks = GLOBL("opmasks", RODATA|NOPTR)
	for i := range 8 {
		DATA(i, U8(1<<i-1))
	}
	lanemasks = GLOBL("lanemasks", RODATA|NOPTR)
	for i := range 8 {
		m := uint64(0)
		if i < 4 {
			m = math.MaxUint64
		}
		DATA(8*i, U64(m))
	}
	iota8 = GLOBL("iota8", RODATA|NOPTR)
	for i := range 8 {
		DATA(8*i, U64(i))
	}
	eight8 = GLOBL("eight8", RODATA|NOPTR)
	for i := range 8 {
		DATA(8*i, U64(8))
	}
	for _, c := range []struct {
		name  string
		value float64
	}{
		{"abs", math.Float64frombits(1<<63 - 1)},
		{"sign", math.Copysign(0, -1)},
		{"zero", 0},
		{"half", 0.5},
		{"one", 1},
		{"two", 2},
		{"minustwo", -2},
		{"inf", math.Inf(1)},
		{"minusinf", math.Inf(-1)},

		// exp, see exp.go of the package, which has the same numbers
		{"explo", -746},
		{"exphi", 710},
		{"log2e", 0x1.71547652b82fep+0},
		{"magic", 0x1.8p52},
		{"ln2hi", 0x1.62e42fefa3p-1},
		{"ln2lo", 0x1.3de6af278ece6p-42},
		{"e2", 0x1.0000000000001p-1},
		{"e3", 0x1.5555555555556p-3},
		{"e4", 0x1.5555555553d63p-5},
		{"e5", 0x1.11111111109b3p-7},
		{"e6", 0x1.6c16c1788bd90p-10},
		{"e7", 0x1.a01a01a7c41d5p-13},
		{"e8", 0x1.a019b90d2ae7ap-16},
		{"e9", 0x1.71de0dae63bb3p-19},
		{"e10", 0x1.289185613a3d6p-22},
		{"e11", 0x1.af38a9b0ec855p-26},

		// log1p
		{"sqrt2m1", 0x1.a827999fcef32p-2},
		{"ln2", 0x1.62e42fefa39efp-1},
		{"l0", 0x1.5555555555558p-1},
		{"l1", 0x1.99999999952d7p-2},
		{"l2", 0x1.2492492df281ap-2},
		{"l3", 0x1.c71c62e3f11e6p-3},
		{"l4", 0x1.7462b51cb66b1p-3},
		{"l5", 0x1.39fe51a7c18f9p-3},
		{"l6", 0x1.2b5900de53b32p-3},
	} {
		constant[c.name] = GLOBL("c_"+c.name, RODATA|NOPTR)
		for i := range 8 {
			DATA(8*i, U64(math.Float64bits(c.value)))
		}
	}
}
