//go:build noasm || !(amd64 || arm64)

package simd

func supported(l Level) bool { return l == Portable }
