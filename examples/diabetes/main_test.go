package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "pictures")
	var out bytes.Buffer
	if err := run(context.Background(), &out, folder); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"least squares", "ridge", "lasso"} {
		row := regexp.MustCompile(`(?m)^ *` + name + ` +(0\.\d+) `).FindStringSubmatch(out.String())
		if row == nil {
			t.Errorf("no row of %s in\n%s", name, out.String())
			continue
		}
		if r2, _ := strconv.ParseFloat(row[1], 64); r2 < 0.4 || r2 > 0.6 {
			t.Errorf("R² of %s is %v", name, r2)
		}
	}
	if !strings.Contains(out.String(), "bmi") {
		t.Error("no coefficient of bmi")
	}
	for _, name := range []string{"path.png", "residuals.png", "predicted.png"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}
