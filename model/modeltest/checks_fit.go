package modeltest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
)

// refit: the same data, parameters and seed give the same model.
func (s *suite[T, M]) refit() error {
	a, err := s.fit(s.data)
	if err != nil {
		return err
	}
	b, err := s.fit(s.data)
	if err != nil {
		return err
	}
	return s.identical(a, b, s.data.X)
}

// procs: the model does not depend on the number of processors. The data are
// large enough for loops to be divided.
func (s *suite[T, M]) procs() error {
	ds := sample[T](2500, 10, 2)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	alone, err := s.fit(ds)
	if err != nil {
		return err
	}
	counts := []int{2, 3, 8}
	if race.Enabled {
		counts = []int{8} // the detector is slow, and only looks for what all of them show
	}
	for _, procs := range counts {
		runtime.GOMAXPROCS(procs)
		m, err := s.fit(ds)
		if err != nil {
			return err
		}
		if err := s.identical(alone, m, ds.X); err != nil {
			return fmt.Errorf("GOMAXPROCS %d: %w", procs, err)
		}
	}
	return nil
}

// permutedTraining: the order of the samples does not matter.
func (s *suite[T, M]) permutedTraining() error {
	return s.sameModel(s.data, permuted(s.data, rand.New(rand.NewPCG(3, 3)).Perm(s.data.Len())))
}

// integerWeights: a weight of w is as good as w copies, and none as no sample.
func (s *suite[T, M]) integerWeights() error {
	weighted := clone(s.data)
	weighted.Weights = make([]float64, weighted.Len())
	var repeats []int
	for i := range weighted.Weights {
		w := i * 7 % 4
		weighted.Weights[i] = float64(w)
		for range w {
			repeats = append(repeats, i)
		}
	}
	return s.sameModel(permuted(s.data, repeats), weighted)
}

// sameModel fits on both data sets and compares the answers.
func (s *suite[T, M]) sameModel(a, b *dataset.Dataset[T]) error {
	var said [2]answers
	for i, ds := range []*dataset.Dataset[T]{a, b} {
		m, err := s.fit(ds)
		if err != nil {
			return err
		}
		if said[i], err = s.answers(m, s.data.X); err != nil {
			return err
		}
	}
	return differ(said[0], said[1], s.tolerance)
}

// untouched: neither data nor parameters are written to.
func (s *suite[T, M]) untouched() error {
	ds := clone(s.data)
	ds.Weights = make([]float64, ds.Len())
	for i := range ds.Weights {
		ds.Weights[i] = 1 + float64(i%3)
	}
	before, params := clone(ds), fmt.Sprintf("%#v", s.fitter)
	m, err := s.fit(ds)
	if err != nil {
		return err
	}
	if _, err := s.answers(m, ds.X); err != nil {
		return err
	}
	if !reflect.DeepEqual(before.X.RawMatrix().Data, ds.X.RawMatrix().Data) ||
		!reflect.DeepEqual(before.Y, ds.Y) || !reflect.DeepEqual(before.Weights, ds.Weights) {
		return errors.New("the data were changed")
	}
	if after := fmt.Sprintf("%#v", s.fitter); after != params {
		return fmt.Errorf("the parameters were changed from %s to %s", params, after)
	}
	return nil
}

// stridedTraining: a view into a larger matrix is as good as a copy.
func (s *suite[T, M]) stridedTraining() error {
	view := clone(s.data)
	view.X = strided(s.data.X)
	a, err := s.fit(s.data)
	if err != nil {
		return err
	}
	b, err := s.fit(view)
	if err != nil {
		return err
	}
	return s.identical(a, b, s.data.X)
}

// refusesTrainingData: whatever is wrong with the data is an error that says
// what kind of wrong it is.
func (s *suite[T, M]) refusesTrainingData() error {
	nan, inf := math.NaN(), math.Inf(1)
	notFinite := dataset.ErrNotFinite
	if s.missing {
		if _, err := s.fit(s.broken(func(ds *dataset.Dataset[T]) { ds.X.Set(3, 1, nan) })); err != nil {
			return fmt.Errorf("a missing value: %w", err)
		}
	} else if err := s.refuses("NaN in X", notFinite, func(ds *dataset.Dataset[T]) { ds.X.Set(3, 1, nan) }); err != nil {
		return err
	}
	if _, err := s.fit(nil); !errors.Is(err, dataset.ErrEmpty) {
		return fmt.Errorf("nil data: error %v, want one that is %q", err, dataset.ErrEmpty)
	}
	return errors.Join(
		s.refuses("no X", dataset.ErrEmpty, func(ds *dataset.Dataset[T]) { ds.X = nil }),
		s.refuses("no samples", dataset.ErrEmpty, func(ds *dataset.Dataset[T]) { *ds = dataset.Dataset[T]{X: new(mat.Dense)} }),
		s.refuses("+Inf in X", notFinite, func(ds *dataset.Dataset[T]) { ds.X.Set(5, 0, inf) }),
		s.refuses("-Inf in X", notFinite, func(ds *dataset.Dataset[T]) { ds.X.Set(5, 0, -inf) }),
		s.refuses("a target too many", dataset.ErrShape, func(ds *dataset.Dataset[T]) { ds.Y = append(ds.Y, *new(T)) }),
		s.refuses("a weight too few", dataset.ErrShape, func(ds *dataset.Dataset[T]) { ds.Weights = make([]float64, ds.Len()-1) }),
		s.refuses("a negative weight", dataset.ErrWeights, func(ds *dataset.Dataset[T]) { ds.Weights = weights(ds.Len(), -1) }),
		s.refuses("a weight of NaN", dataset.ErrWeights, func(ds *dataset.Dataset[T]) { ds.Weights = weights(ds.Len(), nan) }),
		s.refuses("a weight of +Inf", dataset.ErrWeights, func(ds *dataset.Dataset[T]) { ds.Weights = weights(ds.Len(), inf) }),
		s.refuses("zero weights", dataset.ErrWeights, func(ds *dataset.Dataset[T]) { ds.Weights = make([]float64, ds.Len()) }),
		s.refuses("a feature name too few", dataset.ErrShape, func(ds *dataset.Dataset[T]) { ds.Features = ds.Features[1:] }),
	)
}

