// Command blas is our side of the workloads of BLAS and LAPACK.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/work"
	"github.com/sapwood-ml/sapwood/internal/bench/work/blas"
)

func main() { work.Main(blas.Workloads) }
