package dataset

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// None is the target type of data without a target.
type None struct{}

// Target is what a data set can be labelled with: real numbers (regression),
// class indices (classification), or nothing.
type Target interface{ float64 | int | None }

// Dataset is a table of n samples by p features with a target per sample.
//
// A categorical feature is a column of level indices 0, 1, … in X whose names
// stand in Levels; a missing value is NaN. Estimators read a data set and never
// write to it; several may share one.
type Dataset[T Target] struct {
	X       *mat.Dense // n samples × p features
	Y       []T        // n targets; nil for Unlabeled
	Weights []float64  // n sample weights; nil means all one
	Schema             // names: what the numbers in X and Y stand for
}

// Schema names what the numbers of a data set stand for. Every part of it may
// be nil, and its slices are shared freely between data sets and models: treat
// them as read-only.
type Schema struct {
	Features []string   // nil, or p names
	Levels   [][]string // nil, or per feature: nil for a numeric one, the names of its values for a categorical one
	Target   string     // name of the target
	Classes  []string   // name of class k at index k
}

type (
	Regression     = Dataset[float64]
	Classification = Dataset[int] // Y holds class indices 0 … len(Classes)-1
	Unlabeled      = Dataset[None]
)

// New returns a data set over x and y, which it shares and does not copy. For
// unlabeled data y is nil. Set names and weights on the result.
//
// The errors are those of [Dataset.ValidateMissing]: missing values (NaN in x)
// are let pass, as it is for the estimator to say whether they are welcome.
func New[T Target](x *mat.Dense, y []T) (*Dataset[T], error) {
	d := &Dataset[T]{X: x, Y: y}
	if err := d.ValidateMissing(); err != nil {
		return nil, err
	}
	return d, nil
}

// FromRows returns a data set of copies of the given rows, which must all be of
// the same length. The errors are those of [New].
func FromRows[T Target](rows [][]float64, y []T) (*Dataset[T], error) {
	if len(rows) == 0 || len(rows[0]) == 0 {
		return nil, ErrEmpty
	}
	p := len(rows[0])
	data := make([]float64, 0, len(rows)*p)
	for i, row := range rows {
		if len(row) != p {
			return nil, fmt.Errorf("%w: row %d has %d values, row 0 has %d", ErrShape, i, len(row), p)
		}
		data = append(data, row...)
	}
	return New(mat.NewDense(len(rows), p, data), slices.Clone(y))
}

// Len returns the number n of samples.
func (d *Dataset[T]) Len() int {
	n, _ := d.Dims()
	return n
}

// Dims returns the numbers of samples and features; 0, 0 where there is no X.
func (d *Dataset[T]) Dims() (n, p int) {
	if d == nil || d.X == nil {
		return 0, 0
	}
	return d.X.Dims()
}

// Weight returns the weight of sample i: Weights[i], or 1 where Weights is nil.
func (d *Dataset[T]) Weight(i int) float64 {
	if d.Weights == nil {
		return 1
	}
	return d.Weights[i]
}

// Unlabeled returns the data set without its target. X, weights and feature
// names are shared with d.
func (d *Dataset[T]) Unlabeled() *Unlabeled {
	if d == nil {
		return nil
	}
	return &Unlabeled{
		X:       d.X,
		Weights: d.Weights,
		Schema:  Schema{Features: d.Features, Levels: d.Levels},
	}
}

// Subset returns the data set of the samples rows, in that order; a row may be
// taken several times. X, Y and weights are copies, names are shared. An index
// outside [0, n) is an error that is [ErrShape].
func (d *Dataset[T]) Subset(rows []int) (*Dataset[T], error) {
	if err := d.validateLengths(); err != nil {
		return nil, err
	}
	n := d.Len()
	for _, i := range rows {
		if i < 0 || i >= n {
			return nil, fmt.Errorf("%w: row %d of a data set of %d rows", ErrShape, i, n)
		}
	}
	return d.take(rows), nil
}

// take is Subset for rows known to be in range.
func (d *Dataset[T]) take(rows []int) *Dataset[T] {
	_, p := d.Dims()
	s := &Dataset[T]{X: new(mat.Dense)}
	if d == nil {
		return s
	}
	s.Schema = d.Schema
	if len(rows) == 0 {
		return s
	}
	s.X = mat.NewDense(len(rows), p, nil)
	for to, from := range rows {
		copy(s.X.RawRowView(to), d.X.RawRowView(from))
	}
	s.Y = pick(d.Y, rows)
	s.Weights = pick(d.Weights, rows)
	return s
}

// pick returns the elements of s at the given indices; nil for a nil s.
func pick[E any](s []E, indices []int) []E {
	if s == nil {
		return nil
	}
	picked := make([]E, len(indices))
	for to, from := range indices {
		picked[to] = s[from]
	}
	return picked
}

// ClassCounts returns the number of samples of each class. Its length is
// len(Classes), or the largest index in Y plus one where that is more; an index
// that Validate rejects is not counted.
func ClassCounts(d *Classification) []int {
	if d == nil {
		return nil
	}
	counts := make([]int, len(d.Classes))
	for _, k := range d.Y {
		if k < 0 || k >= maxClasses {
			continue
		}
		if k >= len(counts) {
			counts = append(counts, make([]int, k+1-len(counts))...)
		}
		counts[k]++
	}
	return counts
}
