package modeltest

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/race"
	"github.com/sapwood-ml/sapwood/model"
)

type centroidState struct {
	Centers *mat.Dense
	Fault   string
}

func init() {
	model.RegisterState("modeltest.centroid", 1,
		func(m *centroidModel) centroidState { return centroidState{m.Centers, m.fault} },
		func(s centroidState) (*centroidModel, error) {
			if s.Fault == "save and load" {
				s.Centers.Set(0, 0, s.Centers.At(0, 0)+1e-9)
			}
			return &centroidModel{s.Centers, s.Fault, new(int)}, nil
		})
	model.Register("modeltest.center", 1, func(*centerModel) error { return nil })
	model.Register("modeltest.slope", 1, func(*slopeModel) error { return nil })
}

// centroid assigns a sample to the class with the nearest mean; it keeps every
// promise, but for the one that its fault breaks.
type centroid struct{ fault string }

type centroidModel struct {
	Centers *mat.Dense
	fault   string
	calls   *int
}

var _ model.Fitter[int, *centroidModel] = centroid{}

func (c centroid) Fit(ctx context.Context, ds *dataset.Classification) (*centroidModel, error) {
	if err := ctx.Err(); err != nil && c.fault != "cancelled before" {
		return nil, err
	}
	if err := ds.Validate(); err != nil && c.fault != "malformed training data" {
		return nil, err
	}
	if c.fault == "cancelled during" && ds.Len() > 10_000 {
		late := 250 * time.Millisecond
		if race.Enabled {
			late *= 6 // as the check allows for the detector
		}
		time.Sleep(late)
	}
	classes, err := dataset.CheckClasses(ds)
	if err != nil && c.fault != "one class" && c.fault != "missing class" {
		return nil, err
	}
	classes = max(classes, 3*(1-min(classes, 1)))
	n, p := ds.Dims()
	m := &centroidModel{Centers: mat.NewDense(classes, p, nil), fault: c.fault, calls: new(int)}
	total := make([]float64, classes)
	for i := range n {
		if c.fault == "permuted training rows" && i > n/2 {
			break
		}
		k, w := ds.Y[i], ds.Weight(i)
		if c.fault == "integer weights" {
			w = 1
		}
		total[k] += w
		for j, v := range ds.X.RawRowView(i) {
			m.Centers.Set(k, j, m.Centers.At(k, j)+w*v)
		}
	}
	for k := range classes {
		for j := range p {
			m.Centers.Set(k, j, m.Centers.At(k, j)/total[k])
		}
	}
	switch c.fault {
	case "refit", "GOMAXPROCS":
		m.Centers.Set(0, 0, m.Centers.At(0, 0)+1e-9*rand.Float64())
	case "inputs untouched":
		ds.X.Set(0, 0, 0)
	case "strided training data":
		m.Centers.Set(0, 0, m.Centers.At(0, 0)+1e-9*float64(ds.X.RawMatrix().Stride))
	case "learns":
		m.Centers.Zero()
	}
	return m, nil
}

func (m *centroidModel) Decision(x mat.Matrix) (*mat.Dense, error) {
	classes, p := m.Centers.Dims()
	d, err := dataset.CheckRows(x, p)
	if err != nil {
		if m.fault != "malformed rows" || !errors.Is(err, dataset.ErrNotFinite) {
			return nil, err
		}
		d = mat.DenseCopyOf(x)
	}
	n, _ := d.Dims()
	scores := mat.NewDense(n, classes, nil)
	for i := range n {
		row := d.RawRowView(i)
		if _, dense := x.(*mat.Dense); m.fault == "strided and transposed rows" && !dense {
			row = make([]float64, p)
		}
		for k := range classes {
			scores.Set(i, k, -m.distance(row, k))
		}
	}
	if m.fault == "permuted rows" && n > 3 || m.fault == "row by row" {
		scores.Set(n-1, 0, scores.At(n-1, 0)-float64(n))
	}
	if classes > 2 {
		return scores, nil
	}
	binary := mat.NewDense(n, 1, nil)
	for i := range n {
		binary.Set(i, 0, scores.At(i, 1)-scores.At(i, 0))
	}
	if m.fault == "decision" {
		binary.Scale(-1, binary)
	}
	return binary, nil
}

