package tree

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// boosted is the sum of trees that boosting has learned: for each output a
// baseline and a tree per iteration.
type boosted struct {
	baseline   []float64
	trees      []ensemble // per output
	sets       []binSet   // of the levels that go left, for the nodes with categoricalBit
	importance []float64  // per feature
	iterations int
	scored     [][]scoredTree // per output; nil if a tree has too many leaves
}

// kept is the number of iterations, 0 for the zero value of a model.
func (m *boosted) kept() int {
	if m == nil {
		return 0
	}
	return m.iterations
}

// importances is a copy of those, nil for the zero value of a model.
func (m *boosted) importances() []float64 {
	if m == nil {
		return nil
	}
	return slices.Clone(m.importance)
}

// sums returns the raw predictions of each row of x, per output.
func (m *boosted) sums(x *mat.Dense) [][]float64 {
	raw := make([][]float64, len(m.trees))
	for c := range raw {
		switch {
		case m.scored != nil && simd.Active() == simd.AVX512:
			raw[c] = m.score(x, c)
		case m.sets != nil:
			raw[c] = m.walkAll(x, c)
		default:
			raw[c] = m.trees[c].sum(x)
		}
		for i := range raw[c] {
			raw[c][i] += m.baseline[c]
		}
	}
	return raw
}

// sumRow is sums for one row.
func (m *boosted) sumRow(row []float64, c int) float64 {
	var sum [1]float64
	if m.sets != nil {
		m.walk(row, c, sum[:])
	} else {
		m.trees[c].sumRow(row, sum[:])
	}
	return sum[0] + m.baseline[c]
}

// walk adds up what the trees say, level sets among their nodes.
func (m *boosted) walk(row []float64, c int, sum []float64) {
	e := &m.trees[c]
	for _, at := range e.roots {
		nd := &e.nodes[at]
		for nd.feature >= 0 {
			v := row[nd.feature&featureMask]
			switch {
			case nd.feature&categoricalBit != 0:
				at = nd.right
				if m.sets[nd.cut].has(category(v)) {
					at--
				}
			case v != v:
				at = nd.right
				if nd.feature&missingLeftBit != 0 {
					at--
				}
			default:
				at = nd.step(keyOf(v))
			}
			nd = &e.nodes[at]
		}
		e.vote(nd.cut, sum)
	}
}

func (m *boosted) walkAll(x *mat.Dense, c int) []float64 {
	n, _ := x.Dims()
	sums := make([]float64, n)
	forRows(n, func(i int) { m.walk(x.RawRowView(i), c, sums[i:i+1]) })
	return sums
}

// scoredTree is a tree of at most 32 leaves as QuickScorer has it (Lucchese et al.,
// SIGIR 2015; vectorised: SIGIR 2016): every node that sends a row to the right
// strikes off the leaves on its left, whatever the way to it, and the first leaf
// that remains is the row's. Leaves are bits, the leftmost one the lowest.
type scoredTree struct {
	cuts        []simd.ScoreCut // those with missing values on the right first
	missingLeft int             // how many cuts have them on the left
	sets        []scoredSet
	values      [simd.ScoreLeaves]float64
}

// scoredSet is a node with levels.
type scoredSet struct {
	feature int
	set     *binSet
	keep    uint32
}

// prepare makes the trees ready for batches.
func (m *boosted) prepare() {
	m.scored = make([][]scoredTree, len(m.trees))
	for c := range m.trees {
		e := &m.trees[c]
		for _, root := range e.roots {
			t, ok := m.scoredTree(e, root)
			if !ok {
				m.scored = nil
				return
			}
			m.scored[c] = append(m.scored[c], t)
		}
	}
}

func (m *boosted) scoredTree(e *ensemble, root uint32) (t scoredTree, ok bool) {
	// The nodes are visited the left ones first; a node's own leaves are those that
	// are met before its right child.
	type visit struct {
		at    uint32
		right bool // all that is left of the parent has been visited
		first int  // leaves met before the parent
		up    uint32
	}
	leaves := 0
	stack := []visit{{at: root}}
	var rightFirst []simd.ScoreCut
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if v.right {
			parent := &e.nodes[v.up]
			struck := (uint64(1)<<leaves - 1) &^ (uint64(1)<<v.first - 1)
			cut := simd.ScoreCut{Threshold: parent.threshold(), Column: uint32(parent.feature & featureMask), Keep: ^uint32(struck)}
			switch {
			case parent.feature&categoricalBit != 0:
				t.sets = append(t.sets, scoredSet{int(cut.Column), &m.sets[parent.cut], cut.Keep})
			case parent.feature&missingLeftBit != 0:
				t.cuts = append(t.cuts, cut)
			default:
				rightFirst = append(rightFirst, cut)
			}
		}
		nd := &e.nodes[v.at]
		if nd.feature >= 0 {
			stack = append(stack, visit{at: nd.right, right: true, first: leaves, up: v.at}, visit{at: nd.right - 1})
			continue
		}
		if leaves == simd.ScoreLeaves {
			return t, false
		}
		var value [1]float64
		e.vote(nd.cut, value[:])
		t.values[leaves] = value[0]
		leaves++
	}
	t.missingLeft = len(t.cuts)
	t.cuts = append(rightFirst, t.cuts...)
	return t, true
}

// score adds up the trees of an output on blocks of rows, feature by feature.
func (m *boosted) score(x *mat.Dense, c int) []float64 {
	n, p := x.Dims()
	trees, raw := m.scored[c], x.RawMatrix()
	padded := (n + simd.ScoreRows - 1) / simd.ScoreRows * simd.ScoreRows
	sums := make([]float64, padded)
	// As many rows at a time as leave room for a tree in a cache of the first level.
	block := simd.ScoreRows * max(1, min(16, 3000/(simd.ScoreRows*p)))
	parallel.For(n, 4096/block*block, func(from, to int) {
		columns := make([]float64, p*block)
		all, kept := make([]uint32, block), make([]uint32, block)
		for i := range all {
			all[i] = math.MaxUint32
		}
		for lo := from; lo < to; lo += block {
			rows := min(block, to-lo)
			for i := range rows {
				for f, v := range raw.Data[(lo+i)*raw.Stride:][:p] {
					columns[f*block+i] = v
				}
			}
			groups := (rows + simd.ScoreRows - 1) / simd.ScoreRows
			out := sums[lo : lo+groups*simd.ScoreRows]
			for k := range trees {
				t := &trees[k]
				leaves := all
				if len(t.sets) > 0 {
					copy(kept, all)
					leaves = kept
					for _, s := range t.sets {
						for i, v := range columns[s.feature*block:][:rows] {
							if !s.set.has(category(v)) {
								leaves[i] &= s.keep
							}
						}
					}
				}
				simd.Score(out, columns, block, leaves, t.cuts, t.missingLeft, &t.values)
			}
		}
	})
	return sums[:n]
}
