// Command svm is our side of the workloads of package svm.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/work"
	"github.com/sapwood-ml/sapwood/internal/bench/work/svm"
)

func main() { work.Main(svm.Workloads) }
