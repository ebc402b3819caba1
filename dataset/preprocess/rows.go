package preprocess

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// rowMapper maps rows of in values to rows of out values. What it makes of a row
// does not depend on others, so that one row and many agree bit for bit.
type rowMapper interface {
	shape() (in, out int, missing bool) // missing: NaN is let in
	mapRow(dst, row []float64) error    // dst has the length out and holds anything
}

// transform maps the rows of x, in parallel.
func transform[M rowMapper](m M, x mat.Matrix) (*mat.Dense, error) {
	in, out, missing := m.shape()
	check := dataset.CheckRows
	if missing {
		check = dataset.CheckRowsMissing
	}
	dense, err := check(x, in)
	if err != nil {
		return nil, err
	}
	n, _ := dense.Dims()
	y := mat.NewDense(n, out, nil)
	chunk := rowChunk(in + out)
	errs := make([]error, (n+chunk-1)/chunk)
	parallel.For(n, chunk, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			if err := m.mapRow(y.RawRowView(i), dense.RawRowView(i)); err != nil {
				errs[lo/chunk] = fmt.Errorf("row %d: %w", i, err)
				return
			}
		}
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return y, nil
}

// transformRow appends to dst what m makes of row.
func transformRow[M rowMapper](m M, dst, row []float64) ([]float64, error) {
	in, out, missing := m.shape()
	check := dataset.CheckRow
	if missing {
		check = dataset.CheckRowMissing
	}
	if err := check(row, in); err != nil {
		return nil, err
	}
	start := len(dst)
	dst = slices.Grow(dst, out)[:start+out]
	if err := m.mapRow(dst[start:], row); err != nil {
		return nil, err
	}
	return dst, nil
}

// rowChunk is the number of rows of the given width that make up a piece of
// work.
func rowChunk(width int) int { return max(1, 1<<15/max(width, 1)) }