func (m *centroidModel) distance(row []float64, k int) float64 {
	d := 0.0
	for j, v := range row {
		d += (v - m.Centers.At(k, j)) * (v - m.Centers.At(k, j))
	}
	if m.fault == "degenerate data" {
		return d * d // overflows
	}
	return min(d, math.MaxFloat64)
}

func (m *centroidModel) nearest(row []float64) int {
	best := 0
	for k := range m.Centers.RawMatrix().Rows {
		if m.distance(row, k) < m.distance(row, best) {
			best = k
		}
	}
	return best
}

func (m *centroidModel) Predict(x mat.Matrix) ([]int, error) {
	d, err := dataset.CheckRows(x, m.Centers.RawMatrix().Cols)
	if err != nil {
		return nil, err
	}
	n, _ := d.Dims()
	labels := make([]int, n)
	for i := range n {
		labels[i] = m.nearest(d.RawRowView(i))
	}
	if m.fault == "concurrent use" {
		*m.calls++
		time.Sleep(time.Microsecond)
		if *m.calls > 1 {
			return nil, errors.New("called twice")
		}
	}
	return labels, nil
}

var sink []float64

func (m *centroidModel) PredictRow(row []float64) (int, error) {
	if err := dataset.CheckRow(row, m.Centers.RawMatrix().Cols); err != nil {
		return 0, err
	}
	if m.fault == "rows allocate nothing" {
		sink = make([]float64, len(row))
	}
	return m.nearest(row), nil
}

func (m *centroidModel) PredictProba(x mat.Matrix) (*mat.Dense, error) {
	labels, err := m.Predict(x)
	if err != nil {
		return nil, err
	}
	proba := mat.NewDense(len(labels), m.Centers.RawMatrix().Rows, nil)
	for i, k := range labels {
		proba.Set(i, k, 1)
		if m.fault == "probabilities" {
			proba.Set(i, k, 1-1e-9)
		}
	}
	return proba, nil
}

func TestClassifierThatKeepsEveryPromise(t *testing.T) {
	TestClassifier(t, centroid{})
}

// Each check finds the fault that is named after it.
func TestEachCheckFindsItsFault(t *testing.T) {
	s := newSuite(centroid{}, classification, nil)
	s.extra = []check{
		{"learns", nil}, {"one class", nil}, {"missing class", nil}, {"probabilities", nil}, {"decision", nil},
	}
	for _, c := range s.checks() {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "rows allocate nothing" && race.Enabled {
				t.Skip("allocations are not counted under the race detector")
			}
			if c.name == "concurrent use" && race.Enabled {
				t.Skip("the fault is a race")
			}
			broken := newSuite(centroid{c.name}, classification, nil)
			broken.extra = []check{
				{"learns", broken.learnsClasses}, {"one class", broken.refusesOneClass}, {"missing class", broken.refusesMissingClass},
				{"probabilities", broken.probabilities}, {"decision", broken.decision},
			}
			for _, b := range broken.checks() {
				if b.name == c.name {
					if err := guard(b.run); err == nil {
						t.Errorf("the check passes a classifier with this fault")
					} else {
						t.Log(err)
					}
				}
			}
		})
	}
}

// DecisionRow is Decision of one row.
func (m *centroidModel) DecisionRow(dst, row []float64) ([]float64, error) {
	if err := dataset.CheckRow(row, m.Centers.RawMatrix().Cols); err != nil && m.fault != "DecisionRow, malformed rows" {
		return nil, err
	}
	switch m.fault {
	case "DecisionRow, rows allocate nothing":
		sink = make([]float64, len(row))
	case "DecisionRow, row by row":
		return append(dst, row[:3]...), nil
	}
	classes, _ := m.Centers.Dims()
	if classes == 2 {
		return append(dst, m.distance(row, 0)-m.distance(row, 1)), nil
	}
	for k := range classes {
		dst = append(dst, -m.distance(row, k))
	}
	return dst, nil
}

