package blas

import (
	"syscall"
	"unsafe"
)

// AdviseHuge asks for large pages: a packed operand is passed over again and again,
// and with small pages each pass misses the translation buffers; and a large matrix
// takes less time to be touched first. It is advice, so whether it is taken does not matter.
func AdviseHuge(x []float64) {
	const madvHugepage = 14
	page := uintptr(syscall.Getpagesize())
	start := uintptr(unsafe.Pointer(unsafe.SliceData(x)))
	skip := -start & (page - 1)
	size := uintptr(8 * len(x))
	if size < skip+page {
		return
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), size)
	_ = syscall.Madvise(bytes[skip:skip+(size-skip)&^(page-1)], madvHugepage)
}
