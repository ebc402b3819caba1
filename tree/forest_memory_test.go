package tree_test

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/tree"
)

// A forest on 1,000,000 rows of 50 features needs less than three times the memory
// of the data, these included: if SAPWOOD_LARGE_TESTS is set, where Linux tells.
func TestForestMemory(t *testing.T) {
	if os.Getenv("SAPWOOD_LARGE_TESTS") == "" {
		t.Skip("SAPWOOD_LARGE_TESTS is not set: needs over a gigabyte and a minute")
	}
	const n, p = 1_000_000, 50
	rng := rand.New(rand.NewPCG(1, 1))
	ds := &dataset.Classification{X: mat.NewDense(n, p, nil), Y: make([]int, n)}
	for i := range n {
		row := ds.X.RawRowView(i)
		for j := range row {
			row[j] = rng.NormFloat64()
		}
		if row[0]+row[1]*row[2]+rng.NormFloat64()/2 > 0 {
			ds.Y[i] = 1
		}
	}
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Skip("the peak cannot be reset:", err)
	}
	before := peakMemory(t)
	m, err := tree.ForestClassifier{Trees: 10}.Fit(context.Background(), ds)
	if err != nil {
		t.Fatal(err)
	}
	ratio := float64(peakMemory(t)) / (n * p * 8)
	t.Logf("peak of %.2f times the data, %.2f before, %d trees", ratio, float64(before)/(n*p*8), m.Trees())
	if ratio >= 3 {
		t.Errorf("the peak is %.2f times the data", ratio)
	}
}

// peakMemory is the largest number of bytes that were resident since the peak was reset.
func peakMemory(t *testing.T) int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("the peak is not known:", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kB, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kB << 10
		}
	}
	t.Skip("the peak is not known")
	return 0
}
