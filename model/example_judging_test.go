package model_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/tree"
)

func ExampleValidate() {
	wine := dataset.Wine()
	v, err := model.Validate(context.Background(), tree.Classifier{MaxDepth: 2}, wine, model.KFold{N: 5, Seed: 1}, metrics.Accuracy, metrics.F1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("accuracy %.2f, on the training parts %.2f\n", stat.Mean(v.Scores[0], nil), stat.Mean(v.TrainScores[0], nil))
	fmt.Printf("F1 %.2f\n", stat.Mean(v.Scores[1], nil))
	confusion, err := metrics.Confusion(wine.Y, v.Predicted) // each by a model that has not seen it
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(confusion)
	// Output:
	// accuracy 0.83, on the training parts 0.92
	// F1 0.83
	// true \ predicted   0   1   2
	// 0                 53   4   2
	// 1                  7  54  10
	// 2                  0   7  41
}

func ExampleDecisionScorer() {
	area := model.DecisionScorer(metrics.ROCAUC)
	scores, err := model.CrossValidate(context.Background(), linear.Logistic{}, dataset.BreastCancer(), model.KFold{N: 5, Seed: 1}, area)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f\n", scores)
	// Output:
	// [0.991 0.995 0.997 0.992 0.983]
}

// Some scores need the model itself, such as how many features it uses.
func ExampleModelScorer() {
	features := model.ModelScorer(func(m model.Predictor[float64], _ *dataset.Regression) (float64, error) {
		used := 0.0
		for _, c := range m.(*linear.RegressionModel).Coef {
			if c != 0 {
				used++
			}
		}
		return used, nil
	})
	v, err := model.Validate(context.Background(), linear.Lasso{Alpha: 0.5}, dataset.Diabetes(), model.KFold{N: 5, Seed: 1}, features, model.LabelScorer(metrics.R2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("features %v\nR² %.2f\n", v.Scores[0], v.Scores[1])
	// Output:
	// features [4 4 4 4 4]
	// R² [0.38 0.46 0.41 0.42 0.47]
}

func ExampleLearningCurve() {
	points, err := model.LearningCurve(context.Background(), linear.Logistic{}, dataset.Iris(), model.KFold{N: 5, Seed: 1}, []float64{0.1, 0.3, 1}, 1, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range points {
		fmt.Printf("%3d samples: train %.2f, test %.2f\n", p.Samples, stat.Mean(p.Train, nil), stat.Mean(p.Test, nil))
	}
	// Output:
	// 12 samples: train 0.97, test 0.89
	//  36 samples: train 0.97, test 0.93
	// 120 samples: train 0.97, test 0.96
}

func ExampleValidationCurve() {
	depths := []int{1, 2, 4, 8}
	candidates := model.Grid(depths, func(d int) tree.Regressor { return tree.Regressor{MaxDepth: d} })
	points, err := model.ValidationCurve(context.Background(), candidates, dataset.Diabetes(), model.KFold{N: 5, Seed: 1}, metrics.R2)
	if err != nil {
		log.Fatal(err)
	}
	for i, p := range points {
		fmt.Printf("depth %d: train %.2f, test %.2f\n", depths[i], stat.Mean(p.Train, nil), stat.Mean(p.Test, nil))
	}
	// Output:
	// depth 1: train 0.29, test 0.23
	// depth 2: train 0.44, test 0.36
	// depth 4: train 0.60, test 0.29
	// depth 8: train 0.89, test 0.05
}

func ExampleGrid2() {
	candidates := model.Grid2([]float64{0.1, 1, 10}, []bool{false, true}, func(c float64, balanced bool) linear.Logistic {
		return linear.Logistic{C: c, Balanced: balanced}
	})
	fmt.Println(len(candidates), candidates[1].C, candidates[1].Balanced)
	// Output:
	// 6 0.1 true
}

func ExampleGrid3() {
	candidates := model.Grid3([]int{2, 4}, []int{1, 5}, []tree.Impurity{tree.Gini, tree.Entropy}, func(depth, leaf int, c tree.Impurity) tree.Classifier {
		return tree.Classifier{MaxDepth: depth, MinSamplesLeaf: leaf, Criterion: c}
	})
	fmt.Println(len(candidates))
	// Output:
	// 8
}

func ExampleRandom() {
	candidates := model.Random(20, 1, func(rng *rand.Rand) linear.Ridge {
		return linear.Ridge{Alpha: model.LogUniform(rng, 1e-3, 1e3)}
	})
	found, err := model.Search(context.Background(), candidates, dataset.Diabetes(), model.KFold{N: 5, Seed: 1}, metrics.R2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("R² %.3f, at an alpha below 0.1: %t\n", slices.Max(found.Mean), found.Best.Alpha < 0.1)
	// Output:
	// R² 0.484, at an alpha below 0.1: true
}

func ExampleSearchHalving() {
	digits := dataset.Digits()
	candidates := model.Grid2([]int{4, 8, 16}, []int{1, 4, 16}, func(depth, leaf int) tree.Classifier {
		return tree.Classifier{MaxDepth: depth, MinSamplesLeaf: leaf}
	})
	found, err := model.SearchHalving(context.Background(), candidates, digits, model.KFold{N: 3, Seed: 1}, metrics.Accuracy, model.Halving{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("samples that each was last judged by:", found.Samples)
	fmt.Println("the best: depth", found.Best.MaxDepth, "and leaves of at least", found.Best.MinSamplesLeaf)
	// Output:
	// samples that each was last judged by: [200 200 200 600 600 200 1797 200 200]
	// the best: depth 16 and leaves of at least 1
}

func ExamplePermutationImportance() {
	train, test := dataset.Iris().Split(0.75, 42)
	fit, err := linear.Logistic{}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	found, err := model.PermutationImportance(context.Background(), fit, test, 10, 1, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	for j, name := range test.Features {
		fmt.Printf("%-17s %.2f\n", name, found.Mean[j])
	}
	// Output:
	// sepal length (cm) 0.02
	// sepal width (cm)  0.00
	// petal length (cm) 0.59
	// petal width (cm)  0.15
}

func ExampleCalibrate() {
	ds, err := dataset.MakeClassification(dataset.ClassificationProblem{Samples: 4000, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	train, test := ds.Split(0.5, 1)
	forest := tree.ForestClassifier{Trees: 50, MaxDepth: 4}
	plain, err := forest.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	calibrated, err := model.Calibrate(forest).Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range []model.ProbabilityPredictor{plain, calibrated} {
		proba, err := m.PredictProba(test.X)
		if err != nil {
			log.Fatal(err)
		}
		score, err := metrics.Brier(test.Y, proba)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("Brier score %.3f\n", score)
	}
	// Output:
	// Brier score 0.105
	// Brier score 0.064
}

func ExampleChain() {
	prepared := model.Chain(preprocess.SimpleImputer{}, model.Chain(preprocess.PolynomialFeatures{}, preprocess.StandardScaler{}))
	fit, err := prepared.Fit(context.Background(), dataset.Iris().Unlabeled())
	if err != nil {
		log.Fatal(err)
	}
	x, err := fit.Transform(dataset.Iris().X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(x.Dims())
	// Output:
	// 150 15
}

func ExamplePipeSupervised() {
	// The features are chosen anew in each fold: the test part has no say in it.
	piped := model.PipeSupervised(preprocess.SelectKBest{K: 5}, linear.Logistic{})
	scores, err := model.CrossValidate(context.Background(), piped, dataset.Wine(), model.KFold{N: 5, Seed: 1}, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", scores)
	// Output:
	// [0.97 0.89 0.97 1.00 0.94]
}

func ExampleSaveFile() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "iris.model")

	iris := dataset.Iris()
	fit, err := tree.Classifier{MaxDepth: 3}.Fit(context.Background(), iris)
	if err != nil {
		log.Fatal(err)
	}
	if err := model.SaveFile(file, fit); err != nil {
		log.Fatal(err)
	}
	again, err := model.LoadFile[*tree.ClassifierModel](file)
	if err != nil {
		log.Fatal(err)
	}
	label, err := again.PredictRow([]float64{5.1, 3.5, 1.4, 0.2})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again.Classes[label])
	// Output:
	// setosa
}

// A program that takes any classifier loads it as what it needs of it.
func ExampleLoad() {
	fit, err := model.Pipe(preprocess.StandardScaler{}, linear.Logistic{}).Fit(context.Background(), dataset.Wine())
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if err := model.Save(&file, fit); err != nil {
		log.Fatal(err)
	}
	again, err := model.Load[model.ProbabilityPredictor](&file)
	if err != nil {
		log.Fatal(err)
	}
	proba, err := again.PredictProba(dataset.Wine().X)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", proba.RawRowView(0))
	// Output:
	// [1.00 0.00 0.00]
}
