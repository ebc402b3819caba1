package svm_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
)

func ExampleRegressor() {
	train, test := dataset.Diabetes().Split(0.75, 42)

	// Errors of less than Epsilon count as none.
	fit, err := model.Pipe(preprocess.StandardScaler{}, svm.Regressor{C: 100, Epsilon: 20}).Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	predicted, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("R² %.2f with %d of %d samples as support vectors\n", metrics.R2(test.Y, predicted), len(fit.Model.Support), train.Len())
	// Output:
	// R² 0.53 with 230 of 332 samples as support vectors
}

func ExampleNuRegressor() {
	train, test := dataset.Diabetes().Split(0.75, 42)

	// ν, a bound on the share of errors outside the tube, instead of the tube's width.
	fit, err := model.Pipe(preprocess.StandardScaler{}, svm.NuRegressor{C: 100, Nu: 0.3}).Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	predicted, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("R² %.2f\n", metrics.R2(test.Y, predicted))
	// Output:
	// R² 0.51
}

func ExampleNuClassifier() {
	wine := dataset.Wine()

	// At most a tenth of the samples of each pair of classes may lie within the margin.
	piped := model.Pipe(preprocess.StandardScaler{}, svm.NuClassifier{Nu: 0.1})
	scores, err := model.CrossValidate(context.Background(), piped, wine, model.KFold{N: 5, Seed: 1}, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", scores)
	// Output:
	// [1.00 1.00 1.00 1.00 0.97]
}

func ExampleOneClass() {
	usual, err := dataset.MakeBlobs(dataset.Blobs{Samples: 200, Centers: mat.NewDense(1, 2, nil), Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fit, err := svm.OneClass{Nu: 0.05}.Fit(context.Background(), usual.Unlabeled())
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range [][]float64{{0, 0}, {1, -1}, {5, 5}} {
		inside, err := fit.PredictRow(row)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row, inside)
	}
	// Output:
	// [0 0] 1
	// [1 -1] 1
	// [5 5] 0
}
