package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/sapwood-ml/sapwood/dataset"
	"github.com/sapwood-ml/sapwood/model"
)

func TestEveryContenderKnowsIris(t *testing.T) {
	least := map[string]float64{"logistic regression": 0.95, "decision tree": 0.93}
	for _, c := range contenders {
		t.Run(c.name, func(t *testing.T) {
			scores, _, err := c.validate(context.Background(), dataset.Iris(), model.KFold{N: 5, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if mean, want := stat.Mean(scores, nil), max(least[c.name], 0.9); mean < want {
				t.Errorf("mean accuracy %.3f, want %.2f", mean, want)
			}
		})
	}
}

func TestRunDrawsPictures(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "pictures")
	var out bytes.Buffer
	if err := run(context.Background(), &out, "", "", folder); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"150 samples, 4 features, 3 classes of species", "5-fold cross-validation", "versicolor"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("the output lacks %q:\n%s", line, out.String())
		}
	}
	for _, name := range []string{"scatter.png", "regions.png", "support.png", "confusion.png", "tree.png"} {
		f, err := os.Open(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
			continue
		}
		defer f.Close()
		if c, err := png.DecodeConfig(f); err != nil || c.Width != 640 || c.Height != 480 {
			t.Errorf("%s: %d×%d, %v", name, c.Width, c.Height, err)
		}
	}
}

// A table of one feature has no plane to be drawn.
func TestOneFeature(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "one.csv")
	var text bytes.Buffer
	for _, r := range irisRecords() {
		text.WriteString(r[2] + "," + r[4] + "\n")
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), new(bytes.Buffer), file, "", folder); err != nil {
		t.Fatal(err)
	}
	pictures, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil || len(pictures) != 2 {
		t.Errorf("pictures %v, %v", pictures, err)
	}
}

// irisRecords is Iris as the records of a CSV file, the header first.
func irisRecords() [][]string {
	ds := dataset.Iris()
	records := [][]string{append(slices.Clone(ds.Features), "species")}
	for i, k := range ds.Y {
		var r []string
		for _, v := range ds.X.RawRowView(i) {
			r = append(r, strconv.FormatFloat(v, 'g', -1, 64))
		}
		records = append(records, append(r, ds.Classes[k]))
	}
	return records
}

func TestBadFiles(t *testing.T) {
	for _, c := range []struct {
		name, target string
		spoil        func(records [][]string) [][]string
		want         string // the place that the error must name
	}{
		{"missing cell", "species", func(r [][]string) [][]string { r[7][2] = ""; return r }, "line 8, column 3 (petal length (cm))"},
		{"text cell", "species", func(r [][]string) [][]string { r[7][2] = "long"; return r }, "line 8, column 3 (petal length (cm))"},
		{"short row", "species", func(r [][]string) [][]string { r[7] = r[7][:3]; return r }, "line 8"},
		{"no rows", "species", func(r [][]string) [][]string { return r[:1] }, "no samples"},
		{"one class only", "species", func(r [][]string) [][]string { return r[:51] }, "one class"},
		{"no such target", "genus", func(r [][]string) [][]string { return r }, "genus"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "iris.csv")
			f, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := csv.NewWriter(f).WriteAll(c.spoil(irisRecords())); err != nil {
				t.Fatal(err)
			}
			err = run(context.Background(), new(bytes.Buffer), file, c.target, "")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v does not name %q", err, c.want)
			}
		})
	}
}

// A CSV file of the data is as good as the bundled set.
func TestCSVIsAsGoodAsBundled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "iris.csv")
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(irisRecords()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	ds, err := load(file, "species")
	if err != nil {
		t.Fatal(err)
	}
	want := dataset.Iris()
	if !mat.Equal(ds.X, want.X) || !slices.Equal(ds.Y, want.Y) || !slices.Equal(ds.Classes, want.Classes) || !slices.Equal(ds.Features, want.Features) {
		t.Error("the data that were read are not those that were written")
	}
}
