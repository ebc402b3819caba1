package dataset

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// The ways in which data can be unfit. What New, Validate, Fit and Predict
// return wraps one of them and says where.
var (
	ErrEmpty     = errors.New("no data")
	ErrShape     = errors.New("shapes do not agree")
	ErrNotFinite = errors.New("not a finite number")
	ErrWeights   = errors.New("bad sample weights")
	ErrClasses   = errors.New("bad class labels")
	ErrLevel     = errors.New("unknown level") // of a categorical feature
)

// ParamError reports a parameter that is out of range.
type ParamError struct {
	Field string // name of the field
	Value any    // what it was
	Want  string // what it may be
}

func (e *ParamError) Error() string {
	return fmt.Sprintf("parameter %s is %v, want %s", e.Field, e.Value, e.Want)
}

// maxClasses bounds class indices, so that a stray label, such as an identifier
// taken for a class, does not allocate a table of its size.
const maxClasses = 1 << 20

// Validate reports the first thing that makes the data set unfit for an
// estimator: no samples or features ([ErrEmpty]); lengths of Y, Weights or
// names that differ from those of X ([ErrShape]); a NaN or Inf in X or Y, with
// row and column ([ErrNotFinite]); a weight that is negative or not finite, or
// weights whose sum is not from 1e-100 to 1e100 ([ErrWeights]); a class index that is negative or has
// no name in Classes ([ErrClasses]). It reads the data once.
func (d *Dataset[T]) Validate() error { return d.validate(false) }

// ValidateMissing is Validate for an estimator that takes NaN in X as a missing
// value.
func (d *Dataset[T]) ValidateMissing() error { return d.validate(true) }

// ValidateShape is Validate without a look at the cells of X, which may take as
// long as a fit: for an estimator whose first pass over them notices what is
// not finite, and then asks Validate where it is.
func (d *Dataset[T]) ValidateShape() error {
	if err := d.validateLengths(); err != nil {
		return err
	}
	if err := d.validateWeights(); err != nil {
		return err
	}
	return d.validateY()
}

func (d *Dataset[T]) validate(missing bool) error {
	if err := d.ValidateShape(); err != nil {
		return err
	}
	return checkCells(d.X, d.Features, missing)
}

func (d *Dataset[T]) validateLengths() error {
	n, p := d.Dims()
	if n == 0 || p == 0 {
		return ErrEmpty
	}
	if err := CheckSchema(d.Schema, p); err != nil {
		return err
	}
	if d.Weights != nil && len(d.Weights) != n {
		return fmt.Errorf("%w: %d weights for %d samples", ErrShape, len(d.Weights), n)
	}
	if _, unlabeled := any(d.Y).([]None); len(d.Y) != n && !(unlabeled && d.Y == nil) {
		return fmt.Errorf("%w: %d targets for %d samples", ErrShape, len(d.Y), n)
	}
	return nil
}

func (d *Dataset[T]) validateWeights() error {
	if d.Weights == nil {
		return nil
	}
	sum := 0.0
	for i, w := range d.Weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return fmt.Errorf("%w: weight of row %d is %v, want a finite number ≥ 0", ErrWeights, i, w)
		}
		sum += w
	}
	// Beyond that, what estimators compute of them overflows or vanishes.
	if !(sum >= 1e-100 && sum <= 1e100) {
		return fmt.Errorf("%w: they sum to %v, want from 1e-100 to 1e100", ErrWeights, sum)
	}
	return nil
}

func (d *Dataset[T]) validateY() error {
	switch y := any(d.Y).(type) {
	case []float64:
		if i := firstBad(y, false); i >= 0 {
			return fmt.Errorf("%w: target of row %d is %v", ErrNotFinite, i, y[i])
		}
	case []int:
		classes := maxClasses
		if d.Classes != nil {
			classes = min(len(d.Classes), maxClasses)
		}
		for i, k := range y {
			if k < 0 || k >= classes {
				return fmt.Errorf("%w: row %d is of class %d, want 0 … %d", ErrClasses, i, k, classes-1)
			}
		}
	}
	return nil
}

