package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// LogLoss is the cross entropy of predicted probabilities, or mean negative log
// likelihood,
//
//	−Σ wᵢ ln p(i, tᵢ) / Σ wᵢ,
//
// where proba is n×K with the probabilities of sample i in row i and truth holds class
// indices. It is at least 0; predicting the uniform distribution costs ln K. As in
// scikit-learn, probabilities are clipped to [ε, 1−ε] with ε = 2⁻⁵² ≈ 2.2e-16, so one
// certain error costs 36.04 and not infinity.
//
// Errors: no samples, shapes that do not match, fewer than two columns, a class index
// not below K, a value that is not finite or not in [0, 1], a row that does not sum to
// one within 1e-6. Cost: O(nK), all of it checks.
func LogLoss(truth []int, proba mat.Matrix) (float64, error) {
	return Weights(nil).LogLoss(truth, proba)
}

// LogLoss is the weighted [LogLoss].
func (w Weights) LogLoss(truth []int, proba mat.Matrix) (float64, error) {
	d, err := w.checkProbabilities(truth, proba)
	if err != nil {
		return 0, err
	}
	const epsilon = 0x1p-52
	return w.mean(len(truth), func(i int) float64 {
		return -math.Log(max(epsilon, min(1-epsilon, d.At(i, truth[i]))))
	}), nil
}

// Brier is the Brier score, the mean squared distance of the predicted distribution to
// the outcome,
//
//	Σ wᵢ Σₖ (p(i, k) − [tᵢ = k])² / Σ wᵢ,
//
// and for two classes half of that, which is the mean of (p(i, 1) − tᵢ)²: from 0 (best)
// to 1 for two classes and to 2 for more, as in scikit-learn. Unlike [LogLoss] it stays
// bounded for a certain error.
//
// Errors and cost are those of [LogLoss].
//
// Source: Brier (1950), "Verification of forecasts expressed in terms of probability".
func Brier(truth []int, proba mat.Matrix) (float64, error) {
	return Weights(nil).Brier(truth, proba)
}

// Brier is the weighted [Brier].
func (w Weights) Brier(truth []int, proba mat.Matrix) (float64, error) {
	d, err := w.checkProbabilities(truth, proba)
	if err != nil {
		return 0, err
	}
	_, classes := d.Dims()
	score := w.mean(len(truth), func(i int) float64 {
		var distance sum
		for k, p := range d.RawRowView(i) {
			if k == truth[i] {
				p--
			}
			distance.add(p * p)
		}
		return distance.value()
	})
	if classes == 2 {
		score /= 2
	}
	return score, nil
}

// TopK is the fraction of samples whose true class is among the k classes with the
// highest scores, from 0 to 1; TopK(1, …) is the accuracy of predicting the class with
// the highest score. scores is n×K, probabilities or any other scores of which higher is
// more likely. Of equal scores the lower class index ranks first, as in Predict
// (scikit-learn ranks the higher index first). With k ≥ K the score is 1.
//
// Errors: k < 1, no samples, shapes that do not match, fewer than two columns, a class
// index not below K, a score that is not finite. Cost: O(nK).
func TopK(k int, truth []int, scores mat.Matrix) (float64, error) {
	return Weights(nil).TopK(k, truth, scores)
}

// TopK is the weighted [TopK].
func (w Weights) TopK(k int, truth []int, scores mat.Matrix) (float64, error) {
	if k < 1 {
		return 0, fmt.Errorf("metrics: top %d: k must be at least 1", k)
	}
	d, err := w.checkScores(truth, scores)
	if err != nil {
		return 0, err
	}
	return w.mean(len(truth), func(i int) float64 {
		row := d.RawRowView(i)
		ahead := 0
		for c, s := range row {
			if s > row[truth[i]] || s == row[truth[i]] && c < truth[i] {
				ahead++
			}
		}
		if ahead < k {
			return 1
		}
		return 0
	}), nil
}
