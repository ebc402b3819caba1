//go:build !noasm && !race

#include "textflag.h"

// Bytes from one table to the next: 8·PackedStride.
#define STRIDE 2112

// ADD adds AX to the entry of the byte at (BX)+k in the table k strides on.
#define ADD(k, T) \
	MOVBLZX k(BX), T \
	ADDQ    AX, k*STRIDE(DX)(T*8)

// func addPackedAMD64(table *uint64, columns int, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPackedAMD64(SB), NOSPLIT, $0-56
	MOVQ table+0(FP), DI
	MOVQ columns+8(FP), CX
	MOVQ rows+16(FP), SI
	MOVQ n+24(FP), R8
	MOVQ bins+32(FP), R9
	MOVQ p+40(FP), R10
	MOVQ words+48(FP), R11

row:
	// The bins and the word of the row 16 rows on.
	MOVL       64(SI), AX
	MOVQ       AX, BX
	IMULQ      R10, BX
	PREFETCHT0 (R9)(BX*1)
	PREFETCHT0 (R11)(AX*8)

	MOVL  (SI), AX
	ADDQ  $4, SI
	MOVQ  AX, BX
	IMULQ R10, BX
	ADDQ  R9, BX
	MOVQ  (R11)(AX*8), AX
	MOVQ  DI, DX
	MOVQ  CX, R12
	SUBQ  $4, R12
	JL    rest

four:
	ADD(0, R13)
	ADD(1, R14)
	ADD(2, R15)
	ADD(3, R13)
	ADDQ $4, BX
	ADDQ $(4*STRIDE), DX
	SUBQ $4, R12
	JGE  four

rest:
	ADDQ $4, R12
	JZ   next

one:
	ADD(0, R13)
	INCQ BX
	ADDQ $STRIDE, DX
	DECQ R12
	JNZ  one

next:
	DECQ R8
	JNZ  row
	RET

// func packAVX512(words *uint64, first, second *float64, n int, scale1, scale2 float64, shift1, shift2 uint)
TEXT ·packAVX512(SB), NOSPLIT, $0-64
	MOVQ         words+0(FP), DI
	MOVQ         first+8(FP), SI
	MOVQ         second+16(FP), DX
	MOVQ         n+24(FP), CX
	VBROADCASTSD scale1+32(FP), Z16
	VBROADCASTSD scale2+40(FP), Z17
	VMOVQ        shift1+48(FP), X18
	VMOVQ        shift2+56(FP), X19
	MOVQ         $0x4338000000000000, AX // 1.5 · 2^52
	VPBROADCASTQ AX, Z20
	MOVL         $1, AX
	VPBROADCASTQ AX, Z21

words:
	VMULPD    (SI), Z16, Z0
	VMULPD    (DX), Z17, Z1
	VADDPD    Z20, Z0, Z0
	VADDPD    Z20, Z1, Z1
	VPSUBQ    Z20, Z0, Z0
	VPSUBQ    Z20, Z1, Z1
	VPSLLQ    X18, Z0, Z0
	VPSLLQ    X19, Z1, Z1
	VPADDQ    Z1, Z0, Z0
	VPADDQ    Z21, Z0, Z0
	VMOVDQU64 Z0, (DI)
	ADDQ      $64, SI
	ADDQ      $64, DX
	ADDQ      $64, DI
	SUBQ      $8, CX
	JNZ       words
	VZEROUPPER
	RET

DATA low<>+0(SB)/8, $0
DATA low<>+8(SB)/8, $8
DATA low<>+16(SB)/8, $1
DATA low<>+24(SB)/8, $9
DATA low<>+32(SB)/8, $2
DATA low<>+40(SB)/8, $10
DATA low<>+48(SB)/8, $3
DATA low<>+56(SB)/8, $11
GLOBL low<>(SB), RODATA|NOPTR, $64

