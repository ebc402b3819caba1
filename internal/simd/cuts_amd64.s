//go:build !noasm && !race

#include "textflag.h"

DATA even<>+0(SB)/8, $0
DATA even<>+8(SB)/8, $2
DATA even<>+16(SB)/8, $4
DATA even<>+24(SB)/8, $6
DATA even<>+32(SB)/8, $8
DATA even<>+40(SB)/8, $10
DATA even<>+48(SB)/8, $12
DATA even<>+56(SB)/8, $14
GLOBL even<>(SB), RODATA|NOPTR, $64

DATA odd<>+0(SB)/8, $1
DATA odd<>+8(SB)/8, $3
DATA odd<>+16(SB)/8, $5
DATA odd<>+24(SB)/8, $7
DATA odd<>+32(SB)/8, $9
DATA odd<>+40(SB)/8, $11
DATA odd<>+48(SB)/8, $13
DATA odd<>+56(SB)/8, $15
GLOBL odd<>(SB), RODATA|NOPTR, $64

DATA count<>+0(SB)/8, $0
DATA count<>+8(SB)/8, $1
DATA count<>+16(SB)/8, $2
DATA count<>+24(SB)/8, $3
DATA count<>+32(SB)/8, $4
DATA count<>+40(SB)/8, $5
DATA count<>+48(SB)/8, $6
DATA count<>+56(SB)/8, $7
GLOBL count<>(SB), RODATA|NOPTR, $64

// PREFIX turns eight numbers into their running sums after C, whose last one it
// leaves in all of C.
#define PREFIX(X, T, C) \
	VALIGNQ $7, Z31, X, T \
	VPADDQ  T, X, X       \
	VALIGNQ $6, Z31, X, T \
	VPADDQ  T, X, X       \
	VALIGNQ $4, Z31, X, T \
	VPADDQ  T, X, X       \
	VPADDQ  C, X, X       \
	VPERMQ  X, Z30, C

// func bestCutAVX512(c *Cuts, hist *Pair, n int, parent float64, gains *[8]float64, bins *[8]int64)
TEXT ·bestCutAVX512(SB), NOSPLIT, $0-48
	MOVQ         c+0(FP), AX
	MOVQ         hist+8(FP), SI
	MOVQ         n+16(FP), CX
	VPBROADCASTQ (AX), Z16             // Total.A
	VPBROADCASTQ 8(AX), Z17            // Total.B
	VPBROADCASTQ 16(AX), Z18           // running sums
	VPBROADCASTQ 24(AX), Z19
	VMOVQ        32(AX), X20           // CountBits
	MOVQ         $1, BX
	VMOVQ        BX, X0
	VPSLLQ       X20, X0, X0
	VMOVQ        X0, BX
	DECQ         BX
	VPBROADCASTQ BX, Z21               // mask of the count
	VPBROADCASTQ 40(AX), Z22           // MinCount
	VPANDQ       Z21, Z17, Z0
	VPSUBQ       Z22, Z0, Z23          // largest count on the left
	VPBROADCASTQ 48(AX), Z24           // units
	VPBROADCASTQ 56(AX), Z25
	VPBROADCASTQ 64(AX), Z26           // MinSecond
	VPBROADCASTQ 72(AX), Z27           // L2
	VPBROADCASTQ 80(AX), Z28           // best gains
	VPBROADCASTQ parent+24(FP), Z29
	VPXORQ       Z31, Z31, Z31
	MOVQ         $7, BX
	VPBROADCASTQ BX, Z30
	MOVQ         $-1, BX
	VPBROADCASTQ BX, Z15               // best bins
	VMOVDQU64    count<>(SB), Z14      // bins
	MOVQ         $8, BX
	VPBROADCASTQ BX, Z13
	VMOVDQU64    even<>(SB), Z12
	VMOVDQU64    odd<>(SB), Z11
	MOVQ         $0xffff, DX           // pairs that there are, two bits each

	// For the test that spares divisions: 1/(H + 2·L2), and by how much it is lenient.
	VPSRAQ       X20, X17, X9
	VCVTQQ2PD    X9, X9
	VMULSD       X25, X9, X9
	VADDSD       X27, X9, X9
	VADDSD       X27, X9, X9
	MOVQ         $0x3ff0000000000000, BX
	VMOVQ        BX, X8
	VDIVSD       X9, X8, X9
	VBROADCASTSD X9, Z9
	MOVQ         $0x3feffffffffff000, BX
	VPBROADCASTQ BX, Z8                // 1 − 2⁻⁴¹
	VADDPD       Z29, Z28, Z10
	VMULPD       Z8, Z10, Z10

