package svm

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

// Regressor learns ε-insensitive support vector regression (Vapnik 1995, The Nature
// of Statistical Learning Theory, §6.1): it solves
//
//	minimise over β  ½ ΣΣ βᵢβⱼ K(xᵢ, xⱼ) − Σ yᵢβᵢ + ε Σ|βᵢ|,
//	subject to       |βᵢ| ≤ C·wᵢ, Σ βᵢ = 0,
//
// the dual of ½‖w‖² + C Σ wᵢ max(0, |yᵢ − w·φ(xᵢ) − b| − ε). The zero value has
// C = 1, ε = 0.1 and a Gaussian kernel of scaled γ.
//
// Time is about that of computing n kernel rows, p·n² operations, for moderate C;
// memory is CacheMB and twice the data.
type Regressor struct {
	C float64 // weight of errors against flatness; 0 means 1
	// Epsilon is the error that costs nothing, in units of y. 0 means 0.1; see ZeroEpsilon.
	Epsilon float64
	// ZeroEpsilon has every error cost: ε = 0.
	ZeroEpsilon bool
	Kernel      Kernel  // Gaussian of scaled γ if not set
	Tol         float64 // as that of [Classifier], in units of y; 0 means 1e-3
	MaxIter     int     // as that of Classifier
	CacheMB     int     // as that of Classifier
}

// RegressorModel is a fitted [Regressor] or [NuRegressor]. It predicts
// Σ_j DualCoef_j K(x, SupportVectors_j) + Intercept.
type RegressorModel struct {
	SupportVectors    *mat.Dense // m × p; nil for a precomputed kernel or without any
	Support           []int      // row of the training data of each
	DualCoef          []float64
	Intercept         float64
	model.Convergence         // of the dual
	Kernel            Kernel  // with every default filled in
	Epsilon           float64 // ε, which a NuRegressor finds
	dataset.Schema

	features  int
	expansion *expansion
}

var (
	_ model.Fitter[float64, *RegressorModel] = Regressor{}
	_ model.Fitter[float64, *RegressorModel] = NuRegressor{}
	_ model.Predictor[float64]               = (*RegressorModel)(nil)
)

// Fit learns from ds. Samples of weight 0 are left out. Beside the errors of
// [dataset.Dataset.Validate], a parameter out of range is a [*model.ParamError],
// and a kernel that is not finite is an error.
func (r Regressor) Fit(ctx context.Context, ds *dataset.Regression) (*RegressorModel, error) {
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	c, err := positive("C", r.C, 1)
	if err != nil {
		return nil, err
	}
	epsilon, err := positive("Epsilon", r.Epsilon, 0.1)
	if err != nil {
		return nil, err
	}
	if r.ZeroEpsilon {
		if r.Epsilon != 0 {
			return nil, &model.ParamError{Field: "ZeroEpsilon", Value: r.ZeroEpsilon, Want: "false where Epsilon is set"}
		}
		epsilon = 0
	}
	t, err := newTraining(ds.X, ds.Weights, r.Kernel, solving{r.Tol, r.MaxIter, r.CacheMB}, [][]int{weightyRows(ds)}, c*heaviest(ds))
	if err != nil {
		return nil, err
	}
	defer t.gram.release()
	p := t.problem([]int{0}, 2)
	for s, row := range t.gram.rows {
		y := ds.Y[row]
		p.upper[s], p.shift[s] = c*ds.Weight(row), epsilon-y
		p.lower[p.n+s], p.shift[p.n+s] = -c*ds.Weight(row), -epsilon-y
	}
	p.alone = true
	solution, err := p.solve(ctx)
	if err != nil {
		return nil, err
	}
	m := newRegressorModel(t, ds, solution)
	m.Epsilon, m.Intercept = epsilon, -solution.threshold[0]
	return m, nil
}

// positive returns value, or what 0 means. It is an error if it is not a positive,
// finite number.
func positive(field string, value, zero float64) (float64, error) {
	if value == 0 {
		return zero, nil
	}
	if !(value > 0) || math.IsInf(value, 1) {
		return 0, &model.ParamError{Field: field, Value: value, Want: "a finite number > 0"}
	}
	return value, nil
}

// weightyRows returns the rows of positive weight.
func weightyRows[T dataset.Target](ds *dataset.Dataset[T]) []int {
	var rows []int
	for i := range ds.Len() {
		if ds.Weight(i) > 0 {
			rows = append(rows, i)
		}
	}
	return rows
}

// heaviest returns the largest weight.
func heaviest[T dataset.Target](ds *dataset.Dataset[T]) float64 {
	if ds.Weights == nil {
		return 1
	}
	return largestOf(ds.Weights)
}

// newRegressorModel makes a model of a solution with two variables per sample.
func newRegressorModel(t *training, ds *dataset.Regression, s *solution) *RegressorModel {
	n := len(t.gram.rows)
	coef := mat.NewDense(1, n, nil)
	var keep []int
	for i := range n {
		if b := s.beta[i] + s.beta[n+i]; b != 0 {
			coef.Set(0, i, b)
			keep = append(keep, i)
		}
	}
	m := &RegressorModel{Kernel: t.kernel, Convergence: s.Convergence, Schema: ds.Schema}
	m.Support, m.SupportVectors, coef = t.support(keep, coef)
	if coef != nil {
		m.DualCoef = coef.RawRowView(0)
	}
	_, m.features = ds.Dims()
	m.prepare()
	return m
}

func (m *RegressorModel) prepare() {
	m.expansion = singleExpansion(m.Kernel, m.features, m.Support, m.SupportVectors, m.DualCoef)
}

// singleExpansion is that of a model with one row of coefficients.
func singleExpansion(k Kernel, features int, support []int, vectors *mat.Dense, coef []float64) *expansion {
	return newExpansion(k, features, support, vectors, rowMatrix(coef), []int{len(support)}, 1, 0)
}

// rowMatrix returns a matrix of one row, nil for none.
func rowMatrix(row []float64) *mat.Dense {
	if len(row) == 0 {
		return nil
	}
	return mat.NewDense(1, len(row), row)
}

// Predict returns the value for each row of x.
func (m *RegressorModel) Predict(x mat.Matrix) ([]float64, error) {
	rows, err := dataset.CheckRows(x, m.features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	values := make([]float64, n)
	if err := m.expansion.decideAll(rows, func(i int, sums []float64) { values[i] = sums[0] + m.Intercept }); err != nil {
		return nil, err
	}
	return values, nil
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *RegressorModel) PredictRow(row []float64) (float64, error) {
	if err := dataset.CheckRow(row, m.features); err != nil {
		return 0, err
	}
	s := m.expansion.take()
	defer m.expansion.give(s)
	sums, err := m.expansion.decide(s, row)
	if err != nil {
		return 0, err
	}
	return sums[0] + m.Intercept, nil
}
