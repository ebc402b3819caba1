package dataset

import (
	"embed"
	"fmt"
	"io"
)

// The bundled sets. README.md beside them tells where they come from.
//
//go:generate python3 bundled/generate.py
//go:embed bundled/*.csv.gz
var bundled embed.FS

// Iris returns Fisher's iris flowers (1936): 150 samples, 4 measurements in
// centimetres, 3 species of 50 samples each. The values are those of
// scikit-learn's load_iris. It is the caller's own copy, as with every bundled
// set.
func Iris() *Classification {
	return readBundled("iris", CSV{}.ReadClassification)
}

// Wine returns the chemical analysis of 178 Italian wines: 13 measurements, 3
// cultivars of 59, 71 and 48 samples (Forina et al., 1988). The values are those
// of scikit-learn's load_wine.
func Wine() *Classification {
	return readBundled("wine", CSV{}.ReadClassification)
}

// BreastCancer returns the Wisconsin diagnostic breast cancer data: 569 tumours,
// 30 features of their cell nuclei, 212 malignant (class 0) and 357 benign
// (Wolberg, Street and Mangasarian, 1993). The values are those of
// scikit-learn's load_breast_cancer.
func BreastCancer() *Classification {
	return readBundled("breast_cancer", CSV{Like: Schema{Classes: []string{"malignant", "benign"}}}.ReadClassification)
}

// Digits returns 1797 handwritten digits as images of 8 × 8 pixels, row by row,
// of brightness 0 to 16 (Alpaydin and Kaynak, 1998). The values are those of
// scikit-learn's load_digits.
func Digits() *Classification {
	return readBundled("digits", CSV{}.ReadClassification)
}

// Diabetes returns the diabetes data of Efron, Hastie, Johnstone and Tibshirani
// (2004): 442 patients, 10 features, and the progression of the disease after
// one year, a number from 25 to 346. Each feature is centred and scaled to a sum
// of squares of one: these are the values of scikit-learn's load_diabetes with
// its default, scaled=True.
func Diabetes() *Regression {
	return readBundled("diabetes", CSV{}.ReadRegression)
}

func readBundled[T Target](name string, read func(io.Reader) (*Dataset[T], error)) *Dataset[T] {
	file, err := bundled.Open("bundled/" + name + ".csv.gz")
	if err == nil {
		defer file.Close()
		var d *Dataset[T]
		if d, err = read(file); err == nil {
			return d
		}
	}
	// The files are part of the program: no input reaches this.
	panic(fmt.Sprintf("bundled data set %s: %v", name, err))
}
