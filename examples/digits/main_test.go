package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/sapwood-ml/sapwood/internal/race"
)

func TestRun(t *testing.T) {
	if race.Enabled {
		t.Skip("takes a minute, and the packages' own tests show the races")
	}
	folder := filepath.Join(t.TempDir(), "pictures")
	var out bytes.Buffer
	if err := run(context.Background(), &out, folder); err != nil {
		t.Fatal(err)
	}
	least := map[string]float64{"decision tree": 0.8, "support vector machine": 0.98}
	for _, c := range contenders {
		row := regexp.MustCompile(`(?m)^ *` + c.name + ` +([01]\.\d+) `).FindStringSubmatch(out.String())
		if row == nil {
			t.Errorf("no row of %s in\n%s", c.name, out.String())
			continue
		}
		want, known := least[c.name]
		if !known {
			want = 0.95
		}
		if accuracy, _ := strconv.ParseFloat(row[1], 64); accuracy < want {
			t.Errorf("accuracy of %s is %v", c.name, accuracy)
		}
	}
	for _, name := range []string{"confusion.png", "components.png", "scree.png"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}
