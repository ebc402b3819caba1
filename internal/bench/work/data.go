package work

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/sbinet/npyio/npy"
	"gonum.org/v1/gonum/mat"
)

// Data is a data set on disk: a folder of .npy files, read when asked for and
// kept. The first error is kept as well and the reads after it give nothing.
type Data struct {
	dir    string
	arrays map[string]*array
	err    error
}

type array struct {
	values     []float64
	rows, cols int // cols is 0 for a vector
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

// readArray reads a one- or two-dimensional array of float64 or int64 in C order.
func readArray(path string) (*array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := npy.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	descr := r.Header.Descr
	if descr.Fortran || len(descr.Shape) < 1 || len(descr.Shape) > 2 || descr.Type != "<f8" && descr.Type != "<i8" {
		return nil, fmt.Errorf("%s: a %s of shape %v, want a vector or matrix of <f8 or <i8 in C order", path, descr.Type, descr.Shape)
	}
	a := &array{rows: descr.Shape[0]}
	n := a.rows
	if len(descr.Shape) == 2 {
		a.cols = descr.Shape[1]
		n *= a.cols
	}
	a.values = make([]float64, n)
	buf := make([]byte, 1<<16)
	for at := 0; at < n; {
		chunk := buf[:min(len(buf), 8*(n-at))]
		if _, err := io.ReadFull(f, chunk); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for ; len(chunk) > 0; chunk = chunk[8:] {
			bits := binary.LittleEndian.Uint64(chunk)
			if descr.Type == "<i8" {
				a.values[at] = float64(int64(bits))
			} else {
				a.values[at] = math.Float64frombits(bits)
			}
			at++
		}
	}
	return a, nil
}

// Write puts the arrays of a result into the folder.
func (r Result) Write(dir string) error {
	for name, values := range r {
		f, err := os.Create(filepath.Join(dir, name+".npy"))
		if err != nil {
			return err
		}
		w := bufio.NewWriter(f)
		if err := npy.Write(w, values); err != nil {
			f.Close()
			return err
		}
		if err := w.Flush(); err != nil {
			f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
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
