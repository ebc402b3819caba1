package tree_test

import (
	"context"
	"fmt"
	"log"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/tree"
)

func ExampleRegressor() {
	train, test := friedman()
	fit, err := tree.Regressor{MinSamplesLeaf: 5}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	values, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("R² %.2f\n", metrics.R2(test.Y, values))
	fmt.Println(fit.Leaves(), "leaves")
	// Output:
	// R² 0.60
	// 115 leaves
}

func ExampleForestClassifier() {
	cancer := dataset.BreastCancer()
	train, test := cancer.Split(0.75, 1)
	fit, err := tree.ForestClassifier{OutOfBag: true}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	labels, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("accuracy %.2f\n", metrics.Accuracy(test.Y, labels))
	fmt.Printf("out of bag %.2f\n", fit.OutOfBagScore)
	// Output:
	// accuracy 0.93
	// out of bag 0.95
}

func ExampleForestRegressor() {
	train, test := friedman()
	fit, err := tree.ForestRegressor{}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	values, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("R² %.2f\n", metrics.R2(test.Y, values))
	// Output:
	// R² 0.82
}

func ExampleExtraTreesClassifier() {
	cancer := dataset.BreastCancer()
	train, test := cancer.Split(0.75, 1)
	fit, err := tree.ExtraTreesClassifier{}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	labels, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("accuracy %.2f\n", metrics.Accuracy(test.Y, labels))
	// Output:
	// accuracy 0.97
}

func ExampleExtraTreesRegressor() {
	train, test := friedman()
	fit, err := tree.ExtraTreesRegressor{}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	values, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("R² %.2f\n", metrics.R2(test.Y, values))
	// Output:
	// R² 0.84
}

func ExampleBoostingClassifier() {
	cancer := dataset.BreastCancer()
	train, test := cancer.Split(0.75, 1)
	fit, err := tree.BoostingClassifier{}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	labels, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("accuracy %.2f\n", metrics.Accuracy(test.Y, labels))
	// Output:
	// accuracy 0.96
}

func ExampleBoostingRegressor() {
	train, test := friedman()
	fit, err := tree.BoostingRegressor{Iterations: 200}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	values, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("R² %.2f\n", metrics.R2(test.Y, values))
	// Output:
	// R² 0.90
}

// A model of boosting is a sum of trees, which can be looked at one by one.
func ExampleBoostingRegressorModel_Tree() {
	train, _ := friedman()
	fit, err := tree.BoostingRegressor{MaxLeaves: 4}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	first, err := fit.Tree(0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(first)
	// Output:
	// ├─ x[3] ≤ 0.454272
	// │  ├─ x[0] ≤ 0.350832: -0.59743
	// │  └─ x[0] > 0.350832: -0.143167
	// └─ x[3] > 0.454272
	//    ├─ x[0] ≤ 0.216007: -0.148181
	//    └─ x[0] > 0.216007: 0.347631
}

// A feature with Levels is split by sets of them.
func ExampleClassifier_categories() {
	ds, err := dataset.FromRows([][]float64{{0, 21}, {0, 35}, {1, 18}, {1, 27}, {2, 22}, {2, 33}, {3, 19}, {3, 31}}, []int{1, 1, 0, 0, 0, 1, 0, 0})
	if err != nil {
		log.Fatal(err)
	}
	ds.Features = []string{"town", "age"}
	ds.Levels = [][]string{{"Bern", "Lund", "Metz", "York"}, nil}
	ds.Classes = []string{"stays", "leaves"}
	fit, err := tree.Classifier{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(fit)
	// Output:
	// ├─ town is Lund or York: stays (4)
	// └─ town is Bern or Metz
	//    ├─ town is Metz
	//    │  ├─ age ≤ 27.5: stays (1)
	//    │  └─ age > 27.5: leaves (1)
	//    └─ town is Bern, Lund or York: leaves (2)
}

// friedman returns samples of a function that bends, to learn from and to test on.
func friedman() (train, test *dataset.Regression) {
	ds, err := dataset.MakeFriedman1(dataset.Friedman1{Samples: 1000, Noise: 1, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	return ds.Split(0.75, 1)
}
