// Package linear has the workloads of package linear.
package linear

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/linear"
)

// Workloads are those of package linear.
var Workloads = []*task.Workload{
	{
		Name: "ols-200kx100", Data: "regression-200kx100", Settings: "intercept", Kind: "ols",
		Quality: task.Objective("mean squared residual"),
		Peers:   []task.Peer{{Name: "sklearn", Target: 20}, {Name: "intelex", Target: 1}, {Name: "linfa", Target: 5}, {Name: "smartcore"}},
		Ours: func(d *task.Data) task.Job {
			return task.Fitting(d.Matrix("X"), d.Floats("y"), linear.Regression{}, regressionResult)
		},
		Judge: meanSquares,
	},
	{
		Name: "ridge-200kx100", Data: "regression-200kx100", Settings: "alpha 1", Kind: "ridge",
		Params: map[string]any{"alpha": 1}, Quality: task.Objective("penalised sum of squares"),
		Peers: []task.Peer{{Name: "sklearn", Settings: []string{"Haswell", "SkylakeX"}, Target: 3}},
		Ours: func(d *task.Data) task.Job {
			return task.Fitting(d.Matrix("X"), d.Floats("y"), linear.Ridge{Alpha: 1}, regressionResult)
		},
		Judge: func(d *task.Data, r task.Result) float64 {
			return float64(len(d.Floats("y")))*meanSquares(d, r) + sumSquares(r["coef"])
		},
	},
	lasso("lasso-10kx1000", "sparse-10kx1000", "fortran", "fortran gram"),
	lasso("lasso-1kx5000", "sparse-1kx5000", "fortran"),
	{
		Name: "enet-path-2kx500", Data: "sparse-2kx500", Settings: "l1 ratio 0.5, 100 alphas", Kind: "enet_path",
		Params: map[string]any{"l1_ratio": 0.5, "alphas": 100}, Quality: task.Objective("sum of the objectives"),
		Peers: []task.Peer{{Name: "sklearn", Settings: []string{"", "fortran"}, Target: 2}},
		Ours:  enetPath,
		Judge: judgeEnetPath,
	},
	{
		Name: "logreg-100kx50", Data: "classification-100kx50", Settings: "C 1", Kind: "logreg",
		Params: map[string]any{"C": 1}, Quality: task.Objective("penalised log loss"),
		Peers: []task.Peer{
			{Name: "sklearn", Settings: []string{"lbfgs"}, Target: 4},
			{Name: "sklearn", Settings: []string{"newton-cholesky", "newton-cg"}, Target: 2},
			{Name: "linfa", Target: 4},
			{Name: "smartcore"},
		},
		Ours:  func(d *task.Data) task.Job { return logistic(d, linear.Logistic{}) },
		Judge: func(d *task.Data, r task.Result) float64 { return logLoss(d, r, 1) },
	},
	{
		Name: "logreg-multi-20kx200x10", Data: "classification-20kx200x10", Settings: "multinomial, C 1", Kind: "logreg",
		Params: map[string]any{"C": 1}, Quality: task.Objective("penalised log loss"),
		Peers: []task.Peer{{Name: "sklearn", Settings: []string{"lbfgs", "newton-cg", "newton-cg Haswell", "newton-cholesky"}, Target: 5}},
		Ours:  func(d *task.Data) task.Job { return logistic(d, linear.Logistic{}) },
		Judge: func(d *task.Data, r task.Result) float64 { return logLoss(d, r, 1) },
	},
	{
		Name: "logreg-fmnist-10k", Data: "fmnist-10k", Settings: "multinomial, C 1, to within 1e-6 of the optimum", Kind: "logreg",
		Params: map[string]any{"C": 1, "tol": 1e-5}, Quality: task.Objective("penalised log loss"),
		Peers: []task.Peer{{Name: "sklearn", Settings: []string{"lbfgs", "newton-cg"}, Target: 2}},
		Ours:  func(d *task.Data) task.Job { return logistic(d, linear.Logistic{MaxIter: 10_000}) },
		Judge: func(d *task.Data, r task.Result) float64 { return logLoss(d, r, 1) },
	},
	{
		Name: "row-logreg", Data: "classification-100kx50", Settings: "one row at a time", Kind: "logreg_row",
		Params: map[string]any{"C": 1, "rows": 1000}, Quality: task.Accuracy,
		Peers: []task.Peer{{Name: "sklearn", Target: 200}},
		Ours:  func(d *task.Data) task.Job { return task.RowByRow(d, 0, 10_000, linear.Logistic{}) },
		Judge: task.JudgeAccuracy("y_test"),
	},
}

