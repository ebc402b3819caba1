package task

import (
	"fmt"
	"path/filepath"

	"gonum.org/v1/gonum/mat"
)

// Data is a data set on disk: a folder of .npy files, read when asked for and
// kept. The first error is kept as well and the reads after it give nothing.
type Data struct {
	dir    string
	arrays map[string]*array
	err    error
}

// openData returns the data set in the folder.
func openData(dir string) *Data {
	return &Data{dir: dir, arrays: map[string]*array{}}
}

// Fail keeps the error, unless there is one.
func (d *Data) Fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// Matrix returns a two-dimensional array.
func (d *Data) Matrix(name string) *mat.Dense {
	a := d.read(name)
	if a.cols == 0 {
		d.Fail(fmt.Errorf("%s in %s is not a matrix", name, d.dir))
	}
	if d.err != nil {
		return mat.NewDense(1, 1, nil)
	}
	return mat.NewDense(a.rows, a.cols, a.values)
}

// Floats returns an array's values, row by row.
func (d *Data) Floats(name string) []float64 { return d.read(name).values }

// Ints returns an array's values as integers, such as class indices. The array is
// not kept as well.
func (d *Data) Ints(name string) []int {
	values := d.Floats(name)
	delete(d.arrays, name)
	ints := make([]int, len(values))
	for i, v := range values {
		ints[i] = int(v)
	}
	return ints
}

func (d *Data) read(name string) *array {
	if a := d.arrays[name]; a != nil {
		return a
	}
	a, err := readArray(filepath.Join(d.dir, name+".npy"))
	if err != nil {
		d.Fail(err)
		return &array{}
	}
	d.arrays[name] = a
	return a
}

// ReadResult reads the arrays that a side wrote into the folder.
func ReadResult(dir string) (Result, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.npy"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no arrays in %s", dir)
	}
	r := Result{}
	for _, file := range files {
		a, err := readArray(file)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(file)
		r[name[:len(name)-len(".npy")]] = a.values
	}
	return r, nil
}
