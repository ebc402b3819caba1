//go:build !noasm && !race

#include "go_asm.h"
#include "textflag.h"

DATA treeAbove<>+0(SB)/8, $1e-14
DATA treeAbove<>+8(SB)/8, $0x7fffffffffffffff
GLOBL treeAbove<>(SB), RODATA|NOPTR, $16

DATA treeRamp<>+0(SB)/8, $1.0
DATA treeRamp<>+8(SB)/8, $2.0
DATA treeRamp<>+16(SB)/8, $3.0
DATA treeRamp<>+24(SB)/8, $4.0
DATA treeRamp<>+32(SB)/8, $5.0
DATA treeRamp<>+40(SB)/8, $6.0
DATA treeRamp<>+48(SB)/8, $7.0
DATA treeRamp<>+56(SB)/8, $8.0
GLOBL treeRamp<>(SB), RODATA|NOPTR, $64

// func partitionMarkedAVX512(list *uint32, n int, marks *uint64, shift uint, spill *uint32) int
//
// Sixteen words at a time. A full block may store sixteen words at the front of
// the list, which end before the words that have not been read.
TEXT ·partitionMarkedAVX512(SB), NOSPLIT, $0-48
	MOVQ list+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ marks+16(FP), DX
	MOVQ shift+24(FP), AX
	MOVQ spill+32(FP), DI
	MOVQ SI, BX           // where the next marked word goes
	VMOVQ AX, X20
	MOVL $31, AX
	VPBROADCASTD AX, Z21
	MOVL $1, AX
	VPBROADCASTD AX, Z22
	SUBQ $16, CX
	JL   tail

block:
	VMOVDQU32   (SI), Z0
	ADDQ        $64, SI
	VPSRLD      X20, Z0, Z1
	VPSRLD      $5, Z1, Z2
	KXNORW      K1, K1, K1
	VPXORD      Z3, Z3, Z3
	VPGATHERDD  (DX)(Z2*4), K1, Z3
	VPANDD      Z21, Z1, Z1
	VPSRLVD     Z1, Z3, Z3
	VPTESTMD    Z22, Z3, K2
	KNOTW       K2, K3
	VPCOMPRESSD Z0, K2, Z4
	VPCOMPRESSD Z0, K3, Z5
	VMOVDQU32   Z4, (BX)
	VMOVDQU32   Z5, (DI)
	KMOVW       K2, AX
	POPCNTL     AX, AX
	LEAQ        (BX)(AX*4), BX
	NEGQ        AX
	LEAQ        64(DI)(AX*4), DI
	SUBQ        $16, CX
	JGE         block

tail:
	ADDQ  $16, CX
	JZ    done
	MOVL  $1, AX
	SHLL  CX, AX
	DECL  AX
	KMOVW AX, K4          // the words there are
	VMOVDQU32.Z (SI), K4, Z0
	VPSRLD      X20, Z0, Z1
	VPSRLD      $5, Z1, Z2
	KMOVW       K4, K1
	VPXORD      Z3, Z3, Z3
	VPGATHERDD  (DX)(Z2*4), K1, Z3
	VPANDD      Z21, Z1, Z1
	VPSRLVD     Z1, Z3, Z3
	VPTESTMD    Z22, Z3, K4, K2
	KANDNW      K4, K2, K3
	VPCOMPRESSD Z0, K2, Z4
	VPCOMPRESSD Z0, K3, Z5
	VMOVDQU32   Z5, (DI)
	KMOVW       K2, AX
	POPCNTL     AX, CX
	MOVL        $1, AX
	SHLL        CX, AX
	DECL        AX
	KMOVW       AX, K4
	VMOVDQU32   Z4, K4, (BX)
	LEAQ        (BX)(CX*4), BX

done:
	SUBQ list+0(FP), BX
	SHRQ $2, BX
	MOVQ BX, ret+40(FP)
	VZEROUPPER
	RET

