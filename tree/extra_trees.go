package tree

import (
	"context"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// ExtraTreesClassifier grows extremely randomized trees (Geurts, Ernst and
// Wehenkel, Machine Learning 63, 2006): a forest whose trees learn from all
// samples, and choose each split among √p of the p features at one random
// threshold each. Nothing is sorted. Memory beside the data: 8 bytes per value
// and 16 per node.
type ExtraTreesClassifier struct {
	Trees     int      // 0 means 100
	Criterion Impurity // Gini if not set

	MaxDepth            int     // longest way from the root to a leaf; 0 means no limit
	MinSamplesSplit     int     // a node of fewer samples is not split; 0 means 2
	MinSamplesLeaf      int     // no split leaves fewer samples on a side; 0 means 1
	MinWeightFraction   float64 // no split leaves less than this share of the total weight on a side; in [0, 0.5]
	MaxLeaves           int     // grow the leaves whose split lowers the impurity most, up to this number; 0 means no limit
	MinImpurityDecrease float64 // a split lowers the impurity of the tree by at least this
	// Monotone constrains, per feature, the probability of class 1 of two classes:
	// 1 means that it must not fall as the feature grows, −1 not rise, 0 is free.
	// Nil means no constraints.
	Monotone []int

	// MaxFeatures is how many features are drawn, without replacement, to choose
	// each split from; 0 means SqrtFeatures.
	MaxFeatures int
	Bootstrap   bool    // each tree draws its samples, with replacement
	MaxSamples  float64 // share of the number of samples that each tree draws; 0 means 1
	OutOfBag    bool    // compute OutOfBagScore
	Seed        uint64

	// ClassWeights multiplies the weight of the samples of class k by element k;
	// nil means all one. With Balanced, they are n/(K·n_k) instead, for n
	// samples, n_k of them in class k of K.
	ClassWeights []float64
	Balanced     bool
}

var (
	_ model.Fitter[int, *ForestClassifierModel]    = ExtraTreesClassifier{}
	_ model.Fitter[float64, *ForestRegressorModel] = ExtraTreesRegressor{}
)

// Fit grows the trees. It reports progress as "forest". The errors are those of
// [Classifier.Fit].
func (c ExtraTreesClassifier) Fit(ctx context.Context, ds *dataset.Classification) (*ForestClassifierModel, error) {
	if c.MaxFeatures == 0 {
		c.MaxFeatures = SqrtFeatures
	}
	p := planting{random: true, lim: limits{
		maxDepth: c.MaxDepth, minSplit: c.MinSamplesSplit, minLeaf: c.MinSamplesLeaf, maxLeaves: c.MaxLeaves,
		minWeightFraction: c.MinWeightFraction, minDecrease: c.MinImpurityDecrease, monotone: c.Monotone,
		features: c.MaxFeatures, seed: c.Seed,
	}}
	return fitForestClassifier(ctx, ds, p, classForest{
		trees: c.Trees, criterion: c.Criterion, bootstrap: c.Bootstrap, maxSamples: c.MaxSamples,
		outOfBag: c.OutOfBag, classWeights: c.ClassWeights, balanced: c.Balanced,
	})
}

// ExtraTreesRegressor grows extremely randomized regression trees, as
// [ExtraTreesClassifier] does classification trees, but chooses each split among
// all features unless MaxFeatures says otherwise.
type ExtraTreesRegressor struct {
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
	Bootstrap   bool    // each tree draws its samples, with replacement
	MaxSamples  float64 // share of the number of samples that each tree draws; 0 means 1
	OutOfBag    bool    // compute OutOfBagScore
	Seed        uint64
}

// Fit grows the trees. It reports progress as "forest". The errors are those of
// [Regressor.Fit].
func (r ExtraTreesRegressor) Fit(ctx context.Context, ds *dataset.Regression) (*ForestRegressorModel, error) {
	p := planting{random: true, lim: limits{
		maxDepth: r.MaxDepth, minSplit: r.MinSamplesSplit, minLeaf: r.MinSamplesLeaf, maxLeaves: r.MaxLeaves,
		minWeightFraction: r.MinWeightFraction, minDecrease: r.MinImpurityDecrease, monotone: r.Monotone,
		features: r.MaxFeatures, seed: r.Seed,
	}}
	return fitForestRegressor(ctx, ds, p, regressionForest{
		trees: r.Trees, criterion: r.Criterion, bootstrap: r.Bootstrap, maxSamples: r.MaxSamples, outOfBag: r.OutOfBag,
	})
}
