// Command program is our side of the workloads that are whole programs.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/work"
	"github.com/sapwood-ml/sapwood/internal/bench/work/program"
)

func main() { work.Main(program.Workloads) }
