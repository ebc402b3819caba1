package main

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
	"github.com/sapwood-ml/sapwood/svm"
)

const svmCacheMB = 1024

var svmWorkloads = []*Workload{
	{
		Name: "svc-rbf-10kx50", Data: "classification-10kx50", Settings: "C 1, gamma scale, tol 1e-3, cache 1 GB", Kind: "svc",
		Params: map[string]any{"C": 1, "tol": 1e-3, "cache_mb": svmCacheMB}, Quality: objective("dual objective"),
		Peers: []Peer{{Name: "sklearn", Target: 8}, {Name: "intelex", Target: 1}, {Name: "libsvm"}, {Name: "linfa", Target: 10}},
		Ours:  supportVectors,
		Judge: judgePairs,
	},
	{
		Name: "svc-fmnist-10k", Data: "fmnist-10k", Settings: "C 1, gamma scale, tol 1e-3, cache 1 GB", Kind: "svc",
		Params: map[string]any{"C": 1, "tol": 1e-3, "cache_mb": svmCacheMB}, Quality: objective("dual objective, all pairs"),
		Peers: []Peer{{Name: "sklearn", Target: 5}, {Name: "intelex", Target: 1}},
		Ours:  supportVectors,
		Judge: judgePairs,
	},
	{
		Name: "row-svc", Data: "classification-100kx50", Settings: "trained on 10,000 rows, C 1; one row", Kind: "svc_row",
		Params: map[string]any{"C": 1, "train": 10_000, "rows": 200}, Quality: sameAccuracy,
		Peers: []Peer{{Name: "sklearn", Target: 10}},
		Ours:  func(d *Data) Job { return rowByRow(d, 10_000, 200, svm.Classifier{}) },
		Judge: judgeAccuracy("y_test"),
	},
	{
		Name: "batch-svc", Data: "classification-100kx50", Settings: "trained on 10,000 rows, C 1; 100,000 rows", Kind: "svc_batch",
		Params: map[string]any{"C": 1, "train": 10_000}, Quality: sameAccuracy,
		Peers: []Peer{{Name: "sklearn", Target: 3}},
		Ours:  func(d *Data) Job { return predicting(d, 10_000, svm.Classifier{}) },
		Judge: judgeAccuracy("y"),
	},
}

// sameAccuracy is the quality of predictions by machines trained alike, on the
// side of whose decisions rounding may have a say.
var sameAccuracy = Quality{Name: "accuracy", Higher: true, Tolerance: 1e-4, Absolute: true}

func supportVectors(d *Data) Job {
	return fitting(d.Matrix("X"), d.Ints("y"), svm.Classifier{CacheMB: svmCacheMB}, func(m *svm.ClassifierModel) Result {
		return Result{
			"dual_coef": mat.DenseCopyOf(m.DualCoef).RawMatrix().Data,
			"support":   asFloats(m.Support), "intercept": m.Intercept,
		}
	})
}

// judgePairs is ½βᵀKβ − Σ|β| summed over the machines of all pairs of classes, with
// the Gaussian kernel of γ = 1/(p·variance of X).
func judgePairs(d *Data, r Result) float64 {
	y := d.Ints("y")
	support := r["support"]
	classes := 0
	for _, k := range y {
		classes = max(classes, k+1)
	}
	labels := make([]int, len(support))
	for i, s := range support {
		labels[i] = y[int(s)]
	}
	kernel := rbf(d.Matrix("X"), support)
	coef := func(row, i int) float64 { return r["dual_coef"][row*len(support)+i] }
	total := 0.0
	for a := range classes {
		for b := a + 1; b < classes; b++ {
			beta := make([]float64, len(support))
			for i, k := range labels {
				switch k {
				case a:
					beta[i] = coef(b-1, i)
				case b:
					beta[i] = coef(a, i)
				}
				total -= math.Abs(beta[i])
			}
			total += quadratic(kernel, beta) / 2
		}
	}
	return total
}

// rbf returns the kernel matrix of the rows that are listed.
func rbf(x *mat.Dense, rows []float64) blas64.General {
	n, p := x.Dims()
	mean, square := 0.0, 0.0
	for i := range n {
		mean += simd.Sum(x.RawRowView(i)) / float64(n*p)
	}
	for i := range n {
		for _, v := range x.RawRowView(i) {
			square += (v - mean) * (v - mean)
		}
	}
	gamma := float64(n) / square
	k := blas64.General{Rows: len(rows), Cols: len(rows), Stride: len(rows), Data: make([]float64, len(rows)*len(rows))}
	parallel.For(len(rows), 16, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			to := k.Data[i*k.Stride : (i+1)*k.Stride]
			for j, row := range rows {
				to[j] = -gamma * simd.SqDist(x.RawRowView(int(rows[i])), x.RawRowView(int(row)))
			}
			simd.Exp(to, to)
		}
	})
	return k
}

// quadratic returns vᵀKv.
func quadratic(k blas64.General, v []float64) float64 {
	sum := 0.0
	for i, b := range v {
		if b != 0 {
			sum += b * simd.Dot(k.Data[i*k.Stride:(i+1)*k.Stride], v)
		}
	}
	return sum
}
