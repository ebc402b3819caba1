package svm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/model"
)

// Classifier learns a C-support vector machine (Cortes and Vapnik 1995,
// Support-vector networks). For two classes, y = ±1, it solves
//
//	minimise over α  ½ ΣΣ αᵢαⱼ yᵢyⱼ K(xᵢ, xⱼ) − Σ αᵢ,
//	subject to       0 ≤ αᵢ ≤ C·wᵢ, Σ yᵢαᵢ = 0,
//
// the dual of ½‖w‖² + C Σ wᵢ max(0, 1 − yᵢ(w·φ(xᵢ) + b)). More classes are told
// apart two by two, each pair by a machine of its own (one-vs-one; Knerr,
// Personnaz and Dreyfus 1990), and a sample is of the class that wins most votes.
//
// The zero value has C = 1 and a Gaussian kernel of scaled γ.
//
// Time is about that of computing n kernel rows, p·n² operations, where the
// machine has few support vectors at its bounds, and grows with C. Memory is
// CacheMB and twice the data.
type Classifier struct {
	// C bounds the weight of a sample in the solution: the larger, the fewer training
	// errors, the smaller, the wider the margin. 0 means 1.
	C      float64
	Kernel Kernel // Gaussian of scaled γ if not set
	// ClassWeights multiply the weights of the samples of each class; nil means all one.
	ClassWeights []float64
	// Balanced multiplies the weight of each sample by W/(K·W_k) instead, where W_k
	// is the total weight of its class of K and W that of all.
	Balanced bool
	// OneVsRest tells each of more than two classes apart from all the others, with K
	// machines on all samples, and takes the class with the largest decision value.
	OneVsRest bool
	// BreakTies decides between classes with the same number of votes by the
	// decision values, as the largest of [ClassifierModel.Decision], instead of
	// taking the first.
	BreakTies bool
	// Probability has the model give probabilities (Platt 1999), at the price of
	// fitting each machine five times more, on four fifths of the samples.
	Probability bool
	Seed        uint64 // of the division of the samples for it
	// Tol is the violation of the optimality conditions at which the solver stops: no
	// two variables that can move disagree by more in the derivative of the
	// objective, which is on the scale of decision values. 0 means 1e-3.
	Tol float64
	// MaxIter bounds the number of steps of each machine; a step changes two
	// variables. 0 means the larger of 10 million and 100·n; at most 10,000·n where C
	// times a kernel value exceeds 2⁵³·Tol, as for unscaled features of 1e8 under a
	// linear kernel: with a multiplier at C rounding alone exceeds Tol there, and steps
	// are too short to get to C.
	MaxIter int
	// CacheMB is the memory for kernels, in units of 2²⁰ bytes; the solver's working
	// set has to fit in any case. 0 means 200.
	CacheMB int
}

// ClassifierModel is a fitted [Classifier] or [NuClassifier] of K classes.
//
// The machine of classes a < b decides for b where its decision value
//
//	Σ_j c_j K(x, SupportVectors_j) + Intercept_ab
//
// is positive if K = 2, and for a where it is positive if K > 2: the signs of
// scikit-learn. j runs over the support vectors of both classes; of one of class a
// the coefficient c_j is in row b−1 of DualCoef, of one of class b in row a.
//
// If OneVsRest is set there is a machine per class instead, its coefficients, of all
// support vectors, being a row of DualCoef; it is positive in favour of its class.
type ClassifierModel struct {
	SupportVectors *mat.Dense // m × p, class by class; nil for a precomputed kernel
	Support        []int      // row of the training data of each
	SupportCounts  []int      // per class
	DualCoef       *mat.Dense // K−1 × m, or K × m one-vs-rest
	Intercept      []float64  // per machine: of the pairs 0-1, 0-2, …, 1-2, …, or of the classes
	// Pairs tells how each machine ended; their sums are in the embedded Convergence,
	// which has converged where all of them have. The objective is that of the dual.
	Pairs []model.Convergence
	model.Convergence
	Kernel    Kernel // with every default filled in
	BreakTies bool
	// Sigmoids holds A and B of each machine's probability of its class, the first of a
	// pair: 1/(1+exp(A·d+B)) for the decision value d in its favour; nil unless fitted
	// with Probability.
	Sigmoids  [][2]float64
	OneVsRest bool // and more than two classes
	dataset.Schema

	features  int
	expansion *expansion
}

var (
	_ model.Fitter[int, *ClassifierModel] = Classifier{}
	_ model.Predictor[int]                = (*ClassifierModel)(nil)
	_ model.DecisionFunction              = (*ClassifierModel)(nil)
	_ model.ProbabilityPredictor          = (*ClassifierModel)(nil)
)

