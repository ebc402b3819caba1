// Package tree has the workloads of package tree.
package tree

import (
	"slices"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/tree"
)

var determination = task.Quality{Name: "test R²", Higher: true, Tolerance: 0.005, Absolute: true}

// Workloads are those of package tree.
var Workloads = slices.Concat(trees, boosting)

var trees = []*task.Workload{
	{
		Name: "tree-100kx20", Data: "classification-100kx20", Settings: "Gini, to purity", Kind: "tree", Quality: task.Accuracy,
		Peers: []task.Peer{{Name: "sklearn", Target: 15}, {Name: "linfa", Target: 20}, {Name: "smartcore"}},
		Ours:  func(d *task.Data) task.Job { return task.Learning(d, d.Ints("y"), tree.Classifier{}) },
		Judge: task.JudgeAccuracy("y_test"),
	},
	{
		Name: "tree-reg-100kx20", Data: "regression-100kx20", Settings: "squared error, to purity", Kind: "tree_regression", Quality: determination,
		Peers: []task.Peer{{Name: "sklearn", Target: 15}, {Name: "linfa", Target: 20, Missing: "it has no regression trees"}},
		Ours:  func(d *task.Data) task.Job { return task.Learning(d, d.Floats("y"), tree.Regressor{}) },
		Judge: task.JudgeR2,
	},
	{
		Name: "forest-50kx20", Data: "classification-50kx20", Settings: "100 trees, sqrt features", Kind: "forest",
		Params: map[string]any{"trees": 100}, Quality: task.Accuracy,
		Peers: []task.Peer{{Name: "sklearn", Target: 6}},
		Ours:  func(d *task.Data) task.Job { return task.Learning(d, d.Ints("y"), tree.ForestClassifier{Trees: 100}) },
		Judge: task.JudgeAccuracy("y_test"),
	},
	{
		Name: "row-tree", Data: "classification-100kx20", Settings: "one row at a time", Kind: "tree_row",
		Params: map[string]any{"rows": 1000}, Quality: task.Accuracy,
		Peers: []task.Peer{{Name: "sklearn", Target: 200}},
		Ours:  func(d *task.Data) task.Job { return task.RowByRow(d, 0, 1000, tree.Classifier{}) },
		Judge: task.JudgeAccuracy("y_test"),
	},
	{
		Name: "row-forest100", Data: "classification-50kx20", Settings: "100 trees, one row at a time", Kind: "forest_row",
		Params: map[string]any{"trees": 100, "train": 50_000, "rows": 50}, Quality: task.Accuracy,
		Peers: []task.Peer{{Name: "sklearn", Target: 400}},
		Ours:  func(d *task.Data) task.Job { return task.RowByRow(d, 0, 5000, tree.ForestClassifier{Trees: 100}) },
		Judge: task.JudgeAccuracy("y_test"),
	},
	{
		Name: "batch-forest", Data: "classification-100kx20", Settings: "100 trees on 50,000 rows, predicts 100,000", Kind: "forest_batch",
		Params: map[string]any{"trees": 100, "train": 50_000}, Quality: task.Accuracy,
		Peers: []task.Peer{{Name: "sklearn", Target: 2}},
		Ours:  func(d *task.Data) task.Job { return task.Predicting(d, 50_000, tree.ForestClassifier{Trees: 100}) },
		Judge: task.JudgeAccuracy("y"),
	},
}
