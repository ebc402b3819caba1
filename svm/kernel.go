package svm

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"github.com/sapwood-ml/sapwood/model"
)

// A KernelKind names a family of kernels.
type KernelKind int

const (
	RBF         KernelKind = iota // exp(−γ‖x−y‖²)
	Linear                        // x·y
	Polynomial                    // (γ x·y + c₀)^degree
	Sigmoid                       // tanh(γ x·y + c₀); not positive semidefinite
	Precomputed                   // X holds the kernel itself
)

// Kernel says how similar two samples are: it is the inner product of their images
// in the space in which a machine is linear. The zero value is the Gaussian
// kernel with the scaled γ.
//
// For [Precomputed] X is n × n at training, element (i, j) being the kernel of
// samples i and j, and m × n at prediction: the kernel of each new sample with all
// n training samples.
type Kernel struct {
	Kind KernelKind // RBF if not set
	// Gamma is γ of the kernels that have one. 0 means 1/(p·v) for p features, v being
	// the variance of all elements of X, weighted as the samples are ("scale"); 1
	// where v is 0.
	Gamma     float64
	AutoGamma bool    // where Gamma is 0, γ = 1/p instead ("auto")
	Degree    int     // of the polynomial; 0 means 3
	Coef0     float64 // c₀
	// Func, if set, is the kernel, and everything else is ignored. It must be
	// symmetric and positive semidefinite, depend on nothing but its arguments,
	// keep and change neither of them, and allow calls from several goroutines.
	Func func(x, y []float64) float64
}

// resolve checks the parameters and returns the kernel with every default filled
// in, for training data x with weights per row, nil for all one.
func (k Kernel) resolve(x blas64.General, weights []float64) (Kernel, error) {
	if k.Func != nil {
		return Kernel{Func: k.Func}, nil
	}
	switch {
	case k.Kind < RBF || k.Kind > Precomputed:
		return k, &model.ParamError{Field: "Kernel.Kind", Value: k.Kind, Want: "RBF, Linear, Polynomial, Sigmoid or Precomputed"}
	case !(k.Gamma >= 0) || math.IsInf(k.Gamma, 1):
		return k, &model.ParamError{Field: "Kernel.Gamma", Value: k.Gamma, Want: "a finite number ≥ 0"}
	case k.Gamma > 0 && k.AutoGamma:
		return k, &model.ParamError{Field: "Kernel.AutoGamma", Value: k.AutoGamma, Want: "false where Gamma is set"}
	case k.Degree < 0:
		return k, &model.ParamError{Field: "Kernel.Degree", Value: k.Degree, Want: "at least 1"}
	case math.IsNaN(k.Coef0) || math.IsInf(k.Coef0, 0):
		return k, &model.ParamError{Field: "Kernel.Coef0", Value: k.Coef0, Want: "a finite number"}
	}
	r := Kernel{Kind: k.Kind}
	if k.Kind == Linear || k.Kind == Precomputed {
		return r, nil
	}
	r.Gamma = k.Gamma
	switch {
	case k.AutoGamma:
		r.Gamma = 1 / float64(x.Cols)
	case k.Gamma == 0:
		r.Gamma = scaleGamma(x, weights)
	}
	if k.Kind == Polynomial {
		r.Degree = k.Degree
		if r.Degree == 0 {
			r.Degree = 3
		}
	}
	if k.Kind != RBF {
		r.Coef0 = k.Coef0
	}
	return r, nil
}

// scaleGamma returns 1/(p·v), v being the variance of all elements of x, those of a
// row having its weight. It is computed on elements scaled to at most one, so that
// no finite x overflows.
func scaleGamma(x blas64.General, weights []float64) float64 {
	scale := powerOfTwo(largest(x, nil))
	weight := func(i int) float64 {
		if weights == nil {
			return 1
		}
		return weights[i]
	}
	total := 0.0
	for i := range x.Rows {
		total += weight(i)
	}
	total *= float64(x.Cols)
	mean := 0.0
	for i := range x.Rows {
		sum := 0.0
		for _, v := range rowOf(x, i) {
			sum += v * scale
		}
		mean += weight(i) * sum / total
	}
	variance := 0.0
	for i := range x.Rows {
		sum := 0.0
		for _, v := range rowOf(x, i) {
			d := v*scale - mean
			sum += float64(d * d)
		}
		variance += weight(i) * sum / total
	}
	// What rounding leaves of a constant matrix is no variance.
	if variance <= 1e-30*mean*mean || variance == 0 {
		return 1
	}
	gamma := 1 / (float64(x.Cols) * variance) * scale * scale
	return min(max(gamma, math.SmallestNonzeroFloat64), math.MaxFloat64)
}

// largest returns the largest |x − center|; a nil center is zero.
func largest(x blas64.General, center []float64) float64 {
	m := 0.0
	for i := range x.Rows {
		for j, v := range rowOf(x, i) {
			if center != nil {
				v -= center[j]
			}
			m = max(m, math.Abs(v))
		}
	}
	return m
}

// powerOfTwo returns the power of two that brings v into [½, 1), 1 for 0.
func powerOfTwo(v float64) float64 {
	if v == 0 {
		return 1
	}
	_, exponent := math.Frexp(v)
	return math.Ldexp(1, min(-exponent, 1023))
}

func rowOf(x blas64.General, i int) []float64 {
	return x.Data[i*x.Stride : i*x.Stride+x.Cols]
}
