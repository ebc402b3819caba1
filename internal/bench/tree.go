package main

import "github.com/sapwood-ml/sapwood/tree"

// Scores of trees and forests may be half a point worse.
var accuracy = Quality{Name: "test accuracy", Higher: true, Tolerance: 0.005, Absolute: true}

var determination = Quality{Name: "test R²", Higher: true, Tolerance: 0.005, Absolute: true}

var treeWorkloads = []*Workload{
	{
		Name: "tree-100kx20", Data: "classification-100kx20", Settings: "Gini, to purity", Kind: "tree", Quality: accuracy,
		Peers: []Peer{{Name: "sklearn", Target: 15}, {Name: "linfa", Target: 20}},
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
		Name: "row-tree", Data: "classification-100kx20", Settings: "one row at a time", Kind: "tree_row",
		Params: map[string]any{"rows": 1000}, Quality: accuracy,
		Peers: []Peer{{Name: "sklearn", Target: 200}},
		Ours:  func(d *Data) Job { return rowByRow(d, 0, 1000, tree.Classifier{}) },
		Judge: judgeAccuracy("y_test"),
	},
}