DATA high<>+0(SB)/8, $4
DATA high<>+8(SB)/8, $12
DATA high<>+16(SB)/8, $5
DATA high<>+24(SB)/8, $13
DATA high<>+32(SB)/8, $6
DATA high<>+40(SB)/8, $14
DATA high<>+48(SB)/8, $7
DATA high<>+56(SB)/8, $15
GLOBL high<>(SB), RODATA|NOPTR, $64

// func unpackAVX512(hist *Pair, table *uint64, shift1, shift2 uint, mask, countMask uint64, countBits uint, keep int)
TEXT ·unpackAVX512(SB), NOSPLIT, $0-64
	MOVQ         hist+0(FP), DI
	MOVQ         table+8(FP), SI
	VMOVQ        shift1+16(FP), X16
	VMOVQ        shift2+24(FP), X17
	VPBROADCASTQ mask+32(FP), Z18
	VPBROADCASTQ countMask+40(FP), Z19
	VMOVQ        countBits+48(FP), X20
	MOVQ         keep+56(FP), AX
	KMOVQ        AX, K1
	VMOVDQU64    low<>(SB), Z21
	VMOVDQU64    high<>(SB), Z22
	VPXORQ       Z23, Z23, Z23
	MOVQ         $32, CX

eight:
	VMOVDQU64   (SI), Z0
	VMOVDQU64   Z23, (SI)
	VPSRAQ      X16, Z0, Z1
	VPSRLQ      X17, Z0, Z2
	VPANDQ      Z18, Z2, Z2
	VPSLLQ      X20, Z2, Z2
	VPANDQ      Z19, Z0, Z0
	VPORQ       Z0, Z2, Z2
	VMOVDQA64   Z1, Z3
	VPERMT2Q    Z2, Z21, Z1
	VPERMT2Q    Z2, Z22, Z3
	VMOVDQU64.Z (DI), K1, Z4
	VMOVDQU64.Z 64(DI), K1, Z5
	VPADDQ      Z4, Z1, Z1
	VPADDQ      Z5, Z3, Z3
	VMOVDQU64   Z1, (DI)
	VMOVDQU64   Z3, 64(DI)
	ADDQ        $64, SI
	ADDQ        $128, DI
	DECQ        CX
	JNZ         eight
	VZEROUPPER
	RET

// func subtractPairsAVX512(pairs, from *Pair, n int)
TEXT ·subtractPairsAVX512(SB), NOSPLIT, $0-24
	MOVQ pairs+0(FP), DI
	MOVQ from+8(FP), SI
	MOVQ n+16(FP), CX

four:
	VMOVDQU64 (DI), Z0
	VPSUBQ    (SI), Z0, Z0
	VMOVDQU64 Z0, (DI)
	ADDQ      $64, DI
	ADDQ      $64, SI
	SUBQ      $4, CX
	JNZ       four
	VZEROUPPER
	RET

// func addShiftedAVX512(hist, from *Pair, n int, step, countMask int64)
TEXT ·addShiftedAVX512(SB), NOSPLIT, $0-40
	MOVQ         hist+0(FP), DI
	MOVQ         from+8(FP), SI
	MOVQ         n+16(FP), CX
	VPBROADCASTQ step+24(FP), Z16
	VPBROADCASTQ countMask+32(FP), Z17

four:
	// The counts come to stand over the first sums.
	VMOVDQU64 (SI), Z0
	VPSHUFD   $0xee, Z0, Z1
	VPANDQ    Z17, Z1, Z1
	VPMULLQ   Z16, Z1, Z1
	MOVQ      $0x55, AX
	KMOVQ     AX, K1
	VPADDQ    Z1, Z0, K1, Z0
	VPADDQ    (DI), Z0, Z0
	VMOVDQU64 Z0, (DI)
	ADDQ      $64, DI
	ADDQ      $64, SI
	SUBQ      $4, CX
	JNZ       four
	VZEROUPPER
	RET
