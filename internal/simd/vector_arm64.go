//go:build !noasm

package simd

// n is a multiple of 32; partial sum l of acc is set.

//go:noescape
func dotNEON(n int, x, y *float64, acc *[lanes]float64)

//go:noescape
func sumNEON(n int, x *float64, acc *[lanes]float64)

// n is a multiple of 8.

//go:noescape
func sqdistNEON(n int, x, y *float64, acc *[8]float64)

//go:noescape
func axpyNEON(n int, alpha float64, x, y *float64)

// n is a multiple of 2.

//go:noescape
func expNEON(n int, dst, x *float64)
