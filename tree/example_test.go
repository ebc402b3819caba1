package tree_test

import (
	"context"
	"fmt"
	"log"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/tree"
)

func ExampleClassifier() {
	train, test := dataset.Iris().Split(0.75, 42)
	fit, err := tree.Classifier{MaxDepth: 2}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	labels, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	right := 0
	for i, k := range labels {
		if k == test.Y[i] {
			right++
		}
	}
	fmt.Printf("%d of %d right\n%v", right, len(labels), fit)
	// Output:
	// 33 of 37 right
	// ├─ petal length (cm) ≤ 2.45: setosa (38)
	// └─ petal length (cm) > 2.45
	//    ├─ petal width (cm) ≤ 1.65: versicolor (95% of 40)
	//    └─ petal width (cm) > 1.65: virginica (35)
}
