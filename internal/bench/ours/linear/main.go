// Command linear is our side of the workloads of package linear.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/internal/bench/task/linear"
)

func main() { task.Main(linear.Workloads) }