// lasso is the workload of fitting a Lasso with alpha 0.1. The peer's settings say
// whether its X is in Fortran order, which it prefers, and whether it forms the
// Gram matrix.
func lasso(name, data string, settings ...string) *task.Workload {
	const alpha = 0.1
	return &task.Workload{
		Name: name, Data: data, Settings: "alpha 0.1", Kind: "lasso",
		Params: map[string]any{"alpha": alpha}, Quality: task.Objective("objective"),
		Peers: []task.Peer{{Name: "sklearn", Settings: append([]string{""}, settings...), Target: 2}},
		Ours: func(d *task.Data) task.Job {
			return task.Fitting(d.Matrix("X"), d.Floats("y"), linear.Lasso{Alpha: alpha}, regressionResult)
		},
		Judge: func(d *task.Data, r task.Result) float64 {
			return meanSquares(d, r)/2 + alpha*floats.Norm(r["coef"], 1)
		},
	}
}

func enetPath(d *task.Data) task.Job {
	f := linear.Path{L1Ratio: 0.5, Count: 100}
	return task.Fitting(d.Matrix("X"), d.Floats("y"), f, func(m *linear.PathModel) task.Result {
		return task.Result{"alphas": m.Alphas, "coef": mat.DenseCopyOf(m.Coef).RawMatrix().Data, "intercept": m.Intercept}
	})
}

// judgeEnetPath returns the sum of the objectives over the path.
func judgeEnetPath(d *task.Data, r task.Result) float64 {
	_, p := d.Matrix("X").Dims()
	sum := 0.0
	for i, alpha := range r["alphas"] {
		coef := r["coef"][i*p : (i+1)*p]
		one := task.Result{"coef": coef, "intercept": r["intercept"][i : i+1]}
		sum += meanSquares(d, one)/2 + alpha*(0.5*floats.Norm(coef, 1)+0.25*sumSquares(coef))
	}
	return sum
}

func regressionResult(m *linear.RegressionModel) task.Result {
	return task.Result{"coef": m.Coef, "intercept": {m.Intercept}}
}

func logistic(d *task.Data, f linear.Logistic) task.Job {
	return task.Fitting(d.Matrix("X"), d.Ints("y"), f, func(m *linear.LogisticModel) task.Result {
		return task.Result{"coef": mat.DenseCopyOf(m.Coef).RawMatrix().Data, "intercept": m.Intercept}
	})
}

// meanSquares returns 1/n ‖y − Xb − b₀‖².
func meanSquares(d *task.Data, r task.Result) float64 {
	x, y := d.Matrix("X"), d.Floats("y")
	_, p := x.Dims()
	var fitted mat.VecDense
	fitted.MulVec(x, mat.NewVecDense(p, r["coef"]))
	sum := 0.0
	for i, v := range y {
		e := v - fitted.AtVec(i) - r["intercept"][0]
		sum += e * e
	}
	return sum / float64(len(y))
}

// logLoss returns C Σ loss + ½‖B‖² of a logistic model; two classes have one row
// of coefficients, more have one each.
func logLoss(d *task.Data, r task.Result, c float64) float64 {
	x, y := d.Matrix("X"), d.Ints("y")
	n, p := x.Dims()
	k := len(r["coef"]) / p
	b := mat.NewDense(k, p, r["coef"])
	var scores mat.Dense
	scores.Mul(x, b.T())
	loss := 0.0
	for i := range n {
		row := scores.RawRowView(i)
		for j := range row {
			row[j] += r["intercept"][j]
		}
		if k == 1 {
			margin := row[0]
			if y[i] == 0 {
				margin = -margin
			}
			loss += math.Max(-margin, 0) + math.Log1p(math.Exp(-math.Abs(margin)))
			continue
		}
		top := mat.Max(mat.NewVecDense(k, row))
		sum := 0.0
		for _, s := range row {
			sum += math.Exp(s - top)
		}
		loss += math.Log(sum) + top - row[y[i]]
	}
	return c*loss + sumSquares(r["coef"])/2
}

func sumSquares(v []float64) float64 {
	norm := floats.Norm(v, 2)
	return norm * norm
}