// The checks of single rows look at each method of a row.
func TestChecksOfRowsFindFaults(t *testing.T) {
	for _, name := range []string{"malformed rows", "row by row", "rows allocate nothing"} {
		if name == "rows allocate nothing" && race.Enabled {
			continue // allocations are not counted
		}
		for _, c := range newSuite(centroid{"DecisionRow, " + name}, classification, nil).checks() {
			if c.name == name {
				if err := guard(c.run); err == nil {
					t.Errorf("%s: the check passes a classifier with this fault", name)
				}
			}
		}
	}
}

// center subtracts the mean.
type center struct{}

type centerModel struct{ Mean []float64 }

func (center) Fit(ctx context.Context, ds *dataset.Unlabeled) (*centerModel, error) {
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n, p := ds.Dims()
	m := &centerModel{Mean: make([]float64, p)}
	total := 0.0
	for i := range n {
		total += ds.Weight(i)
		for j, v := range ds.X.RawRowView(i) {
			m.Mean[j] += ds.Weight(i) * v
		}
	}
	for j := range m.Mean {
		m.Mean[j] /= total
	}
	return m, nil
}

func (m *centerModel) shifted(x mat.Matrix, sign float64) (*mat.Dense, error) {
	d, err := dataset.CheckRows(x, len(m.Mean))
	if err != nil {
		return nil, err
	}
	y := mat.DenseCopyOf(d)
	y.Apply(func(_, j int, v float64) float64 { return v + sign*m.Mean[j] }, y)
	return y, nil
}

func (m *centerModel) Transform(x mat.Matrix) (*mat.Dense, error)        { return m.shifted(x, -1) }
func (m *centerModel) InverseTransform(x mat.Matrix) (*mat.Dense, error) { return m.shifted(x, 1) }

func TestTransformerThatKeepsEveryPromise(t *testing.T) {
	TestTransformer(t, center{})
}

// slope is least squares on the last feature.
type slope struct{}

type slopeModel struct {
	X, Y, Slope float64
	Features    int
}

func (slope) Fit(ctx context.Context, ds *dataset.Regression) (*slopeModel, error) {
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	_, p := ds.Dims()
	m := slopeModel{Features: p}
	last := p - 1 // the feature with the largest coefficient
	total := 0.0
	for i, y := range ds.Y {
		total += ds.Weight(i)
		m.X += ds.Weight(i) * ds.X.At(i, last)
		m.Y += ds.Weight(i) * y
	}
	m.X /= total
	m.Y /= total
	xx, xy := 0.0, 0.0
	for i, y := range ds.Y {
		d := ds.X.At(i, last) - m.X
		xx += ds.Weight(i) * d * d
		xy += ds.Weight(i) * d * (y - m.Y)
	}
	if xx == 0 || math.IsInf(xx, 1) {
		return nil, errors.New("the feature does not vary")
	}
	m.Slope = xy / xx
	return &m, nil
}

func (m *slopeModel) Predict(x mat.Matrix) ([]float64, error) {
	d, err := dataset.CheckRows(x, m.Features)
	if err != nil {
		return nil, err
	}
	n, p := d.Dims()
	y := make([]float64, n)
	for i := range n {
		y[i] = m.Y + m.Slope*(d.At(i, p-1)-m.X)
	}
	return y, nil
}

func (m *slopeModel) PredictRow(row []float64) (float64, error) {
	if err := dataset.CheckRow(row, m.Features); err != nil {
		return 0, err
	}
	return m.Y + m.Slope*(row[m.Features-1]-m.X), nil
}

func TestRegressorThatKeepsEveryPromise(t *testing.T) {
	TestRegressor(t, slope{})
}

func TestParamErrorIsSeen(t *testing.T) {
	TestParamError(t, "N", badParam{})
}

type badParam struct{}

func (badParam) Fit(context.Context, *dataset.Regression) (*slopeModel, error) {
	return nil, &model.ParamError{Field: "N", Value: -1, Want: "more"}
}
