package model_test

import (
	"context"
	"testing"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/decomposition"
	"github.com/sapwood-ml/sapwood/linear"
	"github.com/sapwood-ml/sapwood/metrics"
	"github.com/sapwood-ml/sapwood/model"
	"github.com/sapwood-ml/sapwood/svm"
	"github.com/sapwood-ml/sapwood/tree"
)

// fitOn is a fit of f without its model.
func fitOn[T dataset.Target, M any](f model.Fitter[T, M], ds *dataset.Dataset[T]) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := f.Fit(ctx, ds)
		return err
	}
}

// Every fit that can take long tells how far it has come: more than once, and up
// to the end where that is known.
func TestLongFitsReport(t *testing.T) {
	digits := dataset.Digits()
	cancer := dataset.BreastCancer()
	diabetes := dataset.Diabetes()
	few := model.KFold{N: 3}
	candidates := model.Grid([]int{1, 2, 3}, func(depth int) tree.Classifier { return tree.Classifier{MaxDepth: depth} })
	for task, fits := range map[string][]func(context.Context) error{
		"forest": {
			fitOn(tree.ForestClassifier{Trees: 10}, cancer), fitOn(tree.ForestRegressor{Trees: 10}, diabetes),
			fitOn(tree.ExtraTreesClassifier{Trees: 10}, cancer), fitOn(tree.ExtraTreesRegressor{Trees: 10}, diabetes),
		},
		"boosting":            {fitOn(tree.BoostingClassifier{Iterations: 300, EarlyStopping: 2}, cancer), fitOn(tree.BoostingRegressor{Iterations: 5}, diabetes)},
		"k-means":             {fitOn(cluster.KMeans{K: 10}, digits.Unlabeled())},
		"mini-batch k-means":  {fitOn(cluster.MiniBatchKMeans{K: 10}, digits.Unlabeled())},
		"Gaussian mixture":    {fitOn(cluster.GaussianMixture{K: 3}, cancer.Unlabeled())},
		"DBSCAN":              {fitOn(cluster.DBSCAN{Eps: 20}, digits.Unlabeled()), fitOn(cluster.DBSCAN{Eps: 1e-9}, digits.Unlabeled())},
		"incremental PCA":     {fitOn(decomposition.IncrementalPCA{}, digits.Unlabeled())},
		"logistic regression": {fitOn(linear.Logistic{}, digits), fitOn(linear.LogisticCV{Cs: []float64{1}, Folds: few}, digits)},
		"regularisation path": {fitOn(linear.LassoCV{Folds: few}, diabetes), fitOn(linear.ElasticNetCV{Folds: few}, diabetes)},
		"search": {func(ctx context.Context) error {
			_, err := model.Search(ctx, candidates, cancer, few, metrics.Accuracy)
			return err
		}},
		"cross-validation": {func(ctx context.Context) error {
			_, err := model.CrossValidate(ctx, candidates[0], cancer, few, metrics.Accuracy)
			return err
		}},
		"calibration":              {fitOn(model.Calibrate(candidates[0]), cancer)},
		"generalised linear model": {fitOn(linear.Poisson{}, diabetes)},
		"support vector machine": {
			fitOn(svm.Classifier{}, digits), fitOn(svm.Classifier{C: 1e4}, cancer), fitOn(svm.NuClassifier{Nu: 0.2}, cancer),
			fitOn(svm.Regressor{C: 100}, diabetes), fitOn(svm.NuRegressor{C: 100}, diabetes), fitOn(svm.OneClass{}, digits.Unlabeled()),
		},
		"linear support vector machine": {fitOn(svm.LinearClassifier{}, digits)},
	} {
		for i, fit := range fits {
			var reports []model.Progress
			ctx := model.WithProgress(context.Background(), func(p model.Progress) {
				if p.Task == task {
					reports = append(reports, p)
				}
			})
			if err := fit(ctx); err != nil {
				t.Fatal(err)
			}
			if len(reports) < 2 || len(reports) > 1000 {
				t.Errorf("%s %d: %d reports, %+v", task, i, len(reports), reports)
				continue
			}
			last := reports[len(reports)-1]
			if last.Done != last.Total && last.Total != 0 {
				t.Errorf("%s %d: the last report is %+v", task, i, last)
			}
		}
	}
}
