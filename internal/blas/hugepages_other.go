//go:build !linux

package blas

// AdviseHuge asks for large pages where the system has them.
func AdviseHuge(x []float64) {}
