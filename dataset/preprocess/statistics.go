package preprocess

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/floats"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
)

var errLengths = errors.New("the lengths of its parts differ")

// check is what every Fit begins with.
func check[T dataset.Target](ctx context.Context, ds *dataset.Dataset[T]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return ds.ValidateMissing()
}

// noValue is the error that a feature has no value to learn from.
func noValue[T dataset.Target](ds *dataset.Dataset[T], j int) error {
	return fmt.Errorf("%w: %s has only missing values", dataset.ErrEmpty, columnName(ds.Schema, j))
}

// columnName names a feature in an error.
func columnName(s dataset.Schema, j int) string {
	if j < len(s.Features) {
		return fmt.Sprintf("column %d (%s)", j, s.Features[j])
	}
	return fmt.Sprintf("column %d", j)
}

// meanVariance returns the weighted mean and variance of each feature, and
// whether it is constant up to rounding.
func meanVariance(ctx context.Context, ds *dataset.Unlabeled) (mean, variance []float64, constant []bool, err error) {
	n, p := ds.Dims()
	// The sums of the weights and of term(j, x), weighted, over the values of each
	// feature, and their number.
	sums := func(term func(j int, x float64) float64) ([]float64, error) {
		return parallel.Reduce(ctx, n, rowChunk(p), func(lo, hi int) []float64 {
			s := make([]float64, 3*p)
			for i := lo; i < hi; i++ {
				w := ds.Weight(i)
				if w == 0 {
					continue
				}
				for j, x := range ds.X.RawRowView(i) {
					if x == x {
						s[j] += w
						s[p+j] += float64(w * term(j, x))
						s[2*p+j]++
					}
				}
			}
			return s
		}, func(into, from []float64) []float64 {
			floats.Add(into, from)
			return into
		})
	}
	first, err := sums(func(_ int, x float64) float64 { return x })
	if err != nil {
		return nil, nil, nil, err
	}
	mean, variance, constant = make([]float64, p), make([]float64, p), make([]bool, p)
	for j := range p {
		if first[j] == 0 {
			return nil, nil, nil, noValue(ds, j)
		}
		mean[j] = first[p+j] / first[j]
	}
	// The first moment about the mean is what rounding has left of it.
	rest, err := sums(func(j int, x float64) float64 { return x - mean[j] })
	if err != nil {
		return nil, nil, nil, err
	}
	for j := range p {
		mean[j] += rest[p+j] / rest[j]
	}
	second, err := sums(func(j int, x float64) float64 { return (x - mean[j]) * (x - mean[j]) })
	if err != nil {
		return nil, nil, nil, err
	}
	const eps = 0x1p-52
	for j := range p {
		variance[j] = second[p+j] / second[j]
		if math.IsInf(variance[j], 0) || math.IsNaN(variance[j]) {
			return nil, nil, nil, fmt.Errorf("%w: the variance of column %d overflows", dataset.ErrNotFinite, j)
		}
		count := second[2*p+j]
		noise := count * mean[j] * eps
		constant[j] = variance[j] <= count*eps*variance[j]+noise*noise
	}
	return mean, variance, constant, nil
}

// sample is the values of a feature in ascending order, without missing ones.
// Where samples have weights, before[i] is the weight of those before value i,
// and a weight of w counts as w copies; see [weightUnit] for weights below one.
type sample struct {
	values []float64
	before []float64 // one longer than values; nil if all weights are one
}

// eachColumn calls f with the values of each feature, in parallel. It is an error
// if one has none.
func eachColumn[T dataset.Target](ctx context.Context, ds *dataset.Dataset[T], f func(j int, s sample)) error {
	_, p := ds.Dims()
	empty := make([]bool, p)
	if err := parallel.ForContext(ctx, p, 1, func(j, _ int) {
		s := columnSample(ds, j)
		if empty[j] = len(s.values) == 0; !empty[j] {
			f(j, s)
		}
	}); err != nil {
		return err
	}
	if j := slices.Index(empty, true); j >= 0 {
		return noValue(ds, j)
	}
	return nil
}

