package metrics

import (
	"fmt"
)

// Report is the classification report: precision, recall and F1 of each class, their
// averages, and the accuracy.
type Report struct {
	Classes  []ClassScores // the classes that occur among the true or predicted labels, ascending
	Accuracy float64
	Macro    ClassScores // the plain mean over Classes
	Weighted ClassScores // the mean over Classes weighted by Support
}

// ClassScores are the scores of one class, or their averages.
type ClassScores struct {
	Name      string
	Precision float64 // hits / predicted; 0 if the class was never predicted
	Recall    float64 // hits / actual; 0 if the class is never true
	F1        float64 // their harmonic mean
	Support   float64 // number (weight) of samples that are truly of the class
}

// ClassificationReport scores each class, named by classes if given. A class that
// neither is true nor was predicted of any sample is left out, so that the macro
// averages are those of [Precision], [Recall] and [F1].
//
// Errors: no samples, lengths that differ, a label that is negative or has no name.
// Cost: O(n).
func ClassificationReport(truth, predicted []int, classes ...string) (*Report, error) {
	return Weights(nil).ClassificationReport(truth, predicted, classes...)
}

// ClassificationReport is the weighted [ClassificationReport].
func (w Weights) ClassificationReport(truth, predicted []int, classes ...string) (*Report, error) {
	t, err := w.tally(truth, predicted)
	if err != nil {
		return nil, err
	}
	if _, err := countClasses(truth, predicted, classes); err != nil {
		return nil, err
	}
	r := &Report{
		Accuracy: t.correct / t.total,
		Macro:    t.averages("macro avg", Macro),
		Weighted: t.averages("weighted avg", Weighted),
	}
	for k, label := range t.values {
		score := func(beta float64) float64 {
			return fBeta(beta, t.hits[k], t.actual[k], t.predicted[k])
		}
		r.Classes = append(r.Classes, ClassScores{
			Name:      className(classes, label),
			Precision: score(precisionBeta),
			Recall:    score(recallBeta),
			F1:        score(1),
			Support:   t.actual[k],
		})
	}
	return r, nil
}

func (t *tally) averages(name string, a Average) ClassScores {
	return ClassScores{
		Name:      name,
		Precision: t.fBeta(precisionBeta, a),
		Recall:    t.fBeta(recallBeta, a),
		F1:        t.fBeta(1, a),
		Support:   t.total,
	}
}

// String returns the report as a table for a fixed-width font.
func (r *Report) String() string {
	if r == nil {
		return ""
	}
	cells := [][]string{{"", "precision", "recall", "f1-score", "support"}}
	row := func(s ClassScores) {
		cells = append(cells, []string{s.Name, decimals(s.Precision), decimals(s.Recall), decimals(s.F1), formatCount(s.Support)})
	}
	for _, s := range r.Classes {
		row(s)
	}
	cells = append(cells, []string{""})
	cells = append(cells, []string{"accuracy", "", "", decimals(r.Accuracy), formatCount(r.Macro.Support)})
	row(r.Macro)
	row(r.Weighted)
	return formatTable(cells)
}

func decimals(v float64) string { return fmt.Sprintf("%.3f", v) }
