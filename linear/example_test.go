package linear_test

import (
	"context"
	"fmt"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/linear"
)

func ExampleLogistic() {
	// Hours of study and whether the exam was passed.
	hours := [][]float64{{0.5}, {1}, {1.5}, {2}, {2.5}, {3}, {3.5}, {4}, {4.5}, {5}}
	passed := []int{0, 0, 0, 0, 1, 0, 1, 1, 1, 1}
	ds, err := dataset.FromRows(hours, passed)
	if err != nil {
		fmt.Println(err)
		return
	}
	fit, err := linear.Logistic{C: 10}.Fit(context.Background(), ds)
	if err != nil {
		fmt.Println(err)
		return
	}
	class, _ := fit.PredictRow([]float64{3.2})
	proba, _ := fit.PredictProba(ds.X)
	fmt.Println("after 3.2 hours:", class)
	fmt.Printf("after 1 hour: %.2f, after 5 hours: %.2f\n", proba.At(1, 1), proba.At(9, 1))
	// Output:
	// after 3.2 hours: 1
	// after 1 hour: 0.02, after 5 hours: 0.99
}
