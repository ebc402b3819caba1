package tree

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// ForestRegressor grows a random forest of regression trees, as
// [ForestClassifier] does of classification trees, but chooses each split among
// all features unless MaxFeatures says otherwise.
type ForestRegressor struct {
	Trees     int  // 0 means 100
	Criterion Loss // SquaredError if not set, or AbsoluteError or Poisson

	MaxDepth            int     // longest way from the root to a leaf; 0 means no limit
	MinSamplesSplit     int     // a node of fewer samples is not split; 0 means 2
	MinSamplesLeaf      int     // no split leaves fewer samples on a side; 0 means 1
	MinWeightFraction   float64 // no split leaves less than this share of the total weight on a side; in [0, 0.5]
	MaxLeaves           int     // grow the leaves whose split lowers the loss most, up to this number; 0 means no limit
	MinImpurityDecrease float64 // a split lowers the mean loss of the tree by at least this
	// Monotone constrains the prediction per feature: 1 means that it must not fall
	// as the feature grows, −1 not rise, 0 is free. Nil means no constraints.
	Monotone []int

	// MaxFeatures is how many features are drawn, without replacement, to choose
	// each split from; 0 means all.
	MaxFeatures int
	NoBootstrap bool    // every tree learns from all samples
	MaxSamples  float64 // share of the number of samples that each tree draws; 0 means 1
	OutOfBag    bool    // compute OutOfBagScore
	Seed        uint64
}

// ForestRegressorModel is a fitted forest of regression trees.
type ForestRegressorModel struct {
	dataset.Schema // of the training data

	// OutOfBagScore is R² on the training samples of the trees that did not draw
	// them, if that was asked for. Samples that every tree drew are left out.
	OutOfBagScore float64

	forest   *forest
	features int
}

var (
	_ model.Fitter[float64, *ForestRegressorModel] = ForestRegressor{}
	_ model.Predictor[float64]                     = (*ForestRegressorModel)(nil)
)

// Fit grows the trees. It reports progress as "forest". The errors are those of
// [Regressor.Fit].
func (r ForestRegressor) Fit(ctx context.Context, ds *dataset.Regression) (*ForestRegressorModel, error) {
	p := planting{lim: limits{
		maxDepth: r.MaxDepth, minSplit: r.MinSamplesSplit, minLeaf: r.MinSamplesLeaf, maxLeaves: r.MaxLeaves,
		minWeightFraction: r.MinWeightFraction, minDecrease: r.MinImpurityDecrease, monotone: r.Monotone,
		features: r.MaxFeatures, seed: r.Seed,
	}}
	return fitForestRegressor(ctx, ds, p, regressionForest{
		trees: r.Trees, criterion: r.Criterion, bootstrap: !r.NoBootstrap, maxSamples: r.MaxSamples, outOfBag: r.OutOfBag,
	})
}

// regressionForest are the parameters that forests of regression trees have in
// common beside the limits.
type regressionForest struct {
	trees               int
	criterion           Loss
	bootstrap, outOfBag bool
	maxSamples          float64
}

func fitForestRegressor(ctx context.Context, ds *dataset.Regression, p planting, r regressionForest) (*ForestRegressorModel, error) {
	if err := ds.ValidateMissing(); err != nil {
		return nil, err
	}
	n, features := ds.Dims()
	if err := p.lim.resolve(features); err != nil {
		return nil, err
	}
	if err := r.criterion.check(ds); err != nil {
		return nil, err
	}
	if err := p.samples(r.trees, r.bootstrap, r.maxSamples, n); err != nil {
		return nil, err
	}
	if err := checkOutOfBag(r.outOfBag, r.bootstrap); err != nil {
		return nil, err
	}
	p.weights, p.outputs = ds.Weights, 1
	words := identityWords(n)
	p.criterion = func(weights []float64, _ []uint32) (criterion, []uint32, uint) {
		return newRegressionCriterion(ctx, r.criterion, ds.Y, weights), words, 0
	}
	f, err := growForest(ctx, ds.X, ds.Schema, p)
	if err != nil {
		return nil, err
	}
	m := &ForestRegressorModel{Schema: ds.Schema, forest: f, features: features}
	if r.outOfBag {
		sums, votes, err := f.outOfBag(ctx, ds.X, p)
		if err != nil {
			return nil, err
		}
		m.OutOfBagScore = outOfBagR2(ds, sums, votes)
	}
	return m, nil
}

// outOfBagR2 is R² of the mean votes on the rows that have some; 0 where it is not
// defined.
func outOfBagR2(ds *dataset.Regression, sums []float64, votes []int) float64 {
	mean, weight := 0.0, 0.0
	for i, v := range votes {
		if v > 0 {
			mean += ds.Weight(i) * ds.Y[i]
			weight += ds.Weight(i)
		}
	}
	mean /= max(weight, 1e-300)
	residual, spread := 0.0, 0.0
	for i, v := range votes {
		if v > 0 {
			e, d := ds.Y[i]-sums[i]/float64(v), ds.Y[i]-mean
			residual += ds.Weight(i) * e * e
			spread += ds.Weight(i) * d * d
		}
	}
	if spread == 0 {
		return 0
	}
	return 1 - residual/spread
}

// Predict returns the mean over the trees of the value of the leaf of each row.
// Rows are predicted in parallel.
func (m *ForestRegressorModel) Predict(x mat.Matrix) ([]float64, error) {
	rows, err := dataset.CheckRowsMissing(x, m.features)
	if err != nil {
		return nil, err
	}
	sums := m.forest.sum(rows)
	for i := range sums {
		sums[i] /= float64(len(m.forest.roots))
	}
	return sums, nil
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *ForestRegressorModel) PredictRow(row []float64) (float64, error) {
	if err := dataset.CheckRowMissing(row, m.features); err != nil {
		return 0, err
	}
	var sum [1]float64
	m.forest.sumRow(row, sum[:])
	return sum[0] / float64(len(m.forest.roots)), nil
}

// Trees returns the number of trees.
func (m *ForestRegressorModel) Trees() int { return m.forest.trees() }

// FeatureImportances returns the mean over the trees of the importances that
// [RegressorModel.FeatureImportances] computes.
func (m *ForestRegressorModel) FeatureImportances() []float64 {
	return m.forest.importances()
}
