// Command cluster is our side of the workloads of package cluster.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/internal/bench/task/cluster"
)

func main() { task.Main(cluster.Workloads) }
