//go:build !noasm && !race

#include "textflag.h"

// Bytes from one histogram to the next: 16·HistogramStride.
#define STRIDE 4160

// ADD adds X0 to the entry of the byte at (BX)+k in the histogram k strides on.
#define ADD(k, T, X) \
	MOVBLZX k(BX), T         \
	SHLQ    $4, T            \
	VPADDQ  k*STRIDE(DX)(T*1), X0, X \
	VMOVDQU X, k*STRIDE(DX)(T*1)

// func addHistogramsAVX2(hist *Pair, columns int, rows *uint32, n int, bins *uint8, p int, pairs *Pair)
TEXT ·addHistogramsAVX2(SB), NOSPLIT, $0-56
	MOVQ hist+0(FP), DI
	MOVQ columns+8(FP), CX
	MOVQ rows+16(FP), SI
	MOVQ n+24(FP), R8
	MOVQ bins+32(FP), R9
	MOVQ p+40(FP), R10
	MOVQ pairs+48(FP), R11

row:
	// The bins and the pair of the row 16 rows on.
	MOVL       64(SI), AX
	MOVQ       AX, BX
	IMULQ      R10, BX
	SHLQ       $4, AX
	PREFETCHT0 (R9)(BX*1)
	PREFETCHT0 (R11)(AX*1)

	MOVL    (SI), AX
	ADDQ    $4, SI
	MOVQ    AX, BX
	IMULQ   R10, BX
	ADDQ    R9, BX
	SHLQ    $4, AX
	VMOVDQU (R11)(AX*1), X0
	MOVQ    DI, DX
	MOVQ    CX, R12
	SUBQ    $4, R12
	JL      rest

four:
	ADD(0, R13, X1)
	ADD(1, R14, X2)
	ADD(2, R15, X3)
	ADD(3, AX, X4)
	ADDQ $4, BX
	ADDQ $(4*STRIDE), DX
	SUBQ $4, R12
	JGE  four

rest:
	ADDQ $4, R12
	JZ   next

one:
	ADD(0, R13, X1)
	INCQ BX
	ADDQ $STRIDE, DX
	DECQ R12
	JNZ  one

next:
	DECQ R8
	JNZ  row
	VZEROUPPER
	RET
