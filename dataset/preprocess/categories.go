package preprocess

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/sapwood-ml/sapwood/dataset"
)

// categories finds the place of a value among the categories of a feature.
type categories struct {
	sorted []float64 // without NaN
	places []int     // per sorted value
	nan    int       // place of the missing value, or -1
	count  int
}

// newCategories returns the index of distinct values, of which one may be NaN.
func newCategories(values []float64) (categories, error) {
	c := categories{nan: -1, count: len(values)}
	order := make([]int, 0, len(values))
	for place, v := range values {
		if math.IsNaN(v) && c.nan < 0 {
			c.nan = place
			continue
		}
		order = append(order, place)
	}
	sort.Slice(order, func(a, b int) bool { return values[order[a]] < values[order[b]] })
	for i, place := range order {
		v := values[place]
		if math.IsNaN(v) || i > 0 && !(c.sorted[i-1] < v) {
			return c, fmt.Errorf("the category %v occurs twice", v)
		}
		c.sorted = append(c.sorted, v)
		c.places = append(c.places, place)
	}
	return c, nil
}

// find returns the place of a value, or -1.
func (c *categories) find(v float64) int {
	if v != v {
		return c.nan
	}
	// Most categories are level indices 0, 1, …
	if i := int(v); v >= 0 && v < float64(len(c.sorted)) && c.sorted[i] == v {
		return c.places[i]
	}
	if i, ok := slices.BinarySearch(c.sorted, v); ok {
		return c.places[i]
	}
	return -1
}

// learnCategories returns per feature the categories that are to be encoded: the
// level indices of a categorical feature, whether they occur or not, and if all
// is set the distinct values of the others; nil for a feature that is passed on
// as it is. A value that is missing in the samples is the last category.
func learnCategories(ctx context.Context, ds *dataset.Unlabeled, all bool) ([][]float64, error) {
	n, p := ds.Dims()
	learnt := make([][]float64, p)
	for j := range p {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var values []float64
		switch {
		case ds.Levels != nil && ds.Levels[j] != nil:
			for k := range ds.Levels[j] {
				values = append(values, float64(k))
			}
			for i := range n {
				if x := ds.X.At(i, j); x == x && (x < 0 || x >= float64(len(values)) || x != math.Trunc(x)) {
					return nil, fmt.Errorf("%w: row %d, %s is %v, which is none of its %d levels", dataset.ErrShape, i, columnName(ds.Schema, j), x, len(values))
				}
			}
		case all:
			values, _ = columnSample(ds, j).distinct()
		default:
			continue
		}
		for i := range n {
			if math.IsNaN(ds.X.At(i, j)) && ds.Weight(i) > 0 {
				values = append(values, math.NaN())
				break
			}
		}
		if len(values) == 0 {
			return nil, noValue(ds, j)
		}
		learnt[j] = values
	}
	return learnt, nil
}

// categoryName names a category of feature j.
func categoryName(s dataset.Schema, j int, v float64) string {
	if v != v {
		return "missing"
	}
	if s.Levels != nil && s.Levels[j] != nil && v < float64(len(s.Levels[j])) {
		return s.Levels[j][int(v)]
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// featureName names feature j: x0, x1, … where it has no name.
func featureName(s dataset.Schema, j int) string {
	if s.Features == nil {
		return "x" + strconv.Itoa(j)
	}
	return s.Features[j]
}

// unknownCategory is the error that a value is no category of its feature.
func unknownCategory(s dataset.Schema, j int, v float64) error {
	return fmt.Errorf("%w: %s is %s, which did not occur in the training data", dataset.ErrShape, columnName(s, j), categoryName(s, j, v))
}
