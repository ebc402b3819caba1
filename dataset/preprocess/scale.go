package preprocess

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/sapwood-ml/sapwood/dataset"
)

// affine is the map y = (x - offset) / scale of each feature, which the scalers
// have in common. Missing values stay missing.
type affine struct{ offset, scale []float64 }

func (a affine) shape() (in, out int, missing bool) { return len(a.scale), len(a.scale), true }

func (a affine) mapRow(dst, row []float64) error {
	for j, v := range row {
		dst[j] = (v - a.offset[j]) / a.scale[j]
	}
	return finite(dst)
}

// inverse is the map x = y·scale + offset.
type inverse affine

func (a inverse) shape() (in, out int, missing bool) { return affine(a).shape() }

func (a inverse) mapRow(dst, row []float64) error {
	for j, v := range row {
		dst[j] = float64(v*a.scale[j]) + a.offset[j]
	}
	return finite(dst)
}

// finite reports a value that has overflowed.
func finite(row []float64) error {
	for j, v := range row {
		if math.IsInf(v, 0) {
			return fmt.Errorf("%w: feature %d overflows", dataset.ErrNotFinite, j)
		}
	}
	return nil
}

// restore checks numbers of a loaded model.
func (a affine) restore(schema dataset.Schema) error {
	if len(a.scale) == 0 || len(a.offset) != len(a.scale) {
		return errLengths
	}
	for j := range a.scale {
		if a.scale[j] == 0 || math.IsNaN(a.scale[j]) || math.IsNaN(a.offset[j]) {
			return fmt.Errorf("feature %d is scaled by %v around %v", j, a.scale[j], a.offset[j])
		}
	}
	return dataset.CheckSchema(schema, len(a.scale))
}

// zeros returns n zeros.
func zeros(n int) []float64 { return make([]float64, n) }

// oneWhereZero replaces scales of zero, of constant features, by one.
func oneWhereZero(scale []float64) []float64 {
	for j, s := range scale {
		if s == 0 {
			scale[j] = 1
		}
	}
	return scale
}

// noValue is the error that a feature has no value to learn from.
func noValue[T dataset.Target](ds *dataset.Dataset[T], j int) error {
	name := ""
	if ds.Features != nil {
		name = " (" + ds.Features[j] + ")"
	}
	return fmt.Errorf("%w: column %d%s has only missing values", dataset.ErrEmpty, j, name)
}

// featureNames is the schema of features that keep their names.
func featureNames(s dataset.Schema) dataset.Schema { return dataset.Schema{Features: s.Features} }

// check is what every Fit begins with.
func check[T dataset.Target](ctx context.Context, ds *dataset.Dataset[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return ds.ValidateMissing()
}

var errLengths = errors.New("the lengths of its parts differ")
