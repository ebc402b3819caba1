// Command tree is our side of the workloads of package tree.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/internal/bench/task/tree"
)

func main() { task.Main(tree.Workloads) }
