package svm_test

import (
	"context"
	"fmt"
	"log"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/svm"
)

func ExampleClassifier() {
	iris := dataset.Iris()
	train, test := iris.Split(0.75, 42)

	fit, err := svm.Classifier{C: 10}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	labels, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("accuracy %.3f with %d support vectors\n", metrics.Accuracy(test.Y, labels), len(fit.Support))

	label, err := fit.PredictRow([]float64{5.1, 3.5, 1.4, 0.2})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(iris.Classes[label])
	// Output:
	// accuracy 0.973 with 21 support vectors
	// setosa
}
