package tree

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// binned is a table whose values have been replaced by the numbers of the bins
// they fall into, 0 … 254 in ascending order of the values, 255 for missing ones.
type binned struct {
	n, p  int
	edges [][]float64 // per feature: bin b holds the values in (edges[b−1], edges[b]]
	// levels are the numbers of levels of categorical features, whose bins are
	// these; 0 for numeric features, nil if all are numeric.
	levels []int
	rows   []uint8   // row by row
	cols   [][]uint8 // the same, feature by feature, with padding at their ends
}

func (b *binned) categorical(feature int) bool { return b.levels != nil && b.levels[feature] > 0 }

// bins is the number of bins of a numeric feature, beside the one for missing
// values.
func (b *binned) bins(feature int) int { return len(b.edges[feature]) + 1 }

// mostInBin is the number of rows that the bin with the most rows has.
func (b *binned) mostInBin() int {
	most := make([]int, b.p)
	parallel.For(b.p, 1, func(f, _ int) {
		var counts [2][256]int // so that equal neighbours do not wait for each other
		column := b.cols[f]
		for i := 0; i+1 < len(column); i += 2 {
			counts[0][column[i]]++
			counts[1][column[i+1]]++
		}
		if len(column)%2 == 1 {
			counts[0][column[len(column)-1]]++
		}
		for v, k := range counts[0] {
			most[f] = max(most[f], k+counts[1][v])
		}
	})
	return slices.Max(most)
}

const (
	missingBin = 255
	mostBins   = 255 // beside the one for missing values
	// Bins are chosen on that many rows at most: more move their edges by less than
	// a tenth of a bin.
	binningRows = 1 << 16
)

// chooseBins returns the edges between at most bins bins of each feature of x: in
// the middle between neighbouring values if there are few of them, otherwise such
// that the bins hold about equally many rows: where no value has more than its share
// of them and no rows are drawn, those of scikit-learn.
func chooseBins(ctx context.Context, x *mat.Dense, bins int, seed uint64) ([][]float64, error) {
	n, p := x.Dims()
	m := min(n, binningRows)
	var rows []int // nil for all
	if n > m {
		rows = sampleRows(n, m, rand.NewPCG(seed, 0))
	}
	edges := make([][]float64, p)
	raw, together := x.RawMatrix(), columnsTogether(p)
	scratch := perWorker[sorter]{make: func() *sorter { return newSorter(m, together) }}
	err := parallel.ForWorker(ctx, p, together, func(worker, lo, hi int) {
		s := scratch.get(worker)
		const block = 64 // rows that are in the cache while one column after the other is copied
		for from := 0; from < m; from += block {
			to := min(from+block, m)
			for k, column := range s.columns[:hi-lo] {
				for i := from; i < to; i++ {
					row := i
					if rows != nil {
						row = rows[i]
					}
					column[i] = raw.Data[row*raw.Stride+lo+k]
				}
			}
		}
		for f := lo; f < hi; f++ {
			if ctx.Err() != nil {
				return
			}
			edges[f] = binEdges(s.sort(s.columns[f-lo]), bins)
		}
	})
	return edges, err
}

// columnsTogether is how many of p columns one task copies out of the matrix: those
// of about half a cache line, such that all workers have about as many.
func columnsTogether(p int) int {
	best, least := 1, p
	for k := 1; k <= 5; k++ {
		tasks := (p + k - 1) / k
		workers := parallel.Workers(p, k)
		if most := (tasks + workers - 1) / workers * k; most <= least {
			best, least = k, most
		}
	}
	return best
}

// sorter sorts columns.
type sorter struct {
	columns [][]float64
	a, b    []uint64
}

func newSorter(n, columns int) *sorter {
	s := &sorter{columns: make([][]float64, columns), a: make([]uint64, n), b: make([]uint64, n)}
	for k := range s.columns {
		s.columns[k] = make([]float64, n)
	}
	return s
}

// sort returns the values of a column that are not missing in ascending order, in
// its place. A radix sort by the upper half of the bits leaves short runs to be
// sorted by the lower half.
func (s *sorter) sort(column []float64) []float64 {
	const digit = 1<<radixBits - 1
	var counts [3][1 << radixBits]uint32
	a, n := s.a, 0
	for _, v := range column {
		if v != v {
			continue
		}
		bits := orderedBits(v)
		a[n] = bits
		n++
		counts[0][bits>>31&digit]++
		counts[1][bits>>(31+radixBits)&digit]++
		counts[2][bits>>(31+2*radixBits)]++
	}
	a, b := a[:n], s.b[:n]
	for pass := range counts {
		shift := 31 + pass*radixBits
		count := &counts[pass]
		if n == 0 || int(count[a[0]>>shift&digit]) == n {
			continue
		}
		start := uint32(0)
		for d, c := range count {
			count[d] = start
			start += c
		}
		for _, v := range a {
			d := v >> shift & digit
			b[count[d]] = v
			count[d]++
		}
		a, b = b, a
	}
	for lo, hi := 0, 0; lo < n; lo = hi {
		sorted := true
		for hi = lo + 1; hi < n && a[hi]>>31 == a[lo]>>31; hi++ {
			sorted = sorted && a[hi-1] <= a[hi]
		}
		if !sorted {
			slices.Sort(a[lo:hi])
		}
	}
	for i, bits := range a {
		column[i] = numberOf(bits)
	}
	return column[:n]
}

