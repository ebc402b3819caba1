package linear

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// The resident memory of a fit peaks at no more than 1.2 times the data above the
// data, whether the normal equations are solved or, for collinear features, the data
// are factorised. A peak belongs to a process: each fit has one of its own. It is
// measured where SAPWOOD_LARGE_TESTS is set and the system tells, as Linux does.
func TestRegressionPeak(t *testing.T) {
	const n, p, data = 200_000, 100, 8 * 200_000 * 100
	const variable = "SAPWOOD_PEAK_OF"
	if features := os.Getenv(variable); features != "" {
		ds, _ := linearTargets(n, p, 1, 1)
		rank := p
		if features == "collinear" {
			rank--
			for i := range n {
				ds.X.Set(i, 7, ds.X.At(i, 3)-ds.X.At(i, 5))
			}
		}
		if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
			t.Skip(err) // the peak cannot be set back to the present
		}
		before := residentPeak(t)
		fit, err := Regression{}.Fit(context.Background(), ds)
		if err != nil || fit.Rank != rank {
			t.Fatal(fit, err)
		}
		if above := (residentPeak(t) - before) / data; above > 1.2 {
			t.Errorf("%.2f times the data above the data", above)
		} else {
			fmt.Printf("%.2f times the data above the data\n", above)
		}
		return
	}
	if os.Getenv("SAPWOOD_LARGE_TESTS") == "" {
		t.Skip("SAPWOOD_LARGE_TESTS is not set")
	}
	for _, features := range []string{"independent", "collinear"} {
		c := exec.Command(os.Args[0], "-test.run", "^TestRegressionPeak$", "-test.v")
		c.Env = append(os.Environ(), variable+"="+features)
		out, err := c.CombinedOutput()
		t.Logf("%s: %s", features, out)
		if err != nil {
			t.Errorf("%s: %v", features, err)
		}
	}
}

// residentPeak returns the greatest resident memory of the process, in bytes.
func residentPeak(t *testing.T) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib * 1024
		}
	}
	t.Skip("the system does not tell")
	return 0
}
