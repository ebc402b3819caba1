// Command tree is our side of the workloads of package tree.
package main

import (
	"github.com/sapwood-ml/sapwood/internal/bench/work"
	"github.com/sapwood-ml/sapwood/internal/bench/work/tree"
)

func main() { work.Main(tree.Workloads) }
