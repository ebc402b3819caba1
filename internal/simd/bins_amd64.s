//go:build !noasm && !race

#include "textflag.h"

// func findBinsAVX512(bins *uint8, values *float64, n int, scale, offset float64, below *uint8, edges *float64, first int)
TEXT ·findBinsAVX512(SB), NOSPLIT, $0-64
	MOVQ         bins+0(FP), DI
	MOVQ         values+8(FP), SI
	MOVQ         n+16(FP), CX
	VBROADCASTSD scale+24(FP), Z16
	VBROADCASTSD offset+32(FP), Z17
	MOVQ         below+40(FP), R8
	MOVQ         edges+48(FP), R9
	MOVQ         first+56(FP), R10
	MOVQ         $0x408ff80000000000, AX // 1023, the last cell
	VPBROADCASTQ AX, Z18
	VPXORQ       Z19, Z19, Z19
	MOVQ         $255, AX
	VPBROADCASTQ AX, Z20

eight:
	VMOVUPD    (SI), Z0
	VMULPD     Z16, Z0, Z1
	VSUBPD     Z17, Z1, Z1
	VMAXPD     Z19, Z1, Z1             // 0 for NaN
	VMINPD     Z18, Z1, Z1
	VCVTTPD2QQ Z1, Z1
	KXNORB     K1, K1, K1
	VPGATHERQD (R8)(Z1*1), K1, Y2
	VPMOVZXDQ  Y2, Z2
	VPANDQ     Z20, Z2, Z2
	MOVQ       R10, AX
	TESTQ      AX, AX
	JZ         found

bisect:
	VPBROADCASTQ AX, Z3
	VPADDQ       Z3, Z2, Z4
	KXNORB       K1, K1, K1
	VGATHERQPD   -8(R9)(Z4*8), K1, Z5
	VCMPPD       $0x11, Z0, Z5, K1      // <, not signalling
	VMOVDQA64    Z4, K1, Z2
	SHRQ         $1, AX
	JNZ          bisect

found:
	VCMPPD    $3, Z0, Z0, K1          // NaN
	VMOVDQA64 Z20, K1, Z2
	VPMOVQB   Z2, (DI)
	ADDQ      $64, SI
	ADDQ      $8, DI
	SUBQ      $8, CX
	JNZ       eight
	VZEROUPPER
	RET
