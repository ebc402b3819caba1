package svm

import "fmt"

// The names of constants, as errors and printed parameters show them.

func (k KernelKind) String() string {
	return constantName("KernelKind", int(k), "RBF", "Linear", "Polynomial", "Sigmoid", "Precomputed")
}

func (l Loss) String() string {
	return constantName("Loss", int(l), "SquaredHinge", "Hinge")
}

func (p Penalty) String() string {
	return constantName("Penalty", int(p), "L2", "L1")
}

func (r RegressionLoss) String() string {
	return constantName("RegressionLoss", int(r), "EpsilonInsensitive", "SquaredEpsilonInsensitive")
}

// constantName returns the name of a constant of a type whose constants are 0, 1, …
func constantName(kind string, v int, names ...string) string {
	if v >= 0 && v < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", kind, v)
}
