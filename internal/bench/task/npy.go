package task

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// An array is what a file in NumPy's format holds (numpy.lib.format, version 1).
type array struct {
	values     []float64
	rows, cols int // cols is 0 for a vector
}

// magic begins a file. After it come the length of the header in two bytes and the
// header, a Python dictionary.
const magic = "\x93NUMPY\x01\x00"

// readArray reads a one- or two-dimensional array of float64 or int64 in C order.
func readArray(path string) (*array, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	a, err := decodeArray(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

func decodeArray(r io.Reader) (*array, error) {
	start := make([]byte, len(magic)+2)
	if _, err := io.ReadFull(r, start); err != nil {
		return nil, err
	}
	if string(start[:len(magic)]) != magic {
		return nil, fmt.Errorf("no .npy file of version 1: it begins with %q", start)
	}
	header := make([]byte, binary.LittleEndian.Uint16(start[len(magic):]))
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	a, integers, err := parseHeader(string(header))
	if err != nil {
		return nil, err
	}
	var number [8]byte
	for i := range a.values {
		if _, err := io.ReadFull(r, number[:]); err != nil {
			return nil, err
		}
		bits := binary.LittleEndian.Uint64(number[:])
		if integers {
			a.values[i] = float64(int64(bits))
		} else {
			a.values[i] = math.Float64frombits(bits)
		}
	}
	return a, nil
}

// parseHeader returns an array of the shape that the header says, and whether it
// consists of integers.
func parseHeader(header string) (a *array, integers bool, err error) {
	integers = strings.Contains(header, "'descr': '<i8'")
	known := integers || strings.Contains(header, "'descr': '<f8'")
	_, shape, _ := strings.Cut(header, "'shape': (")
	shape, _, _ = strings.Cut(shape, ")")
	first, second, _ := strings.Cut(shape, ",")
	rows, err := strconv.ParseUint(first, 10, 31)
	cols := uint64(0)
	if second = strings.TrimSpace(second); err == nil && second != "" {
		cols, err = strconv.ParseUint(second, 10, 31)
	}
	if err != nil || !known || !strings.Contains(header, "'fortran_order': False") {
		return nil, false, fmt.Errorf("%q, want a vector or matrix of <f8 or <i8 in C order", header)
	}
	a = &array{rows: int(rows), cols: int(cols)}
	a.values = make([]float64, a.rows*max(a.cols, 1))
	return a, integers, nil
}

// Write puts the arrays of a result into the folder.
func (r Result) Write(dir string) error {
	for name, values := range r {
		if err := os.WriteFile(filepath.Join(dir, name+".npy"), encodeVector(values), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// encodeVector returns the file of a vector.
func encodeVector(values []float64) []byte {
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", len(values))
	// What comes before the numbers takes a multiple of 64 bytes and ends a line.
	start := len(magic) + 2
	header += strings.Repeat(" ", 63-(start+len(header))%64) + "\n"
	file := binary.LittleEndian.AppendUint16([]byte(magic), uint16(len(header)))
	file = append(file, header...)
	for _, v := range values {
		file = binary.LittleEndian.AppendUint64(file, math.Float64bits(v))
	}
	return file
}
