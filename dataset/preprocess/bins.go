package preprocess

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Binning says where the bins of a feature end.
type Binning int

const (
	Quantiles Binning = iota // so that each bin has about the same number of training samples
	Uniform                  // so that all are of the same width
	KMeans                   // halfway between the centres of clusters, found by k-means
)

// KBins divides the range of each feature into bins and replaces a value by its
// bin: by a feature per bin that is 1 in it and 0 elsewhere, or by its number. A
// bin holds its lower edge and not its upper one; values beyond the range of the
// training samples fall into the first and the last. Bins without width are left
// out, so that a constant feature has one. Missing values are refused.
//
// Quantiles are the inverse of the distribution function, averaged where it is
// flat; k-means begins with the middles of the uniform bins. A weight of w counts
// as w copies.
type KBins struct {
	Bins    int     // 0 means 5
	Binning Binning // Quantiles by default
	Ordinal bool    // make one feature per feature, the number of the bin
}

// KBinsModel is a fitted [KBins].
type KBinsModel struct {
	Edges   [][]float64 // per feature: the edges of its bins, one more than there are bins
	Ordinal bool
	dataset.Schema

	width int
}

var (
	_ model.Fitter[dataset.None, *KBinsModel] = KBins{}
	_ model.RowTransformer                    = (*KBinsModel)(nil)
	_ model.InverseTransformer                = (*KBinsModel)(nil)
	_ model.FeatureNamer                      = (*KBinsModel)(nil)
)

func init() { model.Register("preprocess.KBins", 1, (*KBinsModel).restore) }

// Fit learns the edges, in O(n·log n·p). The error is a [*model.ParamError] for
// fewer than two bins or an unknown binning.
func (k KBins) Fit(ctx context.Context, ds *dataset.Unlabeled) (*KBinsModel, error) {
	if k.Bins == 0 {
		k.Bins = 5
	}
	if k.Bins < 2 || k.Bins > maxTerms {
		return nil, &model.ParamError{Field: "Bins", Value: k.Bins, Want: fmt.Sprintf("from 2 to %d", maxTerms)}
	}
	if k.Binning < Quantiles || k.Binning > KMeans {
		return nil, &model.ParamError{Field: "Binning", Value: k.Binning, Want: "Quantiles, Uniform or KMeans"}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	m := &KBinsModel{Edges: make([][]float64, p), Ordinal: k.Ordinal, Schema: ds.Schema}
	if err := eachColumn(ctx, ds, func(j int, s sample) {
		edges := slices.Compact(k.edges(s))
		if len(edges) == 1 {
			edges = append(edges, edges[0])
		}
		m.Edges[j] = edges
	}); err != nil {
		return nil, err
	}
	if err := m.restore(); err != nil {
		return nil, err
	}
	return m, nil
}

// edges returns the edges of the bins of a feature, with repetitions where bins
// have no width.
func (k KBins) edges(s sample) []float64 {
	low, high := s.values[0], s.values[len(s.values)-1]
	edges := make([]float64, k.Bins+1)
	switch k.Binning {
	case Quantiles:
		for i := range edges {
			edges[i] = s.jump(float64(i) / float64(k.Bins))
		}
	case Uniform:
		for i := range edges {
			q := float64(i) / float64(k.Bins)
			edges[i] = min(low*(1-q)+high*q, high)
			edges[i] = max(edges[i], low, edges[max(i-1, 0)]) // rounding must not break the order
		}
	case KMeans:
		centres := s.kMeans(k.Bins)
		edges = edges[:len(centres)+1]
		for i := 1; i < len(centres); i++ {
			edges[i] = centres[i-1]/2 + centres[i]/2
		}
	}
	edges[0], edges[len(edges)-1] = low, high
	return edges
}

func (m *KBinsModel) restore() error {
	if len(m.Edges) == 0 {
		return errLengths
	}
	m.width = 0
	for j, edges := range m.Edges {
		if len(edges) < 2 || !slices.IsSorted(edges) || slices.ContainsFunc(edges, math.IsNaN) {
			return fmt.Errorf("the bins of feature %d end at %v", j, edges)
		}
		m.width += len(edges) - 1
	}
	if m.Ordinal {
		m.width = len(m.Edges)
	}
	return dataset.CheckSchema(m.Schema, len(m.Edges))
}

// bin returns the number of the bin of a value of feature j.
func (m *KBinsModel) bin(j int, v float64) int {
	inner := m.Edges[j][1 : len(m.Edges[j])-1]
	return sort.Search(len(inner), func(i int) bool { return inner[i] > v })
}

// Transform returns the bins of the samples' values.
func (m *KBinsModel) Transform(x mat.Matrix) (*mat.Dense, error) { return transform(m, x) }

// TransformRow appends the bins of a row's values to dst.
func (m *KBinsModel) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(m, dst, row)
}

// InverseTransform returns the middles of the bins.
func (m *KBinsModel) InverseTransform(y mat.Matrix) (*mat.Dense, error) {
	return transform(kBinsInverse{m}, y)
}

func (m *KBinsModel) shape() (in, out int, missing bool) { return len(m.Edges), m.width, false }

func (m *KBinsModel) mapRow(dst, row []float64) error {
	if m.Ordinal {
		for j, v := range row {
			dst[j] = float64(m.bin(j, v))
		}
		return nil
	}
	clear(dst)
	for j, v := range row {
		dst[m.bin(j, v)] = 1
		dst = dst[len(m.Edges[j])-1:]
	}
	return nil
}

type kBinsInverse struct{ *KBinsModel }

func (m kBinsInverse) shape() (in, out int, missing bool) { return m.width, len(m.Edges), false }

func (m kBinsInverse) mapRow(dst, row []float64) error {
	for j, edges := range m.Edges {
		bins := len(edges) - 1
		bin := 0
		if m.Ordinal {
			if row[j] < 0 || row[j] >= float64(bins) || row[j] != math.Trunc(row[j]) {
				return fmt.Errorf("%w: %s has no bin %v", dataset.ErrShape, columnName(m.Schema, j), row[j])
			}
			bin = int(row[j])
		} else {
			bin = slices.Index(row[:bins], slices.Max(row[:bins]))
			row = row[bins:]
		}
		dst[j] = edges[bin]/2 + edges[bin+1]/2
	}
	return nil
}

// Output returns the names of the new features, as in "age [20, 30)".
func (m *KBinsModel) Output() dataset.Schema {
	if m.Ordinal {
		return dataset.Schema{Features: m.Features}
	}
	var s dataset.Schema
	for j, edges := range m.Edges {
		for i := range len(edges) - 1 {
			end := ")"
			if i == len(edges)-2 {
				end = "]"
			}
			s.Features = append(s.Features, fmt.Sprintf("%s [%.4g, %.4g%s", featureName(m.Schema, j), edges[i], edges[i+1], end))
		}
	}
	return s
}
