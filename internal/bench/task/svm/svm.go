// Package svm has the workloads of package svm.
package svm

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
	"github.com/sapwood-ml/sapwood/svm"
)

// Workloads are those of package svm.
var Workloads = []*task.Workload{
	{
		Name: "svc-rbf-10kx50", Data: "classification-10kx50", Settings: svcSettings, Kind: "svc",
		Params: svcParams, Quality: task.Objective("dual objective"),
		Peers: []task.Peer{{Name: "sklearn", Target: 8}, {Name: "intelex", Target: 1}, {Name: "linfa", Target: 10}, {Name: "libsvm"}},
		Ours:  svc,
		Judge: func(d *task.Data, r task.Result) float64 { return dualObjective(d, r, 1) },
	},
	{
		Name: "svc-fmnist-10k", Data: "fmnist-10k", Settings: svcSettings, Kind: "svc",
		Params: svcParams, Quality: task.Objective("dual objective"),
		Peers: []task.Peer{
			{Name: "sklearn", Target: 5}, {Name: "intelex", Target: 1},
			{Name: "linfa", Target: 10, Missing: "it tells several classes apart one against the rest: another problem"},
		},
		Ours:  svc,
		Judge: func(d *task.Data, r task.Result) float64 { return dualObjective(d, r, 1) },
	},
	{
		Name: "svr-rbf-10kx20", Data: "friedman1-10kx20", Settings: "C 10, epsilon 0.1, gamma scale, cache 1 GB", Kind: "svr",
		Params: map[string]any{"C": 10, "epsilon": 0.1, "tol": 1e-3, "cache_mb": 1024}, Quality: task.Objective("dual objective"),
		Peers: []task.Peer{{Name: "sklearn", Target: 5}, {Name: "intelex"}, {Name: "libsvm"}},
		Ours: func(d *task.Data) task.Job {
			return task.Fitting(d.Matrix("X"), d.Floats("y"), svm.Regressor{C: 10, CacheMB: 1024}, func(m *svm.RegressorModel) task.Result {
				return task.Result{"dual_coef": m.DualCoef, "support": task.AsFloats(m.Support), "intercept": {m.Intercept}}
			})
		},
		Judge: judgeTube,
	},
	{
		Name: "linearsvc-50kx100", Data: "classification-50kx100", Settings: "C 1, squared hinge, penalised intercept", Kind: "linearsvc",
		Params: map[string]any{"C": 1, "tol": 1e-4}, Quality: task.Objective("penalised squared hinge"),
		Peers: []task.Peer{
			{Name: "sklearn", Settings: []string{"primal", "dual"}, Target: 3},
			{Name: "liblinear", Settings: []string{"primal", "dual"}, Target: 1},
		},
		Ours: func(d *task.Data) task.Job {
			return task.Fitting(d.Matrix("X"), d.Ints("y"), svm.LinearClassifier{}, func(m *svm.LinearClassifierModel) task.Result {
				return task.Result{"coef": m.Coef.RawRowView(0), "intercept": m.Intercept}
			})
		},
		Judge: judgeSquaredHinge,
	},
	{
		Name: "row-svc", Data: "classification-10kx50", Settings: "C 1, one row at a time", Kind: "svc_row",
		Params: map[string]any{"C": 1, "train": 10_000, "rows": 500}, Quality: task.Accuracy,
		Peers: []task.Peer{{Name: "sklearn", Target: 10}},
		Ours:  func(d *task.Data) task.Job { return task.RowByRow(d, 0, 500, svm.Classifier{}) },
		Judge: task.JudgeAccuracy("y_test"),
	},
	{
		Name: "batch-svc", Data: "classification-100kx50", Settings: "C 1, trained on 10,000 rows, predicts 100,000", Kind: "svc_batch",
		Params: map[string]any{"C": 1, "train": 10_000}, Quality: task.Accuracy,
		Peers: []task.Peer{{Name: "sklearn", Target: 3}},
		Ours:  func(d *task.Data) task.Job { return task.Predicting(d, 10_000, svm.Classifier{}) },
		Judge: task.JudgeAccuracy("y"),
	},
}

const svcSettings = "C 1, gamma scale, tol 1e-3, cache 1 GB"

var svcParams = map[string]any{"C": 1, "tol": 1e-3, "cache_mb": 1000}

