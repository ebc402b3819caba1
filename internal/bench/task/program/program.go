// Package program has the workloads that are whole programs.
package program

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
)

// Workloads are those of whole programs.
var Workloads = []*task.Workload{
	{
		Name: "iris-whole-process", Settings: "examples/iris built, without plots: start to exit", Kind: "program",
		Params:  map[string]any{"name": "iris"},
		Quality: task.Quality{Name: "best cross-validated accuracy", Higher: true, Tolerance: 0.02, Absolute: true},
		Peers:   []task.Peer{{Name: "sklearn", Target: 15}},
		Ours:    func(*task.Data) task.Job { return program("github.com/sapwood-ml/sapwood/examples/iris") },
		Judge:   func(_ *task.Data, r task.Result) float64 { return r["accuracy"][0] },
	},
}

// program is the job of running a command of this module, which is first built with the
// tags of this program.
func program(path string) task.Job {
	dir, err := os.MkdirTemp("", "sapwood-bench")
	if err != nil {
		return task.Fail(err)
	}
	binary := filepath.Join(dir, filepath.Base(path))
	if out, err := exec.Command("go", "build", "-tags", buildTags(), "-o", binary, path).CombinedOutput(); err != nil {
		return task.Fail(fmt.Errorf("building %s: %w: %s", path, err, out))
	}
	var last []byte
	peak := 0.0
	return task.Job{
		Run: func() (err error) {
			cmd := exec.Command(binary)
			last, err = cmd.Output()
			peak = max(peak, peakMB(cmd.ProcessState))
			return err
		},
		PeakMB: func() float64 { return peak },
		Result: func() task.Result { return task.Result{"accuracy": {bestAccuracy(string(last))}} },
	}
}

// buildTags returns what this program was built with.
func buildTags() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-tags" {
				return s.Value
			}
		}
	}
	return ""
}

// meanAndDeviation is what the program prints of each classifier.
var meanAndDeviation = regexp.MustCompile(`(?m)([01]\.\d+)\s+0\.\d+\s+\S+s\s*$`)

// bestAccuracy returns the greatest mean accuracy in the output of examples/iris.
func bestAccuracy(output string) float64 {
	best := 0.0
	for _, match := range meanAndDeviation.FindAllStringSubmatch(output, -1) {
		if mean, err := strconv.ParseFloat(match[1], 64); err == nil {
			best = max(best, mean)
		}
	}
	return best
}
