package tree_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/tree"
)

// Targets whose squares overflow would make gains and importances NaN.
func TestHugeTargets(t *testing.T) {
	ctx := context.Background()
	x := mat.NewDense(4, 1, []float64{1, 2, 3, 4})
	for _, huge := range []float64{1e300, -1e300} {
		ds := &dataset.Regression{X: x, Y: []float64{1, 2, huge, 4}}
		_, single := tree.Regressor{}.Fit(ctx, ds)
		_, forest := tree.ForestRegressor{Trees: 2}.Fit(ctx, ds)
		_, boosting := tree.BoostingRegressor{Iterations: 2}.Fit(ctx, ds)
		for name, err := range map[string]error{"tree": single, "forest": forest, "boosting": boosting} {
			if !errors.Is(err, dataset.ErrNotFinite) || !strings.Contains(err.Error(), "row 2") {
				t.Errorf("%s: %v, want ErrNotFinite with the row", name, err)
			}
		}
	}
}
