package preprocess_test

import (
	"fmt"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset/preprocess"
)

func TestNamesOfConstants(t *testing.T) {
	for want, constant := range map[string]fmt.Stringer{
		"Quantiles": preprocess.Quantiles, "Uniform": preprocess.Uniform, "KMeans": preprocess.KMeans,
		"L2": preprocess.L2, "L1": preprocess.L1, "Max": preprocess.Max,
		"YeoJohnson": preprocess.YeoJohnson, "BoxCox": preprocess.BoxCox, "F": preprocess.F, "Chi2": preprocess.Chi2,
		"Mean": preprocess.Mean, "Median": preprocess.Median, "MostFrequent": preprocess.MostFrequent, "Constant": preprocess.Constant,
		"UnknownError": preprocess.UnknownError, "UnknownIgnored": preprocess.UnknownIgnored, "UnknownInfrequent": preprocess.UnknownInfrequent,
		"Strategy(4)": preprocess.Strategy(4), "Norm(-1)": preprocess.Norm(-1),
	} {
		if got := constant.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
