package linear

import (
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// RegressionModel predicts Intercept + x·Coef. It is what the estimators of the
// least-squares family learn.
type RegressionModel struct {
	Coef      []float64 // p coefficients
	Intercept float64   // zero without intercept
	Rank      int       // of the centred features, as [Regression] found it; 0 from other estimators
	// Condition estimates, to within a small factor, the condition number of the
	// centred features, each scaled to the same norm; 0 from estimators other than
	// [Regression].
	Condition float64
	// DualGap bounds how far Objective is above its minimum; 0 from estimators other
	// than [Lasso] and [ElasticNet].
	DualGap float64
	// Objective of it, like DualGap, is +Inf where squares are beyond the largest float64, as
	// for targets beyond 1e154; the coefficients are right all the same.
	model.Convergence
	dataset.Schema
}

var _ model.Predictor[float64] = (*RegressionModel)(nil)

func init() { model.Register("linear.Regression", 1, (*RegressionModel).restore) }

// restore checks a loaded model.
func (m *RegressionModel) restore() error {
	if len(m.Coef) == 0 {
		return dataset.ErrEmpty
	}
	return dataset.CheckSchema(m.Schema, len(m.Coef))
}

// Predict returns the prediction for each row of x. One beyond the largest float64 is
// an error.
func (m *RegressionModel) Predict(x mat.Matrix) ([]float64, error) {
	rows, err := dataset.CheckRows(x, len(m.Coef))
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	predicted := make([]float64, n)
	err = rowsInParallel(n, len(m.Coef), func(i int) bool {
		predicted[i] = m.predict(rows.RawRowView(i))
		return finite(predicted[i])
	})
	if err != nil {
		return nil, err
	}
	return predicted, nil
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *RegressionModel) PredictRow(row []float64) (float64, error) {
	if err := dataset.CheckRow(row, len(m.Coef)); err != nil {
		return 0, err
	}
	predicted := m.predict(row)
	if !finite(predicted) {
		return 0, errPrediction
	}
	return predicted, nil
}

func (m *RegressionModel) predict(row []float64) float64 { return m.Intercept + dot(m.Coef, row) }
