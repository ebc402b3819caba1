package dataset_test

import (
	"fmt"
	"log"
	"os"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

func ExampleNew() {
	x := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6}) // shared, not copied
	ds, err := dataset.New(x, []float64{0.5, 1, 1.5})
	if err != nil {
		log.Fatal(err)
	}
	ds.Features = []string{"width", "height"}
	fmt.Println(ds.Dims())

	_, err = dataset.New(x, []float64{0.5, 1})
	fmt.Println(err)
	// Output:
	// 3 2
	// shapes do not agree: 2 targets for 3 samples
}

func ExampleEncodeClasses() {
	y, classes := dataset.EncodeClasses([]string{"setosa", "virginica", "setosa", "versicolor"})
	ds, err := dataset.FromRows([][]float64{{1.4, 0.2}, {6, 2.5}, {1.3, 0.2}, {4.7, 1.4}}, y)
	if err != nil {
		log.Fatal(err)
	}
	ds.Classes = classes
	fmt.Println(ds.Y, ds.Classes)
	y, classes = dataset.EncodeClasses([]string{"10", "9", "9"})
	fmt.Println(y, classes)
	// Output:
	// [0 2 0 1] [setosa versicolor virginica]
	// [1 0 0] [9 10]
}

func ExampleClassificationOf() {
	type passenger struct {
		Age      float64 `dataset:"age"`
		Sex      string  `dataset:"sex"`
		Survived string  `dataset:"survived,target"`
	}
	ds, err := dataset.ClassificationOf([]passenger{{29, "female", "yes"}, {22, "male", "no"}, {35, "male", "no"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ds.Features, ds.Levels, ds.Classes, ds.Y)
	// Output:
	// [age sex] [[] [female male]] [no yes] [1 0 0]
}

func ExampleSchema_RowOf() {
	schema := dataset.Schema{Features: []string{"age", "sex"}, Levels: [][]string{nil, {"female", "male"}}}
	row, err := schema.RowOf(map[string]any{"sex": "male"}) // as it comes from JSON; the age is missing
	fmt.Println(row, err)
	_, err = schema.RowOf(map[string]any{"sex": "mail"})
	fmt.Println(err)
	// Output:
	// [NaN 1] <nil>
	// unknown level: feature 1 (sex) is "mail", want one of ["female" "male"]
}

func ExampleDataset_WriteCSV() {
	ds, err := dataset.Iris().Subset([]int{0, 50, 100})
	if err != nil {
		log.Fatal(err)
	}
	if err := ds.WriteCSV(os.Stdout, dataset.CSV{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// sepal length (cm),sepal width (cm),petal length (cm),petal width (cm),species
	// 5.1,3.5,1.4,0.2,setosa
	// 7,3.2,4.7,1.4,versicolor
	// 6.3,3.3,6,2.5,virginica
}

func ExampleMakeRegression() {
	ds, coef, err := dataset.MakeRegression(dataset.RegressionProblem{Samples: 200, Features: 20, Informative: 3, Noise: 1, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ds.Dims())
	fmt.Println(floats.Count(func(c float64) bool { return c != 0 }, coef), "coefficients are not zero")
	// Output:
	// 200 20
	// 3 coefficients are not zero
}

func ExampleMakeClassification() {
	ds, err := dataset.MakeClassification(dataset.ClassificationProblem{Samples: 1000, Proportions: []float64{9, 1}, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ds.Dims())
	fmt.Println(dataset.ClassCounts(ds))
	// Output:
	// 1000 20
	// [900 100]
}
