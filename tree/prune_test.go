package tree_test

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/tree"
)

func TestPruningPathEqualsScikitLearn(t *testing.T) {
	type goldenPath struct {
		goldenTree
		Alphas, Impurities []float64
	}
	for _, golden := range readGolden[[]goldenPath](t, "testdata/pruning.json") {
		t.Run(golden.Set, func(t *testing.T) {
			ctx := context.Background()
			p := golden.Params
			var path []tree.PruningStep
			if golden.Set == "diabetes" {
				fit, err := tree.Regressor{MinSamplesLeaf: p.MinSamplesLeaf, MaxLeaves: p.MaxLeaves}.Fit(ctx, dataset.Diabetes())
				if err != nil {
					t.Fatal(err)
				}
				path = fit.PruningPath()
			} else {
				fit, err := tree.Classifier{MinSamplesLeaf: p.MinSamplesLeaf, MaxLeaves: p.MaxLeaves}.Fit(ctx, classificationSets[golden.Set]())
				if err != nil {
					t.Fatal(err)
				}
				path = fit.PruningPath()
			}
			// There, subtrees that collapse at one alpha do so one after the other.
			i := 0
			for k, alpha := range golden.Alphas {
				if k+1 < len(golden.Alphas) && k > 0 && math.Abs(golden.Alphas[k+1]-alpha) < 1e-10*max(alpha, 1) {
					continue
				}
				for i+1 < len(path) && i > 0 && math.Abs(path[i+1].Alpha-path[i].Alpha) < 1e-10*max(alpha, 1) {
					i++
				}
				if i == len(path) {
					t.Fatalf("the path has %d steps, want more", i)
				}
				if a := path[i].Alpha; math.Abs(a-alpha) > 1e-10*max(alpha, 1) {
					t.Errorf("step %d: alpha %v, want %v", k, a, alpha)
				}
				if a, b := path[i].Impurity, golden.Impurities[k]; math.Abs(a-b) > 1e-10*max(b, 1) {
					t.Errorf("step %d: impurity %v, want %v", k, a, b)
				}
				i++
			}
			if i != len(path) || path[i-1].Leaves != 1 {
				t.Errorf("%d of %d steps compared, %d leaves in the end", i, len(path), path[len(path)-1].Leaves)
			}
		})
	}
}

// Pruning at each alpha of the path, and between two of them, gives the tree that
// the path promises.
func TestPruningFollowsThePath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ds := drawClasses(t, drawTable(t, false))
		full, err := tree.Classifier{}.Fit(context.Background(), ds)
		if err != nil {
			t.Fatal(err)
		}
		path := full.PruningPath()
		for i, step := range path {
			alphas := []float64{step.Alpha}
			if i+1 < len(path) && path[i+1].Alpha > step.Alpha*(1+1e-9) {
				alphas = append(alphas, step.Alpha/2+path[i+1].Alpha/2)
			}
			for _, alpha := range alphas {
				if alpha == 0 {
					continue // means no pruning
				}
				pruned, err := tree.Classifier{CCPAlpha: alpha}.Fit(context.Background(), ds)
				if err != nil {
					t.Fatal(err)
				}
				if pruned.Leaves() != step.Leaves {
					t.Fatalf("alpha %v leaves %d leaves, want %d", alpha, pruned.Leaves(), step.Leaves)
				}
			}
		}
	})
}

func TestPruningADeepChain(t *testing.T) {
	if race.Enabled {
		t.Skip("ten times slower, and the conformance suite shows the races")
	}
	fit, err := tree.Classifier{}.Fit(context.Background(), chain(5_000))
	if err != nil {
		t.Fatal(err)
	}
	path := fit.PruningPath()
	if last := path[len(path)-1]; last.Leaves != 1 || math.Abs(last.Impurity-0.5) > 1e-12 {
		t.Errorf("the path ends at %+v, want the root of impurity 0.5", last)
	}
}
