package simd

//go:generate go run -C _gen ./vector -out ../vector_amd64.s -stubs ../vector_amd64.go -pkg simd

import (
	"math"
	"unsafe"
)

// block is how many elements one call of an assembly kernel handles at most:
// the scheduler cannot interrupt it. Sums over more are sums of block sums, in
// order.
const block = 1 << 15

// lanes is the number of partial sums of [Dot], [Sum] and [AbsSum]: element i
// of a block is added to partial sum i mod lanes, and the partial sums are added
// by halves, l taking l+16, then l+8, l+4, l+2 and l+1. Every level does so,
// with fused multiply-adds: they agree bit for bit.
const lanes = 32

// Dot returns Σ x[i]·y[i] over the length of x; y must not be shorter.
func Dot(x, y []float64) float64 {
	y = y[:len(x)]
	reads(x)
	reads(y)
	return dot(len(x), unsafe.SliceData(x), unsafe.SliceData(y))
}

// Sum returns Σ x[i].
func Sum(x []float64) float64 {
	reads(x)
	if len(x) <= block {
		return sum(x)
	}
	s := 0.0
	for lo := 0; lo < len(x); lo += block {
		s += sum(x[lo:min(lo+block, len(x))])
	}
	return s
}

// AbsSum returns Σ |x[i]|.
func AbsSum(x []float64) float64 {
	reads(x)
	return asum(len(x), unsafe.SliceData(x))
}

// SqDist returns Σ (x[i]−y[i])² over the length of x; y must not be shorter.
// Element i of a block is added to partial sum i mod 8 by a fused multiply-add,
// and the partial sums are added by halves, l taking l+4, then l+2 and l+1: the
// order in which every level, and whatever else in the library claims to compute
// this distance exactly, works.
func SqDist(x, y []float64) float64 {
	y = y[:len(x)]
	reads(x)
	reads(y)
	if len(x) <= block {
		return sqdist(x, y)
	}
	s := 0.0
	for lo := 0; lo < len(x); lo += block {
		hi := min(lo+block, len(x))
		s += sqdist(x[lo:hi], y[lo:hi])
	}
	return s
}

// Finite returns the index of the first NaN or infinity in x, or −1 if all
// elements are finite. It reads at the speed of memory.
func Finite(x []float64) int {
	reads(x)
	for lo := 0; lo < len(x); lo += block {
		part := x[lo:min(lo+block, len(x))]
		if zerosum(part) == 0 {
			continue
		}
		for i, v := range part {
			if v-v != 0 {
				return lo + i
			}
		}
	}
	return -1
}

// Max returns the largest element of x, −Inf for none. NaN is passed over.
func Max(x []float64) float64 {
	reads(x)
	m := math.Inf(-1)
	for lo := 0; lo < len(x); lo += block {
		m = max(m, largest(x[lo:min(lo+block, len(x))]))
	}
	return m
}

// Min returns the smallest element of x, +Inf for none. NaN is passed over.
func Min(x []float64) float64 {
	reads(x)
	m := math.Inf(1)
	for lo := 0; lo < len(x); lo += block {
		m = min(m, smallest(x[lo:min(lo+block, len(x))]))
	}
	return m
}

// ArgMax returns the lowest index at which x has its largest element. NaN is
// passed over; 0 is returned where there is nothing else, −1 for an empty x.
func ArgMax(x []float64) int {
	if len(x) == 0 {
		return -1
	}
	return index(x, Max(x), false)
}

// ArgMin returns the lowest index at which x has its smallest element. NaN is
// passed over; 0 is returned where there is nothing else, −1 for an empty x.
func ArgMin(x []float64) int {
	if len(x) == 0 {
		return -1
	}
	return index(x, Min(x), false)
}

// ArgAbsMax returns the lowest index at which |x| is largest. NaN is passed
// over; 0 is returned where there is nothing else, −1 for an empty x.
func ArgAbsMax(x []float64) int {
	if len(x) == 0 {
		return -1
	}
	reads(x)
	m := 0.0
	for lo := 0; lo < len(x); lo += block {
		m = max(m, absLargest(x[lo:min(lo+block, len(x))]))
	}
	return index(x, m, true)
}

// index returns where value, or with abs set an element of that absolute value,
// is first in x, and 0 if it is not there.
func index(x []float64, value float64, abs bool) int {
	for lo := 0; lo < len(x); lo += block {
		part := x[lo:min(lo+block, len(x))]
		i := 0
		if abs {
			i = absFind(part, value)
		} else {
			i = find(part, value)
		}
		if i < len(part) {
			return lo + i
		}
	}
	return 0
}
