package metrics_test

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/metrics"
)

func ExampleAccuracy() {
	truth := []int{0, 0, 1, 1, 1}
	predicted := []int{0, 1, 1, 1, 0}
	fmt.Println(metrics.Accuracy(truth, predicted))
	// Output: 0.6
}

func ExampleWeights() {
	truth := []int{0, 0, 1, 1, 1}
	predicted := []int{0, 1, 1, 1, 0}
	fmt.Println(metrics.Weights{1, 1, 1, 1, 4}.Accuracy(truth, predicted))
	// Output: 0.375
}

func ExampleFBeta() {
	truth := []int{0, 0, 0, 0, 1, 1}
	predicted := []int{0, 0, 0, 1, 1, 1}
	f2 := metrics.FBeta(2, metrics.Binary) // of class 1; recall counts more than precision
	fmt.Printf("%.4f\n", f2(truth, predicted))
	// Output: 0.9091
}

func ExampleConfusion() {
	truth := []int{0, 0, 0, 1, 1, 2, 2}
	predicted := []int{0, 0, 1, 1, 1, 2, 1}
	m, err := metrics.Confusion(truth, predicted, "setosa", "versicolor", "virginica")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(m)
	// Output:
	// true \ predicted  setosa  versicolor  virginica
	// setosa                 2           1          0
	// versicolor             0           2          0
	// virginica              0           1          1
}

func ExampleClassificationReport() {
	truth := []int{0, 0, 0, 1, 1, 2, 2}
	predicted := []int{0, 0, 1, 1, 1, 2, 1}
	report, err := metrics.ClassificationReport(truth, predicted, "setosa", "versicolor", "virginica")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report)
	// Output:
	//               precision  recall  f1-score  support
	// setosa            1.000   0.667     0.800        3
	// versicolor        0.500   1.000     0.667        2
	// virginica         1.000   0.500     0.667        2
	//
	// accuracy                            0.714        7
	// macro avg         0.833   0.722     0.711        7
	// weighted avg      0.857   0.714     0.724        7
}

func ExampleROCAUC() {
	truth := []int{0, 0, 1, 1}
	probability := []float64{0.1, 0.4, 0.35, 0.8}
	area, err := metrics.ROCAUC(truth, probability)
	fmt.Println(area, err)
	// Output: 0.75 <nil>
}

func ExampleLogLoss() {
	truth := []int{0, 1, 1}
	proba := mat.NewDense(3, 2, []float64{0.9, 0.1, 0.2, 0.8, 0.5, 0.5})
	loss, err := metrics.LogLoss(truth, proba)
	fmt.Printf("%.4f %v\n", loss, err)
	// Output: 0.3406 <nil>
}

func ExampleR2() {
	truth := []float64{3, -0.5, 2, 7}
	predicted := []float64{2.5, 0, 2, 8}
	fmt.Printf("%.4f\n", metrics.R2(truth, predicted))
	// Output: 0.9486
}

func ExampleAdjustedMutualInfo() {
	truth := []int{0, 0, 0, 1, 1, 1}
	renamed := []int{7, 7, 7, 3, 3, 3} // clusters have no order
	fmt.Println(metrics.AdjustedMutualInfo(truth, renamed))
	// Output: 1
}

func ExampleSilhouette() {
	x := mat.NewDense(4, 1, []float64{0, 1, 10, 11})
	s, err := metrics.Silhouette(context.Background(), x, []int{0, 0, 1, 1})
	fmt.Printf("%.4f %v\n", s, err)
	// Output: 0.8997 <nil>
}
