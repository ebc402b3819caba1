//go:build arm64 && !noasm

package simd

// Advanced SIMD with double precision is part of the arm64 base.
func supported(l Level) bool { return l == Portable || l == NEON }
