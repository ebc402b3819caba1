// Command svm is our side of the workloads of package svm.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/internal/bench/task/svm"
)

func main() { task.Main(svm.Workloads) }
