package metrics_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/metrics"
)

// Three of ten samples are of class 1.
var (
	rareTruth     = []int{0, 0, 0, 0, 0, 0, 0, 1, 1, 1}
	rarePredicted = []int{0, 0, 0, 0, 0, 0, 1, 1, 0, 0}
)

func ExampleBalancedAccuracy() {
	fmt.Printf("%.2f, of which balanced %.2f\n", metrics.Accuracy(rareTruth, rarePredicted), metrics.BalancedAccuracy(rareTruth, rarePredicted))
	// Output:
	// 0.70, of which balanced 0.60
}

func ExamplePrecision() {
	// A score is a function, so that its average is chosen once and for all folds.
	fmt.Printf("%.2f\n", metrics.Precision(metrics.Binary)(rareTruth, rarePredicted))
	// Output:
	// 0.50
}

func ExampleRecall() {
	fmt.Printf("%.2f\n", metrics.Recall(metrics.Binary)(rareTruth, rarePredicted))
	// Output:
	// 0.33
}

func ExampleF1() {
	fmt.Printf("%.2f over both classes\n", metrics.F1(rareTruth, rarePredicted))
	fmt.Printf("%.2f of class 1\n", metrics.FBeta(1, metrics.Binary)(rareTruth, rarePredicted))
	// Output:
	// 0.60 over both classes
	// 0.40 of class 1
}

func ExampleMatthews() {
	fmt.Printf("%.3f\n", metrics.Matthews(rareTruth, rarePredicted))
	// Output:
	// 0.218
}

func ExampleCohenKappa() {
	fmt.Printf("%.3f\n", metrics.CohenKappa(rareTruth, rarePredicted))
	// Output:
	// 0.211
}

// Of ordered classes, a near miss is better than a far one.
func ExampleQuadraticKappa() {
	stars := []int{0, 1, 2, 3, 4, 4}
	near := []int{1, 1, 2, 3, 4, 3}
	far := []int{4, 1, 2, 3, 4, 0}
	fmt.Printf("plain %.2f and %.2f\n", metrics.CohenKappa(stars, near), metrics.CohenKappa(stars, far))
	fmt.Printf("linear %.2f and %.2f\n", metrics.LinearKappa(stars, near), metrics.LinearKappa(stars, far))
	fmt.Printf("quadratic %.2f and %.2f\n", metrics.QuadraticKappa(stars, near), metrics.QuadraticKappa(stars, far))
	// Output:
	// plain 0.59 and 0.57
	// linear 0.78 and 0.20
	// quadratic 0.90 and -0.20
}

func ExampleTopK() {
	scores := mat.NewDense(3, 3, []float64{0.5, 0.3, 0.2, 0.4, 0.35, 0.25, 0.1, 0.2, 0.7})
	share, err := metrics.TopK(2, []int{1, 1, 0}, scores)
	fmt.Printf("%.2f %v\n", share, err)
	// Output:
	// 0.67 <nil>
}

func ExampleBrier() {
	proba := mat.NewDense(3, 2, []float64{0.9, 0.1, 0.2, 0.8, 0.5, 0.5})
	score, err := metrics.Brier([]int{0, 1, 1}, proba)
	fmt.Printf("%.3f %v\n", score, err)
	// Output:
	// 0.100 <nil>
}

func ExampleAveragePrecision() {
	precision, err := metrics.AveragePrecision([]int{0, 0, 1, 1}, []float64{0.1, 0.4, 0.35, 0.8})
	fmt.Printf("%.3f %v\n", precision, err)
	// Output:
	// 0.833 <nil>
}

// threeClasses are the probabilities of three classes for four samples of classes 0, 1,
// 2 and 2.
func threeClasses() (truth []int, proba *mat.Dense) {
	return []int{0, 1, 2, 2}, mat.NewDense(4, 3, []float64{0.7, 0.2, 0.1, 0.4, 0.35, 0.25, 0.3, 0.4, 0.3, 0.1, 0.1, 0.8})
}

func ExampleROCAUCOneVsRest() {
	truth, proba := threeClasses()
	area, err := metrics.ROCAUCOneVsRest(truth, proba, metrics.Macro)
	fmt.Printf("%.3f %v\n", area, err)
	// Output:
	// 0.889 <nil>
}

func ExampleROCAUCOneVsOne() {
	truth, proba := threeClasses()
	area, err := metrics.ROCAUCOneVsOne(truth, proba, metrics.Macro)
	fmt.Printf("%.3f %v\n", area, err)
	// Output:
	// 0.917 <nil>
}

func ExampleAveragePrecisionOneVsRest() {
	truth, proba := threeClasses()
	precision, err := metrics.AveragePrecisionOneVsRest(truth, proba, metrics.Macro)
	fmt.Printf("%.3f %v\n", precision, err)
	// Output:
	// 0.833 <nil>
}

