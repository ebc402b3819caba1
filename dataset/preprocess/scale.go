package preprocess

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Scaling is what the models of the scalers have in common: the map
//
//	y = (x - Offset) / Scale
//
// of each feature. Missing values stay missing, and a value that the map takes
// beyond the range of float64 is an error that is [dataset.ErrNotFinite].
type Scaling struct {
	Offset, Scale  []float64 // per feature
	dataset.Schema           // of the training data
}

// Transform returns the scaled samples.
func (s *Scaling) Transform(x mat.Matrix) (*mat.Dense, error) { return transform(s, x) }

// TransformRow appends the scaled row to dst.
func (s *Scaling) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(s, dst, row)
}

// InverseTransform returns the samples that Transform makes y of.
func (s *Scaling) InverseTransform(y mat.Matrix) (*mat.Dense, error) {
	return transform(unscaling{s}, y)
}

// Output returns the names of the features.
func (s *Scaling) Output() dataset.Schema { return dataset.Schema{Features: s.Features} }

func (s *Scaling) shape() (in, out int, missing bool) { return len(s.Scale), len(s.Scale), true }

func (s *Scaling) mapRow(dst, row []float64) error {
	for j, v := range row {
		dst[j] = (v - s.Offset[j]) / s.Scale[j]
	}
	return finite(dst)
}

// unscaling is the map x = y·Scale + Offset.
type unscaling struct{ *Scaling }

func (u unscaling) mapRow(dst, row []float64) error {
	for j, v := range row {
		dst[j] = float64(v*u.Scale[j]) + u.Offset[j]
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

// restore checks a loaded scaling.
func (s *Scaling) restore() error {
	if len(s.Scale) == 0 || len(s.Offset) != len(s.Scale) {
		return errLengths
	}
	for j := range s.Scale {
		if s.Scale[j] == 0 || math.IsNaN(s.Scale[j]) || math.IsNaN(s.Offset[j]) {
			return fmt.Errorf("feature %d is scaled by %v about %v", j, s.Scale[j], s.Offset[j])
		}
	}
	return dataset.CheckSchema(s.Schema, len(s.Scale))
}

// newScaling returns the map that changes nothing.
func newScaling(schema dataset.Schema, features int) Scaling {
	s := Scaling{Offset: make([]float64, features), Scale: make([]float64, features), Schema: schema}
	for j := range s.Scale {
		s.Scale[j] = 1
	}
	return s
}
