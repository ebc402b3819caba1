package tree

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// binned is a table whose values have been replaced by the numbers of the bins
// they fall into, 0 … 254 in ascending order of the values, 255 for missing ones.
type binned struct {
	n, p  int
	edges [][]float64 // per feature: bin b holds the values in (edges[b−1], edges[b]]
	rows  []uint8     // row by row
	cols  [][]uint8   // the same, feature by feature
}

const (
	missingBin = 255
	mostBins   = 255 // beside the one for missing values
	// Bins are chosen on that many rows at most.
	binningRows = 200_000
)

// chooseBins returns the edges between at most bins bins of each feature of x: in
// the middle between neighbouring values if there are few of them, otherwise such
// that the bins hold about equally many rows. It also returns the bins of the rows,
// per feature, unless there are so many rows that the choice is made on a sample.
func chooseBins(ctx context.Context, x *mat.Dense, bins int, seed uint64) (edges [][]float64, cols [][]uint8, err error) {
	n, p := x.Dims()
	var rows []int // nil for all
	m := n
	if n > binningRows {
		m = binningRows
		rows = sampleRows(n, m, rand.NewPCG(seed, 0))
	}
	edges, cols = make([][]float64, p), make([][]uint8, p)
	scratch := perWorker[rankScratch]{make: func() *rankScratch { return newRankScratch(m) }}
	err = parallel.ForWorker(ctx, p, rankGroup, func(worker, lo, hi int) {
		s := scratch.get(worker)
		for i := range m {
			row := i
			if rows != nil {
				row = rows[i]
			}
			for k, v := range x.RawRowView(row)[lo:hi] {
				s.columns[k][i] = v
			}
		}
		for f := lo; f < hi; f++ {
			if ctx.Err() != nil {
				return
			}
			column := s.columns[f-lo]
			order, _, present := s.sort(column)
			edges[f] = binEdges(column, order[:present], bins)
			if rows == nil {
				cols[f] = binsInOrder(column, order, present, edges[f])
			}
		}
	})
	if rows != nil {
		cols = nil
	}
	return edges, cols, err
}

// binsInOrder returns the bin of each row of a column whose order is known.
func binsInOrder(column []float64, order []uint32, present int, edges []float64) []uint8 {
	bins := make([]uint8, len(column))
	b := 0
	for _, row := range order[:present] {
		for b < len(edges) && column[row] > edges[b] {
			b++
		}
		bins[row] = uint8(b)
	}
	for _, row := range order[present:] {
		bins[row] = missingBin
	}
	return bins
}

// binEdges divides sorted values, given by their order in column.
func binEdges(column []float64, order []uint32, bins int) []float64 {
	// Runs of equal values.
	var values []float64
	var counts []int
	for _, row := range order {
		if v := column[row]; len(values) > 0 && values[len(values)-1] == v {
			counts[len(counts)-1]++
		} else {
			values = append(values, v)
			counts = append(counts, 1)
		}
	}
	var edges []float64
	close := func(i int) { // a bin after value i
		a, b := values[i], values[i+1]
		if t := a/2 + b/2; t >= a && t < b {
			edges = append(edges, t)
		} else {
			edges = append(edges, a)
		}
	}
	if len(values) <= bins {
		for i := range max(len(values)-1, 0) {
			close(i)
		}
		return edges
	}
	// A value with more than its share gets a bin of its own; the others fill the
	// remaining bins evenly.
	share := float64(len(order)) / float64(bins)
	rows, left := len(order), bins
	for _, c := range counts {
		if float64(c) >= share {
			rows -= c
			left--
		}
	}
	inBin := 0
	for i, c := range counts[:len(counts)-1] {
		heavy := float64(c) >= share
		if !heavy {
			rows -= c
		}
		inBin += c
		nextHeavy := float64(counts[i+1]) >= share
		full := float64(inBin) >= float64(rows+inBin)/float64(max(left, 1))
		if heavy || full || nextHeavy && 2*float64(inBin) >= share {
			if len(edges) == bins-1 {
				break
			}
			close(i)
			if !heavy {
				left--
			}
			inBin = 0
		}
	}
	return edges
}

// sampleRows draws m of n rows without replacement, in ascending order (Knuth,
// The Art of Computer Programming 2, algorithm S).
func sampleRows(n, m int, rng *rand.PCG) []int {
	rows := make([]int, 0, m)
	for i := 0; len(rows) < m; i++ {
		if below(rng, n-i) < m-len(rows) {
			rows = append(rows, i)
		}
	}
	return rows
}

// bin replaces the values of x.
func bin(ctx context.Context, x *mat.Dense, edges [][]float64) (*binned, error) {
	n, p := x.Dims()
	cols := make([][]uint8, p)
	for f := range cols {
		cols[f] = make([]uint8, n)
	}
	// Padded to a power of two, the edges are searched without a jump.
	const padded = 256
	table := make([]float64, p*padded)
	for f, e := range edges {
		own := table[f*padded:][:padded]
		for i := copy(own, e); i < padded; i++ {
			own[i] = math.Inf(1)
		}
	}
	err := parallel.ForContext(ctx, n, 2048, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for f, v := range x.RawRowView(i) {
				own := (*[padded]float64)(table[f*padded:])
				at := uint8(0)
				for shift := 7; shift >= 0; shift-- {
					above := uint8(0)
					if own[at+uint8(1<<shift-1)] < v {
						above = 1
					}
					at += above << shift
				}
				if v != v {
					at = missingBin
				}
				cols[f][i] = at
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return newBinned(ctx, edges, cols)
}

// newBinned lays out the bins of the columns row by row, too.
func newBinned(ctx context.Context, edges [][]float64, cols [][]uint8) (*binned, error) {
	n, p := len(cols[0]), len(cols)
	b := &binned{n: n, p: p, edges: edges, rows: make([]uint8, n*p), cols: cols}
	err := parallel.ForContext(ctx, n, 1024, func(lo, hi int) {
		for f, column := range cols {
			at := lo*p + f
			for _, v := range column[lo:hi] {
				b.rows[at] = v
				at += p
			}
		}
	})
	return b, err
}

// weightedRows are the indices of the rows whose weight is positive.
func weightedRows(n int, weights []float64) []uint32 {
	rows := identityWords(n)
	if weights == nil {
		return rows
	}
	return slices.DeleteFunc(rows, func(r uint32) bool { return weights[r] == 0 })
}
