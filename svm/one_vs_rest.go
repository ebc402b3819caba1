package svm

import (
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// oneVsRest returns a machine per class, which is the positive one. All of them
// share the kernels in the cache.
func (t *training) oneVsRest(bounds []float64, classes int) []job {
	var jobs []job
	for k := range classes {
		jobs = append(jobs, job{
			problem:   func() *problem { return t.marginProblem(bounds, k, others(k, classes)...) },
			samples:   len(t.gram.rows),
			positives: t.gram.size(k),
		})
	}
	return jobs
}

// others returns the classes but k.
func others(k, classes int) []int {
	var list []int
	for c := range classes {
		if c != k {
			list = append(list, c)
		}
	}
	return list
}

// newOneVsRestModel puts the machines of the classes together.
func newOneVsRestModel(t *training, ds *dataset.Classification, classes int, machines []*solution, calibrated bool) *ClassifierModel {
	g := t.gram
	m := &ClassifierModel{Kernel: t.kernel, OneVsRest: true, Schema: ds.Schema}
	coef := mat.NewDense(classes, len(g.rows), nil) // per sample
	for k, s := range machines {
		at := 0
		for _, c := range append([]int{k}, others(k, classes)...) {
			for sample := g.starts[c]; sample < g.starts[c+1]; sample++ {
				coef.Set(k, sample, s.beta[at])
				at++
			}
		}
		m.Intercept = append(m.Intercept, -s.threshold[0])
	}
	m.complete(t, ds, classes, machines, coef, calibrated)
	return m
}