// binEdges divides sorted values into at most bins bins.
func binEdges(sorted []float64, bins int) []float64 {
	n := len(sorted)
	edges := make([]float64, 0, bins-1)
	close := func(i int) { // a bin before place i
		a, b := sorted[i-1], sorted[i]
		if t := a/2 + b/2; t >= a && t < b {
			edges = append(edges, t)
		} else {
			edges = append(edges, a)
		}
	}
	few := true // values that differ
	for i := 1; i < n && few; i++ {
		if sorted[i] != sorted[i-1] {
			if few = len(edges) < bins-1; few {
				close(i)
			}
		}
	}
	if few {
		return edges
	}
	edges = edges[:0]
	share := float64(n) / float64(bins)
	heavy := heavyRuns(sorted, int(math.Ceil(share)))
	if len(heavy) == 0 {
		for i, lo := 1, 0; i < bins; i++ {
			if hi := runEnd(sorted, percentile(n, i, bins)); hi > lo && hi < n {
				close(hi)
				lo = hi
			}
		}
		return edges
	}
	// A value with more than its share gets a bin of its own; the others fill the
	// remaining bins evenly.
	rows, left := n, bins // rows are those of the others not yet in a bin
	for _, run := range heavy {
		rows -= run[1] - run[0]
		left--
	}
	heavy = append(heavy, [2]int{n, n})
	for lo := 0; len(edges) < bins-1; {
		run := heavy[0]
		full := lo + int(math.Ceil(float64(rows)/float64(max(left, 1))))
		hi := run[0]
		if full < hi {
			hi = runEnd(sorted, full-1)
		}
		light := hi - lo
		rows -= light
		if hi == run[0] && (light == 0 || full > hi && 2*float64(light) < share) {
			// Too few to have a bin without the heavy value behind them.
			hi = run[1]
			heavy = heavy[1:]
		} else {
			left--
		}
		if hi == n {
			break
		}
		close(hi)
		lo = hi
	}
	return edges
}

// percentile is the last of n places in ascending order, counted from 0, that a
// share of i/parts of them takes. It rounds as scikit-learn's percentiles do, so
// that the bins hold the same rows as there.
func percentile(n, i, parts int) int {
	share := float64(i) * (100 / float64(parts)) / 100
	return int(math.Ceil(float64(float64(n)*share) - 1))
}

// heavyRuns are the runs of least equal values or more, from where to where.
func heavyRuns(sorted []float64, least int) (runs [][2]int) {
	for i := least - 1; i < len(sorted); i += least { // some of these places lie in every such run
		v := sorted[i]
		lo := sort.SearchFloat64s(sorted[:i], v)
		hi := runEnd(sorted, i)
		if hi-lo >= least {
			runs = append(runs, [2]int{lo, hi})
			for i+least < hi {
				i += least
			}
		}
	}
	return runs
}

// runEnd is where the run of values that are equal to the one at i ends.
func runEnd(sorted []float64, i int) int {
	v := sorted[i]
	for i++; i < len(sorted) && sorted[i] == v; i++ {
	}
	return i
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
func bin(ctx context.Context, x *mat.Dense, edges [][]float64, levels []int) (*binned, error) {
	n, p := x.Dims()
	b := &binned{n: n, p: p, edges: edges, levels: levels, rows: make([]uint8, n*p), cols: make([][]uint8, p)}
	finders := make([]*simd.BinFinder, p)
	for f := range edges {
		b.cols[f] = make([]uint8, n, n+simd.PartitionPadding)
		finders[f] = simd.NewBinFinder(edges[f])
	}
	raw := x.RawMatrix()
	// So many rows are in the cache while one feature after the other is looked up.
	const block = 128
	err := parallel.ForContext(ctx, n, 16*block, func(lo, hi int) {
		var buffer [block]float64
		for from := lo; from < hi; from += block {
			to := min(from+block, hi)
			for f := range finders {
				own, values := b.cols[f][from:to], buffer[:to-from]
				for i := range values {
					values[i] = raw.Data[(from+i)*raw.Stride+f]
				}
				if b.categorical(f) {
					for i, v := range values {
						// A level that is not known here counts as missing.
						if own[i] = category(v); int(own[i]) >= levels[f] {
							own[i] = missingBin
						}
					}
				} else {
					finders[f].Find(own, values)
				}
				at := from*p + f
				for _, v := range own {
					b.rows[at] = v
					at += p
				}
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
