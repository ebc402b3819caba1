package tree

import (
	"math"
	"math/bits"

	"github.com/sapwood-ml/sapwood/model"
)

// Values of MaxFeatures that depend on the number p of features.
const (
	AllFeatures  = -1 // p
	SqrtFeatures = -2 // ⌊√p⌋
	Log2Features = -3 // ⌊log₂ p⌋
)

// limits are the parameters of growing that all trees have in common, defaults
// filled in.
type limits struct {
	maxDepth, minSplit, minLeaf, maxLeaves int
	minWeightFraction, minDecrease         float64
	features                               int // drawn per split
	alpha                                  float64
	monotone                               []int // nil, or one sign per feature
	seed                                   uint64
}

// noLimit stands for no limit on depth or leaves.
const noLimit = math.MaxInt

// resolve checks the parameters and replaces zeros by their defaults, for p
// features.
func (l *limits) resolve(p int) error {
	atLeast := func(field string, v *int, least, standard int) error {
		if *v == 0 {
			*v = standard
		}
		if *v < least {
			return &model.ParamError{Field: field, Value: *v, Want: "0 for the default, or at least " + itoa(least)}
		}
		return nil
	}
	if err := atLeast("MaxDepth", &l.maxDepth, 1, noLimit); err != nil {
		return err
	}
	if err := atLeast("MinSamplesSplit", &l.minSplit, 2, 2); err != nil {
		return err
	}
	if err := atLeast("MinSamplesLeaf", &l.minLeaf, 1, 1); err != nil {
		return err
	}
	if err := atLeast("MaxLeaves", &l.maxLeaves, 2, noLimit); err != nil {
		return err
	}
	if !(l.minWeightFraction >= 0 && l.minWeightFraction <= 0.5) {
		return &model.ParamError{Field: "MinWeightFraction", Value: l.minWeightFraction, Want: "a number in [0, 0.5]"}
	}
	if !(l.minDecrease >= 0) || math.IsInf(l.minDecrease, 1) {
		return &model.ParamError{Field: "MinImpurityDecrease", Value: l.minDecrease, Want: "a finite number ≥ 0"}
	}
	if err := checkAlpha(l.alpha); err != nil {
		return err
	}
	if err := checkMonotone(l.monotone, p); err != nil {
		return err
	}
	switch m := l.features; {
	case m == 0 || m == AllFeatures:
		l.features = p
	case m == SqrtFeatures:
		l.features = max(int(math.Sqrt(float64(p))), 1)
	case m == Log2Features:
		l.features = max(bits.Len(uint(p))-1, 1)
	case m < 0 || m > p:
		return &model.ParamError{Field: "MaxFeatures", Value: m, Want: "0, a named value, or 1 to the number of features, " + itoa(p)}
	}
	return nil
}

// checkMonotone checks the signs of monotonic constraints on p features.
func checkMonotone(signs []int, p int) error {
	if signs == nil {
		return nil
	}
	for _, s := range signs {
		if s < -1 || s > 1 {
			return &model.ParamError{Field: "Monotone", Value: signs, Want: "−1, 0 or 1 for each feature"}
		}
	}
	if len(signs) != p {
		return &model.ParamError{Field: "Monotone", Value: signs, Want: "a sign for each of the " + itoa(p) + " features"}
	}
	return nil
}

// checkMonotoneClasses tells whether predictions of so many classes can be
// constrained.
func checkMonotoneClasses(signs []int, classes int) error {
	if signs != nil && classes != 2 {
		return &model.ParamError{Field: "Monotone", Value: signs, Want: "nil for more than two classes"}
	}
	return nil
}
