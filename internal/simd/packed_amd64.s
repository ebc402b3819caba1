//go:build !noasm && !race

#include "textflag.h"

// Bytes from one table to the next: 8·PackedStride.
#define STRIDE 2112

// The kernels of AddPacked, one for each number of columns up to 16, so that a row
// takes few instructions beside the additions themselves. Bytes come from a
// register, several by one load, since loads and stores are what limits the speed.

// START loads the arguments, but for the number of columns.
#define START \
	MOVQ table+0(FP), DX  \
	MOVQ rows+8(FP), SI   \
	MOVQ n+16(FP), R8     \
	MOVQ bins+24(FP), R9  \
	MOVQ p+32(FP), R10    \
	MOVQ words+40(FP), R11

// ROW fetches the bins, from the first to the given last one, and the word of the
// row 16 rows on ahead, and loads those of this row: R12 points to its bins.
#define ROW(last) \
	MOVL       64(SI), R12          \
	MOVQ       R12, R13             \
	IMULQ      R10, R13             \
	PREFETCHT0 (R9)(R13*1)          \
	PREFETCHT0 last(R9)(R13*1)      \
	PREFETCHT0 (R11)(R12*8)         \
	MOVL       (SI), R12            \
	ADDQ       $4, SI               \
	MOVQ       (R11)(R12*8), R15    \
	IMULQ      R10, R12             \
	ADDQ       R9, R12

// PAIR adds R15 to the entries of the bytes AL and AH in tables k and k+1.
#define PAIR(k) \
	MOVBLZX AL, BX                      \
	ADDQ    R15, k*STRIDE(DX)(BX*8)     \
	MOVBLZX AH, BX                      \
	ADDQ    R15, (k+1)*STRIDE(DX)(BX*8)

#define ONE(k) \
	MOVBLZX k(R12), BX                  \
	ADDQ    R15, k*STRIDE(DX)(BX*8)

#define TWO(k) \
	MOVWLZX k(R12), AX                  \
	PAIR(k)

#define FOUR(k) \
	MOVL k(R12), AX                     \
	PAIR(k)                             \
	SHRL $16, AX                        \
	PAIR((k+2))

#define EIGHT(k) \
	MOVQ k(R12), AX                     \
	PAIR(k)                             \
	SHRQ $16, AX                        \
	PAIR((k+2))                         \
	SHRQ $16, AX                        \
	PAIR((k+4))                         \
	SHRQ $16, AX                        \
	PAIR((k+6))

// func addPacked1(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked1(SB), NOSPLIT, $0-48
	START

row:
	ROW(0)
	ONE(0)
	DECQ R8
	JNZ  row
	RET

// func addPacked2(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked2(SB), NOSPLIT, $0-48
	START

row:
	ROW(1)
	TWO(0)
	DECQ R8
	JNZ  row
	RET

// func addPacked3(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked3(SB), NOSPLIT, $0-48
	START

row:
	ROW(2)
	TWO(0)
	ONE(2)
	DECQ R8
	JNZ  row
	RET

// func addPacked4(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked4(SB), NOSPLIT, $0-48
	START

row:
	ROW(3)
	FOUR(0)
	DECQ R8
	JNZ  row
	RET

// func addPacked5(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked5(SB), NOSPLIT, $0-48
	START

row:
	ROW(4)
	FOUR(0)
	ONE(4)
	DECQ R8
	JNZ  row
	RET

// func addPacked6(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked6(SB), NOSPLIT, $0-48
	START

row:
	ROW(5)
	FOUR(0)
	TWO(4)
	DECQ R8
	JNZ  row
	RET

// func addPacked7(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked7(SB), NOSPLIT, $0-48
	START

row:
	ROW(6)
	FOUR(0)
	TWO(4)
	ONE(6)
	DECQ R8
	JNZ  row
	RET

// func addPacked8(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked8(SB), NOSPLIT, $0-48
	START

row:
	ROW(7)
	EIGHT(0)
	DECQ R8
	JNZ  row
	RET

// func addPacked9(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked9(SB), NOSPLIT, $0-48
	START

row:
	ROW(8)
	EIGHT(0)
	ONE(8)
	DECQ R8
	JNZ  row
	RET

// func addPacked10(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked10(SB), NOSPLIT, $0-48
	START

row:
	ROW(9)
	EIGHT(0)
	TWO(8)
	DECQ R8
	JNZ  row
	RET

// func addPacked11(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked11(SB), NOSPLIT, $0-48
	START

row:
	ROW(10)
	EIGHT(0)
	TWO(8)
	ONE(10)
	DECQ R8
	JNZ  row
	RET

// func addPacked12(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked12(SB), NOSPLIT, $0-48
	START

row:
	ROW(11)
	EIGHT(0)
	FOUR(8)
	DECQ R8
	JNZ  row
	RET

// func addPacked13(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked13(SB), NOSPLIT, $0-48
	START

row:
	ROW(12)
	EIGHT(0)
	FOUR(8)
	ONE(12)
	DECQ R8
	JNZ  row
	RET

// func addPacked14(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked14(SB), NOSPLIT, $0-48
	START

row:
	ROW(13)
	EIGHT(0)
	FOUR(8)
	TWO(12)
	DECQ R8
	JNZ  row
	RET

// func addPacked15(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked15(SB), NOSPLIT, $0-48
	START

row:
	ROW(14)
	EIGHT(0)
	FOUR(8)
	TWO(12)
	ONE(14)
	DECQ R8
	JNZ  row
	RET

// func addPacked16(table *uint64, rows *uint32, n int, bins *uint8, p int, words *uint64)
TEXT ·addPacked16(SB), NOSPLIT, $0-48
	START

row:
	ROW(15)
	EIGHT(0)
	EIGHT(8)
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
