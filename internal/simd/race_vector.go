//go:build race

package simd

import (
	"runtime"
	"unsafe"
)

// The race detector does not see what assembly touches; reads and writes tell
// it.

func reads(x []float64) {
	runtime.RaceReadRange(unsafe.Pointer(unsafe.SliceData(x)), 8*len(x))
}

func writes(x []float64) {
	runtime.RaceWriteRange(unsafe.Pointer(unsafe.SliceData(x)), 8*len(x))
}
