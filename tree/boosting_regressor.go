package tree

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// BoostingRegressor learns a sum of trees by gradient boosting on histograms, as
// [BoostingClassifier] does. With AbsoluteError and Quantile, leaves predict that
// quantile of the residuals; with Poisson and Gamma, the sum of the trees is the
// logarithm of the prediction.
type BoostingRegressor struct {
	Loss     Loss    // SquaredError if not set, or AbsoluteError, Quantile, Poisson or Gamma
	Quantile float64 // for Quantile: the share of targets below the prediction; 0 means 0.5

	Iterations     int     // trees; 0 means 100
	LearningRate   float64 // by which each tree is scaled; 0 means 0.1
	MaxLeaves      int     // per tree; 0 means 31
	MaxDepth       int     // longest way from the root to a leaf; 0 means no limit
	MinSamplesLeaf int     // no split leaves fewer samples on a side; 0 means 20
	L2             float64 // λ: added to the second derivatives of a leaf
	MaxBins        int     // per feature, beside one for missing values; at most 255, which 0 means

	Subsample    float64 // share of the samples, drawn anew for each iteration, that trees learn from; 0 means 1
	ColumnSample float64 // share of the features, drawn anew for each iteration, that trees use; 0 means 1

	// Monotone constrains the prediction per feature: 1 means that it must not fall
	// as the feature grows, −1 not rise, 0 is free, as a categorical feature must be.
	// Nil means no constraints.
	Monotone []int

	// EarlyStopping ends the fit when the loss on ValidationFraction of the samples,
	// which are then not learned from, has not become lower for so many iterations,
	// and drops the trees after the best one. 0 means never; scikit-learn stops so
	// by default, after 10, where there are more than 10,000 samples.
	EarlyStopping      int
	ValidationFraction float64 // 0 means 0.1
	Seed               uint64  // of all draws
}

// BoostingRegressorModel is a sum of trees that predicts a number.
type BoostingRegressorModel struct {
	dataset.Schema // of the training data

	boosted  *boosted
	features int
	log      bool // the sum of the trees is the logarithm of the prediction
}

var (
	_ model.Fitter[float64, *BoostingRegressorModel] = BoostingRegressor{}
	_ model.Predictor[float64]                       = (*BoostingRegressorModel)(nil)
)

// Fit learns the trees. It reports progress as "boosting". Beside the errors of
// [dataset.Dataset.ValidateMissing], a feature of more than 255 levels is a
// [dataset.ErrShape], and a parameter out of range is a [*model.ParamError], as is a loss that the targets do not fit: they are ≥ 0 and
// not all 0 for Poisson, and > 0 for Gamma.
func (r BoostingRegressor) Fit(ctx context.Context, ds *dataset.Regression) (*BoostingRegressorModel, error) {
	if err := ds.ValidateMissing(); err != nil {
		return nil, err
	}
	params := boosting{
		iterations: r.Iterations, leaves: r.MaxLeaves, depth: r.MaxDepth, minLeaf: r.MinSamplesLeaf,
		bins: r.MaxBins, patience: r.EarlyStopping, rate: r.LearningRate, l2: r.L2,
		rows: r.Subsample, columns: r.ColumnSample, validation: r.ValidationFraction, seed: r.Seed, monotone: r.Monotone,
	}
	if err := params.resolve(); err != nil {
		return nil, err
	}
	if _, p := ds.Dims(); checkMonotone(r.Monotone, p) != nil {
		return nil, checkMonotone(r.Monotone, p)
	}
	q := r.Quantile
	if q == 0 {
		q = 0.5
	}
	if !(q > 0 && q < 1) {
		return nil, &model.ParamError{Field: "Quantile", Value: r.Quantile, Want: "0 for the default, or a number in (0, 1)"}
	}
	var err error
	if params.levels, err = checkCategories(ds.Schema, r.Monotone); err != nil {
		return nil, err
	}
	train, valid := ds, (*dataset.Regression)(nil)
	if r.EarlyStopping > 0 {
		if train, valid, err = splitRows(ctx, ds, 1-params.validation, r.Seed); err != nil {
			return nil, err
		}
		if train.Len() == 0 || valid.Len() == 0 || train.ValidateMissing() != nil {
			return nil, &model.ParamError{Field: "ValidationFraction", Value: r.ValidationFraction, Want: "a share that leaves samples to learn from and to validate by"}
		}
	}
	if err := r.checkTargets(ds, train); err != nil {
		return nil, err
	}
	b, err := fitBoostingOn(ctx, params, pointLoss{loss: r.Loss, q: q}, train, valid)
	if err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	return &BoostingRegressorModel{
		Schema: ds.Schema, boosted: b, features: p, log: r.Loss == Poisson || r.Loss == Gamma,
	}, nil
}

// checkTargets tells whether the loss is defined for all targets, and for the mean
// of those that are learned from.
func (r BoostingRegressor) checkTargets(all, train *dataset.Regression) error {
	if err := checkSize(all.Y); err != nil {
		return err
	}
	least := math.Inf(-1)
	switch r.Loss {
	case SquaredError, AbsoluteError, Quantile:
	case Poisson:
		least = 0
	case Gamma:
		least = math.SmallestNonzeroFloat64
	default:
		return &model.ParamError{Field: "Loss", Value: r.Loss, Want: "SquaredError, AbsoluteError, Quantile, Poisson or Gamma"}
	}
	for i, v := range all.Y {
		if v < least {
			return &model.ParamError{Field: "Loss", Value: r.Loss, Want: fmt.Sprintf("another for such targets; that of row %d is %v", i, v)}
		}
	}
	if r.Loss == Poisson {
		for i, v := range train.Y {
			if v > 0 && train.Weight(i) > 0 {
				return nil
			}
		}
		return &model.ParamError{Field: "Loss", Value: r.Loss, Want: "another for targets that are all 0"}
	}
	return nil
}

// Iterations returns the number of iterations that the model keeps the trees of.
func (m *BoostingRegressorModel) Iterations() int { return m.boosted.kept() }

// FeatureImportances returns for each feature the share of its splits in the gain
// of all splits. They sum to one unless there is no split.
func (m *BoostingRegressorModel) FeatureImportances() []float64 {
	return m.boosted.importances()
}

// Predict returns the predicted number for each row. Rows are predicted in
// parallel.
func (m *BoostingRegressorModel) Predict(x mat.Matrix) ([]float64, error) {
	rows, err := dataset.CheckRowsMissing(x, m.features)
	if err != nil {
		return nil, err
	}
	values := m.boosted.sums(rows)[0]
	if m.log {
		for i, v := range values {
			values[i] = math.Exp(v)
		}
	}
	return values, nil
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *BoostingRegressorModel) PredictRow(row []float64) (float64, error) {
	if err := dataset.CheckRowMissing(row, m.features); err != nil {
		return 0, err
	}
	v := m.boosted.sumRow(row, 0)
	if m.log {
		v = math.Exp(v)
	}
	return v, nil
}

func (m *BoostingRegressorModel) String() string {
	return fmt.Sprintf("%d iterations of boosting", m.Iterations())
}
