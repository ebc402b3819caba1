// Command tour is the tour of the README.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/tree"
)

func main() {
	ctx := context.Background()
	iris := dataset.Iris()
	train, test := iris.Split(0.75, 42) // stratified, seeded

	fit, err := linear.Logistic{C: 10}.Fit(ctx, train) // parameters in, a model out
	if err != nil {
		log.Fatal(err)
	}
	labels, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("accuracy:", metrics.Accuracy(test.Y, labels))

	label, err := fit.PredictRow([]float64{5.1, 3.5, 1.4, 0.2}) // one row, no allocation
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("it is a", iris.Classes[label])

	scores, err := model.CrossValidate(ctx, tree.Classifier{MaxDepth: 3}, iris, model.KFold{N: 5, Seed: 1}, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("a tree, cross-validated:", scores)
}
