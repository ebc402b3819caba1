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

func ExampleLassoCV() {
	diabetes := dataset.Diabetes()
	fit, err := linear.LassoCV{}.Fit(context.Background(), diabetes)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("alpha %.3f keeps", fit.Alpha)
	for j, b := range fit.Coef {
		if b != 0 {
			fmt.Print(" ", diabetes.Features[j])
		}
	}
	fmt.Println()
	// Output:
	// alpha 0.004 keeps age sex bmi bp s1 s2 s4 s5 s6
}

func ExamplePath() {
	diabetes := dataset.Diabetes()
	path, err := linear.Path{Count: 5, Eps: 0.01}.Fit(context.Background(), diabetes)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, alpha := range path.Alphas {
		fmt.Printf("%.3f:", alpha)
		for j, b := range path.At(i).Coef {
			if b != 0 {
				fmt.Printf(" %s %.0f", diabetes.Features[j], b)
			}
		}
		fmt.Println()
	}
	// Output:
	// 2.148:
	// 0.679: bmi 441 bp 89 s3 -10 s5 380
	// 0.215: sex -64 bmi 511 bp 228 s3 -161 s5 449
	// 0.068: sex -180 bmi 520 bp 288 s1 -83 s3 -218 s5 502 s6 46
	// 0.021: sex -218 bmi 526 bp 310 s1 -170 s3 -172 s4 77 s5 526 s6 62
}

func ExamplePoisson() {
	// Faults counted in rolls of cloth of a given length (hundreds of metres).
	length := [][]float64{{5.5}, {6.5}, {8.3}, {3.7}, {7.1}, {9.0}, {4.4}, {6.1}}
	faults := []float64{6, 8, 14, 4, 7, 20, 5, 7}
	ds, err := dataset.FromRows(length, faults)
	if err != nil {
		fmt.Println(err)
		return
	}
	fit, err := linear.Poisson{NoPenalty: true}.Fit(context.Background(), ds)
	if err != nil {
		fmt.Println(err)
		return
	}
	expected, _ := fit.PredictRow([]float64{8})
	fmt.Printf("%.1f faults expected in 800 m, deviance explained %.2f\n", expected, fit.DevianceExplained)
	// Output:
	// 13.0 faults expected in 800 m, deviance explained 0.93
}
