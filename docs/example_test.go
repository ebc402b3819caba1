package docs

// The code of the pages in this folder: every block there is a part of one of
// these functions, word for word.

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
	"github.com/sapwood-ml/sapwood/tree"
)

func Example_fit() {
	ctx := context.Background()
	iris := dataset.Iris()
	train, test := iris.Split(0.75, 42)
	fit, err := svm.Classifier{C: 10}.Fit(ctx, train)
	if err != nil {
		log.Fatal(err)
	}
	labels, err := fit.Predict(test.X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f\n", metrics.Accuracy(test.Y, labels))
	// Output: 0.973
}

func Example_search() {
	ctx := context.Background()
	train := dataset.Wine()
	candidates := model.Grid([]float64{0.1, 1, 10}, func(c float64) linear.Logistic { return linear.Logistic{C: c} })
	found, err := model.Search(ctx, candidates, train, model.KFold{Seed: 1}, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	fit, err := found.Best.Fit(ctx, train)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(found.Mean), fit.Converged)
	// Output: 3 true
}

func Example_pipe() {
	ctx := context.Background()
	wine := dataset.Wine()
	piped := model.Pipe(preprocess.StandardScaler{}, svm.Classifier{C: 10})
	scores, err := model.CrossValidate(ctx, piped, wine, model.KFold{N: 5, Seed: 1}, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	machines := model.Grid([]float64{0.1, 1, 10}, func(c float64) svm.Classifier { return svm.Classifier{C: c} })
	found, err := model.Search(ctx, model.PipeEach(preprocess.StandardScaler{}, machines), wine, model.KFold{N: 5, Seed: 1}, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(scores), scores[0] > 0.9, len(found.Mean))
	// Output: 5 true 3
}

func Example_save() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "wine.model")
	piped := model.Pipe(preprocess.StandardScaler{}, linear.Logistic{})
	fit, err := piped.Fit(ctx, dataset.Wine())
	if err != nil {
		log.Fatal(err)
	}
	if err := model.SaveFile(file, fit); err != nil {
		log.Fatal(err)
	}
	again, err := model.LoadFile[model.Predictor[int]](file) // any classifier
	if err != nil {
		log.Fatal(err)
	}
	label, err := again.PredictRow(dataset.Wine().X.RawRowView(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(label)
	// Output: 0
}

func Example_baseline() {
	ctx := context.Background()
	ds := dataset.BreastCancer()
	folds := model.KFold{N: 5, Seed: 1}
	simple, err := model.CrossValidate(ctx, model.Pipe(preprocess.StandardScaler{}, linear.Logistic{}), ds, folds, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	forest, err := model.CrossValidate(ctx, tree.ForestClassifier{}, ds, folds, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(simple), len(forest), simple[0] > 0.9, forest[0] > 0.9)
	// Output: 5 5 true true
}

func Example_table() {
	r := bytes.NewBufferString("age,sex,fare,survived\n22,male,7.25,no\n38,female,71.28,yes\n,female,7.92,yes\n35,male,8.05,no\n")
	ds, err := dataset.CSV{Target: "survived"}.ReadClassification(r)
	if err != nil {
		log.Fatal(err)
	}
	piped := model.Pipe(model.Chain(preprocess.SimpleImputer{}, preprocess.OneHot{}), linear.Logistic{})
	fit, err := piped.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(fit.Transformer.Output().Features)
	// Output: [age sex=female sex=male fare]
}
