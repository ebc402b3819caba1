//go:build !openblas

// Package blas puts the library's vector kernels behind gonum's blas.Float64.
// Importing it registers [Implementation] with blas64, provided that gonum's
// own implementation is the one registered; a program that registers another
// after that keeps it. What is not accelerated falls through to gonum.
package blas

import (
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
)

// Implementation is a blas.Float64 on the kernels of internal/simd.
type Implementation struct{ gonum.Implementation }

func init() {
	if _, isGonum := blas64.Implementation().(gonum.Implementation); isGonum {
		blas64.Use(Implementation{})
	}
}
