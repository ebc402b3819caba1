//go:build !noasm && !race

#include "textflag.h"

// CUT strikes leaves off Z16 for the 16 rows at R8, by the cut at SI.
#define CUT(PREDICATE) \
	MOVL         8(SI), AX            \
	IMULQ        R9, AX               \
	VBROADCASTSD (SI), Z0             \
	VMOVUPD      (R8)(AX*1), Z1       \
	VMOVUPD      64(R8)(AX*1), Z2     \
	VCMPPD       PREDICATE, Z0, Z1, K1 \
	VCMPPD       PREDICATE, Z0, Z2, K2 \
	KUNPCKBW     K1, K2, K1           \
	VPANDD.BCST  12(SI), Z16, K1, Z16 \
	ADDQ         $16, SI

// func scoreAVX512(sums *float64, n int, columns *float64, stride int, leaves *uint32, cuts *ScoreCut, missingRight, missingLeft int, values *[ScoreLeaves]float64)
TEXT ·scoreAVX512(SB), NOSPLIT, $0-72
	MOVQ  sums+0(FP), DI
	MOVQ  n+8(FP), CX
	MOVQ  columns+16(FP), R8
	MOVQ  stride+24(FP), R9
	SHLQ  $3, R9
	MOVQ  leaves+32(FP), R10
	MOVQ  values+64(FP), R11
	MOVL  $127, AX
	VPBROADCASTD AX, Z18
	VPXORD Z17, Z17, Z17

rows:
	VMOVDQU32 (R10), Z16
	MOVQ      cuts+40(FP), SI
	MOVQ      missingRight+48(FP), R12
	TESTQ     R12, R12
	JZ        second

first:
	CUT($0x16)                         // not ≤, not signalling
	DECQ R12
	JNZ  first

second:
	MOVQ  missingLeft+56(FP), R12
	TESTQ R12, R12
	JZ    done

left:
	CUT($0x1e)                         // >, not signalling
	DECQ R12
	JNZ  left

done:
	// The lowest bit alone, as a float, has its place for exponent.
	VPSUBD      Z16, Z17, Z0
	VPANDD      Z0, Z16, Z0
	VCVTUDQ2PS  Z0, Z0
	VPSRLD      $23, Z0, Z0
	VPSUBD      Z18, Z0, Z0
	VEXTRACTI32X8 $1, Z0, Y1
	KXNORW      K1, K1, K1
	KXNORW      K2, K2, K2
	VXORPD      Z2, Z2, Z2
	VXORPD      Z3, Z3, Z3
	VGATHERDPD  (R11)(Y0*8), K1, Z2
	VGATHERDPD  (R11)(Y1*8), K2, Z3
	VADDPD      (DI), Z2, Z2
	VADDPD      64(DI), Z3, Z3
	VMOVUPD     Z2, (DI)
	VMOVUPD     Z3, 64(DI)
	ADDQ        $128, DI
	ADDQ        $128, R8
	ADDQ        $64, R10
	SUBQ        $16, CX
	JNZ         rows
	VZEROUPPER
	RET
