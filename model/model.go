package model

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Fitter is a set of parameters from which Fit learns a model of type M. It is
// implemented by plain structs whose zero value means the documented defaults.
//
// Fit changes neither the parameters nor the data and may be called from many
// goroutines. The same data, parameters and seed give a bit-identical model.
// When ctx is done it returns ctx.Err() within 100 ms. Unfit data and parameters
// out of range are errors: those of package dataset, and [*ParamError].
type Fitter[T dataset.Target, M any] interface {
	Fit(ctx context.Context, ds *dataset.Dataset[T]) (M, error)
}

// Predictor is a fitted model that predicts a P per sample: float64 for
// regressors, int for classes and clusters. Models are immutable and safe for
// concurrent use.
//
// Predict takes n samples × p features. Both methods refuse, with an error of
// package dataset, a number of features other than that of the training data
// and values that are not finite. Their answers agree bit for bit; PredictRow
// allocates nothing.
type Predictor[P any] interface {
	Predict(x mat.Matrix) ([]P, error)
	PredictRow(row []float64) (P, error)
}

// ProbabilityPredictor is a classifier that gives the probability of each class:
// n × classes, rows summing to one, the largest at the predicted class.
type ProbabilityPredictor interface {
	PredictProba(x mat.Matrix) (*mat.Dense, error)
}

// DecisionFunction is a classifier that gives the scores it decides by: n × 1
// for two classes (positive means class 1), else n × classes.
type DecisionFunction interface {
	Decision(x mat.Matrix) (*mat.Dense, error)
}

// RowProbabilityPredictor gives the probabilities of a single row:
// PredictProbaRow appends them to dst and returns the extended slice. It
// allocates nothing where dst has the capacity. The values are those of
// PredictProba, bit for bit.
type RowProbabilityPredictor interface {
	PredictProbaRow(dst, row []float64) ([]float64, error)
}

// RowDecisionFunction is to Decision what [RowProbabilityPredictor] is to
// PredictProba.
type RowDecisionFunction interface {
	DecisionRow(dst, row []float64) ([]float64, error)
}

// Transformer is a fitted model that maps samples to other features.
type Transformer interface {
	Transform(x mat.Matrix) (*mat.Dense, error)
}

// InverseTransformer undoes a Transformer, as far as it can be undone.
type InverseTransformer interface {
	InverseTransform(x mat.Matrix) (*mat.Dense, error)
}

// Convergence tells how an iterative fit ended. Models that iterate embed it.
type Convergence struct {
	Iterations int     // steps taken
	Converged  bool    // whether the stopping rule was met before the iteration limit
	Objective  float64 // value of the minimised function at the solution
}

// ParamError reports a parameter that is out of range.
type ParamError = dataset.ParamError
