package modeltest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/model"
)

// fitted returns a model of the suite's data and its answers about them.
func (s *suite[T, M]) fitted() (M, answers, error) {
	m, err := s.fit(s.data)
	if err != nil {
		return m, nil, err
	}
	a, err := s.answers(m, s.data.X)
	return m, a, err
}

// stridedRows: views of any kind are as good as copies.
func (s *suite[T, M]) stridedRows() error {
	m, want, err := s.fitted()
	if err != nil {
		return err
	}
	transposed := mat.DenseCopyOf(s.data.X.T())
	for name, x := range map[string]mat.Matrix{
		"strided":    strided(s.data.X),
		"transposed": transposed.T(),
		"foreign":    foreign{s.data.X},
	} {
		got, err := s.answers(m, x)
		if err != nil {
			return fmt.Errorf("%s rows: %w", name, err)
		}
		if err := differ(want, got, 0); err != nil {
			return fmt.Errorf("%s rows: %w", name, err)
		}
	}
	return nil
}

// foreign is a mat.Matrix of a type that no library knows.
type foreign struct{ mat.Matrix }

// rowByRow: what is said about a row does not depend on the rows beside it.
func (s *suite[T, M]) rowByRow() error {
	m, want, err := s.fitted()
	if err != nil {
		return err
	}
	n, p := s.data.Dims()
	for _, method := range methods(m) {
		if method.labels && s.renumber {
			if want[method.name], err = method.call(s.data.X); err != nil {
				return err
			}
		}
		for i := range n {
			row := mat.DenseCopyOf(s.data.X.Slice(i, i+1, 0, p))
			got, err := method.call(row)
			if err != nil {
				return fmt.Errorf("%s of one row: %w", method.name, err)
			}
			_, width := want[method.name].Dims()
			if err := differMatrix(want[method.name].Slice(i, i+1, 0, width).(*mat.Dense), got, 0); err != nil {
				return fmt.Errorf("%s of row %d alone: %w", method.name, i, err)
			}
			if method.row == nil {
				continue
			}
			said, err := method.row([]float64{42}, row.RawRowView(0))
			if err != nil {
				return fmt.Errorf("%sRow: %w", method.name, err)
			}
			if len(said) != 1+width || said[0] != 42 {
				return fmt.Errorf("%sRow of row %d appended to [42] is %v, want %d more", method.name, i, said, width)
			}
			if err := differMatrix(got, mat.NewDense(1, width, said[1:]), 0); err != nil {
				return fmt.Errorf("%sRow of row %d: %w", method.name, i, err)
			}
		}
	}
	return nil
}

// rowAllocations: PredictRow allocates nothing, nor do the other methods of a row
// where they are given enough memory.
func (s *suite[T, M]) rowAllocations() error {
	if race.Enabled {
		return nil // the detector's own allocations count
	}
	m, a, err := s.fitted()
	if err != nil {
		return err
	}
	row := s.data.X.RawRowView(0)
	for _, method := range methods(m) {
		if method.row == nil {
			continue
		}
		_, width := a[method.name].Dims()
		dst := make([]float64, 0, width)
		if allocs := testing.AllocsPerRun(100, func() { _, _ = method.row(dst, row) }); allocs != 0 {
			return fmt.Errorf("each call of %sRow costs %v allocations", method.name, allocs)
		}
	}
	return nil
}

// permutedRows: permuting the rows permutes the answers.
func (s *suite[T, M]) permutedRows() error {
	m, err := s.fit(s.data)
	if err != nil {
		return err
	}
	order := rand.New(rand.NewPCG(5, 5)).Perm(s.data.Len())
	shuffled := permuted(s.data, order)
	for _, method := range methods(m) {
		want, err := method.call(s.data.X)
		if err != nil {
			return err
		}
		got, err := method.call(shuffled.X)
		if err != nil {
			return err
		}
		_, width := want.Dims()
		for to, from := range order {
			if err := differMatrix(want.Slice(from, from+1, 0, width).(*mat.Dense), got.Slice(to, to+1, 0, width).(*mat.Dense), 0); err != nil {
				return fmt.Errorf("%s: row %d moved to %d: %w", method.name, from, to, err)
			}
		}
	}
	return nil
}

