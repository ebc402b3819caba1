package svm_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/svm"
)

// A row whose kernels overflow has no decision value, so it is an error and not NaN
// or a class.
func TestKernelOverflows(t *testing.T) {
	iris := dataset.Iris()
	m, err := svm.Classifier{Kernel: svm.Kernel{Kind: svm.Polynomial}}.Fit(context.Background(), iris)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.DenseCopyOf(iris.X)
	for j := range 4 {
		x.Set(77, j, 1e200)
	}
	refused := func(method string, err error, where string) {
		t.Helper()
		if !errors.Is(err, dataset.ErrNotFinite) || !strings.Contains(err.Error(), where) {
			t.Errorf("%s: %v, want ErrNotFinite", method, err)
		}
	}
	_, err = m.Predict(x)
	refused("Predict", err, "row 77")
	_, err = m.Decision(x)
	refused("Decision", err, "row 77")
	_, err = m.PredictRow(x.RawRowView(77))
	refused("PredictRow", err, "overflows")
	_, err = m.DecisionRow(nil, x.RawRowView(77))
	refused("DecisionRow", err, "overflows")
	if _, err := m.PredictRow(x.RawRowView(76)); err != nil {
		t.Error(err)
	}
}
