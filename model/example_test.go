package model_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
	"github.com/sapwood-ml/sapwood/tree"
)

func ExampleCrossValidate() {
	scores, err := model.CrossValidate(context.Background(), tree.Classifier{MaxDepth: 3}, dataset.Iris(), model.KFold{N: 5, Seed: 1}, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", scores)
	// Output:
	// [1.00 0.97 0.87 0.97 0.90]
}

// Log loss is to be small, so a search negates it.
func ExampleScorer() {
	candidates := model.Grid([]float64{0.01, 1, 100}, func(c float64) linear.Logistic { return linear.Logistic{C: c} })
	found, err := model.Search(context.Background(), candidates, dataset.Iris(), model.KFold{Seed: 1}, model.ProbabilityScorer(metrics.LogLoss).Negated())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("C = %v of %.2f\n", found.Best.C, found.Mean)
	// Output:
	// C = 100 of [-0.64 -0.14 -0.09]
}

func ExamplePipe() {
	piped := model.Pipe(preprocess.StandardScaler{}, linear.Logistic{})
	fit, err := piped.Fit(context.Background(), dataset.Wine())
	if err != nil {
		log.Fatal(err)
	}
	label, err := fit.PredictRow(dataset.Wine().X.RawRowView(0)) // scaled as the training data were
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(label)
	// Output:
	// 0
}

func ExampleSave() {
	wine := dataset.Wine()
	fit, err := linear.Logistic{}.Fit(context.Background(), wine)
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := model.Save(&file, fit); err != nil {
		log.Fatal(err)
	}
	again, err := model.Load[*linear.LogisticModel](&file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again.Features[0], again.Intercept[0] == fit.Intercept[0])
	// Output:
	// alcohol true
}

func ExampleSearch() {
	candidates := model.Grid([]int{1, 2, 3, 4}, func(depth int) tree.Classifier { return tree.Classifier{MaxDepth: depth} })
	found, err := model.Search(context.Background(), candidates, dataset.Iris(), model.KFold{Seed: 1}, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("depth %d of %.2f\n", found.Best.MaxDepth, found.Mean)
	// Output:
	// depth 4 of [0.67 0.93 0.94 0.95]
}

func ExamplePipeEach() {
	machines := model.Grid([]float64{0.1, 1, 10}, func(c float64) svm.Classifier { return svm.Classifier{C: c} })
	piped := model.PipeEach(preprocess.StandardScaler{}, machines)
	wine := dataset.Wine()
	found, err := model.Search(context.Background(), piped, wine, model.KFold{Seed: 1}, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	fit, err := found.Best.Fit(context.Background(), wine)
	if err != nil {
		log.Fatal(err)
	}
	label, err := fit.PredictRow(wine.X.RawRowView(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("C %g of %.2f: %s\n", machines[found.BestIndex].C, found.Mean, wine.Classes[label])
	// Output:
	// C 1 of [0.98 0.99 0.99]: class_0
}

func ExampleWithProgress() {
	ctx := model.WithProgress(context.Background(), func(p model.Progress) {
		if p.Done == p.Total {
			fmt.Println(p.Task, p.Done)
		}
	})
	if _, err := (tree.ForestClassifier{Trees: 20}).Fit(ctx, dataset.Iris()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// forest 20
}
