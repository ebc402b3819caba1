package docs

// The code of CONTRIBUTING.md.

import (
	"testing"

	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/model/modeltest"
	"github.com/sapwood-ml/sapwood/svm"
)

type (
	Classifier      = svm.Classifier
	ClassifierModel = svm.ClassifierModel
)

var _ model.Fitter[int, *ClassifierModel] = Classifier{}

func TestConformance(t *testing.T) { modeltest.TestClassifier(t, linear.Logistic{}) }
