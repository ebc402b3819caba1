package tree

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Classifier grows a classification tree (CART). The zero value grows it until
// every leaf is pure, by Gini impurity.
//
// A node is split by the feature f and threshold t that make the impurity of its
// two sides, {x_f ≤ t} and the others, weighted by the weights of their samples,
// least. It becomes a leaf when it is pure, when no feature varies in it, or
// when a limit forbids the split. t is the middle between two neighbouring values
// of the samples in the node. A missing value goes to the side where it lowers the
// impurity more; where a node has none, to the heavier side.
//
// A feature that has Levels in the schema is categorical: a split sends a set of
// its levels to the left. For two classes it is the best of all sets, found in the
// order of the shares of class 1 (Breiman et al. 1984, section 4.2.2); for more
// classes it is sought in the order along the first principal component of the
// shares (Coppersmith, Hong and Hosking 1999). A level that the node has not seen
// goes where missing values go. RandomSplits draws a random set.
//
// Cost: sorting each feature once, then time proportional to features × samples
// per level of the tree; memory 4 to 8 bytes per value beside the data.
type Classifier struct {
	Criterion Impurity // Gini if not set

	MaxDepth            int     // longest way from the root to a leaf; 0 means no limit
	MinSamplesSplit     int     // a node of fewer samples is not split; 0 means 2
	MinSamplesLeaf      int     // no split leaves fewer samples on a side; 0 means 1
	MinWeightFraction   float64 // no split leaves less than this share of the total weight on a side; in [0, 0.5]
	MaxLeaves           int     // grow the leaves whose split lowers the impurity most, up to this number; 0 means no limit
	MinImpurityDecrease float64 // a split lowers the impurity of the tree, Σ over leaves of weight share × impurity, by at least this
	// Monotone constrains, per feature, the probability of class 1 of two classes:
	// 1 means that it must not fall as the feature grows, −1 not rise, 0 is free.
	// Nil means no constraints.
	Monotone []int

	// CCPAlpha prunes the grown tree: a subtree becomes a leaf if it lowers the
	// impurity by this much per leaf or less (minimal cost-complexity pruning,
	// Breiman et al. 1984, chapter 3). See PruningPath.
	CCPAlpha float64

	// MaxFeatures is how many features are drawn at random, without replacement,
	// to choose each split from; 0 means all. See also SqrtFeatures and
	// Log2Features.
	MaxFeatures int
	// RandomSplits draws one threshold per feature, uniformly between the least and
	// the largest value in the node, and takes the best of these.
	RandomSplits bool
	Seed         uint64 // of all draws

	// ClassWeights multiplies the weight of the samples of class k by element k;
	// nil means all one. With Balanced, they are n/(K·n_k) instead, for n
	// samples, n_k of them in class k of K.
	ClassWeights []float64
	Balanced     bool
}

// ClassifierModel is a fitted classification tree.
type ClassifierModel struct {
	dataset.Schema // of the training data
	*grown

	features int
	labels   []int // predicted class per node
}

var (
	_ model.Fitter[int, *ClassifierModel] = Classifier{}
	_ model.Predictor[int]                = (*ClassifierModel)(nil)
	_ model.ProbabilityPredictor          = (*ClassifierModel)(nil)
)

// Fit grows the tree. Samples of weight 0 are left out, and do not count as
// samples. Beside the errors of [dataset.Dataset.ValidateMissing] and
// [dataset.CheckClasses], a parameter out of range is a [*model.ParamError].
func (c Classifier) Fit(ctx context.Context, ds *dataset.Classification) (*ClassifierModel, error) {
	if err := ds.ValidateMissing(); err != nil {
		return nil, err
	}
	classes, err := dataset.CheckClasses(ds)
	if err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	lim := limits{
		maxDepth: c.MaxDepth, minSplit: c.MinSamplesSplit, minLeaf: c.MinSamplesLeaf, maxLeaves: c.MaxLeaves,
		minWeightFraction: c.MinWeightFraction, minDecrease: c.MinImpurityDecrease, monotone: c.Monotone,
		alpha: c.CCPAlpha, features: c.MaxFeatures, seed: c.Seed,
	}
	if err := lim.resolve(p); err != nil {
		return nil, err
	}
	if err := checkMonotoneClasses(lim.monotone, classes); err != nil {
		return nil, err
	}
	if err := c.Criterion.check(); err != nil {
		return nil, err
	}
	weights, err := classSampleWeights(ds, classes, c.ClassWeights, c.Balanced)
	if err != nil {
		return nil, err
	}

	levels, err := levelCounts(ds.X, ds.Schema, lim.monotone)
	if err != nil {
		return nil, err
	}
	tab, err := newTable(ctx, ds.X, levels, c.RandomSplits)
	if err != nil {
		return nil, err
	}
	crit, words, shift := newClassCriterion(c.Criterion, ds.Y, classes, weights, nil)
	a, err := newGrower(tab, lim, crit, tab.takeLists(words, weights), shift, classes).grow(ctx)
	if err != nil {
		return nil, err
	}
	return newClassifierModel(ds.Schema, a.flatten(classes).prune(c.CCPAlpha), p), nil
}

