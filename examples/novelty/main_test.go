package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

func TestRun(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "pictures")
	var out bytes.Buffer
	if err := run(context.Background(), &out, folder); err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^ *0\.1 +\d+ +(\d+\.\d) % +(\d+\.\d) % +(\d+\.\d) % +(\d\.\d+)`).FindStringSubmatch(out.String())
	if row == nil {
		t.Fatalf("no row of ν = 0.1 in\n%s", out.String())
	}
	for i, limits := range [][2]float64{{5, 11}, {5, 20}, {90, 100}, {0.95, 1}} {
		if v, err := strconv.ParseFloat(row[i+1], 64); err != nil || v < limits[0] || v > limits[1] {
			t.Errorf("column %d of ν = 0.1 is %s", i, row[i+1])
		}
	}
	for _, name := range []string{"contours.png", "roc.png"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}
