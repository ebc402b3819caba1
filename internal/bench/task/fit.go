package task

import (
	"context"
	"errors"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Fitting is the job of fitting f to X, y; result makes arrays of the model.
func Fitting[T dataset.Target, M any](x *mat.Dense, y []T, f model.Fitter[T, M], result func(M) Result) Job {
	ds, err := dataset.New(x, y)
	if err != nil {
		return Fail(err)
	}
	var last M
	return Job{
		Run: func() (err error) {
			last, err = f.Fit(context.Background(), ds)
			return err
		},
		Result: func() Result { return result(last) },
	}
}

// Learning is fitting that is judged by the model's predictions of the test rows.
func Learning[T float64 | int, M model.Predictor[T]](d *Data, y []T, f model.Fitter[T, M]) Job {
	return Fitting(d.Matrix("X"), y, f, func(m M) Result {
		predicted, err := m.Predict(d.Matrix("X_test"))
		if err != nil {
			return nil
		}
		return Result{"predicted": AsFloats(predicted)}
	})
}

// trained fits f to the first n rows, all if n is 0.
func trained[M any](d *Data, n int, f model.Fitter[int, M]) (M, error) {
	x, y := d.Matrix("X"), d.Ints("y")
	var none M
	if d.err != nil {
		return none, d.err
	}
	if n > 0 {
		x, y = x.Slice(0, n, 0, x.RawMatrix().Cols).(*mat.Dense), y[:n]
	}
	ds, err := dataset.New(x, y)
	if err != nil {
		return none, err
	}
	return f.Fit(context.Background(), ds)
}

// Predicting is the job of predicting all of X at once by a model fitted to its
// first n rows. The time is that of all rows.
func Predicting[M model.Predictor[int]](d *Data, n int, f model.Fitter[int, M]) Job {
	m, err := trained(d, n, f)
	if err != nil {
		return Fail(err)
	}
	x := d.Matrix("X")
	var last []int
	return Job{
		Run: func() (err error) {
			last, err = m.Predict(x)
			return err
		},
		Result: func() Result { return Result{"predicted": AsFloats(last)} },
	}
}

// RowByRow is the job of predicting the first test rows one at a time by a model
// fitted to the first n rows. The time is that of one row; judged are the
// predictions of all test rows.
func RowByRow[M model.Predictor[int]](d *Data, n, rows int, f model.Fitter[int, M]) Job {
	m, err := trained(d, n, f)
	if err != nil {
		return Fail(err)
	}
	x := d.Matrix("X_test")
	all, _ := x.Dims()
	labels := make([]int, max(rows, all))
	predict := func(n int) error {
		for i := range n {
			label, err := m.PredictRow(x.RawRowView(i))
			if err != nil {
				return err
			}
			labels[i] = label
		}
		return nil
	}
	return Job{
		Run: func() error { return predict(rows) },
		Result: func() Result {
			if err := predict(all); err != nil {
				return nil
			}
			return Result{"predicted": AsFloats(labels)}
		},
		Units: rows,
	}
}

// JudgeAccuracy is the fraction of predictions that equal the labels in the array
// named, of its first rows if there are fewer predictions.
func JudgeAccuracy(labels string) func(d *Data, r Result) float64 {
	return func(d *Data, r Result) float64 {
		y, right := d.Floats(labels), 0
		if len(r["predicted"]) > len(y) {
			d.Fail(errors.New("more predictions than labels"))
			return 0
		}
		for i, p := range r["predicted"] {
			if p == y[i] {
				right++
			}
		}
		return float64(right) / float64(len(r["predicted"]))
	}
}

// JudgeR2 is the coefficient of determination of the predictions of the test rows.
func JudgeR2(d *Data, r Result) float64 {
	return stat.RSquaredFrom(r["predicted"], d.Floats("y_test"), nil)
}

func AsFloats[T float64 | int](values []T) []float64 {
	f := make([]float64, len(values))
	for i, v := range values {
		f[i] = float64(v)
	}
	return f
}
