package tree

import (
	"context"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// ForestClassifier grows a random forest (Breiman, Random forests, Machine
// Learning 45, 2001): each tree learns from as many samples as there are, drawn
// with replacement, and chooses each split among √p of the p features, drawn at
// random. The forest predicts the mean of what its trees predict.
//
// Samples are drawn in proportion to their weights, and count as often as they
// were drawn; without bootstrap, weights are those of [Classifier].
//
// The features are sorted once for all trees, which are grown in parallel. Memory
// beside the data: 4 to 8 bytes per value, as much again per core at work, and 16
// bytes per node.
type ForestClassifier struct {
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
	NoBootstrap bool    // every tree learns from all samples
	MaxSamples  float64 // share of the number of samples that each tree draws; 0 means 1
	OutOfBag    bool    // compute OutOfBagScore
	Seed        uint64

	// ClassWeights multiplies the weight of the samples of class k by element k;
	// nil means all one. With Balanced, they are n/(K·n_k) instead, for n
	// samples, n_k of them in class k of K.
	ClassWeights []float64
	Balanced     bool
}

// ForestClassifierModel is a fitted forest of classification trees.
type ForestClassifierModel struct {
	dataset.Schema // of the training data

	// OutOfBagScore is the accuracy on the training samples of the trees that did
	// not draw them, if that was asked for. Samples that every tree drew are left
	// out.
	OutOfBagScore float64

	forest   *forest
	features int
}

var (
	_ model.Fitter[int, *ForestClassifierModel] = ForestClassifier{}
	_ model.Predictor[int]                      = (*ForestClassifierModel)(nil)
	_ model.ProbabilityPredictor                = (*ForestClassifierModel)(nil)
)

// Fit grows the trees. It reports progress as "forest". The errors are those of
// [Classifier.Fit].
func (c ForestClassifier) Fit(ctx context.Context, ds *dataset.Classification) (*ForestClassifierModel, error) {
	if c.MaxFeatures == 0 {
		c.MaxFeatures = SqrtFeatures
	}
	p := planting{lim: limits{
		maxDepth: c.MaxDepth, minSplit: c.MinSamplesSplit, minLeaf: c.MinSamplesLeaf, maxLeaves: c.MaxLeaves,
		minWeightFraction: c.MinWeightFraction, minDecrease: c.MinImpurityDecrease, monotone: c.Monotone,
		features: c.MaxFeatures, seed: c.Seed,
	}}
	return fitForestClassifier(ctx, ds, p, classForest{
		trees: c.Trees, criterion: c.Criterion, bootstrap: !c.NoBootstrap, maxSamples: c.MaxSamples,
		outOfBag: c.OutOfBag, classWeights: c.ClassWeights, balanced: c.Balanced,
	})
}

// classForest are the parameters that forests of classification trees have in
// common beside the limits.
type classForest struct {
	trees               int
	criterion           Impurity
	bootstrap, outOfBag bool
	maxSamples          float64
	classWeights        []float64
	balanced            bool
}

func fitForestClassifier(ctx context.Context, ds *dataset.Classification, p planting, c classForest) (*ForestClassifierModel, error) {
	if err := ds.ValidateMissing(); err != nil {
		return nil, err
	}
	classes, err := dataset.CheckClasses(ds)
	if err != nil {
		return nil, err
	}
	n, features := ds.Dims()
	if err := p.lim.resolve(features); err != nil {
		return nil, err
	}
	if err := checkMonotoneClasses(p.lim.monotone, classes); err != nil {
		return nil, err
	}
	if err := c.criterion.check(); err != nil {
		return nil, err
	}
	if err := p.samples(c.trees, c.bootstrap, c.maxSamples, n); err != nil {
		return nil, err
	}
	if err := checkOutOfBag(c.outOfBag, c.bootstrap); err != nil {
		return nil, err
	}
	if p.weights, err = classSampleWeights(ds, classes, c.classWeights, c.balanced); err != nil {
		return nil, err
	}
	p.outputs, p.classes = classes, true
	p.criterion = func(weights []float64, memory []uint32) (criterion, []uint32, uint) {
		return newClassCriterion(c.criterion, ds.Y, classes, weights, memory)
	}
	f, err := growForest(ctx, ds.X, ds.Schema, p)
	if err != nil {
		return nil, err
	}
	m := &ForestClassifierModel{Schema: ds.Schema, forest: f, features: features}
	if c.outOfBag {
		sums, votes, err := f.outOfBag(ctx, ds.X, p)
		if err != nil {
			return nil, err
		}
		right, total := 0.0, 0.0
		for i, v := range votes {
			if v == 0 {
				continue
			}
			total += ds.Weight(i)
			if argmax(sums[i*classes:(i+1)*classes]) == ds.Y[i] {
				right += ds.Weight(i)
			}
		}
		if total > 0 {
			m.OutOfBagScore = right / total
		}
	}
	return m, nil
}

func checkOutOfBag(outOfBag, bootstrap bool) error {
	if outOfBag && !bootstrap {
		return &model.ParamError{Field: "OutOfBag", Value: outOfBag, Want: "false where every tree learns from all samples"}
	}
	return nil
}

// stackClasses is the number of classes up to which PredictRow needs no memory
// but the stack.
const stackClasses = 64

// Predict returns the class of the largest mean share in the leaves of each row,
// the lower one of equals. Rows are predicted in parallel.
func (m *ForestClassifierModel) Predict(x mat.Matrix) ([]int, error) {
	rows, err := dataset.CheckRowsMissing(x, m.features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	sums := m.forest.sum(rows)
	labels := make([]int, n)
	k := m.forest.outputs
	for i := range labels {
		labels[i] = argmax(sums[i*k : (i+1)*k])
	}
	return labels, nil
}

// PredictRow is Predict for one row. It allocates nothing for up to 64 classes.
func (m *ForestClassifierModel) PredictRow(row []float64) (int, error) {
	if err := dataset.CheckRowMissing(row, m.features); err != nil {
		return 0, err
	}
	var stack [stackClasses]float64
	sums := stack[:]
	if m.forest.outputs > stackClasses {
		sums = make([]float64, m.forest.outputs)
	}
	sums = sums[:m.forest.outputs]
	m.forest.sumRow(row, sums)
	return argmax(sums), nil
}

// PredictProba returns the mean over the trees of the shares of the classes in the
// leaf of each row, n × classes.
func (m *ForestClassifierModel) PredictProba(x mat.Matrix) (*mat.Dense, error) {
	rows, err := dataset.CheckRowsMissing(x, m.features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	sums := m.forest.sum(rows)
	for i := range sums {
		sums[i] /= float64(len(m.forest.roots))
	}
	return mat.NewDense(n, m.forest.outputs, sums), nil
}

// PredictProbaRow appends the probability of each class for one row to dst.
func (m *ForestClassifierModel) PredictProbaRow(dst, row []float64) ([]float64, error) {
	if err := dataset.CheckRowMissing(row, m.features); err != nil {
		return nil, err
	}
	start, k := len(dst), m.forest.outputs
	dst = slices.Grow(dst, k)[:start+k]
	sums := dst[start:]
	clear(sums)
	m.forest.sumRow(row, sums)
	for c := range sums {
		sums[c] /= float64(len(m.forest.roots))
	}
	return dst, nil
}

// Trees returns the number of trees.
func (m *ForestClassifierModel) Trees() int { return m.forest.trees() }

// FeatureImportances returns the mean over the trees of the importances that
// [ClassifierModel.FeatureImportances] computes.
func (m *ForestClassifierModel) FeatureImportances() []float64 {
	return m.forest.importances()
}