// Fit learns from ds. Samples of weight 0 are left out. Beside the errors of
// [dataset.Dataset.Validate] and [dataset.CheckClasses], a parameter out of range
// is a [*model.ParamError], and a kernel that is not finite is an error.
func (c Classifier) Fit(ctx context.Context, ds *dataset.Classification) (*ClassifierModel, error) {
	if err := ds.Validate(); err != nil {
		return nil, err
	}
	classes, err := dataset.CheckClasses(ds)
	if err != nil {
		return nil, err
	}
	if c.C, err = positive("C", c.C, 1); err != nil {
		return nil, err
	}
	weights, err := classWeights(ds, classes, c.ClassWeights, c.Balanced)
	if err != nil {
		return nil, err
	}
	t, err := newTraining(ds.X, ds.Weights, c.Kernel, solving{c.Tol, c.MaxIter, c.CacheMB}, rowsByClass(ds, classes), c.C*largestOf(weights))
	if err != nil {
		return nil, err
	}
	defer t.gram.release()
	bounds := make([]float64, len(t.gram.rows))
	for s, row := range t.gram.rows {
		bounds[s] = c.C * weights[row]
	}
	if c.OneVsRest && classes > 2 {
		machines, err := t.solveEach(ctx, t.oneVsRest(bounds, classes), c.Probability, c.Seed)
		if err != nil {
			return nil, err
		}
		return newOneVsRestModel(t, ds, classes, machines, c.Probability), nil
	}
	machines, err := t.onePerPair(ctx, c.Probability, c.Seed, func(a, b int) *problem { return t.marginProblem(bounds, a, b) })
	if err != nil {
		return nil, err
	}
	return newClassifierModel(t, ds, classes, machines, c.BreakTies, c.Probability), nil
}

// marginProblem is the problem of C-SVC, class a being the positive one.
func (t *training) marginProblem(bounds []float64, a int, others ...int) *problem {
	p := t.problem(append([]int{a}, others...), 1)
	positives := t.gram.size(a)
	for s := range p.n {
		if bound := bounds[p.sample(s)]; s < positives {
			p.upper[s], p.shift[s] = bound, -1
		} else {
			p.lower[s], p.shift[s] = -bound, 1
		}
	}
	return p
}

// rowsByClass returns the rows of positive weight of each class.
func rowsByClass(ds *dataset.Classification, classes int) [][]int {
	rows := make([][]int, classes)
	for i, k := range ds.Y {
		if ds.Weight(i) > 0 {
			rows[k] = append(rows[k], i)
		}
	}
	return rows
}

// classWeights returns the weight of each sample times that of its class.
func classWeights(ds *dataset.Classification, classes int, perClass []float64, balanced bool) ([]float64, error) {
	switch {
	case balanced && perClass != nil:
		return nil, &model.ParamError{Field: "Balanced", Value: balanced, Want: "false where ClassWeights is set"}
	case perClass != nil && len(perClass) != classes:
		return nil, &model.ParamError{Field: "ClassWeights", Value: perClass, Want: fmt.Sprintf("%d weights, one per class", classes)}
	}
	for _, w := range perClass {
		if !(w > 0) || math.IsInf(w, 1) {
			return nil, &model.ParamError{Field: "ClassWeights", Value: perClass, Want: "finite numbers > 0"}
		}
	}
	if balanced {
		perClass = make([]float64, classes)
		total := 0.0
		for i, k := range ds.Y {
			perClass[k] += ds.Weight(i)
			total += ds.Weight(i)
		}
		for k, w := range perClass {
			perClass[k] = total / (float64(classes) * w)
		}
	}
	weights := make([]float64, len(ds.Y))
	for i, k := range ds.Y {
		weights[i] = ds.Weight(i)
		if perClass != nil {
			weights[i] *= perClass[k]
		}
	}
	return weights, nil
}

func largestOf(values []float64) float64 {
	m := 0.0
	for _, v := range values {
		m = max(m, v)
	}
	return m
}

// Decision returns what the machine decides by: n × 1 for two classes, positive for
// class 1. For more it is n × K: one-vs-rest the decision value in favour of each
// class; else the number of votes for each class plus a number below ⅓ in size that
// grows with the sum of the decision values in favour of the class: scikit-learn's
// decision_function_shape "ovr".
func (m *ClassifierModel) Decision(x mat.Matrix) (*mat.Dense, error) {
	pairs, err := m.decisions(x)
	if err != nil || len(m.SupportCounts) == 2 || m.OneVsRest {
		return pairs, err
	}
	n, _ := pairs.Dims()
	votes := mat.NewDense(n, len(m.SupportCounts), nil)
	parallel.For(n, 1<<12, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			rankClasses(votes.RawRowView(i), pairs.RawRowView(i))
		}
	})
	return votes, nil
}

// DecisionRow appends the decision values of one row to dst.
func (m *ClassifierModel) DecisionRow(dst, row []float64) ([]float64, error) {
	if err := dataset.CheckRow(row, m.features); err != nil {
		return nil, err
	}
	s := m.expansion.take()
	defer m.expansion.give(s)
	sums, err := m.expansion.decide(s, row)
	if err != nil {
		return nil, err
	}
	k, start := len(m.SupportCounts), len(dst)
	if k == 2 || m.OneVsRest {
		dst = slices.Grow(dst, len(m.Intercept))[:start+len(m.Intercept)]
		m.machines(dst[start:], sums)
		return dst, nil
	}
	pairs, _ := m.spare(sums)
	m.machines(pairs, sums)
	dst = slices.Grow(dst, k)[:start+k]
	rankClasses(dst[start:], pairs)
	return dst, nil
}

