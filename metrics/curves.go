package metrics

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// ROC is a receiver operating characteristic: what a score gives at every threshold,
// from the highest down, if samples that reach it are called positive. It starts at (0,
// 0) with the threshold +Inf and ends at (1, 1).
type ROC struct {
	FPR        []float64 // fraction of the negatives that are called positive, ascending
	TPR        []float64 // fraction of the positives that are called positive, ascending
	Thresholds []float64 // descending
}

// ROCCurve traces the receiver operating characteristic of a score for class 1, such as
// its probability or a decision value. truth holds 0 and 1. Samples with equal scores
// are one point; a point on the line between its neighbours is left out where that is
// seen from equal steps, as in scikit-learn.
//
// Errors: no samples, lengths that differ, a label other than 0 and 1, a score that is
// not finite, only one class. Cost: O(n log n).
func ROCCurve(truth []int, score []float64) (*ROC, error) {
	return Weights(nil).ROCCurve(truth, score)
}

// ROCCurve is the weighted [ROCCurve].
func (w Weights) ROCCurve(truth []int, score []float64) (*ROC, error) {
	points, err := w.operatingPoints(truth, score)
	if err != nil {
		return nil, err
	}
	last := points[len(points)-1]
	if last.negatives == 0 {
		return nil, fmt.Errorf("metrics: a ROC curve without samples of class 0: %w", dataset.ErrClasses)
	}
	if last.positives == 0 {
		return nil, fmt.Errorf("metrics: a ROC curve without samples of class 1: %w", dataset.ErrClasses)
	}
	c := &ROC{FPR: []float64{0}, TPR: []float64{0}, Thresholds: []float64{math.Inf(1)}}
	for i, p := range points {
		if i > 0 && i < len(points)-1 {
			before, after := points[i-1], points[i+1]
			if p.negatives-before.negatives == after.negatives-p.negatives &&
				p.positives-before.positives == after.positives-p.positives {
				continue
			}
		}
		c.FPR = append(c.FPR, p.negatives/last.negatives)
		c.TPR = append(c.TPR, p.positives/last.positives)
		c.Thresholds = append(c.Thresholds, p.threshold)
	}
	return c, nil
}

// AUC returns the area under the curve by the trapezoidal rule. It is NaN if the curve
// has no points or its slices differ in length.
func (c *ROC) AUC() float64 {
	if c == nil || len(c.FPR) == 0 || len(c.FPR) != len(c.TPR) {
		return math.NaN()
	}
	var area sum
	for i := 1; i < len(c.FPR); i++ {
		area.add((c.FPR[i] - c.FPR[i-1]) * (c.TPR[i] + c.TPR[i-1]) / 2)
	}
	return min(1, area.value())
}

// ROCAUC is the area under the ROC curve of a score for class 1: the probability that a
// random sample of class 1 scores higher than one of class 0, ties counting half. From 0
// to 1, 0.5 for a score without information; only the order of the scores matters.
//
// Errors and cost are those of [ROCCurve].
//
// Source: Hanley and McNeil (1982), "The meaning and use of the area under a receiver
// operating characteristic (ROC) curve".
func ROCAUC(truth []int, score []float64) (float64, error) {
	return Weights(nil).ROCAUC(truth, score)
}

// ROCAUC is the weighted [ROCAUC].
func (w Weights) ROCAUC(truth []int, score []float64) (float64, error) {
	c, err := w.ROCCurve(truth, score)
	if err != nil {
		return 0, err
	}
	return c.AUC(), nil
}

// ROCAUCOneVsRest is the [ROCAUC] of K classes, each against all others: scores is n×K,
// probabilities or other scores of the classes. [Macro] is the mean over the classes,
// [Weighted] the mean weighted by class frequency, [Micro] the area for the n·K
// questions "is sample i of class k?" taken together, and [Binary] the area of class 1.
//
// Errors: no samples, shapes that do not match, fewer than two columns, a class index
// not below K, a score that is not finite, a class that does not occur, an unknown
// average. Cost: O(K n log n).
func ROCAUCOneVsRest(truth []int, scores mat.Matrix, average Average) (float64, error) {
	return Weights(nil).ROCAUCOneVsRest(truth, scores, average)
}

// ROCAUCOneVsRest is the weighted [ROCAUCOneVsRest].
func (w Weights) ROCAUCOneVsRest(truth []int, scores mat.Matrix, average Average) (float64, error) {
	return w.oneVsRest(truth, scores, average, Weights.ROCAUC)
}

// ROCAUCOneVsOne is the [ROCAUC] of K classes, each pair by itself: the mean over all
// pairs of classes (j, k) of the areas of the score of j and that of k among the samples
// of the two. [Macro] is insensitive to class frequencies; [Weighted] weights a pair by
// how many samples are of either. Other averages are an error.
//
// Errors are those of [ROCAUCOneVsRest]. Cost: O(K n log n).
//
// Source: Hand and Till (2001), "A simple generalisation of the area under the ROC curve
// for multiple class classification problems".
func ROCAUCOneVsOne(truth []int, scores mat.Matrix, average Average) (float64, error) {
	return Weights(nil).ROCAUCOneVsOne(truth, scores, average)
}

