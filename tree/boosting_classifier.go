package tree

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/model"
)

// BoostingClassifier learns a sum of trees by gradient boosting (Friedman, Annals
// of Statistics 29, 2001) on histograms (Ke et al., LightGBM, NIPS 2017): each
// tree lowers the log loss of the trees before it. Values are sorted into at most
// 255 bins, and the leaf whose split lowers the loss most is split next, by the
// gain G_l²/(H_l+λ) + G_r²/(H_r+λ) − G²/(H+λ) with sums G and H of the first and
// second derivatives. A leaf adds −G/(H+λ) times the learning rate.
//
// Missing values go to the side where they lower the loss more; where a leaf has
// none, to the one with more samples. Weights multiply the derivatives.
//
// A feature with Levels, at most 255, is categorical: a split sends a set of levels
// to the left. A leaf's levels, and missing values among them, are ordered by
// G/(H+10) and the order is cut in two, as scikit-learn does; levels with fewer
// than 10 samples in the leaf are not told apart. What is none of the levels that a
// leaf has samples of goes where missing values go.
//
// Cost: time proportional to features × samples × iterations (× classes, if more
// than two); memory 2 bytes per value beside the data. Histograms are sums of
// whole numbers, so that models are bit-identical at every GOMAXPROCS. From 4096
// samples on, derivatives are rounded for choosing splits: to 16 bits or more of
// the largest one.
type BoostingClassifier struct {
	Iterations     int     // trees, per class if there are more than two; 0 means 100
	LearningRate   float64 // by which each tree is scaled; 0 means 0.1
	MaxLeaves      int     // per tree; 0 means 31
	MaxDepth       int     // longest way from the root to a leaf; 0 means no limit
	MinSamplesLeaf int     // no split leaves fewer samples on a side; 0 means 20
	L2             float64 // λ: added to the second derivatives of a leaf
	MaxBins        int     // per feature, beside one for missing values; at most 255, which 0 means

	Subsample    float64 // share of the samples, drawn anew for each iteration, that trees learn from; 0 means 1
	ColumnSample float64 // share of the features, drawn anew for each iteration, that trees use; 0 means 1

	// Monotone constrains, per feature, the probability of class 1 of two classes:
	// 1 means that it must not fall as the feature grows, −1 not rise, 0 is free, as
	// a categorical feature must be. Nil means no constraints.
	Monotone []int

	// EarlyStopping ends the fit when the loss on ValidationFraction of the samples,
	// which are then not learned from, has not become lower for so many iterations,
	// and drops the trees after the best one. 0 means never; scikit-learn stops so
	// by default, after 10, where there are more than 10,000 samples.
	EarlyStopping      int
	ValidationFraction float64 // 0 means 0.1
	Seed               uint64  // of all draws
}

// BoostingClassifierModel is a sum of trees that gives class probabilities.
type BoostingClassifierModel struct {
	dataset.Schema // of the training data

	boosted  *boosted
	features int
}

var (
	_ model.Fitter[int, *BoostingClassifierModel] = BoostingClassifier{}
	_ model.Predictor[int]                        = (*BoostingClassifierModel)(nil)
	_ model.ProbabilityPredictor                  = (*BoostingClassifierModel)(nil)
	_ model.DecisionFunction                      = (*BoostingClassifierModel)(nil)
)

