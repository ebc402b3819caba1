package main

import "github.com/sapwood-ml/sapwood/tree"

// Scores of trees and forests may be half a point worse.
var accuracy = Quality{Name: "test accuracy", Higher: true, Tolerance: 0.005, Absolute: true}

var determination = Quality{Name: "test R²", Higher: true, Tolerance: 0.005, Absolute: true}

var treeWorkloads = []*Workload{
	{
		Name: "tree-100kx20", Data: "classification-100kx20", Settings: "Gini, to purity", Kind: "tree", Quality: accuracy,
		Peers: []Peer{{Name: "sklearn", Target: 15}, {Name: "linfa", Target: 20}, {Name: "smartcore"}},
		Ours:  func(d *Data) Job { return learning(d, d.Ints("y"), tree.Classifier{}) },
		Judge: judgeAccuracy("y_test"),
	},
	{
		Name: "tree-reg-100kx20", Data: "regression-100kx20", Settings: "squared error, to purity", Kind: "tree_regression", Quality: determination,
		Peers: []Peer{{Name: "sklearn", Target: 15}, {Name: "linfa", Target: 20, Missing: "it has no regression trees"}},
		Ours:  func(d *Data) Job { return learning(d, d.Floats("y"), tree.Regressor{}) },
		Judge: judgeR2,
	},
	{
		Name: "forest-50kx20", Data: "classification-50kx20", Settings: "100 trees, sqrt features", Kind: "forest",
		Params: map[string]any{"trees": 100}, Quality: accuracy,
		Peers: []Peer{{Name: "sklearn", Target: 6}},
		Ours:  func(d *Data) Job { return learning(d, d.Ints("y"), tree.ForestClassifier{Trees: 100}) },
		Judge: judgeAccuracy("y_test"),
	},
	{
		Name: "row-tree", Data: "classification-100kx20", Settings: "one row at a time", Kind: "tree_row",
		Params: map[string]any{"rows": 1000}, Quality: accuracy,
		Peers: []Peer{{Name: "sklearn", Target: 200}},
		Ours:  func(d *Data) Job { return rowByRow(d, 0, 1000, tree.Classifier{}) },
		Judge: judgeAccuracy("y_test"),
	},
	{
		Name: "row-forest100", Data: "classification-50kx20", Settings: "100 trees, one row at a time", Kind: "forest_row",
		Params: map[string]any{"trees": 100, "train": 50_000, "rows": 50}, Quality: accuracy,
		Peers: []Peer{{Name: "sklearn", Target: 400}},
		Ours:  func(d *Data) Job { return rowByRow(d, 0, 5000, tree.ForestClassifier{Trees: 100}) },
		Judge: judgeAccuracy("y_test"),
	},
	{
		Name: "batch-forest", Data: "classification-100kx20", Settings: "100 trees on 50,000 rows, predicts 100,000", Kind: "forest_batch",
		Params: map[string]any{"trees": 100, "train": 50_000}, Quality: accuracy,
		Peers: []Peer{{Name: "sklearn", Target: 2}},
		Ours:  func(d *Data) Job { return predicting(d, 50_000, tree.ForestClassifier{Trees: 100}) },
		Judge: judgeAccuracy("y"),
	},
}
