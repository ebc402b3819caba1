package preprocess

import "fmt"

// The names of constants, as errors and printed parameters show them.

func (b Binning) String() string {
	return constantName("Binning", int(b), "Quantiles", "Uniform", "KMeans")
}

func (n Norm) String() string {
	return constantName("Norm", int(n), "L2", "L1", "Max")
}

func (p Power) String() string {
	return constantName("Power", int(p), "YeoJohnson", "BoxCox")
}

func (s Score) String() string {
	return constantName("Score", int(s), "F", "Chi2")
}

func (s Strategy) String() string {
	return constantName("Strategy", int(s), "Mean", "Median", "MostFrequent", "Constant")
}

func (u Unknown) String() string {
	return constantName("Unknown", int(u), "UnknownError", "UnknownIgnored", "UnknownInfrequent")
}

// constantName returns the name of a constant of a type whose constants are 0, 1, …
func constantName(kind string, v int, names ...string) string {
	if v >= 0 && v < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", kind, v)
}