func newClassifierModel(schema dataset.Schema, t *grown, features int) *ClassifierModel {
	m := &ClassifierModel{Schema: schema, grown: t, features: features}
	m.labels = make([]int, len(t.nodes))
	for i := range m.labels {
		m.labels[i] = argmax(t.value(i))
	}
	return m
}

// classSampleWeights returns the weight of each sample, times that of its class;
// nil if all are one.
func classSampleWeights(ds *dataset.Classification, classes int, classWeights []float64, balanced bool) ([]float64, error) {
	if balanced && classWeights != nil {
		return nil, &model.ParamError{Field: "Balanced", Value: balanced, Want: "false where ClassWeights is set"}
	}
	if balanced {
		classWeights = make([]float64, classes)
		for k, count := range dataset.ClassCounts(ds) {
			classWeights[k] = float64(ds.Len()) / (float64(classes) * float64(count))
		}
	}
	if classWeights == nil {
		return ds.Weights, nil
	}
	if len(classWeights) != classes {
		return nil, &model.ParamError{Field: "ClassWeights", Value: classWeights, Want: "one weight for each of the " + itoa(classes) + " classes"}
	}
	for _, w := range classWeights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return nil, &model.ParamError{Field: "ClassWeights", Value: classWeights, Want: "finite weights ≥ 0"}
		}
	}
	weights := make([]float64, ds.Len())
	total := 0.0
	for i, k := range ds.Y {
		weights[i] = ds.Weight(i) * classWeights[k]
		total += weights[i]
	}
	if total == 0 || math.IsInf(total, 1) {
		return nil, &model.ParamError{Field: "ClassWeights", Value: classWeights, Want: "weights that leave the samples a positive, finite total weight"}
	}
	return weights, nil
}

// newClassCriterion returns the criterion for weights (nil for all one), and the
// words of the rows with the position of the row in them. The words are kept in
// the memory given, if that is large enough.
func newClassCriterion(impurity Impurity, y []int, classes int, weights []float64, memory []uint32) (crit criterion, words []uint32, shift uint) {
	n := len(y)
	total, heaviest, whole := float64(n), 1.0, true
	if weights != nil {
		total = 0
		for _, w := range weights {
			total += w
			heaviest = max(heaviest, w)
			whole = whole && w == math.Trunc(w) && w < maxCount
		}
	}
	if whole && (impurity == Gini || total < maxEntropyTable) {
		if counts, ok := newClassCounts(n, classes, heaviest, total); ok {
			words = slices.Grow(memory[:0], n)[:n]
			for i, k := range y {
				w := 1
				if weights != nil {
					w = max(int(weights[i]), 1) // rows without weight enter no list
				}
				words[i] = counts.word(i, k, w)
			}
			switch {
			case impurity == Entropy:
				crit = newEntropyK(counts, int64(total))
			case classes == 2:
				crit = &gini2{counts}
			default:
				crit = &giniK{classCounts: counts}
			}
			return crit, words, counts.shift
		}
	}
	if weights == nil {
		weights = slices.Repeat([]float64{1}, n)
	}
	fixed, unit := fixedWeights(weights)
	return &classWeights{
		impurity: impurity, class: y, weights: fixed, unit: unit,
		total: make([]int64, classes), left: make([]int64, classes),
	}, identityWords(n), 0
}

func argmax(values []float64) int {
	best := 0
	for k, v := range values {
		if v > values[best] {
			best = k
		}
	}
	return best
}

// Predict returns the class with the largest share in the leaf of each row, the
// lower one of equals.
func (m *ClassifierModel) Predict(x mat.Matrix) ([]int, error) {
	labels, err := m.apply(x, m.features)
	for i, leaf := range labels {
		labels[i] = m.labels[leaf]
	}
	return labels, err
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *ClassifierModel) PredictRow(row []float64) (int, error) {
	if err := dataset.CheckRowMissing(row, m.features); err != nil {
		return 0, err
	}
	return m.labels[m.leaf(row)], nil
}

// PredictProba returns the shares of the classes in the leaf of each row,
// n × classes.
func (m *ClassifierModel) PredictProba(x mat.Matrix) (*mat.Dense, error) {
	leaves, err := m.apply(x, m.features)
	if err != nil {
		return nil, err
	}
	proba := mat.NewDense(len(leaves), m.outputs, nil)
	for i, leaf := range leaves {
		proba.SetRow(i, m.value(leaf))
	}
	return proba, nil
}

// PredictProbaRow appends the shares of the classes in the leaf of one row to dst.
func (m *ClassifierModel) PredictProbaRow(dst, row []float64) ([]float64, error) {
	if err := dataset.CheckRowMissing(row, m.features); err != nil {
		return nil, err
	}
	return append(dst, m.value(m.leaf(row))...), nil
}

// Apply returns the index among [ClassifierModel.Nodes] of the leaf that each row
// falls into.
func (m *ClassifierModel) Apply(x mat.Matrix) ([]int, error) { return m.apply(x, m.features) }

// FeatureImportances returns for each feature the share of its splits in what all
// splits together lower the impurity by (mean decrease of impurity; Breiman et
// al. 1984, section 5.3.4). They sum to one unless there is no split. Features
// with many distinct values are favoured.
func (m *ClassifierModel) FeatureImportances() []float64 { return m.importances(m.features) }
