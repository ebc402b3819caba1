package metrics

import "math"

// Accuracy is the fraction of samples whose predicted class is the true one, Σ wᵢ[tᵢ =
// pᵢ] / Σ wᵢ, from 0 to 1. It is NaN for no samples or lengths that differ. Cost: O(n).
func Accuracy(truth, predicted []int) float64 {
	return Weights(nil).Accuracy(truth, predicted)
}

// Accuracy is the weighted [Accuracy].
func (w Weights) Accuracy(truth, predicted []int) float64 {
	if w.checkPair(len(truth), len(predicted)) != nil {
		return math.NaN()
	}
	return w.mean(len(truth), func(i int) float64 {
		if truth[i] == predicted[i] {
			return 1
		}
		return 0
	})
}

// BalancedAccuracy is the mean of the recalls of the classes that occur in truth, from 0
// to 1: the accuracy if every class were equally frequent. Predicting always the same of
// K classes scores 1/K. A class that was only predicted has no recall and is left out,
// as in scikit-learn. It is NaN for no samples or lengths that differ. Cost: O(n).
//
// Source: Brodersen, Ong, Stephan and Buhmann (2010), "The balanced accuracy and its
// posterior distribution".
func BalancedAccuracy(truth, predicted []int) float64 {
	return Weights(nil).BalancedAccuracy(truth, predicted)
}

// BalancedAccuracy is the weighted [BalancedAccuracy].
func (w Weights) BalancedAccuracy(truth, predicted []int) float64 {
	t, err := w.tally(truth, predicted)
	if err != nil {
		return math.NaN()
	}
	var recalls sum
	classes := 0.0
	for k, actual := range t.actual {
		if actual > 0 {
			recalls.add(t.hits[k] / actual)
			classes++
		}
	}
	return recalls.value() / classes
}

// Average says how a score of single classes becomes one number.
type Average int

const (
	// Macro is the plain mean over the classes that occur among the true or the
	// predicted labels: every class counts the same, however rare.
	Macro Average = iota
	// Weighted is the mean over the classes weighted by how often each is true.
	Weighted
	// Micro counts hits and misses over all classes together. For labels this makes
	// precision, recall and F-score all equal to the accuracy.
	Micro
	// Binary is the score of class 1 alone, for labels 0 and 1.
	Binary
)

// String returns the name of the average in lower case.
func (a Average) String() string {
	switch a {
	case Macro:
		return "macro"
	case Weighted:
		return "weighted"
	case Micro:
		return "micro"
	case Binary:
		return "binary"
	}
	return "unknown average"
}

// Precision returns the score "precision": the fraction of the samples predicted as a
// class that are of it, hits / predicted, from 0 to 1. The precision of a class that was
// never predicted is 0.
//
// The score is NaN for no samples, lengths that differ, or [Binary] with a label other
// than 0 and 1. Cost: O(n).
func Precision(average Average) func(truth, predicted []int) float64 {
	return FBeta(precisionBeta, average)
}

// Precision is the weighted [Precision].
func (w Weights) Precision(average Average) func(truth, predicted []int) float64 {
	return w.FBeta(precisionBeta, average)
}

// Recall returns the score "recall", or sensitivity: the fraction of the samples of a
// class that were predicted as it, hits / actual, from 0 to 1. The recall of a class
// that is never true is 0 (it counts in [Macro], unlike in [BalancedAccuracy], since it
// was wrongly predicted).
//
// The score is NaN for no samples, lengths that differ, or [Binary] with a label other
// than 0 and 1. Cost: O(n).
func Recall(average Average) func(truth, predicted []int) float64 {
	return FBeta(recallBeta, average)
}

// Recall is the weighted [Recall].
func (w Weights) Recall(average Average) func(truth, predicted []int) float64 {
	return w.FBeta(recallBeta, average)
}

// F1 is the harmonic mean of precision and recall of each class, averaged over the
// classes by [Macro]: F1(truth, predicted) is FBeta(1, Macro)(truth, predicted). For the
// F1 of class 1 of a two-class problem, as scikit-learn's f1_score computes by default,
// use FBeta(1, Binary).
func F1(truth, predicted []int) float64 { return Weights(nil).F1(truth, predicted) }

// F1 is the weighted [F1].
func (w Weights) F1(truth, predicted []int) float64 {
	return w.FBeta(1, Macro)(truth, predicted)
}

