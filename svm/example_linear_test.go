package svm_test

import (
	"context"
	"fmt"
	"log"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
)

func ExampleLinearClassifier() {
	train, test := dataset.BreastCancer().Split(0.75, 42)

	fit, err := model.Pipe(preprocess.StandardScaler{}, svm.LinearClassifier{C: 0.1, Penalty: svm.L1}).Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	labels, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	used := 0
	for _, w := range fit.Model.Coef.RawRowView(0) {
		if w != 0 {
			used++
		}
	}
	fmt.Printf("accuracy %.3f with %d of %d features\n", metrics.Accuracy(test.Y, labels), used, len(train.Features))
	// Output:
	// accuracy 0.958 with 11 of 30 features
}

func ExampleLinearRegressor() {
	train, test := dataset.Diabetes().Split(0.75, 42)

	// The intercept is penalised: with features of the scale of y it costs little.
	fit, err := model.Pipe(preprocess.StandardScaler{}, svm.LinearRegressor{C: 10, Epsilon: 20}).Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	y, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("mean absolute error %.0f\n", metrics.MAE(test.Y, y))
	// Output:
	// mean absolute error 40
}
