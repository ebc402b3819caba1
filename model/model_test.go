package model_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// majority predicts the most frequent class of its training data.
type majority struct {
	fail  error         // returned by Fit if not nil
	delay time.Duration // Fit waits that long, or until ctx is done
}

type majorityModel struct{ class int }

var _ model.Fitter[int, *majorityModel] = majority{}

func (m majority) Fit(ctx context.Context, ds *dataset.Classification) (*majorityModel, error) {
	if m.fail != nil {
		return nil, m.fail
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(m.delay):
	}
	counts := dataset.ClassCounts(ds)
	return &majorityModel{slices.Index(counts, slices.Max(counts))}, nil
}

func (m *majorityModel) Predict(x mat.Matrix) ([]int, error) {
	n, _ := x.Dims()
	return slices.Repeat([]int{m.class}, n), nil
}

func (m *majorityModel) PredictRow([]float64) (int, error) { return m.class, nil }

func agreement(truth, predicted []int) float64 {
	equal := 0
	for i := range truth {
		if truth[i] == predicted[i] {
			equal++
		}
	}
	return float64(equal) / float64(len(truth))
}

func classes(t *testing.T, counts ...int) *dataset.Classification {
	t.Helper()
	var rows [][]float64
	var y []int
	for k, c := range counts {
		for range c {
			rows = append(rows, []float64{float64(len(rows))})
			y = append(y, k)
		}
	}
	ds, err := dataset.FromRows(rows, y)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func TestCrossValidate(t *testing.T) {
	ds := classes(t, 30, 10)
	scores, err := model.CrossValidate(context.Background(), majority{}, ds, model.KFold{N: 5, Seed: 1}, agreement)
	if err != nil {
		t.Fatal(err)
	}
	if want := slices.Repeat([]float64{0.75}, 5); !slices.Equal(scores, want) {
		t.Errorf("scores %v, want %v", scores, want)
	}
}

func TestCrossValidateNamesTheFailingFold(t *testing.T) {
	broken := errors.New("broken")
	_, err := model.CrossValidate(context.Background(), majority{fail: broken}, classes(t, 5, 5), nil, agreement)
	if !errors.Is(err, broken) || err.Error()[:5] != "fold " {
		t.Errorf("err = %v", err)
	}
}

func TestCrossValidateCancel(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := model.CrossValidate(ctx, majority{delay: time.Hour}, classes(t, 5, 5), nil, agreement)
	if err != context.DeadlineExceeded {
		t.Errorf("err = %v", err)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("returned after %v", d)
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

func TestCrossValidateRefuses(t *testing.T) {
	ctx := context.Background()
	if _, err := model.CrossValidate(ctx, majority{}, nil, nil, agreement); !errors.Is(err, dataset.ErrEmpty) {
		t.Errorf("nil data: %v", err)
	}
	if _, err := model.CrossValidate(ctx, majority{}, classes(t, 2, 1), nil, agreement); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("3 samples in 5 folds: %v", err)
	}
	var param *model.ParamError
	if _, err := model.CrossValidate(ctx, majority{}, classes(t, 2, 1), model.KFold{N: 1}, agreement); !errors.As(err, &param) || param.Field != "N" {
		t.Errorf("one fold: %v", err)
	}
}

func TestKFold(t *testing.T) {
	y := classes(t, 23, 7, 12).Y
	for _, k := range []model.KFold{{}, {N: 3, Seed: 9}, {N: 7, NoShuffle: true}, {N: 4, NoStratify: true}, {N: 42}} {
		t.Run(fmt.Sprintf("%+v", k), func(t *testing.T) {
			folds, err := k.Folds(len(y), y)
			if err != nil {
				t.Fatal(err)
			}
			if want := max(k.N, 5*(1-min(k.N, 1))); len(folds) != want {
				t.Fatalf("%d folds, want %d", len(folds), want)
			}
			tested := make([]int, len(y))
			for _, f := range folds {
				if !slices.IsSorted(f.Test) || !slices.IsSorted(f.Train) {
					t.Error("rows are not in ascending order")
				}
				all := slices.Concat(f.Train, f.Test)
				slices.Sort(all)
				if len(slices.Compact(all)) != len(y) || len(f.Train)+len(f.Test) != len(y) {
					t.Error("train and test do not partition the rows")
				}
				for _, i := range f.Test {
					tested[i]++
				}
				share := len(y) / len(folds)
				if len(f.Test) < share || len(f.Test) > share+1 {
					t.Errorf("%d test rows of %d in %d folds", len(f.Test), len(y), len(folds))
				}
				for class, total := range []int{23, 7, 12} {
					got := 0
					for _, i := range f.Test {
						if y[i] == class {
							got++
						}
					}
					if low := total / len(folds); !k.NoStratify && (got < low || got > low+1) {
						t.Errorf("%d of %d samples of class %d in one of %d folds", got, total, class, len(folds))
					}
				}
			}
			if slices.Min(tested) != 1 || slices.Max(tested) != 1 {
				t.Error("some row is not tested exactly once")
			}
		})
	}
}

// The folds of an unshuffled, stratified division are determined; these are
// those of scikit-learn's StratifiedKFold(3) for the same classes.
func TestKFoldOrder(t *testing.T) {
	for _, c := range []struct {
		classes []int
		want    [][]int
	}{
		{[]int{0, 0, 0, 0, 1, 1, 1, 2, 2, 2}, [][]int{{0, 1, 4, 7}, {2, 5, 8}, {3, 6, 9}}},
		{[]int{2, 0, 1, 1, 2, 0, 2, 1, 1, 0, 2, 2, 1}, [][]int{{0, 1, 2, 3, 4}, {5, 6, 7, 10}, {8, 9, 11, 12}}},
	} {
		folds, err := model.KFold{N: 3, NoShuffle: true}.Folds(len(c.classes), c.classes)
		if err != nil {
			t.Fatal(err)
		}
		for f := range folds {
			if !slices.Equal(folds[f].Test, c.want[f]) {
				t.Errorf("classes %v: fold %d tests %v, want %v", c.classes, f, folds[f].Test, c.want[f])
			}
		}
	}
}

func TestKFoldSeed(t *testing.T) {
	a, _ := model.KFold{Seed: 1}.Folds(100, nil)
	b, _ := model.KFold{Seed: 1}.Folds(100, nil)
	c, _ := model.KFold{Seed: 2}.Folds(100, nil)
	if !slices.Equal(a[0].Test, b[0].Test) || slices.Equal(a[0].Test, c[0].Test) {
		t.Error("folds are not a function of the seed")
	}
}

func TestProgress(t *testing.T) {
	var mu sync.Mutex
	var seen []model.Progress
	ctx := model.WithProgress(context.Background(), func(p model.Progress) {
		if !mu.TryLock() {
			t.Error("two reports at once")
			return
		}
		defer mu.Unlock()
		seen = append(seen, p)
	})
	if _, err := model.CrossValidate(ctx, majority{}, classes(t, 10, 10), nil, agreement); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 5 {
		t.Fatalf("%d reports, want 5", len(seen))
	}
	for _, p := range seen {
		if p.Task != "cross-validation" || p.Total != 5 || p.Done < 1 || p.Done > 5 {
			t.Errorf("%+v", p)
		}
	}
	model.Report(context.Background(), model.Progress{}) // without a listener: nothing happens
}
