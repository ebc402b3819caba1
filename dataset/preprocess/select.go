package preprocess

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// VarianceThreshold keeps the features whose variance is above Threshold; with
// the zero value those that are not constant. Missing values are left out of the
// variance, and stay missing.
type VarianceThreshold struct {
	Threshold float64
}

// SelectKBest keeps the K features with the best scores by the classes, of
// equally good ones the first.
type SelectKBest struct {
	K     int   // 0 means 10, or all features if there are fewer
	Score Score // F by default
}

// SelectKBestRegression keeps the K features with the best scores by the target,
// of equally good ones the first. The score is the F statistic of the linear
// regression of the target on the feature, (n − 2)·r²/(1 − r²) with their
// correlation r.
type SelectKBestRegression struct {
	K int // 0 means 10, or all features if there are fewer
}

// Score measures how a feature differs between classes.
type Score int

const (
	F    Score = iota // the F statistic of the analysis of variance: variance between classes by variance within
	Chi2              // χ² of the sums of a feature per class, against those of the classes' shares; values must be ≥ 0
)

// SelectionModel is a fitted selection of features.
type SelectionModel struct {
	Selected []int     // the features that are kept, in ascending order
	Scores   []float64 // per feature: what it was selected by
	PValues  []float64 // per feature: probability of a score as good without dependence; nil for VarianceThreshold, which lets missing values pass
	dataset.Schema
}

var (
	_ model.Fitter[dataset.None, *SelectionModel] = VarianceThreshold{}
	_ model.Fitter[int, *SelectionModel]          = SelectKBest{}
	_ model.Fitter[float64, *SelectionModel]      = SelectKBestRegression{}
	_ model.RowTransformer                        = (*SelectionModel)(nil)
	_ model.InverseTransformer                    = (*SelectionModel)(nil)
	_ model.FeatureNamer                          = (*SelectionModel)(nil)
)

func init() { model.Register("preprocess.Selection", 1, (*SelectionModel).restore) }

// Fit computes the variances, in O(n·p). It is an error if no feature is kept.
func (v VarianceThreshold) Fit(ctx context.Context, ds *dataset.Unlabeled) (*SelectionModel, error) {
	if !(v.Threshold >= 0) || math.IsInf(v.Threshold, 1) {
		return nil, &model.ParamError{Field: "Threshold", Value: v.Threshold, Want: "a finite number ≥ 0"}
	}
	if err := check(ctx, ds); err != nil {
		return nil, err
	}
	_, variance, constant, err := meanVariance(ctx, ds)
	if err != nil {
		return nil, err
	}
	m := &SelectionModel{Scores: variance, Schema: ds.Schema}
	for j := range variance {
		if constant[j] {
			variance[j] = 0
		}
		if variance[j] > v.Threshold {
			m.Selected = append(m.Selected, j)
		}
	}
	if m.Selected == nil {
		return nil, fmt.Errorf("%w: no feature has a variance above %v", dataset.ErrEmpty, v.Threshold)
	}
	return m, nil
}

// Fit computes the scores, in O(n·p).
func (s SelectKBest) Fit(ctx context.Context, ds *dataset.Classification) (*SelectionModel, error) {
	if s.Score != F && s.Score != Chi2 {
		return nil, &model.ParamError{Field: "Score", Value: s.Score, Want: "F or Chi2"}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	classes, err := dataset.CheckClasses(ds)
	if err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	m := &SelectionModel{Scores: make([]float64, p), PValues: make([]float64, p), Schema: ds.Schema}
	for j := range p {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch s.Score {
		case F:
			m.Scores[j], m.PValues[j] = fStatistic(ds, classes, j)
		case Chi2:
			if m.Scores[j], m.PValues[j], err = chi2Statistic(ds, classes, j); err != nil {
				return nil, err
			}
		}
	}
	if err := m.keep(s.K); err != nil {
		return nil, err
	}
	return m, nil
}

// Fit computes the scores, in O(n·p).
func (s SelectKBestRegression) Fit(ctx context.Context, ds *dataset.Regression) (*SelectionModel, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	n, p := ds.Dims()
	m := &SelectionModel{Scores: make([]float64, p), PValues: make([]float64, p), Schema: ds.Schema}
	total, meanY := 0.0, 0.0
	for i, y := range ds.Y {
		total += ds.Weight(i)
		meanY += ds.Weight(i) * (y - ds.Y[0])
	}
	meanY = ds.Y[0] + meanY/total
	free := copies(ds) - 2
	for j := range p {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		mean := 0.0
		for i := range n {
			mean += ds.Weight(i) * (ds.X.At(i, j) - ds.X.At(0, j))
		}
		mean = ds.X.At(0, j) + mean/total
		var xx, yy, xy float64
		for i, y := range ds.Y {
			w, dx, dy := ds.Weight(i), ds.X.At(i, j)-mean, y-meanY
			xx += w * dx * dx
			yy += w * dy * dy
			xy += w * dx * dy
		}
		// A feature or target without variance explains nothing.
		m.PValues[j] = 1
		if r := xy / math.Sqrt(xx) / math.Sqrt(yy); r == r && !math.IsInf(r, 0) && free > 0 {
			r2 := min(r*r, 1)
			m.Scores[j] = largest(r2 / (1 - r2) * free)
			m.PValues[j] = fSurvival(m.Scores[j], 1, free)
		}
	}
	if err := m.keep(s.K); err != nil {
		return nil, err
	}
	return m, nil
}

// keep selects the k features with the best scores.
func (m *SelectionModel) keep(k int) error {
	if k == 0 {
		k = min(10, len(m.Scores))
	}
	if k < 1 || k > len(m.Scores) {
		return &model.ParamError{Field: "K", Value: k, Want: fmt.Sprintf("from 1 to the number of features, %d", len(m.Scores))}
	}
	order := make([]int, len(m.Scores))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case m.Scores[a] > m.Scores[b]:
			return -1
		case m.Scores[a] < m.Scores[b]:
			return 1
		}
		return 0
	})
	m.Selected = slices.Sorted(slices.Values(order[:k]))
	return nil
}