// Fit learns the trees. It reports progress as "boosting". Beside the errors of
// [dataset.Dataset.ValidateMissing] and [dataset.CheckClasses], a parameter out
// of range is a [*model.ParamError], and a feature of more than 255 levels is a
// [dataset.ErrShape].
func (c BoostingClassifier) Fit(ctx context.Context, ds *dataset.Classification) (*BoostingClassifierModel, error) {
	if err := ds.ValidateMissing(); err != nil {
		return nil, err
	}
	classes, err := dataset.CheckClasses(ds)
	if err != nil {
		return nil, err
	}
	params := boosting{
		iterations: c.Iterations, leaves: c.MaxLeaves, depth: c.MaxDepth, minLeaf: c.MinSamplesLeaf,
		bins: c.MaxBins, patience: c.EarlyStopping, rate: c.LearningRate, l2: c.L2,
		rows: c.Subsample, columns: c.ColumnSample, validation: c.ValidationFraction, seed: c.Seed, monotone: c.Monotone,
	}
	if err := params.resolve(); err != nil {
		return nil, err
	}
	if _, p := ds.Dims(); checkMonotone(c.Monotone, p) != nil {
		return nil, checkMonotone(c.Monotone, p)
	}
	if err := checkMonotoneClasses(c.Monotone, classes); err != nil {
		return nil, err
	}
	if params.levels, err = checkCategories(ds.Schema, c.Monotone); err != nil {
		return nil, err
	}
	train, valid := ds, (*dataset.Classification)(nil)
	if c.EarlyStopping > 0 {
		if train, valid, err = splitRows(ctx, ds, 1-params.validation, c.Seed); err != nil {
			return nil, err
		}
		if k, err := dataset.CheckClasses(train); err != nil || k != classes || valid.Len() == 0 {
			return nil, &model.ParamError{Field: "ValidationFraction", Value: c.ValidationFraction, Want: "a share that leaves samples of every class to learn from, and some to validate by"}
		}
	}
	loss := boostLoss(logLoss{})
	if classes > 2 {
		loss = multiLogLoss(classes)
	}
	b, err := fitBoostingOn(ctx, params, loss, train, valid)
	if err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	return &BoostingClassifierModel{Schema: ds.Schema, boosted: b, features: p}, nil
}

// splitRows is [dataset.Dataset.Split], but that it copies rows in parallel and stops
// when ctx is done.
func splitRows[T int | float64](ctx context.Context, ds *dataset.Dataset[T], fraction float64, seed uint64) (train, valid *dataset.Dataset[T], err error) {
	n, p := ds.Dims()
	index := mat.NewDense(n, 1, nil)
	for i := range n {
		index.Set(i, 0, float64(i))
	}
	numbered := &dataset.Dataset[T]{X: index, Y: ds.Y, Weights: ds.Weights}
	train, valid = numbered.Split(fraction, seed)
	for _, part := range []*dataset.Dataset[T]{train, valid} {
		part.Schema = ds.Schema
		rows := part.Len()
		if rows == 0 {
			continue
		}
		x := mat.NewDense(rows, p, nil)
		err := parallel.ForContext(ctx, rows, 4096, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				copy(x.RawRowView(i), ds.X.RawRowView(int(part.X.At(i, 0))))
			}
		})
		if err != nil {
			return nil, nil, err
		}
		part.X = x
	}
	return train, valid, nil
}

// fitBoostingOn is fitBoosting on data sets.
func fitBoostingOn[T int | float64](ctx context.Context, params boosting, loss boostLoss, train, valid *dataset.Dataset[T]) (*boosted, error) {
	numbers := func(y []T) []float64 {
		f := make([]float64, len(y))
		for i, v := range y {
			f[i] = float64(v)
		}
		return f
	}
	if valid == nil {
		return fitBoosting(ctx, params, loss, train.X, numbers(train.Y), train.Weights, nil, nil, nil)
	}
	return fitBoosting(ctx, params, loss, train.X, numbers(train.Y), train.Weights, valid.X, numbers(valid.Y), valid.Weights)
}

// Iterations returns the number of iterations that the model keeps the trees of.
func (m *BoostingClassifierModel) Iterations() int { return m.boosted.kept() }

// FeatureImportances returns for each feature the share of its splits in the gain
// of all splits. They sum to one unless there is no split.
func (m *BoostingClassifierModel) FeatureImportances() []float64 {
	return m.boosted.importances()
}

