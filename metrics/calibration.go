package metrics

import (
	"fmt"
	"math"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Calibration compares predicted probabilities with what came to pass: the samples are
// put into bins by their probability. Bins without samples are left out.
type Calibration struct {
	Predicted []float64 // mean probability of class 1 in each bin, ascending
	Observed  []float64 // fraction of the bin that is of class 1
	Weight    []float64 // number (weight) of samples in the bin
}

// CalibrationCurve bins the samples by their predicted probability of class 1 into so
// many bins of equal width. truth holds 0 and 1. Of a calibrated model Observed equals
// Predicted up to chance.
//
// Errors: no samples, lengths that differ, a label other than 0 and 1, a probability
// that is not finite or not in [0, 1], fewer than 1 or more than 10,000 bins. Cost: O(n
// + bins).
//
// Source: Niculescu-Mizil and Caruana (2005), "Predicting good probabilities with
// supervised learning".
func CalibrationCurve(truth []int, probability []float64, bins int) (*Calibration, error) {
	return Weights(nil).CalibrationCurve(truth, probability, bins)
}

// CalibrationCurve is the weighted [CalibrationCurve].
func (w Weights) CalibrationCurve(truth []int, probability []float64, bins int) (*Calibration, error) {
	if err := w.checkPair(len(truth), len(probability)); err != nil {
		return nil, err
	}
	if bins < 1 || bins > 10_000 {
		return nil, fmt.Errorf("metrics: %d bins; 1 to 10,000 are wanted", bins)
	}
	predicted, observed, weight := make([]sum, bins), make([]sum, bins), make([]sum, bins)
	for i, p := range probability {
		if truth[i] != 0 && truth[i] != 1 {
			return nil, fmt.Errorf("metrics: sample %d has class index %d; 0 and 1 are wanted: %w", i, truth[i], dataset.ErrClasses)
		}
		if math.IsNaN(p) || math.IsInf(p, 0) {
			return nil, fmt.Errorf("metrics: the probability of sample %d is %v: %w", i, p, dataset.ErrNotFinite)
		}
		if p < -probabilitySlack || p > 1+probabilitySlack {
			return nil, fmt.Errorf("metrics: the probability of sample %d is %v", i, p)
		}
		bin := binOf(p, bins)
		v := w.at(i)
		predicted[bin].add(float64(v * p))
		observed[bin].add(v * float64(truth[i]))
		weight[bin].add(v)
	}
	c := &Calibration{}
	for bin := range bins {
		if total := weight[bin].value(); total > 0 {
			c.Predicted = append(c.Predicted, predicted[bin].value()/total)
			c.Observed = append(c.Observed, observed[bin].value()/total)
			c.Weight = append(c.Weight, total)
		}
	}
	return c, nil
}

// binOf returns the bin k whose range (k/bins, (k+1)/bins] holds p; 0 is in the first.
func binOf(p float64, bins int) int {
	bin := int(math.Ceil(p*float64(bins))) - 1
	// The product is rounded: compare with the edges themselves.
	for bin > 0 && p <= float64(bin)/float64(bins) {
		bin--
	}
	for bin < bins-1 && p > float64(bin+1)/float64(bins) {
		bin++
	}
	return max(0, min(bins-1, bin))
}