func ExampleROCCurve() {
	curve, err := metrics.ROCCurve([]int{0, 0, 1, 1}, []float64{0.1, 0.4, 0.35, 0.8})
	if err != nil {
		log.Fatal(err)
	}
	for i, threshold := range curve.Thresholds {
		fmt.Printf("from %.2f: false %.1f, true %.1f\n", threshold, curve.FPR[i], curve.TPR[i])
	}
	// Output:
	// from +Inf: false 0.0, true 0.0
	// from 0.80: false 0.0, true 0.5
	// from 0.40: false 0.5, true 0.5
	// from 0.35: false 0.5, true 1.0
	// from 0.10: false 1.0, true 1.0
}

func ExamplePrecisionRecallCurve() {
	curve, err := metrics.PrecisionRecallCurve([]int{0, 0, 1, 1}, []float64{0.1, 0.4, 0.35, 0.8})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("precision %.2f\nrecall    %.2f\n", curve.Precision, curve.Recall)
	// Output:
	// precision [0.50 0.67 0.50 1.00 1.00]
	// recall    [1.00 1.00 0.50 0.50 0.00]
}

func ExampleCalibrationCurve() {
	truth := []int{0, 0, 0, 1, 0, 1, 1, 1}
	probability := []float64{0.1, 0.1, 0.2, 0.2, 0.8, 0.8, 0.9, 0.9}
	curve, err := metrics.CalibrationCurve(truth, probability, 2)
	if err != nil {
		log.Fatal(err)
	}
	for i, p := range curve.Predicted {
		fmt.Printf("where %.2f was promised: %.2f\n", p, curve.Observed[i])
	}
	// Output:
	// where 0.15 was promised: 0.25
	// where 0.85 was promised: 0.75
}

// Each takes the errors of four numbers differently, of which the last is far off.
func Example_regression() {
	truth, predicted := []float64{1, 2, 4, 10}, []float64{1.1, 1.8, 4, 14}
	for _, m := range []struct {
		name  string
		score func(truth, predicted []float64) float64
	}{
		{"MAE", metrics.MAE}, {"MSE", metrics.MSE}, {"RMSE", metrics.RMSE}, {"MedianAE", metrics.MedianAE}, {"MaxError", metrics.MaxError},
		{"MAPE", metrics.MAPE}, {"R2", metrics.R2}, {"ExplainedVariance", metrics.ExplainedVariance},
	} {
		fmt.Printf("%s %.3f\n", m.name, m.score(truth, predicted))
	}
	// Output:
	// MAE 1.075
	// MSE 4.013
	// RMSE 2.003
	// MedianAE 0.150
	// MaxError 4.000
	// MAPE 0.150
	// R2 0.671
	// ExplainedVariance 0.749
}

// Scores of clusters against classes do not depend on how clusters are numbered.
func Example_clusters() {
	classes := []int{0, 0, 0, 1, 1, 1}
	clusters := []int{5, 5, 2, 2, 9, 9}
	for _, m := range []struct {
		name  string
		score func(truth, predicted []int) float64
	}{
		{"AdjustedRand", metrics.AdjustedRand}, {"AdjustedMutualInfo", metrics.AdjustedMutualInfo},
		{"NormalizedMutualInfo", metrics.NormalizedMutualInfo}, {"MutualInfo", metrics.MutualInfo},
		{"Homogeneity", metrics.Homogeneity}, {"Completeness", metrics.Completeness}, {"VMeasure", metrics.VMeasure},
	} {
		fmt.Printf("%s %.3f\n", m.name, m.score(classes, clusters))
	}
	// Output:
	// AdjustedRand 0.242
	// AdjustedMutualInfo 0.299
	// NormalizedMutualInfo 0.516
	// MutualInfo 0.462
	// Homogeneity 0.667
	// Completeness 0.421
	// VMeasure 0.516
}

// Without classes, clusters are judged by how compact they are and how far apart.
func ExampleSilhouetteSamples() {
	x := mat.NewDense(5, 1, []float64{0, 1, 4, 10, 11})
	widths, err := metrics.SilhouetteSamples(context.Background(), x, []int{0, 0, 0, 1, 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", widths) // the third lies between
	// Output:
	// [0.76 0.79 0.46 0.88 0.89]
}

func ExampleDaviesBouldin() {
	x := mat.NewDense(5, 1, []float64{0, 1, 4, 10, 11})
	for _, labels := range [][]int{{0, 0, 0, 1, 1}, {0, 0, 1, 1, 1}} {
		davies, err := metrics.DaviesBouldin(x, labels) // small is good
		if err != nil {
			log.Fatal(err)
		}
		calinski, err := metrics.CalinskiHarabasz(x, labels) // large is good
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v: %.2f, %.1f\n", labels, davies, calinski)
	}
	// Output:
	// [0 0 0 1 1]: 0.23, 30.6
	// [0 0 1 1 1]: 0.43, 7.6
}