// FBeta returns the score "F-beta", the weighted harmonic mean of precision P and recall
// R of a class,
//
//	F = (1+β²) P R / (β² P + R) = (1+β²) hits / (β² actual + predicted),
//
// from 0 to 1; recall weighs β times as much as precision, β = 0 is the precision and β
// = +Inf the recall. Where the denominator is zero F is 0.
//
// The score is NaN for no samples, lengths that differ, a beta that is negative or NaN,
// or [Binary] with a label other than 0 and 1. Cost: O(n).
//
// Source: van Rijsbergen (1979), "Information Retrieval", chapter 7.
func FBeta(beta float64, average Average) func(truth, predicted []int) float64 {
	return Weights(nil).FBeta(beta, average)
}

// FBeta is the weighted [FBeta].
func (w Weights) FBeta(beta float64, average Average) func(truth, predicted []int) float64 {
	return func(truth, predicted []int) float64 {
		t, err := w.tally(truth, predicted)
		if err != nil || !(beta >= 0) {
			return math.NaN()
		}
		return t.fBeta(beta, average)
	}
}

// Matthews is Matthews' correlation coefficient, the correlation between true and
// predicted classes: from −1 to 1, 0 for predictions that are independent of the truth,
// however unequal the classes. For K classes it is Gorodkin's R_K,
//
//	(c s − Σ tₖ pₖ) / √((s² − Σ pₖ²)(s² − Σ tₖ²))
//
// with s samples, c of them right, tₖ truly and pₖ predictedly of class k. It is 0 if
// all samples are of one true class or are predicted as one class, and NaN for no
// samples or lengths that differ. Cost: O(n).
//
// Source: Gorodkin (2004), "Comparing two K-category assignments by a K-category
// correlation coefficient".
func Matthews(truth, predicted []int) float64 {
	return Weights(nil).Matthews(truth, predicted)
}

// Matthews is the weighted [Matthews].
func (w Weights) Matthews(truth, predicted []int) float64 {
	t, err := w.tally(truth, predicted)
	if err != nil {
		return math.NaN()
	}
	t.scale()
	var cov, varTruth, varPredicted sum
	cov.add(t.correct * t.total)
	varTruth.add(t.total * t.total)
	varPredicted.add(t.total * t.total)
	for k := range t.values {
		cov.add(-t.actual[k] * t.predicted[k])
		varTruth.add(-t.actual[k] * t.actual[k])
		varPredicted.add(-t.predicted[k] * t.predicted[k])
	}
	if t.constant() || varTruth.value() <= 0 || varPredicted.value() <= 0 {
		return 0
	}
	r := cov.value() / math.Sqrt(varTruth.value()) / math.Sqrt(varPredicted.value())
	return max(-1, min(1, r))
}

// CohenKappa is Cohen's kappa, the agreement of two labellings beyond chance: (a − e) /
// (1 − e) with a the fraction of samples on which they agree and e the fraction expected
// if they were independent. At most 1, 0 at chance, and symmetric in its arguments.
//
// It is NaN where it is undefined: if both give every sample the same one label, for no
// samples, and for lengths that differ. Cost: O(n).
//
// Source: Cohen (1960), "A coefficient of agreement for nominal scales".
func CohenKappa(truth, predicted []int) float64 {
	return Weights(nil).CohenKappa(truth, predicted)
}

// CohenKappa is the weighted [CohenKappa].
func (w Weights) CohenKappa(truth, predicted []int) float64 {
	t, err := w.tally(truth, predicted)
	if err != nil {
		return math.NaN()
	}
	t.scale()
	var agreement sum
	for k := range t.values {
		agreement.add(t.actual[k] * t.predicted[k])
	}
	return 1 - (t.total-t.correct)/(t.total-agreement.value()/t.total)
}

// LinearKappa is [CohenKappa] for ordered classes: a disagreement counts by the
// difference |t−p| of the class indices. (scikit-learn, unless told the labels,
// renumbers those that occur and so shrinks the distance over a class that is absent.)
//
// Source: Cohen (1968), "Weighted kappa".
func LinearKappa(truth, predicted []int) float64 {
	return Weights(nil).LinearKappa(truth, predicted)
}

// LinearKappa is the weighted [LinearKappa].
func (w Weights) LinearKappa(truth, predicted []int) float64 {
	t, err := w.tally(truth, predicted)
	if err != nil {
		return math.NaN()
	}
	t.scale()
	observed := w.mean(len(truth), func(i int) float64 {
		return math.Abs(float64(truth[i]) - float64(predicted[i]))
	})
	// Σᵢⱼ |i−j| tᵢ pⱼ: the gap between neighbouring labels is crossed by each pair with
	// one member on either side.
	var expected, trueBelow, predictedBelow sum
	for k := 1; k < len(t.values); k++ {
		trueBelow.add(t.actual[k-1])
		predictedBelow.add(t.predicted[k-1])
		a, b := trueBelow.value()/t.total, predictedBelow.value()/t.total
		gap := float64(t.values[k]) - float64(t.values[k-1])
		expected.add(gap * (a*(1-b) + b*(1-a)))
	}
	return 1 - observed/expected.value()
}