func columnSample[T dataset.Target](ds *dataset.Dataset[T], j int) sample {
	n := ds.Len()
	var rows []int
	var s sample
	for i := range n {
		if x := ds.X.At(i, j); x == x && ds.Weight(i) > 0 {
			s.values = append(s.values, x)
			rows = append(rows, i)
		}
	}
	if ds.Weights == nil {
		slices.Sort(s.values)
		return s
	}
	slices.SortFunc(rows, func(a, b int) int {
		switch d := ds.X.At(a, j) - ds.X.At(b, j); {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	s.before = make([]float64, len(rows)+1)
	for i, row := range rows {
		s.values[i] = ds.X.At(row, j)
		s.before[i+1] = s.before[i] + ds.Weights[row]
	}
	return s
}

// weight returns the number of values, copies counted.
func (s sample) weight() float64 {
	if s.before == nil {
		return float64(len(s.values))
	}
	return s.before[len(s.values)]
}

// weightUnit returns the weight of a single copy: one, or the mean weight of n
// samples where that is less. So integer weights count copies, and weights that
// are shares of a whole count their samples.
func weightUnit(total float64, n int) float64 { return min(1, total/float64(n)) }

// copies returns the number of samples that the weights stand for.
func copies[T dataset.Target](ds *dataset.Dataset[T]) float64 {
	if ds.Weights == nil {
		return float64(ds.Len())
	}
	total, n := 0.0, 0
	for _, w := range ds.Weights {
		if w > 0 {
			total += w
			n++
		}
	}
	return total / weightUnit(total, n)
}

// at returns the value at a position in the order of the copies, from 0 to the
// weight.
func (s sample) at(position float64) float64 { return s.values[s.index(position)] }

// index returns the number of the value at a position.
func (s sample) index(position float64) int {
	last := len(s.values) - 1
	if s.before == nil {
		return max(0, min(int(position), last))
	}
	return sort.Search(last, func(i int) bool { return s.before[i+1] > position })
}

// quantile is the mean of the copies from position q·(weight-unit) over the length
// of one: it interpolates linearly between two values of unit weight, which is
// definition 7 of Hyndman and Fan, "Sample quantiles in statistical packages", The
// American Statistician 50 (1996), and goes from value to value without a jump
// whatever their weights.
func (s sample) quantile(q float64) float64 {
	if s.before == nil {
		h := q * (s.weight() - 1)
		low := math.Floor(h)
		a, b := s.at(low), s.at(low+1)
		if h == low || a == b {
			return a
		}
		return a + (h-low)*(b-a)
	}
	unit := weightUnit(s.weight(), len(s.values))
	h := max(0, q*(s.weight()-unit))
	first := s.index(h)
	base, rise := s.values[first], 0.0
	for i := first + 1; i < len(s.values) && s.before[i]-h < unit; i++ {
		rise += (min(s.before[i+1]-h, unit) - (s.before[i] - h)) / unit * (s.values[i] - base)
	}
	return base + rise
}

// jump inverts the distribution function: the value at which it passes q, or the
// mean of the two between which it is q; definition 2 of Hyndman and Fan.
func (s sample) jump(q float64) float64 {
	h := q * s.weight()
	near := 1e-9 * max(h, weightUnit(s.weight(), len(s.values)))
	if s.before == nil {
		whole := math.Round(h)
		if math.Abs(h-whole) > near {
			return s.at(h)
		}
		return s.at(whole-1)/2 + s.at(whole)/2
	}
	return s.at(h-near)/2 + s.at(h+near)/2
}

// distinct returns the distinct values and the weight of each.
func (s sample) distinct() (values, weights []float64) {
	for i, v := range s.values {
		w := 1.0
		if s.before != nil {
			w = s.before[i+1] - s.before[i]
		}
		if k := len(values) - 1; k >= 0 && values[k] == v {
			weights[k] += w
			continue
		}
		values, weights = append(values, v), append(weights, w)
	}
	return values, weights
}

// mean returns the weighted mean.
func (s sample) mean() float64 {
	// About the first value, so that a large offset costs no digits.
	origin, sum := s.values[0], 0.0
	for i, v := range s.values {
		w := 1.0
		if s.before != nil {
			w = s.before[i+1] - s.before[i]
		}
		sum += w * (v - origin)
	}
	return origin + sum/s.weight()
}

// moments returns the weighted mean and variance.
func (s sample) moments() (mean, variance float64) {
	mean = s.mean()
	for i, v := range s.values {
		w := 1.0
		if s.before != nil {
			w = s.before[i+1] - s.before[i]
		}
		variance += w * (v - mean) * (v - mean)
	}
	return mean, variance / s.weight()
}
