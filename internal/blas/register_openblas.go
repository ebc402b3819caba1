//go:build openblas

package blas

// #cgo LDFLAGS: -lopenblas -llapacke
import "C"

import (
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	netlibblas "gonum.org/v1/netlib/blas/netlib"
	netliblapack "gonum.org/v1/netlib/lapack/netlib"
)

func register() {
	blas64.Use(netlibblas.Implementation{})
	lapack64.Use(netliblapack.Implementation{})
}
