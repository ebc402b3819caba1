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
	if !strings.Contains(out.String(), "speaks for 4 clusters") {
		t.Errorf("the four blobs were not found:\n%s", out.String())
	}
	for name, better := range map[string][]bool{ // than 0.8: on blobs, drawn out, moons, circles
		"k-means": {true, false, false, false},
		"mixture": {true, true, false, false},
		"DBSCAN":  {true, false, true, true},
	} {
		row := regexp.MustCompile(`(?m)^ *` + name + ` +(.*)$`).FindStringSubmatch(out.String())
		if row == nil || len(strings.Fields(row[1])) != len(better) {
			t.Errorf("no row of %s in\n%s", name, out.String())
			continue
		}
		for i, text := range strings.Fields(row[1]) {
			if agreement, err := strconv.ParseFloat(text, 64); err != nil || agreement > 0.8 != better[i] {
				t.Errorf("%s on shape %d: %s", name, i, text)
			}
		}
	}
	for _, name := range []string{"elbow.png", "maximum.png", "silhouette.png", "shapes.png"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}
