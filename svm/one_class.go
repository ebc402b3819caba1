package svm

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// OneClass learns where samples lie, to tell those that lie elsewhere (Schölkopf,
// Platt, Shawe-Taylor, Smola and Williamson 2001, Estimating the support of a
// high-dimensional distribution). It solves
//
//	minimise over α  ½ ΣΣ αᵢαⱼ K(xᵢ, xⱼ),
//	subject to       0 ≤ αᵢ ≤ wᵢ, Σ αᵢ = ν·Σw:
//
// at most a fraction ν of the training samples, by weight, are found to be
// outliers, and at least ν are support vectors. The zero value has ν = ½ and a
// Gaussian kernel of scaled γ. For cost see [Classifier].
type OneClass struct {
	Nu      float64 // in (0, 1]; 0 means 0.5
	Kernel  Kernel  // Gaussian of scaled γ if not set
	Tol     float64 // as that of [Classifier]; 0 means 1e-3
	MaxIter int     // as that of Classifier
	CacheMB int     // as that of Classifier
}

// OneClassModel is a fitted [OneClass]. A sample is like those of the training
// data where Σ_j DualCoef_j K(x, SupportVectors_j) + Intercept is not negative.
type OneClassModel struct {
	SupportVectors    *mat.Dense // m × p; nil for a precomputed kernel
	Support           []int      // row of the training data of each
	DualCoef          []float64
	Intercept         float64
	model.Convergence        // of the dual
	Kernel            Kernel // with every default filled in
	dataset.Schema

	features  int
	expansion *expansion
}

var (
	_ model.Fitter[dataset.None, *OneClassModel] = OneClass{}
	_ model.Predictor[int]                       = (*OneClassModel)(nil)
	_ model.DecisionFunction                     = (*OneClassModel)(nil)
)

// Fit learns from ds; for errors see [Regressor.Fit].
func (o OneClass) Fit(ctx context.Context, ds *dataset.Unlabeled) (*OneClassModel, error) {
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	nu, err := fraction(o.Nu)
	if err != nil {
		return nil, err
	}
	t, err := newTraining(ds.X, ds.Weights, o.Kernel, solving{o.Tol, o.MaxIter, o.CacheMB}, [][]int{weightyRows(ds)}, heaviest(ds))
	if err != nil {
		return nil, err
	}
	defer t.gram.release()
	p := t.problem([]int{0}, 1)
	total := 0.0
	for s, row := range t.gram.rows {
		p.upper[s] = ds.Weight(row)
		total += p.upper[s]
	}
	rest := nu * total
	for s := range p.n {
		p.beta[s] = min(rest, p.upper[s])
		rest -= p.beta[s]
	}
	p.alone = true
	solution, err := p.solve(ctx)
	if err != nil {
		return nil, err
	}
	coef := mat.NewDense(1, p.n, solution.beta)
	var keep []int
	for s, b := range solution.beta {
		if b != 0 {
			keep = append(keep, s)
		}
	}
	m := &OneClassModel{Kernel: t.kernel, Convergence: solution.Convergence, Intercept: -solution.threshold[0], Schema: ds.Schema}
	m.Support, m.SupportVectors, coef = t.support(keep, coef)
	if coef != nil {
		m.DualCoef = coef.RawRowView(0)
	}
	_, m.features = ds.Dims()
	m.prepare()
	return m, nil
}

func (m *OneClassModel) prepare() {
	m.expansion = singleExpansion(m.Kernel, m.features, m.Support, m.SupportVectors, m.DualCoef)
}

// Decision returns how far inside each row of x is, n × 1: negative for outliers.
func (m *OneClassModel) Decision(x mat.Matrix) (*mat.Dense, error) {
	rows, err := dataset.CheckRows(x, m.features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	values := mat.NewDense(n, 1, nil)
	if err := m.expansion.decideAll(rows, func(i int, sums []float64) { values.Set(i, 0, sums[0]+m.Intercept) }); err != nil {
		return nil, err
	}
	return values, nil
}

// Predict returns 1 for each row of x that is like the training data, else 0.
func (m *OneClassModel) Predict(x mat.Matrix) ([]int, error) {
	rows, err := dataset.CheckRows(x, m.features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	inside := make([]int, n)
	if err := m.expansion.decideAll(rows, func(i int, sums []float64) { inside[i] = m.inside(sums) }); err != nil {
		return nil, err
	}
	return inside, nil
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *OneClassModel) PredictRow(row []float64) (int, error) {
	if err := dataset.CheckRow(row, m.features); err != nil {
		return 0, err
	}
	s := m.expansion.take()
	defer m.expansion.give(s)
	sums, err := m.expansion.decide(s, row)
	if err != nil {
		return 0, err
	}
	return m.inside(sums), nil
}

func (m *OneClassModel) inside(sums []float64) int {
	if sums[0]+m.Intercept >= 0 {
		return 1
	}
	return 0
}
