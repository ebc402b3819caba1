package tree

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Loss is what a regression tree, or boosting, makes least. y is a target, v the
// value predicted for it.
type Loss int

const (
	// SquaredError is (y − v)²; leaves predict the mean.
	SquaredError Loss = iota
	// AbsoluteError is |y − v|; leaves predict the median.
	AbsoluteError
	// Poisson deviance is y·log(y/v) − y + v, for counts and other targets ≥ 0
	// that are not all 0; leaves predict the mean.
	Poisson
	// Gamma deviance is log(v/y) + y/v − 1, for targets > 0. For boosting.
	Gamma
	// Quantile is the pinball loss max(q(y − v), (q − 1)(y − v)), whose least value
	// is at the q-quantile. For boosting.
	Quantile

	// FriedmanMSE is SquaredError: the improvement score of Friedman (2001),
	// equation 35, is the decrease of the squared error times the weight of the
	// node, and so chooses the same splits.
	FriedmanMSE = SquaredError
)

func (l Loss) String() string {
	switch l {
	case SquaredError:
		return "squared error"
	case AbsoluteError:
		return "absolute error"
	case Poisson:
		return "Poisson deviance"
	case Gamma:
		return "gamma deviance"
	case Quantile:
		return "quantile loss"
	}
	return "unknown loss"
}

// Regressor grows a regression tree (CART). The zero value grows it until every
// leaf holds equal targets, by squared error. Splits, limits and cost are those
// of [Classifier]; splits by absolute error cost a factor of log n more. Sets of
// levels of a categorical feature are sought in the order of the mean target,
// which finds the best one (Fisher 1958), by absolute error of the median.
type Regressor struct {
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
}

// RegressorModel is a fitted regression tree.
type RegressorModel struct {
	dataset.Schema // of the training data
	*grown

	features int
}

var (
	_ model.Fitter[float64, *RegressorModel] = Regressor{}
	_ model.Predictor[float64]               = (*RegressorModel)(nil)
)

// Fit grows the tree. Samples of weight 0 are left out, and do not count as
// samples. Beside the errors of [dataset.Dataset.ValidateMissing], a parameter
// out of range is a [*model.ParamError], as is the Poisson criterion for targets
// that are negative or all 0. Targets beyond 1e150 are a [dataset.ErrNotFinite].
func (r Regressor) Fit(ctx context.Context, ds *dataset.Regression) (*RegressorModel, error) {
	if err := ds.ValidateMissing(); err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	lim := limits{
		maxDepth: r.MaxDepth, minSplit: r.MinSamplesSplit, minLeaf: r.MinSamplesLeaf, maxLeaves: r.MaxLeaves,
		minWeightFraction: r.MinWeightFraction, minDecrease: r.MinImpurityDecrease, monotone: r.Monotone,
		alpha: r.CCPAlpha, features: r.MaxFeatures, seed: r.Seed,
	}
	if err := lim.resolve(p); err != nil {
		return nil, err
	}
	if err := r.Criterion.check(ds); err != nil {
		return nil, err
	}

	levels, err := levelCounts(ds.X, ds.Schema, lim.monotone)
	if err != nil {
		return nil, err
	}
	tab, err := newTable(ctx, ds.X, levels, r.RandomSplits)
	if err != nil {
		return nil, err
	}
	crit := newRegressionCriterion(ctx, r.Criterion, ds.Y, ds.Weights)
	a, err := newGrower(tab, lim, crit, tab.takeLists(identityWords(ds.Len()), ds.Weights), 0, 1).grow(ctx)
	if err != nil {
		return nil, err
	}
	return &RegressorModel{Schema: ds.Schema, grown: a.flatten(1).prune(r.CCPAlpha), features: p}, nil
}

// check tells whether l is a criterion for a tree on the targets of ds.
func (l Loss) check(ds *dataset.Regression) error {
	if err := checkSize(ds.Y); err != nil {
		return err
	}
	switch l {
	case SquaredError, AbsoluteError:
		return nil
	case Poisson:
		positive := false
		for i, v := range ds.Y {
			if v < 0 {
				return &model.ParamError{Field: "Criterion", Value: l, Want: fmt.Sprintf("another for negative targets; that of row %d is %v", i, v)}
			}
			positive = positive || v > 0 && ds.Weight(i) > 0
		}
		if !positive {
			return &model.ParamError{Field: "Criterion", Value: l, Want: "another for targets that are all 0"}
		}
		return nil
	}
	return &model.ParamError{Field: "Criterion", Value: l, Want: "SquaredError, AbsoluteError or Poisson"}
}

// checkSize refuses targets whose squares and sums might overflow.
func checkSize(y []float64) error {
	const largest = 1e150
	for i, v := range y {
		if math.Abs(v) > largest {
			return fmt.Errorf("%w: squared errors overflow: the target of row %d is %.3g, want at most %v; scale it", dataset.ErrNotFinite, i, v, largest)
		}
	}
	return nil
}

func newRegressionCriterion(ctx context.Context, l Loss, y, weights []float64) criterion {
	switch l {
	case AbsoluteError:
		return newAbsoluteError(ctx, y, weights)
	case Poisson:
		return newPoisson(y, weights)
	}
	return newSquaredError(y, weights)
}

// Predict returns the value of the leaf of each row.
func (m *RegressorModel) Predict(x mat.Matrix) ([]float64, error) {
	rows, err := dataset.CheckRowsMissing(x, m.features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	values := make([]float64, n)
	forRows(n, func(i int) { values[i] = m.values[m.leaf(rows.RawRowView(i))] })
	return values, nil
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *RegressorModel) PredictRow(row []float64) (float64, error) {
	if err := dataset.CheckRowMissing(row, m.features); err != nil {
		return 0, err
	}
	return m.values[m.leaf(row)], nil
}

// Apply returns the index among [RegressorModel.Nodes] of the leaf that each row
// falls into.
func (m *RegressorModel) Apply(x mat.Matrix) ([]int, error) { return m.apply(x, m.features) }

// FeatureImportances returns for each feature the share of its splits in what all
// splits together lower the loss by. They sum to one unless there is no split.
func (m *RegressorModel) FeatureImportances() []float64 { return m.importances(m.features) }

func (m *RegressorModel) printer() printer {
	return printer{grown: m.grown, schema: m.Schema, leaf: func(i int) string {
		return fmt.Sprintf("%.6g (%d)", m.values[i], m.samples[i])
	}}
}

// Text draws the tree with a line per node, to the given depth; deeper parts
// appear as "…". A leaf shows its value and, in parentheses, the number of its
// training samples.
func (m *RegressorModel) Text(maxDepth int) string { return m.printer().text(maxDepth) }

// String is Text to a depth of 10.
func (m *RegressorModel) String() string { return m.Text(textDepth) }

// DOT returns the tree in the language of Graphviz; dot -Tsvg draws it.
func (m *RegressorModel) DOT() string { return m.printer().dot() }
