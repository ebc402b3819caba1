package simd

import (
	"math"
	"math/bits"
)

// BinFinder finds the bins of values between edges: the range of the edges is cut
// into cells of equal width, and a few steps of bisection do within a cell.
type BinFinder struct {
	scale, offset float64
	first         int             // step of the bisection, a power of two, or 0 for none
	below         [binCells]uint8 // how many edges there are in the cells before
	_             [8]uint8        // the kernel reads beyond
	edges         [512]float64    // +Inf beyond the last one
}

// MostEdges is the largest number of edges of a [BinFinder].
const MostEdges = 254

const (
	binCells   = 1024
	missingBin = 255
)

// NewBinFinder returns the finder for at most [MostEdges] edges in ascending order.
func NewBinFinder(edges []float64) *BinFinder {
	f := new(BinFinder)
	for i := copy(f.edges[:MostEdges], edges); i < len(f.edges); i++ {
		f.edges[i] = math.Inf(1)
	}
	if len(edges) > 1 {
		first, last := edges[0], edges[len(edges)-1]
		f.scale = (binCells - 1) / 2 / (last/2 - first/2)
		f.offset = first * f.scale
		if limit := math.MaxFloat64; !(f.scale <= limit && math.Abs(f.offset) <= limit) {
			f.scale, f.offset = 0, 0
		}
	}
	var inCell [binCells]int
	for _, e := range edges {
		inCell[f.cell(e)]++
	}
	below, most := 0, 0
	for c, k := range inCell {
		f.below[c] = uint8(below)
		below += k
		most = max(most, k)
	}
	f.first = 1 << bits.Len(uint(most)) >> 1
	return f
}

// cell does not fall as v grows.
func (f *BinFinder) cell(v float64) int {
	c := float64(v*f.scale) - f.offset
	if c >= binCells-1 {
		return binCells - 1
	}
	if c > 0 {
		return int(c)
	}
	return 0
}

// Find writes into bins[i] how many edges are less than values[i], and 255 for NaN.
func (f *BinFinder) Find(bins []uint8, values []float64) {
	findBins(bins[:len(values)], values, f)
}

func findBinsGo(bins []uint8, values []float64, f *BinFinder) {
	for i, v := range values {
		at := int(f.below[f.cell(v)])
		for step := f.first; step > 0; step >>= 1 {
			next := at
			if f.edges[(at+step-1)&(len(f.edges)-1)] < v {
				next = at + step
			}
			at = next
		}
		if v != v {
			at = missingBin
		}
		bins[i] = uint8(at)
	}
}
