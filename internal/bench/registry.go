package main

import (
	"slices"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/internal/bench/task/blas"
	"github.com/sapwood-ml/sapwood/internal/bench/task/cluster"
	"github.com/sapwood-ml/sapwood/internal/bench/task/decomposition"
	"github.com/sapwood-ml/sapwood/internal/bench/task/linear"
	"github.com/sapwood-ml/sapwood/internal/bench/task/program"
	"github.com/sapwood-ml/sapwood/internal/bench/task/svm"
	"github.com/sapwood-ml/sapwood/internal/bench/task/tree"
)

// A family is the workloads that one program of internal/bench/ours does.
type family struct {
	program   string
	workloads []*task.Workload
}

// families is the registry, in the order of the output.
var families = []family{
	{"blas", blas.Workloads},
	{"linear", linear.Workloads},
	{"svm", svm.Workloads},
	{"tree", tree.Workloads},
	{"cluster", cluster.Workloads},
	{"decomposition", decomposition.Workloads},
	{"program", program.Workloads},
}

// workloads are those of all families.
var workloads = func() (all []*task.Workload) {
	for _, f := range families {
		all = append(all, f.workloads...)
	}
	return all
}()

// programOf returns the program that does the workload of that name.
func programOf(workload string) string {
	for _, f := range families {
		if slices.ContainsFunc(f.workloads, func(w *task.Workload) bool { return w.Name == workload }) {
			return f.program
		}
	}
	return ""
}

// peerNames are the peers there are.
var peerNames = []string{"sklearn", "intelex", "linfa", "smartcore", "lightgbm", "xgboost", "libsvm", "liblinear", "openblas"}
