package linear_test

import (
	"testing"

	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/model/modeltest"
)

func TestLogisticConformance(t *testing.T) { modeltest.TestClassifier(t, linear.Logistic{}) }
