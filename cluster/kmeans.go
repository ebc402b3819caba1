package cluster

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/model"
)

// KMeans divides n samples into K clusters so that the inertia
//
//	Σᵢ wᵢ minₖ ‖xᵢ − cₖ‖²
//
// is small: it starts from centres drawn by greedy k-means++ and alternates
// between assigning each sample to its nearest centre and moving each centre to
// the mean of its samples, until a local minimum. The best of Restarts runs is
// kept.
//
// All algorithms give the same labels, centres and inertia, iteration by
// iteration, to the last bit: a label is the index of the least distance
// Σ(x−c)² in float64, the lower index on equality, however few distances an
// algorithm needs to find it. An empty cluster takes the sample that lies
// farthest from its centre, as in scikit-learn.
//
// A fit costs O(nKp) per iteration with Lloyd's algorithm and less with bounds;
// beside the data it needs 8 bytes per sample, which become the labels, and
// k-means++ 15 more and a copy in float32 of data of up to 64 MB. Features should be
// on comparable scales.
//
// Sources: Lloyd, "Least squares quantization in PCM" (1982); Arthur and
// Vassilvitskii, "k-means++: the advantages of careful seeding" (2007), whose
// section 6 has the greedy variant; Hamerly, "Making k-means even faster" (2010);
// Elkan, "Using the triangle inequality to accelerate k-means" (2003).
type KMeans struct {
	K         int        // number of clusters; 0 means 8
	Init      Init       // how the first centres are drawn; zero means k-means++
	Centers   *mat.Dense // first centres, K × p, instead of drawn ones; then there is one run
	Restarts  int        // number of runs; 0 means 1 with k-means++ and 10 with random centres
	MaxIter   int        // limit of iterations of a run; 0 means 300
	Tol       float64    // a run ends when Σ‖Δcₖ‖² ≤ Tol · mean variance of the features; 0 means 1e-4
	Algorithm Algorithm  // zero means chosen by n, p and K
	Seed      uint64
}

// Init is a way to draw the first centres.
type Init int

const (
	PlusPlus Init = iota // greedy k-means++: far from each other
	Random               // K samples, drawn by weight without replacement
)

// Algorithm is a way to find the nearest centres. All give the same result.
//
// Auto takes Hamerly, or Elkan for p ≥ 512 features and 150 ≤ K ≤ p/2 centres; for
// more than 65,534 centres all are Lloyd, as labels leave no room for bounds. On
// two cores with AVX-512, up to 50 iterations took, by Lloyd's algorithm and by
// Elkan's relative to Hamerly's:
//
//	n × p, K                          Lloyd   Elkan
//	50,000 × 3, 300, blobs            1.5     11
//	50,000 × 20, 200, blobs           2.6     5.8
//	20,000 × 100, 100, blobs          1.8     1.8
//	10,000 × 784, 10, images          2.3     1.4
//	10,000 × 784, 100, images         1.3     0.85
//	10,000 × 784, 200, images         1.2     0.77
//	10,000 × 784, 400, images         1.0     0.64
//
// The search among all centres is a product of matrices in float32; bounds pay
// where they spare whole samples, and single distances only where these are long.
// So two more that are known to beat Lloyd's algorithm with single distances are not
// here: exponion (Newling and Fleuret, "Fast k-means with accurate bounds", 2016)
// and Yinyang (Ding et al., "Yinyang k-means", 2015) with groups of eight centres. On
// eight data sets of 2 to 100 features none took less CPU time than Hamerly's, and on
// images Elkan's took less than Yinyang.
type Algorithm int

const (
	Auto    Algorithm = iota
	Lloyd             // all distances, in blocks
	Hamerly           // two bounds per sample, which spare the samples that clearly stay
	Elkan             // besides, a bound for each centre, which spares most distances of the other samples; it takes 4K bytes per sample
)

func (a Algorithm) chosen(d *data, k int) Algorithm {
	_, p := d.Dims()
	switch {
	case !roomForBounds(k):
		return Lloyd
	case a != Auto:
		return a
	case p >= 512 && k >= 150 && k <= p/2:
		return Elkan
	}
	return Hamerly
}

