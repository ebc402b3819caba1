package preprocess

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Unknown says what [OneHot] and [Ordinal] make of a value that is none of the
// categories of its feature: one that did not occur in the training samples, or
// an index beyond Levels, as [dataset.Schema.Row] gives to a name that is new.
type Unknown int

const (
	UnknownError      Unknown = iota // refuse it
	UnknownIgnored                   // OneHot makes all new features of its feature 0, Ordinal makes it missing
	UnknownInfrequent                // count it among the infrequent categories; where its feature has none, ignore it
)

// checkRare checks the parameters that concern rare and unknown categories.
func checkRare(minFrequency float64, maxCategories int, unknown Unknown) error {
	if !(minFrequency >= 0) || math.IsInf(minFrequency, 1) {
		return &model.ParamError{Field: "MinFrequency", Value: minFrequency, Want: "a share below 1 or a number of samples"}
	}
	if maxCategories < 0 {
		return &model.ParamError{Field: "MaxCategories", Value: maxCategories, Want: "at least 1, or 0 for no limit"}
	}
	if unknown < UnknownError || unknown > UnknownInfrequent {
		return &model.ParamError{Field: "Unknown", Value: unknown, Want: "UnknownError, UnknownIgnored or UnknownInfrequent"}
	}
	return nil
}

// categories finds the place of a value among the categories of a feature, of
// which the infrequent ones share the last.
type categories struct {
	sorted     []float64 // the values, without NaN
	places     []int     // per sorted value
	nan        int       // place of the missing value, or -1
	infrequent int       // place of the infrequent values, or -1
	values     []float64 // per place; NaN for the missing value and for the infrequent ones
}

// indexCategories returns the index of each feature's categories; that of a
// feature without any is empty.
func indexCategories(ctx context.Context, all, infrequent [][]float64) ([]categories, error) {
	if len(all) == 0 || infrequent != nil && len(infrequent) != len(all) {
		return nil, errLengths
	}
	index := make([]categories, len(all))
	for j, values := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var rare []float64
		if infrequent != nil {
			rare = infrequent[j]
		}
		var err error
		if index[j], err = newCategories(values, rare); err != nil {
			return nil, fmt.Errorf("feature %d: %w", j, err)
		}
	}
	return index, nil
}

// newCategories returns the index of distinct values, of which one may be NaN and
// some are infrequent.
func newCategories(values, infrequent []float64) (categories, error) {
	c := categories{nan: -1, infrequent: -1}
	rare := make(map[float64]bool, len(infrequent))
	rareNaN := false
	for _, v := range infrequent {
		rare[v] = true
		rareNaN = rareNaN || v != v
	}
	c.values = make([]float64, 0, len(values))
	if len(infrequent) > 0 {
		c.infrequent = len(values) - len(infrequent)
	}
	place := make([]int, len(values))
	order := make([]int, 0, len(values))
	for i, v := range values {
		place[i] = len(c.values)
		if rare[v] || v != v && rareNaN {
			place[i] = c.infrequent
		} else {
			c.values = append(c.values, v)
		}
		if v != v && c.nan < 0 {
			c.nan = place[i]
			continue
		}
		order = append(order, i)
	}
	if c.infrequent >= 0 {
		if len(c.values) != c.infrequent {
			return c, fmt.Errorf("%d of %d categories are infrequent, %d are not", len(infrequent), len(values), len(c.values))
		}
		c.values = append(c.values, math.NaN())
	}
	sort.Slice(order, func(a, b int) bool { return values[order[a]] < values[order[b]] })
	for i, at := range order {
		v := values[at]
		if v != v || i > 0 && !(c.sorted[i-1] < v) {
			return c, fmt.Errorf("the category %v occurs twice", v)
		}
		c.sorted = append(c.sorted, v)
		c.places = append(c.places, place[at])
	}
	return c, nil
}

// place returns the place of a value, or -1 if it has none.
func (c *categories) place(v float64, unknown Unknown) int {
	place := c.find(v)
	if place < 0 && unknown == UnknownInfrequent {
		return c.infrequent
	}
	return place
}

// find returns the place of a category, or -1.
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

// learnInfrequent returns per feature those of its categories that are infrequent,
// or nil where no feature can have any.
func learnInfrequent(ctx context.Context, ds *dataset.Unlabeled, learnt [][]float64, minFrequency float64, maxCategories int) ([][]float64, error) {
	if minFrequency == 0 && maxCategories == 0 {
		return nil, nil
	}
	n := ds.Len()
	infrequent := make([][]float64, len(learnt))
	for j, values := range learnt {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		index, err := newCategories(values, nil)
		if err != nil {
			return nil, err
		}
		counts, total := make([]float64, len(values)), 0.0
		for i := range n {
			w := ds.Weight(i)
			total += w
			if place := index.find(ds.X.At(i, j)); place >= 0 {
				counts[place] += w
			}
		}
		least := minFrequency
		if least < 1 {
			least *= total
		}
		for _, place := range rarest(counts, least, maxCategories) {
			infrequent[j] = append(infrequent[j], values[place])
		}
	}
	return infrequent, nil
}

// rarest returns, in ascending order, the places of the counts below least, and
// of the smallest beyond these, so that together they and the others are most,
// if that is not 0. Of equal counts the first ones go first.
func rarest(counts []float64, least float64, most int) []int {
	order := make([]int, len(counts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(counts[a], counts[b]) })
	rare := 0
	for rare < len(order) && counts[order[rare]] < least {
		rare++
	}
	if left := len(order) - rare; most > 0 && left+min(rare, 1) > most {
		rare = len(order) - (most - 1)
	}
	slices.Sort(order[:rare])
	return order[:rare]
}

// categoryName names a category of feature j.
func categoryName(s dataset.Schema, j int, v float64) string {
	if v != v {
		return "missing"
	}
	if s.Levels != nil && v == math.Trunc(v) && v >= 0 && v < float64(len(s.Levels[j])) {
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