// Decision returns the raw predictions: n × 1 log odds of class 1 for two classes,
// otherwise n × classes, whose softmax are the probabilities.
func (m *BoostingClassifierModel) Decision(x mat.Matrix) (*mat.Dense, error) {
	rows, err := dataset.CheckRowsMissing(x, m.features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	k := len(m.boosted.trees)
	out := mat.NewDense(n, k, nil)
	for c, raw := range m.boosted.sums(rows) {
		for i, v := range raw {
			out.Set(i, c, v)
		}
	}
	return out, nil
}

// PredictProba returns the probability of each class, n × classes.
func (m *BoostingClassifierModel) PredictProba(x mat.Matrix) (*mat.Dense, error) {
	raw, err := m.Decision(x)
	if err != nil {
		return nil, err
	}
	n, k := raw.Dims()
	if k == 1 {
		out := mat.NewDense(n, 2, nil)
		for i := range n {
			p := sigmoid(raw.At(i, 0))
			out.Set(i, 0, 1-p)
			out.Set(i, 1, p)
		}
		return out, nil
	}
	for i := range n {
		softmax(raw.RawRowView(i))
	}
	return raw, nil
}

// DecisionRow appends the raw predictions for one row to dst.
func (m *BoostingClassifierModel) DecisionRow(dst, row []float64) ([]float64, error) {
	if err := dataset.CheckRowMissing(row, m.features); err != nil {
		return nil, err
	}
	for c := range m.boosted.trees {
		dst = append(dst, m.boosted.sumRow(row, c))
	}
	return dst, nil
}

// PredictProbaRow appends the probability of each class for one row to dst.
func (m *BoostingClassifierModel) PredictProbaRow(dst, row []float64) ([]float64, error) {
	start := len(dst)
	dst, err := m.DecisionRow(dst, row)
	if err != nil {
		return nil, err
	}
	if raw := dst[start:]; len(raw) > 1 {
		softmax(raw)
		return dst, nil
	}
	p := sigmoid(dst[start])
	dst[start] = 1 - p
	return append(dst, p), nil
}

// softmax replaces raw predictions by the probabilities they stand for.
func softmax(raw []float64) {
	top, sum := raw[argmax(raw)], 0.0
	for c, v := range raw {
		raw[c] = math.Exp(v - top)
		sum += raw[c]
	}
	for c := range raw {
		raw[c] /= sum
	}
}

func sigmoid(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

// Predict returns the most probable class of each row, the lower one of equals.
// Rows are predicted in parallel.
func (m *BoostingClassifierModel) Predict(x mat.Matrix) ([]int, error) {
	rows, err := dataset.CheckRowsMissing(x, m.features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	raw := m.boosted.sums(rows)
	labels := make([]int, n)
	if len(raw) == 1 {
		for i, v := range raw[0] {
			labels[i] = positive(v)
		}
		return labels, nil
	}
	parallel.For(n, 1<<14, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			best := 0
			for c := range raw {
				if raw[c][i] > raw[best][i] {
					best = c
				}
			}
			labels[i] = best
		}
	})
	return labels, nil
}

// positive is the class that log odds stand for. Where they are so small that both
// probabilities round to a half, it is class 0.
func positive(logOdds float64) int {
	if logOdds > 0 && (logOdds > 1e-15 || sigmoid(logOdds) > 0.5) {
		return 1
	}
	return 0
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *BoostingClassifierModel) PredictRow(row []float64) (int, error) {
	if err := dataset.CheckRowMissing(row, m.features); err != nil {
		return 0, err
	}
	if len(m.boosted.trees) == 1 {
		return positive(m.boosted.sumRow(row, 0)), nil
	}
	best, top := 0, math.Inf(-1)
	for c := range m.boosted.trees {
		if v := m.boosted.sumRow(row, c); v > top {
			best, top = c, v
		}
	}
	return best, nil
}

func (m *BoostingClassifierModel) String() string {
	if m.boosted == nil {
		return "0 iterations of boosting"
	}
	return fmt.Sprintf("%d iterations of boosting, %d classes", m.boosted.iterations, max(len(m.boosted.trees), 2))
}
