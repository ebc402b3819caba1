package metrics

import (
	"cmp"
	"math"
	"slices"
)

// R2 is the coefficient of determination, the share of the variance of the target that
// the prediction explains:
//
//	1 − Σ wᵢ (tᵢ − pᵢ)² / Σ wᵢ (tᵢ − t̄)².
//
// At most 1; predicting always the mean t̄ scores 0, and worse predictions are negative.
// For a constant target it is 1 if the prediction is perfect and otherwise 0, as in
// scikit-learn.
//
// It is NaN for fewer than two samples, lengths that differ, and values that are not
// finite. Cost: O(n).
func R2(truth, predicted []float64) float64 { return Weights(nil).R2(truth, predicted) }

// R2 is the weighted [R2].
func (w Weights) R2(truth, predicted []float64) float64 {
	if !w.valid(truth, predicted) {
		return math.NaN()
	}
	return w.explained(truth, func(i int) float64 { return truth[i] - predicted[i] })
}

// ExplainedVariance is [R2] with the mean of the errors taken off: it does not see a
// prediction that is wrong by a constant.
//
//	1 − Σ wᵢ (eᵢ − ē)² / Σ wᵢ (tᵢ − t̄)², eᵢ = tᵢ − pᵢ.
//
// For a constant target it is 1 if the errors are all equal and otherwise 0.
//
// It is NaN for fewer than two samples, lengths that differ, and values that are not
// finite. Cost: O(n).
func ExplainedVariance(truth, predicted []float64) float64 {
	return Weights(nil).ExplainedVariance(truth, predicted)
}

// ExplainedVariance is the weighted [ExplainedVariance].
func (w Weights) ExplainedVariance(truth, predicted []float64) float64 {
	if !w.valid(truth, predicted) {
		return math.NaN()
	}
	bias := w.centre(len(truth), func(i int) float64 { return truth[i] - predicted[i] })
	return w.explained(truth, func(i int) float64 { return truth[i] - predicted[i] - bias })
}

// explained returns 1 − Σ wᵢ e(i)² / Σ wᵢ (tᵢ − t̄)².
func (w Weights) explained(truth []float64, e func(i int) float64) float64 {
	samples := 0
	for i := range truth {
		if w.at(i) != 0 {
			samples++
		}
	}
	if samples < 2 {
		return math.NaN()
	}
	mean := w.centre(len(truth), func(i int) float64 { return truth[i] })
	residual := w.mean(len(truth), func(i int) float64 { return e(i) * e(i) })
	variance := w.mean(len(truth), func(i int) float64 { return (truth[i] - mean) * (truth[i] - mean) })
	switch {
	case residual == 0:
		return 1
	case variance == 0:
		return 0
	}
	return 1 - residual/variance
}

// centre is mean that is exact where all values are the same, so that the variance of a
// constant is zero and not a rounding error.
func (w Weights) centre(n int, f func(i int) float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for i := range n {
		if w.at(i) != 0 {
			low, high = min(low, f(i)), max(high, f(i))
		}
	}
	if low == high {
		return low
	}
	return w.mean(n, f)
}

// MSE is the mean squared error, Σ wᵢ (tᵢ − pᵢ)² / Σ wᵢ, in the square of the target's
// unit.
//
// It is NaN for no samples, lengths that differ, and values that are not finite. Cost:
// O(n).
func MSE(truth, predicted []float64) float64 { return Weights(nil).MSE(truth, predicted) }

// MSE is the weighted [MSE].
func (w Weights) MSE(truth, predicted []float64) float64 {
	if !w.valid(truth, predicted) {
		return math.NaN()
	}
	return w.mean(len(truth), func(i int) float64 {
		d := truth[i] - predicted[i]
		return d * d
	})
}

// RMSE is the square root of [MSE], in the target's unit.
func RMSE(truth, predicted []float64) float64 { return Weights(nil).RMSE(truth, predicted) }