// refusesRows: every method refuses rows that the model was not fitted for.
func (s *suite[T, M]) refusesRows() error {
	m, err := s.fit(s.data)
	if err != nil {
		return err
	}
	n, p := s.data.Dims()
	with := func(v float64) *mat.Dense {
		x := mat.DenseCopyOf(s.data.X)
		x.Set(n-1, p-1, v)
		return x
	}
	rows := []struct {
		name string
		x    mat.Matrix
		want error
	}{
		{"nil", nil, dataset.ErrEmpty},
		{"a nil *mat.Dense", (*mat.Dense)(nil), dataset.ErrEmpty},
		{"no rows", new(mat.Dense), dataset.ErrEmpty},
		{"a column too few", s.data.X.Slice(0, n, 0, p-1), dataset.ErrShape},
		{"a column too many", mat.NewDense(3, p+1, nil), dataset.ErrShape},
		{"NaN", with(math.NaN()), dataset.ErrNotFinite},
		{"+Inf", with(math.Inf(1)), dataset.ErrNotFinite},
		{"-Inf", with(math.Inf(-1)), dataset.ErrNotFinite},
	}
	var errs []error
	for _, r := range rows {
		want := r.want
		if r.name == "NaN" && s.missing {
			want = nil
		}
		judge := func(method string, got error) {
			if !errors.Is(got, want) {
				errs = append(errs, fmt.Errorf("%s of %s: error %v, want %v", method, r.name, got, want))
			}
		}
		for _, method := range methods(m) {
			judge(method.name, guard(func() error {
				_, err := method.call(r.x)
				return err
			}))
		}
		row := rowOf(r.x)
		if row == nil {
			continue
		}
		for _, method := range methods(m) {
			if method.row != nil {
				judge(method.name+"Row", guard(func() error {
					_, err := method.row(nil, row)
					return err
				}))
			}
		}
	}
	return errors.Join(errs...)
}

// rowOf returns the last row of x, or nil where there is none.
func rowOf(x mat.Matrix) []float64 {
	if d, ok := x.(*mat.Dense); x == nil || ok && (d == nil || d.IsEmpty()) {
		return nil
	}
	n, _ := x.Dims()
	return mat.Row(nil, n-1, x)
}

