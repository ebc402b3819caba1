package metrics

import (
	"fmt"
	"math"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Weights are sample weights: Weights(w).Accuracy(truth, predicted) is the accuracy in
// which sample i counts w[i] times. Nil means all one, which is what the plain functions
// of the same names use. A whole-number weight is the same as repeating the sample, and
// weight zero the same as leaving it out: a class that has only samples of weight zero
// counts as absent.
//
// Weights must be as many as the samples, finite, not negative, and not all zero;
// otherwise a plain score is NaN, and what returns an error says which weight is wrong.
type Weights []float64

// at returns the weight of sample i.
func (w Weights) at(i int) float64 {
	if w == nil {
		return 1
	}
	return w[i]
}

// check reports what makes w unusable for n samples.
func (w Weights) check(n int) error {
	if w == nil {
		return nil
	}
	if len(w) != n {
		return fmt.Errorf("metrics: %d weights for %d samples: %w", len(w), n, dataset.ErrShape)
	}
	total := 0.0
	for i, v := range w {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("metrics: weight %d is %v: %w", i, v, dataset.ErrWeights)
		}
		if v < 0 {
			return fmt.Errorf("metrics: weight %d is negative (%v): %w", i, v, dataset.ErrWeights)
		}
		total += v
	}
	if total == 0 {
		return fmt.Errorf("metrics: all weights are zero: %w", dataset.ErrWeights)
	}
	if math.IsInf(total, 0) {
		return fmt.Errorf("metrics: the sum of the weights overflows: %w", dataset.ErrWeights)
	}
	return nil
}

// checkPair reports what makes n true values, m predicted ones and w unusable together.
func (w Weights) checkPair(n, m int) error {
	if n != m {
		return fmt.Errorf("metrics: %d true values and %d predicted: %w", n, m, dataset.ErrShape)
	}
	if n == 0 {
		return fmt.Errorf("metrics: no samples: %w", dataset.ErrEmpty)
	}
	return w.check(n)
}

// mean returns Σ wᵢ f(i) / Σ wᵢ over n > 0 samples, with w already checked.
func (w Weights) mean(n int, f func(i int) float64) float64 {
	var num, den sum
	for i := range n {
		if v := w.at(i); v != 0 {
			num.add(float64(v * f(i)))
			den.add(v)
		}
	}
	return num.value() / den.value()
}

// sum is a running sum with Neumaier's compensation (Neumaier 1974,
// "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen"): its error
// does not grow with the number of terms.
type sum struct{ total, lost float64 }

func (s *sum) add(x float64) {
	t := s.total + x
	if math.Abs(s.total) >= math.Abs(x) {
		s.lost += (s.total - t) + x
	} else {
		s.lost += (x - t) + s.total
	}
	s.total = t
}

func (s *sum) value() float64 {
	if math.IsInf(s.total, 0) {
		return s.total // the compensation is NaN by then
	}
	return s.total + s.lost
}
