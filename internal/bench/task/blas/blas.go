// Package blas has the workloads of BLAS and LAPACK.
package blas

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/internal/bench/task"
	_ "github.com/sapwood-ml/sapwood/internal/blas" // what serves blas64
	"github.com/sapwood-ml/sapwood/internal/lapack"
)

// residual is the quality of a factorisation or product: how far it is from what
// it should equal, relative to that.
var residual = task.Quality{Name: "relative residual", Tolerance: 1e-12, Absolute: true}

// Workloads are those of BLAS and LAPACK.
var Workloads = []*task.Workload{
	{
		Name: "gemm-1152", Data: "normal-1152x1152", Settings: "float64, X·X", Kind: "gemm", Quality: residual,
		Peers: []task.Peer{{Name: "openblas", Settings: task.CoreTypes, Target: 1}},
		Ours:  func(d *task.Data) task.Job { return gemm(d, blas.NoTrans) },
		Judge: func(d *task.Data, r task.Result) float64 {
			return productResidual(d.Matrix("X"), d.Matrix("X"), r["C"])
		},
	},
	{
		Name: "gemm-t-100kx100", Data: "normal-100kx100", Settings: "float64, XᵀX as a general product", Kind: "gemm_t", Quality: residual,
		Peers: []task.Peer{{Name: "openblas", Settings: task.CoreTypes, Target: 1}},
		Ours:  func(d *task.Data) task.Job { return gemm(d, blas.Trans) },
		Judge: func(d *task.Data, r task.Result) float64 {
			return productResidual(d.Matrix("X").T(), d.Matrix("X"), r["C"])
		},
	},
	{
		Name: "syrk-100kx100", Data: "normal-100kx100", Settings: "float64, one triangle of XᵀX", Kind: "syrk", Quality: residual,
		Peers: []task.Peer{{Name: "openblas", Settings: task.CoreTypes, Target: 1}},
		Ours:  syrk,
		Judge: func(d *task.Data, r task.Result) float64 {
			return productResidual(d.Matrix("X").T(), d.Matrix("X"), r["C"])
		},
	},
	{
		Name: "gemv-100kx100", Data: "normal-100kx100", Settings: "float64, X·v", Kind: "gemv", Quality: residual,
		Peers: []task.Peer{{Name: "openblas", Settings: task.CoreTypes, Target: 1}},
		Ours:  gemv,
		Judge: judgeGemv,
	},
	{
		Name: "chol-1000", Data: "spd-1000", Settings: "float64, in place", Kind: "chol", Quality: residual,
		Peers: []task.Peer{{Name: "openblas", Settings: task.CoreTypes, Target: 1}},
		Ours:  chol,
		Judge: func(d *task.Data, r task.Result) float64 {
			n, _ := d.Matrix("A").Dims()
			l := mat.NewDense(n, n, r["L"])
			return productResidual(l, l.T(), d.Floats("A"))
		},
	},
	{
		Name: "eigsym-500", Data: "sym-500", Settings: "float64, all values and vectors", Kind: "eigsym", Quality: residual,
		Peers: []task.Peer{{Name: "openblas", Settings: []string{"SkylakeX evd", "SkylakeX evr", "Haswell evd", "Zen evd"}, Target: 0.5}},
		Ours:  eigsym,
		Judge: judgeEigsym,
	},
}

func gemm(d *task.Data, t blas.Transpose) task.Job {
	x := d.Matrix("X").RawMatrix()
	n := x.Rows
	if t == blas.Trans {
		n = x.Cols
	}
	c := mat.NewDense(n, x.Cols, nil)
	return task.Job{
		Run: func() error {
			blas64.Gemm(t, blas.NoTrans, 1, x, x, 0, c.RawMatrix())
			return nil
		},
		Result: func() task.Result { return task.Result{"C": c.RawMatrix().Data} },
	}
}