// ROCAUCOneVsOne is the weighted [ROCAUCOneVsOne].
func (w Weights) ROCAUCOneVsOne(truth []int, scores mat.Matrix, average Average) (float64, error) {
	if average != Macro && average != Weighted {
		return 0, fmt.Errorf("metrics: one-vs-one with the average %d (%v); Macro and Weighted are possible", average, average)
	}
	d, err := w.checkScores(truth, scores)
	if err != nil {
		return 0, err
	}
	_, classes := d.Dims()
	members := make([][]int, classes) // sample indices
	frequency := make([]sum, classes)
	for i, t := range truth {
		if w.at(i) != 0 {
			members[t] = append(members[t], i)
			frequency[t].add(w.at(i))
		}
	}
	var num, den sum
	for a := range classes {
		for b := range a {
			area, err := w.pairAUC(d, members, b, a)
			if err != nil {
				return 0, err
			}
			share := 1.0
			if average == Weighted {
				share = frequency[a].value() + frequency[b].value()
			}
			num.add(share * area)
			den.add(share)
		}
	}
	return num.value() / den.value(), nil
}

// pairAUC is the mean of the areas of the scores of classes a and b among their members.
func (w Weights) pairAUC(scores *mat.Dense, members [][]int, a, b int) (float64, error) {
	both := slices.Concat(members[a], members[b])
	isB := make([]int, len(both))
	scoreA, scoreB := make([]float64, len(both)), make([]float64, len(both))
	pair := make(Weights, len(both))
	for i, sample := range both {
		if i >= len(members[a]) {
			isB[i] = 1
		}
		scoreA[i], scoreB[i] = -scores.At(sample, a), scores.At(sample, b)
		pair[i] = w.at(sample)
	}
	if len(members[a]) == 0 || len(members[b]) == 0 {
		return 0, missingClass(members, a, b)
	}
	// The area of −s for b is that of s for a.
	areaA, err := pair.ROCAUC(isB, scoreA)
	if err != nil {
		return 0, err
	}
	areaB, err := pair.ROCAUC(isB, scoreB)
	if err != nil {
		return 0, err
	}
	return (areaA + areaB) / 2, nil
}

func missingClass(members [][]int, a, b int) error {
	if len(members[a]) > 0 {
		a = b
	}
	return fmt.Errorf("metrics: no sample is of class %d: %w", a, dataset.ErrClasses)
}

// PR is a precision-recall curve: what a score gives at every threshold, from the lowest
// up, if samples that reach it are called positive. The last point, (recall 0, precision
// 1), has no threshold.
type PR struct {
	Precision  []float64
	Recall     []float64 // descending
	Thresholds []float64 // ascending, one fewer than the points
}

// PrecisionRecallCurve traces the precision and recall of a score for class 1, such as
// its probability or a decision value. truth holds 0 and 1.
//
// Errors: no samples, lengths that differ, a label other than 0 and 1, a score that is
// not finite, no sample of class 1. Cost: O(n log n).
func PrecisionRecallCurve(truth []int, score []float64) (*PR, error) {
	return Weights(nil).PrecisionRecallCurve(truth, score)
}

// PrecisionRecallCurve is the weighted [PrecisionRecallCurve].
func (w Weights) PrecisionRecallCurve(truth []int, score []float64) (*PR, error) {
	points, err := w.operatingPoints(truth, score)
	if err != nil {
		return nil, err
	}
	all := points[len(points)-1].positives
	if all == 0 {
		return nil, fmt.Errorf("metrics: a precision-recall curve without samples of class 1: %w", dataset.ErrClasses)
	}
	c := &PR{}
	for _, p := range slices.Backward(points) {
		c.Precision = append(c.Precision, p.positives/(p.positives+p.negatives))
		c.Recall = append(c.Recall, p.positives/all)
		c.Thresholds = append(c.Thresholds, p.threshold)
	}
	c.Precision = append(c.Precision, 1)
	c.Recall = append(c.Recall, 0)
	return c, nil
}

// AveragePrecision returns Σ (Rᵢ − Rᵢ₊₁) Pᵢ, the area under the curve as a step
// function. It is NaN if the curve has no points or its slices differ in length.
func (c *PR) AveragePrecision() float64 {
	if c == nil || len(c.Recall) == 0 || len(c.Recall) != len(c.Precision) {
		return math.NaN()
	}
	var area sum
	for i := 1; i < len(c.Recall); i++ {
		area.add((c.Recall[i-1] - c.Recall[i]) * c.Precision[i-1])
	}
	return min(1, area.value())
}

