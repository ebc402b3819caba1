package linear

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// columnStore holds the columns of all features that products were asked
// for, centred and times the root of their weight, and their products. Each
// feature has a slot.
type columnStore struct {
	blocks []blas64.General // n × some: the columns of as many slots, one block after the other
	slots  map[int]int      // by feature
	gram   []float64        // lower triangle, by slot
	stride int

	x        blas64.General // the features, in scaled units
	mean     []float64      // what is still to be subtracted from x
	root     []float64      // √w̄ per sample
	target   []float64      // √w̄ (y−ȳ)
	residual []float64      // √w̄ r
}

func newColumnStore(ctx context.Context, e *elasticNetProblem) (*columnStore, error) {
	n, p := e.x.Rows, e.x.Cols
	c := &columnStore{
		slots: map[int]int{}, x: e.x, mean: e.mean[:p],
		root: make([]float64, n), target: make([]float64, n),
	}
	total := e.total()
	for i := range n {
		c.root[i] = math.Sqrt(e.weight(i) / total)
		c.target[i] = c.root[i] * (e.target(i) - e.mean[p])
	}
	c.residual = slices.Clone(c.target)
	// Products with columns that are far from zero would lose digits.
	far := e.scale != nil
	for j, m := range c.mean {
		far = far || m*m > 1e4*e.norms[j]
	}
	if !far {
		return c, nil
	}
	c.x, c.mean = newGeneral(n, p), make([]float64, p)
	err := parallel.ForContext(ctx, n, rowChunk(n, p), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			to := c.x.Data[i*p : (i+1)*p]
			for j, v := range e.row(i) {
				to[j] = v*e.scaleOf(j) - e.mean[j]
			}
		}
	})
	return c, err
}

func (c *columnStore) between(ctx context.Context, features []int, known int, gram []float64, stride int) error {
	var missing []int
	for _, j := range features {
		if _, ok := c.slots[j]; !ok {
			missing = append(missing, j)
		}
	}
	if len(missing) > 0 {
		if err := c.gather(ctx, missing); err != nil {
			return err
		}
	}
	slots := make([]int, len(features))
	for k, j := range features {
		slots[k] = c.slots[j]
	}
	for i := known; i < len(slots); i++ {
		a := slots[i]
		for k, b := range slots[:i+1] {
			v := c.gram[max(a, b)*c.stride+min(a, b)]
			gram[i*stride+k], gram[k*stride+i] = v, v
		}
	}
	return nil
}

// gather adds the columns of the features and their products with all columns.
func (c *columnStore) gather(ctx context.Context, features []int) error {
	n, k, before := len(c.root), len(features), len(c.slots)
	added := newGeneral(n, k)
	if k%64 == 0 {
		added = newGeneral(n, k+8) // see newTile
		added.Cols = k
	}
	c.blocks = append(c.blocks, added)
	all := before + k
	products, err := parallel.Reduce(ctx, n, gramChunk(n, all), func(lo, hi int) []float64 {
		part := make([]float64, k*all)
		for ; lo < hi && ctx.Err() == nil; lo += tileRows {
			end := min(lo+tileRows, hi)
			for i := lo; i < end; i++ {
				to, from, root := added.Data[i*added.Stride:i*added.Stride+k], c.x.Data[i*c.x.Stride:i*c.x.Stride+c.x.Cols], c.root[i]
				for l, j := range features {
					to[l] = root * (from[j] - c.mean[j])
				}
			}
			at := 0
			for b, block := range c.blocks {
				multiplyTile(added, block, lo, end, part[at:], all, b == len(c.blocks)-1)
				at += block.Cols
			}
		}
		return part
	}, func(into, from []float64) []float64 { add(into, from); return into })
	if err != nil {
		return err
	}
	if all > c.stride {
		wider := max(all, 2*before)
		gram := make([]float64, wider*wider)
		for s := range before {
			copy(gram[s*wider:s*wider+s+1], c.gram[s*c.stride:])
		}
		c.gram, c.stride = gram, wider
	}
	for l, j := range features {
		copy(c.gram[(before+l)*c.stride:], products[l*all:l*all+before+l+1])
		c.slots[j] = before + l
	}
	return nil
}