// KMeansModel is a division into clusters: that of the training data, and of
// any other sample by the nearest centre.
type KMeansModel struct {
	Centers *mat.Dense // K × p
	Labels  []int      // cluster of each training sample
	Inertia float64    // Σ wᵢ‖xᵢ − c‖² over the training samples; also the Objective
	model.Convergence
	Schema dataset.Schema
}

var (
	_ model.Fitter[dataset.None, *KMeansModel] = KMeans{}
	_ model.Predictor[int]                     = (*KMeansModel)(nil)
	_ model.RowTransformer                     = (*KMeansModel)(nil)
	_ model.Transformer                        = (*KMeansModel)(nil)
)

func init() { model.Register("cluster.KMeans", 1, (*KMeansModel).restore) }

// Fit divides the samples of ds. It is an error if there are fewer samples of
// positive weight than clusters, or if squared distances overflow (values beyond
// 1e150). With fewer distinct samples than clusters some clusters stay empty, and
// Converged is true all the same. Progress is reported as "k-means", by
// iteration; a run that converges has done all of its.
func (p KMeans) Fit(ctx context.Context, ds *dataset.Unlabeled) (*KMeansModel, error) {
	p = p.withDefaults()
	if err := p.check(ds); err != nil {
		return nil, err
	}
	d, err := newData(ctx, ds)
	if err != nil {
		return nil, err
	}
	var best *run
	for i := range p.Restarts {
		report := func(iterations int) {
			model.Report(ctx, model.Progress{Task: "k-means", Done: i*p.MaxIter + iterations, Total: p.Restarts * p.MaxIter})
		}
		r, err := p.run(ctx, d, uint64(i), report)
		if err != nil {
			return nil, err
		}
		report(p.MaxIter)
		if best == nil || r.inertia < best.inertia {
			best = r
		}
	}
	return best.model(), nil
}

func (p KMeans) withDefaults() KMeans {
	if p.K == 0 {
		p.K = 8
	}
	if p.Restarts == 0 {
		p.Restarts = 1
		if p.Init == Random {
			p.Restarts = 10
		}
	}
	if p.Centers != nil {
		p.Restarts = min(p.Restarts, 1)
	}
	if p.MaxIter == 0 {
		p.MaxIter = 300
	}
	if p.Tol == 0 {
		p.Tol = 1e-4
	}
	return p
}

func (p KMeans) check(ds *dataset.Unlabeled) error {
	switch {
	case p.K < 1:
		return &model.ParamError{Field: "K", Value: p.K, Want: "at least 1"}
	case p.Init != PlusPlus && p.Init != Random:
		return &model.ParamError{Field: "Init", Value: p.Init, Want: "PlusPlus or Random"}
	case p.Restarts < 1:
		return &model.ParamError{Field: "Restarts", Value: p.Restarts, Want: "at least 1"}
	case p.MaxIter < 1:
		return &model.ParamError{Field: "MaxIter", Value: p.MaxIter, Want: "at least 1"}
	case !(p.Tol > 0):
		return &model.ParamError{Field: "Tol", Value: p.Tol, Want: "a number > 0"}
	case p.Algorithm < Auto || p.Algorithm > Elkan:
		return &model.ParamError{Field: "Algorithm", Value: p.Algorithm, Want: "Auto, Lloyd, Hamerly or Elkan"}
	}
	if err := ds.Validate(); err != nil {
		return err
	}
	if n := positive(ds); n < p.K {
		return &model.ParamError{Field: "K", Value: p.K, Want: atMostSamples(n)}
	}
	if p.Centers == nil {
		return nil
	}
	if k, _ := p.Centers.Dims(); k != p.K {
		return &model.ParamError{Field: "Centers", Value: shape(p.Centers), Want: "K rows"}
	}
	if _, err := dataset.CheckRows(p.Centers, ds.X.RawMatrix().Cols); err != nil {
		return &model.ParamError{Field: "Centers", Value: err, Want: "finite values of as many features as the data"}
	}
	return nil
}

