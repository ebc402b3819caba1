//go:build !noasm && !race

#include "textflag.h"

// func partitionAVX512(rows, members, rest *uint32, n int, column *uint8, set *[8]uint32, dense int) int
TEXT ·partitionAVX512(SB), NOSPLIT, $0-64
	MOVQ         rows+0(FP), SI
	MOVQ         members+8(FP), DI
	MOVQ         rest+16(FP), R8
	MOVQ         n+24(FP), CX
	MOVQ         column+32(FP), R9
	MOVQ         set+40(FP), AX
	MOVQ         dense+48(FP), R10
	VBROADCASTI32X8 (AX), Z16
	MOVQ         $1, AX
	VPBROADCASTD AX, Z17
	MOVQ         $31, AX
	VPBROADCASTD AX, Z18
	MOVQ         $255, AX
	VPBROADCASTD AX, Z19

sixteen:
	VMOVDQU32   (SI), Z0
	TESTQ       R10, R10
	JNZ         dense
	KXNORW      K1, K1, K1
	VPGATHERDD  (R9)(Z0*1), K1, Z1
	VPANDD      Z19, Z1, Z1

known:
	VPSRLD      $5, Z1, Z2
	VPERMD      Z16, Z2, Z2
	VPANDD      Z18, Z1, Z1
	VPSRLVD     Z1, Z2, Z2
	VPTESTMD    Z17, Z2, K2
	VPTESTNMD   Z17, Z2, K3
	VPCOMPRESSD Z0, K2, Z3
	VPCOMPRESSD Z0, K3, Z4
	VMOVDQU32   Z3, (DI)
	VMOVDQU32   Z4, (R8)
	KMOVW       K2, AX
	POPCNTL     AX, AX
	LEAQ        (DI)(AX*4), DI
	NEGQ        AX
	LEAQ        64(R8)(AX*4), R8
	ADDQ        $64, SI
	SUBQ        $16, CX
	JNZ         sixteen
	VZEROUPPER
	SUBQ        members+8(FP), DI
	SHRQ        $2, DI
	MOVQ        DI, ret+56(FP)
	RET

dense:
	MOVL      (SI), AX
	VPMOVZXBD (R9)(AX*1), Z1
	JMP       known
