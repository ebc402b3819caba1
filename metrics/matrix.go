package metrics

import (
	"fmt"
	"math"
	"reflect"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// dense returns x as a dense matrix of finite values, without a copy where it is one
// already.
func dense(x mat.Matrix) (*mat.Dense, error) {
	if x == nil {
		return nil, fmt.Errorf("metrics: the matrix is nil: %w", dataset.ErrEmpty)
	}
	if v := reflect.ValueOf(x); v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, fmt.Errorf("metrics: the matrix is nil: %w", dataset.ErrEmpty)
	}
	r, c := x.Dims()
	if r == 0 || c == 0 {
		return nil, fmt.Errorf("metrics: the matrix is %d×%d: %w", r, c, dataset.ErrEmpty)
	}
	d, ok := x.(*mat.Dense)
	if !ok {
		d = mat.DenseCopyOf(x)
	}
	for i := range r {
		for j, v := range d.RawRowView(i) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("metrics: %v in row %d, column %d: %w", v, i, j, dataset.ErrNotFinite)
			}
		}
	}
	return d, nil
}

// checkScores returns the scores as a dense n×K matrix, K ≥ 2, once truth holds a class
// index below K per row.
func (w Weights) checkScores(truth []int, scores mat.Matrix) (*mat.Dense, error) {
	d, err := dense(scores)
	if err != nil {
		return nil, err
	}
	n, k := d.Dims()
	if n != len(truth) {
		return nil, fmt.Errorf("metrics: %d true classes and %d rows of scores: %w", len(truth), n, dataset.ErrShape)
	}
	if k < 2 {
		return nil, fmt.Errorf("metrics: scores of a single class; a column per class is wanted: %w", dataset.ErrShape)
	}
	for i, t := range truth {
		if t < 0 || t >= k {
			return nil, fmt.Errorf("metrics: sample %d has class index %d, with scores for %d classes: %w", i, t, k, dataset.ErrClasses)
		}
	}
	return d, w.check(n)
}

// checkProbabilities is checkScores that also wants each row to be a distribution.
func (w Weights) checkProbabilities(truth []int, proba mat.Matrix) (*mat.Dense, error) {
	d, err := w.checkScores(truth, proba)
	if err != nil {
		return nil, err
	}
	for i := range truth {
		var total sum
		for j, p := range d.RawRowView(i) {
			if p < -probabilitySlack || p > 1+probabilitySlack {
				return nil, fmt.Errorf("metrics: %v in row %d, column %d is no probability", p, i, j)
			}
			total.add(p)
		}
		if math.Abs(total.value()-1) > probabilitySlack {
			return nil, fmt.Errorf("metrics: the probabilities in row %d sum to %v", i, total.value())
		}
	}
	return d, nil
}

// probabilitySlack is how far from a distribution rounding may have taken a row of
// probabilities, single precision included.
const probabilitySlack = 1e-6
