package dataset_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/sapwood-ml/sapwood/dataset"
)

func ExampleCSV() {
	table := strings.NewReader("age,sex,survived\n22,male,no\n38,female,yes\n,female,yes\n")
	ds, err := dataset.CSV{Target: "survived"}.ReadClassification(table)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ds.Features, ds.Levels, ds.Classes)
	fmt.Println(ds.X.RawRowView(2), ds.Y)
	// Output:
	// [age sex] [[] [female male]] [no yes]
	// [NaN 0] [0 1 1]
}

func ExampleFromRows() {
	ds, err := dataset.FromRows([][]float64{{1, 2}, {3, 4}, {5, 6}}, []int{0, 1, 1})
	if err != nil {
		log.Fatal(err)
	}
	ds.Classes = []string{"no", "yes"}
	fmt.Println(ds.Dims())
	// Output:
	// 3 2
}

func ExampleDataset_Split() {
	train, test := dataset.Iris().Split(0.8, 42)
	fmt.Println(train.Len(), test.Len(), dataset.ClassCounts(test))
	// Output:
	// 120 30 [10 10 10]
}

func ExampleMakeMoons() {
	moons, err := dataset.MakeMoons(dataset.Moons{Samples: 500, Noise: 0.2, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(moons.Dims())
	// Output:
	// 500 2
}
