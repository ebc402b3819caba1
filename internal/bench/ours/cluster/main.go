// Command cluster is our side of the workloads of package cluster.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/work"
	"github.com/sapwood-ml/sapwood/internal/bench/work/cluster"
)

func main() { work.Main(cluster.Workloads) }
