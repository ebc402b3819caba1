//go:build !noasm

#include "textflag.h"

// Vm, Vn, Vd in the order of Go's assembler, for instructions that it lacks.
#define FMAX(m, n, d) WORD $(0x4E60F400 | (m)<<16 | (n)<<5 | (d))
#define FMIN(m, n, d) WORD $(0x4EE0F400 | (m)<<16 | (n)<<5 | (d))

DATA one<>+0(SB)/8, $0x3FF0000000000000
GLOBL one<>(SB), RODATA|NOPTR, $8

// VFMLA by one stands for an addition, which rounds the same.
#define LOADONE(v) \
	MOVD $one<>(SB), R8 \
	VLD1R (R8), [v.D2]

#define ZERO16 \
	VEOR V0.B16, V0.B16, V0.B16 \
	VEOR V1.B16, V1.B16, V1.B16 \
	VEOR V2.B16, V2.B16, V2.B16 \
	VEOR V3.B16, V3.B16, V3.B16 \
	VEOR V4.B16, V4.B16, V4.B16 \
	VEOR V5.B16, V5.B16, V5.B16 \
	VEOR V6.B16, V6.B16, V6.B16 \
	VEOR V7.B16, V7.B16, V7.B16 \
	VEOR V8.B16, V8.B16, V8.B16 \
	VEOR V9.B16, V9.B16, V9.B16 \
	VEOR V10.B16, V10.B16, V10.B16 \
	VEOR V11.B16, V11.B16, V11.B16 \
	VEOR V12.B16, V12.B16, V12.B16 \
	VEOR V13.B16, V13.B16, V13.B16 \
	VEOR V14.B16, V14.B16, V14.B16 \
	VEOR V15.B16, V15.B16, V15.B16

#define STORE16(p) \
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(p) \
	VST1.P [V4.D2, V5.D2, V6.D2, V7.D2], 64(p) \
	VST1.P [V8.D2, V9.D2, V10.D2, V11.D2], 64(p) \
	VST1   [V12.D2, V13.D2, V14.D2, V15.D2], (p)

// Eight elements of a dot product: a, b, c, d are accumulators.
#define DOT8(a, b, c, d) \
	VLD1.P 64(R1), [V16.D2, V17.D2, V18.D2, V19.D2] \
	VLD1.P 64(R2), [V20.D2, V21.D2, V22.D2, V23.D2] \
	VFMLA V20.D2, V16.D2, a.D2 \
	VFMLA V21.D2, V17.D2, b.D2 \
	VFMLA V22.D2, V18.D2, c.D2 \
	VFMLA V23.D2, V19.D2, d.D2

// func dotNEON(n int, x, y *float64, acc *[32]float64)
// n > 0 is a multiple of 32.
TEXT ·dotNEON(SB), NOSPLIT, $0-32
	MOVD n+0(FP), R0
	MOVD x+8(FP), R1
	MOVD y+16(FP), R2
	MOVD acc+24(FP), R3
	ZERO16
loop:
	DOT8(V0, V1, V2, V3)
	DOT8(V4, V5, V6, V7)
	DOT8(V8, V9, V10, V11)
	DOT8(V12, V13, V14, V15)
	SUBS $32, R0
	BNE  loop
	STORE16(R3)
	RET

#define SUM8(a, b, c, d) \
	VLD1.P 64(R1), [V16.D2, V17.D2, V18.D2, V19.D2] \
	VFMLA V31.D2, V16.D2, a.D2 \
	VFMLA V31.D2, V17.D2, b.D2 \
	VFMLA V31.D2, V18.D2, c.D2 \
	VFMLA V31.D2, V19.D2, d.D2

// func sumNEON(n int, x *float64, acc *[32]float64)
// n > 0 is a multiple of 32.
TEXT ·sumNEON(SB), NOSPLIT, $0-24
	MOVD n+0(FP), R0
	MOVD x+8(FP), R1
	MOVD acc+16(FP), R3
	LOADONE(V31)
	ZERO16
