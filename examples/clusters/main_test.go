package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
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
	for _, name := range []string{"elbow.png", "maximum.png", "silhouette.png", "blobs.png", "moons.png"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}