// positive returns the number of samples of positive weight.
func positive(ds *dataset.Unlabeled) int {
	n := ds.Len()
	for _, w := range ds.Weights {
		if w == 0 {
			n--
		}
	}
	return n
}

// Predict returns the index of the nearest centre of each row of x, the lower one
// on equality. It costs O(nKp).
func (m *KMeansModel) Predict(x mat.Matrix) ([]int, error) {
	k, features := dims(m.Centers)
	d, err := dataset.CheckRows(x, features)
	if err != nil {
		return nil, err
	}
	n, _ := d.Dims()
	labels := make([]int, n)
	if n >= fewRows && simd.Active() >= simd.AVX2 {
		nearestOfAll(labels, d, m.Centers)
		return labels, nil
	}
	parallel.For(n, rowsPerTask(k, features), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			labels[i], _ = nearest(m.Centers, d.RawRowView(i))
		}
	})
	return labels, nil
}

// PredictRow returns the index of the nearest centre, the lower one on equality.
func (m *KMeansModel) PredictRow(row []float64) (int, error) {
	_, features := dims(m.Centers)
	if err := dataset.CheckRow(row, features); err != nil {
		return 0, err
	}
	k, _ := nearest(m.Centers, row)
	return k, nil
}

// Transform returns the distance ‖x − cₖ‖ of each row to each centre, n × K.
func (m *KMeansModel) Transform(x mat.Matrix) (*mat.Dense, error) {
	k, features := dims(m.Centers)
	d, err := dataset.CheckRows(x, features)
	if err != nil {
		return nil, err
	}
	n, _ := d.Dims()
	distances, centers := mat.NewDense(n, k, nil), m.Centers.RawMatrix()
	parallel.For(n, rowsPerTask(k, features), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := distances.RawRowView(i)
			simd.SqDistRows(row, d.RawRowView(i), centers.Data, centers.Stride)
			for c, square := range row {
				row[c] = math.Sqrt(square)
			}
		}
	})
	return distances, nil
}

// TransformRow appends the distances of one row to dst.
func (m *KMeansModel) TransformRow(dst, row []float64) ([]float64, error) {
	k, features := dims(m.Centers)
	if err := dataset.CheckRow(row, features); err != nil {
		return nil, err
	}
	for c := range k {
		dst = append(dst, math.Sqrt(simd.SqDist(row, m.Centers.RawRowView(c))))
	}
	return dst, nil
}

// dims is Dims, and 0, 0 for the nil matrix of a zero model.
func dims(m *mat.Dense) (rows, columns int) {
	if m == nil {
		return 0, 0
	}
	return m.Dims()
}

// restore checks a loaded model.
func (m *KMeansModel) restore() error {
	if m.Centers == nil || m.Centers.IsEmpty() {
		return errors.New("it has no centres")
	}
	_, features := m.Centers.Dims()
	return dataset.CheckSchema(m.Schema, features)
}

// nearest returns the centre with the least Σ(x−c)² and that distance: what
// every algorithm returns as the label of a sample.
func nearest(centers *mat.Dense, row []float64) (index int, distance float64) {
	index, distance, _ = nearestTwo(centers, row)
	return index, distance
}

// nearestTwo returns the next-nearest centre's distance, too.
func nearestTwo(centers *mat.Dense, row []float64) (index int, first, second float64) {
	raw := centers.RawMatrix()
	first, second = math.Inf(1), math.Inf(1)
	var some [64]float64
	for c := 0; c < raw.Rows; c += len(some) {
		squares := some[:min(len(some), raw.Rows-c)]
		simd.SqDistRows(squares, row, raw.Data[c*raw.Stride:], raw.Stride)
		for at, d := range squares {
			if d < first {
				index, first, second = c+at, d, first
			} else if d < second {
				second = d
			}
		}
	}
	return index, first, second
}
