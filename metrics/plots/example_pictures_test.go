package plots_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/dataset/preprocess"
	"github.com/sapwood-ml/sapwood/decomposition"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/metrics/plots"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
	"github.com/sapwood-ml/sapwood/tree"
)

// save draws a picture and says how large its file is in pixels. A program writes
//
//	err = plots.Save(p, 640, 480, "name.png")
func save(p *plot.Plot, err error) {
	if err != nil {
		log.Fatal(err)
	}
	img, err := plots.Image(p, 640, 480)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(img.Bounds().Size())
}

func ExampleSave() {
	p, err := plots.Scatter(dataset.Wine(), 0, 6)
	if err != nil {
		log.Fatal(err)
	}
	p.Title.Text = "Wine"
	file := filepath.Join(os.TempDir(), "wine.png")
	defer os.Remove(file)
	fmt.Println(plots.Save(p, 640, 480, file))
	// Output: <nil>
}

func ExampleImage() {
	p, err := plots.Scatter(dataset.Wine(), 0, 6)
	if err != nil {
		log.Fatal(err)
	}
	img, err := plots.Image(p, 320, 240) // to serve it, or to draw on it
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(img.Bounds().Size())
	// Output: (320,240)
}

// moons are two classes that no straight line divides.
func moons() *dataset.Classification {
	ds, err := dataset.MakeMoons(dataset.Moons{Samples: 200, Noise: 0.2, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	return ds
}

func ExampleDecisionRegions() {
	fit, err := tree.ForestClassifier{Trees: 20}.Fit(context.Background(), moons())
	if err != nil {
		log.Fatal(err)
	}
	save(plots.DecisionRegions(fit, moons(), 0, 1)) // shaded by the probabilities that the forest has
	// Output: (640,480)
}

func ExampleMark() {
	fit, err := svm.Classifier{C: 10}.Fit(context.Background(), moons())
	if err != nil {
		log.Fatal(err)
	}
	p, err := plots.DecisionRegions(fit, moons(), 0, 1)
	if err != nil {
		log.Fatal(err)
	}
	save(p, plots.Mark(p, "support vector", moons(), 0, 1, fit.Support...))
	// Output: (640,480)
}

func ExampleDecisionContours() {
	usual := moons().Unlabeled()
	fit, err := svm.OneClass{Nu: 0.1}.Fit(context.Background(), usual)
	if err != nil {
		log.Fatal(err)
	}
	inside, err := fit.Predict(usual.X)
	if err != nil {
		log.Fatal(err)
	}
	found := &dataset.Classification{X: usual.X, Y: inside, Schema: dataset.Schema{Classes: []string{"unusual", "usual"}}}
	save(plots.DecisionContours(fit, found, 0, 1))
	// Output: (640,480)
}

func ExamplePanels() {
	var panels []*plot.Plot
	for j := range 3 {
		p, err := plots.Scatter(dataset.Iris(), j, 3)
		if err != nil {
			log.Fatal(err)
		}
		p.Legend = plot.NewLegend() // it would take the room of the points
		panels = append(panels, p)
	}
	save(plots.Panels(3, panels...))
	// Output: (640,480)
}

func ExampleConfusion() {
	truth := []int{0, 0, 0, 1, 1, 2, 2}
	predicted := []int{0, 0, 1, 1, 1, 2, 1}
	m, err := metrics.Confusion(truth, predicted, "setosa", "versicolor", "virginica")
	if err != nil {
		log.Fatal(err)
	}
	save(plots.Confusion(m))
	// Output: (640,480)
}

// probabilities are those of class 1 for samples that a model has not seen.
func probabilities() (truth []int, probability []float64) {
	train, test := dataset.BreastCancer().Split(0.5, 1)
	fit, err := model.Pipe(preprocess.StandardScaler{}, linear.Logistic{C: 0.01}).Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	proba, err := fit.PredictProba(test.X)
	if err != nil {
		log.Fatal(err)
	}
	for i := range test.Y {
		probability = append(probability, proba.At(i, 1))
	}
	return test.Y, probability
}

func ExamplePrecisionRecall() {
	curve, err := metrics.PrecisionRecallCurve(probabilities())
	if err != nil {
		log.Fatal(err)
	}
	save(plots.PrecisionRecall([]string{"logistic"}, curve))
	// Output: (640,480)
}

func ExampleCalibration() {
	truth, probability := probabilities()
	curve, err := metrics.CalibrationCurve(truth, probability, 8)
	if err != nil {
		log.Fatal(err)
	}
	save(plots.Calibration([]string{"logistic"}, curve))
	// Output: (640,480)
}

// progression are true and predicted values of patients that a model has not seen.
func progression() (truth, predicted []float64) {
	train, test := dataset.Diabetes().Split(0.5, 1)
	fit, err := linear.Regression{}.Fit(context.Background(), train)
	if err != nil {
		log.Fatal(err)
	}
	if predicted, err = fit.Predict(test.X); err != nil {
		log.Fatal(err)
	}
	return test.Y, predicted
}

func ExamplePredictedActual() {
	save(plots.PredictedActual(progression()))
	// Output: (640,480)
}

func ExampleResiduals() {
	save(plots.Residuals(progression()))
	// Output: (640,480)
}

func ExampleCoefficientPaths() {
	ds := dataset.Diabetes()
	path, err := linear.Path{}.Fit(context.Background(), ds)
	if err != nil {
		log.Fatal(err)
	}
	save(plots.CoefficientPaths(path.Alphas, path.Coef, ds.Features))
	// Output: (640,480)
}

func ExampleImportances() {
	wine := dataset.Wine()
	fit, err := tree.ForestClassifier{}.Fit(context.Background(), wine)
	if err != nil {
		log.Fatal(err)
	}
	save(plots.Importances(wine.Features, fit.FeatureImportances(), 10))
	// Output: (640,480)
}

func ExampleLearningCurve() {
	points, err := model.LearningCurve(context.Background(), linear.Logistic{}, dataset.Iris(), model.KFold{N: 5, Seed: 1}, nil, 1, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	var sizes []int
	var train, test [][]float64
	for _, p := range points {
		sizes, train, test = append(sizes, p.Samples), append(train, p.Train), append(test, p.Test)
	}
	save(plots.LearningCurve(sizes, train, test))
	// Output: (640,480)
}

func ExampleValidationCurve() {
	alphas := []float64{0.001, 0.01, 0.1, 1, 10}
	candidates := model.Grid(alphas, func(a float64) linear.Ridge { return linear.Ridge{Alpha: a} })
	points, err := model.ValidationCurve(context.Background(), candidates, dataset.Diabetes(), model.KFold{N: 5, Seed: 1}, metrics.R2)
	if err != nil {
		log.Fatal(err)
	}
	var train, test [][]float64
	for _, p := range points {
		train, test = append(train, p.Train), append(test, p.Test)
	}
	save(plots.ValidationCurve("alpha", alphas, train, test))
	// Output: (640,480)
}

func ExampleScoreBoxes() {
	folds := model.RepeatedKFold{KFold: model.KFold{N: 5, Seed: 1}, Repeats: 2}
	simple, err := model.CrossValidate(context.Background(), linear.Logistic{}, dataset.Iris(), folds, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	grown, err := model.CrossValidate(context.Background(), tree.Classifier{}, dataset.Iris(), folds, metrics.Accuracy)
	if err != nil {
		log.Fatal(err)
	}
	save(plots.ScoreBoxes([]string{"logistic", "tree"}, simple, grown))
	// Output: (640,480)
}

// principalWine are the principal components of standardised wines.
func principalWine() (wine *dataset.Classification, pca *decomposition.PCAModel) {
	wine = dataset.Wine()
	scaler, err := preprocess.StandardScaler{}.Fit(context.Background(), wine.Unlabeled())
	if err != nil {
		log.Fatal(err)
	}
	if wine.X, err = scaler.Transform(wine.X); err != nil {
		log.Fatal(err)
	}
	if pca, err = (decomposition.PCA{}).Fit(context.Background(), wine.Unlabeled()); err != nil {
		log.Fatal(err)
	}
	return wine, pca
}

func ExampleComponents() {
	wine, pca := principalWine()
	projected, err := pca.Transform(wine.X)
	if err != nil {
		log.Fatal(err)
	}
	save(plots.Components(projected, pca.ExplainedVarianceRatio, wine.Y, wine.Classes))
	// Output: (640,480)
}

func ExampleBiplot() {
	wine, pca := principalWine()
	projected, err := pca.Transform(wine.X)
	if err != nil {
		log.Fatal(err)
	}
	save(plots.Biplot(projected, pca.Components, pca.ExplainedVarianceRatio, wine.Y, wine.Classes, wine.Features))
	// Output: (640,480)
}

func ExampleScree() {
	_, pca := principalWine()
	save(plots.Scree(pca.ExplainedVarianceRatio))
	// Output: (640,480)
}

func ExampleElbow() {
	clusters := []int{1, 2, 3, 4, 5, 6}
	var inertias []float64
	for _, k := range clusters {
		fit, err := cluster.KMeans{K: k}.Fit(context.Background(), dataset.Iris().Unlabeled())
		if err != nil {
			log.Fatal(err)
		}
		inertias = append(inertias, fit.Inertia)
	}
	save(plots.Elbow(clusters, inertias, "inertia"))
	// Output: (640,480)
}

func ExampleSilhouetteBars() {
	iris := dataset.Iris()
	fit, err := cluster.KMeans{K: 3}.Fit(context.Background(), iris.Unlabeled())
	if err != nil {
		log.Fatal(err)
	}
	widths, err := metrics.SilhouetteSamples(context.Background(), iris.X, fit.Labels)
	if err != nil {
		log.Fatal(err)
	}
	save(plots.SilhouetteBars(widths, fit.Labels))
	// Output: (640,480)
}
