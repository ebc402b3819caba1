// Package decomposition has the workloads of package decomposition.
package decomposition

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/decomposition"
	"github.com/sapwood-ml/sapwood/internal/bench/task"
)

// Workloads are those of package decomposition.
var Workloads = []*task.Workload{
	pca("pca-100kx100-10", "normal-100kx100", 10, 2, 1e-6),
	pca("pca-fmnist-50", "fmnist", 50, 1.4, 1e-6),
	pca("pca-2kx2k-50", "lowrank-2kx2k", 50, 2, 1e-3),
}

func pca(name, data string, k int, target, tolerance float64) *task.Workload {
	return &task.Workload{
		Name: name, Data: data, Settings: fmt.Sprintf("%d components", k), Kind: "pca",
		Params:  map[string]any{"k": k},
		Quality: task.Quality{Name: "explained variance", Higher: true, Tolerance: tolerance},
		Peers:   []task.Peer{{Name: "sklearn", Settings: []string{"Haswell", "SkylakeX"}, Target: target}, {Name: "linfa", Target: 5}},
		Ours: func(d *task.Data) task.Job {
			return task.Fitting(d.Matrix("X"), nil, decomposition.PCA{Components: k}, func(m *decomposition.PCAModel) task.Result {
				return task.Result{"components": mat.DenseCopyOf(m.Components).RawMatrix().Data}
			})
		},
		Judge: explainedVariance,
	}
}

// explainedVariance is the variance of the data within the span of the
// components: tr((VVᵀ)⁻¹ VCVᵀ) for the covariance C, so that it does not help to
// return vectors that are not orthonormal.
func explainedVariance(d *task.Data, r task.Result) float64 {
	x := d.Matrix("X")
	n, p := x.Dims()
	mean := make([]float64, p)
	for j := range mean {
		mean[j] = stat.Mean(mat.Col(nil, j, x), nil)
	}
	k := len(r["components"]) / p
	v := mat.NewDense(k, p, r["components"])
	var z, zz, vv, share mat.Dense
	z.Mul(x, v.T()) // n × k, still with the mean
	var shift mat.VecDense
	shift.MulVec(v, mat.NewVecDense(p, mean))
	for i := range n {
		row := z.RawRowView(i)
		for j := range row {
			row[j] -= shift.AtVec(j)
		}
	}
	zz.Mul(z.T(), &z)
	vv.Mul(v, v.T())
	if err := share.Solve(&vv, &zz); err != nil {
		d.Fail(err)
		return 0
	}
	return mat.Trace(&share) / float64(n-1)
}
