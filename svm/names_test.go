package svm_test

import (
	"fmt"
	"testing"

	"github.com/sapwood-ml/sapwood/svm"
)

func TestNamesOfConstants(t *testing.T) {
	for want, constant := range map[string]fmt.Stringer{
		"RBF": svm.RBF, "Linear": svm.Linear, "Polynomial": svm.Polynomial, "Sigmoid": svm.Sigmoid, "Precomputed": svm.Precomputed,
		"SquaredHinge": svm.SquaredHinge, "Hinge": svm.Hinge, "L2": svm.L2, "L1": svm.L1, "Penalty(7)": svm.Penalty(7), "Loss(-1)": svm.Loss(-1),
		"EpsilonInsensitive": svm.EpsilonInsensitive, "SquaredEpsilonInsensitive": svm.SquaredEpsilonInsensitive,
	} {
		if got := constant.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
