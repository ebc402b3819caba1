package tree

import (
	"context"
	"math"
	"math/bits"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// derivative is the first derivative of the loss at a row, A, and in the upper bits
// of B the second, both in fixed point; the lower bits of B count rows. Sums of
// such pairs are therefore exact, in any order, and so is taking one histogram from
// another.
type derivative = simd.Pair

const histogramStride = simd.HistogramStride

// derivatives are those at all rows by one output, in fixed point: as pairs or,
// where there are many rows, packed into words of half the size, which are added up
// in half the time.
//
// Words have room for 40 bits of first derivatives if all second ones are one. If
// not, they hold as many bits of both as leave room for the sums over the rows that
// any bin has. There are 28 of the sums of first ones and 24 of the second at least:
// where bins may have more than blockRows rows, that many are added up and then
// unpacked to be added up further as pairs. Such quantised derivatives are fine
// enough to choose splits by (Shi et al., NeurIPS 2022, who use 2 to 5 bits), while
// leaves for whose values they are not take these from the unrounded ones.
type derivatives struct {
	pairs []derivative
	words []uint64
	// tables are histograms of words, per feature; all zero between uses.
	tables []uint64

	wide   bool // not to be packed
	packed bool
	layout simd.Packing
	rough  bool // perhaps too rough for the values of leaves

	countsInBin uint // bits of the number of rows of a bin, at most those of blockRows
	inBlocks    bool // bins may have more than blockRows rows

	countBits    uint
	gScale       float64
	gUnit, hUnit float64 // what a one stands for
}

const (
	// packRows is the least number of rows that are packed.
	packRows = 4096
	// blockRows is how many rows are added up in words that hold second derivatives.
	blockRows = 1<<12 - 1
	// Derivatives are packed with second ones if the largest is at most so many times
	// the mean.
	packSpread = 64
)

var packedOnes = simd.Packing{Count: 24}

// packedBoth is the packing where bins have so many bits of rows, and how many bits
// of magnitude that leaves for a row's first and second derivative.
func packedBoth(counts uint) (k simd.Packing, first, second uint) {
	free := 63 - 3*counts // one is for the sign
	second = free * 4 / 9
	return simd.Packing{Count: counts, Second: counts + second}, free - second, second
}

// newDerivatives is for histograms of the data.
func newDerivatives(data *binned) derivatives {
	most := data.mostInBin()
	return derivatives{
		tables:      make([]uint64, data.p*simd.PackedStride),
		countsInBin: uint(bits.Len(uint(min(most, blockRows)))),
		inBlocks:    most > blockRows,
	}
}

// extent tells how large derivatives are.
type extent struct{ topG, topH, sumG, sumH, squares float64 }

// extentOf is that of some rows; h is nil if all second derivatives are one.
func extentOf(g, h []float64) extent {
	e := extent{
		topG: max(simd.Max(g), -simd.Min(g)), sumG: simd.AbsSum(g), squares: simd.Dot(g, g),
		topH: 1, sumH: float64(len(g)),
	}
	if h != nil {
		e.topH, e.sumH = simd.Max(h), simd.Sum(h)
	}
	return e
}

func (e *extent) add(part extent) {
	e.topG, e.topH = max(e.topG, part.topG), max(e.topH, part.topH)
	e.sumG += part.sumG
	e.sumH += part.sumH
	e.squares += part.squares
}

// set takes over derivatives of the given extent; h is nil if all second ones are
// one. If lasting is true, sums of words will not overflow either if the first
// derivatives change such that the sum of their squares does not grow.
func (d *derivatives) set(ctx context.Context, team *parallel.Team, g, h []float64, e extent, lasting bool) error {
	n := len(g)
	d.countBits = uint(bits.Len(uint(n)))
	rows := float64(n)
	var gBits, hBits int // exponents of the scales
	switch {
	case !d.wide && n >= packRows && h == nil && n < 1<<24:
		d.packed, d.layout, d.rough = true, packedOnes, false
		bound := e.sumG
		if lasting {
			bound = math.Sqrt(rows * e.squares)
		}
		gBits = exponent(bound, 38)
	case !d.wide && n >= packRows && h != nil && e.topG*rows <= packSpread*e.sumG && e.topH*rows <= packSpread*e.sumH:
		layout, first, second := packedBoth(d.countsInBin)
		d.packed, d.layout, d.rough = true, layout, true
		gBits, hBits = exponent(e.topG, int(first)), exponent(e.topH, int(second))
	default:
		d.packed, d.rough = false, false
		gBits = exponent(e.topG, 62-int(d.countBits))
		if h != nil {
			hBits = exponent(e.topH, 62-2*int(d.countBits))
		}
	}
	d.gScale = math.Ldexp(1, gBits)
	hScale := math.Ldexp(1, hBits)
	d.gUnit, d.hUnit = 1/d.gScale, 1/hScale
	if d.packed && d.words == nil {
		d.words = make([]uint64, n)
	}
	if !d.packed && d.pairs == nil {
		d.pairs = make([]derivative, n)
	}
	return team.ForContext(ctx, n, boostChunk, func(lo, hi int) {
		switch {
		case !d.packed:
			for i, v := range g[lo:hi] {
				second := int64(1)
				if h != nil {
					second = int64(h[lo+i] * hScale)
				}
				d.pairs[lo+i] = derivative{A: int64(v * d.gScale), B: second<<d.countBits | 1}
			}
		case h == nil:
			words, shift := d.words[lo:hi], d.layout.Count
			for i, v := range g[lo:hi] {
				words[i] = simd.NearestInteger(v*d.gScale)<<shift + 1
			}
		default:
			d.layout.Pack(d.words[lo:hi], g[lo:hi], h[lo:hi], d.gScale, hScale)
		}
	})
}

// exponent returns the largest power of two, as an exponent, by which a number can
// be multiplied and stays below 2^bound.
func exponent(v float64, bound int) int {
	_, e := math.Frexp(v)
	return max(min(bound-e, 1000), -1000)
}

// histograms fills in those of the features [lo, hi) over the given rows.
func (d *derivatives) histograms(ctx context.Context, hist []derivative, data *binned, lo, hi int, rows []uint32) {
	more := d.accumulate(ctx, hist, data, lo, hi, rows)
	for f := lo; f < hi; f++ {
		d.unpack(hist[(f-lo)*histogramStride:], f, more)
	}
}

// accumulate does as histograms, but leaves the last words of each feature in its
// table for unpack; more tells whether the histogram holds something to add them to.
func (d *derivatives) accumulate(ctx context.Context, hist []derivative, data *binned, lo, hi int, rows []uint32) (more bool) {
	bins, p := data.rows[lo:], data.p
	if !d.packed {
		clear(hist)
		for first := 0; first < len(rows) && ctx.Err() == nil; first += 1 << 17 {
			simd.AddHistograms(hist, hi-lo, rows[first:min(first+1<<17, len(rows))], bins, p, d.pairs)
		}
		return false
	}
	block, inBlocks := 1<<17, d.layout.Second > 0 && d.inBlocks
	if inBlocks {
		block = blockRows
	}
	table := d.tables[lo*simd.PackedStride : hi*simd.PackedStride]
	for first := 0; first < len(rows) && ctx.Err() == nil; first += block {
		last := min(first+block, len(rows))
		simd.AddPacked(table, hi-lo, rows[first:last], bins, p, d.words)
		if inBlocks && last < len(rows) {
			simd.UnpackHistograms(hist, table, hi-lo, d.layout, d.countBits, more)
			more = true
		}
	}
	return more
}

// unpack adds the words in the table of feature f to its histogram, or writes them
// there if there is not more. Pairs are in the histogram already.
func (d *derivatives) unpack(hist []derivative, f int, more bool) {
	if d.packed {
		simd.UnpackHistograms(hist, d.tables[f*simd.PackedStride:], 1, d.layout, d.countBits, more)
	}
}