// multiplyTile adds AᵀB to c, of which the lower triangle suffices if lower is
// set, for the rows [lo, hi) of a and b.
func multiplyTile(a, b blas64.General, lo, hi int, c []float64, ldc int, lower bool) {
	height, width := simd.GemmTile()
	for j := 0; j < b.Cols; j += width {
		first := 0
		if lower {
			first = j / height * height
		}
		for i := first; i < a.Cols; i += height {
			simd.Gemm(min(height, a.Cols-i), min(width, b.Cols-j), hi-lo, 1, a.Data[lo*a.Stride+i:], 1, a.Stride, b.Data[lo*b.Stride+j:], b.Stride, 1, c[i*ldc+j:], ldc)
		}
	}
}

func (c *columnStore) move(ctx context.Context, e *elasticNetProblem, features []int, steps []float64) error {
	n, p := len(c.root), len(c.mean)
	direction := make([]float64, p)
	for k, j := range features {
		e.theta[j] += steps[k]
		direction[j] = steps[k]
	}
	offset := dot(direction, c.mean)
	type part struct {
		gradient []float64 // Σ w̄ r x
		sum      float64   // Σ w̄ r
	}
	total, err := parallel.Reduce(ctx, n, rowChunk(n, p), func(lo, hi int) part {
		g := part{gradient: make([]float64, p)}
		var fitted, weighted [64]float64
		for ; lo < hi; lo += len(fitted) {
			m := min(len(fitted), hi-lo)
			rows, r, root := c.x.Data[lo*c.x.Stride:(lo+m-1)*c.x.Stride+p], c.residual[lo:lo+m], c.root[lo:lo+m]
			simd.DotRows(fitted[:m], rows, c.x.Stride, direction)
			for i := range r {
				r[i] -= root[i] * (fitted[i] - offset)
				weighted[i] = root[i] * r[i]
			}
			simd.AxpyRows(weighted[:m], rows, c.x.Stride, g.gradient)
			g.sum += sum(weighted[:m])
		}
		return g
	}, func(into, from part) part {
		add(into.gradient, from.gradient)
		into.sum += from.sum
		return into
	})
	if err != nil {
		return err
	}
	axpy(-total.sum, c.mean, total.gradient)
	copy(e.gradient, total.gradient)
	for j, norm := range e.norms {
		if norm == 0 {
			e.gradient[j] = 0
		}
	}
	e.squares, e.along = dot(c.residual, c.residual), dot(c.residual, c.target)
	return nil
}

// columnMoments computes means, norms and products with the target in one pass
// over the data.
func (e *elasticNetProblem) columnMoments(ctx context.Context) error {
	if err := e.passForMoments(ctx); err != nil || e.finite() {
		return err
	}
	if err := e.checked(); err != nil {
		return err
	}
	e.rescaleExactly()
	if err := e.passForMoments(ctx); err != nil {
		return err
	}
	if !e.finite() {
		return errOverflow
	}
	return nil
}

func (e *elasticNetProblem) finite() bool {
	return simd.Finite(e.norms) < 0 && simd.Finite(e.cross) < 0 && e.square-e.square == 0
}

func (e *elasticNetProblem) passForMoments(ctx context.Context) error {
	n, p, total := e.x.Rows, e.x.Cols, e.total()
	// Sums, squares and products with the target, of shifted columns.
	sums, err := parallel.Reduce(ctx, n, rowChunk(n, p), func(lo, hi int) [3][]float64 {
		s := [3][]float64{make([]float64, p+1), make([]float64, p+1), make([]float64, p+1)}
		row, squares := make([]float64, p+1), make([]float64, p+1)
		for i := lo; i < hi; i++ {
			root := e.fill(i, row)
			axpy(root, row, s[0])
			axpy(row[p], row, s[2])
			simd.Mul(squares, row, row)
			add(s[1], squares)
		}
		return s
	}, func(into, from [3][]float64) [3][]float64 {
		for k := range into {
			add(into[k], from[k])
		}
		return into
	})
	if err != nil {
		return err
	}
	e.mean = slices.Clone(e.shift)
	off := make([]float64, p+1)
	if e.intercept {
		for j := range off {
			off[j] = sums[0][j] / total
			e.mean[j] += off[j]
		}
	}
	e.norms, e.cross = make([]float64, p), make([]float64, p)
	for j := range p {
		norm := sums[1][j]/total - off[j]*off[j]
		noise := 4 * unit * e.mean[j]
		if e.intercept && norm <= noise*noise {
			continue // constant
		}
		e.norms[j], e.cross[j] = norm, sums[2][j]/total-off[j]*off[p]
	}
	e.square = max(sums[1][p]/total-off[p]*off[p], 0)
	return nil
}
