// Command decomposition is our side of the workloads of package decomposition.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/internal/bench/task/decomposition"
)

func main() { task.Main(decomposition.Workloads) }
