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

func ExampleRegression() {
	// The heat of hardening cement against the share of two of its components
	// (Hald 1952).
	shares := [][]float64{{7, 26}, {1, 29}, {11, 56}, {11, 31}, {7, 52}, {11, 55}, {3, 71}, {1, 31}, {2, 54}, {21, 47}, {1, 40}, {11, 66}, {10, 68}}
	heat := []float64{78.5, 74.3, 104.3, 87.6, 95.9, 109.2, 102.7, 72.5, 93.1, 115.9, 83.8, 113.3, 109.4}
	ds, err := dataset.FromRows(shares, heat)
	if err != nil {
		fmt.Println(err)
		return
	}
	fit, err := linear.Regression{}.Inference(context.Background(), ds)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("heat = %.3f + %.4f·a + %.4f·b\n", fit.Intercept, fit.Coef[0], fit.Coef[1])
	fmt.Printf("standard errors %.3f and %.3f, R² %.4f\n", fit.StandardErrors[0], fit.StandardErrors[1], fit.R2)
	lower, upper, _ := fit.PredictionInterval([]float64{8, 50}, 0.95)
	fmt.Printf("with a = 8 and b = 50: %.1f to %.1f\n", lower, upper)
	// Output:
	// heat = 52.577 + 1.4683·a + 0.6623·b
	// standard errors 0.121 and 0.046, R² 0.9787
	// with a = 8 and b = 50: 91.9 to 103.0
}

func ExampleRidgeCV() {
	// Two nearly equal features: least squares gives them large coefficients of
	// opposite sign, a penalty shares the effect.
	x := [][]float64{{1, 1.01}, {2, 1.98}, {3, 3.01}, {4, 4.02}, {5, 4.97}, {6, 6.01}, {7, 7.02}, {8, 7.98}}
	y := []float64{2.1, 3.9, 6.2, 7.9, 10.1, 12.2, 13.8, 16.1}
	ds, err := dataset.FromRows(x, y)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	plain, err := linear.Regression{}.Fit(ctx, ds)
	if err != nil {
		fmt.Println(err)
		return
	}
	fit, err := linear.RidgeCV{Alphas: []float64{0.01, 0.1, 1}}.Fit(ctx, ds)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("least squares: %.2f\n", plain.Coef)
	fmt.Printf("ridge, alpha %v: %.2f\n", fit.Alpha, fit.Coef)
	// Output:
	// least squares: [3.47 -1.48]
	// ridge, alpha 0.1: [1.03 0.96]
}
