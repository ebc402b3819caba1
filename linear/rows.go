package linear

import (
	"fmt"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
)

// errPrediction is about a row whose products with the coefficients, or their sum, are
// beyond the largest float64.
var errPrediction = fmt.Errorf("%w: the prediction overflows; scale the data", dataset.ErrNotFinite)

// rowsInParallel calls body for each of n rows of the given width. The first for which
// it reports false is an error.
func rowsInParallel(n, width int, body func(i int) (ok bool)) error {
	bad := parallel.First(n, rowChunk(n, width), func(lo, hi int) int {
		for i := lo; i < hi; i++ {
			if !body(i) {
				return i
			}
		}
		return -1
	})
	if bad >= 0 {
		return fmt.Errorf("row %d: %w", bad, errPrediction)
	}
	return nil
}

func finite(v float64) bool { return v-v == 0 }
