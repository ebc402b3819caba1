//go:build !noasm && !race

#include "go_asm.h"
#include "textflag.h"

// STEP moves lane k to a child: the carry is set where the key is below the cut.
#define STEP(k, A) \
	MOVWLZX fork_feature(SI)(A*1), BX \
	SHLQ    $3, BX                    \
	MOVQ    (8*k)(DX)(BX*8), BX       \
	CMPQ    BX, fork_cut(SI)(A*1)     \
	MOVL    fork_right(SI)(A*1), A    \
	SBBL    $0, A                     \
	SHLQ    $4, A

#define STEPS \
	STEP(0, CX)  \
	STEP(1, DI)  \
	STEP(2, R8)  \
	STEP(3, R9)  \
	STEP(4, R10) \
	STEP(5, R11) \
	STEP(6, R12) \
	STEP(7, R13)

#define ARRIVE(k, A) \
	MOVQ fork_cut(SI)(A*1), BX \
	MOVQ BX, (8*k)(R15)

// func walkGroups(nodes *fork, root int, keys *uint64, features, groups, sure int, leaves *uint64, ahead *fork, lines int)
//
// A lane is the place of its node in bytes.
TEXT ·walkGroups(SB), 0, $0-72
	MOVQ nodes+0(FP), SI
	MOVQ root+8(FP), R14
	SHLQ $4, R14
	MOVQ keys+16(FP), DX
	MOVQ leaves+48(FP), R15
	SHLQ $6, features+24(FP)

group:
	MOVQ ahead+56(FP), AX
	MOVQ lines+64(FP), BX
	TESTQ BX, BX
	JEQ  begin

fetch:
	PREFETCHT1 (AX)
	ADDQ $64, AX
	DECQ BX
	JNZ  fetch
	MOVQ AX, ahead+56(FP)

begin:
	MOVQ R14, CX
	MOVQ R14, DI
	MOVQ R14, R8
	MOVQ R14, R9
	MOVQ R14, R10
	MOVQ R14, R11
	MOVQ R14, R12
	MOVQ R14, R13
	MOVQ sure+40(FP), AX

step:
	STEPS
	DECQ AX
	JNZ  step

check:
	MOVL fork_feature(SI)(CX*1), BX
	ANDL fork_feature(SI)(DI*1), BX
	ANDL fork_feature(SI)(R8*1), BX
	ANDL fork_feature(SI)(R9*1), BX
	ANDL fork_feature(SI)(R10*1), BX
	ANDL fork_feature(SI)(R11*1), BX
	ANDL fork_feature(SI)(R12*1), BX
	ANDL fork_feature(SI)(R13*1), BX
	TESTL BX, BX
	JMI  arrived
	STEPS
	STEPS
	JMP  check

arrived:
	ARRIVE(0, CX)
	ARRIVE(1, DI)
	ARRIVE(2, R8)
	ARRIVE(3, R9)
	ARRIVE(4, R10)
	ARRIVE(5, R11)
	ARRIVE(6, R12)
	ARRIVE(7, R13)
	ADDQ $64, R15
	ADDQ features+24(FP), DX
	DECQ groups+32(FP)
	JNZ  group
	RET