// func partitionFewAVX512(lists *[]uint32, count, lo, n, left int, side *[FewRows / 2]uint32, words, inverted int)
//
// A list of at most sixteen words at a time.
TEXT ·partitionFewAVX512(SB), NOSPLIT, $0-64
	MOVQ lists+0(FP), R11
	MOVQ count+8(FP), R8
	MOVQ lo+16(FP), R12
	SHLQ $2, R12
	MOVQ left+32(FP), R9
	MOVQ side+40(FP), DX
	MOVQ words+48(FP), R10
	VPBROADCASTD (DX), Z16
	VPBROADCASTD 4(DX), Z17
	VPBROADCASTD 8(DX), Z18
	VPBROADCASTD 12(DX), Z19
	VPBROADCASTD 16(DX), Z20
	VPBROADCASTD 20(DX), Z21
	VPBROADCASTD 24(DX), Z22
	VPBROADCASTD 28(DX), Z23
	MOVQ  n+24(FP), CX
	MOVL  $1, AX
	SHLL  CX, AX
	DECL  AX
	KMOVW AX, K4          // the words there are
	KXORW K5, K5, K5      // all of them, if the words of side go right
	CMPQ  inverted+56(FP), $0
	JE    sided
	KMOVW AX, K5

sided:
	SUBQ  R9, CX
	MOVL  $1, AX
	SHLL  CX, AX
	DECL  AX
	KMOVW AX, K7          // as many as go right
	MOVQ  R9, CX
	MOVL  $1, AX
	SHLL  CX, AX
	DECL  AX
	KMOVW AX, K6          // as many as go left

list:
	MOVQ        (R11), SI
	ADDQ        R12, SI
	VMOVDQU32.Z (SI), K4, Z0
	VPCMPEQD    Z16, Z0, K4, K1
	VPCMPEQD    Z17, Z0, K4, K2
	VPCMPEQD    Z18, Z0, K4, K3
	KORW        K1, K2, K1
	VPCMPEQD    Z19, Z0, K4, K2
	KORW        K2, K3, K2
	KORW        K1, K2, K1
	CMPQ        R10, $4
	JLE         found
	VPCMPEQD    Z20, Z0, K4, K2
	VPCMPEQD    Z21, Z0, K4, K3
	KORW        K2, K3, K2
	KORW        K1, K2, K1
	VPCMPEQD    Z22, Z0, K4, K2
	VPCMPEQD    Z23, Z0, K4, K3
	KORW        K2, K3, K2
	KORW        K1, K2, K1

found:
	KMOVW       K1, AX
	POPCNTL     AX, AX
	CMPQ        AX, R10
	JNE         next       // other words are in this list
	KXORW       K5, K1, K1 // those that go left
	KANDNW      K4, K1, K2
	VPCOMPRESSD Z0, K1, Z1
	VPCOMPRESSD Z0, K2, Z2
	VMOVDQU32   Z1, K6, (SI)
	VMOVDQU32   Z2, K7, (SI)(R9*4)

next:
	ADDQ        $24, R11   // the next slice
	DECQ        R8
	JNZ         list
	VZEROUPPER
	RET

// func bestMeanCutsAVX512(lists *[]uint32, count, lo, n int, q *int64, c *MeanCuts) (list, best int)
//
// Eight cuts at a time.
TEXT ·bestMeanCutsAVX512(SB), NOSPLIT, $0-64
	MOVQ lists+0(FP), R11
	MOVQ lo+16(FP), R12
	SHLQ $2, R12
	MOVQ q+32(FP), DX
	MOVQ c+40(FP), DI
	XORQ R9, R9                              // the best cut
	XORQ BX, BX                              // and its list
	XORQ R13, R13                            // the list
	VPBROADCASTQ MeanCuts_S(DI), Z27
	VPBROADCASTQ MeanCuts_Shift(DI), Z17
	VPBROADCASTQ MeanCuts_Total(DI), Z18
	VCVTQQ2PD    Z18, Z19                    // Total
	VPBROADCASTQ MeanCuts_Size(DI), Z20
	VCVTQQ2PD    Z20, Z20                    // Size
	VPBROADCASTQ MeanCuts_L(DI), Z28
	VCVTQQ2PD    Z28, Z28
	VADDPD       treeRamp<>(SB), Z28, Z28    // L after each row
	MOVQ         $0x4020000000000000, AX     // 8.0
	VPBROADCASTQ AX, Z22
	VPXORQ       Z23, Z23, Z23
	MOVL         $7, AX
	VPBROADCASTQ AX, Z24
	VMOVSD       MeanCuts_Gain(DI), X25
	MOVQ         $0xfff0000000000000, AX     // −Inf
	VPBROADCASTQ AX, Z29
	CALL         treeTest<>(SB)

