// Command blas is our side of the workloads of BLAS and LAPACK.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/internal/bench/task/blas"
)

func main() { task.Main(blas.Workloads) }
