//go:build !noasm && !race

#include "go_asm.h"
#include "textflag.h"

// The rows of a group are at 0(SP) … 56(SP).

// BEGIN loads the node of lane k as an offset in bytes and puts the address of its
// row on the stack.
#define BEGIN(k, A) \
	MOVL  (4*k)(R8), BX      \
	IMULQ R10, BX            \
	ADDQ  DX, BX             \
	MOVQ  BX, (8*k)(SP)      \
	MOVL  (4*k)(R9), A       \
	SHLQ  $4, A

// STEP moves lane k to a child. The carry is set where the threshold is below the
// value or a NaN.
#define STEP(k, A, X) \
	MOVWLZX node_feature(SI)(A*1), BX   \
	MOVSD   node_threshold(SI)(A*1), X  \
	MOVQ    (8*k)(SP), AX               \
	MOVL    node_left(SI)(A*1), A       \
	UCOMISD (AX)(BX*8), X               \
	ADCL    $0, A                       \
	SHLQ    $4, A

#define END(k, A) \
	SHRQ $4, A           \
	MOVL A, (4*k)(R9)

// func walkLanesAsm(nodes *node, data *float64, stride int, rows, at *uint32, groups, steps int)
TEXT ·walkLanesAsm(SB), 0, $64-56
	MOVQ nodes+0(FP), SI
	MOVQ data+8(FP), DX
	MOVQ stride+16(FP), R10
	SHLQ $3, R10
	MOVQ rows+24(FP), R8
	MOVQ at+32(FP), R9

group:
	BEGIN(0, CX)
	BEGIN(1, DI)
	BEGIN(2, R11)
	BEGIN(3, R12)
	BEGIN(4, R13)
	BEGIN(5, R14)
	BEGIN(6, R15)
	MOVL  28(R8), BX
	IMULQ R10, BX
	ADDQ  DX, BX
	MOVQ  BX, 56(SP)
	MOVQ  R10, stride+16(FP)
	MOVL  28(R9), R10
	SHLQ  $4, R10
	MOVQ  steps+48(FP), BP

step:
	STEP(0, CX, X0)
	STEP(1, DI, X1)
	STEP(2, R11, X2)
	STEP(3, R12, X3)
	STEP(4, R13, X4)
	STEP(5, R14, X5)
	STEP(6, R15, X6)
	STEP(7, R10, X7)
	DECQ BP
	JNZ  step

	END(0, CX)
	END(1, DI)
	END(2, R11)
	END(3, R12)
	END(4, R13)
	END(5, R14)
	END(6, R15)
	END(7, R10)
	MOVQ stride+16(FP), R10
	ADDQ $32, R8
	ADDQ $32, R9
	DECQ groups+40(FP)
	JNZ  group
	RET
