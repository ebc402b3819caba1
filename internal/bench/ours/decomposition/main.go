// Command decomposition is our side of the workloads of package decomposition.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/work"
	"github.com/sapwood-ml/sapwood/internal/bench/work/decomposition"
)

func main() { work.Main(decomposition.Workloads) }
