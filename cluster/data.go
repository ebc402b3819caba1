package cluster

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// largest bounds the values: their squared differences do not overflow.
const largest = 1e150

// smallest bounds the variance of data to be scaled: below, squares lose digits to
// underflow, and only the distances themselves tell what these say.
const smallest = 1e-300

func atMostSamples(n int) string {
	return fmt.Sprintf("at most the number of samples with positive weight, %d", n)
}

func shape(m *mat.Dense) string {
	r, c := m.Dims()
	return fmt.Sprintf("%d×%d", r, c)
}

// data are the samples and what all runs derive from them.
type data struct {
	*dataset.Unlabeled
	mean     []float64 // of each feature, by weight
	variance float64   // of the features, their mean
	scale    float64   // power of two that brings the root mean squared distance from the mean close to one
}

// newData computes mean and variance in one pass over the data, by pairs of
// chunks (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm
// for computing sample variances", 1979).
func newData(ctx context.Context, ds *dataset.Unlabeled) (*data, error) {
	n, p := ds.Dims()
	chunk := max(rowsPerTask(1, p), (n+63)/64)
	m := newMoments(p)
	workers := make([]*moments, parallel.Workers(n, chunk))
	for i := range workers {
		workers[i] = newMoments(p)
	}
	err := parallel.InOrder(ctx, n, chunk, func(worker, lo, hi int) {
		workers[worker].of(ds, lo, hi)
	}, func(worker, _, _ int) {
		m.add(workers[worker])
	})
	if err != nil {
		return nil, err
	}
	if m.largest > largest {
		return nil, fmt.Errorf("%w: squared distances overflow: a value is as large as %.3g, want at most %.3g; scale the data", dataset.ErrNotFinite, m.largest, largest)
	}
	return m.data(ds), nil
}

// moments are the weight of some samples, the mean of each feature, the sum of
// squared deviations from it, and the largest absolute value.
type moments struct {
	weight        float64
	mean, squares []float64
	largest       float64
}

func newMoments(p int) *moments {
	return &moments{mean: make([]float64, p), squares: make([]float64, p)}
}

// of makes them the moments of the given rows.
func (m *moments) of(ds *dataset.Unlabeled, lo, hi int) *moments {
	m.weight, m.largest = 0, 0
	clear(m.mean)
	clear(m.squares)
	for i := lo; i < hi; i++ {
		x, w := ds.X.RawRowView(i), ds.Weight(i)
		m.largest = max(m.largest, simd.Max(x), -simd.Min(x))
		if w == 0 {
			continue
		}
		m.weight += w
		part := w / m.weight
		for j, v := range x {
			d := v - m.mean[j]
			m.mean[j] += d * part
			m.squares[j] += w * d * (v - m.mean[j])
		}
	}
	return m
}

// data returns the samples, to be centred and scaled by these moments.
func (m *moments) data(ds *dataset.Unlabeled) *data {
	p := float64(len(m.mean))
	d := &data{Unlabeled: ds, mean: m.mean, variance: simd.Sum(m.squares) / m.weight / p, scale: 1}
	if d.variance > smallest {
		d.scale = math.Ldexp(1, -math.Ilogb(math.Sqrt(d.variance*p)))
	}
	return d
}

func (m *moments) add(o *moments) {
	m.largest = max(m.largest, o.largest)
	if o.weight == 0 {
		return
	}
	total := m.weight + o.weight
	for j := range m.mean {
		d := o.mean[j] - m.mean[j]
		m.mean[j] += d * (o.weight / total)
		m.squares[j] += o.squares[j] + d*d*(m.weight*o.weight/total)
	}
	m.weight = total
}

// rowsPerTask is how many rows a task takes that computes k distances per row:
// about 50 µs of work.
func rowsPerTask(k, p int) int { return max(16, 100_000/(k*(p+8))) }