func syrk(d *task.Data) task.Job {
	x := d.Matrix("X").RawMatrix()
	c := mat.NewSymDense(x.Cols, nil)
	return task.Job{
		Run: func() error {
			blas64.Syrk(blas.Trans, 1, x, 0, c.RawSymmetric())
			return nil
		},
		Result: func() task.Result { return task.Result{"C": mat.DenseCopyOf(c).RawMatrix().Data} },
	}
}

func gemv(d *task.Data) task.Job {
	x := d.Matrix("X").RawMatrix()
	v := blas64.Vector{N: x.Cols, Inc: 1, Data: x.Data[:x.Cols]}
	y := blas64.Vector{N: x.Rows, Inc: 1, Data: make([]float64, x.Rows)}
	return task.Job{
		Run: func() error {
			blas64.Gemv(blas.NoTrans, 1, x, v, 0, y)
			return nil
		},
		Result: func() task.Result { return task.Result{"y": y.Data} },
	}
}

func judgeGemv(d *task.Data, r task.Result) float64 {
	x := d.Matrix("X")
	var diff, norm float64
	for i, y := range r["y"] {
		want := 0.0
		for j, v := range x.RawRowView(i) {
			want += v * x.At(0, j)
		}
		diff += (y - want) * (y - want)
		norm += want * want
	}
	return math.Sqrt(diff / norm)
}

func chol(d *task.Data) task.Job {
	a := d.Matrix("A").RawMatrix()
	n := a.Rows
	l := mat.NewDense(n, n, nil)
	return task.Job{
		Reset: func() { copy(l.RawMatrix().Data, a.Data) },
		Run: func() error {
			lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: n, Data: l.RawMatrix().Data})
			return nil
		},
		// The factor is the upper triangle U of A = UᵀU: what is asked for is L = Uᵀ.
		Result: func() task.Result {
			lower := mat.NewDense(n, n, nil)
			for i := range n {
				for j := i; j < n; j++ {
					lower.Set(j, i, l.At(i, j))
				}
			}
			return task.Result{"L": lower.RawMatrix().Data}
		},
	}
}

func eigsym(d *task.Data) task.Job {
	a := d.Matrix("A")
	n, _ := a.Dims()
	s := mat.NewSymDense(n, a.RawMatrix().Data)
	var values []float64
	var rows *mat.Dense // of eigenvectors
	return task.Job{
		Run: func() error {
			var ok bool
			if values, rows, ok = lapack.EigSym(s); !ok {
				return errors.New("not finite")
			}
			return nil
		},
		Result: func() task.Result {
			return task.Result{"values": values, "vectors": mat.DenseCopyOf(rows.T()).RawMatrix().Data}
		},
	}
}

// judgeEigsym returns ‖AV − VΛ‖/‖A‖ in the Frobenius norm.
func judgeEigsym(d *task.Data, r task.Result) float64 {
	a := d.Matrix("A")
	n, _ := a.Dims()
	v := mat.NewDense(n, n, r["vectors"])
	var av, vl mat.Dense
	av.Mul(a, v)
	vl.Mul(v, mat.NewDiagDense(n, r["values"]))
	av.Sub(&av, &vl)
	return mat.Norm(&av, 2) / mat.Norm(a, 2)
}

// productResidual returns ‖(AB − C)v‖/‖ABv‖ for a fixed vector v of varied entries.
func productResidual(a, b mat.Matrix, c []float64) float64 {
	rows, _ := a.Dims()
	_, cols := b.Dims()
	v := mat.NewVecDense(cols, nil)
	for i := range cols {
		v.SetVec(i, math.Sin(float64(i+1)))
	}
	var bv, abv, cv mat.VecDense
	bv.MulVec(b, v)
	abv.MulVec(a, &bv)
	cv.MulVec(mat.NewDense(rows, cols, c), v)
	cv.SubVec(&cv, &abv)
	return mat.Norm(&cv, 2) / mat.Norm(&abv, 2)
}