func svc(d *task.Data) task.Job {
	f := svm.Classifier{C: 1, Tol: 1e-3, CacheMB: 1000}
	return task.Fitting(d.Matrix("X"), d.Ints("y"), f, func(m *svm.ClassifierModel) task.Result {
		return task.Result{
			"dual_coef": mat.DenseCopyOf(m.DualCoef).RawMatrix().Data,
			"support":   task.AsFloats(m.Support),
			"intercept": m.Intercept,
		}
	})
}

// dualObjective returns Σ over the pairs of classes of ½ΣΣ βᵢβⱼ K(xᵢ, xⱼ) − Σ|βᵢ|,
// where β are the signed coefficients: of a sample of class a in the machine of
// a < b it is in row b−1, of one of class b in row a.
func dualObjective(d *task.Data, r task.Result, c float64) float64 {
	y, support := d.Ints("y"), r["support"]
	m := len(support)
	machines := len(r["dual_coef"]) / m // classes less one
	coef := mat.NewDense(machines, m, r["dual_coef"])
	kernel := gram(d.Matrix("X"), support)
	sum := 0.0
	for b := 1; b <= machines; b++ {
		for a := range b {
			beta := make([]float64, m)
			for i, row := range support {
				switch y[int(row)] {
				case a:
					beta[i] = coef.At(b-1, i)
				case b:
					beta[i] = coef.At(a, i)
				}
			}
			if off := floats.Sum(beta); floats.Norm(beta, math.Inf(1)) > c*(1+1e-6) || math.Abs(off) > 1e-6*c*float64(m) {
				d.Fail(fmt.Errorf("the solution is not feasible: coefficients up to %g with sum %g", floats.Norm(beta, math.Inf(1)), off))
				return 0
			}
			sum += quadraticForm(kernel, beta)/2 - floats.Norm(beta, 1)
		}
	}
	return sum
}

// quadraticForm returns βᵀKβ by the rows and columns where β is not zero.
func quadraticForm(k *mat.Dense, beta []float64) float64 {
	var active []int
	for i, b := range beta {
		if b != 0 {
			active = append(active, i)
		}
	}
	sum := 0.0
	for _, i := range active {
		row, dot := k.RawRowView(i), 0.0
		for _, j := range active {
			dot += row[j] * beta[j]
		}
		sum += beta[i] * dot
	}
	return sum
}

// gram returns the Gaussian kernel of the rows named, γ being 1/(p·variance of X).
func gram(x *mat.Dense, rows []float64) *mat.Dense {
	_, p := x.Dims()
	variance := stat.PopVariance(x.RawMatrix().Data, nil)
	gamma := 1 / (float64(p) * variance)
	s := mat.NewDense(len(rows), p, nil)
	squares := make([]float64, len(rows))
	for i, row := range rows {
		s.SetRow(i, x.RawRowView(int(row)))
		squares[i] = floats.Dot(s.RawRowView(i), s.RawRowView(i))
	}
	var k mat.Dense
	k.Mul(s, s.T())
	for i := range rows {
		row := k.RawRowView(i)
		for j, dot := range row {
			row[j] = math.Exp(-gamma * max(0, squares[i]+squares[j]-2*dot))
		}
	}
	return &k
}

// judgeTube is ½βᵀKβ − Σ yβ + 0.1 Σ|β|.
func judgeTube(d *task.Data, r task.Result) float64 {
	y, beta := d.Floats("y"), r["dual_coef"]
	total := quadraticForm(gram(d.Matrix("X"), r["support"]), r["dual_coef"]) / 2
	for i, b := range beta {
		total += 0.1*math.Abs(b) - y[int(r["support"][i])]*b
	}
	return total
}

// judgeSquaredHinge is ½‖w‖² + ½b² + Σ max(0, 1 − y(w·x + b))².
func judgeSquaredHinge(d *task.Data, r task.Result) float64 {
	x, b := d.Matrix("X"), r["intercept"][0]
	w := mat.NewVecDense(len(r["coef"]), r["coef"])
	var z mat.VecDense
	z.MulVec(x, w)
	total := (mat.Dot(w, w) + b*b) / 2
	for i, k := range d.Ints("y") {
		if m := 1 - float64(2*k-1)*(z.AtVec(i)+b); m > 0 {
			total += m * m
		}
	}
	return total
}
