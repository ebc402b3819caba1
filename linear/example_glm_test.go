package linear_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
)

// claims are amounts whose mean grows by a factor of e^½ per unit of the feature, and
// whose spread is in proportion to it. Some are zero, if wanted.
func claims(zeros bool) *dataset.Regression {
	random := rand.New(rand.NewPCG(1, 1))
	var rows [][]float64
	var amounts []float64
	for range 2000 {
		age := 4 * random.Float64()
		amount := 100 * math.Exp(0.5*age) * random.ExpFloat64()
		if zeros && random.Float64() < 0.3 {
			amount = 0
		}
		rows, amounts = append(rows, []float64{age}), append(amounts, amount)
	}
	ds, err := dataset.FromRows(rows, amounts)
	if err != nil {
		log.Fatal(err)
	}
	return ds
}

func ExampleGamma() {
	fit, err := linear.Gamma{NoPenalty: true}.Fit(context.Background(), claims(false))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f at zero, times %.1f per unit\n", math.Exp(fit.Intercept), math.Exp(fit.Coef[0]))
	// Output:
	// 101 at zero, times 1.6 per unit
}

func ExampleTweedie() {
	fit, err := linear.Tweedie{NoPenalty: true}.Fit(context.Background(), claims(true)) // with 30 % zeros
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f at zero, times %.1f per unit\n", math.Exp(fit.Intercept), math.Exp(fit.Coef[0]))
	// Output:
	// 70 at zero, times 1.7 per unit
}

func ExampleLogisticCV() {
	train, test := dataset.BreastCancer().Split(0.75, 42)
	fit, err := model.Pipe(preprocess.StandardScaler{}, linear.LogisticCV{}).Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	labels, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("C = %.3g, accuracy %.3f\n", fit.Model.C, metrics.Accuracy(test.Y, labels))
	// Output:
	// C = 0.359, accuracy 0.965
}
