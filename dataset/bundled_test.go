package dataset_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/sapwood-ml/sapwood/dataset"
)

func TestBundled(t *testing.T) {
	text, err := os.ReadFile("bundled/checksums.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]struct {
		Rows     int
		Features []string
		Classes  []string
		SHA256   string
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for name, load := range map[string]func() *dataset.Regression{
		"iris":          func() *dataset.Regression { return numeric(dataset.Iris()) },
		"wine":          func() *dataset.Regression { return numeric(dataset.Wine()) },
		"breast_cancer": func() *dataset.Regression { return numeric(dataset.BreastCancer()) },
		"digits":        func() *dataset.Regression { return numeric(dataset.Digits()) },
		"diabetes":      dataset.Diabetes,
	} {
		t.Run(name, func(t *testing.T) {
			ds := load()
			if err := ds.Validate(); err != nil {
				t.Fatal(err)
			}
			if ds.Len() != want[name].Rows {
				t.Errorf("%d rows, want %d", ds.Len(), want[name].Rows)
			}
			if !slices.Equal(ds.Features, want[name].Features) || !slices.Equal(ds.Classes, want[name].Classes) {
				t.Errorf("features %q, classes %q", ds.Features, ds.Classes)
			}
			if got := checksum(ds); got != want[name].SHA256 {
				t.Errorf("values differ from scikit-learn's: checksum %s, want %s", got, want[name].SHA256)
			}

			ds.X.Zero()
			ds.Y[0]++
			ds.Features[0] = "changed"
			if got := checksum(load()); got != want[name].SHA256 || load().Features[0] == "changed" {
				t.Error("a change to one copy shows in the next")
			}
		})
	}
}

// numeric is ds with its class indices as numbers.
func numeric(ds *dataset.Classification) *dataset.Regression {
	r := &dataset.Regression{X: ds.X, Schema: ds.Schema}
	for _, k := range ds.Y {
		r.Y = append(r.Y, float64(k))
	}
	return r
}

// checksum is that of the bits of X and Y, row by row.
func checksum(ds *dataset.Regression) string {
	hash := sha256.New()
	for i, y := range ds.Y {
		for _, v := range append(slices.Clone(ds.X.RawRowView(i)), y) {
			hash.Write(binary.BigEndian.AppendUint64(nil, math.Float64bits(v)))
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}