list:
	MOVQ         (R11), SI
	ADDQ         R12, SI
	MOVQ         n+24(FP), CX
	XORQ         R8, R8                      // how many rows were read
	VMOVDQA64    Z27, Z16
	VMOVAPD      Z28, Z21
	MOVL         $255, R10                   // the rows that there are

block:
	CMPQ CX, $8
	JGE  full
	TESTQ CX, CX
	JZ   done
	MOVL $1, R10
	SHLL CX, R10
	DECL R10

full:
	KMOVW R10, K3
	VMOVDQU32.Z (SI), K3, Y0
	KMOVW       K3, K1
	VPXORQ      Z1, Z1, Z1
	VPGATHERDQ  (DX)(Y0*8), K1, Z1
	VPSUBQ.Z    Z17, Z1, K3, Z1
	// Running sums.
	VALIGNQ     $7, Z23, Z1, Z2
	VPADDQ      Z2, Z1, Z1
	VALIGNQ     $6, Z23, Z1, Z2
	VPADDQ      Z2, Z1, Z1
	VALIGNQ     $4, Z23, Z1, Z2
	VPADDQ      Z2, Z1, Z1
	VPADDQ      Z16, Z1, Z1                  // S after each row
	VPERMQ      Z1, Z24, Z16
	VCVTQQ2PD   Z1, Z3
	VMULPD      Z20, Z3, Z4
	VMULPD      Z21, Z19, Z5
	VSUBPD      Z5, Z4, Z4
	VMULPD      Z4, Z4, Z4                   // (S·Size − Total·L)²
	VSUBPD      Z21, Z20, Z6                 // Size − L
	VMULPD      Z6, Z21, Z7
	VMULPD      Z26, Z7, Z7
	VCMPPD      $0x1e, Z7, Z4, K3, K2        // greater
	KORTESTB    K2, K2
	JZ          next

	// The exact gains of those that pass the test.
	VMULPD     Z3, Z3, Z4
	VDIVPD     Z21, Z4, Z4
	VPSUBQ     Z1, Z18, Z5
	VCVTQQ2PD  Z5, Z5
	VMULPD     Z5, Z5, Z5
	VDIVPD     Z6, Z5, Z5
	VADDPD     Z5, Z4, Z4
	VBROADCASTSD X25, Z5
	VCMPPD     $0x1e, Z5, Z4, K2, K1
	KORTESTB   K1, K1
	JZ         next
	VMOVAPD    Z29, Z5
	VMOVAPD    Z4, K1, Z5
	VEXTRACTF64X4 $1, Z5, Y7
	VMAXPD     Y7, Y5, Y5
	VEXTRACTF128 $1, Y5, X7
	VMAXPD     X7, X5, X5
	VPERMILPD  $1, X5, X7
	VMAXSD     X7, X5, X25
	VBROADCASTSD X25, Z5
	VCMPPD     $0, Z5, Z4, K1, K2
	KMOVW      K2, AX
	BSFL       AX, AX
	LEAQ       1(R8)(AX*1), R9
	MOVQ       R13, BX
	CALL       treeTest<>(SB)

next:
	VADDPD Z22, Z21, Z21
	ADDQ   $32, SI
	ADDQ   $8, R8
	SUBQ   $8, CX
	JG     block

done:
	VUCOMISD MeanCuts_Limit(DI), X25
	JAE      end
	ADDQ     $24, R11                        // the next slice
	INCQ     R13
	CMPQ     R13, count+8(FP)
	JL       list

end:
	// Masked rows add nothing to the last sum.
	MOVQ  n+24(FP), AX
	ADDQ  AX, MeanCuts_L(DI)
	VMOVQ X16, MeanCuts_S(DI)
	VMOVSD X25, MeanCuts_Gain(DI)
	MOVQ  BX, list+48(FP)
	MOVQ  R9, best+56(FP)
	VZEROUPPER
	RET

// treeTest sets Z26 to what a cut has to exceed to be worth a division, for the
// gain in X25.
TEXT treeTest<>(SB), NOSPLIT, $0-0
	VMOVSD treeAbove<>+8(SB), X26
	VANDPD X26, X25, X26
	VMULSD treeAbove<>+0(SB), X26, X26
	VSUBSD X26, X25, X26
	VSUBSD MeanCuts_Rise(DI), X26, X26
	VMULSD X20, X26, X26
	VBROADCASTSD X26, Z26
	RET
