// Command linear is our side of the workloads of package linear.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/work"
	"github.com/sapwood-ml/sapwood/internal/bench/work/linear"
)

func main() { work.Main(linear.Workloads) }
