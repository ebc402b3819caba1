package metrics

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// maxConfusionClasses bounds the K×K matrix of counts to 800 MB.
const maxConfusionClasses = 10_000

// ConfusionMatrix counts how often a sample of each class was predicted as each class.
type ConfusionMatrix struct {
	// Counts is K×K: the weight of the samples of class i (row) that were predicted as
	// class j (column).
	Counts *mat.Dense
	// Classes are the names of the K classes, or nil.
	Classes []string
}

// Confusion counts the samples by true and predicted class. Labels are class indices; K
// is the number of the class names, or without names one more than the highest label, so
// a class may have an empty row or column.
//
// Errors: no samples, lengths that differ, a label that is negative or has no name, more
// than 10,000 classes. Cost: O(n + K²) time, O(K²) memory.
func Confusion(truth, predicted []int, classes ...string) (*ConfusionMatrix, error) {
	return Weights(nil).Confusion(truth, predicted, classes...)
}

// Confusion is the weighted [Confusion].
func (w Weights) Confusion(truth, predicted []int, classes ...string) (*ConfusionMatrix, error) {
	if err := w.checkPair(len(truth), len(predicted)); err != nil {
		return nil, err
	}
	k, err := countClasses(truth, predicted, classes)
	if err != nil {
		return nil, err
	}
	if k > maxConfusionClasses {
		return nil, fmt.Errorf("metrics: a confusion matrix of %d classes, at most %d: %w", k, maxConfusionClasses, dataset.ErrClasses)
	}
	counts := make([]sum, k*k)
	for i := range truth {
		counts[truth[i]*k+predicted[i]].add(w.at(i))
	}
	return &ConfusionMatrix{Counts: mat.NewDense(k, k, values(counts)), Classes: classes}, nil
}

// countClasses returns the number of classes, once every label is an index below it.
func countClasses(truth, predicted []int, classes []string) (int, error) {
	k := len(classes)
	for i := range truth {
		for _, label := range []int{truth[i], predicted[i]} {
			if label < 0 {
				return 0, fmt.Errorf("metrics: sample %d has the negative class index %d: %w", i, label, dataset.ErrClasses)
			}
			if len(classes) > 0 && label >= len(classes) {
				return 0, fmt.Errorf("metrics: sample %d has class index %d, with names for %d classes: %w",
					i, label, len(classes), dataset.ErrClasses)
			}
			if label == math.MaxInt {
				return 0, fmt.Errorf("metrics: sample %d has class index %d, which is too large: %w", i, label, dataset.ErrClasses)
			}
			if len(classes) == 0 && label >= k {
				k = label + 1
			}
		}
	}
	return k, nil
}

// Share says of what a cell of a confusion matrix is to be a fraction.
type Share int

const (
	OfTrue      Share = iota // of the samples of the true class: rows sum to one, recall on the diagonal
	OfPredicted              // of the samples of the predicted class: columns sum to one, precision on the diagonal
	OfAll                    // of all samples: the whole matrix sums to one
)

// Normalized returns the counts as fractions, K×K. A row or column without samples stays
// zero. It is nil if m has no counts.
func (m *ConfusionMatrix) Normalized(of Share) *mat.Dense {
	k := m.size()
	if k == 0 {
		return nil
	}
	rows, columns := make([]sum, k), make([]sum, k)
	var all sum
	for i := range k {
		for j := range k {
			v := m.Counts.At(i, j)
			rows[i].add(v)
			columns[j].add(v)
			all.add(v)
		}
	}
	fractions := mat.NewDense(k, k, nil)
	fractions.Apply(func(i, j int, v float64) float64 {
		total := all.value()
		switch of {
		case OfTrue:
			total = rows[i].value()
		case OfPredicted:
			total = columns[j].value()
		}
		if total == 0 {
			return 0
		}
		return v / total
	}, m.Counts)
	return fractions
}

// Name returns the name of class k, or its index where it has none.
func (m *ConfusionMatrix) Name(k int) string { return className(m.Classes, k) }

func className(names []string, k int) string {
	if k >= 0 && k < len(names) && names[k] != "" {
		return names[k]
	}
	return strconv.Itoa(k)
}

// size returns K, or 0 if there are no square counts.
func (m *ConfusionMatrix) size() int {
	if m == nil || m.Counts == nil {
		return 0
	}
	r, c := m.Counts.Dims()
	if r != c {
		return 0
	}
	return r
}

// String returns the counts as a table with a row per true class and a column per
// predicted class, fit for a fixed-width font.
func (m *ConfusionMatrix) String() string {
	k := m.size()
	cells := make([][]string, k+1)
	cells[0] = []string{"true \\ predicted"}
	for j := range k {
		cells[0] = append(cells[0], m.Name(j))
	}
	for i := range k {
		cells[i+1] = []string{m.Name(i)}
		for j := range k {
			cells[i+1] = append(cells[i+1], formatCount(m.Counts.At(i, j)))
		}
	}
	return formatTable(cells)
}

// formatCount shows a whole number as it is and a fractional weight with two decimals.
func formatCount(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	if math.Abs(v) < 1e15 && math.Abs(v) >= 0.01 {
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// formatTable aligns the first column left and the others right.
func formatTable(cells [][]string) string {
	var width []int
	for _, row := range cells {
		for j, cell := range row {
			if j == len(width) {
				width = append(width, 0)
			}
			width[j] = max(width[j], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range cells {
		for j, cell := range row {
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(cell))
			switch {
			case j > 0:
				b.WriteString("  " + pad + cell)
			case len(row) > 1:
				b.WriteString(cell + pad)
			default:
				b.WriteString(cell)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