// concurrent: models and parameters may be used from many goroutines at once.
// The race detector makes this check complete.
func (s *suite[T, M]) concurrent() error {
	m, want, err := s.fitted()
	if err != nil {
		return err
	}
	const users = 6
	errs := make([]error, users)
	var wg sync.WaitGroup
	for u := range users {
		wg.Go(func() {
			errs[u] = guard(func() error {
				if u == 0 {
					_, err := s.fit(s.data)
					return err
				}
				got, err := s.answers(m, s.data.X)
				if err != nil {
					return err
				}
				for _, method := range methods(m) {
					for i := 0; i < 10 && method.row != nil; i++ {
						if _, err := method.row(nil, s.data.X.RawRowView(i)); err != nil {
							return err
						}
					}
				}
				return differ(want, got, 0)
			})
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// learnsClasses: the classes of the training data, which overlap little, are
// mostly recognised.
func (s *suite[T, M]) learnsClasses() error {
	_, a, err := s.fitted()
	if err != nil {
		return err
	}
	right := 0
	for i, k := range any(s.data.Y).([]int) {
		if a["Predict"].At(i, 0) == float64(k) {
			right++
		}
	}
	if share := float64(right) / float64(s.data.Len()); share < 0.8 {
		return fmt.Errorf("%.0f %% of the training data are recognised, want at least 80 %%", 100*share)
	}
	return nil
}

// learnsTargets: half of the variance of nearly linear training data is
// explained.
func (s *suite[T, M]) learnsTargets() error {
	_, a, err := s.fitted()
	if err != nil {
		return err
	}
	y := any(s.data.Y).([]float64)
	mean := 0.0
	for _, v := range y {
		mean += v / float64(len(y))
	}
	rss, tss := 0.0, 0.0
	for i, v := range y {
		rss += math.Pow(v-a["Predict"].At(i, 0), 2)
		tss += math.Pow(v-mean, 2)
	}
	if r2 := 1 - rss/tss; !(r2 > 0.5) {
		return fmt.Errorf("training data: R² is %.3f, want more than 0.5", r2)
	}
	return nil
}

// refusesBadTargets: targets must be finite.
func (s *suite[T, M]) refusesBadTargets() error {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		err := s.refuses(fmt.Sprint("a target of ", v), dataset.ErrNotFinite, func(ds *dataset.Dataset[T]) {
			any(ds.Y).([]float64)[2] = v
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// refusesOneClass: one class is nothing to learn from.
func (s *suite[T, M]) refusesOneClass() error {
	return s.refuses("one class", dataset.ErrClasses, func(ds *dataset.Dataset[T]) {
		ds.Classes = nil
		clear(any(ds.Y).([]int))
	})
}

// refusesMissingClass: a named class without a sample is an error, as is a
// label without a name.
func (s *suite[T, M]) refusesMissingClass() error {
	return errors.Join(
		s.refuses("a class without samples", dataset.ErrClasses, func(ds *dataset.Dataset[T]) {
			ds.Classes = append(slices.Clone(ds.Classes), "dogwood")
		}),
		s.refuses("a label without a name", dataset.ErrClasses, func(ds *dataset.Dataset[T]) {
			ds.Classes = ds.Classes[:2]
		}),
		s.refuses("a negative label", dataset.ErrClasses, func(ds *dataset.Dataset[T]) {
			any(ds.Y).([]int)[4] = -1
		}),
	)
}

// probabilities: they are in [0, 1], sum to one, and the predicted class is the
// lowest of the most probable.
func (s *suite[T, M]) probabilities() error {
	_, a, err := s.fitted()
	if err != nil {
		return err
	}
	proba, ok := a["PredictProba"]
	if !ok {
		return nil
	}
	n, k := proba.Dims()
	if k != 3 {
		return fmt.Errorf("%d probabilities per row for 3 classes", k)
	}
	for i := range n {
		row := proba.RawRowView(i)
		sum := 0.0
		for _, p := range row {
			if !(p >= 0 && p <= 1) {
				return fmt.Errorf("row %d: probability %v", i, p)
			}
			sum += p
		}
		if math.Abs(sum-1) > 1e-12 {
			return fmt.Errorf("row %d: probabilities sum to 1 %+.2g", i, sum-1)
		}
		if best := float64(slices.Index(row, slices.Max(row))); best != a["Predict"].At(i, 0) {
			return fmt.Errorf("row %d: Predict says %v, probabilities are %v", i, a["Predict"].At(i, 0), row)
		}
	}
	return nil
}

// decision: the predicted class is the lowest of those with the largest score;
// with two classes there is one score, positive for class 1.
func (s *suite[T, M]) decision() error {
	m, a, err := s.fitted()
	if err != nil {
		return err
	}
	if _, ok := any(m).(model.DecisionFunction); !ok {
		return nil
	}
	scores := a["Decision"]
	n, k := scores.Dims()
	if k != 3 {
		return fmt.Errorf("%d scores per row for 3 classes", k)
	}
	for i := range n {
		row := scores.RawRowView(i)
		if best := float64(slices.Index(row, slices.Max(row))); best != a["Predict"].At(i, 0) {
			return fmt.Errorf("row %d: Predict says %v, scores are %v", i, a["Predict"].At(i, 0), row)
		}
	}
	binary := clone(s.data)
	binary.Classes = nil
	for i, y := range any(binary.Y).([]int) {
		any(binary.Y).([]int)[i] = min(y, 1)
	}
	if m, err = s.fit(binary); err != nil {
		return err
	}
	if a, err = s.answers(m, binary.X); err != nil {
		return err
	}
	if _, k := a["Decision"].Dims(); k != 1 {
		return fmt.Errorf("%d scores per row for 2 classes, want 1", k)
	}
	for i := range n {
		if score := a["Decision"].At(i, 0); (score > 0) != (a["Predict"].At(i, 0) == 1) {
			return fmt.Errorf("two classes, row %d: Predict says %v, the score is %v", i, a["Predict"].At(i, 0), score)
		}
	}
	return nil
}

// inverse: transforming back gives the samples again.
func (s *suite[T, M]) inverse() error {
	m, a, err := s.fitted()
	if err != nil {
		return err
	}
	inverter, ok := any(m).(model.InverseTransformer)
	if !ok {
		return nil
	}
	back, err := inverter.InverseTransform(a["Transform"])
	if err != nil {
		return err
	}
	if err := differMatrix(s.data.X, back, s.tolerance); err != nil {
		return err
	}
	_, width := a["Transform"].Dims()
	for _, x := range []mat.Matrix{nil, new(mat.Dense), mat.NewDense(2, width+1, nil)} {
		if err := guard(func() error { _, err := inverter.InverseTransform(x); return err }); err == nil || errors.Is(err, errPanic) {
			return fmt.Errorf("error of InverseTransform for a malformed matrix: %v", err)
		}
	}
	return nil
}