// QuadraticKappa is [LinearKappa] with disagreements that count by the squared
// difference (t−p)².
func QuadraticKappa(truth, predicted []int) float64 {
	return Weights(nil).QuadraticKappa(truth, predicted)
}

// QuadraticKappa is the weighted [QuadraticKappa].
func (w Weights) QuadraticKappa(truth, predicted []int) float64 {
	if w.checkPair(len(truth), len(predicted)) != nil {
		return math.NaN()
	}
	n := len(truth)
	observed := w.mean(n, func(i int) float64 {
		d := float64(truth[i]) - float64(predicted[i])
		return d * d
	})
	// Σᵢⱼ (i−j)² tᵢ pⱼ is the sum of both variances and the squared difference of the
	// means, none of which cancels.
	meanTruth := w.mean(n, func(i int) float64 { return float64(truth[i]) })
	meanPredicted := w.mean(n, func(i int) float64 { return float64(predicted[i]) })
	shift := meanTruth - meanPredicted
	expected := shift*shift + w.mean(n, func(i int) float64 {
		d, e := float64(truth[i])-meanTruth, float64(predicted[i])-meanPredicted
		return d*d + e*e
	})
	return 1 - observed/expected
}

// tally counts, by weight, how often each label is true, is predicted, and both.
type tally struct {
	values                  []int // the labels that occur, ascending
	hits, actual, predicted []float64
	correct, total          float64
}

// tally counts the labels of a valid pair of sequences.
func (w Weights) tally(truth, predicted []int) (tally, error) {
	if err := w.checkPair(len(truth), len(predicted)); err != nil {
		return tally{}, err
	}
	l := relabel(truth, predicted, w)
	k := len(l.values)
	hits, actual, pred := make([]sum, k), make([]sum, k), make([]sum, k)
	var correct, total sum
	for i, a := range l.a {
		if a < 0 {
			continue
		}
		v, b := w.at(i), l.b[i]
		total.add(v)
		actual[a].add(v)
		pred[b].add(v)
		if a == b {
			hits[a].add(v)
			correct.add(v)
		}
	}
	return tally{
		values: l.values, hits: values(hits), actual: values(actual), predicted: values(pred),
		correct: correct.value(), total: total.value(),
	}, nil
}

func values(s []sum) []float64 {
	v := make([]float64, len(s))
	for i := range s {
		v[i] = s[i].value()
	}
	return v
}

// scale divides all counts by the power of two next to the total, so that their products
// neither overflow nor vanish; it changes no digit of them.
func (t *tally) scale() {
	_, exponent := math.Frexp(t.total)
	for _, counts := range [][]float64{t.hits, t.actual, t.predicted} {
		for k := range counts {
			counts[k] = math.Ldexp(counts[k], -exponent)
		}
	}
	t.correct = math.Ldexp(t.correct, -exponent)
	t.total = math.Ldexp(t.total, -exponent)
}

// constant reports whether one label is true, or is predicted, of every sample.
func (t *tally) constant() bool {
	actual, predicted := 0, 0
	for k := range t.values {
		if t.actual[k] > 0 {
			actual++
		}
		if t.predicted[k] > 0 {
			predicted++
		}
	}
	return actual < 2 || predicted < 2
}

func (t *tally) fBeta(beta float64, average Average) float64 {
	switch average {
	case Micro:
		return t.correct / t.total
	case Macro, Weighted:
		var num, den sum
		for k := range t.values {
			share := 1.0
			if average == Weighted {
				share = t.actual[k] / t.total
			}
			num.add(share * fBeta(beta, t.hits[k], t.actual[k], t.predicted[k]))
			den.add(share)
		}
		return num.value() / den.value()
	case Binary:
		score := 0.0
		for k, v := range t.values {
			if v < 0 || v > 1 {
				return math.NaN()
			}
			if v == 1 {
				score = fBeta(beta, t.hits[k], t.actual[k], t.predicted[k])
			}
		}
		return score
	}
	return math.NaN()
}

// Precision and recall are the ends of the F-scores.
var precisionBeta, recallBeta = 0.0, math.Inf(1)

// fBeta is the F-score of one class; 0 where it is 0/0.
func fBeta(beta, hits, actual, predicted float64) float64 {
	// With the weight b of recall in [0, 1] the formula holds for β = +Inf too.
	b := 1.0
	if !math.IsInf(beta*beta, 1) {
		b = beta * beta / (1 + beta*beta)
	}
	den := b*actual + (1-b)*predicted
	if den == 0 {
		return 0
	}
	return hits / den
}
