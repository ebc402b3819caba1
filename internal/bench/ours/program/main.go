// Command program is our side of the workloads that are whole programs.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/internal/bench/task/program"
)

func main() { task.Main(program.Workloads) }
