package model

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/sapwood-ml/sapwood/dataset"
)

// Fold is one division of the samples: row indices in ascending order.
type Fold struct{ Train, Test []int }

// Splitter divides n samples into folds. The classes of the samples are given
// for classification, to stratify by, and nil otherwise.
type Splitter interface {
	Folds(n int, classes []int) ([]Fold, error)
}

// KFold divides the samples into N parts of equal size, to within one sample,
// each of which is the test part of one fold while the others train. It is
// stratified for classification: each part has of each class the same number of
// samples, to within one.
type KFold struct {
	N          int    // number of folds; 0 means 5
	Seed       uint64 // of the shuffling
	NoShuffle  bool   // take the samples in the order of the data, which gives scikit-learn's folds
	NoStratify bool   // leave the classes out of account
}

// Folds implements [Splitter]. Fewer than two folds are a [*ParamError], fewer
// samples than folds a [dataset.ErrShape].
func (k KFold) Folds(n int, classes []int) ([]Fold, error) {
	parts := k.N
	if parts == 0 {
		parts = 5
	}
	if parts < 2 {
		return nil, &ParamError{Field: "N", Value: k.N, Want: "at least 2 folds"}
	}
	if n < parts {
		return nil, fmt.Errorf("%w: %d samples for %d folds", dataset.ErrShape, n, parts)
	}
	if err := checkRowNumbers(n, "N", k.N, parts); err != nil {
		return nil, err
	}
	if classes != nil && len(classes) != n {
		return nil, fmt.Errorf("%w: %d classes for %d samples", dataset.ErrShape, len(classes), n)
	}
	if k.NoStratify {
		classes = nil
	}

	// The rows class by class: dealing them out in this order to one part after
	// the other gives each part its share of each class and of the whole.
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	if classes != nil {
		if k.NoShuffle {
			classes = byAppearance(classes)
		}
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(classes[a], classes[b]) })
	}
	rng := rand.New(rand.NewPCG(k.Seed, 0))
	part := make([]int, n)
	for lo := 0; lo < n; {
		hi := lo + 1
		for hi < n && (classes == nil || classes[rows[hi]] == classes[rows[lo]]) {
			hi++
		}
		class := rows[lo:hi]
		if !k.NoShuffle {
			rng.Shuffle(len(class), func(i, j int) { class[i], class[j] = class[j], class[i] })
		}
		deal(part, class, lo, parts)
		lo = hi
	}

	return foldsOf(part, parts), nil
}

// maxRowNumbers bounds the row numbers in all folds of a splitter, to 128 GB, so
// that a count which is wildly too large is an error and not the end of the program.
const maxRowNumbers = min(1<<34, math.MaxInt/8)

// checkRowNumbers returns an error if folds, the number of which comes from the
// given field, are more than can be held with so many row numbers in each.
func checkRowNumbers(each int, field string, value, folds int) error {
	switch most := maxRowNumbers / max(each, 1); {
	case most < 2:
		return fmt.Errorf("%w: %d samples, of which there may be %d", dataset.ErrShape, each, maxRowNumbers/2)
	case folds > most:
		return &ParamError{Field: field, Value: value, Want: fmt.Sprintf("at most %d of %d row numbers each", most, each)}
	}
	return nil
}

// byAppearance numbers the classes in the order in which they first appear.
func byAppearance(classes []int) []int {
	number, numbered := map[int]int{}, make([]int, len(classes))
	for i, k := range classes {
		if _, seen := number[k]; !seen {
			number[k] = len(number)
		}
		numbered[i] = number[k]
	}
	return numbered
}

// deal gives each part a run of consecutive rows of a class, as many as it would
// get if the rows, the first of which is the one at position start of all rows,
// were dealt out one by one.
func deal(part, class []int, start, parts int) {
	row := 0
	for f := range parts {
		first := ((f-start)%parts + parts) % parts // of the class dealt to part f
		for range (len(class) - first + parts - 1) / parts {
			part[class[row]] = f
			row++
		}
	}
}
