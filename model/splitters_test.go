package model_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

func TestSplitters(t *testing.T) {
	const n = 30
	classes := make([]int, n)
	groups := make([]int, n)
	for i := range n {
		classes[i] = i % 3 / 2 // twice as many of class 0
		groups[i] = 100 - i*i%7
	}
	for _, c := range []struct {
		splitter model.Splitter
		folds    int
		covers   int // how often each sample is tested; -1 if that differs
	}{
		{model.RepeatedKFold{KFold: model.KFold{N: 3, Seed: 1}, Repeats: 4}, 12, 4},
		{model.RepeatedKFold{}, 50, 10},
		{model.GroupKFold{N: 3, Groups: groups}, 3, 1},
		{model.TimeSeriesSplit{}, 5, -1},
		{model.TimeSeriesSplit{N: 3, Test: 4, Gap: 2, MaxTrain: 5}, 3, -1},
		{model.LeaveOneOut{}, n, 1},
		{model.ShuffleSplit{N: 7, TestFraction: 0.2}, 7, -1},
	} {
		t.Run(fmt.Sprintf("%T", c.splitter), func(t *testing.T) {
			folds, err := c.splitter.Folds(n, classes)
			if err != nil {
				t.Fatal(err)
			}
			if len(folds) != c.folds {
				t.Fatalf("%d folds, want %d", len(folds), c.folds)
			}
			tested := make([]int, n)
			for _, f := range folds {
				if len(f.Train) == 0 || len(f.Test) == 0 || !slices.IsSorted(f.Train) || !slices.IsSorted(f.Test) {
					t.Fatalf("fold %+v", f)
				}
				for _, i := range f.Test {
					tested[i]++
					if slices.Contains(f.Train, i) {
						t.Errorf("sample %d trains and is tested", i)
					}
					if g, ok := c.splitter.(model.GroupKFold); ok && slices.ContainsFunc(f.Train, func(j int) bool { return g.Groups[i] == g.Groups[j] }) {
						t.Errorf("the group of sample %d trains and is tested", i)
					}
					if ts, ok := c.splitter.(model.TimeSeriesSplit); ok && slices.Max(f.Train)+ts.Gap >= i {
						t.Errorf("sample %d is tested after training on %d", i, slices.Max(f.Train))
					}
				}
			}
			if c.covers >= 0 && (slices.Min(tested) != c.covers || slices.Max(tested) != c.covers) {
				t.Errorf("samples are tested %v times, want %d", tested, c.covers)
			}
			again, _ := c.splitter.Folds(n, classes)
			if !slices.EqualFunc(folds, again, func(a, b model.Fold) bool { return slices.Equal(a.Test, b.Test) && slices.Equal(a.Train, b.Train) }) {
				t.Error("the folds change")
			}
		})
	}
	// Those of scikit-learn's TimeSeriesSplit(n_splits=3, test_size=4, gap=2, max_train_size=5).
	folds, _ := model.TimeSeriesSplit{N: 3, Test: 4, Gap: 2, MaxTrain: 5}.Folds(30, nil)
	if !slices.Equal(folds[0].Train, []int{11, 12, 13, 14, 15}) || !slices.Equal(folds[0].Test, []int{18, 19, 20, 21}) {
		t.Errorf("first fold %+v", folds[0])
	}
	shuffled, _ := model.ShuffleSplit{TestFraction: 0.2}.Folds(n, classes)
	for _, f := range shuffled {
		ones := 0
		for _, i := range f.Test {
			ones += classes[i]
		}
		if len(f.Test) != 6 || ones != 2 {
			t.Errorf("%d of %d test samples are of class 1", ones, len(f.Test))
		}
	}
}

func TestSplittersRefuse(t *testing.T) {
	var param *model.ParamError
	for name, s := range map[string]model.Splitter{
		"N":            model.GroupKFold{N: 1},
		"Groups":       model.GroupKFold{Groups: []int{1}},
		"Repeats":      model.RepeatedKFold{Repeats: -1},
		"Gap":          model.TimeSeriesSplit{Gap: -1},
		"TestFraction": model.ShuffleSplit{TestFraction: 2},
	} {
		if _, err := s.Folds(10, nil); !errors.As(err, &param) || param.Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (model.TimeSeriesSplit{Test: 1}).Folds(math.MinInt, nil); !errors.Is(err, dataset.ErrShape) {
		t.Errorf("fewer than no samples: %v", err)
	}
	for _, s := range []model.Splitter{model.GroupKFold{Groups: []int{1, 1}}, model.TimeSeriesSplit{Test: 5}, model.LeaveOneOut{}, model.ShuffleSplit{}} {
		n := 2
		if _, ok := s.(model.GroupKFold); !ok {
			n = 1
		}
		if _, err := s.Folds(n, nil); !errors.Is(err, dataset.ErrShape) {
			t.Errorf("%T of %d samples: %v", s, n, err)
		}
	}
}

// A count that is wildly too large is an error, not the end of the program.
func TestSplittersRefuseTooMany(t *testing.T) {
	const huge = math.MaxInt - 1
	var param *model.ParamError
	for name, s := range map[string]model.Splitter{
		"N":       model.ShuffleSplit{N: huge},
		"Repeats": model.RepeatedKFold{Repeats: huge},
	} {
		if _, err := s.Folds(10, nil); !errors.As(err, &param) || param.Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (model.TimeSeriesSplit{N: 1 << 20, Test: 1}).Folds(1<<21, nil); !errors.As(err, &param) || param.Field != "N" {
		t.Errorf("a million long folds: %v", err)
	}
	if folds, err := (model.TimeSeriesSplit{N: 1 << 20, Test: 1, MaxTrain: 1}).Folds(1<<21, nil); err != nil || len(folds) != 1<<20 {
		t.Errorf("a million short folds: %d of them, error %v", len(folds), err)
	}
	for _, s := range []model.Splitter{model.KFold{}, model.RepeatedKFold{}, model.TimeSeriesSplit{}, model.LeaveOneOut{}, model.ShuffleSplit{}} {
		for _, n := range []int{1 << 30, huge, math.MaxInt} {
			if _, ok := s.(model.LeaveOneOut); !ok && n == 1<<30 {
				continue // which fits into a large memory
			}
			if _, err := s.Folds(n, nil); !errors.Is(err, dataset.ErrShape) {
				t.Errorf("%T of %d samples: %v", s, n, err)
			}
		}
	}
}