// weights returns n weights of one, but for one that is w.
func weights(n int, w float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = 1
	}
	all[n/2] = w
	return all
}

func (s *suite[T, M]) broken(spoil func(*dataset.Dataset[T])) *dataset.Dataset[T] {
	ds := clone(s.data)
	spoil(ds)
	return ds
}

func (s *suite[T, M]) refuses(name string, want error, spoil func(*dataset.Dataset[T])) error {
	if _, err := s.fit(s.broken(spoil)); !errors.Is(err, want) {
		return fmt.Errorf("%s: Fit returned error %v, want one that is %q", name, err, want)
	}
	return nil
}

// degenerate: data without information give a model with finite answers, or an
// error.
func (s *suite[T, M]) degenerate() error {
	var errs []error
	try := func(name string, ds *dataset.Dataset[T]) {
		m, err := s.fit(ds)
		if err != nil {
			if errors.Is(err, errPanic) {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
			return
		}
		a, err := s.answers(m, ds.X)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			return
		}
		for method, y := range a {
			n, p := y.Dims()
			for i := range n * p {
				if v := y.At(i/p, i%p); math.IsNaN(v) || math.IsInf(v, 0) {
					errs = append(errs, fmt.Errorf("%s: %s says %v", name, method, v))
					return
				}
			}
		}
	}
	each := func(f func(i, j int, v float64) float64) *dataset.Dataset[T] {
		ds := clone(s.data)
		ds.X.Apply(f, ds.X)
		return ds
	}
	try("a constant feature", each(func(_, j int, v float64) float64 {
		if j == 1 {
			return 7
		}
		return v
	}))
	try("constant features", each(func(_, _ int, _ float64) float64 { return -3 }))
	try("zero features", each(func(_, _ int, _ float64) float64 { return 0 }))
	try("equal features", each(func(i, _ int, _ float64) float64 { return s.data.X.At(i, 0) }))
	try("features near 1e150", each(func(_, _ int, v float64) float64 { return v * 1e150 }))
	try("features near 1e-150", each(func(_, _ int, v float64) float64 { return v * 1e-150 }))
	try("features offset by 1e8", each(func(_, _ int, v float64) float64 { return v + 1e8 }))
	try("three samples", permuted(s.data, []int{0, 1, 2}))
	try("one sample", permuted(s.data, []int{0}))
	try("one sample repeated", permuted(s.data, make([]int, 20)))
	narrow := clone(s.data)
	narrow.X = mat.DenseCopyOf(s.data.X.Slice(0, s.data.Len(), 0, 1))
	narrow.Features = nil
	try("one feature", narrow)
	return errors.Join(errs...)
}

// cancelledBefore: a context that is done ends the fit at once.
func (s *suite[T, M]) cancelledBefore() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := fit(ctx, s.fitter, s.data); err != context.Canceled {
		return fmt.Errorf("the error of Fit is %v, want %v", err, context.Canceled)
	}
	return nil
}

// cancelledDuring: a fit that is cancelled returns ctx.Err() within 100 ms (the
// best of a few attempts: the machine may be busy) and leaves no goroutine.
func (s *suite[T, M]) cancelledDuring() error {
	ds := sample[T](20_000, 20, 4)
	before := runtime.NumGoroutine()
	var latency time.Duration
	limit := 100 * time.Millisecond
	if race.Enabled {
		limit *= 10 // everything takes about that much longer
	}
	for range 5 {
		ctx, cancel := context.WithCancel(context.Background())
		cancelled := make(chan time.Time, 1)
		timer := time.AfterFunc(10*time.Millisecond, func() {
			cancelled <- time.Now()
			cancel()
		})
		_, err := fit(ctx, s.fitter, ds)
		returned := time.Now()
		if timer.Stop() {
			cancel()
			if err != nil {
				return fmt.Errorf("the fit ended before it was cancelled, with error %w", err)
			}
			return nil // too fast to be cancelled
		}
		latency = returned.Sub(<-cancelled)
		if err != nil && err != context.Canceled {
			return fmt.Errorf("the error of Fit is %v, want %v", err, context.Canceled)
		}
		if latency <= limit {
			return leaked(before)
		}
	}
	return fmt.Errorf("the fit returned %v after it was cancelled", latency)
}

// leaked reports goroutines beyond the given number that do not end.
func leaked(before int) error {
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			return fmt.Errorf("%d goroutines, %d before the fit", runtime.NumGoroutine(), before)
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}
