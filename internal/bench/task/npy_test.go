package task

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestArraysComeBack(t *testing.T) {
	dir := t.TempDir()
	want := Result{"some": {1, -2.5, math.Inf(1), 1e-310}, "none": {}}
	if err := want.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := ReadResult(dir)
	if err != nil || len(got) != len(want) {
		t.Fatal(got, err)
	}
	for name, values := range want {
		if !slices.Equal(got[name], values) {
			t.Errorf("%s: %v, want %v", name, got[name], values)
		}
		file, err := os.ReadFile(filepath.Join(dir, name+".npy"))
		if err != nil || (len(file)-8*len(values))%64 != 0 {
			t.Errorf("%s: %d bytes with %d numbers, %v", name, len(file), len(values), err)
		}
	}
}

func TestHeaders(t *testing.T) {
	for header, want := range map[string]array{
		"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }": {rows: 3, cols: 2},
		"{'descr': '<i8', 'fortran_order': False, 'shape': (5,), }":   {rows: 5},
	} {
		a, integers, err := parseHeader(header)
		if err != nil || a.rows != want.rows || a.cols != want.cols || integers != strings.Contains(header, "i8") || len(a.values) != want.rows*max(want.cols, 1) {
			t.Errorf("%s: %+v, %v, %v", header, a, integers, err)
		}
	}
	for _, header := range []string{
		"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }",
		"{'descr': '<f8', 'fortran_order': True, 'shape': (3, 2), }",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2, 4), }",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (), }",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (-3,), }",
		"",
	} {
		if a, _, err := parseHeader(header); err == nil {
			t.Errorf("%s: no error, %+v", header, a)
		}
	}
	file := encodeVector([]float64{1, 2, 3})
	for _, bad := range [][]byte{nil, []byte("hello, world"), file[:20], file[:len(file)-1]} {
		if _, err := decodeArray(bytes.NewReader(bad)); err == nil {
			t.Errorf("%d bytes: no error", len(bad))
		}
	}
}
