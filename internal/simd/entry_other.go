//go:build noasm || !amd64

package simd

func dot(n int, x, y *float64) float64         { return dotBlocks(n, x, y) }
func asum(n int, x *float64) float64           { return asumBlocks(n, x) }
func axpy(n int, alpha float64, x, y *float64) { axpyBlocks(n, alpha, x, y) }
func scal(n int, alpha float64, x *float64)    { scalBlocks(n, alpha, x) }
