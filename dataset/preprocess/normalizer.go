package preprocess

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Norm is a measure of the length of a sample.
type Norm int

const (
	L2  Norm = iota // √Σ x²
	L1              // Σ |x|
	Max             // max |x|
)

// Normalizer divides each sample by its norm, so that all have length one. A
// sample of zeros stays as it is. Missing values are refused.
type Normalizer struct {
	Norm Norm // L2 by default
}

// NormalizerModel is a fitted [Normalizer]: it has learnt the number of features.
type NormalizerModel struct {
	Norm  Norm
	Width int // number of features
	dataset.Schema
}

var (
	_ model.Fitter[dataset.None, *NormalizerModel] = Normalizer{}
	_ model.RowTransformer                         = (*NormalizerModel)(nil)
)

func init() { model.Register("preprocess.Normalizer", 1, (*NormalizerModel).restore) }

// Fit checks ds, as there is nothing to learn.
func (n Normalizer) Fit(ctx context.Context, ds *dataset.Unlabeled) (*NormalizerModel, error) {
	if n.Norm < L2 || n.Norm > Max {
		return nil, &model.ParamError{Field: "Norm", Value: n.Norm, Want: "L2, L1 or Max"}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	return &NormalizerModel{Norm: n.Norm, Width: p, Schema: ds.Schema}, nil
}

func (m *NormalizerModel) restore() error {
	if m.Width < 1 || m.Norm < L2 || m.Norm > Max {
		return fmt.Errorf("norm %d of %d features", m.Norm, m.Width)
	}
	return dataset.CheckSchema(m.Schema, m.Width)
}

// Transform returns the samples divided by their norms.
func (m *NormalizerModel) Transform(x mat.Matrix) (*mat.Dense, error) { return transform(m, x) }

// TransformRow appends the row divided by its norm to dst.
func (m *NormalizerModel) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(m, dst, row)
}

// Output returns the names of the features.
func (m *NormalizerModel) Output() dataset.Schema { return dataset.Schema{Features: m.Features} }

func (m *NormalizerModel) shape() (in, out int, missing bool) { return m.Width, m.Width, false }

func (m *NormalizerModel) mapRow(dst, row []float64) error {
	largest := 0.0
	for _, v := range row {
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 {
		copy(dst, row)
		return nil
	}
	// A power of two keeps the sums in range and changes no digit.
	_, exponent := math.Frexp(largest)
	scale := math.Ldexp(1, -max(exponent, -1000))
	norm := largest * scale
	if m.Norm != Max {
		norm = 0
	}
	for j, v := range row {
		v *= scale
		dst[j] = v
		switch m.Norm {
		case L2:
			norm += float64(v * v)
		case L1:
			norm += math.Abs(v)
		}
	}
	if m.Norm == L2 {
		norm = math.Sqrt(norm)
	}
	for j := range dst {
		dst[j] /= norm
	}
	return nil
}