// DecisionPairs returns the decision value of the machine of each pair of classes,
// n × K(K−1)/2 in the order of Intercept. A one-vs-rest model has none, and the
// error is [errors.ErrUnsupported].
func (m *ClassifierModel) DecisionPairs(x mat.Matrix) (*mat.Dense, error) {
	if m.OneVsRest {
		return nil, errNoPairs
	}
	return m.decisions(x)
}

var errNoPairs = fmt.Errorf("svm: a one-vs-rest model has no machines of pairs: %w", errors.ErrUnsupported)

// decisions returns the decision value of each machine.
func (m *ClassifierModel) decisions(x mat.Matrix) (*mat.Dense, error) {
	rows, err := dataset.CheckRows(x, m.features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	pairs := mat.NewDense(n, len(m.Intercept), nil)
	if err := m.expansion.decideAll(rows, func(i int, sums []float64) { m.machines(pairs.RawRowView(i), sums) }); err != nil {
		return nil, err
	}
	return pairs, nil
}

// Predict returns the class of each row of x: the one that wins most of its pairs,
// of equals the first, or as BreakTies says; one-vs-rest the one with the largest
// decision value.
func (m *ClassifierModel) Predict(x mat.Matrix) ([]int, error) {
	rows, err := dataset.CheckRows(x, m.features)
	if err != nil {
		return nil, err
	}
	n, _ := rows.Dims()
	labels := make([]int, n)
	if err := m.expansion.decideAll(rows, func(i int, sums []float64) { labels[i] = m.class(sums) }); err != nil {
		return nil, err
	}
	return labels, nil
}

// PredictRow is Predict for one row. It allocates nothing.
func (m *ClassifierModel) PredictRow(row []float64) (int, error) {
	if err := dataset.CheckRow(row, m.features); err != nil {
		return 0, err
	}
	s := m.expansion.take()
	defer m.expansion.give(s)
	sums, err := m.expansion.decide(s, row)
	if err != nil {
		return 0, err
	}
	return m.class(sums), nil
}

// prepare makes the model ready to predict.
func (m *ClassifierModel) prepare() {
	k := len(m.SupportCounts)
	counts, outputs := m.SupportCounts, k-1
	if m.OneVsRest {
		counts, outputs = []int{len(m.Support)}, k
	}
	m.expansion = newExpansion(m.Kernel, m.features, m.Support, m.SupportVectors, m.DualCoef, counts, outputs, len(m.Intercept)+k)
}

// spare returns the scratch memory after the sums: a number per machine and one per
// class.
func (m *ClassifierModel) spare(sums []float64) (machines, classes []float64) {
	k := len(m.SupportCounts)
	classes = sums[len(sums)-k:]
	return sums[len(sums)-k-len(m.Intercept) : len(sums)-k], classes
}

// machines computes the decision values from what decide gives: the sums of c·K over
// the support vectors of class k, in k·(K−1)+r for row r of the coefficients;
// one-vs-rest over all of them, in r.
func (m *ClassifierModel) machines(values, sums []float64) {
	if m.OneVsRest {
		for c, b := range m.Intercept {
			values[c] = sums[c] + b
		}
		return
	}
	k := len(m.SupportCounts)
	at := 0
	for a := range k {
		for b := a + 1; b < k; b++ {
			values[at] = sums[a*(k-1)+b-1] + sums[b*(k-1)+a] + m.Intercept[at]
			at++
		}
	}
}

func (m *ClassifierModel) class(sums []float64) int {
	k := len(m.SupportCounts)
	if k == 2 {
		if sums[0]+sums[1]+m.Intercept[0] > 0 {
			return 1
		}
		return 0
	}
	values, votes := m.spare(sums)
	m.machines(values, sums)
	switch {
	case m.OneVsRest:
		votes = values
	case m.BreakTies:
		rankClasses(votes, values)
	default:
		countVotes(votes, values)
	}
	best := 0
	for c, v := range votes {
		if v > votes[best] {
			best = c
		}
	}
	return best
}

// countVotes sets votes to the number of pairs that each class wins.
func countVotes(votes, pairs []float64) {
	clear(votes)
	at := 0
	for a := range votes {
		for b := a + 1; b < len(votes); b++ {
			if pairs[at] > 0 {
				votes[a]++
			} else {
				votes[b]++
			}
			at++
		}
	}
}

// rankClasses adds to the votes of each class s/(3(|s|+1)), s being the sum of the
// decision values in its favour.
func rankClasses(votes, pairs []float64) {
	countVotes(votes, pairs)
	for c := range votes {
		sum, at := 0.0, 0
		for a := range votes {
			for b := a + 1; b < len(votes); b++ {
				switch c {
				case a:
					sum += pairs[at]
				case b:
					sum -= pairs[at]
				}
				at++
			}
		}
		votes[c] += sum / (3 * (math.Abs(sum) + 1))
	}
}