// fStatistic returns the F statistic of feature j by class, and its p-value.
func fStatistic(ds *dataset.Classification, classes, j int) (score, p float64) {
	weights, means := make([]float64, classes), make([]float64, classes)
	total, mean := 0.0, 0.0
	origin := ds.X.At(0, j) // a large offset costs no digits
	for i, k := range ds.Y {
		w := ds.Weight(i)
		weights[k] += w
		means[k] += w * (ds.X.At(i, j) - origin)
	}
	for k, w := range weights {
		total += w
		mean += means[k]
		means[k] /= w
	}
	mean /= total
	between, within := 0.0, 0.0
	for k, w := range weights {
		between += w * (means[k] - mean) * (means[k] - mean)
	}
	for i, k := range ds.Y {
		d := ds.X.At(i, j) - origin - means[k]
		within += ds.Weight(i) * d * d
	}
	free, rest := float64(classes-1), copies(ds)-float64(classes)
	score = between / free / (within / rest)
	if score != score || between == 0 || rest <= 0 {
		return 0, 1 // a constant feature tells nothing
	}
	score = largest(score)
	return score, fSurvival(score, free, rest)
}

// chi2Statistic returns χ² of feature j by class, and its p-value.
func chi2Statistic(ds *dataset.Classification, classes, j int) (score, p float64, err error) {
	observed, weights := make([]float64, classes), make([]float64, classes)
	sum, total := 0.0, 0.0
	for i, k := range ds.Y {
		x, w := ds.X.At(i, j), ds.Weight(i)
		if x < 0 {
			return 0, 0, fmt.Errorf("%w: row %d, %s is %v, χ² takes values ≥ 0", dataset.ErrShape, i, columnName(ds.Schema, j), x)
		}
		observed[k] += w * x
		weights[k] += w
		sum += w * x
		total += w
	}
	if sum == 0 {
		return 0, 1, nil
	}
	for k, w := range weights {
		expected := w / total * sum
		score += (observed[k] - expected) / expected * (observed[k] - expected)
	}
	score = largest(score * (copies(ds) / total))
	return score, mathext.GammaIncRegComp(float64(classes-1)/2, score/2), nil
}

// fSurvival is the probability of an F statistic above score.
func fSurvival(score, d1, d2 float64) float64 {
	if d2 <= 0 {
		return 1
	}
	if d2 > 1e12 { // to rounding the limit, χ² divided by d1
		return mathext.GammaIncRegComp(d1/2, d1/2*score)
	}
	return mathext.RegIncBeta(d2/2, d1/2, d2/(d2+d1*score))
}

// largest makes infinity, which a feature that tells all may score, a number.
func largest(score float64) float64 { return min(score, math.MaxFloat64) }

func (m *SelectionModel) restore() error {
	if len(m.Selected) == 0 || m.PValues != nil && len(m.PValues) != len(m.Scores) {
		return errLengths
	}
	for i, j := range m.Selected {
		if j < 0 || j >= len(m.Scores) || i > 0 && j <= m.Selected[i-1] {
			return fmt.Errorf("feature %d of %d is selected", j, len(m.Scores))
		}
	}
	return dataset.CheckSchema(m.Schema, len(m.Scores))
}

// Transform returns the selected features of the samples.
func (m *SelectionModel) Transform(x mat.Matrix) (*mat.Dense, error) { return transform(m, x) }

// TransformRow appends the selected features of a row to dst.
func (m *SelectionModel) TransformRow(dst, row []float64) ([]float64, error) {
	return transformRow(m, dst, row)
}

// InverseTransform returns samples with 0 for the features that were left out.
func (m *SelectionModel) InverseTransform(y mat.Matrix) (*mat.Dense, error) {
	return transform(selectionInverse{m}, y)
}

// Output returns the names and levels of the selected features.
func (m *SelectionModel) Output() dataset.Schema {
	var s dataset.Schema
	for _, j := range m.Selected {
		if m.Features != nil {
			s.Features = append(s.Features, m.Features[j])
		}
		if m.Levels != nil {
			s.Levels = append(s.Levels, m.Levels[j])
		}
	}
	return s
}

func (m *SelectionModel) shape() (in, out int, missing bool) {
	return len(m.Scores), len(m.Selected), m.PValues == nil
}

func (m *SelectionModel) mapRow(dst, row []float64) error {
	for i, j := range m.Selected {
		dst[i] = row[j]
	}
	return nil
}

type selectionInverse struct{ *SelectionModel }

func (m selectionInverse) shape() (in, out int, missing bool) {
	return len(m.Selected), len(m.Scores), m.PValues == nil
}

func (m selectionInverse) mapRow(dst, row []float64) error {
	clear(dst)
	for i, j := range m.Selected {
		dst[j] = row[i]
	}
	return nil
}
