package tree

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// table is the training data ranked once: a tree is grown on the order of the
// values alone.
type table struct {
	n, p int
	x    *mat.Dense

	order   [][]uint32 // per feature: the rows in ascending order of value, missing ones last
	rank    [][]uint32 // per feature: dense rank of each row, or its level, missing ones highest; nil where no two rows are equal
	present []int      // per feature: number of rows that are not missing
	missing []uint32   // per feature: rank of the missing rows, if it has some

	levels []int // per feature: number of its levels, 0 for a numeric one; nil if all are

	columns [][]float64 // per feature: the values; set, in place of the above, for random splits
}

// Two columns are copied out of the matrix together where there are more rows than
// frugalRows, to save memory.
const frugalRows = 1 << 19

// rankTable sorts every column of x. Cost: three passes of a radix sort per
// column, in parallel over the columns; memory 4 to 8 bytes per value, and up to
// 56 bytes per row and worker while it runs.
func rankTable(ctx context.Context, x *mat.Dense, levels []int) (*table, error) {
	n, p := x.Dims()
	t := &table{n: n, p: p, x: x, order: make([][]uint32, p), rank: make([][]uint32, p), present: make([]int, p), missing: make([]uint32, p), levels: levels}
	group := columnsTogether(p)
	if n > frugalRows {
		group = min(group, 2)
	}
	scratch := perWorker[rankScratch]{make: func() *rankScratch { return newRankScratch(n, group) }}
	err := parallel.ForWorker(ctx, p, group, func(worker, lo, hi int) {
		s := scratch.get(worker)
		for i := range n {
			for k, v := range x.RawRowView(i)[lo:hi] {
				s.columns[k][i] = v
			}
		}
		for f := lo; f < hi; f++ {
			if ctx.Err() != nil {
				return
			}
			t.order[f], t.rank[f], t.present[f] = s.sort(s.columns[f-lo])
			if t.categorical(f) {
				t.rank[f] = levelRanks(s.columns[f-lo], levels[f])
			}
			if t.present[f] < n {
				t.missing[f] = t.rank[f][t.order[f][n-1]]
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (t *table) categorical(f int) bool { return t.levels != nil && t.levels[f] > 0 }

// plain tells whether the values of f are numbers and all distinct, none missing.
func (t *table) plain(f int) bool { return t.columns == nil && t.rank[f] == nil && !t.categorical(f) }

// levelRanks are the levels of a column, missing ones highest.
func levelRanks(column []float64, levels int) []uint32 {
	rank := make([]uint32, len(column))
	for i, v := range column {
		rank[i] = uint32(levels)
		if v == v {
			rank[i] = uint32(v)
		}
	}
	return rank
}

// newTable prepares x for the best or for random splits.
func newTable(ctx context.Context, x *mat.Dense, levels []int, random bool) (*table, error) {
	if random {
		return columnTable(ctx, x, levels)
	}
	return rankTable(ctx, x, levels)
}

// takeLists turns the order of the rows, which it takes away, into lists of their
// words, without the rows of weight 0.
func (t *table) takeLists(words []uint32, weights []float64) [][]uint32 {
	lists := t.order
	t.order = nil
	if t.columns != nil {
		lists = [][]uint32{identityWords(t.n)}
	}
	parallel.For(len(lists), 1, func(f, _ int) {
		list := lists[f]
		k := 0
		for _, row := range list {
			if weights == nil || weights[row] > 0 {
				list[k] = words[row]
				k++
			}
		}
		lists[f] = list[:k]
	})
	return lists
}

const radixBits = 11

type rankScratch struct {
	columns [][]float64
	a, b    []uint64
	counts  [3][1 << radixBits]uint32
}

func newRankScratch(n, columns int) *rankScratch {
	s := &rankScratch{columns: make([][]float64, columns), a: make([]uint64, n), b: make([]uint64, n)}
	for k := range s.columns {
		s.columns[k] = make([]float64, n)
	}
	return s
}

// orderedBits maps floats to integers in the same order, both zeros to one, NaN
// above all.
func orderedBits(v float64) uint64 {
	if v != v {
		return math.MaxUint64
	}
	return keyOf(v + 0)
}

// sort returns the rows in ascending order of column, equal ones by index; their
// dense ranks, nil if all values are distinct; and how many are not NaN.
//
// The radix sort goes by the upper half of the bits, which leaves short runs of
// equal prefix to be sorted by the whole value.
func (s *rankScratch) sort(column []float64) (order, rank []uint32, present int) {
	n := len(column)
	a, b := s.a[:n], s.b[:n]
	s.counts = [3][1 << radixBits]uint32{}
	for i, v := range column {
		bits := orderedBits(v)
		a[i] = bits>>32<<32 | uint64(i)
		s.counts[0][bits>>32&(1<<radixBits-1)]++
		s.counts[1][bits>>(32+radixBits)&(1<<radixBits-1)]++
		s.counts[2][bits>>(32+2*radixBits)]++
	}
	for pass := range s.counts {
		shift := 32 + pass*radixBits
		counts := &s.counts[pass]
		if int(counts[a[0]>>shift&(1<<radixBits-1)]) == n {
			continue
		}
		start := uint32(0)
		for d, c := range counts {
			counts[d] = start
			start += c
		}
		for _, v := range a {
			d := v >> shift & (1<<radixBits - 1)
			b[counts[d]] = v
			counts[d]++
		}
		a, b = b, a
	}
	sortRuns(a, column)

	order = make([]uint32, n)
	distinct := 1
	for i, v := range a {
		order[i] = uint32(v)
		if i > 0 && less(column[order[i-1]], column[order[i]]) {
			distinct++
		}
		if c := column[order[i]]; c == c {
			present++
		}
	}
	if distinct == n && present == n {
		return order, nil, present
	}
	rank = make([]uint32, n)
	r := uint32(0)
	for i, row := range order {
		if i > 0 && less(column[order[i-1]], column[row]) {
			r++
		}
		rank[row] = r
	}
	return order, rank, present
}

// less orders floats with NaN above all others.
func less(a, b float64) bool { return a < b || b != b && a == a }

// sortRuns sorts each run of words that agree in their upper half by value and
// row, the value being that of the row in the lower half.
func sortRuns(words []uint64, column []float64) {
	compare := func(v, w uint64) int {
		switch a, b := column[uint32(v)], column[uint32(w)]; {
		case less(a, b):
			return -1
		case less(b, a):
			return 1
		}
		return int(uint32(v)) - int(uint32(w))
	}
	for lo := 0; lo < len(words); {
		hi := lo + 1
		sorted := true
		for ; hi < len(words) && words[hi]>>32 == words[lo]>>32; hi++ {
			sorted = sorted && !less(column[uint32(words[hi])], column[uint32(words[hi-1])])
		}
		if run := words[lo:hi]; !sorted {
			if len(run) > 24 {
				slices.SortFunc(run, compare)
			} else {
				for i := 1; i < len(run); i++ {
					v := run[i]
					j := i
					for ; j > 0 && compare(v, run[j-1]) < 0; j-- {
						run[j] = run[j-1]
					}
					run[j] = v
				}
			}
		}
		lo = hi
	}
}