loop:
	SUM8(V0, V1, V2, V3)
	SUM8(V4, V5, V6, V7)
	SUM8(V8, V9, V10, V11)
	SUM8(V12, V13, V14, V15)
	SUBS $32, R0
	BNE  loop
	STORE16(R3)
	RET

// func sqdistNEON(n int, x, y *float64, acc *[8]float64)
// n > 0 is a multiple of 8.
TEXT ·sqdistNEON(SB), NOSPLIT, $0-32
	MOVD n+0(FP), R0
	MOVD x+8(FP), R1
	MOVD y+16(FP), R2
	MOVD acc+24(FP), R3
	LOADONE(V31)
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
loop:
	VLD1.P 64(R1), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1.P 64(R2), [V20.D2, V21.D2, V22.D2, V23.D2]
	VFMLS V31.D2, V20.D2, V16.D2
	VFMLS V31.D2, V21.D2, V17.D2
	VFMLS V31.D2, V22.D2, V18.D2
	VFMLS V31.D2, V23.D2, V19.D2
	VFMLA V16.D2, V16.D2, V0.D2
	VFMLA V17.D2, V17.D2, V1.D2
	VFMLA V18.D2, V18.D2, V2.D2
	VFMLA V19.D2, V19.D2, V3.D2
	SUBS $8, R0
	BNE  loop
	VST1 [V0.D2, V1.D2, V2.D2, V3.D2], (R3)
	RET

// func axpyNEON(n int, alpha float64, x, y *float64)
// n > 0 is a multiple of 8.
TEXT ·axpyNEON(SB), NOSPLIT, $0-32
	MOVD  n+0(FP), R0
	MOVD  x+16(FP), R1
	MOVD  y+24(FP), R2
	MOVD  $alpha+8(FP), R8
	VLD1R (R8), [V31.D2]
loop:
	VLD1.P 64(R1), [V16.D2, V17.D2, V18.D2, V19.D2]
	VLD1   (R2), [V20.D2, V21.D2, V22.D2, V23.D2]
	VFMLA  V31.D2, V16.D2, V20.D2
	VFMLA  V31.D2, V17.D2, V21.D2
	VFMLA  V31.D2, V18.D2, V22.D2
	VFMLA  V31.D2, V19.D2, V23.D2
	VST1.P [V20.D2, V21.D2, V22.D2, V23.D2], 64(R2)
	SUBS   $8, R0
	BNE    loop
	RET

// The numbers of exp1, in the order of registers V12 to V29.
DATA exptable<>+0(SB)/8, $-746.0
DATA exptable<>+8(SB)/8, $710.0
DATA exptable<>+16(SB)/8, $0x3FF71547652B82FE  // log2e
DATA exptable<>+24(SB)/8, $0x4338000000000000  // magic
DATA exptable<>+32(SB)/8, $0x3FE62E42FEFA3000  // ln2hi
DATA exptable<>+40(SB)/8, $0x3D53DE6AF278ECE6  // ln2lo
DATA exptable<>+48(SB)/8, $0x3FE0000000000001  // e2
DATA exptable<>+56(SB)/8, $0x3FC5555555555556
DATA exptable<>+64(SB)/8, $0x3FA5555555553D63
DATA exptable<>+72(SB)/8, $0x3F811111111109B3
DATA exptable<>+80(SB)/8, $0x3F56C16C1788BD90
DATA exptable<>+88(SB)/8, $0x3F2A01A01A7C41D5
DATA exptable<>+96(SB)/8, $0x3EFA019B90D2AE7A
DATA exptable<>+104(SB)/8, $0x3EC71DE0DAE63BB3
DATA exptable<>+112(SB)/8, $0x3E9289185613A3D6
DATA exptable<>+120(SB)/8, $0x3E5AF38A9B0EC855 // e11
DATA exptable<>+128(SB)/8, $0.5
DATA exptable<>+136(SB)/8, $1.0
GLOBL exptable<>(SB), RODATA|NOPTR, $144