eight:
	CMPQ  CX, $8
	JGE   load
	MOVQ  $1, DX
	ADDQ  CX, CX
	SHLQ  CX, DX
	DECQ  DX
	SHRQ  $1, CX

load:
	MOVQ        DX, BX
	ANDQ        $0xff, BX
	KMOVQ       BX, K1
	MOVQ        DX, BX
	SHRQ        $8, BX
	KMOVQ       BX, K2
	VMOVDQU64.Z (SI), K1, Z0
	VMOVDQU64.Z 64(SI), K2, Z1
	VMOVDQA64   Z0, Z2
	VPERMT2Q    Z1, Z12, Z0            // A
	VPERMT2Q    Z1, Z11, Z2            // B
	PREFIX(Z0, Z3, Z18)
	PREFIX(Z2, Z3, Z19)

	// Enough rows on both sides? The left sides grow: done once the last one is too large.
	VPANDQ  Z21, Z2, Z3
	VPCMPQ  $5, Z22, Z3, K1            // count ≥ MinCount
	VPCMPQ  $2, Z23, Z3, K1, K1        // and ≤ n − MinCount
	KMOVQ   K1, BX
	TESTQ   BX, BX
	JZ      skip

	VPSRAQ    X20, Z2, Z4
	VPSUBQ    Z2, Z17, Z5
	VPSRAQ    X20, Z5, Z5
	VPSUBQ    Z0, Z16, Z6
	VCVTQQ2PD Z0, Z0
	VCVTQQ2PD Z4, Z4
	VCVTQQ2PD Z5, Z5
	VCVTQQ2PD Z6, Z6
	VMULPD    Z24, Z0, Z0              // G left
	VMULPD    Z24, Z6, Z6              // G right
	VMULPD    Z25, Z4, Z4              // H left
	VMULPD    Z25, Z5, Z5              // H right
	VCMPPD    $0x1d, Z26, Z4, K1, K1   // ≥, not signalling
	VCMPPD    $0x1d, Z26, Z5, K1, K1
	VADDPD    Z27, Z4, Z4
	VADDPD    Z27, Z5, Z5
	VMULPD    Z0, Z0, Z0
	VMULPD    Z6, Z6, Z6

	// The gain is larger only if G_l²·h_r + G_r²·h_l ≥ (gain + parent)·h_l·(H_r + L2),
	// nearly, where h are the shares of the sides in H + 2·L2.
	VMULPD    Z9, Z4, Z1
	VMULPD    Z9, Z5, Z3
	VMULPD    Z0, Z3, Z3
	VMULPD    Z6, Z1, Z7
	VADDPD    Z7, Z3, Z3
	VMULPD    Z5, Z1, Z1
	VMULPD    Z10, Z1, Z1
	VCMPPD    $0x15, Z1, Z3, K1, K1    // not <, not signalling
	KORTESTB  K1, K1
	JZ        skip
	VDIVPD    Z4, Z0, Z0
	VDIVPD    Z5, Z6, Z6
	VADDPD    Z6, Z0, Z0
	VSUBPD    Z29, Z0, Z0
	VCMPPD    $0x1e, Z28, Z0, K1, K1   // >
	VMOVAPD   Z0, K1, Z28
	VMOVDQA64 Z14, K1, Z15
	VADDPD    Z29, Z28, Z10
	VMULPD    Z8, Z10, Z10

skip:
	VPADDQ Z13, Z14, Z14
	ADDQ   $128, SI
	SUBQ   $8, CX
	JG     eight

	MOVQ      gains+32(FP), DI
	VMOVUPD   Z28, (DI)
	MOVQ      bins+40(FP), DI
	VMOVDQU64 Z15, (DI)
	VZEROUPPER
	RET
