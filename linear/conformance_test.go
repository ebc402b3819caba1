package linear_test

import (
	"testing"

	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

func TestLogisticConformance(t *testing.T) { modeltest.TestClassifier(t, linear.Logistic{}) }

// Folds are of rows, so that other rows or their order make other folds: the
// choice of the penalty is left out by giving but one.
func TestCVConformance(t *testing.T) {
	t.Run("lasso", func(t *testing.T) { modeltest.TestRegressor(t, linear.LassoCV{Alphas: []float64{0.1}}) })
	t.Run("elastic net", func(t *testing.T) {
		modeltest.TestRegressor(t, linear.ElasticNetCV{L1Ratios: []float64{0.5}, Alphas: []float64{0.1}})
	})
	t.Run("logistic", func(t *testing.T) { modeltest.TestClassifier(t, linear.LogisticCV{Cs: []float64{1}}) })
}

func TestLogisticAbsoluteConformance(t *testing.T) {
	modeltest.TestClassifier(t, linear.Logistic{L1Ratio: 0.5})
}
