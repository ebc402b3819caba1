package linear_test

import (
	"context"
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/linear"
)

func ExampleRidge() {
	fit, err := linear.Ridge{Alpha: 0.1}.Fit(context.Background(), dataset.Diabetes())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f + %.1f·bmi + …\n", fit.Intercept, fit.Coef[2])
	// Output:
	// 152.1 + 489.7·bmi + …
}

func ExampleLasso() {
	fit, err := linear.Lasso{}.Fit(context.Background(), dataset.Diabetes())
	if err != nil {
		log.Fatal(err)
	}
	for j, b := range fit.Coef {
		if b != 0 {
			fmt.Printf("%s %.1f\n", fit.Features[j], b)
		}
	}
	// Output:
	// bmi 367.7
	// bp 6.3
	// s5 307.6
}

func ExampleElasticNet() {
	fit, err := linear.ElasticNet{Alpha: 0.01, L1Ratio: 0.9}.Fit(context.Background(), dataset.Diabetes())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("bmi %.0f, converged: %v\n", fit.Coef[2], fit.Converged)
	// Output:
	// bmi 394, converged: true
}

func ExampleElasticNetCV() {
	fit, err := linear.ElasticNetCV{L1Ratios: []float64{0.5, 0.9, 1}}.Fit(context.Background(), dataset.Diabetes())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("of %d penalties the best has L1 ratio %.1f\n", len(fit.Alphas), fit.L1Ratio)
	// Output:
	// of 300 penalties the best has L1 ratio 1.0
}

// Several targets of the same features are fitted from one factorization.
func ExampleRegression_FitTargets() {
	x := mat.NewDense(4, 1, []float64{0, 1, 2, 3})
	ds, err := dataset.New[dataset.None](x, nil)
	if err != nil {
		log.Fatal(err)
	}
	y := mat.NewDense(4, 2, []float64{1, 0, 3, -1, 5, -2, 7, -3})
	fit, err := linear.Regression{}.FitTargets(context.Background(), ds, y)
	if err != nil {
		log.Fatal(err)
	}
	for k := range 2 {
		fmt.Printf("%.1f + %.1f·x\n", fit.Intercept[k], fit.Coef.At(k, 0))
	}
	// Output:
	// 1.0 + 2.0·x
	// 0.0 + -1.0·x
}