// CheckClasses is what a classifier asks of its training data beyond
// [Dataset.Validate]: at least two classes, and of each class a sample with
// positive weight. It returns the number of classes. The error is [ErrClasses]
// and names the class, or one of [Dataset.ValidateShape].
func CheckClasses(d *Classification) (int, error) {
	if err := d.ValidateShape(); err != nil {
		return 0, err // what would be out of range below
	}
	weight := make([]float64, len(ClassCounts(d)))
	for i, k := range d.Y {
		weight[k] += d.Weight(i)
	}
	for k, w := range weight {
		if w > 0 {
			continue
		}
		name := fmt.Sprint(k)
		if k < len(d.Classes) {
			name = fmt.Sprintf("%d (%s)", k, d.Classes[k])
		}
		return 0, fmt.Errorf("%w: class %s has no sample", ErrClasses, name)
	}
	if len(weight) < 2 {
		return 0, fmt.Errorf("%w: all samples are of one class, want at least two", ErrClasses)
	}
	return len(weight), nil
}

// CheckSchema reports, as [ErrShape], a schema that names another number of
// features than the given one.
func CheckSchema(s Schema, features int) error {
	if s.Features != nil && len(s.Features) != features {
		return fmt.Errorf("%w: %d feature names for %d features", ErrShape, len(s.Features), features)
	}
	if s.Levels != nil && len(s.Levels) != features {
		return fmt.Errorf("%w: levels of %d features for %d features", ErrShape, len(s.Levels), features)
	}
	return nil
}

// CheckRows prepares the argument of a Predict or Transform for a model of the
// given number of features: it returns x as a [mat.Dense], x itself if it is
// one and a copy otherwise. The errors are [ErrEmpty], [ErrShape] for a wrong
// width, and [ErrNotFinite] with row and column.
func CheckRows(x mat.Matrix, features int) (*mat.Dense, error) {
	return checkRows(x, features, false)
}

// CheckRowsMissing is CheckRows for a model that takes NaN as a missing value.
func CheckRowsMissing(x mat.Matrix, features int) (*mat.Dense, error) {
	return checkRows(x, features, true)
}

func checkRows(x mat.Matrix, features int, missing bool) (*mat.Dense, error) {
	dense, isDense := x.(*mat.Dense)
	if x == nil || isDense && dense == nil {
		return nil, ErrEmpty
	}
	n, p := x.Dims()
	if n == 0 || p == 0 {
		return nil, ErrEmpty
	}
	if p != features {
		return nil, wrongWidth(p, features)
	}
	if !isDense {
		dense = mat.DenseCopyOf(x)
	}
	if err := checkCells(dense, nil, missing); err != nil {
		return nil, err
	}
	return dense, nil
}

// CheckRow checks the argument of a PredictRow as [CheckRows] does that of a
// Predict. It allocates nothing unless it returns an error.
func CheckRow(row []float64, features int) error { return checkRow(row, features, false) }

// CheckRowMissing is CheckRow for a model that takes NaN as a missing value.
func CheckRowMissing(row []float64, features int) error { return checkRow(row, features, true) }

func checkRow(row []float64, features int, missing bool) error {
	if len(row) != features {
		return wrongWidth(len(row), features)
	}
	if features == 0 {
		return ErrEmpty
	}
	if j := firstBad(row, missing); j >= 0 {
		return fmt.Errorf("%w: column %d is %v", ErrNotFinite, j, row[j])
	}
	return nil
}

func wrongWidth(got, want int) error {
	return fmt.Errorf("%w: %d features, the model was fitted on %d", ErrShape, got, want)
}

// checkCells names the first cell of x that is not finite; where missing is
// set, NaN passes.
func checkCells(x *mat.Dense, names []string, missing bool) error {
	n, p := x.Dims()
	var mu sync.Mutex
	first := n // row of the first bad cell
	parallel.For(n, 1+1<<18/p, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			if firstBad(x.RawRowView(i), missing) >= 0 {
				mu.Lock()
				first = min(first, i)
				mu.Unlock()
				return
			}
		}
	})
	if first == n {
		return nil
	}
	j := firstBad(x.RawRowView(first), missing)
	column := fmt.Sprintf("column %d", j)
	if names != nil {
		column += " (" + names[j] + ")"
	}
	return fmt.Errorf("%w: row %d, %s is %v", ErrNotFinite, first, column, x.At(first, j))
}

// firstBad returns the index of the first Inf, or of the first NaN unless
// missing, or -1.
func firstBad(row []float64, missing bool) int {
	j := simd.Finite(row)
	if j < 0 || !missing {
		return j
	}
	for ; j < len(row); j++ {
		if math.IsInf(row[j], 0) {
			return j
		}
	}
	return -1
}
