//go:build !noasm

#include "textflag.h"

// Calls of kernels on short vectors cost as much as the kernels. These entries
// choose the level in assembly, so that Go code around them can be inlined. The
// numbers are those of the constants in level.go and reduce.go.

#define AVX2 $2
#define AVX512 $3
#define BLOCK $0x8000

#define ENTRY(wide, narrow, blocks) \
	CMPQ n+0(FP), BLOCK; \
	JHI  other; \
	CMPQ ·level(SB), AVX512; \
	JNE  next; \
	JMP  wide; \
next: \
	CMPQ ·level(SB), AVX2; \
	JNE  other; \
	JMP  narrow; \
other: \
	JMP  blocks

// func dot(n int, x, y *float64) float64
TEXT ·dot(SB), NOSPLIT, $0-32
	ENTRY(·dotAVX512(SB), ·dotAVX2(SB), ·dotBlocks(SB))

// func asum(n int, x *float64) float64
TEXT ·asum(SB), NOSPLIT, $0-24
	ENTRY(·asumAVX512(SB), ·asumAVX2(SB), ·asumBlocks(SB))

// func axpy(n int, alpha float64, x, y *float64)
TEXT ·axpy(SB), NOSPLIT, $0-32
	ENTRY(·axpyAVX512(SB), ·axpyAVX2(SB), ·axpyBlocks(SB))

// func scal(n int, alpha float64, x *float64)
TEXT ·scal(SB), NOSPLIT, $0-24
	ENTRY(·scalAVX512(SB), ·scalAVX2(SB), ·scalBlocks(SB))
