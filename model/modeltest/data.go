package modeltest

import (
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/sapwood-ml/sapwood/dataset"
)

// classification returns n samples around the corners of a simplex, in three
// classes that overlap a little and have names, in random order.
func classification(n, p int, seed uint64) *dataset.Classification {
	rng := rand.New(rand.NewPCG(seed, 1))
	ds := &dataset.Classification{X: mat.NewDense(n, p, nil), Y: make([]int, n)}
	ds.Classes = []string{"alder", "birch", "cedar"}
	ds.Features = featureNames(p)
	for i := range n {
		k := i % 3
		ds.Y[i] = k
		for j := range p {
			v := rng.NormFloat64()
			if j%3 == k {
				v += 3.5
			}
			ds.X.Set(i, j, v)
		}
	}
	return permuted(ds, rng.Perm(n))
}

// regression returns n samples whose positive targets are a linear function of
// the features with a little noise.
func regression(n, p int, seed uint64) *dataset.Regression {
	rng := rand.New(rand.NewPCG(seed, 2))
	ds := &dataset.Regression{X: mat.NewDense(n, p, nil), Y: make([]float64, n)}
	ds.Features = featureNames(p)
	for i := range n {
		y := 40 + rng.NormFloat64()/10
		for j := range p {
			v := rng.NormFloat64()
			ds.X.Set(i, j, v)
			y += v * float64(j%5+1)
		}
		ds.Y[i] = max(y, 1)
	}
	return ds
}

func unlabeled(n, p int, seed uint64) *dataset.Unlabeled {
	return classification(n, p, seed).Unlabeled()
}

// sample returns the suite's data of the given target type.
func sample[T dataset.Target](n, p int, seed uint64) *dataset.Dataset[T] {
	var ds any
	switch any(*new(T)).(type) {
	case int:
		ds = classification(n, p, seed)
	case float64:
		ds = regression(n, p, seed)
	default:
		ds = unlabeled(n, p, seed)
	}
	return ds.(*dataset.Dataset[T])
}

func featureNames(p int) []string {
	names := make([]string, p)
	for j := range names {
		names[j] = "x" + string(rune('a'+j%26))
	}
	return names
}

// permuted returns the samples of ds that rows name, in that order.
func permuted[T dataset.Target](ds *dataset.Dataset[T], rows []int) *dataset.Dataset[T] {
	s, err := ds.Subset(rows)
	if err != nil {
		panic(err)
	}
	return s
}

// clone returns a deep copy of ds's numbers.
func clone[T dataset.Target](ds *dataset.Dataset[T]) *dataset.Dataset[T] {
	return &dataset.Dataset[T]{
		X:       mat.DenseCopyOf(ds.X),
		Y:       slices.Clone(ds.Y),
		Weights: slices.Clone(ds.Weights),
		Schema:  ds.Schema,
	}
}

// strided returns x as a view into a larger matrix full of other numbers.
func strided(x *mat.Dense) *mat.Dense {
	n, p := x.Dims()
	wide := mat.NewDense(n+2, p+5, nil)
	raw := wide.RawMatrix().Data
	for i := range raw {
		raw[i] = -1e30
	}
	view := wide.Slice(1, n+1, 3, p+3).(*mat.Dense)
	view.Copy(x)
	return view
}
