// Package cluster has the workloads of package cluster.
package cluster

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/cluster"
	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/internal/bench/task"
)

// strict makes k-means go on until no label changes, on all sides: their
// tolerances mean different things.
const strict = 1e-300

// Workloads are those of package cluster.
var Workloads = []*task.Workload{
	kmeans("kmeans-200kx20-50", "blobs-200kx20x50", task.Quality{}),
	kmeans("kmeans-50kx100-100", "normal-50kx100x100", anotherPath),
	kmeans("kmeans-fmnist-10", "fmnist", task.Quality{}),
	{
		Name: "kmeans++-200kx20-50", Data: "blobs-200kx20x50", Settings: "initialisation only", Kind: "kmeans_plusplus",
		Params: map[string]any{"k": 50},
		// The centres are drawn at random: what is asked is that they are as well spread.
		Quality: task.Quality{Name: "inertia of the first centres", Tolerance: 0.1},
		Peers:   []task.Peer{{Name: "sklearn", Target: 2}},
		Ours: func(d *task.Data) task.Job {
			ds, err := dataset.New[dataset.None](d.Matrix("X"), nil)
			if err != nil {
				return task.Fail(err)
			}
			var last *mat.Dense
			return task.Job{
				Run: func() (err error) {
					last, err = cluster.KMeans{K: 50}.FirstCenters(context.Background(), ds)
					return err
				},
				Result: func() task.Result { return task.Result{"centers": last.RawMatrix().Data} },
			}
		},
		Judge: inertia,
	},
}

// anotherPath judges against linfa on data without clusters. linfa moves a centre
// to the mean of its samples and of itself as one sample more, so its path is not
// that of Lloyd's algorithm, and what inertia a path has reached after 50
// iterations is luck on such data: Lloyd's own are up to 2e-4 apart if the first
// centres move by 0.002 in each feature, and 7e-4 from other first centres.
var anotherPath = task.Quality{
	Name:      "inertia within 0.0005 (its update counts the old centre as a sample, a path of its own)",
	Tolerance: 5e-4,
}

// kmeans is the workload of at most 50 iterations from the given centres.
func kmeans(name, data string, linfas task.Quality) *task.Workload {
	return &task.Workload{
		Name: name, Data: data, Settings: "given initial centres, ≤ 50 iterations", Kind: "kmeans",
		Params:  map[string]any{"iterations": 50, "tol": strict},
		Quality: task.Objective("inertia"),
		Peers:   []task.Peer{{Name: "sklearn", Target: 2}, {Name: "intelex", Target: 1}, {Name: "linfa", Target: 5, Quality: linfas}},
		Ours: func(d *task.Data) task.Job {
			centers := d.Matrix("centers")
			k, _ := centers.Dims()
			f := cluster.KMeans{K: k, Centers: centers, MaxIter: 50, Tol: strict}
			return task.Fitting(d.Matrix("X"), nil, f, func(m *cluster.KMeansModel) task.Result {
				return task.Result{"centers": m.Centers.RawMatrix().Data}
			})
		},
		Judge: inertia,
	}
}

// inertia is the sum of squared distances to the nearest centre.
func inertia(d *task.Data, r task.Result) float64 {
	x := d.Matrix("X")
	n, p := x.Dims()
	sum := 0.0
	for i := range n {
		row, nearest := x.RawRowView(i), math.Inf(1)
		for c := r["centers"]; len(c) >= p; c = c[p:] {
			square := 0.0
			for j, v := range row {
				square += (v - c[j]) * (v - c[j])
			}
			nearest = min(nearest, square)
		}
		sum += nearest
	}
	return sum
}