// RMSE is the weighted [RMSE].
func (w Weights) RMSE(truth, predicted []float64) float64 {
	return math.Sqrt(w.MSE(truth, predicted))
}

// MAE is the mean absolute error, Σ wᵢ |tᵢ − pᵢ| / Σ wᵢ, in the target's unit.
//
// It is NaN for no samples, lengths that differ, and values that are not finite. Cost:
// O(n).
func MAE(truth, predicted []float64) float64 { return Weights(nil).MAE(truth, predicted) }

// MAE is the weighted [MAE].
func (w Weights) MAE(truth, predicted []float64) float64 {
	if !w.valid(truth, predicted) {
		return math.NaN()
	}
	return w.mean(len(truth), func(i int) float64 { return math.Abs(truth[i] - predicted[i]) })
}

// MAPE is the mean absolute percentage error as a fraction, Σ wᵢ |tᵢ − pᵢ| / max(|tᵢ|,
// ε) / Σ wᵢ with ε = 2⁻⁵²: 0.1 is ten percent. A target that is zero makes it
// arbitrarily large, as in scikit-learn.
//
// It is NaN for no samples, lengths that differ, and values that are not finite. Cost:
// O(n).
func MAPE(truth, predicted []float64) float64 { return Weights(nil).MAPE(truth, predicted) }

// MAPE is the weighted [MAPE].
func (w Weights) MAPE(truth, predicted []float64) float64 {
	if !w.valid(truth, predicted) {
		return math.NaN()
	}
	return w.mean(len(truth), func(i int) float64 {
		return math.Abs(truth[i]-predicted[i]) / max(math.Abs(truth[i]), 0x1p-52)
	})
}

// MedianAE is the median absolute error, in the target's unit: half of the errors are
// smaller. It does not see outliers. Of an even number it is the mean of the two in the
// middle.
//
// It is NaN for no samples, lengths that differ, and values that are not finite. Cost:
// O(n log n).
func MedianAE(truth, predicted []float64) float64 {
	return Weights(nil).MedianAE(truth, predicted)
}

// MedianAE is the weighted [MedianAE]: the error at which half of the total weight is
// reached, or the mean of that and the next error if it is reached exactly.
func (w Weights) MedianAE(truth, predicted []float64) float64 {
	if !w.valid(truth, predicted) {
		return math.NaN()
	}
	type deviation struct{ size, weight float64 }
	var all []deviation
	var total sum
	for i, t := range truth {
		if v := w.at(i); v != 0 {
			all = append(all, deviation{math.Abs(t - predicted[i]), v})
			total.add(v)
		}
	}
	slices.SortFunc(all, func(a, b deviation) int { return cmp.Compare(a.size, b.size) })
	half := total.value() / 2
	var reached sum
	for i, d := range all {
		reached.add(d.weight)
		switch over := reached.value() - half; {
		case over > 0x1p-50*half:
			return d.size
		case over >= -0x1p-50*half && i+1 < len(all):
			return d.size/2 + all[i+1].size/2
		}
	}
	return all[len(all)-1].size
}

// MaxError is the largest absolute error, max |tᵢ − pᵢ|, in the target's unit.
//
// It is NaN for no samples, lengths that differ, and values that are not finite. Cost:
// O(n). There is no weighted one.
func MaxError(truth, predicted []float64) float64 {
	if !Weights(nil).valid(truth, predicted) {
		return math.NaN()
	}
	largest := 0.0
	for i, t := range truth {
		largest = max(largest, math.Abs(t-predicted[i]))
	}
	return largest
}

// valid reports whether there are samples, as many predictions and weights, and only
// finite values.
func (w Weights) valid(truth, predicted []float64) bool {
	if w.checkPair(len(truth), len(predicted)) != nil {
		return false
	}
	for i, t := range truth {
		if math.IsNaN(t-t) || math.IsNaN(predicted[i]-predicted[i]) {
			return false
		}
	}
	return true
}