// AveragePrecision summarises the precision-recall curve of a score for class 1: the
// mean of the precisions at each threshold, weighted by the gain in recall. From 0 to 1;
// a score without information gets the frequency of class 1, so unlike [ROCAUC] it tells
// how a rare class is found. There is no interpolation between the points, which would
// be too kind (Davis and Goadrich 2006, "The relationship between precision-recall and
// ROC curves").
//
// Errors and cost are those of [PrecisionRecallCurve].
func AveragePrecision(truth []int, score []float64) (float64, error) {
	return Weights(nil).AveragePrecision(truth, score)
}

// AveragePrecision is the weighted [AveragePrecision].
func (w Weights) AveragePrecision(truth []int, score []float64) (float64, error) {
	c, err := w.PrecisionRecallCurve(truth, score)
	if err != nil {
		return 0, err
	}
	return c.AveragePrecision(), nil
}

// AveragePrecisionOneVsRest is the [AveragePrecision] of K classes, each against all
// others, with the averages, errors and cost of [ROCAUCOneVsRest].
func AveragePrecisionOneVsRest(truth []int, scores mat.Matrix, average Average) (float64, error) {
	return Weights(nil).AveragePrecisionOneVsRest(truth, scores, average)
}

// AveragePrecisionOneVsRest is the weighted [AveragePrecisionOneVsRest].
func (w Weights) AveragePrecisionOneVsRest(truth []int, scores mat.Matrix, average Average) (float64, error) {
	return w.oneVsRest(truth, scores, average, Weights.AveragePrecision)
}

// oneVsRest averages a binary score over "class k or not" for each k.
func (w Weights) oneVsRest(truth []int, scores mat.Matrix, average Average, binary func(Weights, []int, []float64) (float64, error)) (float64, error) {
	d, err := w.checkScores(truth, scores)
	if err != nil {
		return 0, err
	}
	n, classes := d.Dims()
	is, column := make([]int, n), make([]float64, n)
	ask := func(k int) {
		for i, t := range truth {
			is[i] = 0
			if t == k {
				is[i] = 1
			}
		}
		mat.Col(column, k, d)
	}
	switch average {
	case Binary:
		ask(1)
		return binary(w, is, column)
	case Micro:
		return w.microOneVsRest(truth, d, binary)
	case Macro, Weighted:
		var num, den sum
		for k := range classes {
			ask(k)
			score, err := binary(w, is, column)
			if err != nil {
				return 0, fmt.Errorf("metrics: class %d against the rest: %w", k, err)
			}
			share := 1.0
			if average == Weighted {
				share = w.mean(n, func(i int) float64 { return float64(is[i]) })
			}
			num.add(share * score)
			den.add(share)
		}
		return num.value() / den.value(), nil
	}
	return 0, fmt.Errorf("metrics: unknown average %d", average)
}

func (w Weights) microOneVsRest(truth []int, d *mat.Dense, binary func(Weights, []int, []float64) (float64, error)) (float64, error) {
	n, classes := d.Dims()
	is, score := make([]int, 0, n*classes), make([]float64, 0, n*classes)
	var repeated Weights
	for i, t := range truth {
		for k, s := range d.RawRowView(i) {
			if w != nil {
				repeated = append(repeated, w[i])
			}
			score = append(score, s)
			is = append(is, 0)
			if k == t {
				is[len(is)-1] = 1
			}
		}
	}
	return binary(repeated, is, score)
}

// operatingPoint is the weight of the samples whose score reaches the threshold.
type operatingPoint struct{ threshold, negatives, positives float64 }

// operatingPoints returns a point per distinct score, from the highest down.
func (w Weights) operatingPoints(truth []int, score []float64) ([]operatingPoint, error) {
	if err := w.checkPair(len(truth), len(score)); err != nil {
		return nil, err
	}
	samples := make([]operatingPoint, 0, len(truth)) // of one sample each
	for i, s := range score {
		if math.IsNaN(s) || math.IsInf(s, 0) {
			return nil, fmt.Errorf("metrics: the score of sample %d is %v: %w", i, s, dataset.ErrNotFinite)
		}
		if truth[i] != 0 && truth[i] != 1 {
			return nil, fmt.Errorf("metrics: sample %d has class index %d; 0 and 1 are wanted: %w", i, truth[i], dataset.ErrClasses)
		}
		switch v := w.at(i); {
		case v == 0:
		case truth[i] == 1:
			samples = append(samples, operatingPoint{threshold: s, positives: v})
		default:
			samples = append(samples, operatingPoint{threshold: s, negatives: v})
		}
	}
	slices.SortFunc(samples, func(a, b operatingPoint) int {
		switch {
		case a.threshold > b.threshold:
			return -1
		case a.threshold < b.threshold:
			return 1
		}
		return 0
	})
	var negatives, positives sum
	points := samples[:0]
	for i, s := range samples {
		negatives.add(s.negatives)
		positives.add(s.positives)
		if i+1 < len(samples) && samples[i+1].threshold == s.threshold {
			continue
		}
		points = append(points, operatingPoint{s.threshold, negatives.value(), positives.value()})
	}
	return points, nil
}