// func expNEON(n int, dst, x *float64)
// n > 0 is a multiple of 2. The steps are those of exp1.
TEXT ·expNEON(SB), NOSPLIT, $0-24
	MOVD  n+0(FP), R0
	MOVD  dst+8(FP), R1
	MOVD  x+16(FP), R2
	MOVD  $exptable<>(SB), R8
	VLD1R.P 8(R8), [V12.D2]
	VLD1R.P 8(R8), [V13.D2]
	VLD1R.P 8(R8), [V14.D2]
	VLD1R.P 8(R8), [V15.D2]
	VLD1R.P 8(R8), [V16.D2]
	VLD1R.P 8(R8), [V17.D2]
	VLD1R.P 8(R8), [V18.D2]
	VLD1R.P 8(R8), [V19.D2]
	VLD1R.P 8(R8), [V20.D2]
	VLD1R.P 8(R8), [V21.D2]
	VLD1R.P 8(R8), [V22.D2]
	VLD1R.P 8(R8), [V23.D2]
	VLD1R.P 8(R8), [V24.D2]
	VLD1R.P 8(R8), [V25.D2]
	VLD1R.P 8(R8), [V26.D2]
	VLD1R.P 8(R8), [V27.D2]
	VLD1R.P 8(R8), [V28.D2]
	VLD1R.P 8(R8), [V29.D2]
loop:
	VLD1.P 16(R2), [V0.D2]
	FMAX(12, 0, 0)
	FMIN(13, 0, 0)
	VMOV  V15.B16, V1.B16
	VFMLA V14.D2, V0.D2, V1.D2
	VFMLS V29.D2, V15.D2, V1.D2 // k
	VFMLS V16.D2, V1.D2, V0.D2
	VFMLS V17.D2, V1.D2, V0.D2  // r
	VEOR  V2.B16, V2.B16, V2.B16
	VFMLA V0.D2, V0.D2, V2.D2   // r²
	VEOR  V3.B16, V3.B16, V3.B16
	VFMLA V2.D2, V2.D2, V3.D2   // r⁴
	VMOV  V18.B16, V4.B16
	VFMLA V0.D2, V19.D2, V4.D2
	VMOV  V20.B16, V5.B16
	VFMLA V0.D2, V21.D2, V5.D2
	VMOV  V22.B16, V6.B16
	VFMLA V0.D2, V23.D2, V6.D2
	VMOV  V24.B16, V7.B16
	VFMLA V0.D2, V25.D2, V7.D2
	VMOV  V26.B16, V8.B16
	VFMLA V0.D2, V27.D2, V8.D2
	VFMLA V2.D2, V8.D2, V7.D2
	VFMLA V2.D2, V7.D2, V6.D2
	VFMLA V2.D2, V5.D2, V4.D2
	VFMLA V3.D2, V6.D2, V4.D2
	VFMLA V2.D2, V4.D2, V0.D2
	VFMLA V29.D2, V29.D2, V0.D2

	// Scale by halves of k.
	VMOV  V15.B16, V5.B16
	VFMLA V28.D2, V1.D2, V5.D2
	VMOV  V5.B16, V6.B16
	VFMLS V29.D2, V15.D2, V6.D2
	VFMLS V29.D2, V6.D2, V1.D2
	VFMLA V29.D2, V15.D2, V1.D2
	VSHL  $52, V5.D2, V5.D2
	VADD  V29.D2, V5.D2, V5.D2
	VSHL  $52, V1.D2, V1.D2
	VADD  V29.D2, V1.D2, V1.D2
	VEOR  V7.B16, V7.B16, V7.B16
	VFMLA V5.D2, V0.D2, V7.D2
	VEOR  V8.B16, V8.B16, V8.B16
	VFMLA V1.D2, V7.D2, V8.D2
	VST1.P [V8.D2], 16(R1)
	SUBS  $2, R0
	BNE   loop
	RET
