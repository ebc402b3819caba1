package cluster

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	_ "github.com/sapwood-ml/sapwood/internal/blas" // fast kernels behind blas64
	"github.com/sapwood-ml/sapwood/internal/parallel"
	"github.com/sapwood-ml/sapwood/internal/simd"
)

// dims returns the shape of what holds the covariances of k components.
func (c Covariance) dims(k, p int) (rows, cols int) {
	switch c {
	case Full:
		return k * p, p
	case Tied:
		return p, p
	case Diagonal:
		return k, p
	}
	return k, 1
}

// A density computes log(πₖ N(x; μₖ, Σₖ)).
//
// Its factors are upper triangular, Σₖ⁻¹ = FFᵀ, or the reciprocals of standard
// deviations: the exponent is −½‖(x−μₖ)ᵀF‖². They are laid out as covariances are.
type density struct {
	form    Covariance
	means   *mat.Dense
	factors *mat.Dense
	offsets []float64 // log(πₖ |Σₖ|^−½ (2π)^−p/2)
}

// newDensity is an error if a covariance matrix is not positive definite.
func newDensity(ctx context.Context, form Covariance, weights []float64, means, covariances *mat.Dense) (*density, error) {
	k, p := means.Dims()
	d := &density{form: form, means: means, factors: mat.DenseCopyOf(covariances), offsets: make([]float64, k)}
	distinct := k
	if form == Tied {
		distinct = 1
	}
	definite := make([]bool, distinct)
	err := parallel.ForContext(ctx, distinct, max(1, 10_000/(p*p*p)), func(lo, hi int) {
		for c := lo; c < hi; c++ {
			definite[c] = d.factor(c).fromCovariance()
		}
	})
	if err != nil {
		return nil, err
	}
	for c := range k {
		ok := definite[c%distinct]
		if ok {
			d.offsets[c] = math.Log(weights[c]) + d.factor(c).logDeterminant(p) - float64(p)/2*math.Log(2*math.Pi)
			ok = !math.IsNaN(d.offsets[c]) && !math.IsInf(d.offsets[c], 1)
		}
		if !ok {
			return nil, fmt.Errorf("the covariance matrix of component %d is not positive definite: a larger RegCovar, fewer components or another form of covariance may help", c)
		}
	}
	return d, nil
}

// factor returns that of component c.
func (d *density) factor(c int) factor { return factorOf(d.form, d.factors, c) }

// A factor is a triangular matrix, or the diagonal of one, or what all elements
// of that diagonal are.
type factor struct {
	form Covariance
	data []float64
	n    int // order of the matrix, length of the diagonal, or 1
}

func factorOf(form Covariance, all *mat.Dense, c int) factor {
	m := all.RawMatrix()
	switch form {
	case Full:
		return factor{form, m.Data[c*m.Cols*m.Stride:], m.Cols}
	case Tied:
		return factor{form, m.Data, m.Cols}
	}
	return factor{form, m.Data[c*m.Stride:][:m.Cols], m.Cols}
}

func (f factor) square() bool { return f.form == Full || f.form == Tied }

func (f factor) triangular() blas64.Triangular {
	return blas64.Triangular{Uplo: blas.Upper, Diag: blas.NonUnit, N: f.n, Stride: f.n, Data: f.data[:f.n*f.n]}
}

// fromCovariance turns a covariance matrix into the factor of its inverse, and
// reports whether it is positive definite.
func (f factor) fromCovariance() bool {
	if !f.square() {
		for j, v := range f.data {
			if !(v > 0) || math.IsInf(v, 1) {
				return false
			}
			f.data[j] = 1 / math.Sqrt(v)
		}
		return true
	}
	t := f.triangular()
	_, ok := lapack64.Potrf(blas64.Symmetric{Uplo: blas.Upper, N: f.n, Stride: f.n, Data: t.Data})
	if !ok || !lapack64.Trtri(t) {
		return false
	}
	for i := 1; i < f.n; i++ {
		clear(f.data[i*f.n : i*f.n+i])
	}
	return simd.Finite(t.Data) < 0
}

// logDeterminant returns the logarithm of the determinant of the factor.
func (f factor) logDeterminant(p int) float64 {
	sum := 0.0
	switch {
	case f.form == Spherical:
		return float64(p) * math.Log(f.data[0])
	case f.form == Diagonal:
		for _, v := range f.data {
			sum += math.Log(v)
		}
	default:
		for i := range f.n {
			sum += math.Log(f.data[i*f.n+i])
		}
	}
	return sum
}

// invert replaces precisions by covariances, or the other way, and reports
// whether they are positive definite.
func invert(form Covariance, all *mat.Dense) bool {
	k, p := all.Dims()
	switch form {
	case Full:
		k /= p
	case Tied:
		k = 1
	}
	for c := range k {
		f := factorOf(form, all, c)
		if !f.fromCovariance() {
			return false
		}
		if !f.square() {
			for j, v := range f.data {
				f.data[j] = v * v
			}
			continue
		}
		var inverse mat.Dense
		upper := mat.NewDense(p, p, f.data[:p*p])
		inverse.Mul(upper, upper.T())
		upper.Copy(&inverse)
	}
	return true
}

// row computes log(πₖ N(x; μₖ, Σₖ)) of all components for one sample; scratch has
// 2p elements.
func (d *density) row(dst, x, scratch []float64) {
	p := len(x)
	diff, y := scratch[:p], scratch[p:2*p]
	for c := range dst {
		simd.Sub(diff, x, d.means.RawRowView(c))
		f := d.factor(c)
		dst[c] = d.offsets[c] - f.times(y, diff)/2
	}
}

// times returns ‖xᵀF‖², and overwrites y.
func (f factor) times(y, x []float64) float64 {
	switch f.form {
	case Spherical:
		for j, v := range x {
			y[j] = v * f.data[0]
		}
	case Diagonal:
		simd.Mul(y, x, f.data)
	default:
		clear(y)
		// Few rows at a time: those below begin with zeros.
		const rows = 8
		for i := 0; i < f.n; i += rows {
			end := min(i+rows, f.n)
			simd.AxpyRows(x[i:end], f.data[i*f.n+i:], f.n, y[i:])
		}
	}
	return simd.Dot(y, y)
}

// block computes what row does for many samples, rows lo to hi of x, as rows of
// dst; scratch has as many rows as x and p columns.
func (d *density) block(dst []float64, x *mat.Dense, lo, hi int, scratch []float64) {
	k, p := d.means.Dims()
	diff := blas64.General{Rows: hi - lo, Cols: p, Stride: p, Data: scratch[:(hi-lo)*p]}
	for c := range k {
		mean, f := d.means.RawRowView(c), d.factor(c)
		for i := lo; i < hi; i++ {
			simd.Sub(diff.Data[(i-lo)*p:][:p], x.RawRowView(i), mean)
		}
		if f.square() {
			blas64.Trmm(blas.Right, blas.NoTrans, 1, f.triangular(), diff)
		}
		for i := range hi - lo {
			y := diff.Data[i*p:][:p]
			switch f.form {
			case Diagonal:
				simd.Mul(y, y, f.data)
			case Spherical:
				simd.Scal(f.data[0], y)
			}
			dst[i*k+c] = d.offsets[c] - simd.Dot(y, y)/2
		}
	}
}
