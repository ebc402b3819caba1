//go:build amd64 && !noasm

package simd

// The entries of entry_amd64.s call the kernels for up to a block of elements, and
// the functions below for more, or where there are no kernels.

//go:noescape
func dot(n int, x, y *float64) float64

//go:noescape
func asum(n int, x *float64) float64

//go:noescape
func axpy(n int, alpha float64, x, y *float64)

//go:noescape
func scal(n int, alpha float64, x *float64)

// What the assembly jumps to, named for tools that do not read it.
var (
	_ = dotBlocks
	_ = asumBlocks
	_ = axpyBlocks
	_ = scalBlocks
)
