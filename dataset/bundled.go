package dataset

import (
	"compress/gzip"
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// The bundled sets. README.md beside them tells where they come from.
//
//go:generate python3 bundled/generate.py
//go:embed bundled/*.csv.gz
var bundled embed.FS

var (
	iris         = bundledSet("iris", "setosa", "versicolor", "virginica")
	wine         = bundledSet("wine", "class_0", "class_1", "class_2")
	breastCancer = bundledSet("breast_cancer", "malignant", "benign")
	digits       = bundledSet("digits", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
	diabetes     = bundledSet("diabetes")
)

// Iris returns Fisher's iris flowers (1936): 150 samples, 4 measurements in
// centimetres, 3 species of 50 samples each. The values are those of
// scikit-learn's load_iris. It is the caller's own copy, as with every bundled
// set.
func Iris() *Classification { return copyClassification(iris()) }

// Wine returns the chemical analysis of 178 Italian wines: 13 measurements, 3
// cultivars of 59, 71 and 48 samples (Forina et al., 1988). The values are those
// of scikit-learn's load_wine.
func Wine() *Classification { return copyClassification(wine()) }

// BreastCancer returns the Wisconsin diagnostic breast cancer data: 569 tumours,
// 30 features of their cell nuclei, 212 malignant (class 0) and 357 benign
// (Wolberg, Street and Mangasarian, 1993). The values are those of
// scikit-learn's load_breast_cancer.
func BreastCancer() *Classification { return copyClassification(breastCancer()) }

// Digits returns 1797 handwritten digits as images of 8 × 8 pixels, row by row,
// of brightness 0 to 16 (Alpaydin and Kaynak, 1998). The values are those of
// scikit-learn's load_digits.
func Digits() *Classification { return copyClassification(digits()) }

// Diabetes returns the diabetes data of Efron, Hastie, Johnstone and Tibshirani
// (2004): 442 patients, 10 features, and the progression of the disease after
// one year, a number from 25 to 346. Each feature is centred and scaled to a sum
// of squares of one: these are the values of scikit-learn's load_diabetes with
// its default, scaled=True.
func Diabetes() *Regression {
	d := *diabetes()
	d.X = mat.DenseCopyOf(d.X)
	d.Y = slices.Clone(d.Y)
	d.Features = slices.Clone(d.Features)
	return &d
}

// bundledSet returns a function that reads bundled/<name>.csv.gz when first
// called: a header, then per sample the features and, last, the target, which is
// the name of one of the given classes or, where there are none, a number. The
// result has the class index of a sample as its target.
func bundledSet(name string, classes ...string) func() *Regression {
	return sync.OnceValue(func() *Regression {
		d, err := readBundled(name, classes)
		if err != nil {
			// The files are part of the program: no input reaches this.
			panic(fmt.Sprintf("bundled data set %s: %v", name, err))
		}
		return d
	})
}

func readBundled(name string, classes []string) (*Regression, error) {
	file, err := bundled.Open("bundled/" + name + ".csv.gz")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	records, err := csv.NewReader(text).ReadAll()
	if err != nil {
		return nil, err
	}
	header, records := records[0], records[1:]
	p := len(header) - 1
	d := &Regression{
		X:      mat.NewDense(len(records), p, nil),
		Y:      make([]float64, len(records)),
		Schema: Schema{Features: header[:p:p], Target: header[p], Classes: classes},
	}
	for i, record := range records {
		for j, cell := range record[:p] {
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				return nil, err
			}
			d.X.Set(i, j, v)
		}
		if d.Y[i], err = bundledTarget(record[p], classes); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func bundledTarget(cell string, classes []string) (float64, error) {
	if classes == nil {
		return strconv.ParseFloat(cell, 64)
	}
	k := slices.Index(classes, cell)
	if k < 0 {
		return 0, fmt.Errorf("%w: %q", ErrClasses, cell)
	}
	return float64(k), nil
}

func copyClassification(d *Regression) *Classification {
	c := &Classification{
		X: mat.DenseCopyOf(d.X),
		Y: make([]int, len(d.Y)),
		Schema: Schema{
			Features: slices.Clone(d.Features),
			Target:   d.Target,
			Classes:  slices.Clone(d.Classes),
		},
	}
	for i, k := range d.Y {
		c.Y[i] = int(k)
	}
	return c
}
