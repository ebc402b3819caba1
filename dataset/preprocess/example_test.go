package preprocess_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
)

func ExampleStandardScaler() {
	ds, err := dataset.FromRows([][]float64{{1, 10}, {2, 20}, {3, 60}}, []dataset.None(nil))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.StandardScaler{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", mat.Formatted(z))
	// Output:
	// ⎡-1.22  -0.93⎤
	// ⎢ 0.00  -0.46⎥
	// ⎣ 1.22   1.39⎦
}

func ExampleMinMaxScaler() {
	ds, err := dataset.FromRows([][]float64{{1, 10}, {2, 20}, {3, 60}}, []dataset.None(nil))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.MinMaxScaler{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", mat.Formatted(z))
	// Output:
	// ⎡0.00  0.00⎤
	// ⎢0.50  0.20⎥
	// ⎣1.00  1.00⎦
}

func ExampleMaxAbsScaler() {
	ds, err := dataset.FromRows([][]float64{{1, 10}, {2, 20}, {3, 60}}, []dataset.None(nil))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.MaxAbsScaler{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", mat.Formatted(z))
	// Output:
	// ⎡0.33  0.17⎤
	// ⎢0.67  0.33⎥
	// ⎣1.00  1.00⎦
}

func ExampleRobustScaler() {
	ds, err := dataset.FromRows([][]float64{{1, 10}, {2, 20}, {3, 60}}, []dataset.None(nil))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.RobustScaler{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", mat.Formatted(z))
	// Output:
	// ⎡-1.00  -0.40⎤
	// ⎢ 0.00   0.00⎥
	// ⎣ 1.00   1.60⎦
}

func ExampleNormalizer() {
	ds, err := dataset.FromRows([][]float64{{3, 4}, {1, 0}}, []dataset.None(nil))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.Normalizer{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", mat.Formatted(z))
	// Output:
	// ⎡0.60  0.80⎤
	// ⎣1.00  0.00⎦
}

func ExamplePowerTransformer() {
	ds, err := dataset.FromRows([][]float64{{1, 1}, {2, 10}, {3, 100}}, []dataset.None(nil))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.PowerTransformer{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", mat.Formatted(z))
	// Output:
	// ⎡-1.25  -1.20⎤
	// ⎢ 0.06  -0.04⎥
	// ⎣ 1.20   1.25⎦
}

func ExampleQuantileTransformer() {
	ds, err := dataset.FromRows([][]float64{{1, 1}, {2, 10}, {3, 1000}}, []dataset.None(nil))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.QuantileTransformer{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", mat.Formatted(z))
	// Output:
	// ⎡0.00  0.00⎤
	// ⎢0.50  0.50⎥
	// ⎣1.00  1.00⎦
}

func ExampleKBins() {
	ds, err := dataset.FromRows([][]float64{{1, 1}, {2, 10}, {3, 100}, {4, 1000}}, []dataset.None(nil))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.KBins{Bins: 2, Ordinal: true}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", mat.Formatted(z))
	// Output:
	// ⎡0.00  0.00⎤
	// ⎢0.00  0.00⎥
	// ⎢1.00  1.00⎥
	// ⎣1.00  1.00⎦
}

func ExamplePolynomialFeatures() {
	ds, err := dataset.FromRows([][]float64{{2, 3}, {1, 5}}, []dataset.None(nil))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.PolynomialFeatures{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", mat.Formatted(z))
	// Output:
	// ⎡ 1.00   2.00   3.00   4.00   6.00   9.00⎤
	// ⎣ 1.00   1.00   5.00   1.00   5.00  25.00⎦
}

func ExampleSimpleImputer() {
	ds, err := dataset.FromRows([][]float64{{1, 10}, {math.NaN(), 20}, {3, 60}}, []dataset.None(nil))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.SimpleImputer{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", mat.Formatted(z))
	// Output:
	// ⎡ 1.00  10.00⎤
	// ⎢ 2.00  20.00⎥
	// ⎣ 3.00  60.00⎦
}

func ExampleVarianceThreshold() {
	ds, err := dataset.FromRows([][]float64{{1, 7}, {2, 7}, {3, 7}}, []dataset.None(nil))
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.VarianceThreshold{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", mat.Formatted(z))
	// Output:
	// ⎡1.00⎤
	// ⎢2.00⎥
	// ⎣3.00⎦
}

func ExampleOneHot() {
	table := strings.NewReader("sex,age\nmale,22\nfemale,38\n")
	ds, err := dataset.CSV{}.ReadUnlabeled(table)
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.OneHot{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(fit.Output().Features)
	fmt.Println(mat.Formatted(z))
	// Output:
	// [sex=female sex=male age]
	// ⎡ 0   1  22⎤
	// ⎣ 1   0  38⎦
}

func ExampleOrdinal() {
	table := strings.NewReader("size\nsmall\nlarge\nmedium\n")
	ds, err := dataset.CSV{}.ReadUnlabeled(table)
	if err != nil {
		log.Fatal(err)
	}
	fit, err := preprocess.Ordinal{Order: map[string][]string{"size": {"small", "medium", "large"}}}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	z, err := fit.Transform(ds.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mat.Formatted(z))
	// Output:
	// ⎡0⎤
	// ⎢2⎥
	// ⎣1⎦
}

func ExampleSelectKBest() {
	fit, err := preprocess.SelectKBest{K: 2}.Fit(context.Background(), dataset.Iris())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(fit.Output().Features)
	// Output:
	// [petal length (cm) petal width (cm)]
}

func ExampleSelectKBestRegression() {
	fit, err := preprocess.SelectKBestRegression{K: 2}.Fit(context.Background(), dataset.Diabetes())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(fit.Output().Features)
	// Output:
	// [bmi s5]
}
